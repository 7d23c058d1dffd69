"""Which host names the pages answer to. A page of another site may otherwise read an archive on this computer.

It needs no more than a name whose DNS record is changed to 127.0.0.1 after the page was loaded (DNS rebinding): to the
browser the archive is then of the same origin. Its requests still bear that name as `Host`.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any

from datasette.utils import StartupError

if TYPE_CHECKING:
    from collections.abc import Collection

    from datasette.app import Datasette

    from browse.spreadsheets import App, Scope, Send

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\s\[\]:/?#@\\,]+))(?::\d{0,5})?")
PLUGIN = "clippings"
REFUSED = 421
"""Misdirected Request (RFC 9110): the server does not answer for this name."""


def normalize_host(text: str) -> str:
    """The name or address of a `Host` header in one form: no port, no full stop at the end, lower case; "" for none."""
    found = _HOST.fullmatch(text.strip().lower())
    if found is None:
        return ""
    if found[1]:
        try:
            return f"[{IPv6Address(found[1]).compressed}]"
        except ValueError:
            return ""
    name = found[2].removesuffix(".")
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def read_hosts(datasette: Datasette) -> frozenset[str] | None:
    """The plugin's setting `hosts`, normalised; None when it is not given, and every name is answered.

    Raises Datasette's `StartupError` for a setting that names no hosts.
    """
    config = datasette.plugin_config(PLUGIN) or {}
    if "hosts" not in config:
        return None
    given = config["hosts"]
    names = given if isinstance(given, list) else [given]
    hosts = {normalize_host(name) if isinstance(name, str) else "" for name in names}
    if not hosts or "" in hosts:
        raise StartupError(
            'The setting "hosts" of clippings wants a list of host names: ["archive.example.org"]'
        )
    return frozenset(hosts)


def is_answered(headers: Collection[tuple[bytes, bytes]], hosts: Collection[str]) -> bool:
    """Whether a request names one of the hosts, and only it. Pure."""
    given = [value.decode("latin-1") for name, value in headers if name.lower() == b"host"]
    return len(given) == 1 and normalize_host(given[0]) in hosts


def answer_only(app: App, hosts: frozenset[str] | None) -> App:
    """The application, which refuses requests to other names; `hosts` None changes nothing."""
    if hosts is None:
        return app

    async def wrapped(scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan" or is_answered(scope.get("headers", ()), hosts):
            await app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        names = ", ".join(sorted(hosts))
        body = f"This archive answers to {names} only. Others: clippings browse --host NAME, or the setting hosts.\n"
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
        await send({"type": "http.response.start", "status": REFUSED, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    return wrapped

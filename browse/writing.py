"""Who may write into the desk, and which requests may write. Pure, but for the wrapper that refuses the others.

Browse writes desk.db and nothing else. It does so on this machine alone, or for readers with a login; `clippings browse`
says which of these holds, and plain `datasette` neither.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from browse.hosts import PLUGIN, normalize_host

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.spreadsheets import App, Scope, Send

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CLOSED: Final = frozenset({"/-/password-tool"})
"""A page of datasette-auth-passwords that hashes whatever anybody sends, at a fifth of a second each."""
FORWARDED: Final = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})
"""What a web server in front adds: the request is somebody else's."""
TOKEN: Final = "csrftoken"  # noqa: S105  the name of a field
COOKIE: Final = "ds_csrftoken"


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """What `clippings browse` says of the desk. `served` is None for plain `datasette`.

    `served`: to this machine alone (`here`), to readers with a login (`login`), to others without (`others`). `to` are
    the destinations that a person may choose, `alerts` those of clippings.toml: name, query and what they tell of.
    """

    served: str | None = None
    read_only: bool = False
    to: tuple[str, ...] = ()
    alerts: tuple[Mapping[str, Any], ...] = ()


def read_desk_settings(datasette: Datasette) -> DeskSettings:
    """The plugin's setting `desk`."""
    given = (datasette.plugin_config(PLUGIN) or {}).get("desk") or {}
    return DeskSettings(
        given.get("served"),
        bool(given.get("read_only")),
        tuple(given.get("to") or ()),
        tuple(given.get("alerts") or ()),
    )


def why_not_write(
    settings: DeskSettings, actor: Mapping[str, Any] | None, headers: Collection[tuple[bytes, bytes]]
) -> str:
    """Why a reader may not write into the desk, in a sentence, or ""."""
    if settings.served is None:
        return "Searches, dossiers and notes are kept by clippings browse, not in plain datasette."
    if settings.read_only:
        return "Nothing can be saved here: it was started with --read-only."
    if settings.served == "login":
        return "" if actor else "Log in to save anything."
    forwarded = any(name.lower() in FORWARDED for name, _ in headers)
    if settings.served == "others" or forwarded:
        return "Others read this archive too, so saving needs a login: clippings browse --users FILE."
    return ""


def is_of_our_page(headers: Collection[tuple[bytes, bytes]]) -> bool:
    """Whether a request that writes comes from a page of this very server, by what a browser says of it.

    The scheme may differ: a web server in front speaks HTTPS with the browser.
    """
    origins = [value for name, value in headers if name.lower() == b"origin"]
    hosts = [value for name, value in headers if name.lower() == b"host"]
    sites = [value for name, value in headers if name.lower() == b"sec-fetch-site"]
    if len(origins) != 1 or len(hosts) != 1 or any(site != b"same-origin" for site in sites):
        return False
    try:
        origin = urlsplit(origins[0].decode("latin-1"))
        same_port = origin.port == urlsplit(f"//{hosts[0].decode('latin-1')}").port
    except ValueError:
        return False
    host = normalize_host(hosts[0].decode("latin-1"))
    return (
        bool(host)
        and same_port
        and origin.scheme in ("http", "https")
        and normalize_host(origin.netloc) == host
    )


def has_token(request: Request, form: Mapping[str, str]) -> bool:
    """Whether a form has the token of its reader's cookie.

    asgi-csrf lets a request without any cookie pass, for programs; a page that writes cannot.
    """
    cookie = request.cookies.get(COOKIE, "")
    return bool(cookie) and hmac.compare_digest(cookie.encode(), form.get(TOKEN, "").encode())


def refuse_cross_site(app: App, settings: DeskSettings) -> App:
    """The application, which takes what may write from its own pages only; plain `datasette` stays as it is."""
    if settings.served is None:
        return app

    async def wrapped(scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"].rstrip("/") in CLOSED:
            await _refuse(send, 404, "There is no page at this address.\n")
        elif scope["method"] not in SAFE and not is_of_our_page(scope.get("headers", ())):
            await _refuse(send, 403, "This was not sent by a page of this archive, and was not done.\n")
        else:
            await app(scope, receive, send)

    return wrapped


async def _refuse(send: Send, status: int, body: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})

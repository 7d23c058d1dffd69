"""CSV that no spreadsheet runs: ours, and what Datasette streams of any table or query. Pure but for the wrapper.

Datasette has no hook for the cells of its CSV, so `defuse_csv` stands between it and the server.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Scope = dict[str, Any]
    Send = Callable[[dict[str, Any]], Awaitable[None]]
    App = Callable[[Scope, Any, Send], Awaitable[None]]

_SIGNS: Final = frozenset("=+-@\u2212")
"""What begins a formula: OWASP's list for CSV injection, and the minus that typographers use."""
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?%?")
_BEFORE: Final = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
"""Blanks, controls and signs without width: a spreadsheet may pass over them."""
_CELL: Final = re.compile('"[^"]*(?:""[^"]*)*"|[^,\r\n"]+')


def defuse(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet would run it; plain numbers are left as they are."""
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in _BEFORE:
            if sign in "\t\r":
                return True
            continue
        plain = unicodedata.normalize("NFKC", sign)[
            :1
        ]  # full-width, small and raised signs count as the sign
        return plain in _SIGNS and not _NUMBER.fullmatch(text, place)
    return False


def defuse_rows(rows: str) -> str:
    """Whole rows of CSV with every cell defused."""

    def cell(found: re.Match[str]) -> str:
        text = found[0]
        return f'"{defuse(text[1:-1])}"' if text[0] == '"' else defuse(text)

    return _CELL.sub(cell, rows)


class _Rows:
    """Puts a stream of CSV together into whole rows; a quoted cell may hold line breaks."""

    def __init__(self) -> None:
        self.rest = b""

    def take(self, piece: bytes, *, last: bool) -> bytes:
        self.rest += piece
        whole = last or (self.rest.endswith(b"\n") and self.rest.count(b'"') % 2 == 0)
        if not whole:
            return b""
        rows, self.rest = self.rest, b""
        return defuse_rows(rows.decode("utf-8", "replace")).encode()


def defuse_csv(app: App) -> App:
    """The application with the cells of its CSV defused, whatever table or query of whatever file they are from."""

    async def wrapped(scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(".csv"):
            await app(scope, receive, send)
            return
        rows: _Rows | None = None

        async def send_defused(message: dict[str, Any]) -> None:
            nonlocal rows
            if message["type"] == "http.response.start":
                headers = {name.lower(): value for name, value in message.get("headers", ())}
                kind = headers.get(b"content-type", b"")
                is_file = b"content-length" in headers  # one of a plugin's static files
                rows = _Rows() if kind.startswith((b"text/csv", b"text/plain")) and not is_file else None
            elif rows is not None:
                last = not message.get("more_body", False)
                message = dict(message, body=rows.take(message.get("body", b""), last=last))
            await send(message)

        await app(scope, receive, send_defused)

    return wrapped

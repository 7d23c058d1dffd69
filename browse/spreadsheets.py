"""CSV that Datasette streams of any table or query, with cells that no spreadsheet runs. Pure but for the wrapper.

Datasette has no hook for the cells of its CSV, so `defuse_csv` stands between it and the server. The rule is the
export's own; what our pages send is made by it and passes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pipelines.archive.export.spreadsheets import defuse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Scope = dict[str, Any]
    Send = Callable[[dict[str, Any]], Awaitable[None]]
    App = Callable[[Scope, Any, Send], Awaitable[None]]

_OURS: Final = "/-/clippings/"
_CELL: Final = re.compile('"[^"]*(?:""[^"]*)*"|[^,\r\n"]+')


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
        if scope["type"] != "http" or not scope["path"].endswith(".csv") or _OURS in scope["path"]:
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

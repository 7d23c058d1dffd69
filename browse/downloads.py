"""Files of all rows of a list, sent as they are read: the same bytes as `clippings export` writes."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from browse.responses import refusal_response, security_headers
from browse.shown_desk import read_shown
from pipelines.archive.export.corrected import load_corrected, usual_columns
from pipelines.archive.export.encoders import TABLES
from pipelines.archive.export.formats import FORMATS
from pipelines.archive.export.saved import ids_of, load_saved
from pipelines.archive.export.selection import Selection, describe_problem, open_shared
from pipelines.archive.export.stream import Piece, encode_pieces, stream_articles
from pipelines.archive.search.authors import join_names

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from browse.context import ArchiveContext
    from pipelines.archive.export.fields import Field, Row
    from pipelines.archive.export.saved import SavedVersion
    from pipelines.archive.search.match import Filters

    Batches = Iterable[Sequence[Row]]
    FindIds = Callable[[sqlite3.Connection], Iterable[list[int]]]
    FindSaved = Callable[[sqlite3.Connection], Sequence[SavedVersion]]

ENDINGS = {"csv": "csv", "jsonl": "jsonl", "ris": "ris", "bib": "bibtex", "csl.json": "csl"}
"""Formats of articles by the endings of our addresses."""
CITED = ("ris", "bib", "csl.json")
"""Endings of the formats that are citations."""
MEDIA_TYPES = {"json": "application/json; charset=utf-8"} | {
    name: one.media_type for name, one in FORMATS.items()
}


async def articles_download(
    archive: ArchiveContext,
    query: str,
    filters: Filters,
    ending: str,
    *,
    find: FindIds | None = None,
    saved: FindSaved | None = None,
    problem: str = "",
) -> Response:
    """All articles that a search finds, or whose ids `find` gives in batches, as the format of this ending.

    `saved` gives those of a dossier, each as the version that was saved. `problem` says what of the address could not be used.
    """
    form = ENDINGS[ending]
    desk = await read_shown(archive)
    corrected, aliases = desk.values

    def select(db: sqlite3.Connection) -> Selection:
        return Selection(query, join_names(db, filters, aliases))

    def make(db: sqlite3.Connection) -> Iterator[Piece]:
        load_corrected(db, corrected)
        columns = usual_columns(form, corrected, dossier=saved is not None)
        ids = find(db) if find else None
        if saved:
            chosen = saved(db)
            load_saved(db, chosen)
            ids = [list(ids_of(chosen))]
        return stream_articles(db, select(db), form, columns, ids=ids)

    return await _start(
        archive,
        f"articles.{ending}",
        form,
        make,
        lambda db: f"{describe_problem(db, select(db))} {problem}".strip(),
    )


async def table_download(
    archive: ArchiveContext,
    name: str,
    form: str,
    fields: Sequence[Field],
    read: Callable[[sqlite3.Connection], Batches],
    *,
    problem: str = "",
) -> Response:
    """All rows of a list, as `csv` or `json`; `read` gives them in batches. `problem` is as in `articles_download`."""
    encoder = TABLES[form](fields)
    return await _start(
        archive, f"{name}.{form}", form, lambda db: encode_pieces(encoder, read(db)), lambda db: problem
    )


async def _start(
    archive: ArchiveContext,
    name: str,
    form: str,
    make: Callable[[sqlite3.Connection], Iterator[Piece]],
    describe: Callable[[sqlite3.Connection], str],
) -> Response:
    """Read the first rows, so that what goes wrong becomes a page, then send the rest.

    A file without rows is refused when `describe` finds that the address was not understood.
    """
    opened = ExitStack()
    try:
        db = opened.enter_context(open_shared(archive.path))
        pieces = make(db)
        beginning = await asyncio.to_thread(_read_beginning, pieces)
        problem = "" if beginning.rows else await asyncio.to_thread(describe, db)
        if problem:
            opened.close()
            return refusal_response(problem)
    except BaseException:
        opened.close()
        raise
    return Download(beginning.data, pieces, opened, archive.request.receive, name, MEDIA_TYPES[form])


def _read_beginning(pieces: Iterator[Piece]) -> Piece:
    """All pieces up to the first with rows, as one."""
    data = b""
    for piece in pieces:
        data += piece.data
        if piece.rows:
            return Piece(data, piece.rows)
    return Piece(data)


def _next_data(pieces: Iterator[Piece]) -> bytes:
    """The bytes of the next piece that has any; none at the end."""
    return next((piece.data for piece in pieces if piece.data), b"")


class Download(Response):  # type: ignore[misc]  # Datasette has no types
    """A file sent piece by piece. It ends when the reader has gone, and closes its connection to the archive."""

    def __init__(
        self,
        beginning: bytes,
        pieces: Iterator[Piece],
        opened: ExitStack,
        receive: Callable[[], Any],
        name: str,
        content_type: str,
    ) -> None:
        headers = security_headers() | {"content-disposition": f'attachment; filename="{name}"'}
        super().__init__(b"", headers=headers, content_type=content_type)
        self.beginning, self.pieces, self.opened, self.receive = beginning, pieces, opened, receive

    async def asgi_send(self, send: Callable[[dict[str, Any]], Any]) -> None:
        """Send the file."""
        gone = asyncio.ensure_future(_wait_until_gone(self.receive))
        try:
            headers = {**self.headers, "content-type": self.content_type}
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status,
                    "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
                }
            )
            data = self.beginning
            while data and not gone.done():
                await send({"type": "http.response.body", "body": data, "more_body": True})
                data = await asyncio.to_thread(_next_data, self.pieces)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self.opened.close()


async def _wait_until_gone(receive: Callable[[], Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

"""The archive that a request is about: which attached file it is, its addresses, and reading it within a time limit."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote_plus
from weakref import WeakKeyDictionary

from datasette.utils import tilde_decode, tilde_encode
from datasette.utils.asgi import Forbidden, NotFound

from browse.limits import unlimited
from pipelines.archive.read_together import limit_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.utils.asgi import Request

T = TypeVar("T")

LONGEST_MS = 4000
"""Milliseconds that reading for one page may take; then the page says so, and other readers need not wait."""

LATEST = 100_000
"""Articles, the latest archived, that a search examines when all of them take longer than that."""

NEEDED = {
    "articles",
    "sources",
    "crawls",
    "_facet_groups",
    "_article_facets",
    "_cjk_fts",
    "unexplained_versions",
    "_columns",
    "manifests",
}
"""A file without these tables is no archive of ours, or an older one that no crawl has brought up to date."""


_turns: WeakKeyDictionary[Datasette, asyncio.Semaphore] = WeakKeyDictionary()


def _get_turns(datasette: Datasette) -> asyncio.Semaphore:
    """How many may read what takes long at a time: one fewer than there are threads."""
    if datasette not in _turns:
        _turns[datasette] = asyncio.Semaphore(max(datasette.setting("num_sql_threads") - 1, 1))
    return _turns[datasette]


_quote = lru_cache(maxsize=1000)(tilde_encode)
_quote_param = lru_cache(maxsize=1000)(quote_plus)  # a page has a hundred links with the same search


def _write_params(params: Iterable[tuple[str, object]]) -> str:
    """The parameters as the end of an address, from its `?` on."""
    pairs = "&".join([f"{_quote_param(name)}={_quote_param(str(value))}" for name, value in params])
    return f"?{pairs}" if pairs else ""


class TooSlowError(Exception):
    """Reading took longer than `LONGEST_MS`."""


@dataclass(frozen=True)
class ArchiveContext:
    """One archive for one request, whose reader has the permission to see it."""

    datasette: Datasette
    request: Request
    database: Database

    @property
    def path(self) -> Path:
        """The archive's file."""
        return Path(self.database.path)

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Call `query` with one of Datasette's read-only connections. Raises `TooSlowError`."""
        return await read(self.database, query)

    async def read_or_bound(self, query: Callable[[sqlite3.Connection, bool], T]) -> T:
        """Call `query` for what may take long; where it takes too long, again with True: then it is to bound its work.

        One of Datasette's threads is left to pages that are quick. Raises `TooSlowError` when the second call is too slow.
        """
        async with _get_turns(self.datasette):
            try:
                return await self.read(lambda db: query(db, False))
            except TooSlowError:
                return await self.read(lambda db: query(db, True))

    def url(self, *parts: object, params: Iterable[tuple[str, str]] = ()) -> str:
        """The address of one of our pages: the parts of its path below the archive's, and its parameters.

        Every part is quoted, its full stops too: `file_url` adds the ending of a file's name.
        """
        path = "/".join(["-/clippings", *map(_quote, (self.database.route, *map(str, parts)))])
        return str(self.datasette.urls.path(path)) + _write_params(params)

    def file_url(self, *parts: object, form: str = "atom", params: Iterable[tuple[str, str]] = ()) -> str:
        """The address of a file: the parts as in `url`, and the ending of its name."""
        return self.url(*parts) + f".{form}" + _write_params(params)

    def absolute(self, path: str) -> str:
        """The path with scheme and host, as feeds need it."""
        return str(self.datasette.absolute_url(self.request, path))


async def read(database: Database, query: Callable[[sqlite3.Connection], T]) -> T:
    """Call `query` with a read-only connection, in a thread. Raises `TooSlowError`."""

    def query_within_limit(db: sqlite3.Connection) -> T:
        rows, texts = db.row_factory, db.text_factory
        db.row_factory, db.text_factory = None, str
        try:
            with limit_reading(db, LONGEST_MS / 1000), unlimited(db):
                try:
                    return query(db)
                except sqlite3.OperationalError as error:
                    if "UTF-8" not in str(error):
                        raise
                    db.text_factory = texts  # Datasette's own takes any bytes, at a cost for every cell
                    return query(db)
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise TooSlowError from error
            raise
        finally:
            db.row_factory, db.text_factory = rows, texts

    found: T = await database.execute_fn(query_within_limit)
    return found


async def find_archives(
    datasette: Datasette, request: Request, *, beside: Database | None = None
) -> list[ArchiveContext]:
    """The attached files that are archives and that this reader may see, in the order of the command line; without one of them."""
    found = []
    for name, database in datasette.databases.items():
        if database is beside or database.path is None or not await is_archive(database):
            continue
        if await _may_read(datasette, request, name):
            found.append(ArchiveContext(datasette, request, database))
    return found


async def open_context(datasette: Datasette, request: Request) -> ArchiveContext:
    """The archive that the address names. Raises Datasette's `NotFound` or `Forbidden`."""
    route = tilde_decode(request.url_vars["database"])
    try:
        database = datasette.get_database(route=route)
    except KeyError:
        raise NotFound(f"No file called {route} is attached.") from None
    if database.path is None or not await is_archive(database):
        raise NotFound(f"{route} is not an archive of Clippings.")
    if not await _may_read(datasette, request, database.name):
        raise Forbidden("You may not see this archive.")
    return ArchiveContext(datasette, request, database)


_known: dict[str, bool] = {}


async def is_archive(database: Database) -> bool:
    """Whether the file has our tables. A "no" is not remembered: the next crawl may bring the file up to date."""
    key = f"{database.path}"
    if not _known.get(key):
        _known[key] = set(await database.table_names()) >= NEEDED
    return _known[key]


async def _may_read(datasette: Datasette, request: Request, name: str) -> bool:
    try:
        await datasette.ensure_permissions(
            request.actor, [("view-table", (name, "articles")), ("view-database", name), "view-instance"]
        )
    except Forbidden:
        return False
    return True

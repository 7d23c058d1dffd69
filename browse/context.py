"""What every page stands on: which attached file is an archive, reading it within a time limit, answering."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from datasette.utils import sqlite_timelimit, tilde_decode, tilde_encode
from datasette.utils.asgi import Forbidden, NotFound, Response

from browse import formatting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.utils.asgi import Request

T = TypeVar("T")

LONGEST_MS = 4000
"""Milliseconds that reading for one page may take; then the page says so instead of keeping others waiting."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src {script}; img-src {images}; connect-src 'none'; "
    "frame-src {frames}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NEEDED = {"articles", "sources", "crawls", "_facet_groups", "_article_facets", "_cjk_fts"}
"""Tables without which a file is none of our archives, or one that has not been brought up to date."""


class TooSlowError(Exception):
    """Reading took longer than `LONGEST_MS`."""


@dataclass(frozen=True)
class ArchiveContext:
    """One archive as one request may read it."""

    datasette: Datasette
    request: Request
    database: Database

    @property
    def path(self) -> Path:
        """The archive's file."""
        return Path(self.database.path)

    async def read(self, what: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function of the reading side on one of Datasette's read-only connections."""
        return await read(self.database, what)

    def url(self, *parts: object, params: Iterable[tuple[str, str]] = ()) -> str:
        """The address of one of our pages: parts of its path below the archive's, and its parameters."""
        path = "/".join(
            ["-/clippings", tilde_encode(self.database.route), *(tilde_encode(str(p)) for p in parts)]
        )
        query = urlencode(list(params))
        return str(self.datasette.urls.path(path)) + (f"?{query}" if query else "")

    def feed_url(self, *parts: object, form: str = "atom", params: Iterable[tuple[str, str]] = ()) -> str:
        """The address of the same thing in another form: `.atom`, `.json`, `.csv`."""
        path = self.url(*parts) + f".{form}"
        query = urlencode(list(params))
        return path + (f"?{query}" if query else "")

    def absolute(self, path: str) -> str:
        """The whole address, as feeds need it."""
        return str(self.datasette.absolute_url(self.request, path))

    async def page(
        self,
        template: str,
        *,
        status: int = 200,
        script: bool = False,
        frames: bool = False,
        images: str = "",
        **context: Any,
    ) -> Response:
        """One of our templates as a page under our Content-Security-Policy, which these widen if need be."""
        body = await self.datasette.render_template(
            f"clippings/{template}",
            {"desk": self, "shown": formatting, "url": self.url, "feed_url": self.feed_url, **context},
            request=self.request,
        )
        policy = POLICY.format(
            script="'self'" if script else "'none'",
            images=f"'self' {images}".strip(),
            frames="'self'" if frames else "'none'",
        )
        return Response.html(body, status=status, headers=headers(policy))


def headers(policy: str) -> dict[str, str]:
    """What all our answers say to the browser beside their policy."""
    return {
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
    }


async def read(database: Database, what: Callable[[sqlite3.Connection], T]) -> T:
    """Run `what` on a read-only connection, in a thread. Raises `TooSlowError`."""

    def within_limit(db: sqlite3.Connection) -> T:
        rows, texts = db.row_factory, db.text_factory
        db.row_factory, db.text_factory = None, str
        try:
            with sqlite_timelimit(db, LONGEST_MS):
                try:
                    return what(db)
                except sqlite3.OperationalError as error:
                    if "UTF-8" not in str(error):
                        raise
                    db.text_factory = texts  # Datasette's own bears any bytes, at a cost for every cell
                    return what(db)
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise TooSlowError from error
            raise
        finally:
            db.row_factory, db.text_factory = rows, texts

    found: T = await database.execute_fn(within_limit)
    return found


async def archives(datasette: Datasette, request: Request) -> list[ArchiveContext]:
    """The attached files that are archives and that this reader may see, in the order they were named."""
    found = []
    for name, database in datasette.databases.items():
        if name.startswith("_") or database.path is None or not await is_archive(database):
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
    """Whether it has our tables. A file that is one stays one; a file that is none is asked again, since a crawl may mend it."""
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

"""What the first reader would otherwise wait for: templates, names of languages, and what every search looks into."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING

from datasette.utils import sqlite_timelimit

from browse import context, formatting
from pipelines.archive.search import search
from pipelines.archive.search.match import Filters
from pipelines.archive.views import article

if TYPE_CHECKING:
    from datasette.app import Datasette

MOST_MS = 2000
"""Milliseconds that warming may take: of a very large archive it does what it can in that."""


async def warm(datasette: Datasette) -> None:
    """Compile our templates, and open each of Datasette's connections to each archive and read what counts need."""
    for name in datasette.jinja_env.list_templates():
        if name.startswith("clippings/"):
            datasette.jinja_env.get_template(name)
    formatting.language("en")
    for name, database in datasette.databases.items():
        if not name.startswith("_") and database.path is not None and await context.is_archive(database):
            threads = max(datasette.setting("num_sql_threads"), 1)
            together = Barrier(threads, timeout=MOST_MS / 1000)
            await asyncio.gather(*(database.execute_fn(partial(_read, together)) for _ in range(threads)))


def _read(together: Barrier, db: sqlite3.Connection) -> None:
    """Connections belong to threads: each waits for the others, or one thread would do the work of all."""
    with suppress(BrokenBarrierError):
        together.wait()
    rows, db.row_factory = db.row_factory, None
    try:
        with sqlite_timelimit(db, MOST_MS):
            article.overview(db)
            last = db.execute("SELECT max(id) FROM articles").fetchone()[0]
            article.article(db, last or 0)
            search.find(db, "the", Filters(), limit=1, ceiling=100)
            article.read_ahead(db)
    except sqlite3.DatabaseError:  # interrupted, or busy, or damaged: whoever asks for a page is told
        pass
    finally:
        db.row_factory = rows

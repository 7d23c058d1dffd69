"""Warming up before the first request: templates, names of languages, and the tables of every search."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from contextlib import suppress
from functools import cache, partial
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING

from browse import context, formatting
from browse.our_templates import compile_all
from pipelines.archive.read_together import limit_reading
from pipelines.archive.search.search import search
from pipelines.archive.views.article import read_article
from pipelines.archive.views.overview import read_narrow_tables, read_overview

if TYPE_CHECKING:
    from datasette.app import Datasette

MOST_MS = 2000
"""Milliseconds that warming up may take; of a very large archive it reads as much as it can."""


async def warm(datasette: Datasette) -> None:
    """Compile our templates; open each of Datasette's connections to each archive and read the narrow tables."""
    compile_all(datasette)
    formatting.language("en")
    for database in datasette.databases.values():
        if database.path is not None and await context.is_archive(database):
            threads = max(datasette.setting("num_sql_threads"), 1)
            together = Barrier(threads, timeout=MOST_MS / 1000)
            await asyncio.gather(*(database.execute_fn(partial(_read, together)) for _ in range(threads)))
    set_started_aside()


@cache
def set_started_aside() -> None:
    """Let Python pass over all that starting has made when it looks for garbage: at one page in twenty that took .1 s.

    Once a process, since what is set aside is never looked at again: of a second Datasette nothing is.
    """
    gc.collect()
    gc.freeze()


def _read(together: Barrier, db: sqlite3.Connection) -> None:
    """Each connection belongs to a thread, so each waits for the others: one thread might else do all the work."""
    with suppress(BrokenBarrierError):
        together.wait()
    rows, db.row_factory = db.row_factory, None
    try:
        with limit_reading(db, MOST_MS / 1000):
            read_overview(db)
            last = db.execute("SELECT max(id) FROM articles").fetchone()[0]
            read_article(db, last or 0)
            search(db, "the", limit=1, ceiling=100)
            read_narrow_tables(db)
    except sqlite3.DatabaseError:  # interrupted, busy or damaged: the next page will say so
        pass
    finally:
        db.row_factory = rows

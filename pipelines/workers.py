"""Extraction in worker processes: a time limit a page, and a dead or hung worker costs one page.

pebble's pool replaces a worker that dies or is stopped for taking too long, and takes a fresh one after
a number of pages, because lxml and trafilatura grow.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from typing import TYPE_CHECKING

from pebble import ProcessExpired, ProcessPool

from pipelines.items import Article, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.items import Page


def work(page: Page) -> Article:
    """What a worker runs. Imported late: the crawler's own process never loads trafilatura."""
    from pipelines.extract import extract

    return extract(page)


def process_context() -> multiprocessing.context.BaseContext:
    """`forkserver` where there is one: a replaced worker then starts in milliseconds, everything loaded.

    Never `fork`: the crawler's process has threads and an event loop. Windows has only `spawn`.
    """
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipelines.extract"])
    return context


class ExtractionPool:
    """`size` worker processes; `timeout` seconds a page; `max_pages` before a worker is replaced.

    `task` is what they run: a function of a module, from a page to its article.
    """

    def __init__(
        self, size: int, timeout: float, max_pages: int, task: Callable[[Page], Article] = work
    ) -> None:
        self.timeout = timeout
        self.task = task
        self.pool = ProcessPool(max_workers=size, max_tasks=max_pages, context=process_context())

    async def extract(self, page: Page) -> Article:
        """The page's article; when the worker died or ran out of time, one whose outcome is `failed`."""
        future = self.pool.schedule(self.task, args=[page], timeout=self.timeout)
        try:
            article: Article = await asyncio.wrap_future(future)
        except TimeoutError:
            return failed(page, f"extraction took longer than {self.timeout:g} s")
        except ProcessExpired as error:
            return failed(page, f"extraction ended its process (exit code {error.exitcode})")
        except Exception as error:  # a worker's exception arrives here as it was raised there
            return failed(page, f"extraction failed: {type(error).__name__}: {error}")
        return article

    def close(self) -> None:
        """Stop the workers at once; nothing is waiting when the crawl ends."""
        self.pool.stop()  # type: ignore[no-untyped-call]
        self.pool.join()


def failed(page: Page, reason: str) -> Article:
    """An article that says why there is none."""
    return Article(url=page.address, outcome=Outcome.FAILED, reason=reason)

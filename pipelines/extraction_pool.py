"""Worker processes for extraction and packing, which cost most of a crawl's processor time.

Each page has a time limit, and a worker that dies or hangs costs one page. pebble's pool replaces a worker that dies
or exceeds the limit, and every worker after a number of pages, because lxml and trafilatura grow.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipelines.work import ExtractionResult, extract_and_pack, failed_article, join_and_compare, pack_asset

if TYPE_CHECKING:
    import multiprocessing.synchronize
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from typing import Any

    from pipelines.archive.records import PreviousCapture
    from pipelines.items import Article, Page

T = TypeVar("T")


if sys.platform == "win32":
    from multiprocessing.context import SpawnContext as StartContext
else:
    from multiprocessing.context import ForkServerContext as StartContext


class WorkerContext(StartContext):
    """How worker processes start, with the locks they share: kept until the pool itself goes.

    pebble drops its locks before it stops the workers. With nobody else holding them their names are gone from the
    system, and a worker that begins just then looks for them and prints a traceback.

    `forkserver` where there is one: a replaced worker then starts in milliseconds, with everything loaded. Never `fork`:
    the crawler's process has threads and an event loop. Windows has only `spawn`.
    """

    def __init__(self) -> None:
        self.locks: list[multiprocessing.synchronize.RLock] = []

    def RLock(self) -> multiprocessing.synchronize.RLock:  # noqa: N802  (the name is multiprocessing's)
        """A lock of this context."""
        lock = super().RLock()
        self.locks.append(lock)
        return lock


def start_fork_server() -> None:
    """Start the fork server with Ctrl-C ignored: a terminal sends it there too, and the server ends with us anyway.

    It loads what extraction needs while we go on, for a second; when it runs already, nothing happens.
    """
    if sys.platform == "win32":
        return
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(["pipelines.preload"])
    if threading.current_thread() is not threading.main_thread():
        forkserver.ensure_running()
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)


class ExtractionPool:
    """`size` worker processes; `timeout` seconds a page; `max_pages` before a worker is replaced.

    The first task starts them, and `prepare` beforehand the process from which they are forked: half a second to two
    seconds of a processor, which a crawl without new pages has no use for.
    """

    def __init__(self, size: int, timeout: float, max_pages: int) -> None:
        self.timeout = timeout
        self.prepared = False
        self.pool = ProcessPool(max_workers=size, max_tasks=max_pages, context=WorkerContext())

    def prepare(self) -> None:
        """Begin to load what workers need, where pages are to be expected: it is there when the first one comes."""
        if not self.prepared:
            self.prepared = True
            start_fork_server()

    async def extract(
        self, page: Page, previous: PreviousCapture | None = None, by_both: bool = False
    ) -> ExtractionResult:
        """The result of `extract_and_pack`; `failed` when the worker died or took too long."""
        return await self.run(extract_and_pack, page, previous, by_both)

    async def join(
        self, pages: list[Page], articles: list[Article], previous: PreviousCapture | None
    ) -> ExtractionResult:
        """The result of `join_and_compare`; `failed` as above. It may read as many pages again from captures."""
        future = self.submit(join_and_compare, pages, articles, previous, pages=len(pages) + 1)
        return await self._result(future, pages[0])

    async def pack(self, page: Page) -> ExtractionResult:
        """The result of `pack_asset`; without a capture when the worker died or took too long."""
        return await self.run(pack_asset, page)

    async def run(self, task: Callable[..., ExtractionResult], page: Page, *further: Any) -> ExtractionResult:
        """Run a module's function on a page; an error of the worker becomes the outcome `failed` of this page."""
        return await self._result(self.submit(task, page, *further), page)

    async def _result(self, future: Future[ExtractionResult], page: Page) -> ExtractionResult:
        try:
            return await asyncio.wrap_future(future)
        except Exception as error:  # a worker's exception arrives here as it was raised there
            return ExtractionResult(failed_article(page, self.describe_failure(error)))

    def submit(self, task: Callable[..., Any], *arguments: Any, pages: int = 1) -> Future[Any]:
        """Start a task; it may take the time of so many pages."""
        self.prepare()
        return self.pool.schedule(task, args=list(arguments), timeout=self.timeout * pages)

    def describe_failure(self, error: Exception) -> str:
        """The reason for an outcome, from a task's exception."""
        if isinstance(error, TimeoutError):
            return f"extraction took longer than {self.timeout:g} s"
        if isinstance(error, ProcessExpired):
            return f"extraction ended its process (exit code {error.exitcode})"
        return f"extraction failed: {type(error).__name__}: {error}"

    def close(self) -> None:
        """Stop the workers at once; nothing waits for them when a crawl ends."""
        self.pool.stop()  # type: ignore[no-untyped-call]
        self.pool.join()


def iterate_in_order(jobs: Iterable[tuple[T, Future[Any]]], window: int) -> Iterator[tuple[T, Future[Any]]]:
    """Yield jobs in the order in which they were started, with at most `window` of them under way."""
    waiting: deque[tuple[T, Future[Any]]] = deque()
    for job in jobs:
        waiting.append(job)
        if len(waiting) >= window:
            yield waiting.popleft()
    yield from waiting

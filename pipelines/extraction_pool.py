"""What costs, in worker processes: extraction and the records of captures.

A time limit a page, and a dead or hung worker costs one page. pebble's pool replaces a worker that dies or
is stopped for taking too long, and takes a fresh one after a number of pages, because lxml and trafilatura grow.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import sys
import threading
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipelines.items import Article, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from typing import Any

    from pipelines.archive.records import Place, PreviousCapture, WarcRecords
    from pipelines.decisions.revisions import Comparison
    from pipelines.items import Page

T = TypeVar("T")

UNKEPT = (Outcome.EXCLUDED, Outcome.FAILED)
"""Outcomes of which no capture is kept."""


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """What a worker made of a page.

    `comparison` is set when the page is a new look, its words are not those held, and the old page could be
    read again.
    """

    article: Article
    capture: WarcRecords | None = None
    comparison: Comparison | None = None


def work(page: Page, before: PreviousCapture | None = None) -> ExtractionResult:
    """What a worker runs. Imported late: the crawler's own process never loads trafilatura."""
    from pipelines.archive.warc import pack as warc
    from pipelines.extraction.extract import extract

    article = extract(page)
    kept = article.outcome not in UNKEPT and warc.is_page(warc.mime_of(page), page.body)
    comparison = None
    if before is not None and article.outcome is None and article.content_hash != before.content_hash:
        comparison = compared(page, article, before)
    return ExtractionResult(article, warc.pack(page) if kept else None, comparison)


def compared(page: Page, article: Article, before: PreviousCapture) -> Comparison | None:
    """The old capture by today's rules against the new page."""
    from pipelines.archive.warc.reader import CaptureMissing, response
    from pipelines.decisions.revisions import compare
    from pipelines.extraction.extract import extract

    if before.place is None:
        return None
    try:
        status, headers, body = response(Path(before.archive), before.place)
    except CaptureMissing:
        return None
    old = replace(
        page, body=body, headers=headers, status=status, fetched_at=before.fetched_at or page.fetched_at
    )
    then = extract(old)
    if then.outcome is not None:
        return None
    links = link_texts(page) | link_texts(old) if then.content_hash != article.content_hash else frozenset()
    return compare(then, article, links)


def link_texts(page: Page) -> frozenset[str]:
    """The words of every link on a page."""
    from pipelines.extraction.decoding import BodyError, decode_body, decode_text
    from pipelines.extraction.document import parse, text_of

    try:
        tree = parse(decode_text(decode_body(page.body, page.headers), page.headers)[0])
    except BodyError:
        return frozenset()
    return frozenset(text_of(link) for link in tree.iter("a")) if tree is not None else frozenset()


def pack_only(page: Page) -> ExtractionResult:
    """The records of what is no page to read, such as an image."""
    from pipelines.archive.warc import pack as warc

    return ExtractionResult(Article(url=page.address), warc.pack(page))


def process_context() -> multiprocessing.context.BaseContext:
    """`forkserver` where there is one: a replaced worker then starts in milliseconds, everything loaded.

    Never `fork`: the crawler's process has threads and an event loop. Windows has only `spawn`.
    """
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["pipelines.preload", "pipelines.archive.warc.reader", "pipelines.archive.warc"]
    )
    start_fork_server()
    return context


def start_fork_server() -> None:
    """Start it deaf to Ctrl-C, which a terminal sends to it too: it ends with us, without a traceback."""
    from multiprocessing import forkserver

    if threading.current_thread() is not threading.main_thread():
        forkserver.ensure_running()
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)


class ExtractionPool:
    """`size` worker processes; `timeout` seconds a page; `max_pages` before a worker is replaced."""

    def __init__(self, size: int, timeout: float, max_pages: int) -> None:
        self.timeout = timeout
        self.pool = ProcessPool(max_workers=size, max_tasks=max_pages, context=process_context())

    async def work(self, page: Page, before: PreviousCapture | None = None) -> ExtractionResult:
        """What `work` makes of a page; when the worker died or ran out of time, its outcome is `failed`."""
        return await self.run(work, page, before)

    async def pack(self, page: Page) -> ExtractionResult:
        """What `pack_only` makes of an answer."""
        return await self.run(pack_only, page)

    async def run(self, task: Callable[..., ExtractionResult], page: Page, *further: Any) -> ExtractionResult:
        """What a task, a function of a module, makes of a page; what happens to it costs this page only."""
        future = self.submit(task, page, *further)
        try:
            return await asyncio.wrap_future(future)
        except Exception as error:  # a worker's exception arrives here as it was raised there
            return ExtractionResult(failed(page, self.describe_failure(error)))

    def submit(self, task: Callable[..., Any], *arguments: Any, pages: int = 1) -> Future[Any]:
        """Have a task done; `pages` is how many pages' time it may take."""
        return self.pool.schedule(task, args=list(arguments), timeout=self.timeout * pages)

    def describe_failure(self, error: Exception) -> str:
        """What a task's exception means."""
        if isinstance(error, TimeoutError):
            return f"extraction took longer than {self.timeout:g} s"
        if isinstance(error, ProcessExpired):
            return f"extraction ended its process (exit code {error.exitcode})"
        return f"extraction failed: {type(error).__name__}: {error}"

    def close(self) -> None:
        """Stop the workers at once; nothing is waiting when the crawl ends."""
        self.pool.stop()  # type: ignore[no-untyped-call]
        self.pool.join()


def failed(page: Page, reason: str) -> Article:
    """An article that says why there is none."""
    return Article(url=page.address, outcome=Outcome.FAILED, reason=reason)


def reread(archive: str, items: list[tuple[Page, Place]]) -> list[Article | str]:
    """What a worker runs in a replay: the articles on captured pages; in place of one, why it cannot be read."""
    from pipelines.archive.warc.reader import CaptureMissing, response
    from pipelines.extraction.extract import extract

    found: list[Article | str] = []
    for page, place in items:
        try:
            status, headers, body = response(Path(archive), place)
        except CaptureMissing as reason:
            found.append(str(reason))
            continue
        found.append(extract(replace(page, status=status, headers=headers, body=body)))
    return found


def in_order(jobs: Iterable[tuple[T, Future[Any]]], window: int) -> Iterator[tuple[T, Future[Any]]]:
    """Jobs as they are handed in, each when it is done; at most `window` are under way."""
    waiting: deque[tuple[T, Future[Any]]] = deque()
    for job in jobs:
        waiting.append(job)
        if len(waiting) >= window:
            yield waiting.popleft()
    yield from waiting

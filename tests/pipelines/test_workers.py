"""Extraction in worker processes: what hangs, dies or raises costs one page."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time

import pytest

from pipelines.extraction_pool import ExtractionPool
from pipelines.items import Article, Outcome, Page
from pipelines.work import ExtractionResult
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def task(page: Page) -> ExtractionResult:
    """What the workers of these tests run: the page's address says how it behaves."""
    if "hang" in page.url:
        time.sleep(60)
    if "die" in page.url:
        os.kill(os.getpid(), signal.SIGKILL)
    if "raise" in page.url:
        raise RecursionError("too deep")
    return ExtractionResult(Article(url=page.url, text=str(os.getpid())))


def pages(*names: str) -> list[Page]:
    return [Page(url=f"http://daily.example/{name}", body=b"") for name in names]


def extract(names: list[str], timeout: float = 20, max_pages: int = 100) -> list[Article]:
    async def together(pool: ExtractionPool) -> list[Article]:
        worked = await asyncio.gather(*[pool.run(task, page) for page in pages(*names)])
        return [one.article for one in worked]

    pool = ExtractionPool(2, timeout, max_pages)
    try:
        return asyncio.run(together(pool))
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [("hang", "took longer than 2 s"), ("die", "ended its process"), ("raise", "RecursionError: too deep")],
)
def test_trouble_costs_one_page(behaviour: str, words: str) -> None:
    articles = extract(["a", behaviour, *(f"b{n}" for n in range(10))], timeout=2)
    failed = [a for a in articles if a.outcome is not None]
    assert [(a.url.rsplit("/")[-1], a.outcome) for a in failed] == [(behaviour, Outcome.FAILED)]
    assert words in failed[0].reason
    assert len([a for a in articles if a.text]) == 11


def test_workers_are_replaced_after_a_number_of_pages() -> None:
    articles = extract([f"a{n}" for n in range(12)], max_pages=3)
    assert len({a.text for a in articles}) >= 4


def test_workers_seldom_look_for_garbage() -> None:
    pool = ExtractionPool(1, 20, 100)
    try:
        assert pool.submit(gc.get_threshold).result()[0] > gc.get_threshold()[0]
    finally:
        pool.close()


def test_extraction_runs_elsewhere() -> None:
    assert str(os.getpid()) not in {a.text for a in extract(["a", "b", "c"])}


def test_a_worker_that_begins_as_the_pool_ends_says_nothing() -> None:
    code = (
        "import time\n"
        "from pebble.pool.process import WorkerManager\n"
        "from pipelines.extraction_pool import ExtractionPool\n"
        "stop = WorkerManager.force_stop_workers\n"
        "def stop_late(manager):\n"
        "    time.sleep(2)\n"
        "    stop(manager)\n"
        "WorkerManager.force_stop_workers = stop_late\n"
        "if __name__ == '__main__':\n"
        "    pool = ExtractionPool(2, 20, 100)\n"
        "    pool.submit(print)\n"
        "    pool.close()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_workers_end_with_a_crawler_that_is_killed() -> None:
    code = (
        "import asyncio, sys, time\n"
        "from tests.pipelines.test_workers import ExtractionPool, pages, task\n"
        "if __name__ == '__main__':\n"
        "    pool = ExtractionPool(2, 20, 100)\n"
        "    async def main():\n"
        "        done = await asyncio.gather(*[pool.run(task, p) for p in pages(*'abcdefgh')])\n"
        "        print(*[one.article.text for one in done], flush=True)\n"
        "        time.sleep(60)\n"
        "    asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        workers = {int(pid) for pid in process.stdout.readline().split()}
        process.kill()
    assert workers
    deadline = time.monotonic() + 20
    while (alive := {pid for pid in workers if is_running(pid)}) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive


def is_running(pid: int) -> bool:
    """Whether the process exists and is more than a dead entry in the process table."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def models() -> int:
    """Runs in a worker: whether the model that tells languages is in memory."""
    from pipelines.extraction.metadata import language

    return language._identifier.cache_info().currsize


def read_preloaded_story() -> tuple[str | None, bool, bool]:
    """Runs in a worker: what becomes of the page that the fork server reads, whose failure it would not tell."""
    from pipelines.preload import STORY
    from pipelines.work import extract_and_pack

    result = extract_and_pack(STORY)
    return result.article.outcome, result.capture is not None, bool(result.lines and result.fingerprints)


@pytest.mark.skipif(sys.platform == "win32", reason="workers are not forked there")
def test_a_worker_starts_with_everything_loaded() -> None:
    pool = ExtractionPool(1, 20, 100)
    try:
        assert pool.submit(models).result() == 1
        assert pool.submit(read_preloaded_story).result() == (None, True, True)
    finally:
        pool.close()

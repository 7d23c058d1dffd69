"""Fixtures: the bundled newspaper as a real server process, and crawls of it as real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import pytest
from filelock import FileLock

from pipelines.archive.database import open_for_reading
from tests.newspaper.client import Newspaper, write_seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
CRAWLING = {"press", "crawled"}
"""Fixtures on which every test that crawls depends."""


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C reach the commands under test: what a shell starts in the background inherits that it is ignored.

    Let Python keep what it compiled, also where it is told not to: hundreds of commands would compile the program anew.
    Give them one cache folder, which is empty at first and gone at the end, instead of the user's.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        cache = TemporaryDirectory(prefix="clippings-cache-")
        os.environ["XDG_CACHE_HOME"] = cache.name
        config.add_cleanup(cache.cleanup)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the option by which `make test-extra` asks for the long tests."""
    parser.addoption(
        "--extra", action="store_true", help="run tests marked `extra`, which are skipped otherwise"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests that crawl, or use a browser, as slow: they start processes. Skip the long ones unless asked for."""
    skip_extra = pytest.mark.skip(reason="long: run it with make test-extra")
    for item in items:
        if item.get_closest_marker("extra") and not config.getoption("--extra"):
            item.add_marker(skip_extra)
        if CRAWLING & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.slow)
    put_slow_modules_first(items)


def put_slow_modules_first(items: list[pytest.Item]) -> None:
    """Sort modules by their number of slow tests, a parametrized one counted once.

    A test process runs a module as a whole, so one that takes minutes must not begin when the others are at their end.
    """
    slow: defaultdict[Path, set[str]] = defaultdict(set)
    for item in items:
        if item.get_closest_marker("slow"):
            slow[item.path].add(item.name.partition("[")[0])
    items.sort(key=lambda item: -len(slow.get(item.path, ())))


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are named by their argument, not by their value.

    Test processes that run side by side must collect the same names, and packed bytes may hold the time of packing.
    """
    return argname if isinstance(val, bytes) else None


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str


class Desk:
    """A user's folder: seeds, an archive, and the commands run on them against the newspaper."""

    def __init__(self, folder: Path, newspaper: Newspaper) -> None:
        self.folder = folder
        self.newspaper = newspaper
        self.seeds = folder / "seeds"
        self.archive = folder / "archive.db"
        self.seeds.mkdir(exist_ok=True)

    def follow(self, *ids: str) -> None:
        """Write seed files for the newspaper's sites, or for some of them."""
        for file in write_seeds(self.seeds):
            if ids and file.stem not in ids:
                file.unlink()

    def seed(self, name: str, text: str) -> None:
        (self.seeds / name).write_text(text, encoding="utf-8")

    def start(self, *words: str, **named: Any) -> subprocess.Popen[str]:
        """A command as a process, its output in pipes."""
        environment = {
            **os.environ,
            "http_proxy": self.newspaper.proxy,
            "no_proxy": "",
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "crawler", *words],
            cwd=self.folder,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **named,
        )

    def run(self, *words: str, stdin: str = "") -> Result:
        """A command, waited for."""
        process = self.start(*words)
        out, err = process.communicate(stdin, timeout=240)
        return Result(process.returncode, out, err)

    def crawl(self, *options: str) -> Result:
        """`clippings crawl` without pauses between requests."""
        return self.run("crawl", str(self.archive), "-s", "DOWNLOAD_DELAY=0", *options)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the archive."""
        db = open_for_reading(self.archive)
        try:
            return list(db.query(sql, list(values)))
        finally:
            db.close()

    def column(self, sql: str, *values: Any) -> list[Any]:
        """The first column of the rows."""
        return [next(iter(row.values())) for row in self.rows(sql, *values)]

    def outcomes(self) -> dict[str, tuple[str, str | None]]:
        """URL to (outcome, reason) of the last crawl."""
        sql = "SELECT url, outcome, reason FROM outcomes WHERE crawl_id = (SELECT max(id) FROM crawls)"
        return {row["url"]: (row["outcome"], row["reason"]) for row in self.rows(sql)}

    def assert_adds_up(self) -> None:
        """Every URL that a crawl took up has exactly one outcome in it, whatever happened."""
        for crawl in self.rows("SELECT * FROM crawls WHERE finished_at IS NOT NULL"):
            counted = self.column("SELECT count(*) FROM outcomes WHERE crawl_id = ?", crawl["id"])[0]
            assert counted == crawl["pending_at_start"] + crawl["found"], crawl
        unsettled = "SELECT url FROM urls WHERE via IS NOT 'alias' AND url NOT IN (SELECT url FROM outcomes)"
        assert self.column(unsettled) == []
        assert self.column("PRAGMA integrity_check") == ["ok"]


@pytest.fixture(scope="session")
def press() -> Iterator[Newspaper]:
    """The newspaper's server, one for the whole session."""
    with Newspaper(crawl_delay=0) as running:
        yield running


@pytest.fixture
def newspaper(press: Newspaper) -> Iterator[Newspaper]:
    """The newspaper as it was at the start: edits, faults and log of other tests are gone."""
    press.reset()
    yield press
    press.reset()


@pytest.fixture
def desk(tmp_path: Path, newspaper: Newspaper) -> Desk:
    """A user's empty folder beside the newspaper."""
    return Desk(tmp_path, newspaper)


class PastNewspaper:
    """What a newspaper that has ended said of its articles and of its visitors."""

    proxy = "http://127.0.0.1:9"
    """Nobody answers there."""

    def __init__(self, file: Path) -> None:
        self.said: dict[str, Any] = json.loads(file.read_text("utf-8"))

    @staticmethod
    def keep(newspaper: Newspaper, file: Path) -> None:
        """Write down what `newspaper` says now."""
        truths = {url: newspaper.truth(url) for url in newspaper.articles()}
        file.write_text(json.dumps({"truths": truths, "log": newspaper.log()}), "utf-8")

    def articles(self) -> list[str]:
        """The URLs that a crawl should archive."""
        return list(self.said["truths"])

    def truth(self, url: str) -> dict[str, Any]:
        """What extraction should find at an article's address."""
        return self.said["truths"][url]

    def log(self) -> list[dict[str, Any]]:
        """Every request of the crawl."""
        return self.said["log"]


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The whole newspaper, crawled once from homes alone, by the first of the test processes; only to be read."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "crawled"
    said = folder / "newspaper.json"
    with FileLock(f"{folder}.lock"):
        if not said.exists():
            folder.mkdir()
            with Newspaper(crawl_delay=0) as running:
                desk = Desk(folder, running)
                desk.follow()
                desk.crawl()
                PastNewspaper.keep(running, said)
    return Desk(folder, cast("Newspaper", PastNewspaper(said)))


@pytest.fixture
def copy_of(crawled: Desk, tmp_path: Path, newspaper: Newspaper) -> Desk:
    """A desk of one's own with the archive of `crawled`."""
    shutil.copy(crawled.archive, tmp_path)  # whole: nobody writes to it any more
    shutil.copytree(crawled.seeds, tmp_path / "seeds")
    return Desk(tmp_path, newspaper)

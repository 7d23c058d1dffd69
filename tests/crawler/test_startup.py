"""What a command loads before it works: seconds at each start go by unseen, so the packages that cost them are named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.sqlite import as_if_missing
from pipelines.patterns import compile_when_used
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk

HEAVY = {
    "scrapy",
    "twisted",
    "sqlite_utils",
    "requests",
    "tldextract",
    "lxml",
    "trafilatura",
    "numpy",
    "pandas",
}
RUN = """
import json, sys
from crawler.cli import cli
for words in (["status"], ["coverage"], ["search", "ferry"]):
    cli([words[0], sys.argv[1], *words[1:]], standalone_mode=False)
print(json.dumps([name for name in sys.modules if "." not in name]))
"""


def test_commands_that_read_load_no_heavy_package(tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    Archive(archive).close()
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(archive)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(run.stdout.splitlines()[-1]))
    assert "click" in loaded
    assert HEAVY & loaded == set()


def test_a_crawl_without_news_starts_no_worker_and_loads_no_extraction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.follow("tagblatt")
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")  # each process tells on stderr what it imports
    first, second = (imported(desk.crawl().err) for _ in range(2))
    assert "pipelines.preload" in first
    assert desk.column("SELECT count(*) FROM outcomes WHERE crawl_id = 2") == [0]
    assert "crawler.spiders.news" in second
    unwanted = {"pipelines.preload", "pipelines.extraction.extract", "trafilatura", "aiohttp", "numpy"}
    assert unwanted.isdisjoint(second)


CONSOLE_SCRIPT = """
import sys
from {module} import {function}
if __name__ == "__main__":
    sys.exit({function}())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="workers are not forked there")
def test_workers_start_with_everything_loaded(desk: Desk) -> None:
    """Also without what the console script imports, since each worker imports that script again."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, function = project["scripts"]["clippings"].split(":")
    script = desk.folder / "clippings"
    script.write_text(CONSOLE_SCRIPT.format(module=module, function=function))
    desk.follow("tagblatt")
    environment = {"http_proxy": desk.newspaper.proxy, "no_proxy": "", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-X", "importtime", str(script), "crawl", str(desk.archive)]
    crawl = subprocess.run(
        [*words, "-s", "DOWNLOAD_DELAY=0", "-s", "EXTRACT_WORKERS=2"],
        cwd=desk.folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = imported(crawl.stderr)
    assert desk.column("SELECT count(*) > 0 FROM articles") == [1]
    assert loaded["crawler.cli"] == 1, "by the crawl"
    assert (loaded["pebble"], loaded["asyncio"]) == (2, 2), (
        "by the crawl and by the process from which workers are forked"
    )


FETCH = """
import sys
from pipelines import extraction_pool
extraction_pool.start_fork_server = lambda: sys.exit(f"scrapy is loaded: {'scrapy' in sys.modules}")
from crawler.cli import cli
cli(["fetch", *sys.argv[1:]], standalone_mode=False)
"""


def test_workers_begin_to_load_before_a_fetch_loads_scrapy(tmp_path: Path) -> None:
    words = [sys.executable, "-c", FETCH, "http://daily.example/a-story"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.stderr == "scrapy is loaded: False\n"


COUNT_THREADS = """
import os
from crawler import cli

def count(**_):
    import numpy
    print(len(os.listdir("/proc/self/task")), os.environ[cli.NUMPY_THREADS])

cli.cli = count
cli.main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
@pytest.mark.parametrize(("given", "most"), [({}, 1), ({"OPENBLAS_NUM_THREADS": "2"}, 2)])
def test_numpy_comes_without_threads_unless_a_user_wants_them(given: dict[str, str], most: int) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    words = [sys.executable, "-c", COUNT_THREADS]
    run = subprocess.run(words, cwd=ROOT, env=environment | given, capture_output=True, text=True, check=True)
    threads, allowed = map(int, run.stdout.split())
    assert (threads <= most, allowed) == (True, most)  # with one core there is one thread


def imported(report: str) -> Counter[str]:
    """How many processes imported each module, by the report of `-X importtime`."""
    return Counter(
        line.rpartition("|")[2].strip() for line in report.splitlines() if line.startswith("import time:")
    )


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    broken = compile_when_used("(")
    with pytest.raises(Exception, match="unterminated"):
        broken.search("a")
    words = compile_when_used("[A-Z]+")
    assert words.sub("-", "aBc") == "a-c"
    assert words.pattern == "[A-Z]+"
    assert [found[0] for found in words.finditer("A b C")] == ["A", "C"]


def test_a_hidden_package_can_be_imported_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "heavy_package.py").write_text("weight = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    with as_if_missing("heavy_package"), pytest.raises(ImportError):
        import heavy_package
    import heavy_package

    assert heavy_package.weight == 1
    with as_if_missing("heavy_package"):  # what is loaded stays
        import heavy_package
    del sys.modules["heavy_package"]

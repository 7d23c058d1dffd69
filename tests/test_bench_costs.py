"""What the measurements of cost say of a process: where it spends its time, and which process it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import memory, race, race_pages, sampler
from bench.cost_parts import CRAWL, WORKERS, name_part, name_process
from tests.conftest import ROOT

LOOP = ("asyncio/base_events.py:_run_once", "/x/crawler/__main__.py:<module>")


@pytest.mark.parametrize(
    ("stack", "part"),
    [
        (
            ("/x/pipelines/decisions/boilerplate.py:lines_of", "/x/pipelines/archive/writer.py:_store"),
            "site memory",
        ),
        (("/x/pipelines/archive/sql.py:insert", "/x/pipelines/archive/tables/facets.py:_add"), "rows of articles"),
        (("twisted/internet/defer.py:callback", *LOOP), "engine"),
        (("json/decoder.py:decode",), "other"),
    ],
)  # fmt: skip
def test_time_belongs_to_the_innermost_part(stack: tuple[str, ...], part: str) -> None:
    assert name_part(stack, CRAWL).startswith(part)


def test_each_module_that_a_part_names_is_there() -> None:
    """A module that is moved or renamed would be counted as `other` and nobody would see it."""
    packages = ("pipelines/", "crawler/", "extraction/", "metadata/", "content/", "tables/", "warc/")
    words = {
        word.rpartition(":")[0] for parts in (CRAWL, WORKERS) for places in parts.values() for word in places
    }
    files = {
        str(file.relative_to(ROOT))
        for package in ("crawler", "pipelines")
        for file in (ROOT / package).rglob("*.py")
    }
    for word in words:
        if word.startswith(packages) and word.endswith(".py"):
            assert any(word in file for file in files), word


def test_processes_are_told_apart_by_what_they_run() -> None:
    assert name_process([("x", *LOOP)]) == "crawl"
    assert name_process([("x",), ("y", "pebble/pool/process.py:worker_process", *LOOP)]) == "worker"
    assert name_process([("x", "multiprocessing/forkserver.py:main")]) == "fork server"
    assert name_process([("x",)]) == "other"


def test_a_process_samples_itself(tmp_path: Path) -> None:
    folder = Path(sampler.__file__).parent
    program = (
        f"import sys, time; sys.path.insert(0, {str(folder)!r}); import sampler; sampler.start({str(tmp_path)!r})\n"
        "def work():\n  while time.process_time() < 0.5: pass\n"
        "work()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    (file,) = tmp_path.glob("*.json")
    counts = json.loads(file.read_text())
    assert sum(row[0] for row in counts["stacks"] if "<string>:work" in row[1:]) > 0


def test_outcomes_are_counted_as_a_log_grows(tmp_path: Path) -> None:
    log = tmp_path / "archive.log"
    assert memory.count_outcomes(log, 0) == (0, 0)
    log.write_text(
        "1 INFO [clippings] new a http://a\n2 WARNING [clippings] alarm b\n3 INFO [clippings] duplic"
    )
    first, place = memory.count_outcomes(log, 0)
    log.write_text(log.read_text() + "ate b http://b\n")
    assert (first, memory.count_outcomes(log, place)[0]) == (1, 1)


def test_a_race_without_pages_says_which_folder_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench race", "--shared", "/nowhere/at-all"])
    with pytest.raises(SystemExit):
        race.main()
    assert "/nowhere/at-all is missing" in capsys.readouterr().err


def test_every_way_of_a_race_reads_every_page(tmp_path: Path) -> None:
    """A page that a way could not fetch or read would make it look fast."""
    pages = tmp_path / "pages"
    pages.mkdir()
    for number, place in enumerate(("harbour", "museum", "market")):
        text = "".join(
            f"<p>On day {day} the council spoke of its {place} for hours.</p>" for day in range(20)
        )
        page = f"<html><head><title>The {place}</title></head><body><article>{text}</article></body></html>"
        (pages / f"{number}.html").write_text(page)
    (tmp_path / "urls.txt").write_text(
        "".join(f"http://paper-{n}.example/news/{n}-opens\n" for n in range(3))
    )
    with race_pages.serve_pages(pages) as proxy:
        run = race.Race(pages, 3, proxy, tmp_path, "")
        notes = [cost.note for cost in (race.run_bare(run), race.run_folder(run), race.run_command(run))]
        clippings = race.run_clippings(run)
    assert notes == ["", "3 different texts", "3 different texts"]
    assert "3 new" in clippings.note
    assert "exit code 0" in clippings.note

"""WARC files imported side by side: the articles of one import, each file once, and nothing left of the shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.admin.verify import verify
from tests.crawler.test_replay import Foreign, story

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk

HELD = "SELECT url, title, text, revision FROM articles ORDER BY url"


def test_files_are_imported_side_by_side(desk: Desk) -> None:
    for number in range(2):
        file = Foreign()
        for n in range(4):  # three pages are in both files, with other words
            file.add(
                f"http://paper{n % 2}.example/story/{n if n < 3 else 3 + number}",
                story(10 * number + n),
                date=f"2026-11-2{number}T10:00:00Z",
            )
        (desk.folder / f"CC-NEWS-{number}.warc.gz").write_bytes(file.data)
    files = sorted(path.name for path in desk.folder.glob("*.warc.gz"))
    assert desk.run("replay", "one.db", *files).code == 0
    result = desk.run("replay", "archive.db", *files, "--on", "local", "--shards", "2")
    assert (result.code, result.err) == (0, "")
    assert sorted((desk.folder / "archive.db.shards").iterdir()) == [
        desk.folder / "archive.db.shards" / name for name in ("shards.log", "warc")
    ]
    assert not any((desk.folder / "archive.db.shards" / "warc").iterdir())
    held = desk.rows(HELD)
    desk.archive = desk.folder / "one.db"
    assert held == desk.rows(HELD)
    assert len(held) == 5
    desk.archive = desk.folder / "archive.db"
    assert not verify(desk.archive).problems
    crawls = desk.column("SELECT count(*) FROM crawls")
    again = desk.run("replay", "archive.db", *files, "--on", "local")
    assert (again.code, again.err) == (0, "")
    assert desk.column("SELECT count(*) FROM crawls") == crawls  # nothing was read again


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("crawl --shards 2", "--shards, --by and --address go with --on local or --on ray"),
        ("crawl --on local --address 127.0.0.1:1", "--address goes with --on ray"),
        ("crawl --on mesos", "'mesos' is not one of"),
        ("crawl --on local --shards 0", "0 is not in the range"),
        ("replay archive.db --on local", "--on goes with WARC files"),
        ("replay archive.db a.warc --on local --dry-run", "--on goes with WARC files"),
        ("replay archive.db http://127.0.0.1:1/a.warc.gz --on local", "Download it first"),
        ("shards --shards 2 --since 2999-01-01", "lies in the future"),
    ],
)
def test_what_means_nothing_is_said_in_a_line(
    words: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, words.split())
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.splitlines()) == 1
    assert not list(tmp_path.iterdir())

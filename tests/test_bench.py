"""The measurements can be listed and started; their results are judged by people."""

from __future__ import annotations

import importlib
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bench.__main__ import main, measurements
from bench.canonical_rows import canonical_lines, compare_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Desk

HELPED = [name for name in measurements() if name != "pictures"]  # it has no options


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run `python -m bench` with these words in this process; return the exit code."""

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["bench", *words])
        return main()

    return run


def test_without_a_name_it_lists_every_measurement_with_a_line(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    listed = capsys.readouterr().out
    for name, line in measurements().items():
        assert line.endswith("."), name
        assert f"  {name} " in listed


def test_an_unknown_name_lists_them_with_code_2(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("stopwatch") == 2
    assert "usage: python -m bench NAME" in capsys.readouterr().out


@pytest.mark.parametrize("name", HELPED)
def test_each_measurement_says_how_to_run_it(
    run: Callable[..., int], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    importlib.import_module(f"bench.{name}")
    with pytest.raises(SystemExit) as ended:
        run(name, "--help")
    assert ended.value.code == 0
    assert f"usage: python -m bench {name}" in capsys.readouterr().out


def test_an_archive_is_the_same_as_its_copy_until_a_row_changes(copy_of: Desk, crawled: Desk) -> None:
    lines = canonical_lines(crawled.archive)
    assert lines == canonical_lines(copy_of.archive)
    with closing(sqlite3.connect(copy_of.archive)) as db, db:
        db.execute("UPDATE articles SET title = 'Another' WHERE id = 1")
    report = compare_lines(lines, canonical_lines(copy_of.archive))
    assert "articles: rows only in the first 1, only in the second 1" in report
    assert any(line.startswith("articles_fts: ") for line in report)

"""Tables on a terminal: no line is wider than it, nothing of a cell is lost, and a file gets them as they are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from crawler.text_tables import display_width, lay_out, wrap, wrap_sentence
from tests.archives import build
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STATUS = [
    ("source", "state", "articles", "newest", "last response", "pending", "last crawl"),
    ("the-very-long-name-of-a-paper-of-the-far-north !", "failing", "12", "2026-11-26 07:40", "-", "0", "45 new, 3 gone"),
    ("tagblatt", "well", "120,000", "2026-11-26 07:40", "2026-11-26 07:45", "1,000", "-"),
]  # fmt: skip
DOSSIERS = [
    ("dossier", "articles", "last changed", "by"),
    ("الحريق في الميناء: ما قيل وما تغير بهدوء في صحف المدينة خلال الأسبوع", "1,204", "2026-11-26 07:45", "Ada"),
    ("港の火災について静かに変更された報道のまとめ記事一覧表とその後の経過観察", "3", "2026-11-26 07:45", "陳"),
    ("🚢🔥 Café", "3", "2026-11-26 07:45", "陳"),
]  # fmt: skip


@pytest.mark.parametrize("width", [24, 40, 60, 80, 100, 120, 300])
@pytest.mark.parametrize(("rows", "right"), [(STATUS, {2, 5}), (DOSSIERS, {1})], ids=["status", "dossiers"])
def test_a_table_fits_and_loses_nothing(rows: list[tuple[str, ...]], right: set[int], width: int) -> None:
    lines = list(lay_out(rows, right, width))
    assert max(map(display_width, lines)) <= width
    printed = re.sub(r"\s", "", "".join(lines))
    for row in rows[1:]:
        numbers = [cell for cell in row if re.fullmatch(r"[\d:, -]+", cell) and cell != "-"]
        assert [number for number in numbers if not any(number in line for line in lines)] == []
    cells = "".join(cell for row in rows[1:] for cell in row if cell != "-")
    assert Counter(cells.replace(" ", "")) <= Counter(printed)
    if width == 300:
        assert lines == list(lay_out(rows, right))


def test_a_sentence_is_broken_at_blanks_and_an_address_stays_whole() -> None:
    address = f"https://paper.example/{'a' * 40}"
    line = f"  The \x1b[1mharbour\x1b[0m wall · 2026-11-26 · {address}"
    assert wrap_sentence(line, 32) == [
        "  The \x1b[1mharbour\x1b[0m wall · 2026-11-26",
        "  ·",
        f"  {address}",
    ]
    assert wrap_sentence("short", 30) == ["short"]
    assert wrap_sentence("", 30) == [""]


def test_columns_stand_below_each_other_in_every_script() -> None:
    lines = list(lay_out(DOSSIERS, {1}))
    assert len({display_width(line[: line.index("2026")]) for line in lines[1:]}) == 1


def test_what_has_no_room_stands_below_its_row_with_its_head() -> None:
    lines = list(lay_out(STATUS, {2, 5}, 80))
    assert [line.strip() for line in lines if line.startswith("    ")] == [
        "pending 0; last crawl 45 new, 3 gone",
        "pending 1,000",
    ]
    assert lines[1].startswith("the-very-long-name-of-a- ")


def test_rows_without_a_head() -> None:
    rows = [("1", "2026-11-26 07:40", "all well", "45 new, 3 gone, 12 not article")]
    assert list(lay_out(rows, {0}, 44, has_head=False)) == [
        "1  2026-11-26 07:40  all well",
        "    45 new, 3 gone, 12 not article",
    ]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one", "two"]),
        ("a-long-name", 8, ["a-long-", "name"]),
        ("港の火災", 5, ["港の", "火災"]),
        ("e\u0301tude", 5, ["e\u0301tude"]),
        ("港", 1, ["港"]),
        (" 12 ", 4, [" 12 "]),
        ("", 3, [""]),
    ],
)
def test_wrapping(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


def run_in_terminal(width: int, *words: str) -> list[str]:
    """The lines that a command prints on a terminal of so many columns."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "crawler", *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        printed = b""
        try:
            while piece := os.read(ours, 65536):
                printed += piece
        except OSError:  # how Linux says that the other end is closed
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0, printed
    return printed.decode().replace("\r\n", "\n").splitlines()


def test_a_command_fits_its_table_into_the_terminal_alone(tmp_path: Path) -> None:
    db = Database(build(tmp_path / "a.db", 40))
    db.close()
    words = ("coverage", str(tmp_path / "a.db"), "--days", "9000")
    narrow = run_in_terminal(60, *words)
    assert len(narrow) > 10
    assert max(map(len, narrow)) <= 60
    piped = subprocess.run(
        [sys.executable, "-m", "crawler", *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "60", "PYTHONPATH": str(ROOT)},
    )
    assert max(map(len, piped.stdout.splitlines())) > 60

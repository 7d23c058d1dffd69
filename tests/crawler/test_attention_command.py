"""`clippings attention`: the table, the files, and what is said of what cannot be counted."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from lxml import etree

from crawler.cli import cli
from crawler.commands.attention import attention_lines
from pipelines.archive.connection import connect_for_reading
from pipelines.archive.search.match import Filters
from pipelines.archive.views.attention import Asked, read_attention
from tests.archives import build

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("attention") / "archive.db", 200)


def attention(archive: Path, *words: object) -> Result:
    return CliRunner().invoke(cli, ["attention", str(archive), *map(str, words)])


def test_the_table_has_what_the_json_has(archive: Path) -> None:
    told = attention(archive, "council", "東京", "--by", "month")
    assert told.exit_code == 0, told.output
    header, *rows = [line.split() for line in told.stdout.split("\n\n")[0].splitlines()]
    assert header == ["month", "council", "東京", "All", "articles"]
    found = json.loads(attention(archive, "council", "東京", "--by", "month", "--json").stdout)
    by_month: dict[str, list[int]] = {}
    for row in found["rows"]:
        by_month.setdefault(row["since"][:7], []).append(row["articles"])
    assert {row[0]: [int(cell.rstrip("*")) for cell in row[1:]] for row in rows[:-1]} == by_month
    assert rows[-1] == ["total", *(f"{line['total']:,}" for line in found["lines"])]
    shares = attention(archive, "council", "--by", "month", "--share").stdout
    row = next(row for row in found["rows"] if row["line"] == "council")
    assert f"{row['share'] * 100:.2f} %" in shares


def test_a_terminal_has_bars(archive: Path) -> None:
    found = read_attention(connect_for_reading(archive), Asked(("council",), Filters(), "month"))
    lines = list(attention_lines(found, share=False, bars=True))
    most = max(count or 0 for count in found.lines[0].counts)
    assert any(re.search(rf"\b{most}[* ] █", line) for line in lines)
    assert "█" not in "".join(attention_lines(found, share=False, bars=False))


def test_files_have_the_same_numbers(archive: Path, tmp_path: Path) -> None:
    files = {form: tmp_path / f"chart.{form}" for form in ("csv", "svg", "png")}
    options = [part for form, file in files.items() for part in (f"--{form}", file)]
    done = attention(
        archive,
        "council",
        "--source",
        "valley-tribune",
        "--source",
        "harbour-herald",
        "--by",
        "week",
        *options,
    )
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    with files["csv"].open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["line"] for row in rows} == {
        "Valley Tribune",
        "The Harbour Herald",
        "All articles of these sources",
    }
    svg = etree.parse(files["svg"])
    assert "council in Valley Tribune, The Harbour Herald: articles by week" in svg.getroot()[0].text
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chart.csv", "chart.png", "chart.svg"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["a", "b", "c", "d", "e", "f", "g"], 2, "7 queries are too many for one chart; compare up to 6."),
        (["harbour", "--source", "nix"], 2, "has no source nix"),
        (["headline:harbour"], 2, "Did you mean title:?"),
        (["--since", "2026-11", "--until", "2026-10"], 2, "is after --until"),
        (
            ["council", "--svg", "/no/such/folder/a.svg"],
            1,
            "/no/such/folder/a.svg cannot be written: No such file",
        ),
        (["nothingatall"], 0, "Nothing was found."),
        (["source:nix council"], 0, "There is no source nix in this archive."),
        (["--each-source", "--source", "harbour-herald"], 0, "The Harbour Herald"),
    ],
)
def test_what_cannot_be_counted_is_said(archive: Path, words: list[str], code: int, said: str) -> None:
    done = attention(archive, *words)
    assert (done.exit_code, said in done.output) == (code, True), done.output
    assert "Traceback" not in done.output

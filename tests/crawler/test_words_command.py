"""`clippings words`: the table, the file and the JSON have the words that the page has."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from tests.archives import build
from tests.reading_room import in_process

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("words") / "archive.db", 300)


def words(archive: Path, *rest: object) -> Result:
    return CliRunner().invoke(cli, ["words", str(archive), *map(str, rest)])


async def test_command_file_and_page_have_the_same_words(archive: Path, tmp_path: Path) -> None:
    room = await in_process(archive)
    for options, address in (
        (("harbour",), "q=harbour"),
        (("harbour", "--by", "month"), "q=harbour&by=month"),
    ):
        page = (await room.client.get(f"/-/clippings/archive/words.json?{address}")).json()
        printed = words(archive, *options, "--json")
        assert json.loads(printed.stdout) == page
        shown = [one["word"] for group in page["groups"] for one in group["words"]]
        assert shown
        file = tmp_path / "words.csv"
        assert words(archive, *options, "--csv", file).stdout == ""
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.DictReader(text))
        assert [row["word"] for row in rows] == shown
        assert {row["key"] for row in rows} <= {group["key"] for group in page["groups"]}
        lines = words(archive, *options).stdout.splitlines()
        assert lines[0].startswith(f"{page['read']} of {page['total']} articles found were read")
        assert [line.split()[0] for line in lines if line.endswith(tuple("0123456789"))] == shown


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ((), "Say what to look for, or compare all articles: --by source or --by month."),
        (("harbour", "--source", "nobody"), "has no source nobody"),
        (("harbour", "--since", "soon"), "is neither a date nor a duration"),
    ],
)
def test_what_cannot_be_answered_says_what_to_do(archive: Path, rest: tuple[str, ...], said: str) -> None:
    result = words(archive, *rest)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.output

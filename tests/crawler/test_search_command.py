"""`clippings search` without a query: the list of articles that its options narrow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from tests.archives import build
from tests.browse.test_dossiers import rows

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("search") / "archive.db", 60)


def test_the_articles_of_a_day_are_listed_the_newest_first(archive: Path) -> None:
    sql = "SELECT published_day, id FROM articles WHERE duplicate_of IS NULL ORDER BY published_utc DESC"
    found = rows(archive, sql)
    day = max((day for day, _ in found if day), key=[day for day, _ in found].count)
    wanted = [number for its_day, number in found if its_day == day]
    assert 1 < len(wanted) < 20
    words = ["search", str(archive), "--since", day, "--until", day]
    listed = CliRunner().invoke(cli, [*words, "--json"])
    assert [hit["id"] for hit in json.loads(listed.stdout)] == wanted
    assert CliRunner().invoke(cli, words).stdout.endswith(f"\n{len(wanted)} articles\n")
    several = CliRunner().invoke(cli, ["search", str(archive), str(archive), *words[2:], "--json"])
    assert [hit["id"] for hit in json.loads(several.stdout)] == [n for n in wanted for _ in range(2)]

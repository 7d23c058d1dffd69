"""Datasette's own pages of an archive: our links above them, and tables whose cells are short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from datasette.app import Datasette
from lxml import html
from sqlite_utils import Database

from browse.datasette_pages import LONGEST_CELL
from tests.archives import build
from tests.reading_room import PLACE, in_process

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("room") / "the clippings.db", 12)


async def test_no_cell_of_a_table_has_a_whole_text(archive: Path) -> None:
    room = await in_process(archive)
    text = Database(archive)["articles"].get(1)["text"]
    for page in (
        "articles",
        "articles?id=1",
        "clippings",
        "?sql=select+*+from+articles",
        "articles_fts",
        "versions",
    ):
        separator = "" if page.startswith("?") else "/"
        tree = html.fromstring((await room.client.get(f"/the~20clippings{separator}{page}")).text)
        cells = tree.xpath("//table[@class='rows-and-columns']//td")
        assert cells, page
        assert max(len(cell.text_content().strip()) for cell in cells) <= LONGEST_CELL + 1, page
    row = html.fromstring((await room.client.get("/the~20clippings/articles/1")).text)
    assert row.xpath("//td[contains(@class, 'col-text')]")[0].text_content() == text
    csv = (await room.client.get("/the~20clippings/articles.csv?id=1")).text
    assert text.splitlines()[-1] in csv


async def test_the_owner_may_set_another_length(archive: Path) -> None:
    room = Datasette([str(archive)], settings={"truncate_cells_html": 40})
    await room.invoke_startup()
    assert room.setting("truncate_cells_html") == 40


async def test_our_links_stand_above_the_tables_of_an_archive_alone(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    Database(other)["things"].insert({"id": 1, "title": "x"}, pk="id")
    room = Datasette([str(archive), str(other)])
    for page in ("", "/articles", "/articles/1", "?sql=select+1"):
        tree = html.fromstring((await room.client.get(f"/the~20clippings{page}")).text)
        links = [str(link) for link in tree.xpath("//header//p[@class='clippings-links']/a/@href")]
        place = PLACE.replace("~20", "+")
        assert links == [place, f"{place}/search", f"{place}/changes", f"{place}/sources"]
        assert [(await room.client.get(link)).status_code for link in links] == [200] * 4
        assert tree.xpath("//header//p[@class='crumbs']")
    for page in ("/other", "/other/things", "/other/things/1", "/-/databases"):
        text = (await room.client.get(page)).text
        assert "clippings-links" not in text.partition("<body")[2]

"""The page of a story: who had it first, what each paper made of it, which agency it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.tables.stories import update_stories
from pipelines.decisions.agencies import find_agencies
from tests.reading_room import in_process, page, said
from tests.stories import TEXT, add_article, make_text

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

PLACE = "/-/clippings/archive/article"
BLOCKS = TEXT.split("\n\n")


@pytest.fixture
async def room(tmp_path: Path) -> Datasette:
    """Three papers with one agency's text, and an article of its own."""
    with Archive(tmp_path / "archive.db") as archive:
        for name in ("daily", "evening", "weekly"):
            home = f"https://{name}.example/"
            source = {"id": name, "name": name.title(), "home": home, "language": "en", "country": None}
            archive.sources.save([source], "2026-11-20T09:00:00+00:00")
        with archive.db.atomic():
            add_article(archive, "https://daily.example/a", TEXT, "2026-11-20T11:00:00+01:00")
            cut = "\n\n".join([*BLOCKS[:4], "A sentence that only the evening paper has. (Reuters)"])
            add_article(archive, "https://evening.example/a", cut, "2026-11-20T09:30:00+00:00", "evening")
            add_article(archive, "https://weekly.example/a", TEXT + "\n\n(AP)", "2026-11-21", "weekly")
            add_article(archive, "https://weekly.example/b", make_text("de", 3), "2026-11-21", "weekly")
            update_stories(archive.db)
    return await in_process(tmp_path / "archive.db")


async def test_a_story_says_who_had_it_first_and_what_each_made_of_it(room: Datasette) -> None:
    words = said(await page(room, f"{PLACE}/1/story"))
    assert "3 articles with the same text, whole or in part, in 3 papers" in words
    assert "First by publication Evening" in words  # 09:30 UTC, before 11:00 in Berlin
    assert "not sure" not in words
    tree = await page(room, f"{PLACE}/1/story")
    (search,) = tree.xpath("//a[text()='These articles as a search']/@href")
    assert len((await page(room, search)).xpath("//article")) == 3
    (file,) = tree.xpath("//a[text()='JSON lines']/@href")
    assert len((await room.client.get(file)).text.splitlines()) == 3
    assert "Agency named Reuters, AP" in words or "Agency named AP, Reuters" in words


async def test_two_articles_are_compared_word_by_word(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/1/story/compare?from=2&to=1")
    removed = " ".join(said(element) for element in tree.xpath("//del"))
    assert "A sentence that only the evening paper has." in removed
    assert BLOCKS[5][:40] in " ".join(said(element) for element in tree.xpath("//ins"))


async def test_an_article_leads_to_its_story_and_one_alone_has_none(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/1")
    assert tree.xpath("//a[@href=$path]", path=f"{PLACE}/1/story")
    assert not (await page(room, f"{PLACE}/4")).xpath("//a[contains(@href, '/story')]")
    words = said(await page(room, f"{PLACE}/4/story", status=404))
    assert "No other article" in words
    await page(room, f"{PLACE}/1/story/compare?from=99&to=x")


@pytest.mark.parametrize(
    ("authors", "text", "agencies"),
    [
        (("Jane Doe", "Reuters"), "", ("Reuters",)),
        (("Deutsche Presse-Agentur",), "", ("dpa",)),
        ((), "BERLIN (dpa) - Der Senat hat beraten.", ("dpa",)),
        ((), "LONDON (AP) — The ferry is back.", ("AP",)),
        ((), "The ferry is back.\n\n(AFP)", ("AFP",)),
        ((), "Die Fähre fährt.\n\n— APA/dpa", ("dpa", "APA")),
        ((), "MOSCOW, November 25. /TASS/. The ferry is back.", ("TASS",)),
        ((), "東京（共同）船が戻った。", ("Kyodo",)),
        ((), "배가 돌아왔다.\n\n(서울=연합뉴스)", ("Yonhap",)),
        ((), "LONDON (PA) — The ferry is back.", ("PA",)),
        ((), "The ferry is back.\n\n(Bloomberg)", ("Bloomberg",)),
        ((), "배가 돌아왔다. 【서울=뉴시스】", ("Newsis",)),
        ((), "DUBAI, 25th November (WAM) -- The ferry is back.", ("WAM",)),
        (("Europa Press",), "", ("Europa Press",)),
        ((), "عادت العبارة (بعد أعوام)", ()),
        ((), "Reuters reported that the ferry had sunk. The AP said it had not.", ()),
        (("Ann Apa", "Pap Smith"), "The map (see the app) is here.", ()),
    ],
)
def test_the_agency_is_the_one_that_signs(
    authors: tuple[str, ...], text: str, agencies: tuple[str, ...]
) -> None:
    assert find_agencies(authors, text) == agencies


async def test_a_folded_search_has_one_hit_a_story_that_leads_to_it(room: Datasette) -> None:
    tree = await page(room, "/-/clippings/archive/search?fold=1")
    assert len(tree.xpath("//article")) == 2
    assert "2 stories and single articles: 4 articles together" in said(tree)
    (link,) = tree.xpath("//article//a[contains(@href, '/story')]")
    assert said(link) == "3 articles in 3 papers carry this"
    assert tree.xpath("//input[@name='fold' and @checked]")
    assert "fold=1" in tree.xpath("string(//aside//a[contains(@href, 'source=')]/@href)")
    assert "fold" not in tree.xpath("string(//a[text()='Follow as a feed']/@href)")
    plain = await page(room, "/-/clippings/archive/search?fold=0")
    assert len(plain.xpath("//article")) == 4
    assert not plain.xpath("//article//a[contains(@href, '/story')]")
    found = (await room.client.get("/-/clippings/archive/search.json?fold=1&q=first:*")).json()
    assert found["total"] == 1
    assert found["hits"][0]["story"] == {"articles": 3, "sources": 3, "found": 1}

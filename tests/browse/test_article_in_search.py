"""An article that a search led to: its words marked, the hits before and after it, and the way back."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from browse.pages import neighbours
from pipelines.archive.search.marked_article import mark_article
from tests.archives import build
from tests.reading_room import PLACE, in_process, page, said

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("room") / "the clippings.db", 120)


@pytest.fixture
async def room(archive: Path) -> Datasette:
    return await in_process(archive)


def links(tree: Any, name: str) -> list[str]:
    return [str(link) for link in tree.xpath("//nav[@class='trail']/a[contains(., $name)]/@href", name=name)]


@pytest.mark.parametrize(
    "search", ["q=harbour", "q=the&sort=newest", "source=harbour-herald", "q=council&changed=0"]
)
async def test_hits_lead_to_each_other_and_back(room: Datasette, search: str) -> None:
    results = await page(room, f"{PLACE}/search?{search}")
    hits = [str(link) for link in results.xpath("//article[@class='hit']/h3/a/@href")][:5]
    assert len(hits) == 5
    at, seen = hits[0], [hits[0]]
    for place in range(1, 5):
        article = await page(room, at)
        assert f"Hit {place} of" in said(article)
        assert links(article, "Previous hit") == seen[-2:-1]
        [at] = links(article, "Next hit")
        seen.append(at)
    assert seen == hits
    article = await page(room, at)
    assert said(article.xpath("//h1")[0]) == said(results.xpath("//article[@class='hit']/h3")[4])
    [back] = links(article, "Back to the search")
    assert [str(link) for link in (await page(room, back)).xpath("//h3/a/@href")][:5] == hits


async def test_a_hit_of_the_second_page_leads_back_there(room: Datasette) -> None:
    results = await page(room, f"{PLACE}/search?page=2")
    [first] = results.xpath("(//article[@class='hit']/h3/a)[1]/@href")
    article = await page(room, first)
    assert "Hit 21 of 120" in said(article)
    assert links(article, "Back to the search") == [f"{PLACE.replace('~20', '+')}/search?page=2"]


async def test_the_words_are_marked(room: Datasette) -> None:
    [first, *_] = (await page(room, f"{PLACE}/search?q=harbour")).xpath("//article[@class='hit']/h3/a/@href")
    tree = await page(room, first)
    marked = tree.xpath("//main/article//mark")
    assert {said(mark).lower() for mark in marked} == {"harbour"}
    assert len(marked) == said(tree.xpath("//main/article")[0]).lower().count("harbour") - len(
        tree.xpath("//nav[@class='trail']//bdi[contains(., 'arbour')]")
    ) - sum("harbour" in tag.lower() for tag in tree.xpath("//p[@class='tags']/a/text()"))
    plain = await page(room, first.partition("?")[0])
    assert not plain.xpath("//mark | //nav[@class='trail']")
    assert said(plain.xpath("//div[@class='text']")[0]) == said(tree.xpath("//div[@class='text']")[0])


@pytest.mark.parametrize(
    "address",
    [
        "?q=harbour&hit=999999",
        "?q=harbour&hit=x",
        "?q=harbour&hit=5000000000000",
        "?hit=0",
        "?q=%22slip&hit=1",
    ],
)
async def test_no_address_fails(room: Datasette, address: str) -> None:
    """A place that is none, or that another article has by now: the way back is there, the neighbours are not."""
    tree = await page(room, f"{PLACE}/article/1{address}")
    assert links(tree, "Back to the search")
    assert not links(tree, "Next hit")


async def test_a_search_that_takes_too_long_keeps_no_reader_waiting(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first, *_] = (await page(room, f"{PLACE}/search?q=harbour")).xpath("//article[@class='hit']/h3/a/@href")

    @contextlib.contextmanager
    def interrupted(db: Any, seconds: float) -> Any:
        db.set_progress_handler(lambda: 1, 1)
        try:
            yield
        finally:
            db.set_progress_handler(None, 1)

    monkeypatch.setattr(neighbours, "limit_reading", interrupted)
    tree = await page(room, first)
    assert links(tree, "Back to the search")
    assert not links(tree, "Next hit")
    assert tree.xpath("//main/article//mark")


MARKED = [
    ("harbour", "The harbour", "", ["A Harbour, harbours"], "The [harbour]||A [Harbour], harbours"),
    ("harb*", "", "", ["Harbours"], "||[Harbours]"),
    ('"new harbour" OR quay', "", "", ["the new harbour", "quay"], "||the [new harbour]|[quay]"),
    ("title:tide", "The tide", "tide", ["tide"], "The [tide]|tide|tide"),
    ("text:tide", "The tide", "tide", ["tide"], "The tide|[tide]|[tide]"),
    ("tide NOT ebb", "", "", ["tide ebb"], "||[tide] ebb"),
    ("東京", "東京タワー", "", ["今日の東京、\n明日の大阪"], "[東京]タワー||今日の[東京]、\n明日の大阪"),
    ("port", "port", "", ["東京 port"], "[port]||東京 [port]"),
    ("", "The harbour", "", ["a"], "The harbour||a"),
    ("author:ada", "ada", "", ["ada"], "ada||ada"),
    ("éclair", "Eclair", "", [], "[Eclair]|"),
]


@pytest.mark.parametrize(("query", "title", "standfirst", "blocks", "marked"), MARKED)
def test_marks(query: str, title: str, standfirst: str, blocks: list[str], marked: str) -> None:
    found = mark_article(Database(memory=True).conn, query, title, standfirst, blocks)
    parts = (found.title, found.standfirst, *found.blocks)
    shown = ["".join(f"[{text}]" if is_marked else text for text, is_marked in pieces) for pieces in parts]
    assert "|".join(shown) == marked

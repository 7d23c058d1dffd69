"""Comparing over time in the browser without a script: the table, the CSV, the JSON and the chart agree; the days of papers."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from tests.reading_room import PLACE, made_up, page, said

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

ASKED = "q=council&q=harbour&q=%E6%9D%B1%E4%BA%AC&unit=week"
DAY = "2026-11-18"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("compare"), 300)


def numbers_of(tree: Any) -> dict[tuple[str, str], str]:
    """The cells of the page's table by period and line, without totals."""
    names = [cell.text_content() for cell in tree.xpath("//thead//th")][1:]
    return {
        (row.xpath("th")[0].text_content(), name): cell.text_content().strip().rstrip("*")
        for row in tree.xpath("//tbody/tr")[1:]
        for name, cell in zip(names, row.xpath("td"), strict=True)
    }


@pytest.mark.parametrize("share", ["", "&share=1"])
async def test_table_csv_json_and_chart_agree(room: Datasette, share: str) -> None:
    tree = await page(room, f"{PLACE}/compare?{ASKED}{share}")
    assert not tree.xpath("//script")
    text = (await room.client.get(f"{PLACE}/compare.csv?{ASKED}{share}")).text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    from_csv = {(row["since"], row["line"]): row["articles"] or "–" for row in rows}
    shown = numbers_of(tree)
    assert shown.keys() == from_csv.keys()
    assert len({line for _, line in shown}) == 4
    if not share:
        assert shown == from_csv
    for row in rows if share else ():
        value = shown[row["since"], row["line"]]
        if row["line"] == "All articles" or not row["share"]:
            continue
        assert float(value.removesuffix(" %")) == pytest.approx(float(row["share"]) * 100, abs=0.5)
    found = (await room.client.get(f"{PLACE}/compare.json?{ASKED}{share}")).json()
    assert [(one["since"], one["line"], one["articles"]) for one in found["rows"]] == [
        (row["since"], row["line"], int(row["articles"]) if row["articles"] else None) for row in rows
    ]
    for name, total in ((one["line"], one["total"]) for one in found["lines"]):
        assert total == sum(one["articles"] or 0 for one in found["rows"] if one["line"] == name)
    # each number that the chart says of its markers is that of the file
    svg = (await room.client.get(f"{PLACE}/compare.svg?{ASKED}{share}")).content
    titles = [element.text for element in etree.fromstring(svg).iter("{*}title")]
    told = [re.fullmatch(r"(.+): ([\d,.e-]+)( %)?, week from ([\d-]+).*", title or "") for title in titles]
    drawn = {(match[4], match[1]): float(match[2].replace(",", "")) for match in told if match}
    assert len(drawn) > 30
    for key, value in drawn.items():
        row = next(row for row in rows if (row["since"], row["line"]) == key)
        of_share = share and key[1] != "All articles"
        assert value == pytest.approx(
            float(row["share"]) * 100 if of_share else int(row["articles"]), rel=0.01
        )


async def test_a_number_leads_to_its_articles(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/compare?{ASKED}")
    links = tree.xpath("//tbody//td/a")
    assert len(links) > 20
    for link in (links[0], links[5], links[-1]):
        count = int(link.text.replace(",", ""))
        assert f"{count} article" in said(await page(room, link.get("href")))


async def test_the_chart_is_a_picture_too(room: Datasette) -> None:
    for path in ("compare", "attention"):
        for form, beginning in (("png", b"\x89PNG"), ("svg", b"<svg")):
            answer = await room.client.get(f"{PLACE}/{path}.{form}?q=council&unit=month")
            assert answer.status_code == 200
            assert answer.content.startswith(beginning)
            assert answer.headers["content-security-policy"] == "default-src 'none'"


async def test_the_form_keeps_what_was_asked(room: Datasette) -> None:
    asked = f"{ASKED}&share=1&source=valley-tribune&source=elbe-kurier&each=1&since=2026-10-01&language=en"
    tree = await page(room, f"{PLACE}/compare?{asked}")
    (form,) = tree.xpath("//main//form")
    assert [field.get("value") for field in form.xpath(".//input[@name='q']")][:3] == [
        "council",
        "harbour",
        "東京",
    ]
    assert form.xpath(".//option[@selected]/@value") == ["elbe-kurier", "valley-tribune", "1"]
    hidden = {(one.get("name"), one.get("value")) for one in form.xpath(".//input[@type='hidden']")}
    assert hidden == {("language", "en"), ("unit", "week"), ("share", "1")}
    names = [cell.text_content() for cell in tree.xpath("//thead//th")][1:]
    assert names[:2] == ["council · Valley Tribune", "council · Elbe-Kurier"]
    assert names[-1] == "All articles of these sources"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("compare?q=%22", "A quotation mark is not closed"),
        ("compare?q=a&source=nix", "There is no source nix"),
        ("compare?q=a&each=2", "“2” is no each"),
        ("compare?q=a&q=b&q=c&q=d&q=e&q=f&q=g", "These would be 7 lines; the first 6 are counted."),
        ("compare?q=nothingatall", "Nothing was found."),
        ("words", "Say what to look for"),
        ("words?q=council&by=weekday", "“weekday” is no by"),
        ("calendar?source=nix", "There is no source nix"),
        ("calendar?since=2020-01-01&until=2026-11-20", "These are the last 732 days of the span."),
        (f"day/{DAY}?sort=newest", "“sort” is not known here"),
    ],
)
async def test_what_cannot_be_shown_is_said(room: Datasette, address: str, words: str) -> None:
    assert words in said(await page(room, f"{PLACE}/{address}"))


async def test_special_words_lead_to_their_articles(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/words?q=harbour")
    found = (await room.client.get(f"{PLACE}/words.json?q=harbour")).json()
    words = [one["word"] for group in found["groups"] for one in group["words"]]
    assert tree.xpath("//tbody//th/a/text()") == words
    assert "tunnel" in words
    hits = found["groups"][0]["words"][words.index("tunnel")]["hits"]
    link = tree.xpath("//tbody//th/a")[words.index("tunnel")].get("href")
    assert f"{hits} article" in said(await page(room, link))
    for by in ("source", "month"):
        tree = await page(room, f"{PLACE}/words?q=council&by={by}")
        assert len(tree.xpath("//section/h2")) > 2


async def test_a_calendar_leads_to_the_papers_of_a_day(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/calendar?since=2026-11-01&until=2026-11-20")
    link = next(one for one in tree.xpath("//td/a") if one.get("href").endswith(DAY))
    count = int(re.findall(r"(\d+) article", said(link))[0])
    tree = await page(room, link.get("href"))
    assert f"{count} articles of" in said(tree)
    assert len(tree.xpath("//section//li")) == count
    papers = (await room.client.get(f"{PLACE}/day/{DAY}.json")).json()["papers"]
    assert [paper["name"] for paper in papers] == tree.xpath("//section/h2/a/text()")
    two = [paper["source"] for paper in papers[:2]]
    tree = await page(room, f"{PLACE}/day/{DAY}?source={two[1]}&source={two[0]}")
    assert tree.xpath("//section/h2/a/text()") == [papers[1]["name"], papers[0]["name"]]
    assert tree.xpath("//main//option[@selected]/@value") == two[::-1]
    await page(room, f"{PLACE}/day/2026-02-31", status=404)


async def test_an_empty_day_is_not_taken_for_a_day_without_news(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/day/2020-01-01?source=valley-tribune")
    assert "Nothing could be seen" in said(tree)
    assert (await room.client.get(f"{PLACE}/day/2020-01-01.json?source=valley-tribune")).json()["papers"][0][
        "articles"
    ] is None

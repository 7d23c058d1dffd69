"""The pages, feeds and files of browsing, asked of Datasette in process."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import feedparser
import pytest
from click.testing import CliRunner
from datasette.app import Datasette
from lxml import etree, html
from sqlite_utils import Database

from crawler.cli import cli
from pipelines.archive.search.search import search
from tests.reading_room import (
    ATOM,
    HOSTILE,
    PAGE,
    PLACE,
    hostile_archive,
    in_process,
    made_up,
    make_changes_anew,
    page,
    said,
    served,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("browse"))


def numbers(tree: Any) -> list[int]:
    """The articles that a page of results lists."""
    links = tree.xpath("//article[@class='hit']//h3/a/@href")
    return [int(re.findall(r"/article/(\d+)", link)[0]) for link in links]


async def test_the_front_page_says_what_is_there(room: Datasette) -> None:
    tree = await page(room, "/")
    text = said(tree)
    assert "Search 400 articles" in text
    assert "Sources 10" in text
    assert "Since 22 August 2026" in text
    assert "Last crawl 20 November 2026, 05:09 (UTC)" in text
    assert tree.xpath("//form[@role='search']//input[@type='search']")
    assert len(numbers(tree)) == 6
    assert said(await page(room, PLACE)) == text


async def test_other_files_keep_datasettes_own_front_page(tmp_path: Path) -> None:
    Database(tmp_path / "other.db")["things"].insert({"id": 1})
    datasette = await in_process(tmp_path / "other.db")
    assert "things" in (await datasette.client.get("/")).text
    assert (await datasette.client.get("/-/clippings/other/search")).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        f"{PLACE}/nothing-here",
        f"{PLACE}/article/x",
        f"{PLACE}/article/99999",
        f"{PLACE}/search.xml",
        "/-/clippings",
        "/-/clippings/nobody/search",
        "/-/nothing-here",
        "/nobody",
        "/nobody.json",
        "/the~20clippings/nothing-here",
        "/a/b/c/d/e",
        "/a/b/c/d/e.json",
    ],
)
async def test_an_unknown_address_is_answered_with_404(room: Datasette, address: str) -> None:
    """Also where `rich` is installed, which Datasette prints exceptions with."""
    response = await room.client.get(address)
    assert response.status_code == 404
    if address.endswith(".json"):
        assert response.json()["status"] == 404
    elif address.startswith("/-/clippings"):
        assert "Not found" in said(await page(room, address, status=404))


async def test_two_archives_give_a_choice(archive: Path, tmp_path: Path) -> None:
    second = made_up(tmp_path, articles=10)
    datasette = Datasette([str(archive), str(second)])
    await datasette.invoke_startup()
    tree = await page(datasette, "/")
    assert [link.text for link in tree.xpath("//main//h2/a")] == ["the clippings", "the clippings_2"]
    assert "10 articles from 10 sources" in said(tree)


async def test_datasettes_permissions_and_prefix_hold(archive: Path) -> None:
    closed = {"databases": {"the clippings": {"allow": {"id": "editor"}}}}
    datasette = Datasette([str(archive)], metadata=closed, settings={"base_url": "/paper/"})
    await datasette.invoke_startup()
    for path in (PLACE, f"{PLACE}/search.json", f"{PLACE}/article/1", f"{PLACE}/article/1/page/as-fetched"):
        assert (await datasette.client.get(path)).status_code == 403
    assert "400 articles" not in (await datasette.client.get("/")).text
    cookies = {"ds_actor": datasette.sign({"a": {"id": "editor"}}, "actor")}
    tree = html.fromstring((await datasette.client.get(f"{PLACE}/search", cookies=cookies)).text)
    links = [link for link in tree.xpath("//a/@href") if not link.startswith(("#", "http"))]
    assert len(links) > 20
    assert all(link.startswith("/paper/") for link in links)


async def test_results_are_ranked_marked_and_counted(room: Datasette, archive: Path) -> None:
    tree = await page(room, f"{PLACE}/search?q=harbour+tunnel")
    expected = search(archive, "harbour tunnel", limit=20)
    assert numbers(tree) == [hit.id for hit in expected.hits]
    assert f"{expected.total} articles" in said(tree)
    assert {mark.text for mark in tree.xpath("//mark")} == {"harbour", "tunnel"}
    counted = tree.xpath("//section[@aria-labelledby='facet-source']//li")
    assert sum(int(li.xpath("span")[-1].text) for li in counted) == expected.total


@pytest.mark.parametrize("kind", ["source", "section", "author", "tag"])
async def test_a_facets_link_gives_as_many_as_it_counts(room: Datasette, kind: str) -> None:
    tree = await page(room, f"{PLACE}/search?q=the")
    item = tree.xpath(f"//section[@aria-labelledby='facet-{kind}']//li")[0]
    link, count = item.xpath("a/@href")[0], item.xpath("span")[-1].text
    narrowed = await page(room, link)
    assert f"{count} articles" in said(narrowed)
    assert "Remove" in narrowed.xpath("//ul[@class='chosen']")[0].text_content()
    widened = await page(room, narrowed.xpath("//ul[@class='chosen']//a/@href")[0])
    assert numbers(widened) == numbers(tree)


@pytest.mark.parametrize("state", ["changed", "gone", "paywalled"])
async def test_states_narrow(room: Datasette, archive: Path, state: str) -> None:
    column = {"changed": "revision > 1", "gone": "gone_at IS NOT NULL", "paywalled": "access = 'paywalled'"}
    db = Database(archive)
    count = db.execute(f"SELECT count(*) FROM articles WHERE {column[state]}").fetchone()[0]
    db.close()
    assert f"{count} articles" in said(await page(room, f"{PLACE}/search?{state}=1"))
    assert f"{400 - count} articles" in said(await page(room, f"{PLACE}/search?{state}=0"))


async def test_days_narrow_and_wrong_ones_are_named(room: Datasette) -> None:
    found = (await room.client.get(f"{PLACE}/search.json?since=2026-09-01&until=2026-09-30")).json()
    assert found["total"] > 20
    assert all("2026-09-01" <= hit["day"] <= "2026-09-30" for hit in found["hits"])
    assert (await room.client.get(f"{PLACE}/search.json?since=50y")).json()["total"] == 400
    text = said(await page(room, f"{PLACE}/search?since=soon"))
    assert "'soon' is neither a date nor a duration" in text
    assert "400 articles" in text


async def test_pages_follow_one_another_without_gap(room: Datasette) -> None:
    seen: list[int] = []
    path = f"{PLACE}/search?q=the&sort=newest&language=en"
    while path:
        tree = await page(room, path)
        seen += numbers(tree)
        path = next(iter(tree.xpath("//a[@rel='next']/@href")), "")
    assert len(seen) == len(set(seen)) == int(re.findall(r"(\d+) articles", said(tree))[0])


async def test_attention_adds_up(room: Datasette) -> None:
    for unit in ("day", "week", "month"):
        counted = (await room.client.get(f"{PLACE}/attention.json?q=harbour&unit={unit}")).json()
        assert sum(bar["articles"] for bar in counted["bars"]) == counted["total"] > 0
        bar = max(counted["bars"], key=lambda bar: bar["articles"])
        assert f"{bar['articles']} article" in said(await page(room, bar["search"]))
        assert bar["share"] == bar["articles"] / bar["archived"]
    everything = (await room.client.get(f"{PLACE}/attention.json?unit=month")).json()
    by_month: dict[str, int] = {}
    for bar in everything["bars"]:
        by_month[bar["since"]] = by_month.get(bar["since"], 0) + bar["articles"]
        assert bar["archived"] >= bar["articles"]
    assert [
        bar["archived"] for bar in everything["bars"] if bar["source"] == everything["sources"][0]
    ] == list(by_month.values())
    tree = await page(room, f"{PLACE}/attention?q=harbour&unit=month&share=1")
    assert "%" in tree.xpath("//tbody/tr/td")[0].text
    assert not tree.xpath("//script")
    bars = tree.xpath("//*[@id='chart']//*[local-name() = 'a']")
    assert len(bars) == len(tree.xpath("//tbody//td/a"))


async def test_an_article_is_set_for_reading(room: Datasette, archive: Path) -> None:
    db = Database(archive)
    row = next(
        db["articles"].rows_where("image_url IS NOT NULL AND text LIKE '%## %' AND standfirst IS NOT NULL")
    )
    db.close()
    tree = await page(room, f"{PLACE}/article/{row['id']}")
    assert said(tree.xpath("//h1")[0]) == row["title"]
    assert said(tree.xpath("//p[@class='standfirst']")[0]) == " ".join(row["standfirst"].split())
    assert "## " not in tree.xpath("//div[@class='text']")[0].text_content()
    assert tree.xpath("//div[@class='text']/h2")
    assert tree.xpath("//a[@rel='noreferrer noopener nofollow external']/@href") == [row["url"]]
    assert not tree.xpath("//img")
    assert [summary.text for summary in tree.xpath("//section[@id or @aria-labelledby='cite']//summary")] == [
        "Plain",
        "BibTeX",
        "RIS",
        "CSL-JSON",
    ]
    shown = await room.client.get(f"{PLACE}/article/{row['id']}?picture=1")
    assert html.fromstring(shown.text).xpath("//img/@src") == [row["image_url"]]
    host = row["image_url"].split("/pictures")[0]
    assert f"img-src 'self' {host};" in shown.headers["content-security-policy"]


async def test_versions_and_their_difference(room: Datasette, archive: Path) -> None:
    db = Database(archive)
    [[article, revision]] = db.execute(
        "SELECT a.id, a.revision FROM articles a JOIN revisions r ON r.article_id = a.id AND r.number = 1"
        " WHERE r.text <> a.text AND a.revision = 2 LIMIT 1"
    ).fetchall()
    old = db.execute("SELECT text FROM revisions WHERE article_id = ?", [article]).fetchone()[0]
    new = db["articles"].get(article)["text"]
    db.close()
    tree = await page(room, f"{PLACE}/article/{article}")
    assert len(tree.xpath("//ol[@class='timeline']/li")) == revision
    tree = await page(room, f"{PLACE}/article/{article}/changes")
    text = tree.xpath("//div[@class='text']")[0]
    assert text.xpath(".//ins | .//del")
    for words, without in ((new, "del"), (old, "ins")):
        copy = html.fromstring(html.tostring(text))
        for gone in copy.xpath(f".//{without}"):
            gone.drop_tree()
        plain = re.sub(r"(?m)^(## |- |> )", "", words)
        assert "".join(copy.text_content().split()) == "".join(plain.split())


async def test_the_page_as_fetched(room: Datasette) -> None:
    for number in range(1, 6):
        tree = await page(room, f"{PLACE}/article/{number}/page")
        [frame] = tree.xpath("//iframe")
        assert frame.get("sandbox") == ""
        raw = await room.client.get(frame.get("src"))
        assert raw.content.count(b"<x-link") == 2
        assert re.sub(rb"\bx-", b"", raw.content) == PAGE
        assert raw.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert "allow" not in raw.headers["content-security-policy"]
        record = await room.client.get(f"{PLACE}/article/{number}/page/record.warc.gz")
        assert record.headers["content-type"] == "application/warc"
        assert record.content[:2] == b"\x1f\x8b"
    tree = await page(room, f"{PLACE}/article/6/page")
    assert "is not beside the archive" in said(tree)
    assert not tree.xpath("//iframe")
    assert (await room.client.get(f"{PLACE}/article/6/page/as-fetched")).status_code == 404


async def test_citations_are_files(room: Datasette) -> None:
    for form, beginning in (("bib", "@article{"), ("ris", "TY  - NEWS\r\n"), ("json", "[\n")):
        response = await room.client.get(f"{PLACE}/article/7/cite.{form}")
        assert response.text.startswith(beginning)
        assert f'filename="article-7.{form}"' in response.headers["content-disposition"]


async def test_changes_by_source_and_kind(room: Datasette, archive: Path) -> None:
    db = Database(archive)
    gone = db.execute("SELECT count(*) FROM articles WHERE gone_at IS NOT NULL").fetchone()[0]
    corrected = db.execute("SELECT count(*) FROM articles WHERE text LIKE '%Correction: %'").fetchone()[0]
    db.close()
    assert gone
    assert corrected
    for kind, count in (("gone", gone), ("correction", corrected)):
        tree = await page(room, f"{PLACE}/changes?kind={kind}")
        assert len(tree.xpath("//article[@class='hit change']")) == count
    tree = await page(room, f"{PLACE}/changes?source=harbour-herald&source=")
    assert set(tree.xpath("//article//p[@class='about']/a/text()")) == {"The Harbour Herald"}


async def test_sources_the_ailing_first(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/sources")
    rows = [said(row) for row in tree.xpath("//tbody/tr")]
    assert len(rows) == 10
    assert rows[0].startswith(
        "The Market Ledger Unreadable None of its feeds, sitemaps and section pages can be read: 403 Forbidden."
    )
    text = said(await page(room, f"{PLACE}/sources/market-ledger"))
    assert "403 Forbidden, after 3 attempts" in text
    assert "Sign up for the morning letter from The Market Ledger. 84" in text
    await page(room, f"{PLACE}/sources/nobody", status=404)
    await page(room, f"{PLACE}/article/99999", status=404)


async def test_alarms_that_last_are_shown(tmp_path: Path) -> None:
    path = made_up(tmp_path, articles=20)
    db = Database(path)
    for until in (None, "2026-11-19"):
        db["alarms"].insert(
            {
                "source_id": "harbour-herald",
                "kind": "words" if until else "articles",
                "since": "2026-11-18",
                "until": until,
                "raised_at": "2026-11-18T01:00:00+00:00",
                "words": "This one is over." if until else "Half as many articles as on other days.",
                "advice": "Look at its feeds.",
                "evidence": '["https://www.harbour-herald.example/1", "javascript:alert(1)"]',
            }
        )
    db.close()
    datasette = await in_process(path)
    rows = [said(row) for row in (await page(datasette, f"{PLACE}/sources")).xpath("//tbody/tr")]
    (alarmed,) = [row for row in rows if row.startswith("The Harbour Herald Alarm")]
    assert alarmed.startswith("The Harbour Herald Alarm Half as many articles as on other days.")
    tree = await page(datasette, f"{PLACE}/sources/harbour-herald")
    assert (
        "Since 18 November 2026 : Half as many articles as on other days. What to try: Look at its"
        in said(tree)
    )
    assert "This one is over" not in said(tree)
    assert not tree.xpath("//a[starts-with(@href, 'javascript')]")


async def test_datasettes_own_pages_know_the_tables(room: Datasette) -> None:
    tables = html.fromstring((await room.client.get("/the~20clippings")).text)
    shown = {h3.text_content() for h3 in tables.xpath("//h3")}
    assert {"articles", "revisions", "sources", "captures", "crawls", "outcomes", "urls"} <= shown
    assert "_article_facets" not in shown
    response = await room.client.get("/the~20clippings/articles?_search=harbour")
    assert "/-/clippings/the+clippings/article/" in response.text
    for facet in ("source_id", "section", "language", "published_at"):
        assert f'data-column="{facet}"' in response.text or f"facet-{facet}" in response.text


CJK = {
    "ja": "東京 東京都 京都 京都市 漁業 半導体 水道料金 原子力発電所 オリンピック NHK".split(),
    "zh": "北京 上海 核电站 自来水 智能手机 港口隧道 专家认为 水价 股市 高速公路".split(),
    "ko": "서울 대구 부산 시의회 지하철 대통령 수도요금 원자력발전소 이서연 노동조합".split(),
    "th": "กรุงเทพ น้ำ น้ำท่วม รัฐบาล เชียงใหม่ การเลือกตั้ง นายกรัฐมนตรี โรงเรียน ท่าเรือ ศาล".split(),
}


@pytest.mark.parametrize("word", [word for words in CJK.values() for word in words])
async def test_words_of_unspaced_scripts(room: Datasette, archive: Path, word: str) -> None:
    """Recall and precision are both 1, in the page, in the command and in JSON."""
    db = Database(archive)
    sql = "SELECT id FROM articles WHERE instr(title, :w) OR instr(standfirst, :w) OR instr(text, :w)"
    true = {row[0] for row in db.execute(sql, {"w": word})}
    db.close()
    assert true
    on_page: set[int] = set()
    path = f"{PLACE}/search?q={quote(word)}"
    while path:
        tree = await page(room, path)
        on_page |= set(numbers(tree))
        assert "".join(tree.xpath("//mark//text()"))
        assert "\u200b" not in tree.text_content()
        path = next(iter(tree.xpath("//a[@rel='next']/@href")), "")
    in_json: set[int] = set()
    for number in range(1, 22):
        hits = (await room.client.get(f"{PLACE}/search.json?q={quote(word)}&page={number}")).json()["hits"]
        in_json |= {hit["id"] for hit in hits}
    ran = CliRunner().invoke(cli, ["search", str(archive), word, "--json", "--limit", "1000"])
    commanded = {hit["id"] for hit in json.loads(ran.stdout)}
    assert (on_page, in_json, commanded) == (true, true, true)


TORTURE = [
    '"', '""', '"""', '"unclosed', 'closed" again"', "'", "''", "`", "(", ")", "()", "((", "))", ")(", "(a", "a)",
    "(a OR (b AND c)", "a OR", "OR a", "AND", "NOT", "NOT a", "a NOT", "a AND NOT", "AND AND AND", "OR OR",
    "a AND OR b", "NEAR", "NEAR(a b)", 'NEAR("a b" "c", 5)', "a NEAR/3 b", "*", "**", "* a", "a*b*c*", '"a*"', '"a"*',
    "^harbour", "title:", ":title", "title::a", "title:title:a", "author:(", 'author:""', "source:*", "{title}: a",
    "-", "--", "-a", "a --b", "- -", "+a +b", "articles_fts MATCH 'a'", "'; DROP TABLE articles; --", "1=1 UNION SELECT",
    "🙂", "harbour 🙂 tunnel", "👩‍👩‍👧‍👦*", "\x00\x01", "a\x00b", "\ufeff\u200b\ue000", "東京\" OR", "(東京", "%00%22", "\\", "a\\\"b",
    "x" * 10_000, "a " * 5_000, "(" * 10_000, '"' * 9_999, "NOT " * 2_500, "title:" * 1_600, "<script>alert(1)</script>",
]  # fmt: skip


@pytest.mark.parametrize("query", TORTURE, ids=range(len(TORTURE)))
async def test_no_query_gives_an_error_page(room: Datasette, query: str) -> None:
    asked = urlencode({"q": query})
    words = said(await page(room, f"{PLACE}/search?{asked}"))
    await page(room, f"{PLACE}/attention?{asked}")
    for form in ("search.json", "search.atom", "search.csv", "attention.json"):
        response = await room.client.get(f"{PLACE}/{form}?{asked}")
        # A file that would be empty because of a slip says so, as the page does above its results.
        if response.status_code == 400:
            assert response.text.strip() in words
        else:
            assert response.status_code == 200, response.text[-1000:]


async def test_a_slip_is_named_and_the_plain_words_searched(room: Datasette, archive: Path) -> None:
    tree = await page(room, f"{PLACE}/search?q=" + quote('"harbour tunnel'))
    assert "A quotation mark is not closed. Searched for all the plain words instead." in said(tree)
    assert numbers(tree) == [hit.id for hit in search(archive, "harbour tunnel").hits]


async def test_hostile_values_are_inert_in_files(tmp_path: Path) -> None:
    path = tmp_path / "hostile.db"
    hostile_archive(path, HOSTILE)
    datasette = await in_process(path)
    place = "/-/clippings/hostile"
    for address in ("search.atom", "changes.atom", "alarms.atom"):
        feed = etree.fromstring((await datasette.client.get(f"{place}/{address}")).content)
        assert feed.xpath("count(//a:entry)", namespaces=ATOM) >= len(HOSTILE)
        assert {element.tag.split("}")[0] for element in feed.iter()} == {"{" + ATOM["a"]}
    for address in (
        "",
        "/attention",
        "/attention.json",
        "/sources",
        "/search?sort=newest",
        "/alarms",
        "/coverage",
    ):
        assert (await datasette.client.get(place + address)).status_code == 200, address
    search_rows, listed_rows, counted = [
        list(csv.reader(io.StringIO((await datasette.client.get(f"{place}/{file}")).text)))
        for file in ("search.csv", "coverage/urls.csv?outcome=failed&since=2026-11-19", "coverage.csv")
    ]
    assert len(search_rows) == len(HOSTILE) + 1
    assert len({row[-1] for row in listed_rows}) > len(HOSTILE)
    for cell in (cell for row in search_rows + listed_rows + counted for cell in row):
        assert not cell.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r"))
    for number in range(1, len(HOSTILE) + 1):
        for form in ("txt", "bib", "ris", "json"):
            cited = await datasette.client.get(f"{place}/article/{number}/cite.{form}")
            assert cited.status_code == 200
            assert "attachment" in cited.headers["content-disposition"]
        ris = (await datasette.client.get(f"{place}/article/{number}/cite.ris")).text
        assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in ris.split("\r\n")[:-1])
        raw = await datasette.client.get(f"{place}/article/{number}/page/as-fetched")
        assert raw.status_code == 404
        assert raw.headers["content-type"].startswith("text/plain")


FEEDS = [
    "search.atom",
    "search.atom?q=harbour",
    "search.atom?q=" + quote("東京 OR ก"),
    "search.atom?q=nothing-has-this",
    "changes.atom",
    "changes.atom?kind=headline",
    "alarms.atom",
    "alarms.atom?source=market-ledger",
    "alarms.atom?source=northern-star",
]


@pytest.mark.parametrize("address", FEEDS)
async def test_feeds_keep_the_rules_of_atom(room: Datasette, address: str) -> None:
    """The rules of RFC 4287, sections 4.1.1 and 4.1.2, and a parser's opinion."""
    response = await room.client.get(f"{PLACE}/{address}")
    assert response.headers["content-type"].startswith("application/atom+xml")
    parsed = feedparser.parse(response.content)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    feed = etree.fromstring(response.content)
    date = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    for element in [feed, *feed.findall("a:entry", ATOM)]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", ATOM)) == 1
        assert date.fullmatch(element.findtext("a:updated", namespaces=ATOM))
        assert element.findtext("a:id", namespaces=ATOM).startswith("urn:uuid:")
        alternates = element.findall("a:link[@rel='alternate']", ATOM)
        assert [link.get("href")[:7] for link in alternates] == ["http://"]
        for kind in ("published", "summary"):
            assert len(element.findall(f"a:{kind}", ATOM)) <= 1
        for person in element.findall("a:author", ATOM):
            assert person.findtext("a:name", namespaces=ATOM).strip()
    ids = [entry.findtext("a:id", namespaces=ATOM) for entry in feed.findall("a:entry", ATOM)]
    assert len(ids) == len(set(ids))
    assert len(feed.findall("a:link[@rel='self']", ATOM)) == 1


def test_a_feed_reader_sees_new_articles_once(tmp_path: Path) -> None:
    from reader import make_reader

    path = made_up(tmp_path, articles=30)
    with served(path) as address:
        feed = f"{address}{PLACE}/search.atom?q=lighthouse"
        changes = f"{address}{PLACE}/changes.atom"
        reader = make_reader(":memory:")
        for url in (feed, changes):
            reader.add_feed(url)

        def unread(url: str) -> set[str]:
            reader.update_feed(url)
            found = {entry.title for entry in reader.get_entries(feed=url, read=False)}
            for entry in reader.get_entries(feed=url, read=False):
                reader.mark_entry_as_read(entry)
            return found

        assert unread(feed) == set()
        first = unread(changes)
        assert first
        assert unread(changes) == set()
        db = Database(path)
        db["articles"].insert_all(
            {
                **db["articles"].get(1),
                "id": 31 + n,
                "url": f"http://x.invalid/{n}",
                "title": f"Lighthouse {n}",
            }
            for n in range(2)
        )
        assert unread(feed) == {"Lighthouse 0", "Lighthouse 1"}
        assert unread(feed) == set()
        db["articles"].update(31, {"section": "Local"})
        assert unread(feed) == set()
        db["articles"].update(32, {"gone_at": "2026-11-19T00:00:00+00:00"})
        make_changes_anew(db)
        assert unread(changes) == {"Gone: Lighthouse 1"}
        db.close()
        reader.close()


async def test_what_takes_too_long_says_so(room: Datasette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("browse.context.LONGEST_MS", 0.0001)
    monkeypatch.setattr("pipelines.archive.read_together.STEPS", 1)
    tree = await page(room, f"{PLACE}/search?q=the", status=503)
    assert "was stopped. Narrow it" in said(tree)

"""The bundled newspaper itself: that it serves what it says, so that other tests can lean on it."""

from __future__ import annotations

import gzip
import http.client
import re
import subprocess
import sys
import time
import tomllib
import urllib.error
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import feedparser
import pytest

from tests.newspaper import client, faults
from tests.newspaper.client import ROOT, Newspaper, write_seeds
from tests.newspaper.sites import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-03-02T08:30:00+00:00"
SITES = load()
STORY = "http://plaza.example/noticias/ciudad/mercado-de-noche.html"
FEED = "http://morning.example/feeds/latest.xml"


@pytest.fixture(scope="module")
def running() -> Iterator[Newspaper]:
    with Newspaper(now=NOW) as paper:
        yield paper


@pytest.fixture
def paper(running: Newspaper) -> Newspaper:
    running.reset()
    return running


def words(html: str) -> str:
    """A page's text, all white space as single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def page(paper: Newspaper, url: str) -> str:
    status, _, body = paper.get(url)
    assert status == 200, url
    story = paper.truth(url)["url"]
    site = SITES[urlsplit(story).netloc]
    encoding = "cp949" if story.endswith("/25301004") else site.encoding
    return body.decode(encoding)


def test_every_article_shows_its_title_and_text(paper: Newspaper) -> None:
    urls = paper.articles()
    assert len(urls) >= 50
    assert len({paper.truth(url)["language"] for url in urls}) == 8
    for url in urls:
        truth = paper.truth(url)
        pages = [url, *(a for a in truth["addresses"] if re.search(r"page=\d$|-\d\.html$", a))]
        shown = " ".join(words(page(paper, address)) for address in pages)
        assert words(truth["title"]) in shown
        for paragraph in truth["paragraphs"]:
            assert words(re.sub(r"^(##|-|>) ", "", paragraph)) in shown, url


@pytest.mark.parametrize("host", SITES)
def test_lists_lead_to_every_article(paper: Newspaper, host: str) -> None:
    site = SITES[host]
    lists = [site.root + "/", *(f.path for f in site.feeds), *(s.path for s in site.sitemaps)]
    todo = [site.root + path.removeprefix(site.root) for path in lists]
    seen: set[str] = set()
    while todo:
        url = todo.pop()
        seen.add(url)
        status, headers, body = paper.get(url)
        if status != 200 or not re.search("html|xml|json|octet", headers["content-type"]):
            continue
        body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        found = re.findall(
            r'(?:href="|<loc>|<link>|"url": ")(http[^"<]+)', body.decode(site.encoding, "replace")
        )
        sections = tuple(site.section_url(key).rpartition("/")[0] for key in site.sections)
        for link in map(unescape, found):
            if link not in seen and link.startswith(sections) and urlsplit(link).netloc == host:
                todo.append(link)
            seen.add(link)
    reached = set()
    for link in seen:
        try:
            reached.add(paper.truth(re.sub(r"[?&](utm_|ref=).*", "", link))["url"])
        except RuntimeError:
            continue
    assert set(paper.articles(host)) <= reached


@pytest.mark.parametrize("host", SITES)
def test_feeds_are_well_formed_and_dated(paper: Newspaper, host: str) -> None:
    for feed in SITES[host].feeds:
        status, _, body = paper.get(SITES[host].root + feed.path)
        assert status == 200
        if feed.kind == "json":
            assert b'"https://jsonfeed.org/version/1.1"' in body
            continue
        parsed = feedparser.parse(body)
        assert not parsed.bozo, parsed.get("bozo_exception")
        assert (
            parsed.version
            == {"rss": "rss20", "rss091": "rss091u", "rdf": "rss10", "atom": "atom10"}[feed.kind]
        )
        assert parsed.entries
        assert feed.kind == "rss091" or all(
            entry.get("published") or entry.updated for entry in parsed.entries
        )


def test_each_thing_answers_304_until_it_changes(paper: Newspaper) -> None:
    for url in [
        *paper.articles("vestnik.example"),
        STORY,
        FEED,
        "http://tagblatt.example/sitemap.xml",
        "http://morning.example/",
        "http://morning.example/sitemaps/articles.xml.gz",
    ]:
        status, headers, _ = paper.get(url)
        assert status == 200
        assert paper.get(url, If_None_Match=headers["etag"])[0] == 304, url
        assert paper.get(url, If_Modified_Since=headers["last-modified"])[0] == 304, url
        assert paper.get(url, If_None_Match='"other"')[0] == 200, url
    etag = paper.get(STORY)[1]["etag"]
    others = paper.get("http://plaza.example/noticias/economia/cosecha-de-aceite.html")[1]["etag"]
    assert paper.revise(STORY)["paragraphs"][-1].startswith("Corrección 1")
    status, headers, body = paper.get(STORY, If_None_Match=etag)
    assert (status, headers["etag"] != etag) == (200, True)
    assert "Corrección 1" in body.decode()
    assert paper.get("http://plaza.example/noticias/economia/cosecha-de-aceite.html")[1]["etag"] == others


def test_title_edits_removal_and_fresh_articles(paper: Newspaper) -> None:
    before = paper.articles("plaza.example")
    assert paper.revise(STORY, "title")["title"].endswith("(2)")
    paper.remove(STORY)
    assert paper.get(STORY)[0] == 410
    fresh = [paper.publish("plaza.example") for _ in range(3)]
    assert set(paper.articles("plaza.example")) == {*before, *fresh} - {STORY}
    home = page_of(paper, "http://plaza.example/")
    assert all(url in home for url in fresh)
    assert STORY not in home
    for url in fresh:
        assert paper.truth(url)["paragraphs"][0] in words(page(paper, url))
    paper.reset()
    assert paper.articles("plaza.example") == before
    assert paper.get(fresh[0])[0] == 404


def page_of(paper: Newspaper, url: str) -> str:
    return paper.get(url)[2].decode()


def test_other_addresses_of_an_article_name_the_first(paper: Newspaper) -> None:
    forms = set()
    for url in paper.articles():
        for address in paper.truth(url)["addresses"]:
            status, headers, body = paper.get(address)
            if status == 301:
                assert headers["location"] == url
                forms.add("moved")
            elif b"http-equiv" in body:
                assert url.encode() in body
                forms.add("refresh")
            elif address != url and b"canonical" in body:
                canonical = re.search(rb'rel="canonical" href="([^"]+)"', body)
                assert canonical is not None
                same = canonical[1].decode() == url
                forms.add("canonical" if same else "own canonical")
    assert forms == {"moved", "refresh", "canonical", "own canonical"}


def test_charsets_are_as_troublesome_as_promised(paper: Newspaper) -> None:
    _, headers, body = paper.get("http://ilbo.example/article/25301004")
    assert "utf-8" in headers["content-type"]
    assert "섬마을" in body.decode("cp949")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    declared = {}
    for host in ("minato.example", "vestnik.example", "www.jiangcheng.example"):
        for url in paper.articles(host):
            _, headers, body = paper.get(url)
            assert "charset" not in headers["content-type"]
            meta = re.search(rb'<meta charset="([^"]+)', body)
            declared.setdefault(SITES[host].encoding, set()).add(meta and meta[1].decode())
    assert declared == {
        "shift_jis": {"shift_jis", None},
        "windows-1251": {"windows-1251", None},
        "gb18030": {"gb18030", "gb2312", None},
    }


def test_what_a_polite_crawl_leaves_out(paper: Newspaper) -> None:
    wanted = paper.articles()
    for url in (
        "http://morning.example/members/2026/03/01/what-we-heard",
        "http://storm.example/story?id=51",
        "http://vestnik.example/news/48214/",
    ):
        assert paper.get(url)[0] == 200, url
        assert url not in wanted
    assert (
        b"noarchive" in paper.get("http://morning.example/science/2026/02/27/planet-should-not-be-there")[2]
    )
    tagged = paper.get("http://tagblatt.example/kultur/stadttheater-im-kaufhaus-a710304.html")[1]
    assert tagged["x-robots-tag"] == "noarchive"
    statuses = {host: paper.get(f"http://{host}/robots.txt")[0] for host in SITES}
    assert (statuses["plaza.example"], statuses["storm.example"]) == (404, 500)
    assert b"Crawl-delay: 2" in paper.get("http://tagblatt.example/robots.txt")[2]


def test_answers_by_host_header_and_keeps_the_connection(paper: Newspaper) -> None:
    connection = http.client.HTTPConnection(urlsplit(paper.url).netloc, timeout=10)
    try:
        for _ in range(2):
            connection.request("GET", "/", headers={"Host": "plaza.example", "Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "La Plaza Mayor" in gzip.decompress(answer.read()).decode()
    finally:
        connection.close()


def test_log_holds_every_request(paper: Newspaper) -> None:
    paper.get(STORY, User_Agent="probe/1", If_None_Match='"x"')
    paper.get("http://plaza.example/nada")
    first, second = paper.log()
    assert (first["host"], first["url"], first["status"]) == ("plaza.example", STORY, 200)
    assert (first["user_agent"], first["if_none_match"]) == ("probe/1", '"x"')
    assert abs(first["time"] - time.time()) < 600
    assert second["status"] == 404
    assert second["monotonic"] >= first["monotonic"]


def test_a_stopped_clock_gives_the_same_bytes(paper: Newspaper) -> None:
    with Newspaper(now=NOW) as other:
        for url in (STORY, FEED, "http://minato.example/"):
            assert other.get(url) == paper.get(url)
        assert other.articles() == paper.articles()


def test_all_newspapers_of_a_session_date_their_articles_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "from tests.newspaper.client import STARTED; print(STARTED)"
    other = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == client.STARTED
    monkeypatch.setattr(client, "STARTED", "2001-02-03T04:05:06+00:00")
    with Newspaper() as paper:
        dated = [url for url in paper.articles("daily.hangang.example") if "/news/" in url]
        assert dated
        assert all("/news/2001-0" in url for url in dated)


# ---- faults


def test_status_ratelimit_and_redirect_faults(paper: Newspaper) -> None:
    paper.fault("status code=503 retry_after=7 times=1")
    status, headers, _ = paper.get(STORY)
    assert (status, headers["retry-after"]) == (503, "7")
    assert paper.get(STORY)[0] == 200
    paper.heal()
    paper.fault("ratelimit rps=0.001")
    assert [paper.get(STORY)[0] for _ in range(2)] == [200, 429]
    paper.heal()
    paper.fault("redirect hops=2")
    url, hops = STORY, 0
    while (answer := paper.get(url))[0] == 302:
        url, hops = answer[1]["location"], hops + 1
    assert (answer[0], hops) == (200, 2)
    paper.heal()
    paper.fault("redirect to=http://elsewhere.example/ host=plaza.*")
    assert paper.get(STORY)[1]["location"] == "http://elsewhere.example/"
    assert paper.log()[-1]["fault"] == "redirect"


def test_faults_of_the_body(paper: Newspaper) -> None:
    def spoilt(rule: str, url: str = STORY) -> tuple[dict[str, str], bytes]:
        paper.heal()
        paper.fault(rule)
        _, headers, body = paper.get(url)
        return headers, body

    assert spoilt("empty")[1] == b""
    assert spoilt("binary")[1].startswith(b"\x89PNG")
    assert "iso-8859-1" in spoilt("charset")[0]["content-type"]
    headers, body = spoilt("badgzip")
    assert headers["content-encoding"] == "gzip"
    assert not body.startswith(b"\x1f\x8b")
    assert len(gzip.decompress(spoilt("bomb mb=3")[1])) == 3_000_000
    assert len(spoilt("huge mb=2")[1]) == 2_000_000
    assert len(spoilt("slow bps=40000")[1]) > 1000
    assert spoilt("html", FEED)[1].startswith(b"<!doctype html>")
    assert feedparser.parse(spoilt("malformed", FEED)[1]).bozo
    assert spoilt("empty", FEED)[1] != b"", "without path= only articles have the fault"
    assert spoilt("empty path=feeds", FEED)[1] == b""


def test_faults_of_the_connection(paper: Newspaper) -> None:
    for rule, error in (
        ("reset", ConnectionError),
        ("reset bytes=20", ConnectionError),
        ("truncate", http.client.IncompleteRead),
        ("length by=100", http.client.IncompleteRead),
        ("hang seconds=0.1", http.client.RemoteDisconnected),
        ("headers kb=512", (http.client.HTTPException, urllib.error.URLError)),
    ):
        paper.heal()
        paper.fault(rule)
        with pytest.raises((error, urllib.error.URLError) if not isinstance(error, tuple) else error):
            paper.get(STORY)
    paper.heal()
    assert paper.get(STORY)[0] == 200


def test_a_share_of_requests_is_drawn_the_same_in_every_run() -> None:
    def draws(seed: int) -> list[bool]:
        rule = faults.parse("status p=0.3", 0, seed)
        return [rule.applies("a.example", f"/{n}", "article") for n in range(200)]

    assert draws(1) == draws(1) != draws(2)
    assert 30 < sum(draws(1)) < 90


def test_an_unknown_fault_is_refused(paper: Newspaper) -> None:
    with pytest.raises(RuntimeError, match="unknown fault 'flood'"):
        paper.fault("flood")
    with pytest.raises(RuntimeError, match="nobody"):
        paper.publish("nobody.example")


# ---- the client


def test_seeds_hold_name_and_home_only(tmp_path: Path) -> None:
    files = write_seeds(tmp_path / "seeds")
    tables = [tomllib.loads(file.read_text("utf-8")) for file in files]
    assert len(tables) == len(SITES)
    assert all(table.keys() == {"name", "home"} for table in tables)
    assert "http://bücher.example/" in [table["home"] for table in tables]


def test_the_process_ends_with_its_client() -> None:
    with Newspaper() as paper:
        process = paper.process
        assert process is not None
        assert unquote(paper.articles("xn--bcher-kva.example")[0]).endswith("größe-und-glück")
    assert process.returncode == 0

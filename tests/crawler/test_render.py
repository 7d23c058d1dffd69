"""Pages that print by JavaScript, in a real Chromium: their text, their records, and where they cannot reach."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from crawler.render.requests import Wanted, why_refuse
from pipelines.archive.admin.verify import verify
from tests.conftest import ROOT
from tests.reading_room import absent, in_process
from tests.web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = "http://daily.example"
SCRIPT = (200, {"Content-Type": "text/javascript"})
APP = """
fetch('/api' + location.pathname).then(answer => answer.json()).then(story => {
  document.title = story.title;
  document.querySelector('#root').innerHTML = '<article><h1>' + story.title + '</h1>' + story.html + '</article>';
});
"""


def shell(name: str, body: str = "", script: str = '<script src="/app.js"></script>') -> str:
    return f"<html lang=en><head><title>{name}</title></head><body><div id=root></div>{body}{script}</body></html>"


def text_of(title: str) -> str:
    return "".join(
        f"<p>{title}: in year {n} the ferry carried {n * 37} people over the sound.</p>" for n in range(9)
    )


def story(title: str) -> tuple[int, dict[str, str], str]:
    answer = json.dumps({"title": title, "html": text_of(title)})
    return 200, {"Content-Type": "application/json"}, answer


def attacks(port: int) -> list[str]:
    """Sixty ways in which a page may ask for an address inside."""
    hosts = (
        "127.0.0.1",
        "localhost",
        "[::1]",
        "169.254.169.254",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0.0.0.0",
    )
    ways = (
        "new Image().src = '{u}i'",
        "fetch('{u}f', {{mode: 'no-cors'}}).catch(() => 0)",
        "navigator.sendBeacon('{u}b', 'x')",
        "try {{ new WebSocket('{w}w') }} catch (e) {{}}",
        "try {{ new EventSource('{u}e') }} catch (e) {{}}",
        "let s = document.createElement('script'); s.src = '{u}s'; document.body.append(s)",
        "let f = document.createElement('iframe'); f.src = '{u}d'; document.body.append(f)",
        "let l = document.createElement('link'); l.rel = 'stylesheet'; l.href = '{u}c'; document.head.append(l)",
    )
    return [
        "{" + way.format(u=f"http://{host}:{port}/hit/", w=f"ws://{host}:{port}/hit/") + "}"
        for host in hosts
        for way in ways
    ]


def fill(web: Web, inside: int) -> None:
    scripts = {
        "evil": ";".join(attacks(inside)),
        "away": f"location.href = 'http://127.0.0.1:{inside}/hit/away'",
        "windows": "setInterval(() => window.open('/w'), 50); alert('x'); confirm('y'); Notification.requestPermission()",
        "download": "let a = document.createElement('a'); a.href = '/file'; a.download = 'f'; document.body.append(a); a.click()",
        "worker": f"navigator.serviceWorker && navigator.serviceWorker.register('/sw.js'); new Worker(URL.createObjectURL(new Blob([\"fetch('http://127.0.0.1:{inside}/hit/worker')\"])))",
        "greedy": "for (let n = 0; n < 200; n++) fetch('/more/' + n)",
    }
    names = ["ferry", "pier", *scripts]
    items = "".join(f"<item><title>{name}</title><link>{HOME}/news/{name}</link></item>" for name in names)
    web.pages |= {
        f"{HOME}/feed": (
            200,
            {"Content-Type": "application/rss+xml"},
            f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>",
        ),
        f"{HOME}/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /private/\n"),
        f"{HOME}/app.js": (*SCRIPT, APP),
        f"{HOME}/api/news/ferry": story("The ferry is back"),
        f"{HOME}/api/news/pier": story("The pier is closed"),
        f"{HOME}/private/x.js": (*SCRIPT, "document.title = 'private'"),
        f"{HOME}/news/ferry": (
            200,
            {"X-Robots-Tag": "max-snippet:20"},
            shell(
                "ferry",
                "<img src='/big.png'><script src='/private/x.js'></script>"
                "<script src='http://www.google-analytics.com/a.js'></script>",
            ),
        ),
        f"{HOME}/news/pier": shell("pier"),
    }
    for name, script in scripts.items():
        body = text_of(name)
        web.pages[f"{HOME}/news/{name}"] = shell(
            name, f"<article><h1>A story of {name}</h1>{body}</article>", f"<script>{script}</script>"
        )


class Crawled(NamedTuple):
    folder: Path
    asked: list[str]
    inside: list[str]

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        db = sqlite3.connect(self.folder / "archive.db")
        db.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in db.execute(sql, values)]
        finally:
            db.close()


def crawl(folder: Path, web: Web, *words: str) -> subprocess.CompletedProcess[str]:
    options = (
        "DOWNLOAD_DELAY=0 RETRY_TIMES=0 RENDER_TIMEOUT=100 RENDER_REQUESTS=80 HOST_FAILURES_MAX=999".split()
    )
    settings = [word for option in options for word in ("-s", option)]
    return subprocess.run(
        [sys.executable, "-m", "crawler", "crawl", "archive.db", *settings, *words],
        cwd=folder, env=environment(web), capture_output=True, text=True, timeout=200,
    )  # fmt: skip


def environment(web: Web) -> dict[str, str]:
    return {**os.environ, "http_proxy": web.proxy, "no_proxy": "", "PYTHONPATH": str(ROOT)}


def write_source(folder: Path, keys: str) -> None:
    (folder / "seeds").mkdir(exist_ok=True)
    (folder / "seeds" / "daily.toml").write_text(
        f'home = "{HOME}/"\nfeeds = ["/feed"]\ndiscover = false\nrecheck = []\n{keys}'
    )


def our_browsers(folder: Path) -> list[str]:
    """Processes of a browser or its driver whose working folder is the crawl's."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append((process / "cmdline").read_text().replace("\0", " ")[:80])
        except OSError:
            continue
    return found


@pytest.fixture(scope="module", autouse=True)
def chromium() -> None:
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        absent("no Chromium: install Debian's package chromium")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("render")
    with Web() as web, Web() as inside:
        fill(web, inside.server.server_port)
        write_source(folder, "render = true\nscreenshot = true\n")
        done = crawl(folder, web)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert our_browsers(folder) == []
        yield Crawled(folder, [url for url, _ in web.asked], [url for url, _ in inside.asked])


def test_the_text_that_scripts_print_is_read(crawled: Crawled) -> None:
    found = {row["url"]: row for row in crawled.rows("SELECT url, title, text FROM articles")}
    assert found[f"{HOME}/news/ferry"]["title"] == "The ferry is back"
    assert "in year 8 the ferry carried 296 people" in found[f"{HOME}/news/ferry"]["text"]
    assert found[f"{HOME}/news/pier"]["title"] == "The pier is closed"


def test_what_a_page_wants_is_asked_for_politely_and_once(crawled: Crawled) -> None:
    assert crawled.asked.count(f"{HOME}/news/ferry") == 1, "the browser is given the page that was fetched"
    assert crawled.asked.count(f"{HOME}/app.js") == 1, "scripts are asked for once a crawl"
    assert not [
        url for url in crawled.asked if "google-analytics" in url or "/private/" in url or "/sw.js" in url
    ]
    assert len([url for url in crawled.asked if "/more/" in url]) <= 80


def test_a_page_reaches_nothing_inside(crawled: Crawled) -> None:
    assert crawled.inside == []


def test_every_page_ends_in_an_outcome(crawled: Crawled) -> None:
    outcomes = {
        row["url"].rpartition("/")[2]: row
        for row in crawled.rows("SELECT url, outcome, reason FROM outcomes")
    }
    assert len(outcomes) == 8
    assert {row["outcome"] for row in outcomes.values()} == {"new"}, outcomes


def test_both_the_page_as_sent_and_what_became_of_it_are_kept(crawled: Crawled) -> None:
    [row] = crawled.rows("SELECT id, capture_id, rights FROM articles WHERE url = ?", f"{HOME}/news/ferry")
    captures = crawled.rows(
        "SELECT id, url, mime, warc_file, warc_offset, warc_length FROM captures WHERE url LIKE '%ferry'"
    )
    assert [capture["mime"] for capture in captures] == ["text/html", "text/html", "image/png"]
    records = [
        gzip.decompress(
            (crawled.folder / "warc" / c["warc_file"]).read_bytes()[c["warc_offset"] :][: c["warc_length"]]
        )
        for c in captures
    ]
    kinds = [
        next(line for line in record.split(b"\r\n") if line.startswith(b"WARC-Type")) for record in records
    ]
    assert kinds == [b"WARC-Type: response", b"WARC-Type: conversion", b"WARC-Type: conversion"]
    assert row["capture_id"] == captures[1]["id"]
    assert captures[2]["url"] == f"urn:fullPage:{HOME}/news/ferry"
    assert b"\x89PNG" in records[2]
    assert verify(crawled.folder / "archive.db").problems == []


async def test_the_picture_of_a_page_is_shown(crawled: Crawled) -> None:
    room = await in_process(crawled.folder / "archive.db")
    [row] = crawled.rows("SELECT id FROM articles WHERE url LIKE '%/ferry'")
    shown = await room.client.get(f"/-/clippings/archive/article/{row['id']}/page")
    [link] = re.findall(r'href="([^"]+/asset/[0-9]+)"', shown.text)
    found = await room.client.get(link)
    assert (found.headers["content-type"], found.content[:4]) == ("image/png", b"\x89PNG")
    framed = await room.client.get(f"/-/clippings/archive/article/{row['id']}/page/as-fetched")
    assert "in year 8 the ferry" in framed.text
    sheet = await room.client.get(f"/-/clippings/archive/article/{row['id']}/evidence")
    headings = re.findall(r"<h3>(The p[^<]+)</h3>", sheet.text)
    assert headings == [
        "The page as sent",
        "The page as a browser showed it",
        "The picture that a browser took of it",
    ]
    for database in room.databases.values():
        database.close()
    room.executor.shutdown()


def test_a_replay_reads_the_same_without_a_browser(crawled: Crawled, tmp_path: Path) -> None:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    archive = tmp_path / "copy" / "archive.db"
    sql = "SELECT url, title, text, rights, content_hash FROM articles ORDER BY url"
    before = crawled.rows(sql)
    db = sqlite3.connect(archive)
    db.execute("UPDATE articles SET extractor = 'clippings-1', text = 'old'")
    db.commit()
    db.close()
    result = CliRunner().invoke(cli, ["replay", str(archive), "--seeds", str(crawled.folder / "seeds")])
    assert result.exit_code == 0, result.output
    assert Crawled(archive.parent, [], []).rows(sql) == before


def test_auto_renders_what_has_no_text_otherwise(tmp_path: Path) -> None:
    with Web() as web:
        fill(web, 9)
        list_only(web, "ferry", "evil")
        write_source(tmp_path, 'render = "auto"\n')
        assert crawl(tmp_path, web).returncode == 0
        assert not [url for url, _ in web.asked if "/more/" in url]
    found = Crawled(tmp_path, [], []).rows("SELECT url, title FROM articles ORDER BY url")
    assert [row["title"] for row in found] == ["A story of evil", "The ferry is back"]


def list_only(web: Web, *names: str) -> None:
    items = "".join(f"<item><title>{name}</title><link>{HOME}/news/{name}</link></item>" for name in names)
    feed = f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>"
    web.pages[f"{HOME}/feed"] = (200, {"Content-Type": "application/rss+xml"}, feed)


def test_a_page_that_never_ends_costs_that_page(tmp_path: Path) -> None:
    with Web() as web:
        fill(web, 9)
        list_only(web, "loop", "pier")
        web.pages[f"{HOME}/news/loop"] = shell("loop", text_of("loop"), "<script>while (true) {}</script>")
        write_source(tmp_path, "render = true\n")
        crawl(tmp_path, web, "-s", "RENDER_TIMEOUT=8")
    outcomes = Crawled(tmp_path, [], []).rows("SELECT url, outcome, reason FROM outcomes ORDER BY url")
    assert [row["outcome"] for row in outcomes] == ["failed", "new"]
    assert outcomes[0]["reason"].startswith("could not be rendered: took longer than 8 seconds")
    assert our_browsers(tmp_path) == []


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    with Web() as web:
        fill(web, 9)
        write_source(tmp_path, "render = true\n")
        (tmp_path / "sitecustomize.py").write_text(
            "import importlib.util\nfind = importlib.util.find_spec\n"
            "importlib.util.find_spec = lambda name, *more: None if name == 'playwright' else find(name, *more)\n"
        )
        env = environment(web) | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-m", "crawler", "crawl", "archive.db", "-s", "DOWNLOAD_DELAY=0"]
        subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100, check=False
        )
    reasons = {row["reason"] for row in Crawled(tmp_path, [], []).rows("SELECT reason FROM outcomes")}
    assert reasons == {'rendering needs the extra "render": pip install "clippings-archive[render]"'}


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")
def test_a_killed_crawl_leaves_no_browser_and_loses_nothing(tmp_path: Path) -> None:
    with Web() as web:
        fill(web, 9)
        list_only(web, "ferry", "pier")
        write_source(tmp_path, "render = true\n")
        command = [
            sys.executable,
            "-m",
            "crawler",
            "crawl",
            "archive.db",
            "-s",
            "DOWNLOAD_DELAY=0",
            "-s",
            "RENDER_TIMEOUT=100",
        ]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(web), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(600):
            if any("/api/news/" in url for url, _ in web.asked):
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for _ in range(150):
            if not our_browsers(tmp_path):
                break
            time.sleep(0.1)
        assert our_browsers(tmp_path) == []
        assert crawl(tmp_path, web).returncode == 0
    rows = Crawled(tmp_path, [], []).rows("SELECT url, count(*) AS n FROM articles GROUP BY url")
    assert [row["n"] for row in rows] == [1, 1]


@pytest.mark.parametrize(
    ("wanted", "pictured", "refused"),
    [
        (Wanted("https://cdn.example/a.js", "script"), False, ""),
        (Wanted("https://daily.example/api", "fetch"), False, ""),
        (Wanted("https://daily.example/api", "fetch", "POST"), False, "POST could change something"),
        (Wanted("https://daily.example/a.png", "image"), False, "image is not needed"),
        (Wanted("https://daily.example/a.png", "image"), True, ""),
        (Wanted("https://daily.example/a.mp4", "media"), True, "media is not needed"),
        (
            Wanted("https://www.google-analytics.com/a.js", "script"),
            True,
            "it measures readers or sells advertising",
        ),
        (Wanted("https://ads.example/frame", "document", in_frame=True), True, "a frame of another site"),
        (Wanted("https://daily.example/frame", "document", in_frame=True), False, ""),
        (Wanted("file:///etc/passwd", "fetch"), False, "no web address"),
        (Wanted("blob:https://daily.example/1", "script"), False, "no web address"),
    ],
)
def test_what_a_page_may_ask_for(wanted: Wanted, pictured: bool, refused: str) -> None:
    assert why_refuse(wanted, "https://daily.example/news/ferry", pictured) == refused

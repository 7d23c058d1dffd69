"""One's own subscription: cookies and headers from files that only their owner may read, sent to their site alone."""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from scrapy.http import Request, Response

from crawler.politeness.login import LoginMiddleware, is_for
from crawler.responses import LOGIN_HEADERS, received_headers, sent_headers
from crawler.sources.load import load_sources
from crawler.sources.login import Login
from tests.conftest import ROOT

HOME = "http://daily.example"
COOKIE, RENEWED, TOKEN = "s3cret-cookie-value", "r3newed-cookie-value", "t0ken-of-a-reader"
FAR = 4_000_000_000
JAR = f"# Netscape HTTP Cookie File\n\n#HttpOnly_.daily.example\tTRUE\t/\tFALSE\t{FAR}\tsession\t{COOKIE}\n"
TEXT = "".join(
    f"<p>In year {n} the ferry carried {n * 37} people over the sound in {n} storms.</p>" for n in range(12)
)
WALL = "<p>The ferry is back after the storm.</p><p>Subscribe to read on.</p>"


def story(title: str, body: str) -> bytes:
    return f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>".encode()


class Asked(NamedTuple):
    url: str
    cookie: str
    token: str


class Paper:
    """daily.example shows its articles to who is logged in; other.example is another site, to which one link leads."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        paper = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                cookie, token = self.headers.get("Cookie", ""), self.headers.get("X-Reader", "")
                paper.asked.append(Asked(self.path, cookie, token))
                status, headers, body = paper.answer(self.path, cookie)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.proxy = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    def answer(self, url: str, cookie: str) -> tuple[int, list[tuple[str, str]], bytes]:
        html = [("Content-Type", "text/html; charset=utf-8")]
        if url == f"{HOME}/feed":
            names = ("ferry", "pier", "away")
            items = "".join(f"<item><title>{n}</title><link>{HOME}/news/{n}</link></item>" for n in names)
            feed = f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>"
            return 200, [("Content-Type", "application/rss+xml")], feed.encode()
        if url == f"{HOME}/news/away":
            return 302, [("Location", "http://other.example/elsewhere")], b""
        if url.startswith(f"{HOME}/news/"):
            known = COOKIE in cookie or RENEWED in cookie
            renewed = [("Set-Cookie", f"session={RENEWED}; Domain=daily.example; Path=/")]
            return 200, html + renewed, story(url.rpartition("/")[2], TEXT if known else WALL)
        return (200, html, story("Elsewhere", TEXT)) if "elsewhere" in url else (404, html, b"")


def crawl(folder: Path, paper: Paper, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"http_proxy": paper.proxy, "no_proxy": "", "PYTHONPATH": str(ROOT)}
    options = "DOWNLOAD_DELAY=0 RETRY_TIMES=0 LOG_LEVEL=DEBUG".split()
    settings = [word for option in options for word in ("-s", option)]
    return subprocess.run(
        [sys.executable, "-m", "crawler", *(words or ("crawl", "archive.db")), *settings],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


class Crawled(NamedTuple):
    folder: Path
    asked: list[Asked]
    output: str


def folder_with_login(folder: Path) -> Path:
    (folder / "seeds").mkdir()
    keys = 'cookies = "cookies.txt"\nheaders_file = "headers.txt"\n'
    (folder / "seeds" / "daily.toml").write_text(
        f'home = "{HOME}/"\nfeeds = ["/feed"]\ndiscover = false\nrecheck = []\n{keys}'
    )
    for name, text in (("cookies.txt", JAR), ("headers.txt", f"# mine\nX-Reader: {TOKEN}\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    folder, paper = folder_with_login(tmp_path_factory.mktemp("login")), Paper()
    done = crawl(folder, paper)
    assert done.returncode == 0, done.stderr
    explained = crawl(folder, paper, "fetch", "--explain", f"{HOME}/news/ferry")
    paper.server.shutdown()
    paper.server.server_close()
    assert "2,664" not in explained.stdout
    return Crawled(folder, paper.asked, done.stdout + done.stderr + explained.stdout + explained.stderr)


def test_the_articles_are_read_whole(crawled: Crawled) -> None:
    db = sqlite3.connect(crawled.folder / "archive.db")
    texts = dict(db.execute("SELECT url, text FROM articles").fetchall())
    db.close()
    assert sorted(texts) == [f"{HOME}/news/ferry", f"{HOME}/news/pier"]
    assert all("In year 11" in text for text in texts.values())


def test_the_login_goes_to_its_site_alone(crawled: Crawled) -> None:
    own = [asked for asked in crawled.asked if asked.url.startswith(f"{HOME}/news/")]
    others = [asked for asked in crawled.asked if not asked.url.startswith(HOME)]
    assert all(asked.token == TOKEN and (COOKIE in asked.cookie or RENEWED in asked.cookie) for asked in own)
    assert any(RENEWED in asked.cookie for asked in own), "what the site sets anew is sent from then on"
    assert [asked for asked in others if "other.example" in asked.url]
    assert not [asked for asked in others if asked.cookie or asked.token]


def test_no_value_is_left_anywhere(crawled: Crawled) -> None:
    values = [value.encode() for value in (COOKIE, RENEWED, TOKEN)]
    kept = [path for path in crawled.folder.rglob("*") if path.is_file() and path.suffix != ".txt"]
    assert {path.suffix for path in kept} >= {".db", ".log", ".gz"}
    for path in kept:
        data = path.read_bytes()
        data += gzip.decompress(data) if path.suffix == ".gz" else b""
        assert not [value for value in values if value in data], path
    assert not [value for value in values if value in crawled.output.encode()]
    records = b"".join(gzip.decompress(path.read_bytes()) for path in crawled.folder.glob("warc/*.gz"))
    assert records.count(b"WARC-Type: request") >= 2


@pytest.mark.parametrize(
    ("home", "url", "sent"),
    [
        ("http://daily.example/", "http://daily.example/a", True),
        ("http://daily.example/", "https://www.daily.example/a", True),
        ("https://daily.example/", "http://daily.example/a", False),
        ("https://daily.example/", "https://pictures.daily.example/a", True),
        ("https://daily.example/", "https://daily.example.evil.example/a", False),
        ("https://daily.example/", "https://evil.example/daily.example", False),
        ("https://daily.co.uk/", "https://other.co.uk/", False),
    ],
)
def test_where_a_login_is_sent(home: str, url: str, sent: bool) -> None:
    assert is_for(Login(home), url) is sent


def test_a_redirect_to_another_site_carries_nothing(tmp_path: Path) -> None:
    folder = folder_with_login(tmp_path)
    login = Login(f"{HOME}/", str(folder / "cookies.txt"), str(folder / "headers.txt"))
    middleware = LoginMiddleware()
    request = Request(f"{HOME}/news/ferry", meta={"login": login})
    middleware.process_request(request)
    assert COOKIE in (request.headers["Cookie"] or b"").decode()
    assert not {name for name, _ in sent_headers(request)} & {"Cookie", "X-Reader"}
    answer = Response(request.url, headers={"Set-Cookie": "session=x", "Server": "s"})
    assert [name for name, _ in received_headers(answer, request)] == ["Server"]
    redirected = request.replace(url="http://other.example/")
    middleware.process_request(redirected)
    assert "Cookie" not in redirected.headers
    assert "X-Reader" not in redirected.headers
    assert LOGIN_HEADERS not in redirected.meta
    plain = Request(f"{HOME}/news/ferry", headers={"Cookie": "theirs"})
    middleware.process_request(plain)
    assert plain.headers["Cookie"] == b"theirs"


@pytest.mark.skipif(os.name != "posix", reason="needs permissions for others")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    monkeypatch.chdir(folder_with_login(tmp_path))
    Path("cookies.txt").chmod(mode)
    [problem] = load_sources(Path("seeds")).problems
    assert f"cookies: cookies.txt can be read by others on this machine (mode {mode:o})" in str(problem)
    assert "chmod 600 cookies.txt" in str(problem)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("cookies.txt", f"{JAR}broken {COOKIE} line\n", "cookies: cookies.txt, line 4 is no cookie"),
        ("cookies.txt", "# Netscape HTTP Cookie File\n", "cookies: cookies.txt has no cookie in it"),
        ("cookies.txt", f'[{{"name": "session", "value": "{COOKIE}"}}]', "line 1 is no cookie"),
        ("headers.txt", f"Bearer {TOKEN}\n", "headers_file: headers.txt, line 1 is no header"),
        ("headers.txt", "Host: evil.example\n", "headers.txt, line 1 sets Host"),
        ("headers.txt", "X: a\x00b\n", "line 1 is no header"),
        ("cookies.txt", None, "cookies: cookies.txt cannot be read: No such file"),
        ("cookies.txt", "x" * 1_000_001, "is larger than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str | None, words: str
) -> None:
    monkeypatch.chdir(folder_with_login(tmp_path))
    if text is None:
        Path(name).unlink()
    else:
        Path(name).write_text(text)
    [problem] = load_sources(Path("seeds")).problems
    assert words in str(problem)
    assert COOKIE not in str(problem)
    assert TOKEN not in str(problem)


def test_a_file_in_seeds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder_with_login(tmp_path))
    shutil.move("cookies.txt", "seeds/cookies.txt")
    seed = Path("seeds/daily.toml")
    seed.write_text(seed.read_text().replace('"cookies.txt"', '"seeds/cookies.txt"'))
    told = " ".join(map(str, load_sources(Path("seeds")).problems))
    assert "cookies: seeds/cookies.txt lies in seeds" in told
    assert "is a file of cookies" in told
    assert COOKIE not in told


def test_expired_cookies_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder_with_login(tmp_path))
    Path("cookies.txt").write_text(JAR.replace(str(FAR), "1500000000"))
    [source] = load_sources(Path("seeds")).sources
    assert "all cookies in cookies.txt have expired" in source.notes[0]

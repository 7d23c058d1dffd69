"""Pages as their publisher shows them beside the same pages from the archive alone, and what leaves the machine.

python -m bench page_looks ../shared/replay OUT        # ten pages; their pictures side by side in OUT/index.html

The folder has saved pages and none of their pictures and stylesheets, so the server makes these: a picture in a colour
of its own for each address, and one plain stylesheet. A page loses here what its archive lacks, as it would in life.
"""

from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import threading
import zlib
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from bench.harness import CLIPPINGS, FAST, argument_parser
from tests.browse.test_browse_chromium import FLAGS
from tests.reading_room import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CSS = (
    b"body { font: 16px/1.5 Georgia, serif; max-width: 60rem; margin: 1rem auto; background: #fdfcf6 }"
    b" h1 { color: #8a1f11 } img { max-width: 100%; max-height: 12rem }"
)
PAGES = 10
BROWSERS_OWN = re.compile(r"(?:^|\.)google(?:apis)?\.com:443$")
"""What Chromium asks its maker whatever page it shows: no request of the page."""
SIZE = {"width": 900, "height": 1400}


class Served(NamedTuple):
    """The address of the server, as a proxy, and the addresses that it was asked for."""

    proxy: str
    asked: list[str]


def make_picture(url: str) -> bytes:
    """A PNG of 320 by 200 pixels in a colour that follows from the address."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + hashlib.sha256(url.encode()).digest()[:3] * 320) * 200
    head = struct.pack(">IIBBBBB", 320, 200, 8, 2, 0, 0, 0)
    end = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + end


@contextmanager
def serve(pages: dict[str, bytes]) -> Iterator[Served]:
    """Serve pages, and a stylesheet or a picture at every other address that can be one."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            path = urlsplit(self.path).path
            if self.path in pages:
                self.answer("text/html; charset=utf-8", pages[self.path])
            elif re.search(r"\.css$|/css", path):
                self.answer("text/css", CSS)
            elif re.search(r"\.js$|/ws$|robots\.txt$", path):
                self.send_error(404)
            else:
                self.answer("image/png", make_picture(self.path))

        def do_CONNECT(self) -> None:
            asked.append(self.path)
            self.send_error(405)

        def answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()


def read_pages(folder: Path, number: int) -> dict[str, bytes]:
    """Pages of as many sites, by address."""
    found: dict[str, bytes] = {}
    for line in (folder / "web" / "manifest.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        html = as_example(gzip.decompress((folder / "web" / row["file"]).read_bytes()))
        url = as_example(row["url"].encode()).decode()
        sites = {urlsplit(one).hostname for one in found}
        if b"noarchive" not in html and urlsplit(url).hostname not in sites and html.count(b"<img") > 5:
            found[url] = html
        if len(found) == number:
            break
    return found


def as_example(text: bytes) -> bytes:
    """Every host as one of `.example`, over http: of others a browser may know that they want https."""
    return re.sub(
        rb"(?:https?:)?//([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
        lambda found: b"http://" + found[1].lower().replace(b".", b"-") + b".example",
        text,
    )


def take(browser: Browser, url: str, path: Path) -> int:
    """Take a picture of an address; the number of scripts that its page has."""
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
    page.goto(url, wait_until="load", timeout=60_000)
    page.screenshot(path=path)
    scripts = int(page.evaluate("document.scripts.length"))
    page.close()
    return scripts


def main() -> None:
    args = argument_parser(__name__, __doc__)
    args.add_argument("folder", type=Path)
    args.add_argument("out", type=Path)
    args.add_argument("--pages", type=int, default=PAGES)
    options = args.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    archive = options.out / "archive.db"
    pages = read_pages(options.folder, options.pages)
    with serve(pages) as server, sync_playwright() as playwright:
        fetch(archive, list(pages), server.proxy)
        flags = [*FLAGS, f"--proxy-server={server.proxy}"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        with served(archive) as address, closing(sqlite3.connect(archive)) as db:
            print(f"{'page':40} {'kB':>6} {'assets':>6} {'kB':>6} {'scripts there':>13} {'here':>4}")
            rows = db.execute(
                "SELECT a.id, a.url, c.warc_length FROM articles a JOIN captures c ON c.id = a.capture_id"
            )
            kept = list(enumerate(rows.fetchall(), 1))
            before, here = len(server.asked), {}
            for number, (article, _, _) in kept:
                framed = f"{address}/-/clippings/archive/article/{article}/page/as-fetched"
                here[number] = take(browser, framed, options.out / f"{number}-archive.png")
            left = [url for url in server.asked[before:] if not BROWSERS_OWN.search(url)]
            for number, (article, url, length) in kept:
                there = take(browser, url, options.out / f"{number}-publisher.png")
                count, size = db.execute(
                    "SELECT count(*), coalesce(sum(warc_length), 0) FROM captures"
                    " WHERE url_id = (SELECT id FROM urls WHERE article_id = ?) AND mime NOT LIKE 'text/html%'",
                    [article],
                ).fetchone()
                kilobytes = f"{length / 1000:6.0f} {count:6} {size / 1000:6.0f}"
                print(f"{url[7:47]:40} {kilobytes} {there:13} {here[number]:4}")
        print(f"requests that left while the archive's pages were shown: {len(left)}", *left)
        browser.close()
        write_index(options.out, len(kept))


def fetch(archive: Path, urls: list[str], proxy: str) -> None:
    environment = {**os.environ, "http_proxy": proxy, "no_proxy": ""}
    command = [*CLIPPINGS, "fetch", str(archive), *urls, *FAST, "-s", "ASSETS=true"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    print(done.stderr.strip()[-300:])


def write_index(folder: Path, number: int) -> None:
    """A page with the pictures in pairs."""
    pairs = "".join(
        f"<p><img src={n}-publisher.png width=49%> <img src={n}-archive.png width=49%>"
        for n in range(1, number + 1)
    )
    (folder / "index.html").write_text(f"<!doctype html><title>Publisher | archive</title>{pairs}", "utf-8")


if __name__ == "__main__":
    main()

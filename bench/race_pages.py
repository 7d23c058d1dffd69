"""The pages of a race: real ones, each with an address, as files and served as the web. A part of `race`.

A page stands in a folder as NUMBER.html, its address in the line of that number of urls.txt beside the folder. `serve_pages` answers for every host,
as a proxy and as the host itself.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.harness import SERVED, ReplayServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COPIES_OF = 233
"""Articles of the saved web; each round of copies adds as many."""


def collect_pages(shared: Path, count: int, folder: Path) -> list[str]:
    """Write so many pages to `folder`, and their addresses to urls.txt beside it; returns the addresses.

    First the articles with known answers, every set in turn, then copies of the saved web's, with addresses of their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    urls: list[str] = []
    seen: set[str] = set()
    for url, body in _iterate_pages(shared, count):
        if url in seen:
            continue
        seen.add(url)
        (folder / f"{len(urls)}.html").write_bytes(body)
        urls.append(url)
        if len(urls) == count:
            break
    (folder.parent / "urls.txt").write_text("\n".join(urls) + "\n")
    return urls


def _iterate_pages(shared: Path, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield (address, page). Of every five pages two come from the saved web while there are others."""
    answered = _iterate_answered(shared / "quality")
    copies = str(max(1, -(-count // COPIES_OF)))
    with ReplayServer(shared / "replay", *SERVED, "--copies", copies) as server:
        wanted = server.ask("articles")
        for number, url in enumerate(wanted):
            yield url, server.fetch(url)
            if number % 2:
                for _, page in zip(range(3), answered, strict=False):
                    yield page


def _iterate_answered(quality: Path) -> Iterator[tuple[str, bytes]]:
    for folder in (quality, quality / "newdev"):
        for line in (folder / "truth.jsonl").read_text("utf-8").split("\n"):
            row = json.loads(line) if line else {}
            # A page without an address cannot be fetched, and one that is no article is in no newspaper's feed.
            if row.get("url") and row["page_type"] == "article":
                url = row["url"].partition("#")[0].replace("https://", "http://", 1)
                yield url, gzip.decompress((folder / row["file"]).read_bytes())


@contextmanager
def serve_pages(folder: Path) -> Iterator[str]:
    """Serve the pages of a folder, packed as servers send them, under their addresses; yield the proxy's address.

    They are packed before: a server is elsewhere, and this one takes the time of the processors that race.
    """
    urls = (folder.parent / "urls.txt").read_text().split("\n")
    bodies = {
        _place(url): gzip.compress((folder / f"{number}.html").read_bytes(), 1)
        for number, url in enumerate(urls)
        if url
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = self.path if "://" in self.path else f"http://{self.headers['Host']}{self.path}"
            body = bodies.get(_place(asked))
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html")
            if body is not None:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of a connection that its client has closed."""
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, client_address)  # type: ignore[arg-type]

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _place(url: str) -> str:
    """What a request for an address asks for: its host, path and query, as different clients write it."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower()}{parts.path or '/'}{query}".replace("%7E", "~").replace("%7e", "~")

"""A small server of a collection's files, as Common Crawl's: whole files and parts of them; faults on request.

For `bench` too: `with CollectionServer(folder) as server: server.url`.
"""

from __future__ import annotations

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class CollectionServer:
    """Serves a folder on a free port of this machine, and notes what it was asked for.

    `ranges` is whether parts are given; `statuses` are answers to paths in place of files, used up one by one;
    `breaks` maps a path to after how many bytes its next answer breaks off.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ranges = True
        self.statuses: dict[str, list[int]] = {}
        self.breaks: dict[str, int] = {}
        self.asked: list[tuple[str, str]] = []
        """(path, Range) of each request."""
        self.agents: set[str] = set()
        self.on_request: Callable[[str], object] = lambda path: None
        handler = type("Handler", (_Handler,), {"collection": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class _Handler(BaseHTTPRequestHandler):
    collection: CollectionServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        served = self.collection
        path, wanted = self.path.lstrip("/"), self.headers.get("Range", "")
        served.asked.append((path, wanted))
        served.on_request(path)
        served.agents.add(self.headers.get("User-Agent", ""))
        file = served.folder / path
        statuses = served.statuses.get(path, [])
        status = statuses.pop(0) if statuses else 200 if file.is_file() else 404
        if status != 200:
            self._answer(status, b"", {"Retry-After": "0"})
            return
        data = file.read_bytes()
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
        if not found or not served.ranges or self.headers.get("If-Range", tag) != tag:
            self._answer(200, data, {"ETag": tag}, served.breaks.pop(path, None))
            return
        begin, end = int(found[1]), int(found[2] or len(data) - 1)
        if begin >= len(data):
            self._answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        end = min(end, len(data) - 1)
        named = {"ETag": tag, "Content-Range": f"bytes {begin}-{end}/{len(data)}"}
        self._answer(206, data[begin : end + 1], named, served.breaks.pop(path, None))

    def _answer(self, status: int, data: bytes, headers: dict[str, str], breaks: int | None = None) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[:breaks])
        if breaks is not None:
            self.close_connection = True

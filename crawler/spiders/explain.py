"""Fetches pages once, for `clippings fetch --explain`: as polite as a crawl, into no archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import Request

from crawler.outcomes import describe_error
from crawler.politeness.hosts import Hosts
from crawler.responses import manners_of
from crawler.spiders.probe import NOTHING, ProbeSpider
from pipelines.items import Hints
from pipelines.urls.resolve import read_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from crawler.sources.model import Source


class ExplainSpider(ProbeSpider):
    """Puts into `lines` what extraction kept and dropped of each page, and why."""

    name = "explain"

    def __init__(
        self, pages: list[tuple[Source, str]], lines: list[str], compared: bool = False, **kwargs: Any
    ) -> None:
        """`compared`: say the text by either extractor instead, as a difference."""
        super().__init__([], **kwargs)
        self.compared = compared
        self.pages = pages
        self.lines = lines
        self.hosts = Hosts(url for _, url in pages)

    async def start(self) -> AsyncIterator[Any]:
        for source, url in self.pages:
            self.lines += [url, *(f"  {line}" for line in await self._explain(source, url))]
        for request in NOTHING:
            yield request

    async def _explain(self, source: Source, url: str) -> list[str]:
        address, refused = read_address("", url)
        if refused:
            return [f"could not be fetched: the address {refused}"]
        request = Request(address, meta={"raw": True, **manners_of(source, url)})
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # whatever the network and the middlewares raise
            return [f"could not be fetched: {describe_error(error)}"]
        if response.status != 200:
            return [f"answered {response.status}"]
        # Scrapy imports every spider at each crawl, and the crawl's own process must not load extraction.
        from pipelines.extraction.extract import explain
        from pipelines.extraction.extractor_agreement import compare_extractors

        page = self.page_of(response, source, url, Hints(via="given"))
        return compare_extractors(page) if self.compared else explain(page)

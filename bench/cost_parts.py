"""The parts of a crawl's cost, by the places in the code where they are paid. A part of `cost`.

A sample belongs to the first part that has a word of one of its places; places are looked at from the innermost function
outwards, so that work is counted where it is done. What no part names is `other`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.sampler import Stack

CRAWL: dict[str, tuple[str, ...]] = {
    "site memory": ("tables/boilerplate.py:", "decisions/boilerplate.py:"),
    "stories": ("tables/stories.py:", "decisions/stories.py:"),
    "rows of articles, with index and facets": ("tables/articles.py:", "tables/facets.py:"),
    "captures to disk": ("warc/writer.py:", "warc/pack.py:"),
    "outcomes and frontier": (
        "tables/frontier.py:",
        "tables/crawls.py:",
        "archive/writer.py:",
    ),
    "listings: feeds, sitemaps, section pages": ("crawler/listings/", "crawler/discovery/", "feedparser/"),
    "hand-off to workers": ("pipelines/extraction_pool.py:", "pebble/", "multiprocessing/"),
    "politeness and middlewares": (
        "crawler/politeness/",
        "scrapy/downloadermiddlewares/",
        "scrapy/core/downloader/middleware.py:",
    ),
    "HTTP by Scrapy and Twisted": ("scrapy/core/downloader/", "twisted/web/", "twisted/internet/tcp.py:"),
    "scheduler, spider, item pipelines": (
        "crawler/run/",
        "crawler/spiders/",
        "pipelines/item_pipelines.py:",
    ),
    "start-up: imports, settings, sources": (
        "importlib",
        "crawler/command_line/options.py:",
        "crawler/sources/",
    ),
    "engine, scraper, signals, loop": ("scrapy/", "twisted/", "asyncio/"),
}
WORKERS: dict[str, tuple[str, ...]] = {
    "WARC records": ("warc/pack.py:",),
    "unpack, decode": ("extraction/decoding.py:", "zlib_streams.py:", "charsets.py:"),
    "parse": ("document.py:_parse", "document.py:parse", "document.py:_part_links", "inline_markup.py:"),
    "meta tags, JSON-LD": ("document.py:read_document", "document.py:_read_meta", "jsonld.py:"),
    "next page": ("next_page.py:",),
    "walk over blocks with regions": ("read_blocks.py:", "regions.py:"),
    "evidence for the verdict": ("page_type.py:",),
    "edges of the text": ("edge_lines.py:", "content/insets.py:", "content/story_end.py:"),
    "corrections and notes": ("content/notes.py:",),
    "other stages of the text": ("extraction/content/", "extraction/parts.py:"),
    "language": ("metadata/language.py:",),
    "dates": ("metadata/dates.py:",),
    "other metadata": ("extraction/metadata/",),
    "fingerprints": ("decisions/stories.py:",),
    "lines for site memory": ("decisions/text_lines.py:",),
    "another extractor": ("extraction/rescue.py:",),
    "embedded states": ("extraction/embedded.py:",),
    "hand-off": ("pebble/", "multiprocessing/"),
    "article, verdict, outcome": ("extraction/extract.py:", "interstitials.py:", "clean_text.py:"),
}


def name_part(stack: Stack, parts: dict[str, tuple[str, ...]]) -> str:
    """The part in which a stack spends its time: of the innermost place that any part names."""
    for place in stack:
        for name, words in parts.items():
            if any(word in place for word in words):
                return name
    return "other"


def name_process(stacks: list[Stack]) -> str:
    """Which process of a crawl has these stacks: `crawl`, `worker`, `fork server` or `other`."""
    places = {place for stack in stacks for place in stack}
    if any("pebble/pool/process.py:worker_process" in place for place in places):
        return "worker"
    if any("multiprocessing/forkserver.py:main" in place for place in places):
        return "fork server"
    return "crawl" if any("crawler/__main__.py:<module>" in place for place in places) else "other"

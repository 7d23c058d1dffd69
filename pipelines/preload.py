"""The fork server of the worker processes imports this module: what a first page loads, it loads once for all.

The language model and the list of public suffixes take a fifth of a second and 60 MB; a worker that is forked from here
starts with both, and they are in memory once. A module of its own, because the fork server preloads by importing, and
the crawl's own process must not load trafilatura.
"""

from __future__ import annotations

import gc
from contextlib import suppress

import pebble  # noqa: F401  (the loop of each worker; with asyncio it takes .02 s)

import pipelines.archive.warc.reader  # noqa: F401  (for pages that are compared with an earlier capture)
from pipelines.items import Page
from pipelines.work import extract_and_pack

GARBAGE_THRESHOLDS = (5000, 20, 20)
"""Objects between two looks for unreachable cycles, of which a page leaves hardly any. At Python's 700 a worker looks twice a
page, for 1.2 ms of CPU; at these 0.01, with the memory the same after 1,300 pages."""
gc.set_threshold(*GARBAGE_THRESHOLDS)  # what is forked from here keeps them

_SENTENCE = (
    "The harbour office said on Friday that the ferry to the islands will sail every hour from Monday."
)
_HTML = (
    "<html><head><title>Ferry to sail hourly - The Harbour Post</title></head><body><div class='story'>"
    f"<h1>Ferry to sail hourly</h1><p>{_SENTENCE}</p><p>{_SENTENCE} {_SENTENCE}</p><p>“It’s time. It is,” it said.</p>"
    "<p>Update: The last ferry sails at nine.</p><p>An earlier version of this article named another island.</p></div></body></html>"
)
STORY = Page(
    url="http://paper.example/2026/11/23/ferry-to-sail-hourly",
    body=_HTML.encode(),
    headers=(("Content-Type", "text/html; charset=utf-8"),),
    fetched_at="2026-11-23T12:00:00+00:00",
)
"""A story as most are: its site's name in the title, names of classes, typographic quotes, a line that may be a note of the editors."""

with suppress(Exception):  # an extraction that fails here fails for each page, which then says so
    extract_and_pack(STORY)

"""Imported by the process that workers are forked from: what a first page loads, it loads once for all of them.

The model that tells languages and the list of public suffixes take half a second and 40 MB; loaded here, a worker
starts with both, and they are in memory once.
"""

from __future__ import annotations

from contextlib import suppress

from pipelines.extraction.extract import extract
from pipelines.items import Page

_SENTENCE = (
    "The harbour office said on Friday that the ferry to the islands will sail every hour from Monday."
)
PAGE = (
    "<html><head><title>Ferry to sail hourly</title></head><body><article><h1>Ferry to sail hourly</h1>"
    f"<p>{_SENTENCE}</p><p>{_SENTENCE} {_SENTENCE}</p></article></body></html>"
).encode()

with suppress(Exception):  # what is wrong with extraction, each page will say for itself
    extract(Page(url="http://paper.example/2026/11/23/ferry-to-sail-hourly", body=PAGE))

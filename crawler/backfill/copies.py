"""The copies that a web archive gives out: their addresses, what an answer means, and the headers as the publisher sent them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from crawler.listings.article_urls import looks_like_article
from crawler.sources.match_url import assign_source, is_article_url
from pipelines.items import Outcome
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.backfill.index import IndexRow
    from crawler.sources.model import Source

ORIGINAL = "x-archive-orig-"
"""What the Internet Archive puts before the names of the headers that the publisher sent."""
OF_THE_ANSWER = ("content-encoding", "content-length", "transfer-encoding", "connection")
"""Headers that say how this very answer is to be read."""


class CopyAddress(NamedTuple):
    """Which copy an address of the web archive is of: the time, 14 digits, and the publisher's address."""

    captured: str
    url: str


def copy_address(template: str, captured: str, url: str) -> str:
    """The address of a copy, byte for byte as it was captured."""
    return template.replace("{timestamp}", captured).replace("{url}", url)


def read_copy_address(template: str, address: str) -> CopyAddress | None:
    """The inverse of `copy_address`, whether by http or https; None for another address."""
    pattern = re.escape(template.partition("://")[2])
    pattern = pattern.replace(re.escape("{timestamp}"), r"(\d{14})").replace(re.escape("{url}"), "(.+)")
    found = re.fullmatch(rf"https?://{pattern}", address)
    return CopyAddress(found[1], found[2]) if found else None


def original_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The publisher's headers out of those of a web archive's answer; how its body is coded is the answer's own."""
    listed = list(headers)
    named = [(name[len(ORIGINAL) :], value) for name, value in listed if name.lower().startswith(ORIGINAL)]
    if not named:  # pywb gives them as they were
        return tuple(listed)
    there = {name.lower() for name, _ in named}
    kept = [(name, value) for name, value in named if name.lower() not in OF_THE_ANSWER]
    own = [
        (name, value)
        for name, value in listed
        if name.lower() == "content-encoding"
        or (name.lower() == "content-type" and "content-type" not in there)
    ]
    return (*kept, *own)


def classify_copy(status: int) -> tuple[Outcome, str] | None:
    """(outcome, reason) of a web archive's answer; None when its body is the page. It says nothing of the publisher's site."""
    if status == 200:
        return None
    if status in (403, 451):
        return Outcome.EXCLUDED, f"the web archive does not give this page out ({status})"
    if status in (404, 410):
        return Outcome.FAILED, f"the web archive has no copy, though its index names one ({status})"
    return Outcome.FAILED, f"the web archive answered {status}"


def is_final(status: int) -> bool:
    """Whether the same answer is to be expected from another request."""
    return 300 <= status < 500 and status not in (408, 425, 429)


def address_of(url: str) -> str:
    """An address of the index without the port that goes without saying: `http://daily.example:80/story`."""
    try:
        parts = urlsplit(url)
        usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
        if parts.port is not None and parts.port == usual:
            return parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl()
    except ValueError:
        return ""
    return url


def reason_to_leave_out(row: IndexRow, url: str, source: Source, sources: Iterable[Source]) -> str:
    """Why a capture of the index is no article of the source, in words after a number; "" for one that is taken up.

    `sources` are all of the source's site: each page is that of the one whose host it is on.
    """
    if row.status not in ("200", "") or row.mime not in ("text/html", "application/xhtml+xml", ""):
        return "are no pages (redirects, pictures and the like)"
    if not normalize.key(url):
        return "have addresses that nobody can ask for"
    if not normalize.same_site(source.home, url) or assign_source(url, sources).id != source.id:
        return "are on another source's host"
    by_rule = is_article_url(source, url)
    if by_rule is False:
        return "a rule of the source leaves out (article_urls, ignore_urls)"
    if by_rule is None and not looks_like_article(url, "", source.home):
        return (
            "do not look like articles by their addresses (article_urls in the source's file says which are)"
        )
    return ""

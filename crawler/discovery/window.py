"""Which URLs of a listing are taken up: those inside the window, and some of those without a date. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from crawler.listings.dates import date_in_url
from crawler.listings.model import SECTION, SITEMAP
from pipelines.archive.records import FoundUrl
from pipelines.timestamps import parse
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from crawler.listings.model import ListingEntry
    from pipelines.items import Hints

A_DAY = 86400
UNDATED_AGE = 30 * A_DAY
"""Seconds. An undated sitemap URL queues as if it were a month old: behind anything known to be fresh."""


@dataclass(frozen=True, slots=True)
class Selection:
    """`found` go to the frontier; `undated` too, except those known or skipped before.

    `outside_window` are the keys of what is older than the window; `newest_at` is the newest date listed.
    """

    found: list[FoundUrl]
    undated: list[FoundUrl]
    outside_window: frozenset[str]
    newest_at: str


class Appearance(NamedTuple):
    """When an entry appeared: from a moment on within so many seconds."""

    begin: datetime
    seconds: int


def guess_appearance(url: str, hints: Hints) -> Appearance | None:
    """The best guess: the entry's own date, the one in its URL, its last change.

    A date without a time is its whole day, in the publisher's zone.
    """
    for text in (hints.published_at, date_in_url(url), hints.modified_at):
        if moment := parse(text):
            return Appearance(moment, A_DAY if len(text) == len("2026-11-23") else 0)
    return None


def filter_by_window(entries: Iterable[ListingEntry], kind: str, since: datetime, now: datetime) -> Selection:
    """Sort a listing's entries by the window that begins at `since`.

    Only a sitemap's undated entries may be old: feeds and section pages show new ones.
    """
    entries = list(entries)
    keys = distinct_keys(entries)
    found: dict[str, FoundUrl] = {}
    undated: dict[str, FoundUrl] = {}
    outside_window: set[str] = set()
    newest: datetime | None = None
    for entry, key in zip(entries, keys, strict=True):
        appeared = guess_appearance(entry.url, entry.hints)
        if appeared is not None:
            newest = appeared.begin if newest is None else max(newest, appeared.begin)
            if appeared.begin.timestamp() + appeared.seconds < since.timestamp():
                outside_window.add(key or entry.url)
                continue
        if not key:
            continue
        hints = entry.hints if entry.hints.via else replace(entry.hints, via=kind)
        if appeared is None and hints.via in (SITEMAP, "news-sitemap"):
            undated.setdefault(key, FoundUrl(entry.url, key, hints, int(now.timestamp()) - UNDATED_AGE))
        else:
            moment = min(appeared.begin, now) if appeared else now
            found.setdefault(key, FoundUrl(entry.url, key, hints, int(moment.timestamp())))
    return Selection(
        list(found.values()),
        [f for key, f in undated.items() if key not in found],
        frozenset(outside_window - found.keys()),
        newest.isoformat() if newest else "",
    )


def distinct_keys(entries: Sequence[ListingEntry]) -> list[str]:
    """The key of each entry. Entries of one key with different titles are different articles: a parameter that
    counts as tracking names them here. Their keys then have all parameters as found.
    """
    keys = [normalize.key(entry.url) for entry in entries]
    titles: dict[str, set[str]] = defaultdict(set)
    for key, entry in zip(keys, entries, strict=True):
        if entry.hints.title and entry.hints.via != SECTION:  # the texts of links are no titles
            titles[key].add(entry.hints.title.casefold())
    return [
        _key_as_found(key, entry.url) if len(titles[key]) > 1 else key
        for key, entry in zip(keys, entries, strict=True)
    ]


def _key_as_found(key: str, url: str) -> str:
    query = urlsplit(url).query if key else ""
    return f"{key.partition('?')[0]}?{query}" if query else key


def likely_newest(undated: Sequence[FoundUrl], limit: int) -> list[FoundUrl]:
    """The undated URLs of a sitemap that are probably its newest, at most `limit`.

    Most sites number their articles, so the largest numbers are the newest; where there are no numbers,
    a sitemap has its newest entries at one of its ends.
    """
    if len(undated) <= limit:
        return list(undated)
    numbers = [max((int(n[:18]) for n in re.findall(r"\d{4,}", f.url)), default=0) for f in undated]
    if sum(map(bool, numbers)) > len(undated) // 2:
        order = sorted(range(len(undated)), key=lambda i: -numbers[i])
        return [undated[i] for i in order[:limit]]
    half = limit // 2
    return [*undated[: limit - half], *undated[len(undated) - half :]]

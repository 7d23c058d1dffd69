"""Front pages: what stood on a home or section page on one day, at which place and how long, and where an article stood."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from pipelines import timestamps
from pipelines.archive.file_checks import has_table
from pipelines.timestamps import days_before
from pipelines.urls import normalize

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

BATCH = 500
"""Stays that `iterate_stays` reads at a time."""


@dataclass(frozen=True, slots=True)
class FrontPage:
    """A home or section page whose places were noted. `is_home` is whether it is the source's home page."""

    listing_id: int
    source: str
    source_name: str
    url: str
    is_home: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a link stood on a page without a break, and its highest place; 1 is the first link to an article.

    `article_id` is None, and `title` empty, where the archive holds no article at that address.
    """

    page: FrontPage
    url: str
    rank: int
    first_seen_at: str
    last_seen_at: str
    article_id: int | None = None
    title: str = ""

    @property
    def seconds(self) -> int:
        """From the first look that found it to the last one; 0 for a single look."""
        first, last = timestamps.parse(self.first_seen_at), timestamps.parse(self.last_seen_at)
        return round((last - first) / timedelta(seconds=1)) if first and last else 0

    @property
    def hours(self) -> float:
        """The same in hours."""
        return round(self.seconds / 3600, 2)


@dataclass(frozen=True, slots=True)
class FrontPageDay:
    """A page on a day (UTC): its stays by place. `pages` are all of the source, `before` and `after` days with any stay or ''."""

    page: FrontPage
    pages: tuple[FrontPage, ...]
    day: str
    stays: tuple[Stay, ...]
    before: str
    after: str


def has_placements(db: sqlite3.Connection) -> bool:
    """Whether the archive has the table: one of an earlier Clippings, on read-only media, has not."""
    return has_table(db, "placements")


def list_front_pages(db: sqlite3.Connection, source: str = "") -> list[FrontPage]:
    """The pages whose places were noted, of one source if it is named; the home page of each first."""
    if not has_placements(db):
        return []
    rows = db.execute(
        "SELECT l.id, l.source_id, coalesce(s.name, l.source_id), l.url, coalesce(s.home, '') FROM listings l"
        " LEFT JOIN sources s ON s.id = l.source_id WHERE l.kind = 'section' AND (? = '' OR l.source_id = ?)"
        " AND EXISTS (SELECT 1 FROM placements p WHERE p.listing_id = l.id)",
        [source, source],
    )
    pages = [
        FrontPage(listing, key, name, url, normalize.key(url) == normalize.key(home))
        for listing, key, name, url, home in rows
    ]
    return sorted(pages, key=lambda page: (page.source, not page.is_home, page.url))


def read_front_page(db: sqlite3.Connection, source: str, url: str, day: str) -> FrontPageDay | None:
    """What stood on a page of a source on a day; None when none of its pages was noted.

    Without a known `url` the home page is meant, without a `day` the last one.
    """
    pages = list_front_pages(db, source)
    if not pages:
        return None
    page = next((one for one in pages if one.url == url), pages[0])
    last = "SELECT max(last_seen_at) FROM placements WHERE listing_id = ?"
    day = day or db.execute(last, [page.listing_id]).fetchone()[0][:10]
    following = days_before(day, -1)
    rows = db.execute(
        "SELECT url, rank, first_seen_at, last_seen_at FROM placements WHERE listing_id = ? AND last_seen_at >= ?"
        " AND first_seen_at < ? ORDER BY rank, first_seen_at, url",
        [page.listing_id, day, following],
    ).fetchall()
    stays = _with_articles(db, [Stay(page, *row) for row in rows])
    (before,) = db.execute(
        "SELECT max(min(last_seen_at, ?)) FROM placements WHERE listing_id = ? AND first_seen_at < ?",
        [days_before(day, 1), page.listing_id, day],
    ).fetchone()
    (after,) = db.execute(
        "SELECT min(max(first_seen_at, ?)) FROM placements WHERE listing_id = ? AND last_seen_at >= ?",
        [following, page.listing_id, following],
    ).fetchone()
    return FrontPageDay(page, tuple(pages), day, tuple(stays), (before or "")[:10], (after or "")[:10])


def read_stays_of_article(db: sqlite3.Connection, article_id: int) -> list[Stay]:
    """Where an article stood, under any of its addresses, in order of time."""
    if not has_placements(db):
        return []
    rows = db.execute(
        "SELECT listing_id, url, rank, first_seen_at, last_seen_at FROM placements WHERE url IN ("
        "  SELECT url FROM urls WHERE article_id = :id UNION SELECT url FROM articles WHERE id = :id)"
        " ORDER BY first_seen_at",
        {"id": article_id},
    ).fetchall()
    pages = {page.listing_id: page for page in list_front_pages(db)} if rows else {}
    return [
        Stay(pages[listing], url, rank, first, last, article_id)
        for listing, url, rank, first, last in rows
        if listing in pages
    ]


def iterate_stays(db: sqlite3.Connection, sources: Sequence[str], since: str, until: str) -> Iterator[Stay]:
    """All stays, of these sources if any are named, that overlap the days from `since` to `until`; '' bounds nothing."""
    for page in list_front_pages(db):
        if sources and page.source not in sources:
            continue
        rows = db.execute(
            "SELECT url, rank, first_seen_at, last_seen_at FROM placements WHERE listing_id = ? AND last_seen_at >= ?"
            " AND (? = '' OR first_seen_at < ?) ORDER BY first_seen_at, rank, url",
            [page.listing_id, since, until, days_before(until, -1) if until else ""],
        )
        while batch := list(islice(rows, BATCH)):
            yield from _with_articles(db, [Stay(page, *row) for row in batch])


def _with_articles(db: sqlite3.Connection, stays: list[Stay]) -> list[Stay]:
    keys = {stay.url: normalize.key(stay.url) for stay in stays}
    articles = _find_articles(db, keys.values())
    found = []
    for stay in stays:
        article_id, title = articles.get(keys[stay.url], (None, ""))
        found.append(
            Stay(stay.page, stay.url, stay.rank, stay.first_seen_at, stay.last_seen_at, article_id, title)
        )
    return found


def _find_articles(db: sqlite3.Connection, keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Id and headline of the articles by the keys of the frontier's URLs that lead to them."""
    rows = db.execute(
        "SELECT u.key, a.id, coalesce(a.title, '') FROM json_each(?) AS wanted CROSS JOIN urls u ON u.key = wanted.value"
        " JOIN articles a ON a.id = u.article_id",
        [json.dumps(sorted(set(keys)))],
    )
    return {key: (article_id, title) for key, article_id, title in rows}

"""The table `placements`: which articles home and section pages linked to, at which place and how long.

A row is a stay: from the first look that found the link on the page to the last one in a row that did. It has the highest
place of the stay, since each new article moves all those below it. So a page that has not changed costs no row, and one with a new
article costs one.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from pipelines import timestamps
from pipelines.clean_text import clean_text
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    from pipelines.archive.tables.erasures import Erasures

TABLE = """
CREATE TABLE placements (                 -- where articles stood on home and section pages, and how long
    listing_id INTEGER NOT NULL REFERENCES listings(id),
    url TEXT NOT NULL,                    -- as in urls, where it is there
    rank INTEGER NOT NULL,                -- the highest place of the stay; 1 is the first link to an article
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL
);
CREATE UNIQUE INDEX placements_stay ON placements(url, listing_id, first_seen_at);
CREATE INDEX placements_last ON placements(listing_id, last_seen_at);
"""

INDEX_WITH_BOTH_TIMES = """
DROP INDEX placements_last;
CREATE INDEX placements_last ON placements(listing_id, last_seen_at, first_seen_at);
"""
"""Added later: a page's stays on a day, and the days with any before and after it, are found without reading all its rows."""

PLACES = 100
"""Places of a page that are kept: what stands below is a list of everything."""
LONGEST_GAP = timedelta(hours=48)
"""Between two looks at a page. After a longer one nobody can say what stood there meanwhile, so all stays are new."""


class _Place(NamedTuple):
    url: str
    rank: int


class _Stay(NamedTuple):
    """What tells a row of `placements` from the others of its page."""

    url: str
    first_seen_at: str


class Placements:
    def __init__(self, db: Database, erasures: Erasures) -> None:
        self.db = db
        self.erasures = erasures

    def save_look(self, source_id: str, listing_url: str, urls: Iterable[str], now: str) -> None:
        """Note the articles that a page links to, in its order. Without any the look says nothing: such a page is out of order."""
        places = self._find_places(urls)
        with self.db.atomic():
            listing = self._find_listing(source_id, listing_url)
            if listing is None or not places:
                return
            standing = self._read_standing(listing, now)
            for key, place in places.items():
                if key in standing:
                    stay = standing[key]
                    self.db.conn.execute(
                        "UPDATE OR REPLACE placements SET last_seen_at = ?, rank = min(rank, ?), url = ?"
                        " WHERE url = ? AND listing_id = ? AND first_seen_at = ?",
                        [now, place.rank, place.url, stay.url, listing, stay.first_seen_at],
                    )
                else:
                    self.db.conn.execute(
                        "INSERT OR IGNORE INTO placements (listing_id, url, rank, first_seen_at, last_seen_at)"
                        " VALUES (?, ?, ?, ?, ?)",
                        [listing, place.url, place.rank, now, now],
                    )

    def extend_stays(self, source_id: str, listing_url: str, now: str) -> None:
        """Note that a page answered that it is unchanged."""
        with self.db.atomic():
            listing = self._find_listing(source_id, listing_url)
            if listing is not None:
                self.db.conn.executemany(
                    "UPDATE placements SET last_seen_at = ? WHERE url = ? AND listing_id = ? AND first_seen_at = ?",
                    [
                        (now, stay.url, listing, stay.first_seen_at)
                        for stay in self._read_standing(listing, now).values()
                    ],
                )

    def _find_listing(self, source_id: str, url: str) -> int | None:
        row = self.db.conn.execute(
            "SELECT id FROM listings WHERE source_id = ? AND url = ?", [source_id, clean_text(url)]
        ).fetchone()
        return row[0] if row else None

    def _find_places(self, urls: Iterable[str]) -> dict[str, _Place]:
        """The first places by the keys of their URLs, each spelt as the frontier has it; none of what was forgotten."""
        found: dict[str, str] = {}
        for url in urls:
            if len(found) < PLACES and (key := normalize.key(url)):
                found.setdefault(key, clean_text(normalize.clean(url)))
        known = dict(
            self.db.conn.execute(
                "SELECT key, url FROM urls WHERE key IN (SELECT value FROM json_each(?))",
                [json.dumps(list(found))],
            ).fetchall()
        )
        return {
            key: _Place(known.get(key, url), rank)
            for rank, (key, url) in enumerate(found.items(), 1)
            if not self.erasures.has("url", key)
        }

    def _read_standing(self, listing: int, now: str) -> dict[str, _Stay]:
        """The stays that the last look extended, by the keys of their URLs; none after too long a gap."""
        rows = self.db.conn.execute(
            "SELECT url, first_seen_at, last_seen_at FROM placements WHERE listing_id = :listing AND last_seen_at ="
            " (SELECT max(last_seen_at) FROM placements WHERE listing_id = :listing)",
            {"listing": listing},
        ).fetchall()
        if not rows or is_too_long(rows[0][2], now):
            return {}
        return {normalize.key(url): _Stay(url, first) for url, first, _ in rows}


def is_too_long(before: str, now: str) -> bool:
    """Whether too much time lies between two looks to say that what both found stood there all the time. Pure."""
    first, last = timestamps.parse(before), timestamps.parse(now)
    return first is None or last is None or not timedelta(0) <= last - first <= LONGEST_GAP


def erase_placements(db: Database, urls: Iterable[str], keys: Iterable[str], source: str) -> None:
    """Take out the stays of these addresses, in any spelling, and all of a source's pages. Needs an open transaction."""
    wanted, chosen = sorted(keys), set(urls)
    sources = db.conn.execute(
        "SELECT DISTINCT source_id FROM urls WHERE key IN (SELECT value FROM json_each(?))",
        [json.dumps(wanted)],
    ).fetchall()
    pages = "listing_id IN (SELECT id FROM listings WHERE source_id IN (SELECT value FROM json_each(?)))"
    rows = db.conn.execute(
        f"SELECT DISTINCT url FROM placements WHERE {pages if sources else '? <> 0'}",
        [json.dumps([one for (one,) in sources])],
    ).fetchall()
    chosen.update(url for (url,) in rows if normalize.key(url) in wanted)
    db.conn.executemany("DELETE FROM placements WHERE url = ?", [(url,) for url in sorted(chosen)])
    db.conn.execute(
        "DELETE FROM placements WHERE listing_id IN (SELECT id FROM listings WHERE source_id = ?)", [source]
    )

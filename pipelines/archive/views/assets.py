"""Which captures hold the pictures and stylesheets that a page shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.views.article import Capture
from pipelines.media_types import PICTURES, STYLESHEET

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_PICTURES = ", ".join(f"'{mime}'" for mime in sorted(PICTURES))
_ASSETS = f"status = 200 AND mime IN ('{STYLESHEET}', {_PICTURES})"
_COLUMNS = ", ".join(f"c.{name}" for name in Capture.__slots__)


class _Candidate(NamedTuple):
    """A capture at an address that was asked for: of the asset itself, or of a redirect to it."""

    capture: Capture
    redirects: bool


def find_assets(db: sqlite3.Connection, urls: Iterable[str], at: str) -> dict[str, Capture]:
    """The capture that stands for each address at a time: the last one before it, else the first after it.

    Where only a redirect was captured at an address, its capture stands for it. Addresses without one are left out.
    """
    rows = db.execute(
        f"SELECT {_COLUMNS}, NOT ({_ASSETS}) FROM json_each(?) AS wanted JOIN captures c ON c.url = wanted.value"
        f" WHERE c.warc_file IS NOT NULL AND ({_ASSETS} OR status BETWEEN 300 AND 399) ORDER BY c.fetched_at, c.id",
        [json.dumps(sorted(set(urls)))],
    )
    found: dict[str, list[_Candidate]] = {}
    for *values, redirects in rows:
        capture = Capture(*values)
        found.setdefault(capture.url, []).append(_Candidate(capture, bool(redirects)))
    return {url: _choose(candidates, at) for url, candidates in found.items()}


def _choose(candidates: list[_Candidate], at: str) -> Capture:
    """Choose among the captures of an address, the oldest first."""
    fitting = [one.capture for one in candidates if not one.redirects] or [one.capture for one in candidates]
    before = [capture for capture in fitting if capture.fetched_at <= at]
    return before[-1] if before else fitting[0]


def read_asset(db: sqlite3.Connection, number: int) -> Capture | None:
    """The capture of a picture or a stylesheet; None when there is none of that id."""
    row = db.execute(f"SELECT {_COLUMNS} FROM captures c WHERE id = ? AND {_ASSETS}", [number]).fetchone()
    return Capture(*row) if row else None


def lead_images(db: sqlite3.Connection, articles: Iterable[int]) -> dict[int, int]:
    """The id of the capture of each article's lead image, where it was kept."""
    rows = db.execute(
        "SELECT a.id, max(c.id) FROM json_each(?) AS wanted JOIN articles a ON a.id = wanted.value"
        f" JOIN captures c ON c.url = a.image_url WHERE status = 200 AND mime IN ({_PICTURES})"
        " AND warc_file IS NOT NULL GROUP BY a.id",
        [json.dumps(list(articles))],
    )
    return dict(rows.fetchall())

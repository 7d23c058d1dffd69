"""Feeds, sitemaps and section pages that no longer answer, have moved, or are no longer updated. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipelines.decisions.anomalies.source_days import Alarm
from pipelines.timestamps import days_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class ListingState:
    """A feed, sitemap or section page as it is now; times as in the archive, empty when never."""

    url: str
    kind: str
    error: str
    found_at: str
    checked_at: str
    answered_at: str
    newest_at: str
    moved_to: str = ""


def listing_alarms(
    listings: Sequence[ListingState], newest: Sequence[str], today: str
) -> Iterator[tuple[Alarm, list[str]]]:
    """Alarms with the listings they are about. `newest` are the days of the source's last articles, in order.

    A listing is gone when it once answered and has not for two days; stale when it has named nothing new for
    two weeks and six times the source's usual pause, while the source went on and the listing used to be fresh;
    moved when the site says so.
    """
    lately = days_before(today, 2)
    gone = [
        listing
        for listing in listings
        if listing.error
        and listing.answered_at
        and listing.answered_at[:10] <= lately <= listing.checked_at[:10]
    ]
    if gone:
        since = min(listing.answered_at[:10] for listing in gone)
        words = f"{gone[0].kind} {gone[0].url}: {gone[0].error}"
        yield Alarm("listing", since, words + _more(len(gone))), [listing.url for listing in gone]
    moved = [listing for listing in listings if listing.moved_to and not listing.error]
    if moved:
        words = f"{moved[0].kind} {moved[0].url} has moved for good, to {moved[0].moved_to}"
        urls = [url for listing in moved for url in (listing.moved_to, listing.url)]
        yield Alarm("moved", today, words + _more(len(moved))), urls
    if len(newest) < 10:
        return
    pause = (date.fromisoformat(newest[-1]) - date.fromisoformat(newest[0])).days / (len(newest) - 1)
    limit = days_before(today, max(14, round(6 * pause)))
    stale = [
        listing
        for listing in listings
        if listing.kind != "section"
        and not listing.error
        and listing.found_at[:10] < listing.newest_at[:10] <= limit < newest[-1]
        and listing.checked_at[:10] >= lately
    ]
    if stale and any(listing.newest_at[:10] > limit for listing in listings):
        since = min(listing.newest_at[:10] for listing in stale)
        words = f"{stale[0].kind} {stale[0].url} has named nothing new since {stale[0].newest_at[:10]}"
        yield Alarm("stale", since, words + _more(len(stale))), [listing.url for listing in stale]


def _more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""

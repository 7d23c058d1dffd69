"""What `clippings add` finds at a site. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from crawler.discovery.trial import Trial
    from crawler.listings.model import Listing


@dataclass(frozen=True, slots=True)
class ProbedListing:
    """A listing of the site: what it holds, or why it is of no use."""

    kind: str
    url: str
    entries: int = 0
    children: int = 0
    newest: str = ""
    error: str = ""

    @property
    def works(self) -> bool:
        """Whether it holds anything. An empty feed is of no more use than a broken one."""
        return bool(self.entries or self.children)


@dataclass(slots=True)
class ProbedSite:
    """What is known of a site so far. `home` is the address that answered; `error` says why none did."""

    given: str
    home: str = ""
    name: str = ""
    language: str = ""
    listings: list[ProbedListing] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    articles: int = 0
    forbidden: int = 0
    """Sections that robots.txt forbids, and that are left out."""
    trial: Trial | None = None
    error: str = ""

    def working(self, kind: str) -> tuple[str, ...]:
        """The addresses of the listings of a kind that hold something."""
        return tuple(
            dict.fromkeys(found.url for found in self.listings if found.kind == kind and found.works)
        )


def probe_listing(kind: str, url: str, listing: Listing) -> ProbedListing:
    """What a listing holds, for the report. `newest` is a day, in the zone of the listing."""
    times = [entry.hints.published_at or entry.hints.modified_at for entry in listing.entries]
    times += [more.modified_at for more in listing.more]
    children = sum(more.kind == kind for more in listing.more) if kind == "sitemap" else 0
    return ProbedListing(
        kind,
        url,
        entries=len(listing.entries),
        children=children,
        newest=max(times, default="")[:10],
        error=listing.error,
    )


def site_root(url: str) -> str:
    """The front page of the host an address is on."""
    return resolve(url, "/")

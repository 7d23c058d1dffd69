"""The state of a source, from what its crawls have brought: the one reading that commands, pages and alarms show. Pure.

A source that gives nothing is never well: where nothing is held of it, the state says what became of its pages, and what
would change that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pipelines.timestamps import days_between

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ORDER = (
    "failing",
    "unreadable",
    "excluded",
    "no article",
    "alarm",
    "listing",
    "quiet",
    "empty",
    "behind a wall",
    "some failures",
    "interrupted",
    "paywalled",
    "well",
    "not followed",
    "not yet crawled",
)
"""The states of a source, the worst first; `judge_source` explains each."""

BARREN = frozenset({"failing", "unreadable", "excluded", "no article"})
"""States of a source that gives nothing."""

FETCHED = frozenset({"new", "revised", "unchanged", "duplicate", "not_article", "empty", "gone"})
"""Outcomes that show that a site sends us pages."""
HELD = frozenset({"new", "revised", "unchanged", "duplicate"})
"""Outcomes of pages whose article the archive holds."""
FEW_EXCLUDED = 3
"""Pages of a source with articles that must be excluded, and no others be taken up, before that is its state."""
FEWEST_WALLED = 3
"""Articles of a day of which most are behind a wall, before that is the source's state."""
SHORTEST_SILENCE, USUAL_PAUSES = 3, 3
"""Days without an article that are never too long; and how many times the usual pause are."""


class Reason(NamedTuple):
    """An outcome's reason, and how many pages have it."""

    outcome: str
    reason: str
    pages: int


class ListingFigures(NamedTuple):
    """A source's feeds, sitemaps and section pages: how many were read once and cannot be now; the error when none can
    be read; what the readable ones list, and how much of it is older than the window. None of them was asked for yet
    when `checked` is 0.
    """

    checked: int = 0
    lost: int = 0
    error: str = ""
    entries: int = 0
    outside_window: int = 0


class WallFigures(NamedTuple):
    """The last day with articles: how many there were, how many of them behind a wall, and the median of their words; the
    usual median of the days before it, 0 where there are too few of them.
    """

    articles: int = 0
    walled: int = 0
    words: float = 0
    usual_words: float = 0


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """What the archive has of a source, in numbers.

    `crawls` are the outcomes of the last crawls that took up any of its pages, the latest first. `reasons` are those of
    its pages without an article, the most frequent first. `days` are the articles by the day (`YYYY-MM-DD`, UTC) on which
    we first saw them. `today` is the day of the last crawl, "" before the first one.
    """

    followed: bool = True
    articles: int = 0
    paywalled: int = 0
    crawls: Sequence[Mapping[str, int]] = ()
    reasons: Sequence[Reason] = ()
    listings: ListingFigures = field(default_factory=ListingFigures)
    days: Mapping[str, int] = field(default_factory=dict)
    today: str = ""
    wall: WallFigures = field(default_factory=WallFigures)
    interrupted: bool = False
    """The last crawl was stopped before its end."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """`state` is one of `ORDER`; `explained` says why in a sentence or two, `remedy` what would change it, or is ""."""

    state: str
    explained: str
    remedy: str = ""


def judge_source(figures: SourceFigures) -> SourceState:
    """The state of a source, without its alarms: the first of these readings that finds something."""
    if not figures.followed:
        return SourceState("not followed", "No longer in seeds/.")
    readings = (_read_reachability, _read_emptiness, _read_changes, _read_rest)
    return next(state for read in readings if (state := read(figures)) is not None)


def find_barren(state: SourceState, figures: SourceFigures) -> str:
    """The kind of alarm that a state is at once, without a past to compare with; "" for none.

    A source that gave articles may be down for an hour: that is for its past to judge.
    """
    if state.state == "excluded":
        return "excluded"
    return "nothing" if state.state in BARREN and not figures.articles else ""


def needs_reasons(figures: SourceFigures) -> bool:
    """Whether the reasons of its outcomes decide or explain the state of a source."""
    return not figures.articles or _is_excluded(figures)


def _read_reachability(figures: SourceFigures) -> SourceState | None:
    listings = figures.listings
    if listings.error:
        words = f"None of its feeds, sitemaps and section pages can be read: {listings.error}."
        return SourceState("unreadable", words, _remedy_of(listings.error) or _LOOK_FOR_LISTINGS)
    if not figures.crawls and not listings.checked:
        if figures.interrupted:
            return SourceState("interrupted", "The crawl was interrupted before its turn.", _CRAWL_AGAIN)
        return SourceState("not yet crawled", "No crawl has fetched a page of it yet.")
    latest = figures.crawls[0] if figures.crawls else {}
    if latest.get("failed", 0) and not count_fetched(latest):
        failing = next(
            (n for n, crawl in enumerate(figures.crawls) if count_fetched(crawl)), len(figures.crawls)
        )
        last = "crawl" if failing == 1 else f"{failing} crawls"
        why = next((f": {r.reason}" for r in figures.reasons if r.outcome == "failed" and r.reason), "")
        return SourceState("failing", f"Nothing could be fetched in the last {last}{why}.", _OPEN_A_PAGE)
    return None


def _read_emptiness(figures: SourceFigures) -> SourceState | None:
    """Nothing is held of the source, or nothing any longer: what became of its pages, and what would change that."""
    if figures.articles and not _is_excluded(figures):
        return None
    total = _sum_up(figures.crawls)
    looked_at = sum(pages for outcome, pages in total.items() if outcome != "deferred")
    if _is_excluded(figures):
        top = next((r for r in figures.reasons if r.outcome == "excluded"), Reason("excluded", "", 0))
        words = (
            "It gives no article any more: all new pages of its last crawl are excluded"
            if figures.articles
            else f"It never gave an article: everything is excluded ({_pages(total['excluded'])})"
        )
        return SourceState(
            "excluded", f"{words}: {top.reason or 'no reason is known'}.", _remedy_of(top.reason)
        )
    if not total:
        return _read_empty_listings(figures)
    if not looked_at:
        top = next(iter(figures.reasons), Reason("deferred", "", 0))
        state = "interrupted" if figures.interrupted else "no article"
        words = f"No article yet: {_pages(total['deferred'])} wait for the next crawl"
        return SourceState(state, f"{words}{f' ({top.reason})' if top.reason else ''}.", _CRAWL_AGAIN)
    named = "; ".join(
        f"{r.pages} {r.outcome.replace('_', ' ')}{f' ({r.reason})' if r.reason else ''}"
        for r in figures.reasons[:2]
    )
    none = "its one page is none" if looked_at == 1 else f"none of {_pages(looked_at)} is one"
    words = f"It never gave an article: {none}"
    main = next(iter(figures.reasons), Reason("", "", 0))
    remedy = _remedy_of(main.reason) or _REMEDIES_OF_OUTCOMES.get(main.outcome, _OPEN_A_PAGE)
    return SourceState("no article", f"{words}{f': {named}' if named else ''}.", remedy)


def _read_empty_listings(figures: SourceFigures) -> SourceState:
    """No page was taken up: the listings name none, or only old ones."""
    if figures.listings.outside_window:
        words = (
            f"It never gave an article: all {figures.listings.outside_window} addresses that its feeds and sitemaps list"
            " are older than the window."
        )
        return SourceState("no article", words, 'Look further back: window = "30d" in its file in seeds/.')
    words = "It never gave an article: its feeds, sitemaps and section pages list none."
    return SourceState("no article", words, _LOOK_FOR_LISTINGS)


def _read_changes(figures: SourceFigures) -> SourceState | None:
    """Articles are held; something has changed since."""
    if figures.listings.lost:
        words = f"{figures.listings.lost} of its feeds, sitemaps or section pages cannot be read."
        return SourceState("listing", words, _LOOK_FOR_LISTINGS)
    # A day ahead of today is one in another time zone.
    days = [day for day in figures.days if not figures.today or days_between(day, figures.today) >= -1]
    if figures.today and days:
        gap = days_between(max(days), figures.today)
        if gap > max(SHORTEST_SILENCE, USUAL_PAUSES * usual_pause(days)):
            words = f"No new article for {gap} days: the last one was first seen on {max(days)}."
            return SourceState("quiet", words, _LOOK_FOR_LISTINGS)
    latest = figures.crawls[0] if figures.crawls else {}
    fetched = count_fetched(latest)
    if fetched and latest.get("empty", 0) * 2 > fetched:
        words = "More than half of the pages of the last crawl gave no text."
        return SourceState("empty", words, _REMEDIES_OF_OUTCOMES["empty"])
    wall = figures.wall
    if (
        wall.articles >= FEWEST_WALLED
        and wall.walled * 2 > wall.articles
        and wall.words * 2 < wall.usual_words
    ):
        words = (
            f"{wall.walled} of the {wall.articles} articles of the last day are behind a wall, and half as long as usual"
            f" ({wall.words:.0f} words, {wall.usual_words:.0f} before)."
        )
        return SourceState("behind a wall", words, _LOG_IN)
    taken = sum(latest.values())
    if latest.get("failed", 0) * 5 > taken:
        words = f"{latest['failed']} of {taken} pages of the last crawl failed."
        return SourceState("some failures", words, _OPEN_A_PAGE)
    return None


def _read_rest(figures: SourceFigures) -> SourceState:
    if figures.interrupted and figures.crawls and figures.crawls[0].get("deferred"):
        waiting = figures.crawls[0]["deferred"]
        words = f"The last crawl was interrupted: {_pages(waiting)} wait for the next."
        return SourceState("interrupted", words, _CRAWL_AGAIN)
    if figures.paywalled and figures.paywalled == figures.articles:
        one = figures.articles == 1
        count = (
            "The one article held of it says" if one else f"All {figures.articles} articles held of it say"
        )
        words = f"{count} that its publisher asks for money: the text may be a part."
        return SourceState("paywalled", words, "What is free is archived; nothing is bypassed.")
    return SourceState("well", "Nothing is wrong.")


def _is_excluded(figures: SourceFigures) -> bool:
    """Whether every page is excluded; of a source with articles, every one that a crawl last took up for the first time."""
    if not figures.articles:
        total = _sum_up(figures.crawls)
        return bool(total.get("excluded")) and set(total) <= {"excluded", "deferred"}
    for crawl in figures.crawls:
        fresh = {
            outcome: n
            for outcome, n in crawl.items()
            if outcome not in ("revised", "unchanged", "gone", "deferred")
        }
        if fresh:
            return set(fresh) == {"excluded"} and fresh["excluded"] >= FEW_EXCLUDED
    return False


def _sum_up(crawls: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for crawl in crawls:
        for outcome, pages in crawl.items():
            total[outcome] = total.get(outcome, 0) + pages
    return total


def count_fetched(outcomes: Mapping[str, int]) -> int:
    """How many pages of a crawl the site has sent."""
    return sum(outcomes.get(outcome, 0) for outcome in FETCHED)


def usual_pause(days: Sequence[str]) -> float:
    """Days between two days with articles, on average over the last sixty of them."""
    recent = sorted(days)[-60:]
    return days_between(recent[0], recent[-1]) / (len(recent) - 1) if len(recent) > 1 else 7.0


def _pages(count: int) -> str:
    return "one page" if count == 1 else f"{count} pages"


# --- what would change it

_LOOK_FOR_LISTINGS = (
    "Open the site; if it goes on publishing, clippings add URL looks for its feeds and sitemaps."
)
_OPEN_A_PAGE = "Open one of the pages in a browser. If it shows, the site may refuse us: raise delay in its file, set contact in clippings.toml."
_LOG_IN = "If you have a subscription, its login may have expired: export its cookies again (cookies in its file in seeds/)."
_CRAWL_AGAIN = "The next crawl goes on where this one ended."

_REMEDIES_OF_OUTCOMES = {
    "empty": 'Open one of the pages. If the text is there, write render = "auto" into its file in seeds/ (some pages need a browser), or its place with [[rules]] body.',
    "not_article": "If these are articles, name their addresses with article_urls, or their text with [[rules]] body.",
    "gone": _LOOK_FOR_LISTINGS,
    "failed": _OPEN_A_PAGE,
}

_REMEDIES = (
    (
        "asks not to archive",
        'noarchive = "text" in its file in seeds/ keeps the texts, without copies of the pages.',
    ),
    ("robots.txt forbids", "Its robots.txt forbids it. Only the publisher's leave changes that."),
    (
        "robots.txt",
        "While its robots.txt cannot be read, nothing is fetched from it; the next crawl asks again.",
    ),
    ("a rule of the source", "article_urls and ignore_urls in its file in seeds/ leave them out."),
    ("refuses", _OPEN_A_PAGE),
    (
        "redirected to another site",
        "The site has moved: write its new address as home in its file in seeds/.",
    ),
    (
        "address",
        "Links lead to private addresses, which are never followed; check home in its file in seeds/.",
    ),
    ("forgotten", "Its articles were erased on request (clippings forget) and are kept out."),
)
"""Words of a reason, and what would change it."""


def _remedy_of(reason: str) -> str:
    return next((remedy for words, remedy in _REMEDIES if words in reason), "")

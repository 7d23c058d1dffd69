"""Where is looked for articles, in which order, and which of them are taken up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.discovery.plan import DiscoveryPlan, ListingRequest, Step
from crawler.discovery.window import filter_by_window, likely_newest
from crawler.listings.model import (
    FEED,
    FEED_PLACES,
    SECTION,
    SITEMAP,
    SITEMAP_PLACES,
    FurtherListing,
    Listing,
    ListingEntry,
)
from crawler.sources.model import Source
from pipelines.archive.records import FoundUrl
from pipelines.archive.tables.listings import KnownListing
from pipelines.items import Hints

HOME = "https://daily.example/"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SINCE = "2026-11-16T12:00:00.000+00:00"


def discovery(
    known: list[KnownListing] | None = None, sections_max: int = 10, **source: object
) -> DiscoveryPlan:
    return DiscoveryPlan(
        Source(id="daily", home=HOME, **source), known or [], SINCE, "2026-10-24", 100, sections_max
    )


def entries(*names: str, via: str = SECTION) -> list[ListingEntry]:
    return [ListingEntry(f"{HOME}{name}", Hints(via=via)) for name in names]


def urls(following: Step) -> list[str]:
    return [look.url.removeprefix(HOME) for look in following.requests]


def test_a_home_alone_is_looked_at_first() -> None:
    assert discovery().begin() == [ListingRequest(SECTION, HOME, "home")]


def test_the_home_page_names_feeds_and_its_robots_txt_sitemaps() -> None:
    d = discovery()
    (home,) = d.begin()
    page = Listing(SECTION, entries("a"), [FurtherListing(FEED, f"{HOME}feed.xml")])
    following = d.answer(home, page, [f"{HOME}map.xml"])
    assert urls(following) == ["feed.xml", "map.xml"]
    assert following.entries == ()


def test_the_home_pages_links_count_only_without_a_sitemap() -> None:
    for sitemap_works in (True, False):
        d = discovery()
        (home,) = d.begin()
        feed, sitemap = d.answer(
            home, Listing(SECTION, entries("a"), [FurtherListing(FEED, f"{HOME}f")]), [f"{HOME}m"]
        ).requests
        d.answer(feed, Listing(FEED, entries("b", via=FEED)))
        following = d.answer(sitemap, Listing(SITEMAP, entries("c", via=SITEMAP)) if sitemap_works else None)
        while following.requests:  # the usual places hold nothing
            last = [d.answer(look, None) for look in following.requests]
            following = Step(sum((n.entries for n in last), ()), sum((n.requests for n in last), ()))
        assert ([e.url for e in following.entries][-1:] == [f"{HOME}a"]) is not sitemap_works


def test_usual_places_are_asked_one_by_one_until_one_answers() -> None:
    d = discovery()
    (home,) = d.begin()
    following = d.answer(home, Listing(SECTION, entries("a")))
    assert urls(following) == [FEED_PLACES[0][1:], SITEMAP_PLACES[0][1:]]
    feed, sitemap = following.requests
    d.answer(feed, Listing(FEED, entries("b", via=FEED)))
    assert urls(d.answer(sitemap, None)) == [SITEMAP_PLACES[1][1:]]


def test_a_usual_place_that_held_nothing_is_left_alone_for_a_while() -> None:
    first = f"{HOME}{FEED_PLACES[0][1:]}"
    d = discovery([KnownListing(FEED, first, "", "", "2026-11-20T00:00:00+00:00", "", None)])
    (home,) = d.begin()
    assert FEED_PLACES[0][1:] not in urls(d.answer(home, Listing(SECTION, entries("a"))))


def test_sections_are_the_last_resort_and_limited() -> None:
    d = discovery(sections_max=2)
    (home,) = d.begin()
    more = [FurtherListing(SECTION, f"{HOME}s{n}") for n in range(5)]
    following = d.answer(home, Listing(SECTION, entries("a"), more))
    asked = []
    while following.requests:
        asked += [look for look in following.requests if look.kind == SECTION]
        parts = [
            d.answer(look, Listing(SECTION) if look.kind == SECTION else None) for look in following.requests
        ]
        following = Step((), sum((part.requests for part in parts), ()))
    assert [look.url[-2:] for look in asked] == ["s0", "s1"]


def test_old_parts_of_a_sitemap_index_are_skipped() -> None:
    d = discovery(sitemaps=(f"{HOME}index.xml",), discover=False)
    (index,) = d.begin()
    parts = [FurtherListing(SITEMAP, f"{HOME}{m}.xml", f"2026-{m}-30") for m in ("08", "09")] + [
        FurtherListing(SITEMAP, f"{HOME}11.xml")
    ]
    assert urls(d.answer(index, Listing(SITEMAP, [], parts))) == ["11.xml"]


def test_an_unchanged_index_still_has_its_recent_parts_looked_at() -> None:
    index = f"{HOME}index.xml"
    known = [
        KnownListing(SITEMAP, f"{HOME}new.xml", index, "x", "x", "2026-11-22", 5),
        KnownListing(SITEMAP, f"{HOME}old.xml", index, "x", "x", "2025-01-01", 5),
        KnownListing(SITEMAP, f"{HOME}never-read.xml", index, "", "", "", None),
    ]
    d = discovery(known, sitemaps=(index,), discover=False)
    (look,) = d.begin()
    assert urls(d.unchanged(look)) == ["new.xml", "never-read.xml"]


def test_loops_end_and_the_number_of_listings_is_limited() -> None:
    d = discovery(sitemaps=(f"{HOME}index.xml",), discover=False)
    (look,) = d.begin()
    assert d.answer(look, Listing(SITEMAP, [], [FurtherListing(SITEMAP, look.url)])).requests == ()
    d = discovery(sitemaps=(f"{HOME}index.xml",), discover=False)
    (look,) = d.begin()
    many = [FurtherListing(SITEMAP, f"{HOME}{n}.xml") for n in range(500)]
    assert len(d.answer(look, Listing(SITEMAP, [], many)).requests) == 99


# --- selection


@pytest.mark.parametrize(
    ("published", "modified", "path", "taken"),
    [
        ("2026-11-20T10:00:00+09:00", "", "a", True),
        ("2026-11-01T10:00:00+00:00", "2026-11-23", "a", False),
        ("", "2026-11-22", "a", True),
        ("", "2026-10-01", "a", False),
        ("", "2026-11-22", "2019/03/04/old-story", False),
        ("2026-11-16", "", "a", True),
        ("2026-11-15", "", "a", False),
        ("9999-12-31", "", "a", True),
        ("", "", "2026/11/16/of-that-evening", True),
        ("", "", "2026/11/15/of-the-day-before", False),
        ("", "2026-11-16", "a", True),
        ("", "2026-11-15", "a", False),
        ("", "", "a", True),
        ("nonsense", "", "a", True),
    ],
)
def test_the_window(published: str, modified: str, path: str, taken: bool) -> None:
    entry = ListingEntry(HOME + path, Hints(via=FEED, published_at=published, modified_at=modified))
    chosen = filter_by_window([entry], FEED, NOW - timedelta(days=7), NOW)
    assert (len(chosen.found), len(chosen.outside_window)) == ((1, 0) if taken else (0, 1))


def test_undated_sitemap_urls_are_kept_apart() -> None:
    chosen = filter_by_window(entries("a", via=SITEMAP), SITEMAP, NOW - timedelta(days=7), NOW)
    assert (len(chosen.found), len(chosen.undated)) == (0, 1)


def test_one_article_under_two_addresses_is_one() -> None:
    both = [
        ListingEntry(f"{HOME}a?utm_source=x", Hints(via=FEED)),
        ListingEntry(f"{HOME}a/amp", Hints(via=FEED)),
    ]
    assert len(filter_by_window(both, FEED, NOW - timedelta(days=7), NOW).found) == 1


def test_the_likely_newest_have_the_largest_numbers_or_stand_at_the_ends() -> None:
    numbered = [FoundUrl(f"{HOME}a/{10_000 + n}", str(n), Hints(), 0) for n in range(50)]
    assert [f.key for f in likely_newest(numbered, 3)] == ["49", "48", "47"]
    named = [FoundUrl(f"{HOME}story-{chr(97 + n)}", str(n), Hints(), 0) for n in range(20)]
    assert [f.key for f in likely_newest(named, 4)] == ["0", "1", "18", "19"]

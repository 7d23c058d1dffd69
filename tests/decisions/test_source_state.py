"""The state of a source: a source that gives nothing is never well."""

from __future__ import annotations

import pytest

from pipelines.archive.views.alarms import AlarmView
from pipelines.archive.views.source_health import SourceHealth, list_troubles
from pipelines.decisions.source_state import (
    ORDER,
    ListingFigures,
    Reason,
    SourceFigures,
    WallFigures,
    find_barren,
    judge_source,
)

TODAY = "2026-11-20"
READ = ListingFigures(checked=2, entries=40)
DAYS = {f"2026-11-{day:02}": 5 for day in range(12, 21)}
NOARCHIVE = Reason("excluded", "the publisher asks not to archive it (meta robots: noarchive)", 40)
WELL = SourceFigures(articles=45, crawls=({"new": 9, "unchanged": 3},), listings=READ, days=DAYS, today=TODAY)
NEVER = SourceFigures(listings=READ, today=TODAY)


def having(base: SourceFigures, **other: object) -> SourceFigures:
    from dataclasses import replace

    return replace(base, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figures", "state", "words", "remedy"),
    [
        (WELL, "well", "Nothing is wrong", ""),
        (having(WELL, followed=False), "not followed", "seeds", ""),
        (SourceFigures(), "not yet crawled", "No crawl", ""),
        (SourceFigures(interrupted=True), "interrupted", "before its turn", "goes on"),
        # Nothing can be read or fetched.
        (
            having(WELL, listings=ListingFigures(2, 1, "robots.txt answered 500")),
            "unreadable",
            "answered 500",
            "asks again",
        ),
        (having(NEVER, listings=ListingFigures(3, 0, "answered 404")), "unreadable", "404", "clippings add"),
        (having(WELL, crawls=({"failed": 8}, {"failed": 8}, {"new": 1})), "failing", "2 crawls", "browser"),
        # Never an article.
        (NEVER, "no article", "list none", "clippings add"),
        (having(NEVER, listings=ListingFigures(2, 0, "", 9, 9)), "no article", "all 9 addresses", 'window = "30d"'),
        (
            having(NEVER, crawls=({"excluded": 40},), reasons=(NOARCHIVE,)),
            "excluded",
            "everything is excluded (40 pages): the publisher asks",
            'noarchive = "text"',
        ),
        (
            having(NEVER, crawls=({"excluded": 1},), reasons=(Reason("excluded", "robots.txt forbids it", 1),)),
            "excluded",
            "(one page): robots.txt",
            "publisher's leave",
        ),
        (
            having(
                NEVER,
                crawls=({"excluded": 9, "deferred": 2},),
                reasons=(Reason("excluded", "a rule of the source leaves it out (article_urls, ignore_urls)", 9),),
            ),
            "excluded",
            "a rule of the source",
            "article_urls",
        ),
        (
            having(
                NEVER,
                crawls=({"empty": 5, "not_article": 2},),
                reasons=(Reason("empty", "no text found on the page", 5), Reason("not_article", "an index", 2)),
            ),
            "no article",
            "none of 7 pages is one: 5 empty (no text found on the page); 2 not article (an index)",
            "[[rules]] body",
        ),
        (
            having(NEVER, crawls=({"deferred": 5},), reasons=(Reason("deferred", "asked to wait", 5),)),
            "no article",
            "5 pages wait for the next crawl (asked to wait)",
            "next crawl",
        ),
        (having(NEVER, crawls=({"deferred": 5},), interrupted=True), "interrupted", "5 pages wait", "next crawl"),
        # Articles, and something has changed.
        (having(WELL, crawls=({"unchanged": 9, "excluded": 40},), reasons=(NOARCHIVE,)), "excluded", "any more", "noarchive"),
        (having(WELL, crawls=({"unchanged": 9, "excluded": 2},)), "well", "", ""),
        (having(WELL, crawls=({"unchanged": 9, "excluded": 40, "new": 1},)), "well", "", ""),
        (having(WELL, listings=ListingFigures(2, 1, "", 40)), "listing", "1 of its feeds", "clippings add"),
        (having(WELL, days={"2026-11-09": 5, "2026-11-10": 5}), "quiet", "10 days: the last one was first seen on 2026-11-10", "clippings add"),
        (having(WELL, crawls=({"new": 2, "empty": 9},)), "empty", "More than half", "[[rules]] body"),
        (having(WELL, crawls=({"new": 6, "failed": 4},)), "some failures", "4 of 10", "browser"),
        (having(WELL, crawls=({"new": 6, "deferred": 4},), interrupted=True), "interrupted", "4 pages wait", "next crawl"),
        (having(WELL, crawls=({"new": 6},), interrupted=True), "well", "", ""),
        (having(WELL, wall=WallFigures(8, 6, 90, 400)), "behind a wall", "6 of the 8 articles of the last day", "cookies"),
        (having(WELL, wall=WallFigures(8, 6, 390, 400)), "well", "", ""),
        (having(WELL, wall=WallFigures(8, 4, 90, 400)), "well", "", ""),
        (having(WELL, wall=WallFigures(2, 2, 90, 400)), "well", "", ""),
        (having(WELL, wall=WallFigures(8, 8, 90, 0)), "well", "", ""),
        (having(WELL, paywalled=45), "paywalled", "All 45 articles held of it say", "bypassed"),
        (having(WELL, paywalled=44), "well", "", ""),
    ],
)  # fmt: skip
def test_the_state_of_a_source(figures: SourceFigures, state: str, words: str, remedy: str) -> None:
    judged = judge_source(figures)
    assert judged.state == state
    assert judged.state in ORDER
    assert words in judged.explained
    assert judged.explained.endswith(".")
    assert remedy in judged.remedy
    assert bool(judged.remedy) is bool(remedy)
    # The day of a publication in another time zone changes nothing.
    ahead = having(figures, days={**figures.days, "2099-01-01": 1})
    assert judge_source(ahead).state == state


@pytest.mark.parametrize(
    "crawls", [(), ({"excluded": 3},), ({"empty": 1},), ({"deferred": 9},), ({"gone": 2}, {"failed": 1})]
)
@pytest.mark.parametrize("listings", [ListingFigures(), READ, ListingFigures(1, 0, "answered 500")])
@pytest.mark.parametrize("interrupted", [False, True])
def test_a_source_that_gives_nothing_is_never_well(
    crawls: tuple[dict[str, int], ...], listings: ListingFigures, interrupted: bool
) -> None:
    figures = SourceFigures(crawls=crawls, listings=listings, today=TODAY, interrupted=interrupted)
    assert judge_source(figures).state != "well"


@pytest.mark.parametrize(
    ("figures", "kind"),
    [
        (WELL, ""),
        (NEVER, "nothing"),
        (having(NEVER, listings=ListingFigures(1, 0, "answered 500")), "nothing"),
        (having(WELL, listings=ListingFigures(1, 1, "answered 500")), ""),
        (having(NEVER, crawls=({"excluded": 3},)), "excluded"),
        (having(WELL, crawls=({"excluded": 30},)), "excluded"),
        (SourceFigures(), ""),
    ],
)
def test_which_states_are_alarms_at_once(figures: SourceFigures, kind: str) -> None:
    assert find_barren(judge_source(figures), figures) == kind


def test_troubles_are_alarms_and_states_without_one() -> None:
    def source(key: str, state: str, *alarms: AlarmView) -> SourceHealth:
        return SourceHealth(
            key, key, "", None, True, 0, None, None, 0, (), state, "Words.", "Remedy.", 0, alarms
        )  # fmt: skip

    alarm = AlarmView(1, "b", "b", "excluded", "2026-11-19", None, "2026-11-19", "Words.", "Advice.", ("u",))
    sources = [
        source("a", "unreadable"),
        source("b", "excluded", alarm),
        source("c", "well"),
        source("d", "quiet"),
    ]
    found = [(trouble.source, trouble.kind, trouble.evidence) for trouble in list_troubles(sources)]
    assert found == [("b", "excluded", ("u",)), ("a", "unreadable", ()), ("d", "quiet", ())]

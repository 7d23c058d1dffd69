"""How a report reads: a line for what is too much, runs shortened, hostile words made harmless."""

from __future__ import annotations

from dataclasses import replace

import feedparser

from pipelines.alerts.render import (
    FULL,
    LISTED,
    ArchiveAddress,
    as_dict,
    as_feed,
    as_html,
    as_text,
    heading,
    shorten,
    subject,
)
from pipelines.desk.records import Event, Report
from tests.reading_room import HOSTILE

EVENT = Event(
    "revised",
    ("headline", "text"),
    "https://daily.example/ferry",
    "2026-11-26T10:00:00.000+00:00",
    "Ferry sails at last",
    "daily",
    "The Daily",
    12,
    2,
    "Ferry sails again",
    places=(("headline", (("same", "Ferry sails "), ("removed", "again"), ("added", "at last"))),),
    key="revised 1",
)
REPORT = Report("6f3a", "Harbour", "harbour", "my archive.db", "2026-11-26T10:05:00.000+00:00", (EVENT,))
NOWHERE = ArchiveAddress()


def test_an_event_survives_the_desk() -> None:
    assert Event.from_json(EVENT.as_json()) == EVENT


def test_the_text_of_a_report() -> None:
    assert as_text(REPORT, ArchiveAddress("https://c.example/")) == (
        "Harbour: 1 changed\n"
        "\n"
        "Changed (headline, text): Ferry sails at last\n"
        "  The Daily · seen 2026-11-26 10:00 UTC\n"
        "  headline: Ferry sails [-again-]{+at last+}\n"
        "  https://daily.example/ferry\n"
        "  As archived: https://c.example/-/clippings/my~20archive/article/12\n"
        "\n"
        "-- \n"
        "Alert Harbour: harbour\n"
        "Report 6f3a\n"
    )


def test_a_headline_whose_words_are_not_known_is_told_as_it_was() -> None:
    event = replace(EVENT, places=())
    assert "  Before: Ferry sails again\n" in as_text(replace(REPORT, events=(event,)), NOWHERE)
    assert "<del>Ferry sails again</del>" in as_html(replace(REPORT, events=(event,)), NOWHERE)


def test_without_an_address_for_others_the_archive_is_not_linked() -> None:
    for words in (as_text(REPORT, NOWHERE), as_html(REPORT, NOWHERE)):
        assert "archived" not in words
    assert as_dict(REPORT, NOWHERE)["events"][0]["archived"] is None


def test_many_events_are_lines_and_more_are_counted() -> None:
    events = tuple(replace(EVENT, title=f"Headline {n}.", key=str(n)) for n in range(LISTED + 5))
    text = as_text(replace(REPORT, events=events), NOWHERE)
    assert text.count("[-again-]") == FULL
    assert "Headline 1999." in text
    assert "Headline 2000." not in text
    assert "and 5 more" in text
    assert len(as_dict(replace(REPORT, events=events), NOWHERE)["events"]) == LISTED + 5
    assert subject(replace(REPORT, events=events)) == "Harbour: 2005 changed"


def test_the_kinds_of_a_report_are_counted_apart() -> None:
    events = (EVENT, replace(EVENT, kind="new", kinds=()), replace(EVENT, kind="gone", kinds=("gone",)))
    assert subject(replace(REPORT, events=events)) == "Harbour: 1 new, 1 changed, 1 gone"
    assert [heading(event) for event in events] == ["Changed (headline, text)", "New", "Gone"]


def test_long_runs_that_stay_are_cut_beside_the_change() -> None:
    long = "a" * 100 + "b" * 100
    runs = list(
        shorten((("same", long), ("added", "x" * 500), ("same", long), ("removed", "y"), ("same", long)))
    )
    assert [op for op, _ in runs] == ["same", "added", "same", "removed", "same"]
    assert runs[0][1] == " … " + "b" * 80
    assert runs[1][1] == "x" * 500
    assert runs[2][1] == "a" * 80 + " … " + "b" * 80
    assert runs[4][1] == "a" * 80 + " … "


def test_hostile_words_stay_words() -> None:
    events = tuple(
        replace(EVENT, title=word, old_title=word, url=word, source_name=word, excerpt=((word, True),),
                places=((word, (("added", word),)),), authors=(word,), key=f"{n}")
        for n, word in enumerate(HOSTILE)
    )  # fmt: skip
    report = replace(REPORT, alert="a\r\nBcc: x", events=events)
    html = as_html(report, NOWHERE)
    for tag in ("<script", "<img", "<iframe", "<svg", "<meta", "<base", "<form", "<a href=javascript"):
        assert tag not in html
    assert 'href="javascript:' not in html.lower()
    assert "\r" not in subject(report)
    assert "\n" not in subject(report)
    feed = feedparser.parse(as_feed("Harbour", "desk", [(event, "") for event in events]))
    assert not feed.bozo
    assert len(feed.entries) == len(HOSTILE)
    assert not any(entry.get("link", "").lower().startswith(("javascript", "data")) for entry in feed.entries)

"""The words of a change, and the kinds that byline and date make."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from pipelines.decisions.change_kinds import (
    ChangeKind,
    is_clock,
    is_same_time,
    join_kinds,
    name_metadata_kinds,
    split_kinds,
)
from pipelines.decisions.changed_words import (
    AROUND,
    LONGEST,
    MOST,
    Place,
    dump_places,
    find_changed_words,
    load_places,
)
from pipelines.decisions.word_diff import compare_texts
from pipelines.items import Article

LOOK = "2026-11-23T08:00:00.000+00:00"
LONG = "The council met on {day} in the old hall by the harbour to talk of the bridge, which is to cost {cost} million crowns."
ARTICLE = Article(
    url="http://paper.example/bridge",
    title="Bridge to cost 3 million",
    standfirst="The council votes.",
    text=f"First.\n\n{LONG.format(day='Monday', cost='3.2')}\n\nLast.",
    authors=("Ann Lee",),
    published_at="2026-11-20T09:00:00+01:00",
    published_from="json-ld",
)


def in_signs(place: Place) -> str:
    signs = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(signs[run.kind].format(run.text) for run in place.runs)


@pytest.mark.parametrize(
    ("changed", "kinds", "shown"),
    [
        ({"title": "Bridge to cost 4 million"}, ["headline"], ["Bridge to cost [-3-]{+4+} million"]),
        ({"standfirst": "The council voted."}, ["standfirst"], ["The council [-votes-]{+voted+}."]),
        (
            {"text": f"First.\n\n{LONG.format(day='Tuesday', cost='4.5')}\n\nLast."},
            ["text"],
            [
                "The council met on [-Monday-]{+Tuesday+} in the old hall by the harbour … of the bridge, which is to"
                " cost [-3.2-]{+4.5+} million crowns."
            ],
        ),
        (
            {"text": f"{ARTICLE.text}\n\n! Correction: the cost was wrong."},
            ["text", "correction"],
            ["{+Correction: the cost was wrong.+}"],
        ),
        ({"text": ARTICLE.text.replace("First.\n\n", "")}, ["text"], ["[-First.-]"]),
        (
            {"authors": ("Ann Lee", "Bo Ek"), "published_at": "2026-11-21"},
            ["byline", "date"],
            ["Ann Lee, {+Bo Ek+}", "[-2026-11-20T09:00:00+01:00-]{+2026-11-21+}"],
        ),
    ],
)
def test_the_words_stand_in_their_places(
    changed: dict[str, object], kinds: list[str], shown: list[str]
) -> None:
    words = find_changed_words(ARTICLE, replace(ARTICLE, **changed), kinds)  # type: ignore[arg-type]
    assert [in_signs(place) for place in words.places] == shown
    assert load_places(dump_places(words.places)) == words.places
    assert json.loads(dump_places(words.places))


def test_words_are_joined_and_counted() -> None:
    new = replace(
        ARTICLE, title="Bridge to cost 4 million", text=f"First.\n\n{LONG.format(day='Tuesday', cost='3.2')}"
    )
    words = find_changed_words(ARTICLE, new, ["headline", "text"])
    assert (words.removed, words.added) == ("3\nMonday\nLast.", "4\nTuesday")
    assert (words.words_removed, words.words_added) == (3, 2)


def test_a_letter_of_a_script_without_spaces_is_a_word() -> None:
    old, new = (
        replace(ARTICLE, text="市長は三百万円と述べた。" * 9),
        replace(ARTICLE, text="市長は三百万円と述べた。" * 8 + "市長は四百万円と述べた。"),
    )
    [place] = find_changed_words(old, new, ["text"]).places
    assert in_signs(place).startswith("…")
    assert in_signs(place).endswith("市長は[-三-]{+四+}百万円と述べた。")
    assert len(in_signs(place)) < 60


def test_what_counts_or_tells_the_time_is_no_word_of_a_change() -> None:
    old = replace(ARTICLE, text=f"{ARTICLE.text}\n\n1,204 views")
    new = replace(ARTICLE, text=f"{ARTICLE.text.replace('Monday', 'Friday')}\n\n1,311 views")
    assert find_changed_words(old, new, ["text"]).added == "Friday"


def test_a_text_written_anew_is_shown_in_part() -> None:
    blocks = [f"{number} wholly new words stand here {'and on ' * 80}" for number in range(MOST + 5)]
    words = find_changed_words(ARTICLE, replace(ARTICLE, text="\n\n".join(blocks)), ["text"])
    assert len(words.places) == MOST
    assert max(len(run.text) for place in words.places for run in place.runs) <= LONGEST + 1
    assert words.added.count("wholly new") == MOST + 5
    assert AROUND


def test_a_comparison_that_would_take_hours_is_left() -> None:
    old, new = ("\n\n".join(f"{word} {n}" for n in range(5000)) for word in ("old", "new"))
    assert Counter(paragraph.kind for paragraph in compare_texts(old, new)) == {
        "removed": 5000,
        "added": 5000,
    }


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({}, ()),
        ({"authors": ("ANN  LEE",)}, ()),
        ({"authors": ()}, ("byline",)),
        ({"published_at": "2026-11-20T08:00:00Z"}, ()),
        ({"published_at": "2026-11-20"}, ()),
        ({"published_at": "2026-11-21T09:00:00+01:00"}, ("date",)),
        ({"published_at": "2026-11-21", "published_from": "feed"}, ()),
        ({"published_at": None}, ()),
        ({"published_at": "2026-11-23T08:59:00+01:00"}, ()),
        ({"published_at": "2026-11-23"}, ()),
        ({"published_at": "soon"}, ()),
        ({"authors": ("Bo",), "published_at": "2026-11-21"}, ("date", "byline")),
    ],
)
def test_byline_and_date(changed: dict[str, object], kinds: tuple[str, ...]) -> None:
    assert name_metadata_kinds(ARTICLE, replace(ARTICLE, **changed), LOOK) == kinds  # type: ignore[arg-type]


def test_a_clock_is_told_from_a_date_by_a_later_look() -> None:
    assert is_clock("2026-11-23T08:10:00", LOOK)
    assert is_clock("2026-11-23T17:05:00", LOOK)  # nine hours east
    assert not is_clock("2026-11-23T08:10:00", "2026-11-23T08:40:00.000+00:00")
    assert is_clock("2026-11-23", LOOK)
    assert not is_clock("2026-11-23", "2026-11-25T08:00:00.000+00:00")
    assert is_same_time("2026-11-23T08:10:00", "2026-11-23T08:10:30Z")


def test_kinds_are_joined_in_their_order() -> None:
    cell = join_kinds(["correction", "headline", "text"])
    assert cell == "headline; text; correction"
    assert split_kinds(cell) == (ChangeKind.HEADLINE, ChangeKind.TEXT, ChangeKind.CORRECTION)
    assert split_kinds("") == ()

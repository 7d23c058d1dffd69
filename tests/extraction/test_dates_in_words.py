"""Dates in words on pages that state none, as htmldate finds them with dateparser's help."""

from __future__ import annotations

import sys

import pytest

from pipelines.extraction.extract import extract
from pipelines.items import Page

SENTENCE = (
    "The harbour office said that the ferry to the islands will sail every hour, as it did before the war."
)
IN_POLISH = "Biuro portu podało, że prom na wyspy będzie pływać co godzinę, tak jak przed wojną, kiedy statki były mniejsze."
LANGUAGES = "dateparser.data.date_translation_data."


def read(line: str, language: str, sentence: str = SENTENCE) -> str | None:
    page = (
        f"<html lang='{language}'><head><title>Ferry to sail hourly</title></head><body><article><h1>Ferry to sail hourly</h1>"
        f"{'<p>' + sentence + '</p>'}{('<p>' + sentence + ' ' + sentence + '</p>') * 12}</article>"
        f"<div class='c1'><span>{line}</span></div></body></html>"
    )
    article = extract(
        Page(url="http://paper.example/ferry-hourly", body=page.encode(), fetched_at="2026-11-20T08:00:00")
    )
    assert article.outcome is None, article.reason
    return article.published_at


@pytest.mark.parametrize(
    ("line", "language", "day"),
    [
        ("10 kwietnia 2013", "pl", "2013-04-10"),
        ("10 kwietnia 2013", "el", None),
        ("Πέμπτη 11 Απριλίου 2013", "el", "2013-04-11"),
        ("Monday , January 16 , 2012", "el", "2012-01-16"),
        ("Monday , January 16 , 2012", "", "2012-01-16"),
        ("Monday , January 16 , 2012", "gsw", "2012-01-16"),
    ],
)
def test_they_are_read_in_the_pages_language_and_in_english(
    line: str, language: str, day: str | None
) -> None:
    assert read(line, language) == day


def test_where_none_is_declared_they_are_read_in_the_language_of_the_text() -> None:
    assert read("10 kwietnia 2013", "", IN_POLISH) == "2013-04-10"
    assert read("10 kwietnia 2013", "", SENTENCE) is None


def test_no_other_language_is_loaded_for_a_line_that_is_no_date() -> None:
    assert read("12 Must-Have Harbour Tools for 2026", "en") is None
    assert f"{LANGUAGES}en" in sys.modules
    assert f"{LANGUAGES}sw" not in sys.modules

"""The golden pages hold a floor that only rises."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import explain
from pipelines.items import Page
from tests.pages import build, measure

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def measured():
    return measure.scores()


def test_there_are_enough_pages_sites_and_languages():
    answers = [answer for answer, _, _ in measure.extracted().values()]
    assert len(answers) >= 60
    assert len({answer["language"] for answer in answers}) >= 12
    assert len(list(measure.FOLDER.iterdir())) >= 8


def test_the_pages_are_what_their_making_says():
    site = build.SITES[0]
    assert (measure.FOLDER / site.id / "0.html").read_text(encoding="utf-8") == build.page_of(site, 0)


@pytest.mark.parametrize("name", list(measure.floor()))
def test_nothing_falls_below_the_floor(measured, name):
    assert measured[name] >= measure.floor()[name]


def test_the_floor_only_rises():
    assert measure.raised({"f1": 0.9, "title": 0.5}, {"f1": 0.8, "title": 0.7}) == {"f1": 0.9, "title": 0.7}


def test_without_memory_the_house_notes_stay(measured):
    """What site memory is for: no single page tells that its last paragraph is no part of the story."""
    assert measure.scores(memory=False)["exact"] < measured["exact"]


def test_an_explanation_names_every_block_and_field():
    body = (measure.FOLDER / "quay-post" / "0.html").read_bytes()
    lines = explain(Page(url="https://quay-post.example/news/2026/03/quay-post-ferry-story-0", body=body))
    text = "\n".join(lines)
    assert "title: Norvik gets a ferry" in text
    assert "(from json-ld)" in text
    assert "left out: nav [nav by main-nav]: The Quay Post" in text
    assert any(line.startswith("p     kept: ") for line in lines)
    assert "unexplained" not in text

"""Sentences of the story that are links are text; links to other stories are not."""

from __future__ import annotations

import pytest

from tests.extraction.stories import PARAGRAPHS, read

SENTENCE = "“We have waited nine years for this light,” the mayor wrote in a post on Monday."


def set_between(markup: str) -> str:
    story = [f"<p>{p}</p>" for p in PARAGRAPHS]
    return read("".join([*story[:2], markup, *story[2:]])).text


@pytest.mark.parametrize(
    "markup",
    [
        "<p><a href='https://posts.example/1'>{}</a></p>",
        "<blockquote><a href='https://posts.example/1'>{}</a></blockquote>",
        "<blockquote><p><a href='https://posts.example/1'>{}</a></p></blockquote>",
        "<ul><li>The divers come back on Friday with a new cable.</li><li><a href='/1'>{}</a></li><li>The raffle is drawn in May at the harbour.</li></ul>",
    ],
)
def test_a_sentence_of_the_story(markup: str) -> None:
    assert SENTENCE in set_between(markup.format(SENTENCE))


@pytest.mark.parametrize(
    "markup",
    [
        "<p><a href='/news/1'>Storm damages the pier of Gull Point and two boats</a></p>",
        "<p><a href='/news/1'>Read also: The storm has damaged the pier and two boats.</a></p>",
        "<ul><li><a href='/1'>The storm has damaged the pier and two boats.</a></li><li><a href='/2'>The pier is closed to all for now.</a></li></ul>",
        "<p><a href='/1'>The storm has damaged the pier and two boats.</a></p><p><a href='/2'>The pier is closed to all for now, again.</a></p>",
    ],
)
def test_links_to_other_stories(markup: str) -> None:
    text = set_between(markup)
    assert "pier" not in text
    assert all(p in text for p in PARAGRAPHS)

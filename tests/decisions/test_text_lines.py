"""What a worker reads of a text's lines is all that site memory asks of the text."""

from __future__ import annotations

import pickle
from itertools import chain

import pytest

from pipelines.decisions.boilerplate import SiteMemory, strip, tell_stories
from pipelines.decisions.stories import find_fingerprints, find_fingerprints_of_words
from pipelines.decisions.text_lines import TextLines, read_text_lines, split_lines
from pipelines.extraction.tokens import split, split_sentences

NOTE = "## The evening letter\n\nThe evening letter comes by boat, and by boat alone.\n\nWhy?"
CORRECTION = "! Correction: an earlier version of this article gave another year."
TOPICS = ["heron", "turbine", "mayor", "bakery", "lighthouse", "orchestra", "glacier", "tunnel", "vineyard"]


def story(topic: str) -> str:
    """An article with lines that recur, in two blocks of which one has two lines."""
    return "\n\n".join(
        [
            f"The {topic} drew a crowd to the harbour.\nNobody knew the {topic} before.",
            f"Witnesses spoke of a {topic} unlike all others, and of a crowd that came for the {topic}.",
            NOTE,
            CORRECTION,
            f"{topic}についての記事です。",
        ]
    )


def sent(text: str) -> TextLines:
    """The lines of a text as they come from another process."""
    lines: TextLines = pickle.loads(pickle.dumps(read_text_lines(text)))
    return lines


def test_lines_that_a_worker_read_teach_what_the_text_teaches():
    by_text, by_lines = SiteMemory(), SiteMemory()
    for number, topic in enumerate(TOPICS):
        text = story(topic)
        assert by_text.learn(str(number), text) == by_lines.learn(str(number), text, sent(text))
        assert by_text.window == by_lines.window
        assert by_text.pieces == by_lines.pieces
    assert by_text.known == by_lines.known
    assert "The evening letter comes by boat, and by boat alone." in by_lines.known.values()


@pytest.mark.parametrize("stored", range(1, len(TOPICS)))
def test_texts_of_an_earlier_crawl_teach_the_same_though_their_sentences_are_found_later(stored):
    texts = [story(topic) for topic in TOPICS]
    earlier = SiteMemory()
    for number, text in enumerate(texts[:stored]):
        earlier.learn(str(number), text)
    at_once, later = SiteMemory(dict(earlier.known)), SiteMemory(dict(earlier.known))
    known = frozenset(earlier.known)
    for name, lines in earlier.window.items():
        at_once.remember(name, lines, texts[int(name)])
        later.recall(name, lines, texts[int(name)], known)
    assert later.pieces == {}
    assert at_once.learn("next", texts[stored]) == later.learn("next", texts[stored])
    assert at_once.known == later.known
    assert at_once.pieces == {name: later._pieces(name) for name in later.window}, "as known then, not now"


def test_a_text_is_stripped_by_the_keys_of_its_lines():
    memory = SiteMemory()
    for number, topic in enumerate(TOPICS):
        memory.learn(str(number), story(topic))
    text = story("ferry")
    assert memory.strip(text, sent(text)) == strip(text, memory.known) != text
    other = "Nothing of this was ever read before.\n\nNor was this."
    assert memory.strip(other, sent(other)) is other


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("One came. Two went? Three", ["One came.", "Two went?", "Three"]),
        ("“He came.” “She went!” they said.", ["“He came.", "“She went!", "they said."]),
        ("… and so on. End", ["and so on.", "End"]),
        ("Really?! Yes", ["Really?", "Yes"]),
        ("一行目。二行目。", ["一行目。", "二行目。"]),
        ("", []),
    ],
)
def test_sentences_of_a_line(line, sentences):
    assert split_sentences(line) == sentences


@pytest.mark.parametrize(
    ("names", "least", "told"),
    [
        ("abc", 3, True),
        ("abA", 3, False),
        ("abAc", 3, True),
        ("aA", 3, False),
        ("", 0, True),
        ("ab", 2.5, False),
    ],
)
def test_articles_tell_so_many_stories(names, least, told):
    """Letters stand for articles; a capital tells the story of the small one."""
    assert tell_stories(names, least, lambda one, other: one.lower() == other.lower()) is told


@pytest.mark.parametrize(
    "line",
    [
        "The İstanbul ferry",
        "Straße, STRASSE and ΟΔΟΣ",
        "東京の船、the boat",
        "เรือไปเกาะ",
        "don't re-enter",
        "배가 섬으로",
    ],
)
def test_a_text_has_the_words_of_its_lines(line):
    text = "\n\n".join(f"{line} {number}\n{line}" for number in range(40))
    words = [*chain.from_iterable(split_lines(text))]
    assert words == split(text)
    assert find_fingerprints_of_words(words) == find_fingerprints(text) != []
    assert read_text_lines(text, split_lines(text)) == read_text_lines(text)

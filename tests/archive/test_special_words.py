"""Special words: what more of the hits have than of the others, within a language, and by how much more than chance."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from math import log
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipelines.archive.search import word_numbers
from pipelines.archive.search.likely_words import find_special_words, log_likelihood
from pipelines.archive.search.match import Filters
from pipelines.archive.search.special_words import SAMPLE, draw, read_special_words
from pipelines.archive.search.word_counts import LEFT_OUT, Text, count_words, number_texts
from pipelines.archive.search.word_numbers import words_of
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_FILTERS = Filters()


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(build(tmp_path_factory.mktemp("words") / "archive.db", 500))) as found:
        yield found


@pytest.mark.parametrize(
    ("table", "ratio"),
    [
        ((10, 100, 10, 100), 0),
        ((0, 100, 0, 100), 0),
        ((100, 100, 100, 100), 0),
        # all of one side and none of the other: 2 · n · ln 2 over all articles
        ((50, 50, 0, 50), 2 * 100 * log(2)),
        # by hand, from the four cells and what is expected of each
        (
            (20, 100, 5, 100),
            2 * (20 * log(20 / 12.5) + 80 * log(80 / 87.5) + 5 * log(5 / 12.5) + 95 * log(95 / 87.5)),
        ),
    ],
)
def test_the_ratio_is_that_of_the_table(table: tuple[int, int, int, int], ratio: float) -> None:
    assert log_likelihood(*table) == pytest.approx(ratio)


WORDS = [
    ("The Mayor's 2026 budget, the budget!", {"the", "mayor's", "budget"}),
    ("東京都の港", {"東京", "京都", "都の", "の港"}),
    ("Überfall straßenbahn a", {"überfall", "strassenbahn"}),
    ("1234 _x 5G", set()),
    ("so-called\xa0‘well-\tknown’ -x- 3d-printed", {"so-called", "well", "known", "d-printed"}),
    ("東京AI都 東京", {"東京", "京a", "ai", "i都"}),
    (
        "überall ein Donaudampfschifffahrtskapitän, Donaudampfschifffahrtskapitäne",
        {"überall", "ein", "donaudampfschifffahrtskapitän", "donaudampfschifffahrtskapitäne"},
    ),
    ("\x00\x1c東\u2028A\n", set()),
    ("", set()),
    ("“Well”—known’s ’tis 東-都 東-", {"well", "known’s", "tis", "東-", "-都"}),
]


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_words_are_told_apart_in_every_script(text: str, words: set[str]) -> None:
    assert words_of(text) == words


def test_each_text_counts_once_for_each_of_its_words() -> None:
    texts = [Text(language, text) for language in ("en-GB", "en", "th") for text, _ in WORDS]
    words, numbered = number_texts(texts)
    counts = count_words(numbered, words)
    assert counts.texts == {"en": 2 * len(WORDS)}
    assert [one.language for one in numbered] == ["en"] * 2 * len(WORDS) + ["th"] * len(WORDS)
    expected = Counter(
        word for text in texts if text.language not in LEFT_OUT for word in words_of(text.text)
    )
    found = counts.words["en"]
    assert {words[number]: found[number] for number in found.nonzero()[0]} == expected


def test_equal_words_have_one_number() -> None:
    texts = [f"word{'s' * length} {'s' * length}word und ähnliche a{length}b" for length in range(30)] * 2
    words, numbers = word_numbers.number_words(texts)
    assert [{words[number] for number in one} for one in numbers] == [words_of(text) for text in texts]
    assert len(words) == len(set().union(*map(words_of, texts)))
    assert len(word_numbers.number_words([])[0]) == 0


@pytest.mark.parametrize("hashes", [[], [7], [5, 2**63, 5, 7, 2**63], [6, 5, 7, 6, 5, 2**63, 2**63 + 1]])
def test_equal_hashes_have_one_number_and_those_of_the_same_beginning_have_not(hashes: list[int]) -> None:
    given = np.array(hashes, "<u8")
    _, first, numbers = np.unique(given, return_index=True, return_inverse=True)
    found = word_numbers.number_equal(given)
    assert [one.tolist() for one in found] == [first.tolist(), numbers.tolist()]


def test_a_word_is_compared_within_its_language() -> None:
    german, thai = [Text("de", "die Fähre")] * 2, [Text("th", "เรือ")] * 9
    hits = [*[Text("en-GB", "the ferry is late")] * 40, *german, *thai]
    rest = [*[Text("en", "the council")] * 40, *[Text("de", "die Steuer")] * 60]
    words, texts = number_texts([*hits, *rest])
    whole = count_words(texts, words)
    counts, others = count_words(texts[: len(hits)], words), count_words(texts[len(hits) :], words)
    found = find_special_words(words, counts, others, 10)
    assert find_special_words(words, counts, whole.without(counts), 10) == found
    assert [one.word for one in found] == ["ferry", "is", "late"]
    assert found[0][1:6] == ("en", 40, 40, 0, 40)
    assert find_special_words(words, counts, others, 10, without={"ferry"})[0].word == "is"
    assert [one.word for one in find_special_words(words, counts, others, 1)] == ["ferry"]
    assert find_special_words(words, others, others, 10) == []


def test_an_archive_tells_what_goes_with_a_word(db: sqlite3.Connection) -> None:
    found = read_special_words(db, "harbour", NO_FILTERS)
    total = db.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'harbour'").fetchone()[0]
    assert (found.total, found.read, found.problem) == (total, min(total, SAMPLE), "")
    (group,) = found.groups
    words = {one.word: one for one in group.words}
    assert "harbour" not in words
    tunnel = words["tunnel"]  # the phrase-book's one subject with the word
    sql = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'harbour AND tunnel'"
    assert tunnel.hits == db.execute(sql).fetchone()[0]
    assert list(group.words) == sorted(group.words, key=lambda one: -one.ratio)
    assert all(one.hits / one.of_hits > one.rest / one.of_rest for one in group.words)
    assert read_special_words(db, "harbour", NO_FILTERS) == found  # the same articles are drawn again


def test_sources_and_months_are_told_apart(db: sqlite3.Connection) -> None:
    found = read_special_words(db, "council", NO_FILTERS, by="source")
    articles = [group.articles for group in found.groups]
    assert articles == sorted(articles, reverse=True)
    assert sum(articles) == found.read
    assert "The Harbour Herald" in {group.name for group in found.groups}
    months = [group.key for group in read_special_words(db, "", NO_FILTERS, by="month").groups]
    assert months == sorted(months)
    assert {"2026-09", "2026-10"} < set(months)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Say what to look for"),
        ("  ", "Say what to look for"),
        ('"', "quotation mark"),
        ("source:nix a", "no source nix"),
    ],
)
def test_what_cannot_be_compared_is_said(db: sqlite3.Connection, text: str, problem: str) -> None:
    found = read_special_words(db, text, NO_FILTERS)
    assert problem in found.problem
    assert not any(group.words for group in found.groups)


def test_a_sample_is_even_and_has_no_row_twice() -> None:
    rows = list(range(1000))
    drawn = draw(rows, 300)
    assert len(set(drawn)) == 300
    assert {place // 100 for place in drawn} == set(range(10))
    assert draw(rows[:5], 300) == rows[:5]


@pytest.mark.parametrize("query", ["council", "author:a* OR council"])
def test_of_a_bounded_page_the_latest_articles_alone_are_read(db: sqlite3.Connection, query: str) -> None:
    found = read_special_words(db, query, NO_FILTERS, latest=100)
    whole = read_special_words(db, query, NO_FILTERS)
    assert 0 < found.total < whole.total
    assert 0 < found.read + found.compared <= 100
    assert "Only the latest 100 articles" in found.problem

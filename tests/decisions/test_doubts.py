"""A page that is not recognised as an error, and yet is hardly the article: it replaces the article at the second look."""

from __future__ import annotations

import pytest

from pipelines.decisions.doubts import Doubt, find_doubt, mark_of, next_doubt
from pipelines.items import Article

TEXT = "\n\n".join(
    f"In year {n} the ferry over the sound carried {n * 37} people and {n * 3} carts, the {n}th master wrote down by hand."
    for n in range(12)
)
HELD = Article(url="https://d.example/a", title="Ferry over the sound is back after the storm", text=TEXT)
SHORT_HELD = Article(url="https://d.example/b", title="Ferry is back", text=" ".join(TEXT.split()[:90]))
MONDAY, NOON, TUESDAY = "2026-11-23T09:00:00+00:00", "2026-11-23T21:00:00+00:00", "2026-11-24T09:30:00+00:00"


def now(title: str, text: str, **more: str) -> Article:
    return Article(url="https://d.example/a", title=title, text=text, **more)


STRANGE = [
    now(
        "Something is wrong",
        "The machine that makes our pages is resting. Its keepers know. Reference 5f3a91.",
    ),
    now("Wartung", "Wir sind gleich zurück. Bitte versuchen Sie es in einigen Minuten noch einmal."),
    now("Un instant", "Nos équipes travaillent au retour du site. Merci de votre patience."),
    now("ただいま準備中です", "しばらくしてからもう一度お試しください。ご不便をおかけしております。"),
    now("Технические работы", "Сайт временно не работает. Зайдите позже."),
    now("Your region", "This publication does not serve readers where you are. Write to us."),
    now("Daily Example", "Welcome. Choose a topic above to begin."),
    now("", "Ray ID 8f2 of 23 November."),
    now("Oops", "Nope. Try the front page.", published_at="2026-11-20", published_from="feed"),
    now("Oops", "Nope. Try the front page.", published_at="2026-11-20", published_from="url"),
    now("Oops", "Nope. It is 23 November 2026.", published_at="2026-11-23", published_from="text"),
]


@pytest.mark.parametrize("page", STRANGE, ids=lambda page: page.title)
@pytest.mark.parametrize("held", [HELD, SHORT_HELD], ids=["long", "short"])
def test_a_stranger_in_an_articles_place_is_doubted(held: Article, page: Article) -> None:
    assert "words where the article has" in find_doubt(held, page)


@pytest.mark.parametrize(
    "page",
    [
        now(HELD.title, "The text was withdrawn."),
        now("Ferry over the sound is back", TEXT[:120]),
        now("All lines run again", TEXT + "\n\nOn Monday all lines ran again."),
        now("All lines run again", TEXT[: len(TEXT) // 3]),
        now("Withdrawn", "The editors withdrew this.", published_at="2026-11-23", published_from="json-ld"),
        now("Withdrawn", "The editors withdrew this.", published_at="2026-11-23", published_from="meta"),
    ],
    ids=["same title", "title shortened", "new title", "cut short", "dated", "dated by meta"],
)
def test_what_a_publisher_does_to_an_article_is_not_doubted(page: Article) -> None:
    assert find_doubt(HELD, page) == ""


def test_two_looks_a_day_apart_must_agree() -> None:
    page = STRANGE[0]
    first = next_doubt(None, page, MONDAY)
    assert first == Doubt(mark_of(page), MONDAY)
    assert next_doubt(first, page, NOON) == first
    assert next_doubt(first, page, TUESDAY) is None


def test_another_stranger_begins_anew() -> None:
    first = next_doubt(None, STRANGE[0], MONDAY)
    assert next_doubt(first, STRANGE[1], TUESDAY) == Doubt(mark_of(STRANGE[1]), TUESDAY)


def test_numbers_and_identifiers_make_no_other_page() -> None:
    first = next_doubt(None, now("Oops", "Something broke. Reference 5f3a91 at 9:00."), MONDAY)
    assert next_doubt(first, now("Oops", "Something broke. Reference 77c0de at 9:31."), TUESDAY) is None

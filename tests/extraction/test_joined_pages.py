"""Pages of one article: which belong to it, and what they say together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.extraction import tokens
from pipelines.extraction.content.line_filters import _is_pager
from pipelines.extraction.joined_pages import Fit, join_fitting, judge_page
from pipelines.items import Article, Outcome

URL = "https://d.example/news/long-read"
FIRST = Article(
    url=URL,
    title="A long read on the quay",
    standfirst="What the harbour was",
    text="The quay was built in 1887 by hand.\n\nIt was never finished, they say.\n\nNina Aster writes on harbours.",
    published_at="2026-11-20T08:00:00+01:00",
    published_from="json-ld",
    continues_at=f"{URL}?page=2",
)
SECOND = replace(
    FIRST,
    url=f"{URL}?page=2",
    text="What the harbour was\n\nThe second chapter begins at the lighthouse.\n\nNina Aster writes on harbours.",
    published_at="2026-11-20T09:00:00+01:00",
    continues_at="",
)


@pytest.mark.parametrize(
    ("change", "fit"),
    [
        ({}, Fit.PAGE),
        ({"title": "A long read on the quay, page 2"}, Fit.PAGE),
        ({"title": "A long read on the quay: the lighthouse"}, Fit.PAGE),
        ({"title": ""}, Fit.PAGE),
        ({"title": "The lighthouse", "url": URL}, Fit.PAGE),
        ({"published_at": None, "published_from": None}, Fit.PAGE),
        ({"title": "The lighthouse keeper retires"}, Fit.OTHER),
        ({"published_at": "2026-11-13"}, Fit.OTHER),
        ({"published_at": "2026-11-13", "url": URL}, Fit.OTHER),
        ({"published_at": "2026-11-13", "published_from": "url"}, Fit.PAGE),
        ({"text": FIRST.text}, Fit.SAME_TEXT),
        ({"text": f"{FIRST.text}\n\n14 comments"}, Fit.SAME_TEXT),
        ({"text": "", "outcome": Outcome.EMPTY}, Fit.NO_TEXT),
        ({"text": "", "outcome": Outcome.EXCLUDED}, Fit.NO_TEXT),
    ],
)
def test_which_pages_belong_to_an_article(change: dict[str, object], fit: Fit) -> None:
    assert judge_page([FIRST], replace(SECOND, **change)) is fit  # type: ignore[arg-type]


def test_pages_are_joined_in_their_order_and_what_they_repeat_is_there_once() -> None:
    third = replace(
        SECOND, text="The third and last chapter.\n\nNina Aster writes on harbours.", access="paywalled"
    )
    joined = join_fitting([FIRST, replace(SECOND, continues_at=f"{URL}?page=3"), third])
    article = joined.article
    assert article.text.split("\n\n") == [
        "The quay was built in 1887 by hand.",
        "It was never finished, they say.",
        "The second chapter begins at the lighthouse.",
        "The third and last chapter.",
        "Nina Aster writes on harbours.",
    ]
    assert (article.url, article.continues_at, article.access, joined.pages) == (URL, "", "paywalled", 3)
    assert article.word_count == tokens.count(article.text)
    assert article.content_hash == tokens.content_hash(FIRST.title, FIRST.standfirst, article.text)


@pytest.mark.parametrize(
    ("page", "continues_at"),
    [
        (replace(SECOND, text="", outcome=Outcome.EMPTY), f"{URL}?page=2"),
        (replace(SECOND, text=FIRST.text), ""),
        (replace(SECOND, title="The lighthouse keeper retires"), ""),
    ],
)
def test_an_article_continues_where_its_next_page_has_no_text_and_ends_where_it_is_another(
    page: Article, continues_at: str
) -> None:
    joined = join_fitting([FIRST, page, SECOND])
    assert (joined.article.text, joined.article.continues_at, joined.pages) == (FIRST.text, continues_at, 1)


@pytest.mark.parametrize(
    "line", ["1 2 3", "Page 1 2", "1 | 2 | 3 »", "2 3 4", "Seite: 1 2 3 4", "[1] [2]", "ページ 1 2 3"]
)
def test_a_pager_is_no_text(line: str) -> None:
    assert _is_pager(line)


@pytest.mark.parametrize(
    "line", ["10 9 8", "3 5", "1", "2-3", "1, 2 and 3", "2024 2025", "1/8 Farmers", "Line 1 2 trains"]
)
def test_other_lines_with_numbers(line: str) -> None:
    assert not _is_pager(line)

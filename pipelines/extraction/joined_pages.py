"""Articles in several pages: is a page the next one of an article, and what do its pages say together? Pure.

A page belongs to an article when it names the same address as its own, or has the same headline; when it states no
other day; and when it has text that the pages before it have not.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from pipelines.extraction import tokens
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.items import Article

MOST_PAGES = 20
"""Pages of one article that are fetched at most; the longest seen on news sites have about a dozen."""

_SAME_TITLE = 0.8
"""Likeness of the headlines of two pages of one article at least; some have the chapter's name behind it."""

_LEAST_NEW = 25
"""Letters of text that a further page must bring."""

_STATED = frozenset({"json-ld", "meta"})
"""Where a page states its own date."""


class Fit(StrEnum):
    """What the page at the address of an article's next page is."""

    PAGE = "page"
    NO_TEXT = "no text"
    SAME_TEXT = "same text"
    """It repeats the pages before it: a pager of comments, or the last page again."""
    OTHER = "other article"


def judge_page(before: Sequence[Article], page: Article) -> Fit:
    """Tell whether a page goes on where the pages `before` it end. `before` is not empty."""
    first = before[0]
    if page.outcome is not None:
        return Fit.NO_TEXT
    if not _is_same_article(first, page):
        return Fit.OTHER
    known = [block for article in before for block in _blocks(article.text)]
    new = set(_blocks(page.text)) - set(known)
    return Fit.PAGE if sum(map(len, new)) >= _LEAST_NEW else Fit.SAME_TEXT


def _is_same_article(first: Article, page: Article) -> bool:
    stated = {first.published_from, page.published_from} <= _STATED
    if stated and (first.published_at or "")[:10] != (page.published_at or "")[:10]:
        return False
    if normalize.key(page.url) == normalize.key(first.url):
        return True
    return not page.title or tokens.likeness(first.title, page.title) >= _SAME_TITLE


class Joined(NamedTuple):
    """One article out of its first `pages` pages."""

    article: Article
    pages: int


def join_fitting(articles: Sequence[Article]) -> Joined:
    """Join as many pages as belong to the article of the first one. `articles` is not empty."""
    pages = [articles[0]]
    for page in articles[1:] if articles[0].outcome is None else ():
        fit = judge_page(pages, page)
        if fit is Fit.PAGE:
            pages.append(page)
            continue
        if ends_article(fit):
            pages[-1] = replace(pages[-1], continues_at="")
        break
    return Joined(join_pages(pages), len(pages))


def ends_article(fit: Fit) -> bool:
    """Whether such a page at the next address means that the article ended before it."""
    return fit in (Fit.SAME_TEXT, Fit.OTHER)


def join_pages(pages: Sequence[Article]) -> Article:
    """Return one article with the text of all pages, in their order. `pages` is not empty.

    Everything else is the first page's. What a page repeats of those before it, at its beginning (the intro) and at its
    end (a note on the author), is there once.
    """
    first = pages[0]
    if len(pages) == 1:
        return first
    blocks = _blocks(first.text)
    for page in pages[1:]:
        blocks = _append(blocks, _blocks(page.text), first)
    text = "\n\n".join(blocks)
    return replace(
        first,
        text=text,
        word_count=tokens.count(text),
        content_hash=tokens.content_hash(first.title, first.standfirst, text),
        access="paywalled" if any(page.access == "paywalled" for page in pages) else first.access,
        continues_at=pages[-1].continues_at,
    )


def _append(blocks: list[str], further: list[str], first: Article) -> list[str]:
    """Return the blocks with those of a further page behind them."""
    tail = 0
    while tail < min(len(blocks), len(further)) and blocks[-1 - tail] == further[-1 - tail]:
        tail += 1
    ending = further[len(further) - tail :]
    body = further[: len(further) - tail]
    known = {*blocks, first.standfirst, first.title, f"## {first.title}"}
    begin = next((place for place, block in enumerate(body) if block not in known), len(body))
    return [*blocks[: len(blocks) - tail], *body[begin:], *ending]


def _blocks(text: str) -> list[str]:
    return [block for block in text.split("\n\n") if block.strip()]

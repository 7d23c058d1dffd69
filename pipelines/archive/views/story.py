"""A story: the articles of one or more papers that carry the same text, who had it first, and what each did with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipelines.archive.derived_columns import PUBLICATION
from pipelines.archive.search.results import parse_list
from pipelines.decisions.agencies import find_agencies
from pipelines.decisions.stories import Overlap, measure_overlap

if TYPE_CHECKING:
    import sqlite3

MOST_ARTICLES = 100
"""Articles of a story that are read; more are counted."""


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """An article of a story. `overlap` compares its text with that of the story's first article; None for that one."""

    id: int
    url: str
    title: str
    source: str
    source_name: str
    published_at: str | None
    published_utc: str | None
    published_from: str | None
    first_seen_at: str
    word_count: int
    text: str
    agencies: tuple[str, ...] = ()
    overlap: Overlap | None = None


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story; `articles` stand in the order of publication, `total` counts all of them and `sources` their papers.

    `first_seen` is the article that was archived first. `is_sure` is whether the first by publication is: its clock time is
    known and so is that of all others that day.
    """

    id: int
    articles: tuple[StoryArticle, ...]
    total: int
    sources: int
    first_seen: StoryArticle
    is_sure: bool

    @property
    def agencies(self) -> tuple[str, ...]:
        """The agencies that any of the articles names."""
        return tuple(dict.fromkeys(name for article in self.articles for name in article.agencies))


def read_story(db: sqlite3.Connection, article_id: int) -> StoryView | None:
    """Read the story that an article belongs to; None when it belongs to none."""
    row = db.execute("SELECT story_id FROM articles WHERE id = ?", [article_id]).fetchone()
    if row is None or row[0] is None:
        return None
    (story_id,) = row
    total, sources = db.execute(
        "SELECT count(*), count(DISTINCT source_id) FROM articles WHERE story_id = ?", [story_id]
    ).fetchone()
    articles = _read_articles(db, story_id)
    first = articles[0]
    compared = tuple(article if article is first else _compare(first, article) for article in articles)
    return StoryView(
        story_id,
        compared,
        total,
        sources,
        min(compared, key=lambda article: article.first_seen_at),
        is_first_sure(articles),
    )


def is_first_sure(articles: list[StoryArticle]) -> bool:
    """Whether it is known which article was published first: by its clock time, and the others name a later time or day."""
    first = articles[0]
    if first.published_utc is None or first.published_at is None:
        return False
    day = first.published_at[:10]
    return all(
        article.published_utc > first.published_utc
        if article.published_utc is not None
        else (article.published_at or "")[:10] > day
        for article in articles[1:]
    )


def _read_articles(db: sqlite3.Connection, story_id: int) -> list[StoryArticle]:
    """The articles by time of publication; those that name only a day at that day's end."""
    rows = db.execute(
        "SELECT a.id, a.url, coalesce(a.title, a.url), a.source_id, coalesce(s.name, a.source_id), a.published_at,"
        " a.published_utc, a.published_from, a.first_seen_at, a.word_count, a.text, a.authors FROM articles a"
        " LEFT JOIN sources s ON s.id = a.source_id WHERE a.story_id = ?"
        f" ORDER BY {PUBLICATION.format(row='a.')} LIMIT ?",
        [story_id, MOST_ARTICLES],
    ).fetchall()
    return [_make_article(row) for row in rows]


def _make_article(row: Any) -> StoryArticle:
    article = StoryArticle(*row[:11])
    return replace(article, agencies=find_agencies(parse_list(row[11]), article.text))


def _compare(first: StoryArticle, article: StoryArticle) -> StoryArticle:
    return replace(article, overlap=measure_overlap(first.text, article.text))

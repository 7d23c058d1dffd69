"""What pages and commands show of the archive: read, never written. Functions take an open connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.archive.search.results import names

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Overview:
    """What is there: `since` and `until` are days, None in an empty archive."""

    articles: int
    sources: int
    since: str | None
    until: str | None
    crawl: LastCrawl | None
    changed: int
    gone: int
    by_source: tuple[tuple[str, str, int], ...]
    """Source id, name, articles; most first."""
    alarms: int
    """How many last."""


@dataclass(frozen=True, slots=True)
class LastCrawl:
    """The last run; `finished_at` is None while it runs, or when it was killed."""

    id: int
    started_at: str
    finished_at: str | None
    exit_code: int | None
    outcomes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Capture:
    """Where the page as fetched lies; `warc_file` is relative to `warc/` beside the archive."""

    id: int
    url: str
    fetched_at: str
    status: int | None
    mime: str | None
    sha256: str | None
    warc_file: str | None
    warc_offset: int | None
    warc_length: int | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of an article; the one with the highest number is today's.

    `seen_at` is when we archived it. Today's is dated by its capture.
    """

    number: int
    seen_at: str
    title: str
    standfirst: str
    text: str
    modified_at: str | None
    capture_id: int | None
    change: str | None = None
    """How the publisher went on from it, as noted then: a JSON list of kinds."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another article of the same story, or with the same text."""

    id: int
    title: str
    source_name: str
    published_at: str | None
    same: bool


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article with all that is shown around it. `row` has the columns of `articles` and `source_name`."""

    row: dict[str, Any]
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    day: str
    capture: Capture | None
    versions: tuple[VersionView, ...]
    siblings: tuple[Sibling, ...]

    @property
    def blocks(self) -> tuple[TextBlock, ...]:
        """The text, block by block."""
        return blocks(self.row["text"])


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A run of text: `heading`, `item`, `quotation` or `paragraph`; its text without the mark before it."""

    kind: str
    text: str


MARKS = (("## ", "heading"), ("- ", "item"), ("> ", "quotation"))
"""What begins a block of text, and the kind of block it makes."""


def blocks(text: str) -> tuple[TextBlock, ...]:
    """The blocks of an article's text: a blank line parts them; a list's items may follow line by line."""
    found: list[TextBlock] = []
    for piece in text.split("\n\n"):
        lines = piece.split("\n") if piece.startswith(("- ", "> ")) else [piece]
        for line in lines:
            mark, kind = next(((m, k) for m, k in MARKS if line.startswith(m)), ("", "paragraph"))
            if line.strip():
                found.append(TextBlock(kind, line[len(mark) :].strip()))
    return tuple(found)


def overview(db: sqlite3.Connection) -> Overview:
    """The numbers of the front page, from the narrow tables alone."""
    articles, changed, gone = db.execute(
        "SELECT coalesce(sum(articles), 0), coalesce(sum(articles * changed), 0),"
        " coalesce(sum(articles * gone), 0) FROM _facet_groups"
    ).fetchone()
    since, until = db.execute("SELECT min(day), max(day) FROM _source_days WHERE articles > 0").fetchone()
    by_source = db.execute(
        "SELECT s.id, s.name, coalesce(sum(h.articles), 0) AS n FROM sources s"
        " LEFT JOIN _facet_groups h ON h.source_id = s.id GROUP BY s.id ORDER BY n DESC, s.name"
    ).fetchall()
    crawl = last_crawl(db)
    return Overview(
        articles, len(by_source), since, until, crawl, changed, gone, tuple(by_source), _alarms(db)
    )


def _alarms(db: sqlite3.Connection) -> int:
    """None in an archive of before there were alarms."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'alarms'").fetchone():
        return 0
    count: int = db.execute("SELECT count(*) FROM alarms WHERE until IS NULL").fetchone()[0]
    return count


def last_crawl(db: sqlite3.Connection) -> LastCrawl | None:
    """The run that began last, with its outcomes, most first."""
    row = db.execute(
        "SELECT id, started_at, finished_at, exit_code FROM crawls ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    outcomes = db.execute(
        "SELECT outcome, count(*) AS n FROM outcomes WHERE crawl_id = ? GROUP BY outcome ORDER BY n DESC",
        [row[0]],
    )
    return LastCrawl(row[0], row[1], row[2], row[3], tuple(outcomes))


NARROW = (
    "_article_facets NOT INDEXED",
    "_facet_groups",
    "_source_days",
    "_article_terms",
    "_terms NOT INDEXED",
    "articles_fts_docsize",
    "articles_fts_idx",
    "_cjk_fts_docsize",
    "_cjk_fts_idx",
)
"""What ranking and counting look into at a place for every article found: about 150 bytes an article together."""


def read_ahead(db: sqlite3.Connection) -> None:
    """Read the narrow tables once, in the order of the file, so that the first search need not, here and there."""
    for table in NARROW:
        db.execute(f"SELECT count(*) FROM {table}").fetchone()


def crawls_began(db: sqlite3.Connection, limit: int) -> dict[int, str]:
    """When each of the last crawls began, by its id."""
    return dict(db.execute("SELECT id, started_at FROM crawls ORDER BY id DESC LIMIT ?", [limit]))


def article(db: sqlite3.Connection, number: int) -> ArticleView | None:
    """An article with its versions, capture and story; None when there is none of that number."""
    row = one(
        db,
        "SELECT a.*, coalesce(s.name, a.source_id) AS source_name, s.home AS source_home,"
        " coalesce(h.day, substr(a.first_seen_at, 1, 10)) AS day FROM articles a"
        " LEFT JOIN sources s ON s.id = a.source_id LEFT JOIN _article_facets h ON h.article_id = a.id"
        " WHERE a.id = ?",
        [number],
    )
    if row is None:
        return None
    return ArticleView(
        row,
        names(row["authors"]),
        names(row["tags"]),
        row["day"],
        capture(db, row["capture_id"]),
        versions(db, row),
        _siblings(db, row),
    )


def capture(db: sqlite3.Connection, number: int | None) -> Capture | None:
    """One capture, or None."""
    row = one(db, "SELECT * FROM captures WHERE id = ?", [number])
    return Capture(**{name: row[name] for name in Capture.__slots__}) if row else None


def versions(db: sqlite3.Connection, row: dict[str, Any]) -> tuple[VersionView, ...]:
    """All versions of an article (a row of `articles`), the oldest first."""
    old = db.execute(
        "SELECT number, seen_at, coalesce(title, ''), coalesce(standfirst, ''), text, modified_at, capture_id, change"
        " FROM revisions WHERE article_id = ? ORDER BY number",
        [row["id"]],
    ).fetchall()
    seen = row["first_seen_at"]
    if old:
        kept = capture(db, row["capture_id"])
        seen = kept.fetched_at if kept and kept.fetched_at > old[-1][1] else row["checked_at"]
    today = VersionView(
        row["revision"],
        seen,
        row["title"] or "",
        row["standfirst"] or "",
        row["text"],
        row["modified_at"],
        row["capture_id"],
    )
    return (*(VersionView(*version) for version in old), today)


def _siblings(db: sqlite3.Connection, row: dict[str, Any]) -> tuple[Sibling, ...]:
    of = "duplicate_of = :id OR id = :duplicate_of OR (story_id = :story_id AND story_id IS NOT NULL)"
    parts = " UNION ".join(f"SELECT id FROM articles WHERE {part}" for part in of.split(" OR "))
    found = db.execute(
        f"""
        SELECT a.id, coalesce(a.title, a.url), coalesce(s.name, a.source_id), a.published_at,
               a.content_hash = :content_hash
        FROM articles a LEFT JOIN sources s ON s.id = a.source_id
        WHERE a.id IN ({parts}) AND a.id <> :id ORDER BY a.published_at LIMIT 50
        """,
        row,
    )
    return tuple(
        Sibling(number, title, source, published, bool(same))
        for number, title, source, published, same in found
    )


def one(db: sqlite3.Connection, sql: str, values: Sequence[Any] | dict[str, Any]) -> dict[str, Any] | None:
    """The first row of a query by column name, or None."""
    cursor = db.execute(sql, values)
    row = cursor.fetchone()
    return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None

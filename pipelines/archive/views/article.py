"""An article with all that is shown around it: its versions, its capture and the other articles of its story."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipelines.archive.file_checks import has_table
from pipelines.archive.search.results import parse_list
from pipelines.archive.views.blocks import TextBlock, split_blocks

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


def host_of_origin(origin: str | None) -> str:
    """The host in the address of a web archive's copy; "" without one. Pure."""
    try:
        return urlsplit(origin or "").hostname or ""
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Capture:
    """The place of a page as fetched; `warc_file` is relative to `warc/` beside the archive."""

    id: int
    url: str
    fetched_at: str
    status: int | None
    mime: str | None
    sha256: str | None
    warc_file: str | None
    warc_offset: int | None
    warc_length: int | None
    origin: str | None = None
    """The web archive's copy that it was taken from."""

    @property
    def web_archive(self) -> str:
        """The host of the web archive that it was taken from; "" for the publisher's own answer."""
        return host_of_origin(self.origin)


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of an article; the highest `number` is the current one.

    `seen_at` is when we archived it; the capture gives it for the current version.
    """

    number: int
    seen_at: str
    title: str
    standfirst: str
    text: str
    modified_at: str | None
    capture_id: int | None
    change: str | None = None
    """The kinds of the change that followed, as noted then: a JSON list."""
    extractor: str = ""
    """The rules that read it, "" where unknown."""

    @property
    def words_sha256(self) -> str:
        """The digest of headline, standfirst and text, as `merkle.WORDS_SQL` joins them: what a manifest's line names."""
        words = "\x1f".join((self.title, self.standfirst, self.text))
        return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()

    @property
    def plain_text(self) -> str:
        """Headline, standfirst and the blocks of the text without their marks, one below the other: as a page shows them."""
        blocks = (block.text for block in split_blocks(self.text))
        return "\n".join((self.title, self.standfirst, *blocks))


@dataclass(frozen=True, slots=True)
class UnexplainedVersion:
    """A text of version `revision` that another took the place of when the page was read by other rules.

    No copy of its page was kept, so nobody knows whether the publisher had changed it too.
    """

    id: int
    revision: int
    seen_at: str
    replaced_at: str
    title: str
    standfirst: str
    text: str
    extractor: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another article of the same story, or with the same text (`same`)."""

    id: int
    title: str
    source_name: str
    published_at: str | None
    same: bool


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article. `row` has the columns of `articles`, and `source_name` and `source_home`."""

    row: dict[str, Any]
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    day: str
    capture: Capture | None
    versions: tuple[VersionView, ...]
    unexplained: tuple[UnexplainedVersion, ...]
    """The oldest first."""
    siblings: tuple[Sibling, ...]
    pages: tuple[Capture, ...] = ()
    """The pages of an article in several, of the version held; none where it has one."""
    is_backfilled: bool = False
    """Whether it was first taken from a web archive, and not from its publisher."""

    @property
    def rights(self) -> tuple[str, ...]:
        """What the page asks for: words of `articles.rights`."""
        return tuple((self.row["rights"] or "").split("; ")) if self.row["rights"] else ()

    @property
    def blocks(self) -> tuple[TextBlock, ...]:
        """The blocks of the text."""
        return split_blocks(self.row["text"])

    def as_first_seen(self, version: VersionView) -> VersionView:
        """A version with the text that the publisher's change led to: other rules may have read another since."""
        for first in self.unexplained:
            if first.revision == version.number:
                return replace(
                    version,
                    title=first.title,
                    standfirst=first.standfirst,
                    text=first.text,
                    extractor=first.extractor,
                )
        return version


def read_article(db: sqlite3.Connection, number: int) -> ArticleView | None:
    """Read an article; None when there is none of that id."""
    row = _first_row(
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
        parse_list(row["authors"]),
        parse_list(row["tags"]),
        row["day"],
        read_capture(db, row["capture_id"]),
        _read_versions(db, row),
        _read_unexplained_versions(db, number),
        _read_siblings(db, row),
        read_pages(db, number, row["revision"]),
        is_backfilled=db.execute(
            "SELECT 1 FROM urls WHERE article_id = ? AND via = 'web-archive' LIMIT 1", [number]
        ).fetchone()
        is not None,
    )


def read_capture(db: sqlite3.Connection, number: int | None) -> Capture | None:
    """Read a capture; None when there is none of that id."""
    row = _first_row(db, "SELECT * FROM captures WHERE id = ?", [number])
    # An archive of an earlier Clippings, on read-only media, knows no origin.
    return Capture(**{name: row[name] for name in Capture.__slots__ if name in row}) if row else None


def read_pages(db: sqlite3.Connection, number: int, revision: int) -> tuple[Capture, ...]:
    """The captured pages of a version of an article in several, in their order; none where it has one."""
    if not has_table(db, "article_captures"):
        return ()  # an archive of an earlier Clippings, on read-only media
    sql = "SELECT capture_id FROM article_captures WHERE article_id = ? AND revision = ? ORDER BY part"
    found = (read_capture(db, row[0]) for row in db.execute(sql, [number, revision]).fetchall())
    return tuple(capture for capture in found if capture is not None)


def _read_versions(db: sqlite3.Connection, row: dict[str, Any]) -> tuple[VersionView, ...]:
    """All versions of an article (a row of `articles`), the oldest first."""
    sql = """
        SELECT number, seen_at, coalesce(title, ''), coalesce(standfirst, ''), text, modified_at, capture_id, change,
               coalesce(extractor, '')
        FROM revisions WHERE article_id = ? ORDER BY number
    """
    old = [VersionView(*version) for version in db.execute(sql, [row["id"]])]
    current = VersionView(
        row["revision"],
        (row["revised_at"] or row["checked_at"]) if old else row["first_seen_at"],
        row["title"] or "",
        row["standfirst"] or "",
        row["text"],
        row["modified_at"],
        row["capture_id"],
        extractor=row["extractor"],
    )
    return (*old, current)


def _read_unexplained_versions(db: sqlite3.Connection, number: int) -> tuple[UnexplainedVersion, ...]:
    sql = """
        SELECT id, revision, seen_at, replaced_at, coalesce(title, ''), coalesce(standfirst, ''), text, extractor
        FROM unexplained_versions WHERE article_id = ? ORDER BY revision, id
    """
    return tuple(UnexplainedVersion(*row) for row in db.execute(sql, [number]))


def _read_siblings(db: sqlite3.Connection, row: dict[str, Any]) -> tuple[Sibling, ...]:
    conditions = (
        "duplicate_of = :id",
        "id = :duplicate_of",
        "(story_id = :story_id AND story_id IS NOT NULL)",
    )
    # An OR of them would use no index.
    ids = " UNION ".join(f"SELECT id FROM articles WHERE {condition}" for condition in conditions)
    found = db.execute(
        f"""
        SELECT a.id, coalesce(a.title, a.url), coalesce(s.name, a.source_id), a.published_at,
               a.content_hash = :content_hash
        FROM articles a LEFT JOIN sources s ON s.id = a.source_id
        WHERE a.id IN ({ids}) AND a.id <> :id ORDER BY a.published_at LIMIT 50
        """,
        row,
    )
    return tuple(Sibling(*(*values, bool(same))) for *values, same in found)


def _first_row(
    db: sqlite3.Connection, sql: str, values: Sequence[Any] | dict[str, Any]
) -> dict[str, Any] | None:
    cursor = db.execute(sql, values)
    row = cursor.fetchone()
    return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None

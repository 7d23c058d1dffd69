"""Records that several modules of the archive share: what comes to be stored, and where stored things are. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from pipelines.clean_text import clean_fields
from pipelines.items import AS_GZIP, Packing

if TYPE_CHECKING:
    from pipelines.decisions.revisions import Comparison
    from pipelines.decisions.text_lines import TextLines
    from pipelines.items import Article, Hints, Outcome

# --- the frontier


@dataclass(frozen=True, slots=True)
class FoundUrl:
    """A URL that a listing or page names: `url` as found, `key` the same for all its spellings; larger `priority` is sooner."""

    url: str
    key: str
    hints: Hints
    priority: int

    def __post_init__(self) -> None:
        clean_fields(self, "url", "key")


@dataclass(frozen=True, slots=True)
class Task:
    """A URL that is due: one row of the frontier, handed out to be fetched."""

    id: int
    source_id: str
    url: str
    hints: Hints
    attempts: int = 0
    etag: str = ""
    last_modified: str = ""
    article_id: int | None = None
    found_at: str = ""


# --- captures


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies; `warc_file` is relative to `warc/`, or a collection's file by its address; the rest in bytes."""

    warc_file: str
    warc_offset: int
    warc_length: int


class HeldPage(NamedTuple):
    """The capture of a further page of an article in several; `place` is None where its record is erased."""

    capture_id: int
    url: str
    fetched_at: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class PreviousCapture:
    """What the archive has of an article whose page is fetched again.

    `place` is of its capture, of the first page where it has several; `further` are the others in their order.
    """

    content_hash: str
    archive: str
    place: Place | None
    fetched_at: str = ""
    further: tuple[HeldPage, ...] = ()


@dataclass(frozen=True, slots=True)
class WarcRecords:
    """A page as the records to be written for it. `sha256` is of the payload, in hexadecimal.

    `response` and `request` are compressed each by itself, as `packing` says; `request` is empty when nothing is known of
    it. `head` are the response's headers, for a `revisit` record in place of the response. `size` is the payload's in
    bytes. `hops` are the redirects that led to the page. `record_sha256` is of the whole response record, uncompressed.
    `place` is set where the page lies in a collection's file already and nothing is to be written.
    `origin` is the address of a web archive's copy that it was taken from; "" for the publisher's own answer.
    """

    url: str
    fetched_at: str
    status: int
    mime: str
    sha256: str
    size: int
    record_id: str
    response: bytes = field(repr=False)
    request: bytes = field(default=b"", repr=False)
    head: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    hops: tuple[WarcRecords, ...] = field(default=(), repr=False)
    record_sha256: str = ""
    source_id: str = ""
    packing: Packing = AS_GZIP
    place: Place | None = None
    origin: str = ""

    def __post_init__(self) -> None:
        clean_fields(self, "url", "mime", "origin")


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A capture on disk, not yet in the table. `revisit` is set when the payload was stored before.

    `record_sha256` is of its own record, uncompressed: the response, or the revisit.
    """

    packed: WarcRecords
    place: Place
    record_sha256: str
    revisit: Place | None = None


# --- results


class FurtherRole(StrEnum):
    """What the page at an address is to the article whose first page, or page before it, named it as the next."""

    PART = "part"
    REPEATS = "repeats"
    """It brings nothing new: one more address of the article."""
    MISSING = "missing"
    """It could not be had, or has no text: the article continues where we cannot follow."""
    OTHER = "other"
    """It is something else, and a URL like any other."""


@dataclass(frozen=True, slots=True)
class FurtherPage:
    """The next page of an article in several. `capture_id` is set where an earlier capture stands for it."""

    url: str
    role: FurtherRole
    outcome: Outcome
    reason: str = ""
    capture: WarcRecords | None = None
    capture_id: int | None = None

    def __post_init__(self) -> None:
        clean_fields(self, "url", "reason")


@dataclass(frozen=True, slots=True)
class UrlResult:
    """What became of a task, before the archive decides.

    With an `article` that has text, `outcome` is None and the archive decides (new, unchanged, ...).
    `own_url` is the address that answered; `keys` are further keys of this page (its redirect's and its
    canonical link's). A failed URL is due again after a pause, not before `not_before`, and never when `final`.
    `links` are URLs to which the page sends its readers instead. `further` are the pages after the first of an
    article in several, in their order. `fingerprints` and `lines` are those of the article's text, where a worker found them.
    `agreement` is that of two extractors on the page, where both read it.
    """

    task: Task
    at: str
    outcome: Outcome | None = None
    reason: str = ""
    article: Article | None = None
    own_url: str = ""
    keys: tuple[str, ...] = ()
    etag: str = ""
    last_modified: str = ""
    not_before: str = ""
    final: bool = False
    links: tuple[str, ...] = ()
    capture: WarcRecords | None = None
    comparison: Comparison | None = None
    capture_id: int | None = None
    foreign_digest: str = ""
    further: tuple[FurtherPage, ...] = ()
    fingerprints: tuple[int, ...] | None = None
    lines: TextLines | None = None
    agreement: float | None = None

    def __post_init__(self) -> None:
        clean_fields(
            self,
            "reason",
            "own_url",
            "keys",
            "etag",
            "last_modified",
            "not_before",
            "links",
            "foreign_digest",
        )


@dataclass(frozen=True, slots=True)
class StoredResult:
    """An outcome as stored."""

    source_id: str
    url: str
    outcome: Outcome
    reason: str
    article: Article | None = None
    article_id: int | None = None
    further: tuple[StoredResult, ...] = ()
    """Those of the article's further pages."""

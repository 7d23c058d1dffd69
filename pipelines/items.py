"""Records that travel between the crawler, extraction and the archive. Standard library only.

What comes from outside is cleaned where a record is made, so no module meets text that cannot be stored.

A `Page` carries everything that extraction needs, so that `extract(page)` gives the same `Article`
in a crawl, in a worker process, in a test and in a replay of stored pages.

Times are ISO 8601 text with an offset (`2026-11-23T09:30:00+09:00`), or a bare date where that is
all that is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pipelines.clean_text import clean_fields


class Outcome(StrEnum):
    """The result of one URL in one crawl; every URL that is requested gets exactly one."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    NOT_ARTICLE = "not_article"
    EMPTY = "empty"
    EXCLUDED = "excluded"
    GONE = "gone"
    FAILED = "failed"
    DEFERRED = "deferred"


class Noarchive(StrEnum):
    """What is kept of a page that asks not to be archived (docs/rights.md)."""

    TEXT = "text"
    """Text and metadata, without a copy of the page."""
    EXCLUDE = "exclude"
    """Nothing."""
    KEEP = "keep"
    """All, the page too, for those who have the right to."""


class CaptureFormat(StrEnum):
    """How the records of captures are compressed (docs/captures.md)."""

    GZIP = "gzip"
    ZSTD = "zstd"
    NONE = "none"
    """Not yet: the writer does it."""


CAPTURE_FORMATS = (CaptureFormat.GZIP, CaptureFormat.ZSTD)
"""Those of which a person has the choice."""


class Corrected(NamedTuple):
    """What a person put in place of an article's fields; None where what was read from the page stands."""

    title: str | None = None
    authors: tuple[str, ...] | None = None
    published_at: str | None = None


@dataclass(frozen=True, slots=True)
class Packing:
    """How records are compressed. `dictionary` is the path of the WARC file whose dictionary their zstd frames need."""

    format: CaptureFormat = CaptureFormat.GZIP
    dictionary: str = ""


AS_GZIP = Packing()


@dataclass(frozen=True, slots=True)
class Hints:
    """What a feed or sitemap states about a URL before it is fetched. Empty means it states nothing.

    `via` is the kind of listing: `feed`, `sitemap`, `news-sitemap`, `section`, `given`.
    """

    via: str = ""
    title: str = ""
    published_at: str = ""
    modified_at: str = ""
    section: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        clean_fields(self, "title", "published_at", "modified_at", "section", "language", "authors", "tags")


@dataclass(frozen=True, slots=True)
class Rules:
    """One site's own extraction rules, from the `[[rules]]` tables of its TOML file.

    Each selector is CSS, or XPath when it begins with `/`, `./` or `(`. `until` (`YYYY-MM-DD`) is the
    last day, by the time the page was fetched, on which these rules hold; empty means they hold today.
    """

    until: str = ""
    body: tuple[str, ...] = ()
    prune: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    standfirst: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    section: tuple[str, ...] = ()


class Rendering(StrEnum):
    """When a source's pages are shown by a browser before they are read."""

    NEVER = "never"
    AUTO = "auto"
    """Where no text is found otherwise."""
    ALWAYS = "always"


EXTRACTORS = ("own", "trafilatura")
"""Who finds the text on a page; what is no text of the article is left out of either's."""


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched response, as it came.

    `url` is the address as found, `final_url` the one that answered after redirects. `headers` are the
    response's in their order and spelling; `body` is as sent, its Content-Encoding still on it.
    `request_headers` and `ip` are for the record of the capture, `hops` the redirects that led here.
    `noarchive` says what is kept of it should it ask not to be archived, `packing` how its records are compressed.
    `extractor` is one of `EXTRACTORS`.
    `origin` is the address of the web archive's copy, where it came from one, and not from its publisher.
    `assets` says that its stylesheets and pictures are wanted too. `rendered` is the HTML that a browser made of it, in
    UTF-8, and `screenshot` its picture (PNG), where it was rendered.
    """

    url: str
    body: bytes = field(repr=False)
    source_id: str = ""
    final_url: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    fetched_at: str = ""
    hints: Hints = Hints()
    home: str = ""
    language: str = ""
    rules: tuple[Rules, ...] = ()
    request_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ip: str = ""
    extractor: str = "own"
    noarchive: Noarchive = Noarchive.TEXT
    hops: tuple[Page, ...] = field(default=(), repr=False)
    assets: bool = False
    rendered: bytes = field(default=b"", repr=False)
    screenshot: bytes = field(default=b"", repr=False)
    packing: Packing = AS_GZIP
    origin: str = ""

    def __post_init__(self) -> None:
        # Headers stay: a C1 control in them is half of an UTF-8 letter, and the capture keeps what was sent.
        clean_fields(self, "url", "final_url", "origin")

    @property
    def address(self) -> str:
        """The URL that answered, to which relative links on the page are relative."""
        return self.final_url or self.url

    def header(self, name: str) -> str:
        """Return the response header's first value, or ""."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class Article:
    """Cleaned text and metadata of a page.

    `outcome` is None when the page is an article with text; otherwise it is the reason why not (`not_article`,
    `empty`, `excluded`), and `reason` puts it in words a person can act on. `url` is the canonical URL.
    `text` is plain: blocks separated by a blank line, `## ` headings, `- ` items, `> ` quotations, `! ` corrections
    and editors' notes.
    """

    url: str
    title: str = ""
    standfirst: str = ""
    authors: tuple[str, ...] = ()
    published_at: str | None = None
    published_from: str | None = None
    modified_at: str | None = None
    section: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    description: str = ""
    image_url: str = ""
    image_caption: str = ""
    image_credit: str = ""
    text: str = field(default="", repr=False)
    word_count: int = 0
    access: str | None = None
    content_hash: str = ""
    extractor: str = ""
    tdm_reservation: bool | None = None
    """Whether the publisher reserves text and data mining; None when the page does not say."""
    tdm_policy: str = ""
    rights: tuple[str, ...] = ()
    """What the page asks for, as `pipelines.extraction.rights.find_rights` words it; also where it is no article."""
    outcome: Outcome | None = None
    reason: str = ""
    found: tuple[str, ...] = field(default=())
    """Further URLs the page sends its reader to instead of itself (an immediate meta refresh), or states as its own
    address though they name another article."""
    continues_at: str = ""
    """The address of the next page, where the text is only the first part of the article."""

    def __post_init__(self) -> None:
        clean_fields(self, *_WRITTEN_BY_PUBLISHERS)


_WRITTEN_BY_PUBLISHERS = (
    *("url", "title", "standfirst", "authors", "published_at", "modified_at", "section", "tags", "language"),
    *(
        "description",
        "image_url",
        "image_caption",
        "image_credit",
        "text",
        "tdm_policy",
        "reason",
        "found",
        "continues_at",
    ),
)

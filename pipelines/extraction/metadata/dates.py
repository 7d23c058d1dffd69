"""When an article was published and changed, and the evidence for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from htmldate import find_date
from lxml.etree import XPath

from pipelines.extraction import jsonld
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.date_parsing import find_printed_date, parse_date
from pipelines.extraction.document import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

EARLIEST = "1990-01-01"
"""No news site is older. Earlier values are default dates of systems."""
_FUTURE = timedelta(days=2)  # by which a date may lie after the fetch: time zones, embargoes
_SAME_DATE = 1  # days by which a bare date and a time may differ and mean the same: time zones

_SAID_LENGTH = 200  # characters of a line that may state the date behind "published"
_SAID_REACH = 30  # characters behind "published" in which the date stands
_BELOW_HEADLINE, _ABOVE_HEADLINE = 12, 5  # blocks near the headline that may print the date
_STAMP_LENGTH = 120  # characters of a line with a time element
_LINE_LENGTH = 90  # characters of a line without one
_TIMES_READ = 3  # time elements of a line

_URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[/\-_]?([01]\d)[/\-_]?([0-3]\d)(?!\d)")
_URL_MONTH = re.compile(r"/((?:19|20)\d{2})/([a-z]{3,9})/([0-3]?\d)(?!\d)", re.I)
_CHANGED = re.compile(
    r"^\W*(?:last |zuletzt )?(?:updated|modified|revised|reviewed|edited|aktualisiert|geändert|stand:|mis à jour|modifié|actualizad|modificad|atualizad|"
    r"aggiornat|bijgewerkt|gewijzigd|uppdatera|oppdater|opdater|päivitetty|zaktualizowan|aktualizacja|aktualizován|обновлен|изменен|оновлен|更新|수정)",
    re.I,
)
_PUBLISHED_META = tuple(
    """article:published_time article:published:time og:article:published_time article:published
    og:published_time datepublished date.published parsely-pub-date sailthru.date
    cxenseparse:recs:publishtime cxenseparse:publishtime published_time publish_date publish-date
    publication_date publicationdate pubdate pub_date dc.date.issued dcterms.issued dcterms.created
    dc.date.created citation_publication_date citation_date article.published article.created
    article_date_original rnews:datepublished last.published date dc.date dcterms.date datecreated
    originalpublicationdate""".split()
)
_MODIFIED_META = tuple(
    """article:modified_time article:modified:time og:updated_time og:modified_time datemodified
    dcterms.modified dc.date.modified last-modified lastmod article.updated modified_time""".split()
)


class PublishedDate(NamedTuple):
    """The time of publication, ISO 8601 or a bare date, and what gave it: `json-ld`, `meta`, `feed`, `url`, `text`..."""

    value: str | None = None
    source: str | None = None


class DatedPage(NamedTuple):
    """What a reader of dates may look at."""

    document: Document
    blocks: list[Block]
    headline_at: int
    """The number of the block that ends the headline; -1 when it is not printed."""
    fetched_at: str


Reader = Callable[[DatedPage], PublishedDate]


def find_published(page: DatedPage, hints: Hints, readers: Sequence[Reader]) -> PublishedDate:
    """Return the time of publication and the evidence for it.

    The first statement with a clock and a zone wins; without one, the first bare date. Where nothing is stated the
    `readers` are asked in their order.
    """
    fallback = PublishedDate()
    for value, source in _read_statements(page.document, hints):
        found = parse_date(value)
        if found is None or not is_plausible(found, page.fetched_at):
            continue
        if "T" in found:
            if fallback.value is None or abs(_days_apart(fallback.value, found)) <= _SAME_DATE:
                return PublishedDate(found, source)
            continue
        if fallback.value is None:
            fallback = PublishedDate(found, source)
    if fallback.value is not None:
        return fallback
    for reader in readers:
        published = reader(page)
        if is_plausible(published.value, page.fetched_at):
            return published
    return PublishedDate()


def find_modified(document: Document, hints: Hints, published_at: str | None, fetched_at: str) -> str | None:
    """Return the stated time of the last change; None when there is none, or only one before the publication."""
    stated = [jsonld.to_text(document.article.get("dateModified"))]
    stated += [value for name in _MODIFIED_META for value in document.meta.get(name, ())]
    stated.append(hints.modified_at)
    for value in stated:
        found = parse_date(value)
        if (
            found
            and is_plausible(found, fetched_at)
            and (not published_at or found[:10] >= published_at[:10])
        ):
            return found
    return None


def is_plausible(value: str | None, fetched_at: str) -> bool:
    """Whether a date is not before the web, and not more than two days after the page was fetched."""
    if not value or value[:10] < EARLIEST:
        return False
    return value[:10] <= (date.fromisoformat(_fetch_day(fetched_at)) + _FUTURE).isoformat()


def _fetch_day(fetched_at: str) -> str:
    """Return the day of the fetch, today when the page does not say."""
    return (parse_date(fetched_at) or datetime.now(UTC).isoformat())[:10]


def _days_apart(one: str, other: str) -> int:
    return (date.fromisoformat(one[:10]) - date.fromisoformat(other[:10])).days


def _read_statements(document: Document, hints: Hints) -> Iterator[tuple[str, str]]:
    """Yield stated times of publication with their sources, the most trustworthy first.

    It is a generator, since the elements on the page cost time and are seldom needed.
    """
    node = document.article
    said = [(jsonld.to_text(node.get(key)), "json-ld") for key in ("datePublished", "dateCreated")]
    said += [
        (jsonld.to_text(n.get("datePublished")), "json-ld")
        for n in jsonld.find_own(document.nodes)
        if n is not node and jsonld.node_types(n) & jsonld.PAGE_TYPES
    ]
    said += [(value, "meta") for name in _PUBLISHED_META for value in document.meta.get(name, ())]
    yield from ((value, source) for value, source in said if value)
    marked: Any = _MARKED(document.tree)
    for element in marked:
        if value := element.get("datetime") or element.get("content") or text_of(element):
            yield value, "meta"
    if hints.published_at:
        yield hints.published_at, "sitemap" if "sitemap" in hints.via else "feed"


_MARKED = XPath("//*[@itemprop='datePublished' or @pubdate][not(self::meta)][position() < 4]")
"""Elements whose markup says that they hold the date of publication."""


def read_url(page: DatedPage) -> PublishedDate:
    """Return the date in the page's path, in digits or with the month's name."""
    path = page.document.url.split("?")[0]
    if match := _URL_DATE.search(path):
        return PublishedDate(parse_date("-".join(match.groups())), "url")
    if match := _URL_MONTH.search(path):
        return PublishedDate(find_printed_date(f"{match[3]} {match[2]} {match[1]}"), "url")
    return PublishedDate()


def read_text(page: DatedPage) -> PublishedDate:
    """Return the date that the page prints: behind the word "published", else near the headline."""
    return PublishedDate(_read_said(page) or _read_near_headline(page), "text")


def search_page(page: DatedPage) -> PublishedDate:
    """Return what htmldate, which knows the habits of many systems, makes of the whole page."""
    latest = _fetch_day(page.fetched_at)
    try:
        found = find_date(page.document.text, original_date=True, min_date=EARLIEST, max_date=latest)
    except Exception:  # its guesses are a last resort and may fail in any way
        return PublishedDate()
    if not found or found.endswith("-01-01"):  # the first of January is what it makes of a bare year
        return PublishedDate()
    return PublishedDate(found, "text")


CHEAP_READERS: tuple[Reader, ...] = (read_url, read_text)
READERS: tuple[Reader, ...] = (*CHEAP_READERS, search_page)
"""Where the date is looked for when it is not stated, in this order."""


_SAID = re.compile(
    r"\b(?:(?:first|originally) (?:published|posted|appeared)|published|erstveröffentlich\w*|erschienen|veröffentlicht|publié|publicado|pubblicato|gepubliceerd|publicerad|"
    r"publisert|udgivet|julkaistu|opublikowano|опубликовано|опубліковано)\b.{0,25}?(?=\d|[^\W\d_]{3,10}\.? \d)",
    re.I,
)


def _read_said(page: DatedPage) -> str | None:
    """Return the date behind a printed "published", when the page has one only."""
    american = _is_american(page.document)
    found = set()
    for block in page.blocks:
        if len(block.text) >= _SAID_LENGTH or block.dropped_because in (RegionKind.RELATED, RegionKind.NAV):
            continue
        if match := _SAID.search(block.text):
            behind = block.text[match.end() : match.end() + _SAID_REACH]
            if day := find_printed_date(behind, american):
                found.add(day)
    return found.pop() if len(found) == 1 else None


def _is_american(document: Document) -> bool:
    """Whether 3/4/2026 is the 4th of March on this page."""
    return document.language.lower() in ("en-us", "en_us", "en", "")


def _read_near_headline(page: DatedPage) -> str | None:
    """Return the date in a short line near the headline, with its clock when a time element gives it."""
    at, blocks = page.headline_at, page.blocks
    if at < 0:
        return None
    # First what stands below the headline, then what stands above it; a line that states a change comes last.
    lines = [*blocks[at : at + _BELOW_HEADLINE], *blocks[max(0, at - _ABOVE_HEADLINE) : at]]
    lines = [block for block in lines if len(block.text) < _STAMP_LENGTH]
    for block in sorted(lines, key=lambda b: bool(_CHANGED.match(b.text))):
        stamp = next((stamp for t in _find_times(block.element) if (stamp := t.get("datetime"))), None)
        if stamp and (found := parse_date(stamp)):
            return found
        if len(block.text) < _LINE_LENGTH:
            found = find_printed_date(block.text, _is_american(page.document))
            if found:
                return found
    return None


def _find_times(element: _Element) -> list[_Element]:
    if element.tag == "time":
        return [element]
    return list(element.iter("time"))[:_TIMES_READ]

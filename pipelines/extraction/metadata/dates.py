"""When it was published and changed, and what says so."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from htmldate import find_date
from lxml.etree import XPath

from pipelines.extraction import jsonld
from pipelines.extraction.date_parsing import moment, printed
from pipelines.extraction.document import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from pipelines.extraction.content.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

EARLIEST = "1990-01-01"  # no news site is older; earlier values are default dates of systems

_URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[/\-_]?([01]\d)[/\-_]?([0-3]\d)(?!\d)")
_URL_MONTH = re.compile(r"/((?:19|20)\d{2})/([a-z]{3,9})/([0-3]?\d)(?!\d)", re.I)
_PAGES = frozenset(
    {"webpage", "itempage", "medicalwebpage", "collectionpage", "aboutpage", "faqpage", "qapage"}
)
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


def plausible(value: str | None, fetched_at: str) -> bool:
    """Not before the web, and not more than two days after the page was fetched."""
    if not value or value[:10] < EARLIEST:
        return False
    fetched = moment(fetched_at) or datetime.now(UTC).isoformat()
    latest = date.fromisoformat(fetched[:10]) + timedelta(days=2)
    return value[:10] <= latest.isoformat()


def published(
    document: Document,
    hints: Hints,
    fetched_at: str,
    blocks: list[Block],
    around: int,
    without: frozenset[str],
) -> tuple[str | None, str | None]:
    """The time of publication and the evidence for it.

    The first statement with a clock and a zone wins; without one, the first bare date. What the page
    only prints is read near the headline (block number `around`), then wherever htmldate finds it.
    """
    fallback: tuple[str | None, str | None] = (None, None)
    for value, source in _statements(document, hints):
        found = moment(value)
        if found is None or not plausible(found, fetched_at):
            continue
        if "T" in found:
            if fallback[0] is None or abs(_days_apart(fallback[0], found)) <= 1:
                return found, source
            continue
        if fallback[0] is None:
            fallback = (found, source)
    if fallback[0] is not None or "dates" in without:
        return fallback
    found = _in_address(document.url.split("?")[0])
    if found and plausible(found, fetched_at):
        return found, "url"
    found = _said(document, blocks) or _near_headline(document, blocks, around)
    if found and plausible(found, fetched_at):
        return found, "text"
    if "date-search" in without:
        return None, None
    return _searched(document, fetched_at)


def _in_address(path: str) -> str | None:
    """The date in a path: in digits, or with the month's name."""
    match = _URL_DATE.search(path)
    if match:
        return moment("-".join(match.groups()))
    match = _URL_MONTH.search(path)
    return printed(f"{match[3]} {match[2]} {match[1]}") if match else None


_SAID = re.compile(
    r"\b(?:(?:first|originally) (?:published|posted|appeared)|published|erstveröffentlich\w*|erschienen|veröffentlicht|publié|publicado|pubblicato|gepubliceerd|publicerad|"
    r"publisert|udgivet|julkaistu|opublikowano|опубликовано|опубліковано)\b.{0,25}?(?=\d|[^\W\d_]{3,10}\.? \d)",
    re.I,
)


def _said(document: Document, blocks: list[Block]) -> str | None:
    """The date behind a printed "published", when the page has one only."""
    found = set()
    for block in blocks:
        match = (
            _SAID.search(block.text)
            if len(block.text) < 200 and block.dropped_because not in ("related", "nav")
            else None
        )
        if match and (day := printed(block.text[match.end() : match.end() + 30], _american(document))):
            found.add(day)
    return found.pop() if len(found) == 1 else None


def _american(document: Document) -> bool:
    return document.language.lower() in ("en-us", "en_us", "en", "")


def _near_headline(document: Document, blocks: list[Block], around: int) -> str | None:
    """The date in a short line near the headline, with its clock when a time element gives it."""
    american = _american(document)
    if around < 0:
        return None
    # What stands below the headline before what stands above it, a line that tells of a change last.
    lines = [*blocks[around : around + 12], *blocks[max(0, around - 5) : around]]
    for block in sorted((b for b in lines if len(b.text) < 120), key=lambda b: bool(_CHANGED.match(b.text))):
        stamp = next((t.get("datetime") for t in _times(block.element) if t.get("datetime")), None)
        found = (moment(stamp) if stamp else None) or None
        if found:
            return found
        if len(block.text) < 90:
            found = printed(block.text, american)
            if found:
                return found
    return None


def _times(element: _Element) -> list[_Element]:
    if element.tag == "time":
        return [element]
    return list(element.iter("time"))[:3]


def _searched(document: Document, fetched_at: str) -> tuple[str | None, str | None]:
    """What htmldate, which knows the habits of many systems, makes of the whole page."""
    latest = (moment(fetched_at) or datetime.now(UTC).isoformat())[:10]
    try:
        found = find_date(document.text, original_date=True, min_date=EARLIEST, max_date=latest)
    except Exception:  # its guesses are a last resort and may fail in any way
        return None, None
    if not found or found.endswith("-01-01"):  # the first of January is what it makes of a bare year
        return None, None
    return (found, "text") if plausible(found, fetched_at) else (None, None)


_MARKED = XPath("//*[@itemprop='datePublished' or @pubdate][not(self::meta)][position() < 4]")


def _marked(tree: _Element) -> list[Any]:
    """Elements whose markup says that they hold the date of publication."""
    found: Any = _MARKED(tree)
    return list(found)


def _days_apart(one: str, other: str) -> int:
    return (date.fromisoformat(one[:10]) - date.fromisoformat(other[:10])).days


def _statements(document: Document, hints: Hints) -> Iterator[tuple[str, str]]:
    """What is said of the publication and by what, the most trustworthy first; what costs time only when asked for."""
    node = document.article
    said = [(jsonld.text(node.get(key)), "json-ld") for key in ("datePublished", "dateCreated")]
    said += [
        (jsonld.text(n.get("datePublished")), "json-ld")
        for n in document.nodes
        if n is not node and jsonld.types(n) & _PAGES
    ]
    said += [(value, "meta") for name in _PUBLISHED_META for value in document.meta.get(name, ())]
    yield from ((value, source) for value, source in said if value)
    for element in _marked(document.tree):
        if value := element.get("datetime") or element.get("content") or text_of(element):
            yield value, "meta"
    if hints.published_at:
        yield hints.published_at, "sitemap" if "sitemap" in hints.via else "feed"


def modified(document: Document, hints: Hints, published_at: str | None, fetched_at: str) -> str | None:
    """The stated time of the last change; None when there is none, or one before the publication."""
    stated = [jsonld.text(document.article.get("dateModified"))]
    stated += [value for name in _MODIFIED_META for value in document.meta.get(name, ())]
    stated.append(hints.modified_at)
    for value in stated:
        found = moment(value)
        if found and plausible(found, fetched_at) and (not published_at or found[:10] >= published_at[:10]):
            return found
    return None

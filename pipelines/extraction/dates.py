"""When it was published and changed, and what says so."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from pipelines.extraction import jsonld

if TYPE_CHECKING:
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

EARLIEST = "1990-01-01"  # no news site is older; earlier values are default dates of systems

_ISO = re.compile(
    r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})"
    r"(?:(?:\s*T|\s+)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.I,
)
_URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[/\-_]?([01]\d)[/\-_]?([0-3]\d)(?!\d)")
_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
    "datepublished",
    "date.published",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "published_time",
    "publish_date",
    "publish-date",
    "publication_date",
    "publicationdate",
    "pubdate",
    "pub_date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "citation_publication_date",
    "citation_date",
    "article.published",
    "article.created",
    "article_date_original",
    "rnews:datepublished",
    "last.published",
    "date",
    "dc.date",
    "dcterms.date",
    "datecreated",
    "originalpublicationdate",
)
_MODIFIED_META = (
    "article:modified_time",
    "og:updated_time",
    "og:modified_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
    "article.updated",
    "modified_time",
)


def moment(value: str) -> str | None:
    """A stated time as ISO 8601 with its offset, or the bare date when it gives no clock or no zone.

    Reads ISO 8601 and its relatives, the form of mail headers, and Unix seconds or milliseconds.
    """
    value = value.strip()
    if not value:
        return None
    if value.isdigit() and len(value) in (10, 13):
        with suppress(ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(int(value[:10]), UTC).isoformat()
    match = _ISO.match(value)
    if not match:
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            parsed = parsedate_to_datetime(value)
            return parsed.isoformat() if parsed.tzinfo else parsed.date().isoformat()
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        if hour is None or not zone:
            return date(int(year), int(month), int(day)).isoformat()
        parsed = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    return parsed.isoformat()[:19] + _offset(zone)


def _offset(zone: str) -> str:
    if zone.upper() in ("Z", "UTC", "GMT"):
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def plausible(value: str | None, fetched_at: str) -> bool:
    """Not before the web, and not more than two days after the page was fetched."""
    if not value or value[:10] < EARLIEST:
        return False
    fetched = moment(fetched_at) or datetime.now(UTC).isoformat()
    latest = date.fromisoformat(fetched[:10]) + timedelta(days=2)
    return value[:10] <= latest.isoformat()


def published(document: Document, hints: Hints, fetched_at: str) -> tuple[str | None, str | None]:
    """The time of publication and the evidence for it.

    The first statement with a clock and a zone wins; without one, the first bare date.
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
    if fallback[0] is None:
        match = _URL_DATE.search(document.url.split("?")[0])
        found = moment("-".join(match.groups())) if match else None
        if found and plausible(found, fetched_at):
            return found, "url"
    return fallback


def _days_apart(one: str, other: str) -> int:
    return (date.fromisoformat(one[:10]) - date.fromisoformat(other[:10])).days


def _statements(document: Document, hints: Hints) -> list[tuple[str, str]]:
    node = document.article
    found = [(jsonld.text(node.get(key)), "json-ld") for key in ("datePublished", "dateCreated")]
    found += [(value, "meta") for name in _PUBLISHED_META for value in document.meta.get(name, ())]
    found += [
        (element.get("datetime") or element.get("content") or "", "meta")
        for element in document.tree.iter("time", "span", "div")
        if (element.get("itemprop") or "").lower() == "datepublished" or element.get("pubdate") is not None
    ]
    if hints.published_at:
        found.append((hints.published_at, "sitemap" if "sitemap" in hints.via else "feed"))
    return [(value, source) for value, source in found if value]


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

"""When an article was published and changed, and the evidence for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from htmldate import extractors, find_date
from htmldate.meta import reset_caches
from lxml.etree import XPath

from pipelines.extraction import jsonld
from pipelines.extraction.calendars import find_relative
from pipelines.extraction.content.regions import RegionKind
from pipelines.extraction.date_parsing import find_all_dates, find_printed_date, parse_date
from pipelines.extraction.document import squeeze, text_of
from pipelines.extraction.metadata.language import identify_language, normalize_code
from pipelines.extraction.tokens import ends_sentence
from pipelines.patterns import group_by_letter
from pipelines.urls import normalize

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


def find_modified(page: DatedPage, hints: Hints, published_at: str | None) -> str | None:
    """Return the stated time of the last change, else the printed one; None when there is none, or only one before
    the publication."""
    document = page.document
    stated = [jsonld.to_text(document.article.get("dateModified"))]
    stated += [value for name in _MODIFIED_META for value in document.meta.get(name, ())]
    stated.append(hints.modified_at)
    stated += _find_printed_changes(page)
    for value in stated:
        found = parse_date(value)
        if (
            found
            and is_plausible(found, page.fetched_at)
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
        for n in document.own_nodes
        if n is not node and jsonld.node_types(n) & jsonld.PAGE_TYPES
    ]
    said += [(value, "meta") for name in _PUBLISHED_META for value in document.meta.get(name, ())]
    yield from ((value, source) for value, source in said if value)
    marked: Any = _MARKED(document.tree) if _HAS_MARKED(document.tree) else ()
    for element in marked:
        if value := element.get("datetime") or element.get("content") or text_of(element):
            yield value, "meta"
    if hints.published_at:
        yield hints.published_at, "sitemap" if "sitemap" in hints.via else "feed"


_MARKED = XPath("//*[@itemprop='datePublished' or @pubdate][not(self::meta)][position() < 4]")
"""Elements whose markup says that they hold the date of publication."""
_HAS_MARKED = XPath("boolean(//@itemprop[. = 'datePublished'] | //@pubdate)")
"""Whether there may be any, at a third of the time."""


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
    _name_language(_find_language(page.document) or _identify_text(page.blocks))
    try:
        found = find_date(page.document.text, original_date=True, min_date=EARLIEST, max_date=latest)
    except Exception:  # its guesses are a last resort and may fail in any way
        return PublishedDate()
    if not found or found.endswith("-01-01"):  # the first of January is what it makes of a bare year
        return PublishedDate()
    return PublishedDate() if _is_told(found, page) else PublishedDate(found, "text")


def _identify_text(blocks: list[Block]) -> str:
    """Return the language of a text whose page declares none."""
    return identify_language("\n\n".join(block.text for block in blocks if not block.dropped_because))


def _name_language(language: str) -> None:
    """Have dates in words read in the page's language and in English alone.

    htmldate hands words to dateparser without a language. At the first line that is no date, that compiles the words of 200
    languages: 3 s of CPU in each worker.
    """
    reset_caches()  # it remembers what it made of a line, in whatever language
    vars(extractors)["get_external_parser"] = partial(_parser_of_words, language)  # it has no setting for it


_parser_of_any_language = extractors.get_external_parser


@cache
def _parser_of_words(language: str) -> Any:
    """Return htmldate's parser of words, for one language and English."""
    from dateparser.data.languages_info import language_order

    parser = copy(_parser_of_any_language())
    parser.languages = [code for code in dict.fromkeys((language, "en")) if code in language_order]
    return parser


def _is_told(day: str, page: DatedPage) -> bool:
    """Whether a day is printed only where it is no date of the page: in the story itself, or beside other stories."""
    american, language = _is_american(page.document), _find_language(page.document)
    told = False
    end = max((n for n, block in enumerate(page.blocks) if block.dropped_because is None), default=-1)
    for n, block in enumerate(page.blocks):
        if not any(c.isdigit() for c in block.text) or day not in find_all_dates(
            block.text, american, language
        ):
            continue
        beside = n > end and block.region is not None and block.region.kind in _OTHERS
        if not _is_running_text(block.text) and not beside:
            return False
        told = True
    return told


def _is_running_text(text: str) -> bool:
    """Whether a line is told rather than stated: a sentence, and none that says when it was published."""
    if len(text) >= _LINE_LENGTH:
        return True
    return len(text) >= _SENTENCE_LENGTH and ends_sentence(text) and not _SAID.search(text)


_SENTENCE_LENGTH = 45  # characters of a line with a full stop behind it that is a sentence


CHEAP_READERS: tuple[Reader, ...] = (read_url, read_text)
READERS: tuple[Reader, ...] = (*CHEAP_READERS, search_page)
"""Where the date is looked for when it is not stated, in this order."""


_SAID_WORDS = (
    r"first (?:published|posted|appeared)|originally (?:published|posted|appeared)|published|erstveröffentlich\w*|erschienen|veröffentlicht|publié|publicado|pubblicato|gepubliceerd|publicerad|"
    r"publisert|udgivet|julkaistu|opublikowano|опубликовано|опубліковано"
)
_SAID = re.compile(rf"\b(?:{group_by_letter(_SAID_WORDS)})\b.{{0,25}}?(?=\d|[^\W\d_]{{3,10}}\.? \d)", re.I)


def _read_said(page: DatedPage) -> str | None:
    """Return the date behind a printed "published", when the page has one only."""
    american, language = _is_american(page.document), _find_language(page.document)
    found = set()
    for block in page.blocks:
        if len(block.text) >= _SAID_LENGTH or block.dropped_because in (RegionKind.RELATED, RegionKind.NAV):
            continue
        if match := _SAID.search(block.text):
            behind = block.text[match.end() : match.end() + _SAID_REACH]
            if day := find_printed_date(behind, american, language):
                found.add(day)
    return found.pop() if len(found) == 1 else None


_DAY_FIRST = frozenset(
    """uk ie au nz in za ng ke gh pk bd lk sg my hk mt cy zw ug tz zm bw na mw jm tt bb fj je gg im eu
    at be bg ch cz de dk ee es fi fr gr hr hu is it lt lu lv nl no pl pt ro rs se si sk ua by ru tr il
    ae eg jo lb ma tn dz sa qa kw br ar mx cl pe ve ec uy bo py cr th vn id""".split()
)
"""Countries' endings of hosts whose papers write the day before the month, in English as well. Those in general use
(.co, .io, .tv, .me) say nothing."""


def _is_american(document: Document) -> bool:
    """Whether 3/4/2026 is the 4th of March on this page: by its language with a region, else by its country."""
    stated = (
        document.language,
        document.first("og:locale", "content-language"),
        jsonld.to_text(document.article.get("inLanguage")),
    )
    for value in stated:
        code = value.lower().replace("_", "-")
        if code and not code.startswith("en"):
            return False
        if len(code) > len("en"):
            return code.startswith("en-us")
    return normalize.host_of(document.url).rpartition(".")[2] not in _DAY_FIRST


def _find_language(document: Document) -> str:
    """Return the language whose names of months count on this page; a country's when the page declares none."""
    declared = document.language or document.first("content-language", "og:locale")
    if code := normalize_code(declared or jsonld.to_text(document.article.get("inLanguage"))):
        return code
    ending = normalize.host_of(document.url).rpartition(".")[2]
    return ending if ending in _COUNTRY_IS_LANGUAGE else ""


_COUNTRY_IS_LANGUAGE = frozenset("bg de es fi fr hr hu id is it lt lv mk nl pl pt ro sk th tr".split())


def _read_near_headline(page: DatedPage) -> str | None:
    """Return the date in a short line near the headline, with its clock when a time element gives it."""
    at, blocks = page.headline_at, page.blocks
    if at < 0:
        return None
    # First what stands below the headline, then what stands above it; a line that states a change comes last.
    lines = [*blocks[at : at + _BELOW_HEADLINE], *blocks[max(0, at - _ABOVE_HEADLINE) : at]]
    lines = [b for b in lines if len(b.text) < _STAMP_LENGTH]
    lines.sort(key=lambda b: bool(_CHANGED.match(b.text)))
    american, language = _is_american(page.document), _find_language(page.document)
    changed = None
    for block in lines:
        times = _find_times(block.element)
        for time in sorted(times, key=_is_of_change):
            if (stamp := time.get("datetime")) and (found := parse_date(stamp)):
                if not _is_of_change(time):
                    return found
                changed = changed or found
        text = _take_changes_out(block.text, times) if times else block.text
        if not _is_running_text(text) and (found := find_printed_date(text, american, language)):
            return found
    return changed or _read_relative(lines, page.fetched_at)


_OTHERS = frozenset({RegionKind.RELATED, RegionKind.COMMENT})
"""Regions whose dates are those of other texts, where they stand below the story."""
_CHANGE_CLASS = re.compile(r"updat|modif|aktualis|revis|actuali|edited|changed", re.I)
_PUBLISHED_CLASS = re.compile(r"publi(?:sh|c)|posted|created|veröff|erstell", re.I)


def _is_of_change(time: _Element) -> bool:
    """Whether a time element says by its class, its property, its words or those before it that it is of a change."""
    marks = " ".join(
        element.get(name) or ""
        for element in (time, time.getparent())
        if element is not None and element.tag in ("time", "span", "b", "em", "small")
        for name in ("class", "itemprop", "id")
    )
    if _PUBLISHED_CLASS.search(marks):
        return False
    return bool(
        _CHANGE_CLASS.search(marks) or _CHANGED.match(text_of(time)) or _CHANGED.match(_text_before(time))
    )


def _text_before(time: _Element) -> str:
    """Return the text between an element and the one before it."""
    previous = time.getprevious()
    if previous is not None:
        return squeeze(previous.tail) or ("" if previous.tag == "time" else text_of(previous)[:_SAID_LENGTH])
    parent = time.getparent()
    return squeeze(parent.text) if parent is not None else ""


def _find_printed_changes(page: DatedPage) -> list[str]:
    """Return the times near the headline whose elements say that they are of a change, the latest first."""
    at, blocks = page.headline_at, page.blocks
    near = blocks[max(0, at - _ABOVE_HEADLINE) : at + _BELOW_HEADLINE] if at >= 0 else ()
    stamps = [
        time.get("datetime") or ""
        for block in near
        if len(block.text) < _STAMP_LENGTH and not (block.region is not None and block.region.kind in _OTHERS)
        for time in _find_times(block.element)
        if _is_of_change(time)
    ]
    return sorted((found for stamp in stamps if (found := parse_date(stamp))), reverse=True)


def _take_changes_out(line: str, times: list[_Element]) -> str:
    """Return a line without the times of changes, where it has others besides."""
    changes = [time for time in times if _is_of_change(time)]
    if len(changes) == len(times):
        return line
    for text in map(text_of, changes):
        line = line.replace(text, " ", 1) if text else line
    return line


def _read_relative(lines: list[Block], fetched_at: str) -> str | None:
    """Return the day of the first line that states how long before the fetch it was ("2 hours ago", "gestern")."""
    if not fetched_at:
        return None
    day, clock = date.fromisoformat(_fetch_day(fetched_at)), _CLOCK.search(fetched_at)
    minute = int(clock[1]) * 60 + int(clock[2]) if clock else _NOON
    for block in lines:
        other = block.region is not None and block.region.kind in _OTHERS
        if not other and not _CHANGED.match(block.text) and (found := find_relative(block.text, day, minute)):
            return found.isoformat()
    return None


_CLOCK = re.compile(r"T(\d\d):(\d\d)")
_NOON = 12 * 60


def _find_times(element: _Element) -> list[_Element]:
    if element.tag == "time":
        return [element]
    return list(element.iter("time"))[:_TIMES_READ]

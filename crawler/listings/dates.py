"""Dates as listings and addresses write them, to ISO 8601 with an offset, or a bare day."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.listings.worded_dates import read_worded_date
from pipelines.extraction.date_parsing import ZONES

if TYPE_CHECKING:
    from time import struct_time

_LONGEST = 100  # characters of a date that are looked at
_ZONE_NAME = re.compile(r"\s*\(?\b([A-Z]{1,4})\)?$")
_HOURS_EAST = re.compile(r" [+-]\d{1,2}(?::\d\d)?$")
_SHORT = re.compile(r"\d{4}(-\d{2})?")
_YEAR_WITH_SIGN = re.compile(r"\d{4} ?[年년./]")
_HALF_DAY = re.compile(r"\d ?[ap]\.? ?m\b", re.IGNORECASE)
_UNIX = re.compile(r"(?:/Date\()?(\d{9,10}?)(?:\d{3}|\.\d{1,9})?(?:[+-]\d{4})?(?:\)/)?")
_BARE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MISSING = ("1970-01-01", "0001-01-01", "0000-00-00")  # what programs write for no date

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_IN_PATH = (
    re.compile(r"(?<!\d)((?:19|20)\d\d)[/_.-](0?[1-9]|1[0-2])[/_.-](0?[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(
        rf"(?<!\d)((?:19|20)\d\d)[/-]({'|'.join(_MONTHS)})[a-z]*[/-](0?[1-9]|[12]\d|3[01])(?!\d)", re.I
    ),
    re.compile(r"/((?:19|20)\d\d)/(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(r"/((?:19|20)\d\d)(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])(?!\d)"),
    # Exactly eight digits, or an article number of twelve and more that begins with the day.
    re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=\D|$|\d{4})(?!\d{1,3}(?!\d))"),
)
_FIRST_YEAR, _LAST_YEAR = 1990, 2059  # before, pages had no addresses; after, a number is no year
_EARLIEST = 1700  # a year before it is a mistake


def iso(text: str, parsed: struct_time | None = None, language: str = "") -> str:
    """Return a time with its own offset; a bare day where no clock time or no zone is given; "" for what is no date.

    Without a zone the clock could be off by half a day; many publishers mean their own. `parsed` is the UTC
    time a feed parser made of forms that are not known here, `language` the language of the listing.
    """
    text = " ".join(text[: 2 * _LONGEST].split())[:_LONGEST]
    if not text or text.startswith(_MISSING) or _SHORT.fullmatch(text):
        return ""
    if _BARE_DAY.fullmatch(text):
        return _day(text)
    if text[4:5] == "-" and (exact := _iso_8601(text)) is not None and exact.tzinfo:
        return _shown(exact)  # at once: sitemaps have fifty thousand
    standard = None if _YEAR_WITH_SIGN.match(text) or _HALF_DAY.search(text) else _standard(text)
    if standard is not None and standard.tzinfo:
        return _shown(standard)
    # A day by the standard is read again for what stands beside it: a place, or a zone by a name of its own.
    worded = read_worded_date(text, language)
    if standard is not None and (not worded or worded[:10] != standard.date().isoformat()):
        return _shown(standard)
    if worded or _YEAR_WITH_SIGN.match(text) or parsed is None:
        return worded
    return _shown(_believable(text, parsed))


def _shown(moment: datetime | None) -> str:
    if moment is None or moment.year < _EARLIEST:
        return ""
    return moment.isoformat(timespec="seconds") if moment.tzinfo else moment.date().isoformat()


def _standard(text: str) -> datetime | None:
    return _unix_time(text) or _iso_8601(text) or _rfc_2822(text)


def _unix_time(text: str) -> datetime | None:
    """The time of seconds or milliseconds since 1970, also as .NET writes it."""
    found = _UNIX.fullmatch(text)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def date_in_url(url: str) -> str:
    """Return the day in an address (`/2026/11/23/`, `/2026/nov/23/`, `-20261123`), as `2026-11-23`, or ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    for text in (parts.path, f"/{parts.query}"):
        for pattern in _IN_PATH:
            for match in pattern.finditer(text):
                year, month, day = match.groups()
                number = _MONTHS.get(month[:3].lower()) or int(month)
                try:
                    found = date(int(year), number, int(day))
                except ValueError:
                    continue
                if _FIRST_YEAR <= found.year <= _LAST_YEAR:
                    return found.isoformat()
    return ""


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _iso_8601(text: str) -> datetime | None:
    for form in (text, _with_offset(text)):
        try:
            return datetime.fromisoformat(form)
        except ValueError:
            pass
    return None


def _rfc_2822(text: str) -> datetime | None:
    if _HOURS_EAST.search(text):  # minutes, as the library reads it
        return None
    name = _ZONE_NAME.search(text)
    minutes = ZONES.get(name[1]) if name else None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if text.endswith("-0000"):  # UTC, the zone of the writer unknown
        return moment.replace(tzinfo=UTC)
    # A zone name the library does not know it leaves out, or takes for UTC.
    if minutes is not None and not moment.utcoffset():
        return moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    return moment


def _believable(text: str, parsed: struct_time) -> datetime | None:
    """Return the parser's time when its day stands in the text; of dates it half understands it takes the first."""
    try:
        moment = datetime(*parsed[:6], tzinfo=UTC)
    except (ValueError, TypeError):
        return None
    days = {(moment + timedelta(days=shift)).day for shift in (-1, 0, 1)}  # its day in its own zone
    return moment if days & {int(number) for number in re.findall(r"\d{1,6}", text)} else None


def _with_offset(text: str) -> str:
    """Return `2026-11-23 09:30:00 KST`, `2026-11-23 09:30:00 +0900` and the like as the library wants them."""
    name = _ZONE_NAME.search(text)
    if name and name[1] in ZONES:
        minutes = ZONES[name[1]]
        sign = "-" if minutes < 0 else "+"
        text = f"{text[: name.start()]}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return re.sub(r"\s+([+-]\d\d:?\d\d)$", r"\1", text)

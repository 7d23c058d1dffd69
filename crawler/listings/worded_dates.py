"""Dates in words and in odd orders, as feeds write them against the standards: a day, a clock, a zone, found apart.

The day is read as pages print it (`pipelines.extraction.date_parsing`); the clock and the zone are read here.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from pipelines.extraction.date_parsing import ZONES, find_printed_date

_EAST_ASIAN = re.compile(r"^(\d{4}) ?[年년./] ?(\d{1,2}) ?[月월./] ?(\d{1,2})(?!\d) ?[日일.]?")
_TWO_DIGIT_YEAR = re.compile(r"(?<![\d:])(\d{1,2})\.?([ /-])([^\W\d_]{3,10})\.?[ /-]'?(\d\d)(?![\d:])")
_SHORT_NUMBERS = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d\d)(?![\d./-])")
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)[ /-]([^\W\d_]{3,10})\.?[ /-](\d{1,2})(?![\d:])")
_YEAR_LAST = re.compile(r"([^\W\d_]{3,10})\.? (\d{1,2}) (\d{1,2}:[^ ]* (?:[^ ]{1,9} )?)((?:19|20)\d\d)(?!\d)")
_SPLIT_DIGITS = re.compile(r"^(\d{4})(\d\d)(\d\d)(?=\d{4}(?:\d\d)?$)")
_CLOCK = re.compile(
    r"(?:(오전|午前|上午)|(오후|午後|下午))? ?(?<![\d:.+-])(\d{1,2})"
    r"(?: ?[:h] ?(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(?: ?([ap])\.? ?m\b\.?)?| ?([ap])\.? ?m\b\.?)(?![\d:])"
)
_OFFSET = re.compile(r"[ (-]*(?:gmt|utc|z)? ?([+-])(\d{1,2})(?::?(\d\d))?(?!\d)")
_ZONE = re.compile(r"[ (]*([a-z]{1,5})\b(?!/)")
_PLACE = re.compile(r"\b([A-Z][A-Za-z]+(?:/[A-Za-z_]{2,30}){1,2})")
_DAYS_HALF = 12
_MOST_HOURS = 14  # that a zone is from Greenwich


def read_worded_date(text: str, language: str = "") -> str:
    """Return a time with its offset, a bare day where the clock or the zone is not said, or "".

    `language` is that of the listing: 11/12/2026 is a day in November in American English alone.
    """
    words = " ".join(text.casefold().replace(",", " ").split())
    clock = _CLOCK.search(words)
    day = find_printed_date(_rearrange(words), _is_american(words, clock, language))
    if day is None or clock is None:
        return day or ""
    if (offset := _OFFSET.match(words, clock.end())) and int(offset[2]) > _MOST_HOURS:
        return ""
    moment = _time(clock)
    zone = _zone(words[clock.end() :], text)
    if moment is None or zone is None:
        return day
    try:
        return datetime.combine(datetime.fromisoformat(day), moment, zone).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return day


def _rearrange(words: str) -> str:
    """The words of a date in an order in which dates are printed: day, month, year of four digits."""
    words = _EAST_ASIAN.sub(r"\1-\2-\3 ", words)
    words = _SPLIT_DIGITS.sub(r"\1-\2-\3 ", words)
    words = _YEAR_FIRST.sub(r"\3 \2 \1", words)
    words = _YEAR_LAST.sub(r"\2 \1 \4 \3", words)
    words = _SHORT_NUMBERS.sub(r"\1\g<2>\3\g<2>20\4", words)
    return _TWO_DIGIT_YEAR.sub(r"\1 \3 20\4", words)


def _is_american(words: str, clock: re.Match[str] | None, language: str) -> bool:
    """Whether 11/12/2026 is the 12th of November here. A clock of twelve hours is American unless a language is said."""
    language = language.strip().casefold().replace("_", "-")
    half_day = clock is not None and bool(clock[6] or clock[7])
    return language == "en-us" or (half_day and language in ("", "en"))


def _time(clock: re.Match[str]) -> time | None:
    morning, evening, hour, minute, second, half, half_alone = clock.groups()
    hours = int(hour)
    mark = half or half_alone or ("a" if morning else "p" if evening else "")
    if mark:
        if not 0 <= hours <= _DAYS_HALF:
            return None
        hours = hours % _DAYS_HALF + (_DAYS_HALF if mark == "p" else 0)
    try:
        return time(hours, int(minute or 0), min(int(second or 0), 59))
    except ValueError:
        return None


def _zone(after: str, text: str) -> tzinfo | None:
    """The zone said right behind the clock: an offset, a name that stands for one zone, or a place."""
    if offset := _OFFSET.match(after):
        sign, hours, minutes = offset.groups()
        away = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-away if sign == "-" else away)
    name = _ZONE.match(after)
    if name and (minutes_east := ZONES.get(name[1].upper())) is not None:
        return timezone(timedelta(minutes=minutes_east))
    if place := _PLACE.search(text):
        try:
            return ZoneInfo(place[1])
        except (
            KeyError,
            ValueError,
            OSError,
        ):  # a place without a zone, or a system without the list of them
            return None
    return None

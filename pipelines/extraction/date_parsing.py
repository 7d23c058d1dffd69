"""Readers of stated times: ISO 8601 and its relatives, mail headers, Unix time, printed dates in many languages."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from pipelines.extraction.calendars import find_in_language, to_gregorian_year

_ISO = re.compile(
    r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})"
    r"(?:(?:\s*T|\s+)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s*(Z|[A-Z]{3,4}|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.I,
)
_ASCTIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) ([A-Z]{3,4}) (\d{4})")
ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120,
    "WAT": 60, "CAT": 120, "SAST": 120, "EET": 120, "EEST": 180, "EAT": 180, "TRT": 180, "MSK": 180, "PKT": 300,
    "WIB": 420, "ICT": 420, "HKT": 480, "SGT": 480, "PHT": 480, "AWST": 480, "KST": 540, "JST": 540, "ACST": 570,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "BRT": -180, "ART": -180, "CLT": -240, "EST": -300,
    "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
}  # fmt: skip
"""Zone names as minutes east of Greenwich. Names of several zones (IST, CST, AST) are left out."""

# The beginnings of month names by which 30 languages tell them apart, month by month.
_MONTHS = (
    "jan ene gen led oca ian sty янв січ яну ιαν tammi sausi ม.ค มกรา जनवरी يناير ינואר urt janv",
    "feb fév fev úno şub lut фев лют φεβ helmi vasar ก.พ กุมภา फ़रवरी फरवरी فبراير פברואר febr",
    "mar mär maa bře már márc мар бер μάρ μαρ kovo มี.ค มีนา मार्च مارس מרץ mrt mac",
    "apr abr avr kvi kwi dub nis ápr апр квіт απρ huhti bal เม.ย เมษา अप्रैल أبريل אפריל",
    "may mai maj mag kvě máj мая май трав μάι μαΐ μαι touko geg พ.ค พฤษภา मई مايو מאי mei maí",
    "jun jui giu czer červn cerv haz jún июн черв ιούν ιουν kesä bir มิ.ย มิถุนา जून يونيو יוני iun jún",
    "jul juil lug lip červenc tem júl июл лип ιούλ ιουλ heinä liep ก.ค กรกฎา जुलाई يوليو יולי iul júl",
    "aug ago aoû aou sie srp ağu авг сер αύγ αυγ elo rugp ส.ค สิงหา अगस्त أغسطس אוגוסט ágú agu ogos",
    "sep set wrz zář zar eyl szept сен вер σεπ syys rugs ก.ย กันยา सितंबर سبتمبر ספטמבר",
    "oct okt out ott paź říj rij eki окт жовт οκτ loka spal ต.ค ตุลา अक्टूबर أكتوبر אוקטובר",
    "nov lis lap kas ноя лист νοέ νοε marras พ.ย พฤศจิ नवंबर نوفمبر נובמבר nób",
    "dec dez des dic déc gru pro ara дек груд δεκ joulu gruo ธ.ค ธันวา दिसंबर ديسمبر דצמבר",
)
_STEMS = sorted(
    ((stem, number) for number, stems in enumerate(_MONTHS, 1) for stem in stems.split()),
    key=lambda s: -len(s[0]),
)
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|ª)?[. -]*(?:de |of |d')?([^\W\d_][^\W\d_.]{1,11})[. ,-]*(?:de |of )?(\d{4})(?!\d)"
)
_MONTH_DAY = re.compile(
    r"(?<![^\W\d_])([^\W\d_][^\W\d_.]{2,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)"
)
_SIGNS = re.compile(r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")
_NUMBERS = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/.] ?(\d{1,2})[-/.] ?(\d{1,2})(?!\d)")


_YEAR = re.compile(r"\d{4}")
"""What each of these has: three of four lines with a digit have none, and to look costs a tenth of the patterns."""

_FORMS = ((_SIGNS, "ymd"), (_YEAR_FIRST, "ymd"), (_DAY_MONTH, "dmy"), (_MONTH_DAY, "mdy"))
"""Patterns of printed dates with the order of their groups: year, month, day."""


def parse_date(value: str) -> str | None:
    """Return a stated time as ISO 8601 with its offset, the bare date when it has no clock or no zone, else None."""
    value = value.strip()
    if not value:
        return None
    if value.isdigit() and len(value) in (10, 13):
        with suppress(ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(int(value[:10]), UTC).isoformat()
    match = _ISO.match(value)
    if match:
        return _of_iso(match)
    match = _ASCTIME.match(value)
    if match and match[6] in ZONES:
        month, day, hour, minute, second, zone, year = match.groups()
        with suppress(ValueError):
            clock = datetime(
                int(year), _month(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC
            )
            return clock.isoformat()[:19] + _offset(zone)
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        parsed = parsedate_to_datetime(value)
        return parsed.isoformat() if parsed.tzinfo else parsed.date().isoformat()
    return find_printed_date(value[:_LONGEST_PRINTED])


def _of_iso(match: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        if hour is None or not zone or not _known(zone):
            return _date(int(year), int(month), int(day))
        clock = int(hour), int(minute), int(second or 0)
        parsed = datetime(to_gregorian_year(int(year)), int(month), int(day), *clock, tzinfo=UTC)
    except ValueError:
        return None
    return parsed.isoformat()[:19] + _offset(zone)


def _known(zone: str) -> bool:
    return zone[0] in "+-" or zone.upper() in ZONES


def _offset(zone: str) -> str:
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        return f"{zone[0]}{digits[:2]}:{digits[2:]}"
    minutes = ZONES[zone.upper()]
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _month(name: str) -> int:
    """Return the number of a month by its name in any of the languages; 0 when it is none."""
    name = name.casefold()
    return next((number for stem, number in _STEMS if name.startswith(stem)), 0)


def find_printed_date(text: str, american: bool = False, language: str = "") -> str | None:
    """Return the first date printed in a line of text, as a bare date. `american` reads 3/4/2026 as the 4th of March.

    `language` is the line's own where it is known: months are first looked for by its names.
    """
    if not any(map(str.isdigit, text)):
        return None
    if (found_day := find_in_language(text, language)) is not None:
        return found_day.isoformat()
    if _YEAR.search(text) is None:
        return None
    for pattern, order in _FORMS:
        for match in pattern.finditer(text):
            found = _build(match.groups(), order)
            if found:
                return found
    numbers = _NUMBERS.search(text)
    if numbers is None:
        return None
    one, mark, two, year = numbers.groups()
    first, second = int(one), int(two)
    month_first = second > _MONTHS_A_YEAR or (american and mark == "/" and first <= _MONTHS_A_YEAR)
    return _date(int(year), first if month_first else second, second if month_first else first)


def find_all_dates(text: str, american: bool = False, language: str = "") -> set[str]:
    """Return the dates printed in a text."""
    found = {day for day in (find_printed_date(text, american, language),) if day}
    for pattern, order in _FORMS:
        found |= {day for match in pattern.finditer(text) if (day := _build(match.groups(), order))}
    return found


def _build(groups: tuple[str, ...], order: str) -> str | None:
    parts = dict(zip(order, groups, strict=True))
    month = int(parts["m"]) if parts["m"].isdigit() else _month(parts["m"])
    return _date(int(parts["y"]), month, int(parts["d"]))


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return date(to_gregorian_year(year), month, day).isoformat()
    except ValueError:
        return None


def remove_dates(text: str) -> str:
    """Return a line with a bar in place of each date."""
    if not any(c.isdigit() for c in text):
        return text
    for pattern, order in _FORMS:
        for match in reversed([*pattern.finditer(text)]):
            if _build(match.groups(), order):
                text = f"{text[: match.start()]} | {text[match.end() :]}"
    return text


_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}(?::\d{2})?")
_AROUND = re.compile(
    r"[^\W\d_]*(?:publish|publ|updat|post|creat|modif|aktualis|veröffent|erstellt|stand|mis|jour|actuali|atuali|pubblic|aggiorn|gepubl|uppdat|"
    r"oppdat|opdat|julkais|opublik|обнов|опубл|公開|更新|発行|发布|时间|入力|입력|수정|đăng|cập|nhật|uhr|date|datum|fecha)[^\W\d_]*",
    re.I,
)


_MONTHS_A_YEAR = 12
_LONGEST_PRINTED = 100  # characters of a stated value that are read as print
# What a line may have besides a date: a weekday or two, but no sentence.
_LINE_LENGTH = 90
_SMALL_WORD = 3
_MOST_WORDS, _MOST_LETTERS = 2, 22


def is_date_line(text: str) -> bool:
    """Whether a line is a date, with or without a clock, and no more than what goes with it."""
    if len(text) > _LINE_LENGTH or not any(map(str.isdigit, text)) or find_printed_date(text) is None:
        return False
    left = _AROUND.sub(" ", _CLOCK.sub(" ", text))
    # A weekday, a month, and the small words and zone letters between them.
    longer = [w for w in re.findall(r"[^\W\d_]+", left) if len(w) > _SMALL_WORD and not _month(w)]
    return len(longer) <= _MOST_WORDS and sum(map(len, longer)) <= _MOST_LETTERS

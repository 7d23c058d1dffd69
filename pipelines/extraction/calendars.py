"""Dates as a language and its calendars print them: names of months, eras, years that are not ours, "2 hours ago". Pure.

A month's name means what it means in the page's language: `listopad` is October in Croatian, November in Polish.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from functools import cache

from babel import Locale, UnknownLocaleError

_BUDDHIST = 543
_BUDDHIST_YEARS = range(2450, 2650)  # years of 1907 to 2106
_SOLAR_YEARS = range(1300, 1480)  # Persian ones, of 1921 to 2100

# Locales whose names of months count for a language: papers of one language name them in several ways.
_LOCALES = {
    "ar": ("ar", "ar_SY", "ar_IQ", "ar_MA", "ar_DZ"),
    "sr": ("sr", "sr_Latn", "bs"),
    "bs": ("bs", "hr", "sr_Latn"),
    "no": ("nb", "nn"),
    "tl": ("fil",),
    "in": ("id",),
    "iw": ("he",),
}
_MORE = {
    "ar": "1:جانفي 2:فيفري 4:أفريل 5:ماي 6:جوان 7:جويلية 7:يوليوز 8:أوت 8:غشت 9:شتنبر 11:نونبر 12:دجنبر 6:حزيران "
    "3:آذار 4:نيسان 5:أيار 7:تموز 8:آب 9:أيلول 2:شباط 1:كانون_الثاني 12:كانون_الأول 11:تشرين_الثاني 10:تشرين_الأول "
    "1:كانون_ثاني 12:كانون_أول 11:تشرين_ثاني 10:تشرين_أول 4:ابريل 8:اغسطس 10:اكتوبر 1:يناير",
    "hr": "1:siječanj 2:veljača 3:ožujak 4:travanj 5:svibanj 6:lipanj 7:srpanj 8:kolovoz 9:rujan 10:listopad 11:studeni 12:prosinac",
    "fa": "1:ژانویه 2:فوریه 5:مه 5:می 7:ژوئیه 7:جولای 8:اوت 8:آگوست",
    "vi": "1:tháng_một 2:tháng_hai 3:tháng_ba 4:tháng_tư 5:tháng_năm 6:tháng_sáu 7:tháng_bảy 8:tháng_tám 9:tháng_chín "
    "10:tháng_mười 11:tháng_mười_một 12:tháng_mười_hai",
}  # fmt: skip
_SOLAR_MONTHS = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_ERA_DATE = re.compile(r"(令和|平成|昭和|民國|民国) ?(\d{1,3}|元) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日")
_SHORT_BUDDHIST = re.compile(r"(?<!\d)(\d{1,2}) ?([^\s\d]{2,12}) ?(6\d|7\d)(?!\d)")
_SOLAR_NUMBERS = re.compile(r"(?<!\d)(1[34]\d\d)[/-](\d{1,2})[/-](\d{1,2})(?!\d)")
_SOLAR_NAMES = re.compile(rf"(?<!\d)(\d{{1,2}})\s*({'|'.join(_SOLAR_MONTHS)})\s*(?:ماه\s*)?(1[34]\d\d)(?!\d)")
# A mark of case or a point behind a day or a year, a word or two between: `23-го`, `2026ko`, `2026. gada`, `23 d.`
_DIGIT = re.compile(r"(?![0-9])\d")
_GAP = r"(?:[.,/’'º°ª-]|[^\W\d_]{1,3}(?=[\s.,]|$)|\s|م|日)"


def to_gregorian_year(year: int) -> int:
    """Return a year of our calendar; years since Buddha, as Thailand counts them, lie beyond all others."""
    return year - _BUDDHIST if year in _BUDDHIST_YEARS else year


@cache
def month_names(language: str) -> dict[str, int]:
    """Return the months by their names in a language, in lower case, as CLDR and papers have them."""
    names: dict[str, int] = {}
    for code in _LOCALES.get(language, (language,)):
        with suppress(UnknownLocaleError, ValueError):
            widths = Locale.parse(code).months["format"], Locale.parse(code).months["stand-alone"]
            for width in ("wide", "abbreviated"):
                for months in widths:
                    for number, name in months[width].items():
                        names.setdefault(name.casefold().strip(". "), number)
    for word in _MORE.get(language, "").split():
        number, _, name = word.partition(":")
        names.setdefault(name.replace("_", " "), int(number))
    if language == "eu":
        names |= {name + "ren": number for name, number in names.items()}
    return {name: number for name, number in names.items() if len(name) > 1 and not name.isdigit()}


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the patterns of a language's printed dates with the order of their groups."""
    names = sorted(month_names(language), key=len, reverse=True)
    if not names:
        return ()
    month = rf"(?:ב|de |d'|d’|ta' |ta’ |em |i )?({'|'.join(re.escape(name) for name in names)})(?![^\W\d_])"
    day, year = r"(?<!\d)(\d{1,2})(?!\d)", r"(?<!\d)(\d{4})(?!\d)"
    gap = rf"{_GAP}{{0,8}}"
    return (
        (re.compile(rf"{day}{gap}(?:{_GAP}|(?<=\d)){month}{gap}(?:de |del |năm |do )?{year}"), "dmy"),
        (re.compile(rf"{year}{gap}(?:gada )?{month}{gap}{day}"), "ymd"),
        (re.compile(rf"{year}{gap}(?:gada )?{gap}{day}{gap}{month}"), "ydm"),
        (re.compile(rf"{month}{gap}{day}{gap}{year}"), "mdy"),
    )


def find_in_language(text: str, language: str) -> date | None:
    """Return the first date that a line prints with the name of a month in `language`, or by a calendar of its own."""
    if not text.isascii():
        text = _DIGIT.sub(lambda digit: str(int(digit[0])), text)
    if found := _find_in_calendar(text, language):
        return found
    folded = text.casefold()
    for pattern, order in _patterns(language):
        for match in pattern.finditer(folded):
            parts = dict(zip(order, match.groups(), strict=True))
            with suppress(ValueError):
                return date(
                    to_gregorian_year(int(parts["y"])), month_names(language)[parts["m"]], int(parts["d"])
                )
    return None


def _find_in_calendar(text: str, language: str) -> date | None:
    with suppress(ValueError, OverflowError):
        if match := _ERA_DATE.search(text):
            year = _ERAS[match[1]] + (1 if match[2] == "元" else int(match[2]))
            return date(year, int(match[3]), int(match[4]))
        if language == "fa":
            if match := _SOLAR_NAMES.search(text):
                return _of_solar(int(match[3]), _SOLAR_MONTHS.index(match[2]) + 1, int(match[1]))
            if match := _SOLAR_NUMBERS.search(text):
                return _of_solar(*(int(part) for part in match.groups()))
        if language == "th" and (match := _SHORT_BUDDHIST.search(text)):
            month = month_names("th").get(match[2].strip("."))
            return date(2500 - _BUDDHIST + int(match[3]), month, int(match[1])) if month else None
    return None


def _of_solar(year: int, month: int, day: int) -> date | None:
    """Return a date of the Persian solar calendar; its leap years by the cycle of 33 years, right from 1244 to 1472."""
    if year not in _SOLAR_YEARS or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    leaps = sum(1 for y in range(1300, year) if y % 33 in (1, 5, 9, 13, 17, 22, 26, 30))
    before = (month - 1) * 31 - max(0, month - 7)
    return date(1921, 3, 21) + timedelta(days=(year - 1300) * 365 + leaps + before + day - 1)


_UNITS = {
    "minute": r"min(?:ute[ns]?|utos?|uti|uut\w*|\.)?s?|minut[aey]?|minuter|minutter|минут\w*|хвилин\w*|λεπτ\w*|dakika|perc\w*|menit|phút|"
    r"دقائق|دقيقة|دقیقه|דקות|मिनट|মিনিট|นาที|分钟|分鐘|分|분",
    "hour": r"hours?|hrs?|h|stunden?|std\.?|heures?|horas?|ore|ora|uur|uren|timm(?:e|ar)|time[rn]?|tunti\w*|godzin\w*|hodin\w*|óráv?\w*|"
    r"час\w*|годин\w*|ώρ\w*|saat|jam|giờ|ساعات|ساعة|ساعت|שעות|घंटे|ঘণ্টা|ชั่วโมง|小时|小時|時間|시간",
    "day": r"days?|tag(?:e|en)?|jours?|d[ií]as?|giorn[oi]|dag(?:en|ar|er|e)?|päivä\w*|dni|dzień|dn[yůí]|napja\w*|zile|дн\w*|день|"
    r"μέρ\w*|ημέρ\w*|gün|hari|ngày|أيام|يوم|روز|ימים|दिन|দিন|วัน|天|日|일",
}  # fmt: skip
_BEFORE = r"vor|il y a|hace|há|fa|for|för|przed|před|pred|acum|πριν(?: από)?|преди|пре|prije|לפני|قبل|منذ|fa"
_BEHIND = r"ago|fa|geleden|sedan|siden|sitten|temu|назад|тому|ezelőtt|önce|lalu|yang lalu|trước|atrás|पहले|আগে|ที่แล้ว|ที่ผ่านมา|前|之前|전|پیش"
_NUMBER = r"(\d{1,3}|an?|one|einer?|einem|une?|um|uma|un|una|en|et)"
_AGO = {
    unit: re.compile(
        rf"(?:(?<!\w)(?:{_BEFORE})\s+{_NUMBER}\s*(?:{words})(?!\w)|(?<![\w.,:]){_NUMBER}\s*(?:{words})\s*(?:{_BEHIND})(?!\w))",
        re.I,
    )
    for unit, words in _UNITS.items()
}
_DAYS_BACK = (
    re.compile(
        r"^\W*(?:today|heute|aujourd['’]hui|hoy|hoje|oggi|vandaag|i ?dag|tänään|dzisiaj|dziś|dnes|ma|azi|danas|danes|сегодня|"
        r"сьогодні|днес|денес|σήμερα|bugün|hari ini|hôm nay|اليوم|امروز|היום|आज|আজ|วันนี้|今天|今日|오늘|just now|gerade eben|刚刚|たった今|방금)(?!\w)",
        re.I,
    ),
    re.compile(
        r"^\W*(?:yesterday|gestern|hier|ayer|ontem|ieri|gisteren|i ?går|eilen|wczoraj|včera|tegnap|jučer|juče|včeraj|вчера|"
        r"вчора|χθες|χτες|dün|kemarin|hôm qua|أمس|دیروز|אתמול|गतकल|গতকাল|เมื่อวาน|昨天|昨日|어제)(?!\w)",
        re.I,
    ),
)
_LONGEST_RELATIVE = 60
_MOST_DAYS = 30


def find_relative(text: str, fetched_on: date, fetched_at_minute: int) -> date | None:
    """Return the day that a short line states as so long before the page was fetched.

    `fetched_at_minute` is the minute of the fetch's day. Weeks, months and years ago are no day.
    """
    if len(text) > _LONGEST_RELATIVE:
        return None
    for back, pattern in enumerate(_DAYS_BACK):
        if pattern.match(text):
            return fetched_on - timedelta(days=back)
    for unit, pattern in _AGO.items():
        if match := pattern.search(text):
            count = match[1] or match[2]
            number = int(count) if count.isdigit() else 1
            minutes = number * {"minute": 1, "hour": 60, "day": 1440}[unit]
            if minutes <= _MOST_DAYS * 1440:
                return fetched_on + timedelta(days=(fetched_at_minute - minutes) // 1440)
    return None

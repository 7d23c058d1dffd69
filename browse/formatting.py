"""Values as readers see them: days, times, numbers, languages, links, and the labels of stored words."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

from babel import Locale

from pipelines.timestamps import parse_day

EVIDENCE = {
    "json-ld": "from the page’s structured data",
    "meta": "from the page’s metadata",
    "feed": "from the feed",
    "sitemap": "from the sitemap",
    "url": "from the address",
    "text": "from the text",
}
OUTCOMES = {
    "new": "New",
    "revised": "Revised",
    "unchanged": "Unchanged",
    "duplicate": "Duplicate",
    "not_article": "Not an article",
    "empty": "No text",
    "excluded": "Excluded",
    "gone": "Gone",
    "failed": "Failed",
    "deferred": "Deferred",
}
KINDS = {
    "headline": "Headline",
    "standfirst": "Standfirst",
    "text": "Text",
    "correction": "Correction notice",
    "date": "Date",
    "byline": "Byline",
    "gone": "Gone",
    "back": "Back",
}
RIGHTS = {
    "noarchive": "the publisher asks that no copy of the page be kept; its text is, for your own reading and search",
    "tdm-reservation": "the publisher reserves text and data mining",
}
NO_COPY = "The publisher asks that no copy of the page be kept (noarchive)."
LISTED = {
    "listed": "Listed",
    "held": "Held",
    "not_article": "Not an article",
    "empty": "No text",
    "excluded": "Excluded",
    "gone": "Gone",
    "failed": "Failed",
    "pending": "Pending",
}
ALARMS = {
    "nothing": "Never gave an article",
    "excluded": "Everything is excluded",
    "listing": "A feed or sitemap is gone",
    "moved": "A feed or sitemap has moved",
    "stale": "A feed or sitemap has gone stale",
    "failed": "Pages fail",
    "refused": "robots.txt closes pages",
    "empty": "Pages give no text",
    "prompts": "Texts begin with a prompt",
    "alike": "Texts begin alike",
    "shorter": "Texts are shorter",
    "redesign": "Two extractors disagree: rebuilt?",
    "paywalled": "More paywalls",
    "untitled": "Titles are missing",
    "unsigned": "Bylines are missing",
    "undated": "Dates are missing",
    "fewer": "Fewer articles",
}
VIA = {
    "feed": "a feed",
    "sitemap": "a sitemap",
    "news-sitemap": "a news sitemap",
    "section": "a section page",
    "warc": "a WARC file",
    "refresh": "fetching again",
}
LONG_URL = 160
"""Characters of an address that a page shows; the link has all of it."""


def number(value: int) -> str:
    """1,234"""
    return f"{value:,}"


def count(value: int, one: str, many: str = "") -> str:
    """`1 article`, `1,234 articles`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def day(text: str | None) -> str:
    """`20 November 2026` for any ISO time or day; the text itself when it is neither."""
    at = parse_day(text)
    return f"{at.day} {at:%B %Y}" if at else text or "no date"


def iso_day(text: str | None) -> str:
    """`2026-11-20` for any ISO time or day; the empty string when it is neither."""
    at = parse_day(text)
    return at.isoformat() if at else ""


def when(text: str | None) -> str:
    """`20 November 2026, 09:30 (UTC+9)`, in the zone in which the time was given."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return day(text)
    if len(text or "") <= 10:
        return day(text)
    return f"{day(text)}, {at:%H:%M} ({zone(at)})"


def month(text: str) -> str:
    """`November 2026` for `2026-11`; the text itself when it is no month."""
    at = parse_day(f"{text}-01")
    return f"{at:%B %Y}" if at else text


def short_day(text: str) -> str:
    """`Fri 20 Nov` for an ISO day; the text itself when it is none."""
    at = parse_day(text)
    return f"{at:%a} {at.day} {at:%b}" if at else text


def clock(text: str | None) -> str:
    """`09:30 (UTC+9)` of a time; as `when` for anything else."""
    _, comma, rest = when(text).rpartition(", ")
    return rest if comma else when(text)


def length(seconds: int) -> str:
    """`25 minutes`, `9 hours`, `3 days` between two looks; `seen once` where there was one."""
    if not seconds:
        return "seen once"
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (name == "minute" and seconds >= size):
            return count(round(seconds / size), name)
    return "less than a minute"


def words_changed(added: int, removed: int) -> str:
    """`+3 −2 words`; nothing where no word was put in or taken away."""
    sizes = [f"{sign}{value:,}" for sign, value in (("+", added), ("−", removed)) if value]
    return f"{' '.join(sizes)} {'word' if added + removed == 1 else 'words'}" if sizes else ""


def zone(at: datetime) -> str:
    """`UTC`, `UTC+9`, `UTC+5:30`, or `no zone given`."""
    offset = at.utcoffset()
    if offset is None:
        return "no zone given"
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "−"
    return "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def evidence(name: str | None) -> str:
    """The part of the page from which a date was read, in words."""
    return EVIDENCE.get(name or "", "")


@cache
def language(code: str) -> str:
    """`Japanese` for `ja`; the code itself when it is unknown."""
    if not code:
        return "Unknown language"
    return Locale("en").languages.get(code.replace("-", "_")) or Locale("en").languages.get(code[:2]) or code


def value(kind: str, text: str) -> str:
    """A facet's value as readers see it."""
    if kind == "language":
        return language(text)
    return text or "None given"


def safe_url(url: str | None) -> str:
    """The address if it is http or https, else the empty string: pages never link to `javascript:` and the like."""
    try:
        parts = urlsplit((url or "").strip())
        _ = parts.port  # raises for one that no port can be
    except ValueError:
        return ""
    return (url or "").strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def readable_url(url: str | None) -> str:
    """The address as people read it: names of hosts and letters beyond ASCII are decoded; what controls or hides stays.

    `https://xn--bcher-kva.example/caf%C3%A9%20au%20lait` is `https://bücher.example/café%20au%20lait`. For showing
    alone: a link has the address as it is.
    """
    text = _escapes.sub(_decode_escapes, url or "")
    return _punycode.sub(_decode_host, text) if "xn--" in text else text


_escapes = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")
_punycode = re.compile(r"(?<=//)[^/?#@]*")


def _decode_escapes(found: re.Match[str]) -> str:
    try:
        letters = unquote_to_bytes(found[0]).decode()
    except UnicodeDecodeError:
        return found[0]
    return "".join(
        letter if unicodedata.category(letter)[0] in "LMN" else quote(letter) for letter in letters
    )


def _decode_host(found: re.Match[str]) -> str:
    """The host with its international names, where they are valid."""
    import idna  # its tables take a few milliseconds to load, and few addresses need them

    labels = []
    for label in found[0].split("."):
        try:
            labels.append(idna.decode(label) if label.lower().startswith("xn--") else label)
        except UnicodeError:  # idna.IDNAError is one
            labels.append(label)
    return ".".join(labels)


def short_url(url: str | None) -> str:
    """The address as people read it; a very long one without its middle."""
    text = readable_url(url)
    return text if len(text) <= LONG_URL else f"{text[: LONG_URL - 40]}…{text[-39:]}"


def percent(part: float) -> str:
    """`0.42 %`, with no more decimals than small shares need."""
    share = part * 100
    return (
        f"{share:.0f} %" if share >= 10 or not share else f"{share:.1f} %" if share >= 1 else f"{share:.2f} %"
    )


def part(share: float) -> str:
    """`87 %`; only all is `100 %`, and only nothing is `0 %`."""
    whole = round(share * 100)
    if share < 1:
        whole = min(whole, 99)
    if share > 0:
        whole = max(whole, 1)
    return f"{whole} %"


class Cell(NamedTuple):
    """A cell of a table of numbers: how it reads, where its articles are ('' for nowhere), a mark behind it.

    A page makes hundreds of them in Python: a template takes ten times as long for each call.
    """

    shown: str
    link: str = ""
    mark: str = ""

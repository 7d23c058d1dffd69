"""Does an address that a page states as its own name this article, or another? By its words and numbers. Pure.

Templates state the address of another article, or one for many pages. Believed at once, such an address would be known as
this article's, and the article that is really there never fetched.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.extraction import tokens
from pipelines.urls import normalize

_AGREES = 0.5
"""Share of the words of an address that the page's own address or headline has, at least."""

_CONTRADICTS = 0.2
"""The same at most where it is another article's, and the page's own address has the headline's words."""

_SLUG = 3
"""Words that make the last part of an address a headline's."""

_NUMBER = re.compile(r"\d{4,}")
_DAY = re.compile(r"(?:19|20)\d{2}(?:[01]\d[0-3]\d)?")
_SUFFIX = re.compile(r"\.\w{2,5}$")
_WHOLE_DIGITS = re.compile(r"\d+")


class Agreement(StrEnum):
    """What a stated address is to a page."""

    AGREES = "agrees"
    UNKNOWN = "unknown"
    CONTRADICTS = "contradicts"


def compare_addresses(own: str, stated: str, title: str) -> Agreement:
    """Compare the address that a page states with the one that answered, and with its headline."""
    if normalize.key(own) == normalize.key(stated):
        return Agreement.AGREES
    last, own_last = _last_part(stated), _last_part(own)
    if last and last == own_last:
        return Agreement.AGREES
    numbers, own_numbers = _numbers(stated), _numbers(own)
    if numbers & own_numbers:
        return Agreement.AGREES
    if numbers and own_numbers and _WHOLE_DIGITS.sub("0", own) == _WHOLE_DIGITS.sub("0", stated):
        return Agreement.CONTRADICTS
    words, own_words, headline = _words(last), _words(_path_and_query(own)), _words(title)
    if words and max(_share(words, own_words), _share(words, headline)) >= _AGREES:
        return Agreement.AGREES
    slug = _words(own_last)
    named = len(slug) >= _SLUG and _share(slug, headline) >= _AGREES
    if named and len(words) >= _SLUG and _share(words, headline) <= _CONTRADICTS:
        return Agreement.CONTRADICTS
    return Agreement.UNKNOWN


def _path_and_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{unquote(parts.path)} {_values(parts.query)}"


def _values(query: str) -> str:
    return " ".join(value for _, value in parse_qsl(query))


def _last_part(url: str) -> str:
    """The last segment of a path without its suffix, and the values of the parameters."""
    parts = urlsplit(url)
    segment = unquote(parts.path).rstrip("/").rpartition("/")[2]
    return f"{_SUFFIX.sub('', segment)} {_values(parts.query)}".strip().casefold()


def _numbers(url: str) -> set[str]:
    return {number for number in _NUMBER.findall(_path_and_query(url)) if not _DAY.fullmatch(number)}


def _words(text: str) -> set[str]:
    """The words of three letters and more, without accents."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return {word for word in tokens.split(bare.replace("_", " ")) if len(word) > 2 and word.isalpha()}


def _share(words: set[str], others: set[str]) -> float:
    return len(words & others) / len(words) if words else 0.0

"""Spellings of one section or tag: `NEWS`, `News`, `news`, and `world-news` beside `World News`.

They are stored as the pages have them, and are one value where a search counts or narrows.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_separators = re.compile(r"[\s_-]+")


@lru_cache(maxsize=20_000)
def fold_spelling(name: str) -> str:
    """What all spellings of a name have in common: small letters, one space between words. Pure.

    Accents and other signs stay: they make another word in many languages. A search asks it of some thousand names, twice
    each, at 2 µs; so it remembers those of one page to the next.
    """
    folded = _separators.sub(" ", unicodedata.normalize("NFKC", name).lower()).strip()
    return folded or name


def choose_spellings(counted: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Map what the spellings have in common to the one of most articles, of equals the first in the alphabet. Pure."""
    articles: dict[str, int] = {}
    for name, number in counted:
        articles[name] = articles.get(name, 0) + number
    chosen: dict[str, str] = {}
    for name in sorted(articles, key=lambda name: (-articles[name], name)):
        chosen.setdefault(fold_spelling(name), name)
    return chosen


_CANDIDATES = """
    SELECT t.name FROM _terms_fts CROSS JOIN _terms t ON t.id = _terms_fts.rowid
    WHERE _terms_fts MATCH ? AND t.kind = 'tag'
"""


def find_tag_spellings(db: sqlite3.Connection, tags: Iterable[str]) -> tuple[str, ...]:
    """These tags and all their other spellings in the archive; the index of terms finds the candidates."""
    found: dict[str, None] = {}
    for tag in tags:
        found[tag] = None
        phrase = '"' + tag.replace('"', '""').replace("\0", " ") + '"'
        folded = fold_spelling(tag)
        found |= {
            name: None for (name,) in db.execute(_CANDIDATES, [phrase]) if fold_spelling(name) == folded
        }
    return tuple(found)

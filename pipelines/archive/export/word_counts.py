"""What may be shared where texts may not: how often each word is in each article, without order, text or headline."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pipelines.archive.export.fields import Field, article_fields, pick
from pipelines.archive.export.rows import read_rows_of
from pipelines.archive.search.unsegmented import LETTERS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from pipelines.archive.export.fields import Row

_SIGNS = LETTERS.replace("가-힣", "")
"""Letters of scripts without spaces, each a word; Korean has spaces."""
_WORD = re.compile(f"[{_SIGNS}]|[^\\W{_SIGNS}]+")
_OF_ARTICLE = pick(article_fields(), ("id", "url", "source", "published_day", "language"))
_TEXT = pick(article_fields(), ("text",))
WORD_COUNTS = (
    *_OF_ARTICLE,
    Field("word", meaning="In lower case; a letter of a script without spaces is a word"),
    Field("count", "integer", meaning="How often it is in the text"),
)


def read_word_counts(db: sqlite3.Connection, ids: Iterable[list[int]]) -> Iterator[list[Row]]:
    """A row for each word of each article, the words in the order of their letters; columns as `WORD_COUNTS`."""
    for rows in read_rows_of(db, ids, _OF_ARTICLE + _TEXT):
        yield [
            (*about, word, count)
            for *about, text in rows
            for word, count in sorted(Counter(_WORD.findall(str(text or "").casefold())).items())
        ]

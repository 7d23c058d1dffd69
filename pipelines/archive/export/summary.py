"""The numbers of a selection, for a description of an export and for the methods note. One pass, flat memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.archive.export.selection import as_json, iterate_ids

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from pipelines.archive.export.selection import Selection

_SQL = """
SELECT a.source_id, a.published_day, a.published_utc IS NOT NULL, a.published_from, a.extractor, a.language,
       a.access, a.revision > 1, a.gone_at IS NOT NULL, a.tdm_reservation, a.word_count, a.rights
FROM json_each(?) AS wanted CROSS JOIN articles a ON a.id = wanted.value
"""


@dataclass
class SourceSummary:
    """The articles of one source. `first` and `last` are the days of publication, '' where none is dated."""

    articles: int = 0
    words: int = 0
    first: str = ""
    last: str = ""
    revised: int = 0
    gone: int = 0
    undated: int = 0


@dataclass
class Summary:
    """The articles of a selection in numbers."""

    sources: dict[str, SourceSummary] = field(default_factory=dict)
    dated_from: Counter[str] = field(default_factory=Counter)
    """By `published_from`, of those with a date."""
    timed: int = 0
    """With a clock time."""
    extractors: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    access: Counter[str] = field(default_factory=Counter)
    reserved: int = 0
    """Whose publisher reserves text and data mining."""
    reservation_stated: int = 0
    no_copy: int = 0
    """Whose page asks that no copy of it be kept (`noarchive`)."""

    @property
    def articles(self) -> int:
        return sum(source.articles for source in self.sources.values())

    @property
    def first(self) -> str:
        """The first day of publication, '' without any."""
        return min((source.first for source in self.sources.values() if source.first), default="")

    @property
    def last(self) -> str:
        """The last day of publication, '' without any."""
        return max((source.last for source in self.sources.values()), default="")


def summarize(
    db: sqlite3.Connection, selection: Selection, ids: Iterable[list[int]] | None = None
) -> Summary:
    """Count the articles of a selection, or of these ids of it."""
    found = Summary()
    for batch in iterate_ids(db, selection) if ids is None else ids:
        for row in db.execute(_SQL, [as_json(batch)]):
            _add(found, row)
    return found


def _add(found: Summary, row: tuple[object, ...]) -> None:
    source_id, day, timed, evidence, extractor, language, access, revised, gone, reserved, words, rights = row
    source = found.sources.setdefault(str(source_id), SourceSummary())
    source.articles += 1
    source.words += int(str(words or 0))
    source.revised += bool(revised)
    source.gone += bool(gone)
    if day:
        source.first = min(source.first or str(day), str(day))
        source.last = max(source.last, str(day))
        found.dated_from[str(evidence or "unknown")] += 1
        found.timed += bool(timed)
    else:
        source.undated += 1
    found.extractors[str(extractor)] += 1
    found.languages[str(language or "")] += 1
    found.access[str(access or "")] += 1
    found.reserved += reserved == 1
    found.no_copy += "noarchive" in str(rights or "").split("; ")
    found.reservation_stated += reserved is not None

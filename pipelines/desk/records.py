"""What the desk holds, as typed values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

KINDS: Final = ("new", "revised", "headline", "correction", "gone")
"""What an alert can tell: an article that is new, one that its publisher changed (any change, a changed headline,
a correction notice that was not there before), one that is gone."""

FACETS: Final = ("source", "section", "author", "language", "tag")
"""What a saved search can be narrowed by, as `Filters` of the search names it."""

FEED: Final = "feed"
STDOUT: Final = "stdout"


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """An alert. `filters` are facet and values; `made_by` is a login's name, "" where there is none.

    `id` is its row in desk.db, 0 for one of clippings.toml.
    """

    name: str
    query: str
    kinds: tuple[str, ...]
    destinations: tuple[str, ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    id: int = 0
    made_at: str = ""
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that is told of one article.

    `kind` is `new`, `revised` or `gone`; `kinds` has the kinds of change too. `number` is the version that it led to.
    `places` are the words that changed: the part of the article, and its runs of (`same`, `added` or `removed`, text).
    `excerpt` is in pieces, each with whether it is a word of the query.
    """

    kind: str
    kinds: tuple[str, ...]
    url: str
    at: str
    title: str
    source: str
    source_name: str
    article_id: int
    number: int = 1
    old_title: str = ""
    published_at: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    excerpt: tuple[tuple[str, bool], ...] = ()
    places: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    key: str = ""

    def as_json(self) -> str:
        """The event as the desk keeps it."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Event:
        """The event as `as_json` wrote it."""
        values: dict[str, Any] = json.loads(text)
        values |= {name: tuple(values[name]) for name in ("kinds", "authors")}
        values["excerpt"] = tuple((piece, bool(marked)) for piece, marked in values["excerpt"])
        values["places"] = tuple(
            (part, tuple((op, words) for op, words in runs)) for part, runs in values["places"]
        )
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Report:
    """What an alert tells at one time. `forgotten` are the days on which articles were taken out of it."""

    uid: str
    alert: str
    query: str
    archive: str
    made_at: str
    events: tuple[Event, ...]
    forgotten: tuple[str, ...] = ()
    id: int = 0


class Watch(NamedTuple):
    """How far an alert has looked through an archive: since when it is there, when it looked last, and the position."""

    since: str
    looked_at: str
    position: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One report to one destination."""

    report_id: int
    alert: str
    destination: str
    attempts: int
    state: str = "pending"
    tried_at: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ForgottenInDesk:
    """What `forget` took out of desk.db. `told` are lines about reports that have left this machine with it.

    `saved` counts places in dossiers, `notes` notes and marks.
    """

    events: int = 0
    told: tuple[str, ...] = field(default=())
    alerts: tuple[str, ...] = field(default=())
    saved: int = 0
    notes: int = 0


def hash_key(key: str) -> str:
    """A key as `told` keeps it."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]

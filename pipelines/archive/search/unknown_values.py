"""Values that a search is narrowed by and that no article can have: said, since nothing would be found for them."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING

from pipelines.archive.search.facets import LIST_FACETS
from pipelines.archive.search.query import ANY, Node, words
from pipelines.archive.search.sources import match_sources, source_names
from pipelines.archive.search.spellings import find_tag_spellings, fold_spelling
from pipelines.archive.search.stories import OLDER, find_story, knows_stories

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from pipelines.archive.search.match import Filters

SHOWN = 60
"""Signs of a value that a sentence repeats."""


def describe_unknown_values(db: sqlite3.Connection, filters: Filters, node: Node | None = None) -> list[str]:
    """A sentence for each value of a filter, and each `source:` in the query, that the archive does not know."""
    sentences = []
    for facet in LIST_FACETS:
        wanted = [value for value in getattr(filters, facet) if value]
        known = _known_values(db, facet) if wanted else {}
        sentences += [
            describe_unknown(facet, value, known) for value in wanted if _fold(facet, value) not in known
        ]
    for kind, names in (("author", filters.author), ("tag", filters.tag)):
        sql = "SELECT 1 FROM _terms WHERE kind = ? AND name IN (SELECT value FROM json_each(?))"
        for name in filter(None, names):
            spellings = find_tag_spellings(db, [name]) if kind == "tag" else [name]
            if db.execute(sql, [kind, json.dumps(spellings)]).fetchone() is None:
                sentences.append(describe_unknown(kind, name, {}))
    for word in words(node, dropped=True):
        named = word.field == "source" or (word.field == "first" and word.text != ANY)
        if named and not match_sources(db, word):
            sentences.append(describe_unknown("source", word.text, source_names(db)))
        if word.field == "first" and not knows_stories(db):
            sentences.append(OLDER)
        if word.field == "story" and not find_story(db, word.text):
            sentences.append(describe_unknown("article", word.text, ()))
    return list(dict.fromkeys(sentences))


def describe_unknown(kind: str, value: str, known: Iterable[str]) -> str:
    """`There is no source nix in this archive. Did you mean nix-daily?` Pure."""
    shown = value if len(value) <= SHOWN else value[:SHOWN] + "..."
    near = difflib.get_close_matches(value.lower(), known, n=2)
    return f"There is no {kind} {shown} in this archive." + (
        f" Did you mean {' or '.join(near)}?" if near else ""
    )


def _known_values(db: sqlite3.Connection, facet: str) -> Iterable[str]:
    if facet == "source":
        return source_names(db)
    return {_fold(facet, value) for (value,) in db.execute(f"SELECT DISTINCT {facet} FROM _facet_groups")}


def _fold(facet: str, value: str) -> str:
    return fold_spelling(value) if facet == "section" else value

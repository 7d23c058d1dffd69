"""What words are special to the articles that a search finds, against the others; or to each source or month of them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar

from pipelines.archive.connection_memory import remember
from pipelines.archive.read_together import read_together
from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.found import NONE_FOUND, Found, Page, find_articles
from pipelines.archive.search.likely_words import SpecialWord, find_special_words
from pipelines.archive.search.match import as_match, describe_bound, filter_sql, match_among
from pipelines.archive.search.query import words
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.unknown_values import describe_unknown_values
from pipelines.archive.search.wide_prefixes import parse_for
from pipelines.archive.search.word_counts import LEFT_OUT, Text, count_words, number_texts
from pipelines.archive.search.word_forms import describe_added
from pipelines.archive.search.word_numbers import words_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from pipelines.archive.search.facets import FacetGroups
    from pipelines.archive.search.match import Filters, Match
    from pipelines.archive.search.query import Query
    from pipelines.archive.search.word_counts import NumberedText

T = TypeVar("T")
By = Literal["", "source", "month"]
EXAMINED = 10_000
"""Hits from which the sample is drawn, the latest archived."""
SAMPLE = 400
"""Texts that are read of the hits, and as many of the others: .2 s of CPU on a slow core. Half of them find a fifth of the words."""
TRIES = 10
"""Articles that are looked at for each of the others that is read: most of them may have the words, too."""
AT_ONCE = 100
"""Texts that one connection reads at a time."""
MOST_GROUPS = 12
"""Sources or months that are told apart, those with most hits of the sample."""
MOST_WORDS = 25
LETTERS = 4000
"""Of a text that are read: an article of seven hundred words."""


@dataclass(frozen=True, slots=True)
class WordGroup:
    """The special words of all hits (`key` is ''), of one source or of one month (`YYYY-MM`)."""

    key: str
    name: str
    articles: int
    """Read of them."""
    words: tuple[SpecialWord, ...]


@dataclass(frozen=True, slots=True)
class SpecialWords:
    """`total` hits were found, of `total` at most `EXAMINED`; `read` of them and `compared` others were read."""

    groups: tuple[WordGroup, ...]
    total: int
    capped: bool
    read: int
    compared: int
    left_out: int
    """Texts in languages that have no words to compare."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Articles that are to be read; `total` and `capped` are as in `SpecialWords`."""

    hits: list[Match]
    others: list[Match]
    total: int
    capped: bool


@dataclass(frozen=True, slots=True)
class _Sampled:
    article_id: int
    source: str
    month: str
    text: Text


def read_special_words(
    db: sqlite3.Connection,
    text: str,
    filters: Filters,
    *,
    by: By = "",
    widest: int | None = None,
    latest: int | None = None,
) -> SpecialWords:
    """Compare a sample of the hits with as many other articles that the same filters let pass.

    With `by` each source or month of the hits is compared with the hits of the others. `widest` and `latest` are as in
    `search`.
    """
    query = parse_for(db, text, widest, filters)
    unknown = describe_unknown_values(db, filters, query.node)
    problem = " ".join(
        [*filter(None, [query.problem, describe_added(query.added)]), *unknown, *describe_bound(latest)]
    )
    if query.node is None and (not by or text.strip()):
        missing = "" if text.strip() else "Say what to look for, or compare by source or month."
        return SpecialWords((), 0, False, 0, 0, 0, f"{problem} {missing}".strip())
    groups = read_facet_groups(db, filters)
    drawn = _draw_articles(db, query, filters, groups, by, latest)
    hits, rest = _read_texts(db, [drawn.hits, drawn.others], groups)
    without = {word for one in words(query.node) for word in words_of(one.text)}
    if by:
        told = _tell_apart(hits, by, source_names(db), without)
    else:
        told = (WordGroup("", text, len(hits), _compare(hits, rest, without)),)
    left_out = sum(one.text.language.lower().split("-")[0] in LEFT_OUT for one in hits)
    return SpecialWords(told, drawn.total, drawn.capped, len(hits), len(rest), left_out, problem)


def _draw_articles(
    db: sqlite3.Connection, query: Query, filters: Filters, groups: FacetGroups, by: By, latest: int | None
) -> _Drawn:
    """Hits, and without `by` as many articles in their languages that the same filters let pass and that are no hits."""
    candidates = [] if by else _find_candidates(db, filters, groups, latest)

    def find_hits(db: sqlite3.Connection) -> Found:
        found, _ = find_articles(
            db,
            query.node,
            filters,
            Page(0, 0),
            ranked=False,
            ceiling=EXAMINED,
            versions=query.versions,
            latest=latest,
        )
        return found

    def find_among(db: sqlite3.Connection) -> Found:
        ids = {row.article_id for row in candidates}
        rows = match_among(db, query.node, filters, ids, versions=query.versions)
        return NONE_FOUND._replace(ids=[row.article_id for row in rows])

    found, among = read_together(db, [find_hits, find_among])
    allowed = sorted(found.allowed(groups.excluded))
    hits = _read_facets(db, draw(allowed, SAMPLE))
    ids = {*among.ids}
    languages = {groups.groups[row.group_id].language for row in hits}
    others = [
        row
        for row in candidates
        if groups.groups[row.group_id].language in languages and row.article_id not in ids
    ]
    return _Drawn(hits, draw(others, SAMPLE), len(allowed), found.capped)


def draw(rows: Sequence[T], most: int) -> list[T]:
    """So many of the rows, evenly: the same ones each time. Pure."""
    if len(rows) <= most:
        return list(rows)
    return [rows[place * len(rows) // most] for place in range(most)]


def _compare(
    hits: Sequence[_Sampled], rest: Sequence[_Sampled], without: set[str]
) -> tuple[SpecialWord, ...]:
    words, texts = number_texts(one.text for one in (*hits, *rest))
    counts, others = count_words(texts[: len(hits)], words), count_words(texts[len(hits) :], words)
    return tuple(find_special_words(words, counts, others, MOST_WORDS, without))


def _tell_apart(
    hits: Sequence[_Sampled], by: By, names: dict[str, str], without: set[str]
) -> tuple[WordGroup, ...]:
    """Each source or month against the others."""
    words, texts = number_texts(one.text for one in hits)
    by_key: defaultdict[str, list[NumberedText]] = defaultdict(list)
    for one, numbered in zip(hits, texts, strict=True):
        by_key[one.source if by == "source" else one.month].append(numbered)
    whole = count_words(texts, words)
    most = Counter({key: len(texts) for key, texts in by_key.items()}).most_common(MOST_GROUPS)
    found = []
    for key, articles in sorted(most) if by == "month" else most:
        counts = count_words(by_key[key], words)
        special = find_special_words(words, counts, whole.without(counts), MOST_WORDS, without)
        found.append(WordGroup(key, names.get(key, key), articles, tuple(special)))
    return tuple(found)


def _read_texts(
    db: sqlite3.Connection, samples: Sequence[list[Match]], groups: FacetGroups
) -> list[list[_Sampled]]:
    parts = [
        (place, rows[first : first + AT_ONCE])
        for place, rows in enumerate(samples)
        for first in range(0, len(rows), AT_ONCE)
    ]
    found = read_together(db, [partial(_read_sample, rows=rows, groups=groups) for _, rows in parts])
    texts: list[list[_Sampled]] = [[] for _ in samples]
    for (place, _), some in zip(parts, found, strict=True):
        texts[place] += some
    return texts


def _read_sample(db: sqlite3.Connection, rows: Sequence[Match], groups: FacetGroups) -> list[_Sampled]:
    about = {row.article_id: (groups.groups[row.group_id].source, (row.day or "")[:7]) for row in rows}
    sql = (
        "SELECT id, coalesce(language, ''), coalesce(title, '') || ' ' || coalesce(standfirst, '') || ' ' ||"
        " substr(text, 1, ?) FROM articles WHERE id IN (SELECT value FROM json_each(?))"
    )
    found = db.execute(sql, [LETTERS, json.dumps(list(about))])
    return [_Sampled(article, *about[article], Text(language, text)) for article, language, text in found]


def _find_candidates(
    db: sqlite3.Connection, filters: Filters, groups: FacetGroups, latest: int | None
) -> list[Match]:
    """Articles that the filters let pass: of `TRIES` times as many as are read, evenly over all."""
    where, values = filter_sql(db, filters)

    def find(db: sqlite3.Connection) -> list[Match]:
        first, last = db.execute(
            "SELECT (SELECT min(article_id) FROM _article_facets), (SELECT max(article_id) FROM _article_facets)"
        ).fetchone()
        if first is None:
            return []
        if latest is not None:
            first = max(first, last - latest + 1)
        tries = SAMPLE * TRIES
        ids = sorted({first + place * (last - first) // tries for place in range(tries + 1)})
        return _read_facets(db, ids, where, values)

    rows = find(db) if where or latest is not None else remember(db, "candidates of special words", find)
    return [row for row in rows if row.group_id not in groups.excluded]


def _read_facets(
    db: sqlite3.Connection, ids: Sequence[int], where: str = "", values: Sequence[object] = ()
) -> list[Match]:
    """These articles in the order of their ids, with their groups and days; those that meet a condition alone."""
    among = "s.article_id IN (SELECT value FROM json_each(?))"
    sql = f"""
        SELECT 0.0, -s.at, s.article_id, s.group_id, s.day FROM _article_facets s WHERE {among}{where}
        ORDER BY s.article_id
    """
    return list(map(as_match, db.execute(sql, [json.dumps(ids), *values])))

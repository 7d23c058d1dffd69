"""Other forms of a query's words: `in:forms` lets *election* find *elections* too.

The words that are added are those of the search index with the same stem, so the archive's file needs no tokenizer of
its own. Snowball's stemmers say what the stem is, in the languages of the articles that are searched.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from pipelines.archive.search.facets import read_facet_groups
from pipelines.archive.search.match import Filters
from pipelines.archive.search.query import AddedForms, And, Node, Not, Or, Query, Word, parse, words
from pipelines.archive.search.unsegmented import has_unsegmented

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LANGUAGES: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""Snowball's stemmers by the code of their language."""
MAIN_SHARE: Final = 0.1
"""The part of the articles searched from which on their language counts."""
MOST_LANGUAGES: Final = 3
MOST_FORMS: Final = 24
"""Forms that are added for one word at most, those nearest to it in length."""
MOST_READ: Final = 1000
"""Words of the index that are read for one word at most: 0.1 to 0.3 s at a million articles."""
SHORTEST: Final = 3
"""Letters of a word of which forms are looked for: `go` would have all words read that begin so."""
_LAST: Final = "\U0010ffff"


def parse_with_forms(db: sqlite3.Connection, text: str, filters: Filters | None = None) -> Query:
    """Parse a query; with `in:forms` add the other forms of its words that the index has, and say which."""
    query = parse(text)
    if not query.wants_forms or query.node is None:
        return query
    wanted = [word for word in words(query.node, dropped=True) if may_have_forms(word)]
    languages = find_languages(db, filters or Filters()) if wanted else ()
    found: dict[str, tuple[str, ...]] = {}
    cut: list[str] = []
    for text_of in dict.fromkeys(word.text for word in wanted):
        forms, whole = find_forms(db, text_of, languages)
        found[text_of] = forms
        cut += [] if whole else [f"“{text_of}”"]
    problem = query.problem
    if cut:
        problem = f"{problem} Of the other forms of {' and '.join(cut)} only a part was added: there are too many words like it.".strip()
    if wanted and not languages:
        problem = f"{problem} There are no rules for word forms in the language of these articles.".strip()
    added = tuple(AddedForms(text_of, forms) for text_of, forms in found.items() if forms)
    return replace(query, node=add_forms(query.node, found), problem=problem, added=added)


def describe_added(added: Iterable[AddedForms]) -> str:
    """`Also: elections, electorate (election); ferries (ferry).`, or "" without any. Pure."""
    parts = "; ".join(f"{', '.join(one.forms)} ({one.word})" for one in added)
    return f"Also: {parts}." if parts else ""


def may_have_forms(word: Word) -> bool:
    """Whether forms are looked for: not of a phrase, of `begin*`, of a name, a number or in a script without spaces. Pure."""
    return (
        not (word.prefix or word.quoted or word.field in ("author", "source"))
        and len(word.text) >= SHORTEST
        and word.text.isalpha()
        and not has_unsegmented(word.text)
    )


def find_languages(db: sqlite3.Connection, filters: Filters) -> tuple[str, ...]:
    """The main languages, as Snowball names them, of the articles that the filters of facet groups let pass."""
    groups = read_facet_groups(db, filters)
    sizes = dict(db.execute("SELECT id, articles FROM _facet_groups WHERE articles > 0"))
    counted = Counter[str]()
    for key, group in groups.groups.items():
        if key not in groups.excluded:
            counted[group.language.lower().replace("_", "-").partition("-")[0]] += sizes.get(key, 0)
    return choose_languages(counted)


def choose_languages(articles: Counter[str]) -> tuple[str, ...]:
    """The languages, most articles first, that have a stemmer and a tenth of the articles whose language is known. Pure."""
    known = Counter({code: count for code, count in articles.items() if code})
    total = known.total()
    main = [LANGUAGES.get(code, "") for code, count in known.most_common() if count >= total * MAIN_SHARE]
    return tuple(dict.fromkeys(filter(None, main)))[:MOST_LANGUAGES]


def find_forms(db: sqlite3.Connection, text: str, languages: Iterable[str]) -> tuple[tuple[str, ...], bool]:
    """The words of the index with the same stem as this one, without itself, and whether these are all."""
    from snowballstemmer import stemmer  # needed by few searches; one for each thread

    folded = fold_as_index(text)
    if folded is None:
        return (), True
    stemmers = [stemmer(language) for language in languages]
    stems = [{fold_as_index(one.stemWord(text.lower())), one.stemWord(folded)} - {None} for one in stemmers]
    begin = common_begin([folded, *(stem for of_one in stems for stem in of_one if stem)])
    if not stemmers or len(begin) < SHORTEST - 1:
        return (), True
    forms: set[str] = set()
    terms = list(islice(read_words(db, begin), MOST_READ + 1))
    for term in terms[:MOST_READ]:
        if term.isalpha() and any(
            one.stemWord(term) in wanted for one, wanted in zip(stemmers, stems, strict=True)
        ):
            forms.add(term)
    near = sorted(forms - {folded}, key=lambda form: (abs(len(form) - len(folded)), form))
    return tuple(near[:MOST_FORMS]), len(terms) <= MOST_READ and len(near) <= MOST_FORMS


def common_begin(texts: Iterable[str]) -> str:
    """The letters with which all the texts begin. Pure."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return "".join(letters[0] for letters in same)


def read_words(db: sqlite3.Connection, begin: str) -> Iterator[str]:
    """The words of the index that begin so, in order. Each is looked up by itself: where it occurs is not read.

    The virtual table is one of the connection alone; a read-only file is enough.
    """
    db.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp._index_words USING fts5vocab('main', 'articles_fts', 'instance')"
    )
    sql = "SELECT term FROM temp._index_words WHERE term >= ? AND term <= ? LIMIT 1"
    at = begin
    while (row := db.execute(sql, [at, begin + _LAST]).fetchone()) is not None:
        yield str(row[0])
        at = f"{row[0]}\x01"


def fold_as_index(text: str) -> str | None:
    """The word as the search index has it (small letters, most marks left out); None when that is not one word.

    FTS5 itself says it: its tables of letters are no others' tables.
    """
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        scratch.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, row)")
        scratch.execute("INSERT INTO t VALUES (?)", [text])
        found = [term for (term,) in scratch.execute("SELECT term FROM v LIMIT 2")]
    return found[0] if len(found) == 1 else None


def add_forms(node: Node, forms: Mapping[str, tuple[str, ...]]) -> Node:
    """The tree with each word or any of its forms in its place. Pure."""
    match node:
        case Word():
            added = forms.get(node.text, ()) if may_have_forms(node) else ()
            others = (Word(form, field=node.field, added=n) for n, form in enumerate(added, 1))
            return Or((node, *others)) if added else node
        case Not(keep, drop):
            return Not(add_forms(keep, forms), add_forms(drop, forms))
        case And(parts) | Or(parts):
            return type(node)(tuple(add_forms(part, forms) for part in parts))

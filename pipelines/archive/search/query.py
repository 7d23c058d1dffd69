"""The language of queries: parses what people type into a tree. Pure; no text raises an error.

Words side by side mean AND. Also `"a phrase"`, `AND`, `OR`, `NOT` (or `-word`), `(...)`, `begin*`, and `title:`,
`text:`, `author:`, `source:`, `story:`, `first:` before a word, a phrase or (the first two) brackets. `in:versions` anywhere means that
superseded versions are searched too, `in:forms` that words may stand in their other forms (`word_forms.py` adds these).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from typing import NamedTuple

MAX_LETTERS = 2000
MAX_WORDS = 64
MAX_DEPTH = 20
"""Nesting of brackets: far more than people type, far less than SQLite's parser allows (256 levels)."""

FIELDS = ("title", "text", "author", "source", "story", "first")
CONDITIONS = ("author", "source", "story", "first")
"""Fields that say something of an article, not of its words."""
ANY = "*"
"""The value of `first:` that means any source."""

OTHER_NAMES = {
    other: field
    for field, others in {
        "title": "headline heading head",
        "text": "body content standfirst intro",
        "author": "by byline writer journalist name",
        "source": "paper newspaper outlet site publisher domain host medium",
    }.items()
    for other in others.split()
}
"""What people call a field elsewhere."""

DAY_NAMES = frozenset(
    ["since", "until", "date", "day", "year", "month", "before", "after", "from", "to", "published"]
)
FACET_NAMES = frozenset(["language", "lang", "section", "category", "tag", "topic", "access", "state"])


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a prefix or a phrase (words with spaces or signs between), perhaps in a field.

    `added` is its place, from 1, among the forms that were added for a word; 0 for a word that was typed.
    """

    text: str
    prefix: bool = False
    field: str = ""
    quoted: bool = field_of(default=False, compare=False)
    added: int = field_of(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The articles that `keep` finds, without those that `drop` finds."""

    keep: Node
    drop: Node


Node = Word | And | Or | Not


class AddedForms(NamedTuple):
    """The forms that were added for one word of a query."""

    word: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """`node` is None when there is nothing to look for; `problem` says in a sentence what was not understood.

    `versions` says that superseded versions are searched too, `wants_forms` that words are to be found in other forms;
    `added` has these once they are in the tree.
    """

    node: Node | None
    problem: str = ""
    versions: bool = False
    wants_forms: bool = False
    added: tuple[AddedForms, ...] = ()


IN_VERSIONS, IN_FORMS = "in:versions", "in:forms"
_in = re.compile(r"(?<!\S)in:(versions?|forms?)(?!\S)", re.IGNORECASE)


class SplitQuery(NamedTuple):
    """The words of a query without `in:versions` and `in:forms`, and which of these it had."""

    words: str
    versions: bool
    forms: bool

    def with_words(self, words: str) -> str:
        """Other words, with the same beside them."""
        return " ".join(
            [words, *([IN_VERSIONS] if self.versions else []), *([IN_FORMS] if self.forms else [])]
        ).strip()


def split_query(text: str) -> SplitQuery:
    """Take `in:versions` and `in:forms` out of a query."""
    found = {name.lower()[:1] for name in _in.findall(text)}
    words = " ".join(_in.sub(" ", text).split()) if found else text
    return SplitQuery(words, "v" in found, "f" in found)


class _SyntaxError(Exception):
    """The syntax is wrong; the message says how."""


class _UnknownFieldError(Exception):
    """A word stands before a colon as fields do, and is none. Searching for it would find nothing, without a word."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "(", ")", "AND", "OR", "NOT", "word", "phrase", "field("
    text: str = ""
    field: str = ""
    prefix: bool = False


_token = re.compile(
    rf"""
    (?P<minus>(?<!\S)-(?=\S))?
    (?:(?P<field>{"|".join(FIELDS)}):(?=\S))?
    (?: ["“”„](?P<phrase>[^"“”„]*)(?P<closed>["“”„])?(?P<star>\*)?
      | (?P<open>\()
      | (?P<close>\))
      | (?P<word>[^\s()"“”„]+)
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def parse(text: str) -> Query:
    """Parse a query. Wrong syntax gives all its words, joined by AND, and a `problem` that says so."""
    text, versions, forms = split_query(text)
    if versions or forms:
        query = parse(text)
        name = IN_VERSIONS if versions else IN_FORMS
        missing = f"{name} stands beside the words to look for." if not text else query.problem
        return replace(query, problem=missing, versions=versions, wants_forms=forms)
    text = unicodedata.normalize("NFC", text)  # some systems type a letter and its mark as two
    text = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
    cut = ""
    if len(text) > MAX_LETTERS:
        text, cut = text[:MAX_LETTERS], f"Only the first {MAX_LETTERS:,} letters of the search were used."
    try:
        tokens = _tokenize(text)
        if sum(token.kind in ("word", "phrase") for token in tokens) > MAX_WORDS:
            raise _SyntaxError(f"A search may have {MAX_WORDS} words")
        node = _Parser(tokens).parse()
    except _UnknownFieldError as error:
        return Query(None, str(error))
    except _SyntaxError as error:
        plain = _plain_words(text)
        return Query(plain, f"{error}. Searched for all the plain words instead." if plain else f"{error}.")
    if node is None and text.strip():
        return Query(None, "There is no letter or figure in this search to look for.")
    return Query(node, cut)


def words(node: Node | None, *, dropped: bool = False) -> list[Word]:
    """The words and phrases of a tree in order; those after NOT only if `dropped`."""
    match node:
        case None:
            return []
        case Word():
            return [node]
        case Not():
            return words(node.keep, dropped=dropped) + (words(node.drop, dropped=True) if dropped else [])
        case And() | Or():
            return [word for part in node.parts for word in words(part, dropped=dropped)]


def has_letter(text: str) -> bool:
    """Whether FTS5's tokenizer finds a word in the text."""
    return any(unicodedata.category(c)[0] in "LN" for c in text)


def _tokenize(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for found in _token.finditer(text):
        field = (found["field"] or "").lower()
        if found["minus"]:
            tokens.append(_Token("NOT"))
        if found["phrase"] is not None:
            if not found["closed"]:
                raise _SyntaxError("A quotation mark is not closed")
            tokens.append(_Token("phrase", found["phrase"].strip(), field, bool(found["star"])))
        elif found["open"]:
            if field in CONDITIONS:
                raise _SyntaxError(f"{field}: takes a word or a phrase in quotation marks, not brackets")
            tokens.append(_Token("(", field=field))
        elif found["close"]:
            tokens.append(_Token(")"))
        elif found["word"] in ("AND", "OR", "NOT") and not field:
            tokens.append(_Token(found["word"]))
        else:
            word = found["word"]
            if not field:
                _check_field(word, followed=text[found.end() : found.end() + 1])
            plain = word if field == "story" or (field, word) == ("first", ANY) else _trim(word)
            tokens.append(_Token("word", plain, field, word.endswith("*")))
    return tokens


_named = re.compile(r"([^\W\d_]{2,20}):(?!//)(.?)", re.DOTALL)


def _check_field(word: str, followed: str) -> None:
    """Raise `_UnknownFieldError` for `headline:harbour`; not for `Mission:Impossible`, `12:30` or an address.

    `followed` is the sign after the word, a quotation mark or bracket for `headline:"grain harbour"`.
    """
    if word.removesuffix(":") in FIELDS and word.endswith(":") and not followed.strip():
        raise _UnknownFieldError(f"{word} stands directly before its word, without a blank: {word}harbour.")
    found = _named.match(word)
    if found is None or not (found[2] or followed.strip()):
        return
    name = found[1].lower()
    near = OTHER_NAMES.get(name) or next(iter(difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.75)), "")
    if name == "in":
        remedy = f"{IN_VERSIONS} searches superseded versions too, {IN_FORMS} other forms of the words."
    elif name in DAY_NAMES:
        remedy = "Days are no part of the words: use --since and --until, or From and To in the browser."
    elif name in FACET_NAMES:
        remedy = f"In the browser a search is narrowed by {name} in the column beside the results."
    elif near:
        remedy = f"Did you mean {near}:?"
    elif found[1].isascii() and found[1].islower():
        remedy = "To look for the word itself, put it in quotation marks, with what follows."
    else:
        return
    raise _UnknownFieldError(
        f"{found[1]}: is no field; there are {', '.join(f'{f}:' for f in FIELDS)}. {remedy}"
    )


def _trim(word: str) -> str:
    """The word without the signs around it (`(U.S.,` becomes `U.S`): signs do not count in a search."""
    start, end = 0, len(word)
    while start < end and unicodedata.category(word[start])[0] not in "LNM":
        start += 1
    while end > start and unicodedata.category(word[end - 1])[0] not in "LNM":
        end -= 1
    return word[start:end]


def _plain_words(text: str) -> Node | None:
    found = (_trim(piece) for piece in re.split(r'[\s()"“”„:]+', text) if piece not in ("AND", "OR", "NOT"))
    parts = tuple(dict.fromkeys(Word(piece) for piece in found if has_letter(piece)))[:MAX_WORDS]
    return _join(And, parts)


def _join(kind: type[And] | type[Or], parts: tuple[Node, ...]) -> Node | None:
    parts = tuple(dict.fromkeys(parts))
    return kind(parts) if len(parts) > 1 else (parts[0] if parts else None)


class _Parser:
    """A recursive descent parser. NOT binds closest, then AND (written or not), then OR, as in FTS5."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def parse(self) -> Node | None:
        node = self._read_or("")
        if self.at < len(self.tokens):
            raise _SyntaxError("A bracket is closed that was never opened")
        return node

    def _peek(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def _read_or(self, field: str) -> Node | None:
        parts = [self._read_and(field)]
        while self._peek() == "OR":
            self.at += 1
            parts.append(self._read_and(field))
        return _join(Or, tuple(part for part in parts if part is not None))

    def _read_and(self, field: str) -> Node | None:
        """A sequence joined by AND. A lone sign is left out: as a word it would match nothing."""
        kept: list[Node] = []
        dropped: list[Node] = []
        first = True
        while (kind := self._peek()) not in ("", ")", "OR"):
            if kind == "AND":
                if first:
                    raise _SyntaxError("AND needs words on both sides")
                self.at += 1
                if self._peek() in ("", ")", "OR", "AND"):
                    raise _SyntaxError("AND needs words on both sides")
                continue
            self.at += kind == "NOT"
            if kind == "NOT" and (first or self._peek() in ("", ")", "AND", "OR", "NOT")):
                raise _SyntaxError("NOT takes words away from others: it needs words on both sides")
            part = self._read_operand(field)
            if part is not None:
                (dropped if kind == "NOT" else kept).append(part)
            first = False
        if first:
            if self._peek() == "OR" or (self.at and self.tokens[self.at - 1].kind == "OR"):
                raise _SyntaxError("OR needs words on both sides")
            return None
        node = _join(And, tuple(kept))
        if node is None:
            if dropped:
                raise _SyntaxError("NOT takes words away from others: it needs words on both sides")
            return None
        without = _join(Or, tuple(dropped))
        return Not(node, without) if without else node

    def _read_operand(self, field: str) -> Node | None:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "(":
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise _SyntaxError(f"Brackets may stand {MAX_DEPTH} deep")
            node = self._read_or(token.field or field)
            if self._peek() != ")":
                raise _SyntaxError("A bracket is not closed")
            self.at += 1
            self.depth -= 1
            return node
        if not has_letter(token.text) and (token.field, token.text) != ("first", ANY):
            return None
        return Word(token.text, token.prefix, token.field or field, token.kind == "phrase")


def write_query(node: Node, without: str = "") -> str:
    """A tree as a query that is read as the same tree, added forms written out; `without` leaves one of these out."""
    match node:
        case Word():
            plain = not node.quoted and node.text.isalnum() and node.text not in ("AND", "OR", "NOT")
            text = node.text if plain else f'"{node.text}"'
            return f"{node.field}:{text}" * bool(node.field) + text * (not node.field) + "*" * node.prefix
        case Not(keep, drop):
            kept = write_query(keep, without)
            return f"{f'({kept})' if isinstance(keep, Or | Not) else kept} NOT {_in_brackets(drop, without)}"
        case And(parts):
            return " ".join(_in_brackets(part, without) for part in parts)
        case Or(parts):
            kept_parts = [
                part for part in parts if not (isinstance(part, Word) and part.added and part.text == without)
            ]
            return " OR ".join(_in_brackets(part, without) for part in kept_parts)


def _in_brackets(node: Node, without: str) -> str:
    text = write_query(node, without)
    return text if isinstance(node, Word) or " " not in text else f"({text})"

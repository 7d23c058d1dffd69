"""Patterns that are compiled when they are first used, and alternatives that are told apart by their first letter. Knows nobody.

Compiling takes Python 5 to 100 ms for a pattern of many words or scripts, and most commands use none of these.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

_ODD_CASES = (
    "\u00b5\u0130\u0131\u017f\u01c5\u01c8\u01cb\u01f2\u0345\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f4\u03f5"
    "\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1e9e\u1fbe\u1fd3\u1fe3\u2126\u212a\u212bIi"
)
"""What `re.IGNORECASE` takes for a letter beside that letter's own capital and small form."""


def compile_when_used(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`. After its first use a method costs what a compiled pattern's costs."""
    return cast("re.Pattern[str]", _Pattern(pattern, flags))


class _Pattern:
    def __init__(self, pattern: str, flags: int) -> None:
        self._pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._pattern, self._flags)
        for method in ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


class RarePhrases:
    """Phrases of which most texts have hardly one, found in any case as whole words; `phrases` are patterns by a piece that
    stands in each, in small letters.

    A pattern of them all tries each word of a text, .9 ms for twenty phrases on a page; to look for the pieces takes .2.
    """

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = phrases

    def count(self, text: str, lower: str) -> int:
        """Return how often the phrases stand in a text, of which `lower` is the form in small letters."""
        odd = any(sign in text for sign in _ODD_LETTERS)
        found = tuple(phrase for piece, phrase in self.phrases.items() if odd or piece in lower)
        return len(_compile_phrases(found).findall(text)) if found else 0


_ODD_LETTERS = "\u0130\u0131\u017f"
"""What `re.IGNORECASE` takes for an `i` or an `s`, and `str.lower` does not make one."""


@cache
def _compile_phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{group_by_letter('|'.join(phrases))})\b", re.IGNORECASE)


def group_by_letter(alternatives: str) -> str:
    """Group alternatives of a pattern with `re.IGNORECASE` by their first letters; what it matches stays the same.

    Python tries each alternative at each place, 120 µs a line for a hundred phrases; now it looks at one letter first.
    Those that begin with no plain letter keep their place. Not for patterns with numbered groups or `re.VERBOSE`.
    """
    found: list[str] = []
    groups: dict[str, list[str]] = {}
    for alternative in [*_spell_out(alternatives), ""]:
        if alternative[:1].isalpha() and alternative[1:2] not in ("?", "*", "+", "{"):
            groups.setdefault(_find_cases(alternative[0]), []).append(alternative[1:])
            continue
        found += [f"(?-i:[{cases}])(?:{'|'.join(rest)})" for cases, rest in groups.items()]
        groups = {}
        found.append(alternative)
    return "|".join(found[:-1])


def _spell_out(alternatives: str) -> list[str]:
    """Split alternatives, and those that begin with a choice, such as `(?:click|tap) here`, into one for each."""
    found = []
    for alternative in _split(alternatives):
        choice = next(
            iter(_split(alternative.replace(")", ")|", 1))), ""
        )  # up to the first bracket that closes
        choices, rest = choice[3:-1], alternative[len(choice) :]
        whole = choice.startswith("(?:") and alternative.startswith(choice) and "(" not in choices
        if whole and rest[:1] not in ("?", "*", "+", "{"):
            found += [one + rest for one in _spell_out(choices)]
        else:
            found.append(alternative)
    return found


def _split(alternatives: str) -> list[str]:
    """Split a pattern at the bars outside of its brackets."""
    found, depth, within_set, begin = [], 0, False, 0
    for match in re.finditer(r"\\.|[\[\]()|]", alternatives, re.DOTALL):
        sign = match[0]
        if within_set or sign == "[":
            within_set = sign != "]"
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and not depth:
            found.append(alternatives[begin : match.start()])
            begin = match.end()
    return [*found, alternatives[begin:]]


@cache
def _find_cases(letter: str) -> str:
    """Return all signs that a pattern with `re.IGNORECASE` takes for a letter."""
    usual = {letter.lower(), letter.upper(), letter.upper().lower()}
    same = re.compile(letter, re.IGNORECASE)
    return "".join(sorted(case for case in {*usual, *_ODD_CASES} if same.fullmatch(case)))

"""Parameters of an address that a page does not use: said in sentences, since leaving them out would answer another question.

Pure.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_SHOWN = 40
_OF_OTHERS = ("_", "utm_")
"""Datasette's own parameters, and those that mail programs and newsletters append."""


def describe_unused_params(
    given: Iterable[tuple[str, str]],
    known: Collection[str],
    choices: Mapping[str, Collection[str]],
    several: Collection[str] = (),
) -> list[str]:
    """A sentence for what is not used; '' is none given.

    That is each name that is not in `known`, each value that is none of its `choices`, and all values but the first of a
    name that is not in `several`.
    """
    sentences = []
    first: dict[str, str] = {}
    for name, value in given:
        if name not in known:
            if not name.startswith(_OF_OTHERS):
                sentences.append(
                    f"“{_shorten(name)}” is not known here and was left out.{_nearest(name, known)}"
                )
        elif name not in several and first.setdefault(name, value) != value and value:
            sentences.append(
                f"“{name}” can stand once in this address: “{_shorten(value)}” was left out, “{_shorten(first[name])}” used."
            )
        elif value and name in choices and value not in choices[name]:
            remedy = _nearest(value, choices[name]) or f" There are {', '.join(choices[name])}."
            sentences.append(f"“{_shorten(value)}” is no {name} and was left out.{remedy}")
        elif name == "page" and value and not value.isdecimal():
            sentences.append(f"“{_shorten(value)}” is no number of a page.")
    return list(dict.fromkeys(sentences))


def _nearest(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"

"""Numbers and lists in sentences for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED = 10
"""Names that a message lists where it knows of many."""


def count(number: int, noun: str, verb: str = "") -> str:
    """`1 file`, `1,204 files`; with a verb in its plural (`were`, `are`, `wait`) `1 file was`."""
    one = {"were": "was", "are": "is"}.get(verb, f"{verb}s" if verb else "")
    return " ".join(
        filter(None, (f"{number:,}", noun, one) if number == 1 else (f"{number:,}", f"{noun}s", verb))
    )


def size(octets: int) -> str:
    """`812 bytes`, `4 kB`, `1.2 MB`, `1,204.0 MB`; kB and MB are powers of ten."""
    if octets < 1000:
        return count(octets, "byte")
    return f"{octets / 1e3:.0f} kB" if octets < 999_500 else f"{octets / 1e6:,.1f} MB"


def name_some(names: Iterable[str]) -> str:
    """The first names of a list, and how many more there are: `daily, evening and 12 more`."""
    every = list(names)
    more = len(every) - NAMED
    return ", ".join(every[:NAMED]) + (f" and {more:,} more" if more > 0 else "")

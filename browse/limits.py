"""How much one query of a reader may take: SQL that Datasette runs as it is typed, within its time limit.

The time limit alone does not hold: SQLite looks at it between instructions, and one instruction can make a value of
a gigabyte, or compare two of a megabyte for an hour.
"""

from __future__ import annotations

import re
import sqlite3
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Value = str | bytes | int | float | None

MOST_BYTES: Final = 64_000_000
"""Bytes of text and blobs in the answer to one query."""
LONGEST_VALUE: Final = 8_000_000
"""Bytes of one value. The longest article read so far has a tenth of it."""
_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
}


def limit(db: sqlite3.Connection) -> None:
    """Set the limits of a connection, and replace functions that are slower than linear."""
    for category, most in _LIMITS.items():
        db.setlimit(category, min(most, db.getlimit(category)))
    db.row_factory = _CountedRows().row
    db.create_function("instr", 2, _instr, deterministic=True)
    db.create_function("replace", 3, _replace, deterministic=True)
    printf = _bounded_printf()
    for name in ("printf", "format"):
        db.create_function(name, -1, printf, deterministic=True)
    for name, strip in (("trim", str.strip), ("ltrim", str.lstrip), ("rtrim", str.rstrip)):
        db.create_function(name, 2, _trim_by(strip), deterministic=True)


@contextmanager
def unlimited(db: sqlite3.Connection) -> Iterator[None]:
    """For SQL of our own: a value may be as long as the archive has it."""
    before = db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000_000)
    try:
        yield
    finally:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, before)


class _CountedRows:
    """Rows as Datasette wants them, counted by query: an answer that grows too large ends the query."""

    def __init__(self) -> None:
        self.cursor: sqlite3.Cursor | None = None
        self.left = MOST_BYTES

    def row(self, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        if cursor is not self.cursor:
            self.cursor, self.left = cursor, MOST_BYTES
        self.left -= sum(len(value) for value in values if isinstance(value, (str, bytes)))
        if self.left < 0:
            self.cursor = None
            raise sqlite3.OperationalError(
                f"the answer has more than {MOST_BYTES / 1e6:.0f} MB. Ask for fewer rows or columns, or use a part"
                " of long values: substr(text, 1, 1000)"
            )
        return sqlite3.Row(cursor, values)


def _text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _instr(text: Value, part: Value) -> int | None:
    if text is None or part is None:
        return None
    if isinstance(text, bytes) and isinstance(part, bytes):
        return text.find(part) + 1
    return _text(text).find(_text(part)) + 1


def _replace(text: Value, old: Value, new: Value) -> str | None:
    if text is None or old is None or new is None:
        return None
    whole, part, other = _text(text), _text(old), _text(new)
    if not part:
        return whole
    if len(whole) + whole.count(part) * (len(other) - len(part)) > LONGEST_VALUE:
        raise OverflowError
    return whole.replace(part, other)


def _trim_by(strip: Callable[[str, str], str]) -> Callable[[Value, Value], str | None]:
    def trim(text: Value, signs: Value) -> str | None:
        if text is None or signs is None:
            return None
        return strip(_text(text), "".join(set(_text(signs))))

    return trim


_REPEATED: Final = re.compile(r"%[-+ 0#!,]*(?:\d+|\*)?\.(\d+|\*)l{0,2}c")
"""`%.Nc` repeats a letter N times, in a loop that neither the time limit nor that on the length of a value ends."""
_INTEGER: Final = re.compile(r"\s*([+-]?\d+)")


def _bounded_printf() -> Callable[..., Value]:
    """`printf` as SQLite has it, by a connection of its own, but for letters repeated beyond the longest value."""
    inner = sqlite3.connect(":memory:", check_same_thread=False)
    inner.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)

    def printf(*arguments: Value) -> Value:
        if arguments and repeats_too_often(arguments):
            raise OverflowError
        marks = ",".join("?" * len(arguments))
        formatted: Value = inner.execute(f"SELECT printf({marks})", arguments).fetchone()[0]
        return formatted

    weakref.finalize(printf, inner.close)
    return printf


def repeats_too_often(arguments: tuple[Value, ...]) -> bool:
    """Whether a format repeats a letter more often than the longest value has letters. A `*` takes any argument for its number."""
    counts = [count for count in _REPEATED.findall(_text(arguments[0])) if arguments[0] is not None]
    numbers = [int(count) for count in counts if count != "*"]
    if "*" in counts:
        found = (_INTEGER.match(_text(value)) for value in arguments[1:] if value is not None)
        numbers += [abs(int(match[1][:20])) for match in found if match]
    return any(number > LONGEST_VALUE for number in numbers)

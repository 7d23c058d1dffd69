"""What was read from an archive, kept beside the connection that read it until the archive changes."""

from __future__ import annotations

import sqlite3
import weakref
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_NUMBER = "_clippings_memory"
"""A function of SQL that has the number of the connection's memory: a connection takes no attribute and no weak reference."""


@dataclass(slots=True)
class _Memory:
    """Values by name, read while the archive stood at `state`: its version and this connection's own changes."""

    state: tuple[int, int] = (0, 0)
    values: dict[str, Any] = field(default_factory=dict)


_memories: dict[int, _Memory] = {}
_numbers = count(1)


def remember(db: sqlite3.Connection, name: str, read: Callable[[sqlite3.Connection], T]) -> T:
    """What `read` gives, read again only when the archive has changed; only who asks by this name may change it.

    Within a transaction nothing is kept: it may be rolled back.
    """
    if db.in_transaction:
        return read(db)
    state = (db.execute("PRAGMA data_version").fetchone()[0], db.total_changes)
    memory = _find_memory(db)
    if memory.state != state:
        memory.state, memory.values = state, {}
    if name not in memory.values:
        memory.values[name] = read(db)
    value: T = memory.values[name]
    return value


def _find_memory(db: sqlite3.Connection) -> _Memory:
    try:
        number = db.execute(f"SELECT {_NUMBER}()").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "no such function" not in str(error):
            raise
        number = next(_numbers)
        _memories[number] = _Memory()

        def tell() -> int:
            return number

        weakref.finalize(tell, _memories.pop, number)  # SQLite lets go of it when the connection is closed
        db.create_function(_NUMBER, 0, tell, deterministic=True)
    return _memories[number]

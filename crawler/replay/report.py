"""What a replay counted, and how a difference is shown. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pipelines.archive.tables import replays

SHOWN = 5


@dataclass
class ReplayReport:
    """What a replay did so far."""

    done: int = 0
    total: int = 0
    articles: int = 0
    versions: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    no_longer: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    held: int = 0
    largest: list[tuple[int, str, str]] = field(default_factory=list)
    """(words that differ, URL, what differs) of the largest differences, as a heap."""


def difference(columns: dict[str, tuple[Any, Any]]) -> int:
    """How many words differ, by whole blocks. Pure."""
    return sum(
        len(block.split())
        for was, now in columns.values()
        for block in set(str(was or "").split("\n\n")) ^ set(str(now or "").split("\n\n"))
    )


def shown(columns: dict[str, tuple[Any, Any]]) -> str:
    """What differs, in a few lines: the first block that goes and the first that comes. Pure."""
    lines = []
    for name, (was, now) in columns.items():
        if name in replays.UNSAID:
            continue
        old, new = (str(value or "").split("\n\n") for value in (was, now))
        gone = [block for block in old if block and block not in new]
        come = [block for block in new if block and block not in old]
        lines.append(
            f"    {name}:" + (f" {len(gone)} blocks less, {len(come)} more" if name == "text" else "")
        )
        lines += [f"      - {cut(gone[0])}"] if gone else []
        lines += [f"      + {cut(come[0])}"] if come else []
    return "\n".join(lines)


def cut(text: str, length: int = 150) -> str:
    """A text on one line, shortened."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"

"""Which pages of a crawl both extractors read; counts those under way with those that the archive holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pipelines.decisions.second_reading import is_read_by_both
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.archive.records import Task


class SourceDay(NamedTuple):
    """A source on one day (UTC)."""

    source_id: str
    day: str


class ComparedPages:
    """`least` new pages a source and day, and one in fifty of the others; 0: none.

    `count_stored` says how many pages of a source and day the archive holds.
    """

    def __init__(self, least: int, count_stored: Callable[[str, str], int]) -> None:
        self.least = least
        self.count_stored = count_stored
        self.counts: Counter[SourceDay] = Counter()
        self.taken: dict[int, SourceDay] = {}

    def take(self, task: Task, day: str) -> bool:
        """Whether both read a task's page; it is counted if so. A page that is fetched again was counted before."""
        if self.least <= 0 or task.article_id is not None:
            return False
        place = SourceDay(task.source_id, day)
        if place not in self.counts:
            self.counts[place] = self.count_stored(*place)
        if not is_read_by_both(normalize.key(task.url), day, self.counts[place], self.least):
            return False
        self.counts[place] += 1
        self.taken[task.id] = place
        return True

    def give_back(self, task: Task) -> None:
        """Count a page no more: it was no article."""
        self.counts[self.taken.pop(task.id)] -= 1

"""What a backfill counted, and the lines that say it. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.run.progress_lines import clock_of
from crawler.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class BackfillReport:
    """What a backfill did so far. `listed` counts the captures that the index named, `left_out` why some were not taken up."""

    listed: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    known: int = 0
    forgotten: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    """Copies that are still to be asked for."""
    index_is_read: bool = False

    @property
    def done(self) -> int:
        """How many copies have an outcome of this run."""
        return self.outcomes.total()


def index_lines(report: BackfillReport, archive: str) -> Iterator[str]:
    """What the index named, and what of it is not taken up."""
    if report.listed:
        yield f"{count(report.listed, 'capture', 'are')} in the index of {archive}"
    for reason, number in report.left_out.most_common():
        yield f"{number:,} {reason}"
    if report.known:
        yield f"{report.known:,} are in the archive already, or a crawl has them before it"
    if report.forgotten:
        yield f"{report.forgotten:,} were forgotten here, and stay so"


def list_lines(report: BackfillReport, archive: str, pace: float) -> Iterator[str]:
    """The last lines of a dry run; `pace` is the seconds between two requests."""
    yield from index_lines(report, archive)
    span = clock_of(timedelta(seconds=report.waiting * max(pace, 0.1)))
    yield f"{count(report.waiting, 'page')} would be asked for, which takes {span} at least"


def backfill_lines(report: BackfillReport, archive: str, seconds: float) -> Iterator[str]:
    """The lines at the end."""
    yield from index_lines(report, archive)
    counts = ", ".join(
        f"{number:,} {outcome.replace('_', ' ')}" for outcome, number in report.outcomes.most_common()
    )
    yield f"{count(report.done, 'page')} from {archive} in {clock_of(timedelta(seconds=seconds))}: {counts or 'none'}"
    if report.waiting:
        yield f"{count(report.waiting, 'page', 'wait')}: the same command goes on"
    elif not report.index_is_read:
        yield "The index was not read to its end: the same command goes on"

"""What a replay counted, and the lines that say it. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.run.progress_lines import clock_of
from crawler.wording import count
from pipelines.archive.tables import replays

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN_DIFFERENCES = 5
SHOWN_REASONS = 20


class Difference(NamedTuple):
    """What a replay changes in one article: `words` that differ, and `shown`, a few lines for a person."""

    words: int
    url: str
    shown: str


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
    away: int = 0
    """Articles whose pages lie in a collection on the web."""
    files: int = 0
    done_before: int = 0
    outside: int = 0
    """Files: imported, imported by an earlier run, and by their name of other days."""
    imported: ReplayReport | None = None
    """What the import counted before a second step."""
    failed_files: list[str] = field(default_factory=list)
    """Lines for a person."""
    uncopied: int = 0
    """Articles of which some version has no capture; they are left as they are."""
    restored: int = 0
    """Articles that were error pages."""
    known: int = 0
    """Records whose capture is in the archive already."""
    largest: list[Difference] = field(default_factory=list)
    """The largest differences, as a heap."""


def count_words(columns: dict[str, tuple[Any, Any]]) -> int:
    """How many words differ, by whole blocks. Pure."""
    return sum(
        len(block.split())
        for was, now in columns.values()
        for block in set(str(was or "").split("\n\n")) ^ set(str(now or "").split("\n\n"))
    )


def format_difference(columns: dict[str, tuple[Any, Any]]) -> str:
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
        lines += [f"      - {shorten(gone[0])}"] if gone else []
        lines += [f"      + {shorten(come[0])}"] if come else []
    return "\n".join(lines)


def shorten(text: str, length: int = 150) -> str:
    """A text on one line, shortened."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def reextraction_lines(report: ReplayReport, seconds: float, dry_run: bool) -> Iterator[str]:
    """The lines at the end of a replay of the archive's own captures."""
    pace = f" ({report.done / seconds:.0f} a second)" if seconds > 1 else ""
    yield f"{count(report.done, 'capture')} extracted again in {clock_of(timedelta(seconds=seconds))}{pace}"
    would = "would change" if dry_run else "changed"
    fields = ", ".join(f"{name} {number}" for name, number in report.columns.most_common())
    yield f"{count(report.articles, 'article')} and {count(report.versions, 'old version')} {would}" + (
        f": {fields}" if fields else ""
    )
    if report.outcomes:
        yield f"{count(report.outcomes.total(), 'page')} that had no article {'would have' if dry_run else 'got'} one"
    if report.uncopied:
        yield (
            f"{count(report.uncopied, 'article', 'were')} left unchanged: no copy of the pages was kept, as the publishers ask"
        )
    if report.away:
        yield (
            f"{count(report.away, 'article', 'were')} left unchanged: the pages lie in a collection on the web, and --fetch reads"
            " them there"
        )
    if report.restored:
        yield f"{count(report.restored, 'article')} {'would be' if dry_run else 'put'} back to what stood there before an error page"
    for reason, number in report.no_longer.most_common(SHOWN_REASONS):
        yield f"{count(number, 'article', 'are')} none by today's rules, and left as found ({reason})"
    if dry_run and report.largest:
        yield "the largest differences:"
        for difference in sorted(report.largest, reverse=True):
            yield f"  {difference.url}: {count(difference.words, 'word')}"
            yield from difference.shown.split("\n")


def second_step_lines(report: ReplayReport) -> Iterator[str]:
    """The lines at the end of a second step."""
    fields = ", ".join(f"{name} {number}" for name, number in report.columns.most_common())
    yield (
        f"second step: {count(report.done, 'capture')} read again by source; {count(report.articles, 'article')} and"
        f" {count(report.versions, 'old version')} changed{f': {fields}' if fields else ''}"
    )


def import_lines(report: ReplayReport, seconds: float, dry_run: bool) -> Iterator[str]:
    """The lines at the end of an import of WARC files."""
    counts = ", ".join(
        f"{number} {outcome.replace('_', ' ')}" for outcome, number in report.outcomes.most_common()
    )
    done = "would be imported" if dry_run else "imported"
    yield f"{count(report.done, 'page')} {done} in {clock_of(timedelta(seconds=seconds))}: {counts or 'none'}"
    if report.done_before:
        yield f"{count(report.done_before, 'file', 'were')} imported before, and passed over"
    if report.outside:
        yield f"{count(report.outside, 'file', 'were')} passed over: by their names they are of other days"
    if report.known:
        yield f"{count(report.known, 'page', 'were')} in the archive already"
    for reason, number in report.skipped.most_common():
        yield f"{count(number, 'record')} skipped: {reason}"

"""Is a source well, and what does a crawl's exit code say? Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.items import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALL_WELL, ERROR, USAGE, SOME_FAILED, NOTHING_FETCHED, LOCKED = 0, 1, 2, 3, 4, 75
"""The exit codes of DESIGN: 75 is EX_TEMPFAIL of sysexits.h, which cron wrappers know as "try later"."""

REACHED = (
    Outcome.NEW,
    Outcome.REVISED,
    Outcome.UNCHANGED,
    Outcome.DUPLICATE,
    Outcome.NOT_ARTICLE,
    Outcome.EMPTY,
    Outcome.GONE,
)
"""Outcomes that show that the host answered."""

FEW = 3
"""Failed pages that a source may have without being called ailing, as long as others came through."""


@dataclass
class SourceCounts:
    """What happened to one source so far: outcomes, and its listings that answered or failed."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    answered: int = 0
    failed_listings: list[tuple[str, str]] = field(
        default_factory=list
    )  # (url, error) of listings that should work
    exhausted: str = ""  # why the rest of this source was left for another crawl


def failing(tally: SourceCounts) -> str:
    """Why a source needs a look, or the empty string. The first cause that applies is the one to mend."""
    if not tally.answered and tally.failed_listings:
        url, error = tally.failed_listings[0]
        return f"nothing could be read: {url}: {error}"
    if tally.exhausted and not tally.exhausted.startswith("limit"):
        return tally.exhausted
    if tally.failed_listings:
        url, error = tally.failed_listings[0]
        others = f" (and {len(tally.failed_listings) - 1} more)" if len(tally.failed_listings) > 1 else ""
        return f"{url}: {error}{others}"
    failed = tally.outcomes[Outcome.FAILED]
    reached = sum(tally.outcomes[outcome] for outcome in REACHED)
    if failed and (not reached or failed > max(FEW, reached)):
        return f"{failed} of {failed + reached} pages failed"
    return ""


def exit_code(failing_lines: Sequence[str], sources: int, counts: Mapping[Outcome, int]) -> int:
    """0 all well, 3 some sources failed, 4 nothing could be fetched."""
    if not failing_lines:
        return ALL_WELL
    if len(failing_lines) >= sources and not any(counts.get(outcome) for outcome in REACHED):
        return NOTHING_FETCHED
    return SOME_FAILED

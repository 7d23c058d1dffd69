"""Whether a source failed in a crawl, and the crawl's exit code. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pipelines.items import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALL_WELL, ERROR, SOME_FAILED, NOTHING_FETCHED, LOCKED = 0, 1, 3, 4, 75
"""The exit codes; click itself exits with 2 for wrong usage. 75 is EX_TEMPFAIL of sysexits.h, which cron wrappers
know as "try later".
"""

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

FAILED_PAGES_MAX = 3
"""Failed pages that a source may have without being called failing, as long as others were fetched."""


class FailedListing(NamedTuple):
    """A feed, sitemap or section page that should work and could not be read, or only in part."""

    url: str
    error: str


@dataclass
class SourceCounts:
    """What happened to one source so far: outcomes, and its listings that answered or failed.

    `taken_up` counts its URLs that are pending or have their outcome, `listings_left` its listings that are asked for and
    have not answered, `listings_read` all others. `exhausted` says why the rest of its URLs was left for another crawl; empty when nothing was.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    answered: int = 0
    failed_listings: list[FailedListing] = field(default_factory=list)
    exhausted: str = ""
    taken_up: int = 0
    listings_left: int = 0
    listings_read: int = 0


def describe_source_failure(counts: SourceCounts) -> str:
    """Why a source failed, or the empty string. The first cause that applies is the one to mend."""
    if not counts.answered and counts.failed_listings:
        first = counts.failed_listings[0]
        return f"nothing could be read: {first.url}: {first.error}"
    if counts.exhausted and not counts.exhausted.startswith("limit"):
        return counts.exhausted
    if counts.failed_listings:
        first = counts.failed_listings[0]
        others = f" (and {len(counts.failed_listings) - 1} more)" if len(counts.failed_listings) > 1 else ""
        return f"{first.url}: {first.error}{others}"
    failed = counts.outcomes[Outcome.FAILED]
    reached = sum(counts.outcomes[outcome] for outcome in REACHED)
    if failed and (not reached or failed > max(FAILED_PAGES_MAX, reached)):
        return f"{failed} of {failed + reached} pages failed"
    return ""


def has_fetched(counts: SourceCounts) -> bool:
    """Whether anything of a source could be fetched: a page, or a listing while no page failed."""
    if any(counts.outcomes[outcome] for outcome in REACHED):
        return True
    return counts.answered > 0 and not counts.outcomes[Outcome.FAILED]


def exit_code(failing_lines: Sequence[str], counts: Iterable[SourceCounts]) -> int:
    """0 all well, 3 some sources failed, 4 nothing could be fetched. `counts` are those of all sources."""
    if not failing_lines:
        return ALL_WELL
    return SOME_FAILED if any(has_fetched(one) for one in counts) else NOTHING_FETCHED


def combine_exit_codes(codes: Sequence[int]) -> int:
    """The code of a crawl whose parts ended with these: an error first, then a lock, then how much was fetched."""
    if any(code not in (ALL_WELL, SOME_FAILED, NOTHING_FETCHED, LOCKED) for code in codes):
        return ERROR
    if LOCKED in codes:
        return LOCKED
    if codes and all(code == NOTHING_FETCHED for code in codes):
        return NOTHING_FETCHED
    return SOME_FAILED if any(codes) else ALL_WELL

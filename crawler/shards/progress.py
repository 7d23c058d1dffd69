"""The progress of all shards on one line, from the lines of JSON that each crawl writes."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from crawler.run.progress_lines import (
    CrawlState,
    HostWork,
    Phase,
    clock_of,
    plain_line,
    progress_json,
    progress_line,
)
from crawler.terminal import columns, draw, echo, print_json_line
from pipelines import timestamps
from pipelines.items import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta
    from pathlib import Path

SECONDS = {"line": 0.5, "json": 1.0, "plain": 10.0}
TAIL = 16_384
"""Bytes at the end of an output in which its last line is looked for."""
ORDER = (Phase.LISTINGS, Phase.PAGES, Phase.STARTING, Phase.STOPPING)
"""The phase of all is the first of these that a shard is in."""


def read_last_line(output: Path) -> dict[str, Any] | None:
    """The last whole line of JSON of a crawl's output; None when there is none yet."""
    with suppress(OSError, ValueError), output.open("rb") as file:
        file.seek(max(output.stat().st_size - TAIL, 0))
        lines = [line for line in file.read().split(b"\n")[:-1] if line.startswith(b"{")]
        if lines:
            found = json.loads(lines[-1])
            return found if isinstance(found, dict) else None
    return None


def add_states(lines: Iterable[dict[str, Any]], elapsed: timedelta) -> CrawlState:
    """The state of a crawl that consists of these, each given as its last line of JSON. Pure."""
    lines = list(lines)
    counts = Counter[Outcome]()
    for line in lines:
        counts.update({Outcome(name): count for name, count in line.get("outcomes", {}).items()})
    phases = {line.get("phase") for line in lines}
    rates = [rate for line in lines if (rate := line.get("pages_per_minute")) is not None]
    return CrawlState(
        next((phase for phase in ORDER if phase in phases), Phase.ENDED if phases else Phase.STARTING),
        elapsed,
        _sum(lines, "pages_done"),
        _sum(lines, "pages_total"),
        counts,
        per_minute=sum(rates) if rates else None,
        listings_read=_sum(lines, "listings_read"),
        listings_left=_sum(lines, "listings_left"),
        waiting=tuple(source for line in lines for source in line.get("waiting_for", ())),
        hosts=tuple(
            HostWork(host["host"], host["pages"], host["seconds_a_page"], host["pause"])
            for line in lines
            if (host := line.get("slowest_host"))
        ),
    )


def _sum(lines: Sequence[dict[str, Any]], name: str) -> int:
    return sum(line.get(name, 0) for line in lines)


def write_progress(form: str, state: CrawlState, shards: dict[str, str]) -> None:
    """Write the state in the form that was asked for; `shards` says of each what it does."""
    if form == "json":
        print_json_line({**progress_json(state, timestamps.now()), "shards": shards})
    elif form in ("line", "plain"):
        words = ", ".join(f"{count} {word}" for word, count in Counter(shards.values()).items())
        if form == "line":
            line = progress_line(state, columns() - len(words) - 12)
            draw(f"{line}  shards: {words}")
        else:
            echo(f"{plain_line(state)}; shards: {words}", err=True)


def write_import_progress(form: str, state: CrawlState, shards: dict[str, str]) -> None:
    """Write how many WARC files are done and under way."""
    if form == "line":
        words = ", ".join(f"{count} {word}" for word, count in Counter(shards.values()).items())
        draw(f"{clock_of(state.elapsed)} {len(shards)} WARC files: {words}")

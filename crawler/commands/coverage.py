"""`clippings coverage`: how much of what the sources listed is in the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line
from crawler.command_line.options import archive_argument, json_option, require_source
from crawler.command_line.output import print_lines, table
from crawler.terminal import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNTS = ("listed", "held", "not_article", "empty", "excluded", "gone", "failed", "pending")


@click.command(short_help="Print what each source listed, and what became of it.")
@archive_argument
@click.option("--source", default=None, metavar="ID", help="This source, day by day and URL by URL.")
@click.option("--days", default=14, show_default=True, help="How many days back.")
@click.option(
    "--since", default=None, metavar="WHEN", help="Since when, instead: 2026, 2026-11, 2026-11-01, 7d."
)
@json_option
def coverage(archive: Path, source: str | None, days: int, since: str | None, as_json: bool) -> None:
    """Print for each source how many URLs it listed, how many are in ARCHIVE, and why the rest is not.

    With --source, a line a day, and one for each listed URL that is not in the archive.

    Example: clippings coverage archive.db --source globalvoices --days 7
    """
    print_coverage(archive, source, days, as_json, since)


def print_coverage(
    archive: Path, source: str | None, days: int, as_json: bool, since: str | None = None
) -> None:
    """Print the coverage since a date, or of so many days, of one source or of all."""
    from crawler.command_line.source_reports import read_coverage
    from pipelines.timestamps import local_now, parse_since_day

    if days < 0:
        raise UsageProblem("--days must be 0 or more.")
    if source is not None:
        require_source(archive, source)
    with errors_in_a_line():
        since = parse_since_day(since or f"{days}d", local_now())
        rows, missing = read_coverage(archive, since, source)
    if as_json:
        print_json({"coverage": rows, "missing": missing})
    else:
        print_lines(coverage_lines(rows, missing, in_detail=source is not None))


def coverage_lines(
    rows: list[dict[str, Any]], missing: list[dict[str, Any]], in_detail: bool
) -> Iterator[str]:
    """A line a source; `in_detail` a line a day of one source, and one for each listed URL that is missing."""
    from pipelines.urls.normalize import without_secrets

    if not rows:
        yield "Nothing was listed in these days."
        return
    totals: dict[str, list[int]] = {}
    for row in rows:
        counts = totals.setdefault(row["day"] if in_detail else row["source_id"], [0] * len(COUNTS))
        for n, name in enumerate(COUNTS):
            counts[n] += row[name]
    header = ("day" if in_detail else "source", *(name.replace("_", " ") for name in COUNTS))
    cells = [(name, *map(str, counts)) for name, counts in totals.items()]
    yield from table([header, *cells], right=set(range(1, len(COUNTS) + 1)))
    if in_detail and missing:
        yield ""
        for row in missing:
            reason = f" ({row['reason']})" if row["reason"] else ""
            yield f"{row['day']}  {row['outcome']}  {without_secrets(row['url'])}{reason}"

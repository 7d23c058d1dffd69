"""`clippings status`: how the sources do, what the last crawls did, and (`--check`) what needs attention."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import errors_in_a_line
from crawler.command_line.options import archive_argument, json_option
from crawler.command_line.output import EXIT_WORDS, format_minute, format_outcomes, print_lines, table
from crawler.commands.coverage import print_coverage
from crawler.commands.verify import verify_and_exit
from crawler.terminal import echo, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

END_WORDS = {"killed": "killed", "interrupted": "interrupted", "shutdown": "interrupted"}
"""How a crawl ended, where that says more than its exit code."""


@click.command(short_help="Print how the sources do and what the last crawls did.")
@archive_argument
@click.option("--check", is_flag=True, help="Print only troubles, and end with code 3 if there are any.")
@json_option
@click.option("--coverage", is_flag=True, hidden=True, help="Now a command: clippings coverage.")
@click.option("--source", default=None, metavar="ID", hidden=True, help="With --coverage: this source.")
@click.option("--days", default=14, hidden=True, help="With --coverage: so many days back.")
@click.option("--verify", is_flag=True, hidden=True, help="Now a command: clippings verify.")
def status(
    archive: Path,
    check: bool,
    as_json: bool,
    coverage: bool,
    source: str | None,
    days: int,
    verify: bool,
) -> None:
    """Print how the sources do, the ones in trouble first, and what the last crawls did.

    With --check it is made for cron: silent when all is well; otherwise each trouble with its first day, three
    URLs that show it, and what to try.

    Example: clippings status archive.db --check
    """
    if verify:
        echo("status --verify is a command of its own now: clippings verify", err=True)
        verify_and_exit(archive, as_json)
    elif check:
        check_and_exit(archive, as_json)
    elif coverage:
        echo("status --coverage is a command of its own now: clippings coverage", err=True)
        print_coverage(archive, source, days, as_json)
    else:
        print_status(archive, as_json)


def check_and_exit(archive: Path, as_json: bool) -> None:
    """Print the open alarms and the troubles of the crawls; exit with 3 if there are any."""
    from crawler.command_line.source_reports import read_troubles
    from crawler.run.exit_codes import ALL_WELL, SOME_FAILED

    with errors_in_a_line():
        troubles = read_troubles(archive, datetime.now(UTC))
    if as_json:
        print_json(troubles)
    else:
        print_lines(trouble_lines(troubles))
    sys.exit(SOME_FAILED if troubles else ALL_WELL)


def print_status(archive: Path, as_json: bool) -> None:
    """Print the sources, the last crawls and the schedule."""
    from crawler.command_line.source_reports import read_status
    from crawler.commands.schedule import read_schedule, status_line

    with errors_in_a_line():
        report = read_status(archive)
    schedule = read_schedule(archive)
    if as_json:
        print_json({**report, "schedule": schedule})
    else:
        print_lines([*status_lines(report), "", status_line(schedule)])


def status_lines(report: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """The sources as a table, those in trouble first and why; then the last crawls."""
    header = ("source", "state", "articles", "newest", "last response", "pending", "exhausted", "last crawl")
    sources = [
        (
            source["id"] + ("" if not source["broken_listings"] else " !"),
            source["state"],
            str(source["articles"]),
            format_minute(source["newest_seen_at"]),
            format_minute(source["answered_at"]),
            str(source["pending"]),
            str(source["exhausted"]),
            format_outcomes(source["last_outcomes"]),
        )
        for source in report["sources"]
    ]
    yield from table([header, *sources], right={2, 5, 6})
    for source in report["sources"]:
        if source["state"] != "well":
            yield f"{source['id']}: {' '.join(filter(None, (source['explained'], source['remedy'])))}"
    if any(source["broken_listings"] for source in report["sources"]):
        yield "! a feed, sitemap or section of this source no longer answers; see the table `listings`"
    for source in report["sources"]:
        if source["doubted"]:
            yield (
                f"{source['id']}: {source['doubted']} doubted: another page is in the article's place; the article stays until"
                " the same is seen a day later"
            )
    yield ""
    yield "crawls, newest first"
    crawls = [
        (
            str(crawl["id"]),
            format_minute(crawl["started_at"]),
            END_WORDS.get(crawl["reason"]) or EXIT_WORDS.get(crawl["exit_code"], str(crawl["exit_code"])),
            format_outcomes(crawl["outcomes"]),
        )
        for crawl in report["crawls"]
    ]
    yield from table(crawls, right={0}, has_head=False) if crawls else ["  none yet"]


def trouble_lines(troubles: list[dict[str, Any]]) -> Iterator[str]:
    """Each trouble in a few lines: the source, the kind, since when, the evidence, what to try."""
    from pipelines.urls.normalize import without_secrets

    for trouble in troubles:
        since = f" since {trouble['since'][:10]}" if trouble["since"] else ""
        yield f"{trouble['source'] or 'all sources'}: {trouble['kind']}{since}: {trouble['words']}"
        for url in trouble["evidence"]:
            yield f"  {without_secrets(url)}"
        yield f"  {trouble['advice']}"

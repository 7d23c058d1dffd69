"""`clippings alert`: saved searches that tell what is new."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.alert_round import print_report
from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_archive, require_known
from crawler.command_line.options import (
    archive_and_rest,
    archive_argument,
    config_file,
    config_option,
    json_option,
)
from crawler.command_line.output import format_minute, print_lines, table
from crawler.terminal import echo, one_line, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.alerts.run import Round
    from pipelines.alerts.render import ArchiveAddress
    from pipelines.desk.records import Report

TEST_EVENTS = 3
"""Articles in a test report."""


@click.group()
def alert() -> None:
    """Saved searches that tell what is new after each crawl.

    They stand in clippings.toml as [[alert]], or were saved in the browser: docs/alerts.md.

    Example: clippings alert list
    """


@alert.command("list", short_help="List the alerts and what could not be delivered.")
@archive_argument
@json_option
@config_option
def list_alerts(archive: Path, as_json: bool) -> None:
    """List the alerts: what each looks for, where it reports, and what could not be delivered.

    Example: clippings alert list
    """
    with opened_round(archive) as this:
        rows = describe_alerts(this)
    if as_json:
        print_json(rows)
    elif rows:
        print_lines(list_lines(rows))
    else:
        echo(
            "There is no alert yet. Write an [[alert]] into clippings.toml, or save a search in the browser."
        )


@alert.command(short_help="Send a test report of one alert.")
@click.argument("words", nargs=-1, required=True, metavar="[ARCHIVE] NAME")
@config_option
def test(words: tuple[str, ...]) -> None:
    """Send a test report of the alert NAME to each of its destinations, and note nothing of it.

    It has the last articles that the search finds.

    Example: clippings alert test Harbour
    """
    from crawler.alerts.config import resolve
    from crawler.alerts.run import send
    from crawler.alerts.send import SendError
    from pipelines import timestamps
    from pipelines.alerts.collect import find_latest
    from pipelines.desk.records import Report
    from pipelines.desk.reports import new_uid

    archive, rest = archive_and_rest(words)
    if not rest:
        raise UsageProblem("Which alert? Example: clippings alert test Harbour")
    name = " ".join(rest)
    failed = False
    with opened_round(archive, test=True) as this:
        by_name = {alert.name.lower(): alert for alert in this.alerts}
        if name.lower() not in by_name:
            require_known("alert", name, [alert.name for alert in this.alerts], "clippings.toml")
        chosen = by_name[name.lower()]
        require_archive(archive)
        events = tuple(find_latest(archive, chosen, TEST_EVENTS))
        report = Report(new_uid(), chosen.name, chosen.query, archive.name, timestamps.now(), events)
        for word in this.config.destinations_of(chosen):
            try:
                send(this, report, resolve(word, this.config, this.secrets), test=True)
            except (SendError, ValueError, OSError) as error:
                failed = True
                echo(f"Error: {word}: {error}", err=True)
            else:
                echo(f"{word}: {'written at the next report' if word == 'feed' else 'delivered'}")
    sys.exit(1 if failed else 0)


@alert.command(short_help="Look for what is new, and deliver it, as a crawl does.")
@archive_argument
@config_option
def run(archive: Path) -> None:
    """Look for what is new since the last report, and deliver it with what is still due, as a crawl does at its end.

    Example: clippings alert run
    """
    from crawler.alerts.run import deliver, look

    require_archive(archive)
    with opened_round(archive, making=True) as this:
        problems = [*look(this), *deliver(this)]
        broken = this.config.problems
    for line in problems:
        echo(f"Error: {line}", err=True)
    sys.exit(1 if problems or broken else 0)


@contextmanager
def opened_round(archive: Path, *, test: bool = False, making: bool = False) -> Iterator[Round]:
    """The alerts and their desk, open, and made when `making`. Ends the command for what cannot be used.

    An alert that cannot be used is named on stderr; the others go on.
    """
    from crawler.alerts.config import join_alerts, read_alert_config, read_secrets
    from crawler.alerts.run import Round
    from pipelines.desk.database import Desk, desk_path
    from pipelines.desk.searches import list_searches

    def show(report: Report, address: ArchiveAddress) -> None:
        print_report(report, address, test=test)

    with errors_in_a_line():
        config = read_alert_config(config_file())
        if not archive.absolute().parent.is_dir():
            raise UsageProblem(f"The folder {archive.absolute().parent} does not exist.")
        path = desk_path(archive)
        with Desk(path if making or path.exists() else Path(":memory:")) as desk:
            alerts, problems = join_alerts(config, list_searches(desk))
            for line in (*config.problems, *problems):
                echo(f"Error: {line}", err=True)
            yield Round(desk, archive, config, read_secrets(config.secrets), alerts, show)


def describe_alerts(this: Round) -> list[dict[str, Any]]:
    """Each alert with where it reports, when it last did, and what is due."""
    from pipelines.desk.reports import get_watch, last_reports, undelivered

    reported, due = last_reports(this.desk), undelivered(this.desk)
    rows = []
    for one in this.alerts:
        watch = get_watch(this.desk.db, one.name, this.archive.name)
        waiting = due.get(one.name.lower(), [])
        rows.append(
            {
                "name": one.name,
                "query": one.query,
                "narrowed_to": {facet: list(values) for facet, values in one.filters},
                "on": list(one.kinds),
                "to": list(this.config.destinations_of(one)),
                "saved_in": "desk.db" if one.id else "clippings.toml",
                "since": watch.since if watch else None,
                "looked_at": watch.looked_at if watch else None,
                "reported_at": reported.get(one.name.lower()),
                "undelivered": [
                    {"to": late.destination, "attempts": late.attempts, "error": late.error}
                    for late in waiting
                ],
            }
        )
    return rows


def list_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The alerts as a table, and below it what could not be delivered."""
    head = ("ALERT", "LOOKS FOR", "TELLS OF", "REPORTS TO", "LOOKED", "LAST REPORT")
    lines = [
        (
            row["name"],
            " ".join(
                [
                    row["query"],
                    *(f"{facet}:{','.join(values)}" for facet, values in row["narrowed_to"].items()),
                ]
            ),
            ", ".join(row["on"]),
            ", ".join(row["to"]),
            format_minute(row["looked_at"]),
            format_minute(row["reported_at"]),
        )
        for row in rows
    ]
    yield from table([head, *lines], right=set())
    for row in rows:
        for late in row["undelivered"]:
            why = f": {late['error']}" if late["error"] else ""
            tried = {0: "not tried yet", 1: "tried once"}.get(
                late["attempts"], f"tried {late['attempts']} times"
            )
            yield one_line(f"Not delivered: {row['name']} to {late['to']}, {tried}{why}")

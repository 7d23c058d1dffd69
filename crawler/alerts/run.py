"""One round of alerts: what is new becomes reports in desk.db, and what is due is delivered.

Nothing here raises to a crawl: what goes wrong becomes a line for its owner.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout

from crawler.alerts.config import join_alerts, mail_server, read_alert_config, read_secrets, resolve
from crawler.alerts.feeds import write_feed
from crawler.alerts.send import SendError, make_mail, post_json, push, send_mail, within_time
from crawler.user_settings import SettingsFileError
from pipelines import timestamps
from pipelines.alerts.collect import collect, start_watches
from pipelines.alerts.destinations import Destination, Kind
from pipelines.alerts.render import ArchiveAddress
from pipelines.archive.errors import ArchiveError
from pipelines.desk.database import Desk, desk_path
from pipelines.desk.errors import DeskError
from pipelines.desk.reports import (
    drop_delivery,
    get_report,
    list_pending,
    note_delivery,
)
from pipelines.desk.searches import list_searches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawler.alerts.config import AlertConfig, Secrets
    from pipelines.desk.records import Delivery, Report, SavedSearch

log = logging.getLogger("clippings")

ROUND_SECONDS = 90
"""Seconds after which a round begins no further look, and no further delivery; what is left waits for the next."""
LOCK_SECONDS = 10
"""Seconds to wait for another round that delivers from the same desk."""
SAID_AGAIN = 24
"""A destination that stays down is said at the first try and at every such try: once a day of an hourly schedule."""


class Printer(Protocol):
    """Prints a report to standard output; raises `OSError` when nobody reads it."""

    def __call__(self, report: Report, address: ArchiveAddress) -> None: ...


@dataclass(frozen=True, slots=True)
class Round:
    """What a round needs to know. `desk` is open."""

    desk: Desk
    archive: Path
    config: AlertConfig
    secrets: Secrets
    alerts: Sequence[SavedSearch]
    print_report: Printer

    @property
    def address(self) -> ArchiveAddress:
        return ArchiveAddress(self.config.address)


def begin_alerts(archive: Path, config_file: Path | None) -> None:
    """Let alerts that are new begin with this crawl, before it stores anything. Never raises."""
    try:
        config = read_alert_config(config_file)
        path = desk_path(archive)
        if not config.alerts and not path.exists():
            return
        with Desk(path) as desk:
            alerts, _ = join_alerts(config, list_searches(desk))
            start_watches(desk, archive, alerts)
    except Exception as error:  # the round at the crawl's end says what is wrong
        log.warning("alerts could not begin: %s", error)


def run_alerts(archive: Path, config_file: Path | None, print_report: Printer) -> list[str]:
    """One round after a crawl: look, report, deliver. Returns lines for the archive's owner. Never raises."""
    try:
        config = read_alert_config(config_file)
        path = desk_path(archive)
        if not config.alerts and not path.exists():
            return list(config.problems)
        with Desk(path) as desk:
            alerts, problems = join_alerts(config, list_searches(desk))
            problems = [*config.problems, *problems]
            one_round = Round(desk, archive, config, read_secrets(config.secrets), alerts, print_report)
            return [*problems, *look(one_round), *deliver(one_round)]
    except (ArchiveError, DeskError, SettingsFileError) as error:
        return [str(error)]
    except Exception as error:  # a fault of ours must not fail a crawl that is done
        log.exception("a fault in Clippings while alerts reported")
        return [f"alerts could not report ({error}). They try again after the next crawl; please report it."]


def look(this: Round) -> list[str]:
    """Keep what is new to each alert as a report; returns a line for each alert that could not look."""
    problems = []
    end = time.monotonic() + ROUND_SECONDS
    for alert in this.alerts:
        if time.monotonic() > end:
            break
        try:
            found = collect(this.desk, this.archive, alert, this.config.destinations_of(alert))
        except (ArchiveError, DeskError) as error:
            problems.append(f"alert {alert.name}: {error}")
            continue
        log.info("alert %s: %d events", alert.name, found)
    return problems


def deliver(this: Round) -> list[str]:
    """Deliver all that is due, the oldest first; a destination that fails is left alone until the next round."""
    lock = FileLock(this.desk.path.with_name(this.desk.path.name + ".lock"), timeout=LOCK_SECONDS)
    try:
        with lock:
            return _deliver_pending(this)
    except Timeout:
        return []  # the other round delivers it, or the next one


def _deliver_pending(this: Round) -> list[str]:
    wanted = {
        (alert.name.lower(), word) for alert in this.alerts for word in this.config.destinations_of(alert)
    }
    end = time.monotonic() + ROUND_SECONDS
    down: set[str] = set()
    lines = []
    for delivery in list_pending(this.desk):
        if time.monotonic() > end:
            break
        if (delivery.alert.lower(), delivery.destination) not in wanted:
            drop_delivery(this.desk, delivery)
            continue
        if delivery.destination in down:
            continue
        problem = _deliver_one(this, delivery)
        if problem is None:
            continue
        down.add(delivery.destination)
        log.warning("alert %s to %s: %s", delivery.alert, delivery.destination, problem)
        if delivery.attempts % SAID_AGAIN == 0:
            lines.append(
                f"alert {delivery.alert}: {delivery.destination} was not reached: {problem.rstrip('.')}. "
                "The report is kept and tried again after the next crawl."
            )
    return lines


def _deliver_one(this: Round, delivery: Delivery) -> str | None:
    """Deliver one report; returns why it could not be, None when it was. What was sent is noted after."""
    report = get_report(this.desk, delivery.report_id)
    problem = None
    if report.events:  # all that it told may have been forgotten meanwhile
        try:
            send(this, report, resolve(delivery.destination, this.config, this.secrets))
        except (SendError, ValueError, OSError) as error:
            problem = str(error) or type(error).__name__
    note_delivery(this.desk, delivery, timestamps.now(), problem)
    return problem


def send(this: Round, report: Report, destination: Destination, *, test: bool = False) -> None:
    """Send a report, within a time limit. Raises `SendError`, `ValueError` and `OSError`."""
    address = this.address
    match destination.kind:
        case Kind.STDOUT:
            this.print_report(report, address)
        case Kind.FEED:
            if not test:
                write_feed(this.desk, report.alert, this.desk.path.parent, address)
        case Kind.MAIL:
            server = mail_server(this.config, this.secrets)
            mail = make_mail(report, this.config.sender, destination.address, address, test=test)
            within_time(lambda: send_mail(mail, server))
        case Kind.WEBHOOK:
            within_time(lambda: post_json(report, destination.address, address, test=test))
        case _:
            within_time(lambda: push(report, destination.address, address, test=test))

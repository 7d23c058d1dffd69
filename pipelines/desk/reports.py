"""What alerts have looked at and told: positions, reports, and their delivery."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.desk.records import Delivery, Event, Report, Watch, hash_key

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from pipelines.desk.database import Desk

KEPT = 200
"""Events of each alert that stay when all is delivered: a feed shows the last hundred."""


def get_watch(db: sqlite3.Connection, alert: str, archive: str) -> Watch | None:
    """How far an alert has looked; None for one that has not begun."""
    row = db.execute(
        "SELECT since, looked_at, position FROM watches WHERE alert = ? AND archive = ?", [alert, archive]
    ).fetchone()
    return Watch(*row) if row else None


def set_watch(db: sqlite3.Connection, alert: str, archive: str, watch: Watch) -> None:
    """Note how far an alert has looked. Needs an open transaction."""
    db.execute(
        "INSERT INTO watches (alert, archive, since, looked_at, position) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (alert, archive) DO UPDATE SET looked_at = excluded.looked_at, position = excluded.position",
        [alert, archive, *watch],
    )


def leave_out_told(db: sqlite3.Connection, alert: str, events: Iterable[Event]) -> list[Event]:
    """The events that this alert has not told, each once."""
    untold: dict[str, Event] = {}
    for event in events:
        key = hash_key(event.key)
        if not db.execute("SELECT 1 FROM told WHERE alert = ? AND event = ?", [alert, key]).fetchone():
            untold.setdefault(key, event)
    return list(untold.values())


def add_report(db: sqlite3.Connection, report: Report, destinations: Sequence[str]) -> None:
    """Keep a report to be delivered, and note its events as told. Needs an open transaction."""
    number = db.execute(
        "INSERT INTO reports (uid, alert, query, archive, made_at) VALUES (?, ?, ?, ?, ?)",
        [report.uid, report.alert, report.query, report.archive, report.made_at],
    ).lastrowid
    db.executemany(
        "INSERT INTO reported (report_id, url, event) VALUES (?, ?, ?)",
        [(number, event.url, event.as_json()) for event in report.events],
    )
    db.executemany(
        "INSERT OR IGNORE INTO told (alert, event) VALUES (?, ?)",
        [(report.alert, hash_key(event.key)) for event in report.events],
    )
    db.executemany(
        "INSERT INTO deliveries (report_id, destination) VALUES (?, ?)",
        [(number, one) for one in destinations],
    )


def new_uid() -> str:
    """The name of a report, which no other has."""
    return uuid.uuid4().hex


def list_pending(desk: Desk) -> list[Delivery]:
    """What is to be delivered, the oldest report first."""
    sql = (
        "SELECT d.report_id, r.alert, d.destination, d.attempts, d.state, d.tried_at, d.error FROM deliveries d"
        " JOIN reports r ON r.id = d.report_id WHERE d.state = 'pending' ORDER BY d.report_id, d.destination"
    )
    return [
        Delivery(report, alert, destination, attempts, state, tried_at or "", error or "")
        for report, alert, destination, attempts, state, tried_at, error in desk.db.execute(sql)
    ]


def get_report(desk: Desk, number: int) -> Report:
    """A report with its events."""
    uid, alert, query, archive, made_at = desk.db.execute(
        "SELECT uid, alert, query, archive, made_at FROM reports WHERE id = ?", [number]
    ).fetchone()
    events, forgotten = [], []
    for event, url, at in desk.db.execute(
        "SELECT event, url, forgotten_at FROM reported WHERE report_id = ? ORDER BY id", [number]
    ):
        if url is None:
            forgotten.append(at[:10])
        else:
            events.append(Event.from_json(event))
    return Report(uid, alert, query, archive, made_at, tuple(events), tuple(forgotten), number)


def note_delivery(desk: Desk, delivery: Delivery, at: str, error: str | None) -> None:
    """Note that a report was delivered, or with an error, that it was not."""
    with desk.transaction() as db:
        db.execute(
            "UPDATE deliveries SET attempts = attempts + 1, tried_at = ?, error = ?,"
            " state = CASE WHEN ? IS NULL THEN 'delivered' ELSE 'pending' END"
            " WHERE report_id = ? AND destination = ?",
            [at, error, error, delivery.report_id, delivery.destination],
        )


def drop_delivery(desk: Desk, delivery: Delivery) -> None:
    """Give up what nobody wants any more: the alert or its destination was taken out of the settings."""
    with desk.transaction() as db:
        db.execute(
            "UPDATE deliveries SET state = 'dropped' WHERE report_id = ? AND destination = ?",
            [delivery.report_id, delivery.destination],
        )


def last_events(desk: Desk, alert: str, limit: int) -> list[tuple[Event, str]]:
    """The last events that an alert has told, each with its archive's name, the latest first."""
    sql = (
        "SELECT e.event, r.archive FROM reported e JOIN reports r ON r.id = e.report_id"
        " WHERE r.alert = ? AND e.url IS NOT NULL ORDER BY e.id DESC LIMIT ?"
    )
    return [(Event.from_json(text), archive) for text, archive in desk.db.execute(sql, [alert, limit])]


def desk_uid(desk: Desk) -> str:
    """The name of this desk."""
    return str(desk.db.execute("SELECT uid FROM desk").fetchone()[0])


def last_reports(desk: Desk) -> dict[str, str]:
    """When each alert last told something."""
    return dict(desk.db.execute("SELECT lower(alert), max(made_at) FROM reports GROUP BY lower(alert)"))


def undelivered(desk: Desk) -> dict[str, list[Delivery]]:
    """What could not be delivered, by alert in small letters."""
    found: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in list_pending(desk):
        found[delivery.alert.lower()].append(delivery)
    return found


def delete_old(db: sqlite3.Connection) -> None:
    """Delete reports that are delivered and older than the last `KEPT` events of their alert. Needs a transaction."""
    for (alert,) in db.execute("SELECT DISTINCT alert FROM reports").fetchall():
        row = db.execute(
            "SELECT e.report_id FROM reported e JOIN reports r ON r.id = e.report_id WHERE r.alert = ?"
            " ORDER BY e.id DESC LIMIT 1 OFFSET ?",
            [alert, KEPT],
        ).fetchone()
        if row is None:
            continue
        done = (
            "SELECT id FROM reports WHERE alert = ? AND id < ? AND id NOT IN"
            " (SELECT report_id FROM deliveries WHERE state = 'pending')"
        )
        numbers = [number for (number,) in db.execute(done, [alert, row[0]])]
        for table in ("reported", "deliveries"):
            db.executemany(f"DELETE FROM {table} WHERE report_id = ?", [(number,) for number in numbers])
        db.executemany("DELETE FROM reports WHERE id = ?", [(number,) for number in numbers])

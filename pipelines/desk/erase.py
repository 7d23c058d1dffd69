"""Erasure in the desk: an article's words leave reports that are kept, and a line with the date stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.desk.records import ForgottenInDesk

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipelines.desk.database import Desk


def forget_in_desk(desk: Desk, urls: Collection[str], at: str, source: str = "") -> ForgottenInDesk:
    """Take the articles of these addresses, or of a source, out of all reports. Raises `DeskError`.

    What has left this machine cannot be called back; the lines of `told` name it.
    """
    wanted = "SELECT value FROM json_each(?)"
    match = f"(e.url IN ({wanted}) OR (? <> '' AND json_extract(e.event, '$.source') = ?))"
    values = [json.dumps(sorted(urls)), source, source]
    with desk.transaction() as db:
        told = db.execute(
            "SELECT DISTINCT r.alert, d.destination, substr(d.tried_at, 1, 10) FROM reported e"
            " JOIN reports r ON r.id = e.report_id JOIN deliveries d ON d.report_id = r.id"
            f" WHERE {match} AND d.state = 'delivered' AND d.destination <> 'feed' ORDER BY 3, 1, 2",
            values,
        ).fetchall()
        alerts = db.execute(
            f"SELECT DISTINCT r.alert FROM reported e JOIN reports r ON r.id = e.report_id WHERE {match}",
            values,
        ).fetchall()
        numbers = db.execute(f"SELECT e.id FROM reported e WHERE {match}", values).fetchall()
        db.executemany(
            "UPDATE reported SET url = NULL, event = '{}', forgotten_at = ? WHERE id = ?",
            [(at, number) for (number,) in numbers],
        )
    lines = tuple(f"alert {alert}: told {destination} on {day}" for alert, destination, day in told)
    return ForgottenInDesk(len(numbers), lines, tuple(alert for (alert,) in alerts))

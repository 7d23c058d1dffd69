"""Erasure in the desk: an article's words leave reports, dossiers and notes, and a line with the date stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.desk.records import ForgottenInDesk
from pipelines.urls import normalize

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from pipelines.desk.database import Desk


def forget_in_desk(desk: Desk, urls: Collection[str], at: str, source: str = "") -> ForgottenInDesk:
    """Take the articles of these addresses, or of a source, out of all reports, dossiers and notes. Raises `DeskError`.

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
        saved = _empty_rows(db, "dossier_items", _NO_ITEM, urls, at, source)
        noted = _empty_rows(db, "notes", _NO_NOTE, urls, at, source)
    lines = tuple(f"alert {alert}: told {destination} on {day}" for alert, destination, day in told)
    return ForgottenInDesk(len(numbers), lines, tuple(alert for (alert,) in alerts), saved, noted)


_NO_ITEM = "title = '', source_id = '', source_name = '', published_at = NULL, note = '', tags = '[]', words_sha256 = '', seen_at = ''"
_NO_NOTE = (
    "key = '', quote = '', before = '', after = '', note = '', words_sha256 = '', seen_at = '', title = '', source_id = '',"
    " source_name = ''"
)


def _empty_rows(
    db: sqlite3.Connection, table: str, emptied: str, urls: Collection[str], at: str, source: str
) -> int:
    """Empty the rows of these addresses, however they are written, or of a source; returns how many there were."""
    keys = {normalize.key(url) for url in urls} - {""}
    held = db.execute(f"SELECT id, url, source_id FROM {table} WHERE url IS NOT NULL").fetchall()
    found = [
        (at, number)
        for number, url, source_id in held
        if url in urls or normalize.key(url) in keys or (source and source_id == source)
    ]
    db.executemany(f"UPDATE {table} SET url = NULL, {emptied}, forgotten_at = ? WHERE id = ?", found)
    return len(found)

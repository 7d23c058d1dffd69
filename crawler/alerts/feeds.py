"""Feeds as files: `feeds/NAME.atom` beside the archive, for any web server or synced folder to publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipelines.alerts.destinations import feed_name
from pipelines.alerts.render import as_feed
from pipelines.desk.reports import desk_uid, last_events

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.alerts.render import ArchiveAddress
    from pipelines.desk.database import Desk

FEEDS: Final = "feeds"
ENTRIES: Final = 100


def write_feed(desk: Desk, alert: str, folder: Path, address: ArchiveAddress) -> Path:
    """Write an alert's feed with its last events into `feeds/`, whole or not at all. Raises `OSError`."""
    events = last_events(desk, alert, ENTRIES)
    path = folder / FEEDS / feed_name(alert)
    path.parent.mkdir(exist_ok=True)
    body = as_feed(
        alert, desk_uid(desk), [(event, address.of(archive, event.article_id)) for event, archive in events]
    )
    part = path.with_name(path.name + ".part")
    part.write_bytes(body)
    part.replace(path)
    return path

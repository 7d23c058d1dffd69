"""`clippings forget` reaches what desk.db keeps: reports, delivered or not, feeds, dossiers and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.alerts.config import read_alert_config
from crawler.alerts.feeds import FEEDS, write_feed
from pipelines.alerts.destinations import feed_name
from pipelines.alerts.render import ArchiveAddress
from pipelines.desk.corrections import forget_corrections
from pipelines.desk.database import Desk, desk_path
from pipelines.desk.erase import forget_in_desk
from pipelines.desk.wanted_pages import forget_wanted
from pipelines.timestamps import now

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


def forget_in_reports(archive: Path, urls: Collection[str], source: str) -> Iterator[str]:
    """Take articles out of the desk and of feeds; yields lines on what was there, and what has left already.

    Raises `DeskError` and `OSError`.
    """
    path = desk_path(archive)
    if not path.exists():
        return
    with Desk(path) as desk:
        done = forget_in_desk(desk, urls, now(), source)
        for alert in done.alerts:
            if (path.parent / FEEDS / feed_name(alert)).exists():
                write_feed(desk, alert, path.parent, ArchiveAddress(_address()))
        corrections = forget_corrections(desk, urls, source)
        wanted = forget_wanted(desk, urls)
    if corrections:
        yield f"{path.name}: {corrections} {'correction' if corrections == 1 else 'corrections'} taken out"
    if wanted:
        yield f"{path.name}: taken off the list of pages to archive"
    if done.events:
        yield f"{path.name}: taken out of {done.events} {'place' if done.events == 1 else 'places'} in reports"
    for count, what in ((done.saved, "dossiers"), (done.notes, "notes")):
        if count:
            yield f"{path.name}: taken out of {count} {'place' if count == 1 else 'places'} in {what}"
    for line in done.told:
        yield f"It has left this machine: {line}. Ask there."


def _address() -> str:
    try:
        return read_alert_config().address
    except ValueError:  # a slip in clippings.toml keeps nothing from being forgotten
        return ""

"""Looks through what is new in an archive for each alert, and keeps what it finds as reports in desk.db.

All that one look finds is noted in one transaction of the desk: the report, that its events are told, and how far the
look went. Killed before, nothing is noted and the next look finds the same; killed after, the report is there.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from pipelines import timestamps
from pipelines.archive.connection import connect_for_reading, time_limit
from pipelines.archive.search.among import find_among, read_hits_among
from pipelines.archive.search.match import Filters
from pipelines.archive.search.search import search
from pipelines.archive.views.events import (
    ArchiveEvent,
    Position,
    read_changed,
    read_new,
    read_position,
    read_titles,
)
from pipelines.archive.views.old_versions import find_in_old_versions
from pipelines.desk.records import FACETS, Event, Report, SavedSearch, Watch
from pipelines.desk.reports import add_report, delete_old, get_watch, leave_out_told, new_uid, set_watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipelines.archive.connection import Connection
    from pipelines.archive.search.results import Hit
    from pipelines.desk.database import Desk

LONGEST_LOOK = 20
"""Seconds that a look of one alert may take."""


def start_watches(desk: Desk, archive: Path, alerts: Iterable[SavedSearch]) -> None:
    """Let alerts that are new begin now, at the end of what the archive has. Raises `ArchiveError` and `DeskError`."""
    alerts = [alert for alert in alerts if get_watch(desk.db, alert.name, archive.name) is None]
    if not alerts:
        return
    now = timestamps.now()
    position = Position(now)
    if archive.is_file() and archive.stat().st_size:
        with closing(connect_for_reading(archive)) as db:
            db.execute("BEGIN")
            position = read_position(db, now)
    with desk.transaction() as db:
        for alert in alerts:
            set_watch(db, alert.name, archive.name, Watch(now, now, position.as_json()))


def collect(desk: Desk, archive: Path, alert: SavedSearch, destinations: Sequence[str]) -> int:
    """Look for one alert, and keep a report of what is new to it; returns the number of events.

    An alert that has not begun begins now. Raises `ArchiveError`, also for a look that takes too long, and `DeskError`.
    """
    watch = get_watch(desk.db, alert.name, archive.name)
    if watch is None:
        start_watches(desk, archive, [alert])
        return 0
    with closing(connect_for_reading(archive)) as db:
        db.execute("BEGIN")
        now = timestamps.now()
        position = read_position(db, now)
        with time_limit(db, LONGEST_LOOK, f"alert {alert.name}"):
            events = find_events(db, alert, Position.from_json(watch.position), watch.since)
    with desk.transaction() as desk_db:
        events = leave_out_told(desk_db, alert.name, events)
        set_watch(desk_db, alert.name, archive.name, Watch(watch.since, now, position.as_json()))
        if events:
            report = Report(new_uid(), alert.name, alert.query, archive.name, now, tuple(events))
            add_report(desk_db, report, destinations)
            delete_old(desk_db)
    return len(events)


def find_events(db: Connection, alert: SavedSearch, position: Position, since: str) -> list[Event]:
    """What happened after the position and at `since` or later, to articles that the alert's search finds.

    A changed article counts also when its version before the change is found: words may have been taken out.
    """
    filters = as_filters(alert)
    happened: list[ArchiveEvent] = []
    if "new" in alert.kinds:
        new = read_new(db, position, since)
        found = find_among(db, alert.query, filters, [event.article_id for event in new])
        happened += [event for event in new if event.article_id in found]
    changed = [event for event in read_changed(db, position, since) if is_wanted(event, alert.kinds)]
    ids = {event.article_id for event in changed}
    found = find_among(db, alert.query, filters, ids)
    once_found = find_among(db, alert.query, filters, ids, versions=True)
    before = {
        (event.article_id, event.number - 1)
        for event in changed
        if event.article_id in once_found - found and event.kind == "revised"
    }
    found_before = find_in_old_versions(db, alert.query, filters, before)
    happened += [
        event
        for event in changed
        if event.article_id in found or (event.article_id, event.number - 1) in found_before
    ]
    hits = read_hits_among(db, alert.query, filters, sorted({event.article_id for event in happened}))
    return [_describe(db, event, hits[event.article_id]) for event in happened if event.article_id in hits]


def is_wanted(event: ArchiveEvent, kinds: Sequence[str]) -> bool:
    """Whether an alert of these kinds tells of a change. Pure."""
    return event.kind in kinds or not set(kinds).isdisjoint(event.kinds)


def as_filters(alert: SavedSearch) -> Filters:
    """What a saved search is narrowed to, as the search takes it."""
    narrowed: dict[str, Any] = {facet: values for facet, values in alert.filters if facet in FACETS}
    return Filters(**narrowed)


def find_latest(archive: Path, alert: SavedSearch, limit: int) -> list[Event]:
    """The latest articles that the search finds, for a test report. Raises `ArchiveError`."""
    with closing(connect_for_reading(archive)) as db, time_limit(db, LONGEST_LOOK, f"alert {alert.name}"):
        hits = search(db, alert.query, as_filters(alert), limit=limit, sort="archived").hits
        return [
            _describe(db, ArchiveEvent("new", hit.id, hit.first_seen_at, (), 1, f"test {hit.url}"), hit)
            for hit in hits
        ]


def _describe(db: Connection, event: ArchiveEvent, hit: Hit) -> Event:
    title, old_title = read_titles(db, event)
    return Event(
        event.kind,
        event.kinds,
        hit.url,
        event.at,
        title or hit.headline,
        hit.source,
        hit.source_name,
        hit.id,
        event.number,
        old_title if old_title != title else "",
        hit.published_at or "",
        hit.authors,
        hit.language,
        hit.snippet,
        event.places,
        event.key,
    )

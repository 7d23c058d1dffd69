"""Alarms: those that last, those that are over, and both as a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound

from browse import formatting
from browse.context import open_context
from browse.downloads import table_download
from browse.responses import atom_response, html_response
from pipelines import atom
from pipelines.archive.export.tables import ALARMS, read_alarm_rows
from pipelines.archive.search.results import articles_at
from pipelines.archive.search.sources import source_names
from pipelines.archive.views.alarms import read_alarms

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from browse.params import Pairs
    from pipelines.archive.views.alarms import AlarmView

PAST = 100
"""Alarms that are over on the page, and entries of the feed, at most."""


async def alarms(datasette: Datasette, request: Request) -> Response:
    """The alarms of all sources, or of one; or as a feed or a file."""
    archive = await open_context(datasette, request)
    key = next(filter(None, request.args.getlist("source")), "")

    def read(db: sqlite3.Connection) -> tuple[list[AlarmView], dict[str, str], dict[str, int]]:
        found = read_alarms(db, key or None, over=True)
        return found, source_names(db), articles_at(db, [url for alarm in found for url in alarm.evidence])

    found, names, articles = await archive.read(read)
    if key and key not in names:
        raise NotFound(f"There is no source {key} in this archive.")
    params = [("source", key)] if key else []
    form = request.url_vars["format"]
    if form in ("csv", "json"):
        return await table_download(archive, "alarms", form, ALARMS, lambda db: read_alarm_rows(db, key))
    if form == "atom":
        return _alarms_feed(archive, found, key, params)
    over = sorted((alarm for alarm in found if alarm.until), key=lambda alarm: str(alarm.until), reverse=True)
    return await html_response(
        archive,
        "alarms.html",
        lasting=[alarm for alarm in found if alarm.until is None],
        over=over[:PAST],
        names=names,
        chosen=key,
        params=params,
        articles=articles,
    )


def _alarms_feed(archive: ArchiveContext, found: list[AlarmView], key: str, params: Pairs) -> Response:
    """One entry an alarm. Its id stays; when the alarm is over, its title and `updated` change."""
    latest = sorted(found, key=lambda alarm: atom.rfc3339(alarm.until or alarm.raised_at), reverse=True)
    entries = [
        atom.FeedEntry(
            key=f"clippings alarm {alarm.source_id} {alarm.kind} {alarm.raised_at}",
            title=f"{'Over: ' if alarm.until else ''}{alarm.name}: {alarm.words}",
            link=archive.absolute(
                archive.url("alarms", params=[("source", alarm.source_id)]) + f"#alarm-{alarm.id}"
            ),
            updated=alarm.until or alarm.raised_at,
            published=alarm.raised_at,
            authors=(alarm.name,),
            summary=_summarize(alarm),
            categories=(alarm.kind, "over" if alarm.until else "lasting"),
        )
        for alarm in latest[:PAST]
    ]
    title = "Clippings: alarms" + (f" of {found[0].name}" if key and found else "")
    return atom_response(
        archive, "alarms", params, key=f"clippings alarms {key}", title=title, entries=entries
    )


def _summarize(alarm: AlarmView) -> str:
    since = formatting.day(alarm.since)
    if alarm.until:
        return f"From {since} to {formatting.day(alarm.until)}: {alarm.words} It is over."
    evidence = f" See {' , '.join(alarm.evidence)}" if alarm.evidence else ""
    return f"Since {since}: {alarm.words} {alarm.advice}{evidence}"

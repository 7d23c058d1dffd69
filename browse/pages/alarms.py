"""What is unlike a source's past: the alarms that last, those that are over, and both as a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response

from browse import context, feeds, formatting
from browse.pages.search import atom_response
from pipelines.archive.search.results import held
from pipelines.archive.tables import alarms as alarming

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext

PAST = 100
"""Alarms that are over which the page shows, and entries of the feed."""


async def alarms(datasette: Datasette, request: Request) -> Response:
    """The alarms of all sources, or of one; or as a feed."""
    here = await context.open_context(datasette, request)
    key = next(filter(None, request.args.getlist("source")), "")

    def read(
        db: sqlite3.Connection,
    ) -> tuple[list[alarming.OpenAlarm], list[tuple[str, str]], dict[str, int]]:
        found = alarming.read_alarms(db, key or None, over=True)
        names = db.execute("SELECT id, name FROM sources ORDER BY name").fetchall()
        return found, names, held(db, [url for alarm in found for url in alarm.evidence])

    found, names, articles = await here.read(read)
    if key and key not in dict(names):
        raise NotFound(f"There is no source {key} in this archive.")
    params = [("source", key)] if key else []
    if request.url_vars["format"] == "atom":
        return _feed(here, found, key, params)
    return await here.page(
        "alarms.html",
        lasting=[alarm for alarm in found if alarm.until is None],
        over=sorted((a for a in found if a.until is not None), key=lambda a: str(a.until), reverse=True)[
            :PAST
        ],
        names=dict(names),
        chosen=key,
        params=params,
        articles=articles,
    )


def _feed(
    here: ArchiveContext, found: list[alarming.OpenAlarm], key: str, params: list[tuple[str, str]]
) -> Response:
    """An alarm is one entry: its id stays, and when it is over its title and `updated` say so."""
    latest = sorted(found, key=lambda alarm: feeds.instant(alarm.until or alarm.raised_at), reverse=True)
    entries = [
        feeds.FeedEntry(
            key=f"clippings alarm {alarm.source_id} {alarm.kind} {alarm.raised_at}",
            title=f"{'Over: ' if alarm.until else ''}{alarm.name}: {alarm.words}",
            link=here.absolute(
                here.url("alarms", params=[("source", alarm.source_id)]) + f"#alarm-{alarm.id}"
            ),
            updated=alarm.until or alarm.raised_at,
            published=alarm.raised_at,
            authors=(alarm.name,),
            summary=_summary(alarm),
            categories=(alarm.kind, "over" if alarm.until else "lasting"),
        )
        for alarm in latest[:PAST]
    ]
    body = feeds.atom(
        key=f"clippings alarms {key}",
        title="Clippings: alarms" + (f" of {found[0].name}" if key and found else ""),
        page=here.absolute(here.url("alarms", params=params)),
        address=here.absolute(here.feed_url("alarms", params=params)),
        entries=entries,
    )
    return atom_response(body)


def _summary(alarm: alarming.OpenAlarm) -> str:
    if alarm.until:
        return (
            f"From {formatting.day(alarm.since)} to {formatting.day(alarm.until)}: {alarm.words} It is over."
        )
    evidence = f" See {' , '.join(alarm.evidence)}" if alarm.evidence else ""
    return f"Since {formatting.day(alarm.since)}: {alarm.words} {alarm.advice}{evidence}"

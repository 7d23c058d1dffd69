"""One day's papers: a calendar of days, and the articles of a day by source, two sources side by side if one likes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound

from browse.context import open_context
from browse.param_checks import describe_unused_params
from browse.params import params_of, parse_days
from browse.responses import html_response, json_response, ticks_response
from browse.shown_desk import read_keeping
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.unknown_values import describe_unknown
from pipelines.archive.views.days import read_calendar, read_papers
from pipelines.archive.views.seen_days import read_last_look
from pipelines.timestamps import days_before, days_between, is_day

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from pipelines.archive.views.days import CalendarMonth, Paper

SHOWN_DAYS = 92
"""Days of a calendar without a span of its own, up to the last crawl."""
MOST_DAYS = 732
"""Days that one calendar shows, the latest of a longer span."""
HEADLINES, HEADLINES_BESIDE = 25, 200
"""Headlines of a source on the page of a day; of each of two sources side by side."""
NAMES = ("source", "since", "until")


async def calendar(datasette: Datasette, request: Request) -> Response:
    """Each day with its number of articles, which leads to that day's papers."""
    archive = await open_context(datasette, request)
    since, until, problems = parse_days(request.args.get("since"), request.args.get("until"))
    problems += describe_unused_params(params_of(request), NAMES, {}, several=("source",))
    sources = tuple(dict.fromkeys(key for key in request.args.getlist("source") if key))

    def read(db: sqlite3.Connection) -> tuple[list[CalendarMonth], dict[str, str], str, str]:
        last = until or read_last_look(db) or datetime.now(UTC).date().isoformat()
        first = since or days_before(last, SHOWN_DAYS - 1)[:8] + "01"
        if days_between(first, last) >= MOST_DAYS:
            problems.append(f"These are the last {MOST_DAYS} days of the span.")
            first = days_before(last, MOST_DAYS - 1)
        return read_calendar(db, first, last, sources), source_names(db), first, last

    months, names, first, last = await archive.read(read)
    problems += [describe_unknown("source", key, names) for key in sources if key not in names]
    kept = [("source", key) for key in sources]
    return await html_response(
        archive,
        "calendar.html",
        months=months,
        names=names,
        sources=sources,
        since=first,
        until=last,
        kept=kept,
        earlier=[*kept, ("until", days_before(first, 1))],
        problem=" ".join(problems),
    )


async def day(datasette: Datasette, request: Request) -> Response:
    """The papers of one day, or the chosen ones side by side; as a page or as JSON."""
    archive = await open_context(datasette, request)
    wanted = request.url_vars["day"]
    if not is_day(wanted):
        raise NotFound(f"{wanted} is no day of the calendar.")
    problems = describe_unused_params(params_of(request), NAMES[:1], {}, several=("source",))
    sources = tuple(dict.fromkeys(key for key in request.args.getlist("source") if key))
    most = HEADLINES_BESIDE if sources else HEADLINES

    def read(db: sqlite3.Connection) -> tuple[list[Paper], dict[str, str]]:
        return read_papers(db, wanted, sources, most=most), source_names(db)

    papers, names = await archive.read(read)
    problems += [describe_unknown("source", key, names) for key in sources if key not in names]
    if request.url_vars["format"] == "json":
        return json_response(
            {
                "day": wanted,
                "problem": " ".join(problems),
                "papers": [
                    {
                        "source": paper.source,
                        "name": paper.name,
                        "articles": paper.articles if paper.articles or paper.was_seen else None,
                        "headlines": [
                            {"id": one.article_id, "title": one.title, "published_at": one.published_at}
                            for one in paper.headlines
                        ],
                    }
                    for paper in papers
                ],
            }
        )
    keeping = await read_keeping(archive)
    return await ticks_response(
        archive,
        "day.html",
        keeping,
        day=wanted,
        papers=papers,
        names=names,
        sources=sources,
        kept=[("source", key) for key in sources],
        total=sum(paper.articles for paper in papers),
        before=days_before(wanted, 1),
        after=days_before(wanted, -1),
        problem=" ".join(problems),
    )

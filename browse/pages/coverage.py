"""What feeds, sitemaps and section pages listed, what of it is held, and why not the rest."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from browse import context, feeds, formatting
from browse.params import parse_search_params
from pipelines.archive.views import coverage as covering
from pipelines.archive.views.article import last_crawl
from pipelines.timestamps import days_before

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request


DAYS = 14
"""That are shown when the address names none."""
PER_PAGE = 100
IN_TABLE = 50_000
"""URLs in one CSV or JSON file."""
REASONS = 40
"""That are shown apart, most URLs first."""
MOST_DAYS = 1000
"""Between the first and the last: of a longer span only days with something listed are shown."""
COUNTED = ("source_id", "day", *covering.COUNTS)


@dataclass(frozen=True, slots=True)
class CoverageParams:
    """Days and perhaps a source, an outcome and a reason, as the address says them. `source` is '' for all."""

    since: str
    until: str
    source: str
    outcome: str = ""
    reason: str = ""
    page: int = 1
    problem: str = ""

    def params(self, **other: Any) -> list[tuple[str, str]]:
        """The parameters that lead here again, with other values for some."""
        values = asdict(replace(self, page=1, problem="")) | other
        names = ("source", "since", "until", "outcome", "reason", "page")
        return [(name, str(values[name])) for name in names if values[name] and values[name] != 1]


def parse_coverage_params(request: Request, today: str) -> CoverageParams:
    """Read the address. Without days of its own it is the two weeks up to `today`, the day of the last crawl.

    And a day more: to the east of us it has begun, and papers there bear its date.
    """
    wanted = parse_search_params(request)
    until = wanted.filters.until or max(days_before(today, -1), wanted.filters.since)
    since = wanted.filters.since or days_before(min(until, today), DAYS - 1)
    args = request.args
    outcome = args.get("outcome") or ""
    return CoverageParams(
        since,
        until,
        next(filter(None, wanted.filters.source), ""),
        outcome if outcome in covering.COUNTS[1:] else "",
        args.get("reason") or "",
        wanted.page,
        wanted.problem,
    )


async def coverage(datasette: Datasette, request: Request) -> Response:
    """A line a source, or of one source a line a day; and the reasons. Or as a file: a row a source and day."""
    here = await context.open_context(datasette, request)

    def read(
        db: sqlite3.Connection,
    ) -> tuple[CoverageParams, list[covering.OutcomeCount], dict[str, str], set[str]]:
        asks = parse_coverage_params(request, _today(db))
        names = dict(db.execute("SELECT id, name FROM sources ORDER BY name"))
        followed = {key for (key,) in db.execute("SELECT id FROM sources WHERE followed")}
        return asks, covering.tallies(db, asks.since, asks.until, asks.source), names, followed

    asks, tallies, names, followed = await here.read(read)
    form = request.url_vars["format"]
    if form:
        counted = covering.covered(tallies, lambda one: (one.source_id, one.day))
        rows = [
            (*key, *(counts[name] for name in covering.COUNTS)) for key, counts in sorted(counted.items())
        ]
        return _file(form, "coverage", COUNTED, rows)
    whole = covering.covered(tallies, lambda one: "").get("", dict.fromkeys(covering.COUNTS, 0))
    by_day = every_day(covering.covered(tallies, lambda one: one.day))
    silent = {key: dict.fromkeys(covering.COUNTS, 0) for key in followed}
    by_source = silent | covering.covered(tallies, lambda one: one.source_id)
    reasons = reasons_of(tallies)
    return await here.page(
        "coverage.html",
        asks=asks,
        names=names,
        whole=whole,
        by_day=by_day,
        by_source=sorted(by_source.items(), key=lambda row: _rank(row[0], row[1], names)),
        share=share,
        reasons=reasons[:REASONS],
        more_reasons=reasons[REASONS:],
        kinds=[name for name in covering.COUNTS[2:] if whole[name]],
    )


async def listed(datasette: Datasette, request: Request) -> Response:
    """Each listed URL of these days with its outcome and reason, as a page or a file."""
    here = await context.open_context(datasette, request)
    form = request.url_vars["format"]

    def read(db: sqlite3.Connection) -> tuple[CoverageParams, list[covering.Listed], dict[str, str]]:
        asks = parse_coverage_params(request, _today(db))
        limit, offset = (IN_TABLE, 0) if form else (PER_PAGE + 1, (asks.page - 1) * PER_PAGE)
        found = covering.listed(
            db, asks.since, asks.until, asks.source, asks.outcome, asks.reason, limit=limit, offset=offset
        )
        return asks, found, dict(db.execute("SELECT id, name FROM sources ORDER BY name"))

    asks, found, names = await here.read(read)
    if form:
        columns = ("source_id", "day", "url", "via", "found_at", "article_id", "outcome", "reason")
        return _file(form, "listed", columns, [tuple(asdict(one).values()) for one in found])
    return await here.page(
        "listed.html",
        asks=asks,
        names=names,
        outcomes={name: formatting.LISTED[name] for name in covering.COUNTS[1:]},
        found=found[:PER_PAGE],
        more=len(found) > PER_PAGE,
    )


def every_day(counted: dict[str, dict[str, int]]) -> list[tuple[str, dict[str, int]]]:
    """From the last day with anything listed to the first; a day between with nothing is a gap to see."""
    if not counted:
        return []
    first, last = date.fromisoformat(min(counted)), date.fromisoformat(max(counted))
    days = [(last - timedelta(days=back)).isoformat() for back in range((last - first).days + 1)]
    nothing = dict.fromkeys(covering.COUNTS, 0)
    return [(day, counted.get(day, nothing)) for day in days if day in counted or len(days) <= MOST_DAYS]


def share(counts: dict[str, int]) -> float:
    """Which part is held of what may be an article."""
    articles = counts["listed"] - counts["not_article"]
    return counts["held"] / articles if articles else 1.0


def _rank(source: str, counts: dict[str, int], names: dict[str, str]) -> tuple[float, str]:
    """Those that listed nothing at all come first, then the least covered."""
    return (share(counts) if counts["listed"] else -1, names.get(source, source))


def reasons_of(tallies: Iterable[covering.OutcomeCount]) -> list[tuple[str, str, int]]:
    """Outcome, reason and URLs of what is not held, most first."""
    found: dict[tuple[str, str], int] = {}
    for one in tallies:
        if one.outcome != "held":
            key = (one.outcome, one.reason)
            found[key] = found.get(key, 0) + one.urls
    return sorted(((*key, urls) for key, urls in found.items()), key=lambda row: (-row[2], row[:2]))


def _file(form: str, name: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> Response:
    headers = context.headers("default-src 'none'")
    if form == "json":
        return Response.json([dict(zip(columns, row, strict=True)) for row in rows], headers=headers)
    headers["content-disposition"] = f'attachment; filename="{name}.csv"'
    body = "\ufeff" + feeds.table(columns, rows)
    return Response(body, headers=headers, content_type="text/csv; charset=utf-8")


def _today(db: sqlite3.Connection) -> str:
    """The day of the last crawl; an archive that was never crawled has today."""
    crawl = last_crawl(db)
    day = formatting.iso_day(crawl.started_at) if crawl else ""
    return day or datetime.now(UTC).date().isoformat()

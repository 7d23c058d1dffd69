"""Coverage: what the sources listed, what of it is held, and why not the rest, as pages and as files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from browse import formatting
from browse.context import LONGEST_MS, open_context
from browse.downloads import table_download
from browse.params import COVERAGE_DAYS, LAST_PAGE, parse_coverage_params
from browse.responses import html_response
from pipelines.archive.export.tables import COVERAGE, LISTED, read_coverage_rows, read_listed_rows
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.timeline import period
from pipelines.archive.search.unknown_values import describe_unknown
from pipelines.archive.views.coverage import COUNTS, read_coverage_sums, read_listed_urls
from pipelines.archive.views.crawls import read_last_crawl
from pipelines.archive.views.source_health import read_followed_sources
from pipelines.timestamps import days_before, days_between

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.params import CoverageParams
    from pipelines.archive.views.coverage import CoverageSums, ListedUrl

PER_PAGE = 100
REASONS = 40
"""Reasons with a line of their own, most URLs first."""
MOST_DAYS = 100
"""Days of a span up to which each has a line of its own; a longer one has a line a month."""
MOST_MONTHS = 240
"""Months of a span up to which those with nothing listed are shown too: a listing may name any year."""
NOTHING = dict.fromkeys(COUNTS, 0)


async def coverage(datasette: Datasette, request: Request) -> Response:
    """A line for each source and each day, and the reasons; or, as a file, a row for each source and day."""
    archive = await open_context(datasette, request)

    if form := request.url_vars["format"]:
        asked = await archive.read(lambda db: _read_params(request, db))
        return await table_download(
            archive,
            "coverage",
            form,
            COVERAGE,
            lambda db: read_coverage_rows(db, asked.since, asked.until, asked.source),
            problem=asked.problem,
        )

    def read(
        db: sqlite3.Connection, bounded: bool
    ) -> tuple[CoverageParams, CoverageSums, dict[str, str], set[str]]:
        params = _parse(request, db, bounded=bounded)
        sums = read_coverage_sums(db, params.since, params.until, params.source)
        return params, sums, source_names(db), read_followed_sources(db)

    params, sums, names, followed = await archive.read_or_bound(read)
    params = _with_unknown_source(params, names)
    whole = add_up(sums.by_source.values())
    by_source = dict.fromkeys(followed, NOTHING) | sums.by_source
    return await html_response(
        archive,
        "coverage.html",
        query=params,
        names=names,
        whole=whole,
        by_day=fill_days(sums.by_day),
        by_month=sum_months(sums.by_day, params) if is_long(sums.by_day) else [],
        by_source=sorted(by_source.items(), key=lambda row: _rank(row[0], row[1], names)),
        share=share_held,
        reasons=sums.reasons[:REASONS],
        more_reasons=sums.reasons[REASONS:],
        kinds=[name for name in COUNTS[2:] if whole[name]],
    )


async def listed(datasette: Datasette, request: Request) -> Response:
    """Each listed URL of these days with its outcome and reason, as a page or a file."""
    archive = await open_context(datasette, request)
    if form := request.url_vars["format"]:
        asked = await archive.read(lambda db: _read_params(request, db))
        return await table_download(
            archive,
            "listed",
            form,
            LISTED,
            lambda db: read_listed_rows(
                db, asked.since, asked.until, asked.source, asked.outcome, asked.reason
            ),
            problem=asked.problem,
        )

    def read(db: sqlite3.Connection, bounded: bool) -> tuple[CoverageParams, list[ListedUrl], dict[str, str]]:
        params = _parse(request, db, bounded=bounded)
        found = read_listed_urls(
            db,
            params.since,
            params.until,
            params.source,
            params.outcome,
            params.reason,
            limit=PER_PAGE + 1,
            offset=(params.page - 1) * PER_PAGE,
        )
        return params, found, source_names(db)

    params, found, names = await archive.read_or_bound(read)
    params = _with_unknown_source(params, names)
    return await html_response(
        archive,
        "listed.html",
        query=params,
        names=names,
        outcomes={name: formatting.LISTED[name] for name in COUNTS[1:]},
        found=found[:PER_PAGE],
        more=len(found) > PER_PAGE and params.page < LAST_PAGE,
    )


def _read_params(request: Request, db: sqlite3.Connection) -> CoverageParams:
    """The parameters of the address, and what is wrong with them."""
    return _with_unknown_source(parse_coverage_params(request, _last_crawl_day(db)), source_names(db))


def _parse(request: Request, db: sqlite3.Connection, *, bounded: bool) -> CoverageParams:
    today = _last_crawl_day(db)
    params = parse_coverage_params(request, today)
    return shorten_span(params, today) if bounded else params


def shorten_span(params: CoverageParams, today: str) -> CoverageParams:
    """The parameters with the last days of their span alone; their problem says so. Pure."""
    until = min(params.until, max(days_before(today, -1), params.since))
    since = max(params.since, days_before(until, COVERAGE_DAYS - 1))
    sentence = (
        f"These are the last {COVERAGE_DAYS} days: to read all took longer than {LONGEST_MS / 1000:g} seconds."
        " The files below have all of them."
    )
    return replace(params, since=since, until=until, problem=f"{params.problem} {sentence}".strip())


def _with_unknown_source(params: CoverageParams, names: dict[str, str]) -> CoverageParams:
    """The parameters; their problem says that no such source is in the archive."""
    if not params.source or params.source in names:
        return params
    sentence = describe_unknown("source", params.source, names)
    return replace(params, problem=f"{params.problem} {sentence}".strip())


class Month(NamedTuple):
    """The days of a month that a span has, both inclusive."""

    since: str
    until: str


def is_long(sums: dict[str, dict[str, int]]) -> bool:
    """Whether a line a day would be too many."""
    return bool(sums) and days_between(min(sums), max(sums)) >= MOST_DAYS


def sum_months(sums: dict[str, dict[str, int]], params: CoverageParams) -> list[tuple[Month, dict[str, int]]]:
    """The months from the last with anything listed to the first; those between with nothing show as gaps."""
    rows: dict[str, list[dict[str, int]]] = {}
    for day, row in sums.items():
        rows.setdefault(day[:7], []).append(row)
    first, last = (int(name[:4]) * 12 + int(name[5:]) - 1 for name in (min(rows), max(rows)))
    if last - first < MOST_MONTHS:
        rows = {f"{n // 12:04}-{n % 12 + 1:02}": [] for n in range(first, last + 1)} | rows
    return [
        (
            Month(max(f"{name}-01", params.since), min(period(f"{name}-01", "month")[1], params.until)),
            add_up(rows[name]),
        )
        for name in sorted(rows, reverse=True)
    ]


def fill_days(sums: dict[str, dict[str, int]]) -> list[tuple[str, dict[str, int]]]:
    """The days from the last with anything listed to the first; those between with nothing show as gaps."""
    if not sums or is_long(sums):
        return []
    first, last = min(sums), max(sums)
    days = [days_before(last, back) for back in range(days_between(first, last) + 1)]
    return [(day, sums.get(day, NOTHING)) for day in days]


def share_held(counts: dict[str, int]) -> float:
    """The part held of all that may be articles, 0 to 1."""
    articles = counts["listed"] - counts["not_article"]
    return counts["held"] / articles if articles else 1.0


def _rank(source: str, counts: dict[str, int], names: dict[str, str]) -> tuple[float, str]:
    """The order of sources: those that listed nothing, then the least covered."""
    return (share_held(counts) if counts["listed"] else -1, names.get(source, source))


def add_up(rows: Iterable[dict[str, int]]) -> dict[str, int]:
    """The sums of all rows, of which each has every one of `COUNTS` at least."""
    whole = dict(NOTHING)
    for row in rows:
        for name, urls in row.items():
            whole[name] = whole.get(name, 0) + urls
    return whole


def _last_crawl_day(db: sqlite3.Connection) -> str:
    """The day of the last crawl; today for an archive that was never crawled."""
    crawl = read_last_crawl(db)
    day = formatting.iso_day(crawl.started_at) if crawl else ""
    return day or datetime.now(UTC).date().isoformat()

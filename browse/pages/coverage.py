"""Coverage: what the sources listed, what of it is held, and why not the rest, as pages and as files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from browse import formatting
from browse.context import open_context
from browse.downloads import table_download
from browse.params import LAST_PAGE, parse_coverage_params
from browse.responses import html_response
from pipelines.archive.export.tables import COVERAGE, LISTED, read_coverage_rows, read_listed_rows
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.unknown_values import describe_unknown
from pipelines.archive.views.coverage import COUNTS, count_outcomes, read_listed_urls, sum_coverage
from pipelines.archive.views.crawls import read_last_crawl
from pipelines.archive.views.source_health import read_followed_sources
from pipelines.timestamps import days_before, days_between

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.params import CoverageParams
    from pipelines.archive.views.coverage import ListedUrl, OutcomeCount

PER_PAGE = 100
REASONS = 40
"""Reasons with a line of their own, most URLs first."""
MOST_DAYS = 1000
"""Days of a span up to which days with nothing listed are shown too."""
NOTHING = dict.fromkeys(COUNTS, 0)


class ReasonCount(NamedTuple):
    """So many listed URLs are not held, by outcome and reason."""

    outcome: str
    reason: str
    urls: int


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
        db: sqlite3.Connection,
    ) -> tuple[CoverageParams, list[OutcomeCount], dict[str, str], set[str]]:
        params = parse_coverage_params(request, _last_crawl_day(db))
        counts = count_outcomes(db, params.since, params.until, params.source)
        return params, counts, source_names(db), read_followed_sources(db)

    params, counts, names, followed = await archive.read(read)
    params = _with_unknown_source(params, names)
    whole = sum_coverage(counts, lambda count: "").get("", NOTHING)
    silent = dict.fromkeys(followed, NOTHING)
    by_source = silent | sum_coverage(counts, lambda count: count.source_id)
    reasons = count_reasons(counts)
    return await html_response(
        archive,
        "coverage.html",
        query=params,
        names=names,
        whole=whole,
        by_day=fill_days(sum_coverage(counts, lambda count: count.day)),
        by_source=sorted(by_source.items(), key=lambda row: _rank(row[0], row[1], names)),
        share=share_held,
        reasons=reasons[:REASONS],
        more_reasons=reasons[REASONS:],
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

    def read(db: sqlite3.Connection) -> tuple[CoverageParams, list[ListedUrl], dict[str, str]]:
        params = parse_coverage_params(request, _last_crawl_day(db))
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

    params, found, names = await archive.read(read)
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


def _with_unknown_source(params: CoverageParams, names: dict[str, str]) -> CoverageParams:
    """The parameters; their problem says that no such source is in the archive."""
    if not params.source or params.source in names:
        return params
    sentence = describe_unknown("source", params.source, names)
    return replace(params, problem=f"{params.problem} {sentence}".strip())


def fill_days(sums: dict[str, dict[str, int]]) -> list[tuple[str, dict[str, int]]]:
    """The days from the last with anything listed to the first; those between with nothing show as gaps."""
    if not sums:
        return []
    first, last = min(sums), max(sums)
    days = [days_before(last, back) for back in range(days_between(first, last) + 1)]
    return [(day, sums.get(day, NOTHING)) for day in days if day in sums or len(days) <= MOST_DAYS]


def share_held(counts: dict[str, int]) -> float:
    """The part held of all that may be articles, 0 to 1."""
    articles = counts["listed"] - counts["not_article"]
    return counts["held"] / articles if articles else 1.0


def _rank(source: str, counts: dict[str, int], names: dict[str, str]) -> tuple[float, str]:
    """The order of sources: those that listed nothing, then the least covered."""
    return (share_held(counts) if counts["listed"] else -1, names.get(source, source))


def count_reasons(counts: Iterable[OutcomeCount]) -> list[ReasonCount]:
    """The URLs that are not held by outcome and reason, most first."""
    found: dict[tuple[str, str], int] = {}
    for count in counts:
        if count.outcome != "held":
            key = (count.outcome, count.reason)
            found[key] = found.get(key, 0) + count.urls
    reasons = [ReasonCount(outcome, reason, urls) for (outcome, reason), urls in found.items()]
    return sorted(reasons, key=lambda one: (-one.urls, one.outcome, one.reason))


def _last_crawl_day(db: sqlite3.Connection) -> str:
    """The day of the last crawl; today for an archive that was never crawled."""
    crawl = read_last_crawl(db)
    day = formatting.iso_day(crawl.started_at) if crawl else ""
    return day or datetime.now(UTC).date().isoformat()

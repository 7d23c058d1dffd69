"""The front page, the results of a search in all their forms, and how much was written when."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response
from datasette.views.index import IndexView

from browse import context, feeds, formatting
from browse.params import PER_PAGE, SORTS, SearchParams, parse_search_params
from pipelines.archive.search import search
from pipelines.archive.search.match import Filters
from pipelines.archive.search.results import as_dict
from pipelines.archive.search.timeline import Attention, attention
from pipelines.archive.views import article

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext

CEILING = 20_000
"""Of how many articles with a word a results page ranks and counts: about 60 ms. The chart counts all."""
IN_FEED = 50
IN_TABLE = 10_000
FACETS = {"source": "Source", "section": "Section", "language": "Language", "author": "Author", "tag": "Tag"}
STATES = {"changed": "Was changed", "gone": "Is gone", "paywalled": "Paywalled"}
LONG = 8
"""Values of a facet that are shown at once; the others are folded away."""
CSV_COLUMNS = [
    "id",
    "source",
    "published_at",
    "day",
    "title",
    "authors",
    "section",
    "language",
    "access",
    "revision",
    "gone_at",
    "url",
    "snippet",
]


async def home(datasette: Datasette, request: Request) -> Response:
    """Our front page where exactly one archive is attached; else a choice, or Datasette's own page."""
    here = await context.archives(datasette, request)
    if not here:
        request.scope["url_route"]["kwargs"]["format"] = None
        return await IndexView(datasette).get(request)
    if len(here) == 1:
        return await _front(here[0])
    there = [(place, await place.read(article.overview)) for place in here]
    return await here[0].page("choice.html", archives=there)


async def front(datasette: Datasette, request: Request) -> Response:
    """The front page of the archive that the address names."""
    return await _front(await context.open_context(datasette, request))


async def _front(here: ArchiveContext) -> Response:
    def read(db: sqlite3.Connection) -> tuple[article.Overview, search.Results]:
        return article.overview(db), search.find(db, "", Filters(), limit=6)

    overview, newest = await here.read(read)
    return await here.page("front.html", overview=overview, newest=newest)


async def results(datasette: Datasette, request: Request) -> Response:
    """A search as a page, JSON, Atom or CSV."""
    here = await context.open_context(datasette, request)
    wanted = parse_search_params(request)
    form = request.url_vars["format"]
    if form == "atom":
        return await _feed(here, wanted)
    if form == "csv":
        return await _csv(here, wanted)

    def read(db: sqlite3.Connection) -> tuple[search.Results, dict[str, str]]:
        found = search.find(
            db,
            wanted.query,
            wanted.filters,
            limit=PER_PAGE,
            offset=(wanted.page - 1) * PER_PAGE,
            sort=wanted.sort,
            count=True,
            ceiling=CEILING,
        )
        return found, dict(db.execute("SELECT id, name FROM sources"))

    found, sources = await here.read(read)
    if form == "json":
        return Response.json(_as_json(here, wanted, found), headers=context.headers("default-src 'none'"))
    return await here.page(
        "results.html",
        asked=wanted,
        results=found,
        sources=sources,
        facets=_facets(wanted, found, sources),
        states=[
            (state, STATES[state], getattr(found.counts, state), getattr(wanted.filters, state))
            for state in STATES
        ],
        sorts=SORTS,
        pages=_pages(wanted.page, found.total),
    )


def _facets(wanted: SearchParams, found: search.Results, sources: dict[str, str]) -> list[dict[str, Any]]:
    """For each kind: its values with counts, those chosen first even when nothing has them any more."""
    facets = []
    for kind, label in FACETS.items():
        counted = dict(getattr(found.counts, kind))
        chosen = getattr(wanted.filters, kind)
        values = [(value, counted.get(value, 0), True) for value in chosen]
        values += [(value, count, False) for value, count in counted.items() if value not in chosen]
        if len(values) > 1 or chosen:
            facets.append(
                {
                    "kind": kind,
                    "label": label,
                    "values": [
                        {
                            "value": value,
                            "label": sources.get(value, value)
                            if kind == "source"
                            else formatting.value(kind, value),
                            "count": count,
                            "chosen": is_chosen,
                            "params": wanted.toggled(kind, value),
                        }
                        for value, count, is_chosen in values[:60]
                    ],
                    "long": LONG,
                    "more": max(len(values) - 60, 0),
                    "sampled": found.counts.sampled if found.counts and kind in ("author", "tag") else 0,
                }
            )
    return facets


def _pages(page: int, total: int) -> dict[str, Any]:
    last = max((total + PER_PAGE - 1) // PER_PAGE, 1)
    return {
        "page": page,
        "last": last,
        "before": page - 1 if page > 1 else 0,
        "after": page + 1 if page < last else 0,
    }


def _as_json(here: ArchiveContext, wanted: SearchParams, found: search.Results) -> dict[str, Any]:
    counts = found.counts
    return {
        "query": found.query,
        "problem": found.problem,
        "total": found.total,
        "capped": found.capped,
        "page": wanted.page,
        "per_page": PER_PAGE,
        "hits": [{**as_dict(hit), "page": here.absolute(here.url("article", hit.id))} for hit in found.hits],
        "counts": {name: getattr(counts, name) for name in counts.__slots__} if counts else None,
    }


async def _feed(here: ArchiveContext, wanted: SearchParams) -> Response:
    """The search as a feed, by when articles were archived: what is published late is not missed."""
    found = await here.read(
        lambda db: search.find(
            db, wanted.query, wanted.filters, limit=IN_FEED, sort="archived", ceiling=IN_FEED * 20
        )
    )
    params = replace(wanted, sort="relevance", page=1, unit=None, share=False).params
    entries = [
        feeds.FeedEntry(
            key=hit.url,
            title=hit.headline,
            link=here.absolute(here.url("article", hit.id)),
            updated=hit.first_seen_at,
            published=hit.published_at,
            authors=hit.authors or (hit.source_name,),
            summary="".join(text for text, _ in hit.snippet),
            categories=tuple(name for name in (hit.source_name, hit.section) if name),
        )
        for hit in found.hits
    ]
    body = feeds.atom(
        key="clippings search " + json.dumps(sorted(params)),
        title=f"Clippings: {wanted.query}" if wanted.query else "Clippings: new articles",
        page=here.absolute(here.url("search", params=params)),
        address=here.absolute(here.feed_url("search", params=params)),
        entries=entries,
    )
    return atom_response(body)


def atom_response(body: bytes) -> Response:
    """A feed as an answer."""
    return Response(
        body,
        headers=context.headers("default-src 'none'"),
        content_type="application/atom+xml; charset=utf-8",
    )


async def _csv(here: ArchiveContext, wanted: SearchParams) -> Response:
    found = await here.read(
        lambda db: search.find(
            db, wanted.query, wanted.filters, limit=IN_TABLE, sort=wanted.sort, ceiling=None
        )
    )
    rows = []
    for hit in found.hits:
        row = as_dict(hit) | {"authors": "; ".join(hit.authors)}
        rows.append(tuple(row[column] for column in CSV_COLUMNS))
    body = "\ufeff" + feeds.table(tuple(CSV_COLUMNS), rows)
    headers = context.headers("default-src 'none'") | {
        "content-disposition": 'attachment; filename="articles.csv"'
    }
    return Response(body, headers=headers, content_type="text/csv; charset=utf-8")


async def over_time(datasette: Datasette, request: Request) -> Response:
    """Attention over time: the chart and its table of numbers."""
    here = await context.open_context(datasette, request)
    wanted = parse_search_params(request)
    counted = await here.read(lambda db: attention(db, wanted.query, wanted.filters, unit=wanted.unit))
    if request.url_vars["format"] == "json":
        return Response.json(_numbers(here, wanted, counted), headers=context.headers("default-src 'none'"))
    periods = [
        (since, list(bars))
        for since, bars in groupby(reversed(_by_period(counted)), key=lambda bar: bar.since)
    ]
    return await here.page(
        "attention.html",
        script=True,
        asked=replace(wanted, page=1),
        attention=counted,
        periods=periods,
        numbers=_numbers(here, wanted, counted),
        vega=here.datasette.urls.static_plugins("datasette-dashboards", ""),
    )


def _by_period(counted: Attention) -> list[Any]:
    """Bars so that, read backwards, the last period comes first and its sources keep their order."""
    width = len(counted.sources) + bool(counted.others)
    bars = list(counted.bars)
    rows = [bars[start : start + width] for start in range(0, len(bars), width)] if width else []
    return [bar for row in rows for bar in reversed(row)]


def _numbers(here: ArchiveContext, wanted: SearchParams, counted: Attention) -> dict[str, Any]:
    names = {key: name for key, name, _ in counted.sources} | {
        "": formatting.count(counted.others, "other source")
    }
    return {
        "query": wanted.query,
        "unit": counted.unit,
        "share": wanted.share,
        "total": counted.total,
        "problem": counted.problem,
        "sources": [names[key] for key, *_ in counted.sources] + ([names[""]] if counted.others else []),
        "bars": [
            {
                "since": bar.since,
                "until": bar.until,
                "source": names[bar.source],
                "articles": bar.found,
                "archived": bar.all,
                "share": bar.share,
                "search": here.url("search", params=wanted.in_days(bar.since, bar.until, bar.source)),
            }
            for bar in counted.bars
        ],
    }

"""The results of a search in all their forms."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from browse.context import LATEST, TooSlowError, find_archives, open_context
from browse.downloads import ENDINGS, articles_download
from browse.params import LAST_PAGE, PER_PAGE, SORTS, parse_search_params
from browse.responses import atom_response, json_response, refusal_response, ticks_response
from browse.search_facets import UNFOLDED, list_facets, list_forms
from browse.shown_desk import open_shown
from browse.shown_hits import addresses_of_pictures, urls_of, with_corrections
from browse.visits import note_visit, read_visit
from pipelines.archive.search.authors import show_names
from pipelines.archive.search.results import corrected_as_dict, hit_as_dict
from pipelines.archive.search.search import search
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.wide_prefixes import FEWEST_PAGES, MOST_PAGES
from pipelines.atom import FeedEntry

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from browse.params import Pairs, SearchParams
    from browse.shown_desk import OpenDesk
    from pipelines.archive.search.authors import Aliases
    from pipelines.archive.search.search import Hit, Results
    from pipelines.items import Corrected

CEILING = LAST_PAGE * PER_PAGE
"""Articles with a word that a results page ranks and counts: no page shows a hit beyond them. The timeline counts all."""
IN_FEED = 50
STATES = {"changed": "Was changed", "gone": "Is gone", "paywalled": "Paywalled"}


async def results(datasette: Datasette, request: Request) -> Response:
    """A search as a page, a page of JSON, an Atom feed, or all its articles as a file."""
    archive = await open_context(datasette, request)
    async with open_shown(archive) as desk:
        return await _results(archive, desk)


async def _results(archive: ArchiveContext, desk: OpenDesk) -> Response:
    request = archive.request
    aliases = (await desk.read(())).values.aliases
    params = parse_search_params(request)
    params = replace(params, filters=show_names(params.filters, aliases))
    form = request.url_vars["format"]
    if form == "atom":
        return await _results_feed(archive, params, aliases, desk)
    if form in ENDINGS:
        return await articles_download(archive, params.query, params.filters, form, problem=params.problem)

    def read(db: sqlite3.Connection, bounded: bool) -> tuple[Results, dict[str, str]]:
        offset = (params.page - 1) * PER_PAGE
        found = run_search(db, params, aliases, limit=PER_PAGE, offset=offset, count=True, bounded=bounded)
        return found, source_names(db)

    as_read, sources = await archive.read_or_bound(read)
    found = with_corrections(as_read, await desk.read(urls_of(as_read)))
    elsewhere = await _search_others(archive, params)
    if form == "json":
        corrected = {hit.id: hit.corrected for hit in found.hits if hit.corrected}
        return json_response(
            {**_results_as_dict(archive, params, as_read, corrected), **_others_as_dict(elsewhere)}
        )
    keeping = await desk.read_keeping()
    visit = read_visit(archive)
    response = await ticks_response(
        archive,
        "results.html",
        keeping,
        search=params,
        results=found,
        elsewhere=elsewhere,
        pictures=await addresses_of_pictures(archive, found),
        sources=sources,
        facets=list_facets(params, found, sources),
        unfolded=UNFOLDED,
        states=[
            (state, label, getattr(found.counts, state), getattr(params.filters, state))
            for state, label in STATES.items()
        ],
        hit_params=hit_params,
        sorts=SORTS,
        forms=list_forms(params, found),
        pages=_neighbouring_pages(params.page, found.total),
        since=visit.since,
        new=await _count_new(archive, params, visit.since),
    )
    return note_visit(archive, visit, response)


async def _count_new(archive: ArchiveContext, params: SearchParams, since: str) -> int:
    """How many articles of a search are new since the last visit; 0 where there was none, or where it takes too long to tell."""
    if not since or params.filters.archived_since:
        return 0
    filters = replace(params.filters, archived_since=since)
    try:
        found = await archive.read(
            lambda db: search(db, params.query, filters, limit=0, sort="archived", ceiling=CEILING)
        )
    except TooSlowError:
        return 0
    return found.total


async def _search_others(
    archive: ArchiveContext, params: SearchParams
) -> list[tuple[ArchiveContext, Results]]:
    """What the same search finds in the other archives that are open; those that find nothing are left out."""
    found = []
    for other in await find_archives(archive.datasette, archive.request, beside=archive.database):
        results = await other.read_or_bound(
            lambda db, bounded: search(
                db,
                params.query,
                params.filters,
                limit=1,
                ceiling=CEILING,
                widest=FEWEST_PAGES,
                latest=LATEST if bounded else None,
            )
        )
        if results.total:
            found.append((other, results))
    return found


def _others_as_dict(elsewhere: list[tuple[ArchiveContext, Results]]) -> dict[str, Any]:
    if not elsewhere:
        return {}
    return {
        "elsewhere": [
            {"archive": other.database.name, "total": found.total, "capped": found.capped}
            for other, found in elsewhere
        ]
    }


def run_search(
    db: sqlite3.Connection,
    params: SearchParams,
    aliases: Aliases,
    *,
    limit: int,
    offset: int,
    count: bool = False,
    bounded: bool = False,
) -> Results:
    """The search that an address names, for its page and for the pages of its hits."""
    return search(
        db,
        params.query,
        params.filters,
        limit=limit,
        offset=offset,
        sort=params.sort,
        count=count,
        ceiling=CEILING,
        widest=FEWEST_PAGES if bounded else MOST_PAGES,
        latest=LATEST if bounded else None,
        folded=params.fold,
        aliases=aliases,
    )


def hit_params(search: SearchParams, hit: Hit) -> Pairs:
    """The parameters that a link from a search to the article of a hit carries: the search, and the hit's place in it."""
    return [*search.search_params(), ("hit", str(hit.rank))]


def _neighbouring_pages(page: int, total: int) -> dict[str, int]:
    """The number of this page, of the last one, and of those before and after it (0 for none)."""
    last = min(max((total + PER_PAGE - 1) // PER_PAGE, 1), LAST_PAGE)
    return {
        "page": page,
        "last": last,
        "before": page - 1 if page > 1 else 0,
        "after": page + 1 if page < last else 0,
    }


def _results_as_dict(
    archive: ArchiveContext, params: SearchParams, found: Results, corrected: dict[int, Corrected]
) -> dict[str, Any]:
    """A page of results; what a person corrected stands beside what was read from the page."""
    counts = found.counts
    return {
        "query": found.query,
        "problem": f"{found.problem} {params.problem}".strip(),
        "total": found.total,
        "articles": found.articles,
        "capped": found.capped,
        "page": params.page,
        "per_page": PER_PAGE,
        "forms": {word: list(forms) for word, forms in found.added},
        "hits": [
            {
                **hit_as_dict(hit),
                **({"story": asdict(hit.story) if hit.story else None} if params.fold else {}),
                **({"corrected": corrected_as_dict(corrected[hit.id])} if hit.id in corrected else {}),
                "page": archive.absolute(archive.url("article", hit.id)),
            }
            for hit in found.hits
        ],
        "counts": {name: getattr(counts, name) for name in counts.__slots__} if counts else None,
    }


async def _results_feed(
    archive: ArchiveContext, params: SearchParams, aliases: Aliases, desk: OpenDesk
) -> Response:
    """The search as a feed, in the order of archiving: what is published late is not missed."""
    found = await archive.read_or_bound(
        lambda db, bounded: search(
            db,
            params.query,
            params.filters,
            limit=IN_FEED,
            sort="archived",
            ceiling=IN_FEED * 20,
            widest=FEWEST_PAGES if bounded else MOST_PAGES,
            latest=LATEST if bounded else None,
            aliases=aliases,
        )
    )
    found = with_corrections(found, await desk.read(urls_of(found)))
    if not found.hits and (found.problem or params.problem):
        return refusal_response(f"{found.problem} {params.problem}")
    pairs = params.file_params()
    entries = [
        FeedEntry(
            key=hit.url,
            title=hit.headline,
            link=archive.absolute(archive.url("article", hit.id)),
            updated=hit.first_seen_at,
            published=hit.published_at,
            authors=hit.authors or (hit.source_name,),
            summary="".join(text for text, _ in hit.snippet),
            categories=tuple(name for name in (hit.source_name, hit.section) if name),
        )
        for hit in found.hits
    ]
    return atom_response(
        archive,
        "search",
        pairs,
        key="clippings search " + json.dumps(sorted(pairs)),
        title=f"Clippings: {params.query}" if params.query else "Clippings: new articles",
        entries=entries,
    )

"""The front page, and the results of a search in all their forms."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from datasette.views.index import IndexView

from browse import formatting
from browse.context import LATEST, TooSlowError, find_archives, open_context
from browse.downloads import ENDINGS, articles_download
from browse.params import LAST_PAGE, PER_PAGE, SORTS, parse_search_params
from browse.responses import atom_response, html_response, json_response, refusal_response
from browse.shown_desk import open_shown
from browse.visits import note_visit, read_visit
from pipelines.archive.search.authors import show_names
from pipelines.archive.search.query import MAX_WORDS, words, write_query
from pipelines.archive.search.results import corrected_as_dict, hit_as_dict, with_correction
from pipelines.archive.search.search import search
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.spellings import fold_spelling
from pipelines.archive.search.wide_prefixes import FEWEST_PAGES, MOST_PAGES
from pipelines.archive.views.assets import lead_images
from pipelines.archive.views.overview import count_archived_since, read_overview
from pipelines.archive.views.samples import read_samples
from pipelines.atom import FeedEntry

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from browse.params import Pairs, SearchParams
    from browse.shown_desk import OpenDesk, ShownDesk
    from pipelines.archive.search.authors import Aliases
    from pipelines.archive.search.search import Hit, Results
    from pipelines.archive.views.overview import Overview
    from pipelines.items import Corrected

CEILING = LAST_PAGE * PER_PAGE
"""Articles with a word that a results page ranks and counts: no page shows a hit beyond them. The timeline counts all."""
NEWEST = 6
"""Articles on the front page."""
IN_FEED = 50
FACETS = {"source": "Source", "section": "Section", "language": "Language", "author": "Author", "tag": "Tag"}
STATES = {"changed": "Was changed", "gone": "Is gone", "paywalled": "Paywalled"}
UNFOLDED = 8
"""Values of a facet that a page shows at once; the others are folded away."""
LISTED = 60
"""Values of a facet that a page has at most."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet. `params` are those of the search with this value added, or removed if it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool
    params: Pairs


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet of a results page. `more` counts further values; `sampled` as in `FacetCounts`, where it applies."""

    kind: str
    label: str
    values: tuple[FacetValue, ...]
    more: int
    sampled: int


async def home(datasette: Datasette, request: Request) -> Response:
    """The front page of the only archive; a choice of several; without any, Datasette's own front page."""
    archives = await find_archives(datasette, request)
    if not archives:
        request.scope["url_route"]["kwargs"]["format"] = None
        return await IndexView(datasette).get(request)
    if len(archives) == 1:
        return await _front_page(archives[0])
    choices = [(archive, await archive.read(read_overview)) for archive in archives]
    return await html_response(archives[0], "choice.html", archives=choices)


async def front(datasette: Datasette, request: Request) -> Response:
    """The front page of the archive that the address names."""
    return await _front_page(await open_context(datasette, request))


async def _front_page(archive: ArchiveContext) -> Response:
    def read(db: sqlite3.Connection) -> tuple[Overview, Results, tuple[str, ...]]:
        return read_overview(db), search(db, "", limit=NEWEST), read_samples(db)

    overview, newest, samples = await archive.read(read)
    async with open_shown(archive) as desk:
        newest = _with_corrections(newest, await desk.read(_urls_of(newest)))
        keeping = await desk.read_keeping()
    pictures = await _addresses_of_pictures(archive, newest)
    visit = read_visit(archive)
    response = await html_response(
        archive,
        "front.html",
        script=True,
        form=keeping is not None,
        keeping=keeping,
        overview=overview,
        newest=newest,
        pictures=pictures,
        samples=samples,
        since=visit.since,
        new=await archive.read(lambda db: count_archived_since(db, visit.since)) if visit.since else 0,
    )
    return note_visit(archive, visit, response)


def _with_corrections(found: Results, desk: ShownDesk) -> Results:
    """The hits as people corrected them; where that cannot be read, the problem says so."""
    corrected = desk.values.corrected
    hits = tuple(with_correction(hit, corrected.get(hit.url)) for hit in found.hits)
    return replace(found, hits=hits, problem=f"{found.problem} {desk.problem}".strip())


def _urls_of(found: Results) -> set[str]:
    """The addresses of the hits."""
    return {hit.url for hit in found.hits}


async def _addresses_of_pictures(archive: ArchiveContext, found: Results) -> dict[int, str]:
    """The addresses of the lead images that the archive holds, by the ids of their articles."""
    held = await archive.read(lambda db: lead_images(db, [hit.id for hit in found.hits]))
    return {article: archive.url("asset", capture) for article, capture in held.items()}


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
    found = _with_corrections(as_read, await desk.read(_urls_of(as_read)))
    elsewhere = await _search_others(archive, params)
    if form == "json":
        corrected = {hit.id: hit.corrected for hit in found.hits if hit.corrected}
        return json_response(
            {**_results_as_dict(archive, params, as_read, corrected), **_others_as_dict(elsewhere)}
        )
    keeping = await desk.read_keeping()
    visit = read_visit(archive)
    response = await html_response(
        archive,
        "results.html",
        search=params,
        results=found,
        elsewhere=elsewhere,
        pictures=await _addresses_of_pictures(archive, found),
        sources=sources,
        facets=_facets(params, found, sources),
        unfolded=UNFOLDED,
        states=[
            (state, label, getattr(found.counts, state), getattr(params.filters, state))
            for state, label in STATES.items()
        ],
        hit_params=hit_params,
        sorts=SORTS,
        forms=_forms(params, found),
        pages=_neighbouring_pages(params.page, found.total),
        keeping=keeping,
        form=keeping is not None,
        script=True,
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
    for other in await find_archives(archive.datasette, archive.request):
        if other.database.name == archive.database.name:
            continue
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


def _facets(params: SearchParams, found: Results, sources: dict[str, str]) -> list[Facet]:
    """Each facet with its values, the chosen ones first even where no article has them any more."""
    facets = []
    for kind, label in FACETS.items():
        counted = dict(getattr(found.counts, kind))
        chosen = getattr(params.filters, kind)
        shown = {value: _as_counted(kind, value, counted) for value in chosen}
        values = [(value, counted.get(shown[value], 0)) for value in chosen]
        values += [(value, count) for value, count in counted.items() if value not in shown.values()]
        if len(values) < 2 and not chosen:
            continue
        labels = sources if kind == "source" else {}
        facets.append(
            Facet(
                kind,
                label,
                tuple(
                    FacetValue(
                        value,
                        labels.get(value) or formatting.value(kind, shown.get(value, value)),
                        count,
                        value in chosen,
                        params.toggled(kind, value),
                    )
                    for value, count in values[:LISTED]
                ),
                more=max(len(values) - LISTED, 0),
                sampled=found.counts.sampled if found.counts and kind in ("author", "tag") else 0,
            )
        )
    return facets


class ShownForms(NamedTuple):
    """A word of the query, and each form that was added with the parameters of the search without it (none: too many)."""

    word: str
    forms: tuple[tuple[str, Pairs], ...]


def _forms(params: SearchParams, found: Results) -> list[ShownForms]:
    """The forms of words that were added. Leaving one out writes the others out."""
    removable = found.node is not None and len(words(found.node, dropped=True)) <= MAX_WORDS
    return [
        ShownForms(
            word,
            tuple(
                (form, params.as_words(write_query(found.node, form)) if found.node and removable else [])
                for form in forms
            ),
        )
        for word, forms in found.added
    ]


def _as_counted(kind: str, value: str, counted: dict[str, int]) -> str:
    """The spelling by which a chosen section or tag is counted; the value itself where none is."""
    if kind not in ("section", "tag") or value in counted:
        return value
    folded = fold_spelling(value)
    return next((name for name in counted if fold_spelling(name) == folded), value)


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
    found = _with_corrections(found, await desk.read(_urls_of(found)))
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

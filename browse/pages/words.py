"""The words that are special to the articles that a search finds, as a page or as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from browse.context import LATEST, open_context
from browse.params import parse_search_params
from browse.responses import html_response, json_response
from browse.shown_desk import join_author_names
from pipelines.archive.export.words_files import as_dict
from pipelines.archive.search.special_words import EXAMINED, read_special_words
from pipelines.archive.search.wide_prefixes import FEWEST_PAGES, MOST_PAGES

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.params import Pairs, SearchParams
    from pipelines.archive.search.special_words import By, WordGroup

BY: dict[str, By] = {"source": "source", "month": "month"}
LABELS: dict[By, str] = {"": "against other articles", "source": "by source", "month": "by month"}


async def words(datasette: Datasette, request: Request) -> Response:
    """The words of a search, against the other articles or by source or month."""
    archive = await open_context(datasette, request)
    params = parse_search_params(request)
    by = BY.get(request.args.get("by") or "", "")
    filters = await join_author_names(archive, params.filters)
    found = await archive.read_or_bound(
        lambda db, bounded: read_special_words(
            db,
            params.query,
            filters,
            by=by,
            widest=FEWEST_PAGES if bounded else MOST_PAGES,
            latest=LATEST if bounded else None,
        )
    )
    if request.url_vars["format"] == "json":
        return json_response(as_dict(found, params.query, by, params.problem))
    base = params.search_params()
    return await html_response(
        archive,
        "words.html",
        search=params,
        found=found,
        by=by,
        examined=EXAMINED,
        choices=[(key, label, base + ([("by", key)] if key else [])) for key, label in LABELS.items()],
        problem=f"{found.problem} {params.problem}".strip(),
        narrowed=lambda group, word: _narrowed(params, by, group, word),
    )


def _narrowed(params: SearchParams, by: By, group: WordGroup, word: str) -> Pairs:
    """The parameters of the search for the same words and this one too, in the group's source or month."""
    filters = params.filters
    if by == "source":
        filters = replace(filters, source=(group.key,))
    if by == "month":
        filters = replace(filters, since=f"{group.key}-01", until=group.key)
    query = f'({params.query}) "{word}"' if params.query else f'"{word}"'
    return replace(params, query=query, filters=filters).search_params()

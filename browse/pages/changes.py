"""The changes that publishers made lately, as a page and as a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from browse import formatting
from browse.context import open_context
from browse.downloads import CITED, articles_download, table_download
from browse.feeds import FeedEntry
from browse.param_checks import describe_unknown_params
from browse.params import LAST_PAGE, MOST_VALUES, params_of, parse_page
from browse.responses import atom_response, html_response
from pipelines.archive.export.tables import CHANGES, find_changed_articles, read_changes_rows
from pipelines.archive.search.match import Filters
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.unknown_values import describe_unknown
from pipelines.archive.views.changes import KINDS, read_changes
from pipelines.archive.views.diff import compare_words

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from browse.params import Pairs
    from pipelines.archive.views.changes import Change, Changes

PER_PAGE = 40


async def changes(datasette: Datasette, request: Request) -> Response:
    """The latest changes, by source and kind; or as a feed, or all of them with both texts as a file."""
    archive = await open_context(datasette, request)
    chosen = tuple(dict.fromkeys(filter(None, request.args.getlist("source"))))[:MOST_VALUES]
    kinds = tuple(kind for kind in KINDS if kind in request.args.getlist("kind"))
    page = parse_page(request.args.get("page"))
    form = request.url_vars["format"]
    if form in ("csv", "json", *CITED):
        return await _changes_file(archive, form, chosen, kinds)

    def read(db: sqlite3.Connection) -> tuple[Changes, dict[str, str]]:
        offset = (page - 1) * PER_PAGE
        found = read_changes(db, source=chosen, kinds=kinds, limit=PER_PAGE, offset=offset)
        return found, source_names(db)

    found, sources = await archive.read(read)
    params = [*(("source", key) for key in chosen), *(("kind", kind) for kind in kinds)]
    if form == "atom":
        return _changes_feed(archive, found.changes, params)
    return await html_response(
        archive,
        "changes.html",
        found=found,
        more=found.more and page < LAST_PAGE,
        compare=compare_words,
        kinds=formatting.KINDS,
        chosen_kinds=kinds,
        chosen_sources=chosen,
        sources=sources,
        params=params,
        page=page,
        versions=_version_params,
        problem=_describe_problem(request, chosen, sources),
    )


async def _changes_file(
    archive: ArchiveContext, form: str, chosen: tuple[str, ...], kinds: tuple[str, ...]
) -> Response:
    problem = _describe_problem(archive.request, chosen, await archive.read(source_names))
    if form in CITED:
        return await articles_download(
            archive,
            "",
            Filters(),
            form,
            find=lambda db: find_changed_articles(db, chosen, kinds),
            problem=problem,
        )
    return await table_download(
        archive, "changes", form, CHANGES, lambda db: read_changes_rows(db, chosen, kinds), problem=problem
    )


def _describe_problem(request: Request, chosen: tuple[str, ...], sources: dict[str, str]) -> str:
    """What of the address could not be used, in sentences."""
    return " ".join(
        [
            *describe_unknown_params(params_of(request), ("source", "kind", "page"), {"kind": KINDS}),
            *(describe_unknown("source", key, sources) for key in chosen if key not in sources),
        ]
    )


def _changes_feed(archive: ArchiveContext, found: Iterable[Change], params: Pairs) -> Response:
    entries = [
        FeedEntry(
            key=f"clippings change {change.article_id} {change.number} {change.at}",
            title=f"{', '.join(formatting.KINDS[kind] for kind in change.kinds)}: {change.title}",
            link=archive.absolute(
                archive.url("article", change.article_id, "changes", params=_version_params(change))
                if change.number
                else archive.url("article", change.article_id)
            ),
            updated=change.at,
            published=None,
            authors=(change.source_name,),
            summary=_summarize(change),
            categories=change.kinds,
        )
        for change in found
    ]
    return atom_response(
        archive,
        "changes",
        params,
        key="clippings changes " + urlencode(sorted(params)),
        title="Clippings: what publishers changed",
        entries=entries,
    )


def _version_params(change: Change) -> Pairs:
    """The parameters of the page that compares the two versions."""
    return [("from", str(change.number - 1)), ("to", str(change.number))]


def _summarize(change: Change) -> str:
    if "gone" in change.kinds:
        return f"{change.source_name} has taken it off its site."
    sentences = []
    if "headline" in change.kinds:
        sentences.append(f"The headline was: {change.old_title}")
    if "standfirst" in change.kinds:
        sentences.append("The standfirst was changed.")
    if "correction" in change.kinds:
        sentences.append("A correction notice was added.")
    if "text" in change.kinds:
        sentences.append("The text was changed" + (f" ({change.words:+,} words)." if change.words else "."))
    return " ".join(sentences)

"""`clippings search`: articles by words."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from crawler.commands.errors import UsageProblem, errors_in_a_line, require_known
from crawler.commands.filters import filter_options, forms_option, read_filters, with_forms
from crawler.commands.options import archive_and_rest, json_option
from crawler.commands.output import print_lines
from crawler.terminal import CleanLine, echo, one_line, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.archive.search.search import Hit, Results
    from pipelines.items import Corrected


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[ARCHIVE] QUERY")
@click.option("-n", "--limit", default=20, show_default=True, help="How many hits to print.")
@click.option("--newest", is_flag=True, help="Newest first, instead of best first.")
@click.option(
    "--versions",
    is_flag=True,
    help="Also in versions that their publisher has replaced, as in:versions does.",
)
@forms_option
@json_option
@filter_options
def search(
    words: tuple[str, ...],
    limit: int,
    newest: bool,
    versions: bool,
    forms: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Find articles; the best hits first, each with an excerpt that shows the words.

    The query knows "phrases", AND, OR, NOT, prefix*, title:word, author:name, source:id, in:versions
    and in:forms.

    Example: clippings search archive.db '"grain harbour" OR ferry*'
    """
    from pipelines.archive.connection import connect_for_reading
    from pipelines.archive.search.authors import join_names
    from pipelines.archive.search.query import IN_VERSIONS, parse
    from pipelines.archive.search.results import with_correction
    from pipelines.archive.search.search import search as search_archive
    from pipelines.archive.search.sources import source_names
    from pipelines.archive.search.unknown_values import describe_unknown_values
    from pipelines.archive.search.word_forms import describe_added
    from pipelines.desk.database import desk_path
    from pipelines.desk.errors import DeskError
    from pipelines.desk.reading import NOTHING, read_desk_values

    archive, rest = archive_and_rest(words)
    if not rest:
        raise UsageProblem(f"What to look for is missing. Example: clippings search {archive} harbour")
    if limit < 1:
        raise UsageProblem("-n must be 1 or more.")
    with errors_in_a_line():
        filters = read_filters(options)
        db = connect_for_reading(archive)
        try:
            values = read_desk_values(desk_path(archive))
        except DeskError as error:  # what was read from the pages is found all the same
            values = NOTHING
            echo(f"Corrections are not shown: {error}", err=True)
        for source in filters.source:
            require_known("source", source, source_names(db), archive)
        text = with_forms(" ".join((*rest, *([IN_VERSIONS] if versions else []))), forms)
        query = parse(text)
        if query.node is None:
            raise UsageProblem(query.problem or "There is nothing to look for.")
        if unknown := describe_unknown_values(db, join_names(db, filters, values.aliases), query.node):
            raise UsageProblem(" ".join(unknown))
        results = search_archive(
            db,
            text,
            filters,
            limit=limit,
            sort="newest" if newest else "relevance",
            aliases=values.aliases,
        )
    if results.problem:
        echo(results.problem, err=True)
    if added := describe_added(results.added):
        echo(added, err=True)
    if as_json:
        print_json([hit_json(hit, values.corrected.get(hit.url)) for hit in results.hits])
    else:
        corrected = (with_correction(hit, values.corrected.get(hit.url)) for hit in results.hits)
        print_lines(hit_lines(replace(results, hits=tuple(corrected)), styled=sys.stdout.isatty()))


def hit_lines(results: Results, styled: bool) -> Iterator[str]:
    """Each hit on three lines: headline; source, day, authors and URL; the excerpt. Then the total."""
    for hit in results.hits:
        yield CleanLine(mark_words(hit.title, styled) or one_line(hit.url))
        day = ((hit.corrected and hit.corrected.published_at) or hit.day)[:10]
        about = [hit.source_name or hit.source, day, ", ".join(hit.authors), hit.url]
        yield "  " + " · ".join(part for part in (*about, "corrected" if hit.corrected else "") if part)
        if hit.version:
            yield f"  in version {hit.version} of {hit.revision}, archived {hit.version_seen_at[:10]}; the article reads otherwise now"
        yield CleanLine("  " + " ".join(mark_words(hit.snippet, styled).split()))
        yield ""
    shown = len(results.hits)
    more = f" (showing {shown}; -n for more)" if shown < results.total else ""
    yield f"{results.total}{'+' if results.capped else ''} {'article' if results.total == 1 else 'articles'}{more}"


def mark_words(pieces: Iterable[tuple[str, bool]], styled: bool) -> str:
    """A clean line with the words of the query in bold on a terminal, between asterisks elsewhere."""
    clean = ((one_line(text), marked) for text, marked in pieces)
    return "".join(
        (click.style(text, bold=True) if styled else f"*{text}*") if marked else text
        for text, marked in clean
    )


def hit_json(hit: Hit, corrected: Corrected | None = None) -> dict[str, Any]:
    """A hit as JSON; `marks` are the query's words as [start, end] in characters of the snippet.

    What a person corrected stands beside what was read from the page.
    """
    from pipelines.archive.search.results import corrected_as_dict

    text, marks = "", []
    for piece, marked in hit.snippet:
        if marked:
            marks.append([len(text), len(text) + len(piece)])
        text += piece
    return {
        "id": hit.id,
        "url": hit.url,
        "title": "".join(piece for piece, _ in hit.title),
        "source": hit.source,
        "published_at": hit.published_at,
        "authors": list(hit.authors),
        "section": hit.section,
        "language": hit.language,
        "snippet": text,
        "marks": marks,
        "version": hit.version or hit.revision,
        **({"corrected": corrected_as_dict(corrected)} if corrected else {}),
    }

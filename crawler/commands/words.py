"""`clippings words`: which words are special to the articles that a search finds."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_known
from crawler.command_line.filters import filter_options, forms_option, read_filters, with_forms
from crawler.command_line.options import archive_and_rest, json_option
from crawler.command_line.output import print_lines, table
from crawler.terminal import echo, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.archive.search.match import Filters
    from pipelines.archive.search.special_words import By, SpecialWords, WordGroup


@click.command(short_help="List the words that mark what is found, by source or month.")
@click.argument("words", nargs=-1, metavar="[ARCHIVE] [QUERY]...")
@click.option(
    "--by",
    type=click.Choice(("source", "month")),
    default=None,
    help="Compare each source or month with the others, instead of the articles found with those not found.",
)
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the words as CSV.",
)
@forms_option
@json_option
@filter_options
def words(
    words: tuple[str, ...],
    by: By | None,
    csv_file: Path | None,
    forms: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """List the words that more of the articles found have than of others, the least likely by chance first.

    QUERY is written as for `clippings search`. 400 of the articles found are read, drawn evenly, and as many others of the
    same filters and languages. The measure is Dunning's log-likelihood ratio G² over articles.

    Example: clippings words archive.db flood --since 2026 --by month
    """
    from pipelines.archive.export.files import written_file
    from pipelines.archive.export.words_files import as_csv, as_dict

    archive, rest = archive_and_rest(words)
    query = " ".join(rest)
    comparison: By = by or ""
    if not query.strip() and not comparison:
        raise UsageProblem("Say what to look for, or compare all articles: --by source or --by month.")
    with errors_in_a_line():
        found = read_words(archive, with_forms(query, forms), read_filters(options), comparison)
        if not found.groups:
            raise UsageProblem(found.problem or "There is nothing to look for.")
        if found.problem:
            echo(found.problem, err=True)
        if csv_file is not None:
            with written_file(csv_file) as file:
                file.write(as_csv(found))
            echo(f"{csv_file} written.", err=True)
    if as_json:
        print_json(as_dict(found, query, comparison))
    elif csv_file is None:
        print_lines(word_lines(found, comparison))


def read_words(archive: Path, query: str, filters: Filters, by: By) -> SpecialWords:
    """The special words of a search. Raises `ArchiveError`, and `UsageProblem` for a source that is not there."""
    from pipelines.archive.connection import connect_for_reading
    from pipelines.archive.search.authors import join_names
    from pipelines.archive.search.sources import source_names
    from pipelines.archive.search.special_words import read_special_words
    from pipelines.desk.database import desk_path
    from pipelines.desk.reading import read_desk_values

    with closing(connect_for_reading(archive)) as db:
        for source in filters.source:
            require_known("source", source, source_names(db), archive)
        filters = join_names(db, filters, read_desk_values(desk_path(archive), ()).aliases)
        return read_special_words(db, query, filters, by=by)


def word_lines(found: SpecialWords, by: By) -> Iterator[str]:
    """What was read, then a table of the words; with `by` one for each source or month."""
    of = f"{'the latest ' if found.capped else ''}{found.total:,} articles found"
    yield f"{found.read:,} of {of} were read" + (f", and {found.compared:,} others." if not by else ".")
    if found.left_out:
        yield f"{found.left_out:,} in Thai, Lao, Khmer, Burmese or Tibetan were left out: nothing separates their words."
    for group in found.groups:
        yield ""
        if by:
            yield f"{group.name} ({group.articles:,} read)"
        yield from _table(group) if group.words else ["No word stands out."]


def _table(group: WordGroup) -> Iterator[str]:
    rows = [
        (one.word, _percent(one.hits, one.of_hits), _percent(one.rest, one.of_rest), f"{one.ratio:,.0f}")
        for one in group.words
    ]
    return table([("word", "of these", "of the others", "G²"), *rows], right={1, 2, 3})


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"

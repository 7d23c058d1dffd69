"""`clippings search`: articles by words."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_known
from crawler.command_line.filters import filter_options, forms_option, read_filters, with_forms
from crawler.command_line.options import archives_and_rest, json_option
from crawler.command_line.output import print_lines
from crawler.terminal import CleanLine, echo, one_line, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipelines.archive.search.match import Filters
    from pipelines.archive.search.search import Hit, Results, Sort
    from pipelines.archive.search.several import FoundIn
    from pipelines.desk.reading import DeskValues
    from pipelines.items import Corrected

CEILING = 100_000
"""Matches that are ranked, the latest archived first: in a million articles a common word takes 3 s of CPU without it."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found in one archive, and what people corrected there."""

    archive: Path
    results: Results
    values: DeskValues

    def corrected(self, hit: Hit) -> Corrected | None:
        return self.values.corrected.get(hit.url)

    def with_corrections(self) -> Results:
        """The results with the hits as people corrected them."""
        from pipelines.archive.search.results import with_correction

        hits = tuple(with_correction(hit, self.corrected(hit)) for hit in self.results.hits)
        return replace(self.results, hits=hits)


@click.command(short_help="Find articles by words, source or day.")
@click.argument("words", nargs=-1, metavar="[ARCHIVE...] [QUERY]")
@click.option("-n", "--limit", default=20, show_default=True, help="How many hits to print.")
@click.option("--newest", is_flag=True, help="Newest first, instead of best first.")
@click.option(
    "--versions",
    is_flag=True,
    help="Also in versions that their publisher has replaced, as in:versions does.",
)
@click.option("--fold", is_flag=True, help="One hit a story: articles with the same text are one.")
@forms_option
@json_option
@filter_options
def search(
    words: tuple[str, ...],
    limit: int,
    newest: bool,
    versions: bool,
    fold: bool,
    forms: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Find articles; the best hits first, each with an excerpt that shows the words.

    The query knows "phrases", AND, OR, NOT, prefix*, title:word, author:name, source:id, story:ADDRESS,
    first:SOURCE, in:versions and in:forms. Several archives, such as the parts of one that was split, are searched together.
    Without a query the options say what is listed, the newest first: --since 2026-11-20 --until 2026-11-20 is one day.

    Example: clippings search archive.db '"grain harbour" OR ferry*'
    """
    from pipelines.archive.search.search import NO_FILTERS
    from pipelines.archive.search.word_forms import describe_added

    archives, rest = archives_and_rest(words)
    if limit < 1:
        raise UsageProblem("-n must be 1 or more.")
    with errors_in_a_line():
        filters = read_filters(options)
        if not rest and filters == NO_FILTERS:
            raise UsageProblem(
                f"What to look for is missing. Example: clippings search {archives[0]} harbour; or narrow the list of"
                " all articles, by --since for example."
            )
        sort: Sort = "relevance" if rest and not newest else "newest"
        text = with_forms(" ".join((*rest, *(["in:versions"] if versions else []))), forms)
        found = search_archives(archives, text, filters, limit, sort, folded=fold)
    said = [one.results.problem for one in found] + [describe_added(one.results.added) for one in found]
    for sentence in filter(None, dict.fromkeys(said)):
        echo(sentence, err=True)
    if len(found) == 1:
        (only,) = found
        if as_json:
            print_json([hit_json(hit, only.corrected(hit)) for hit in only.results.hits])
        else:
            print_lines(hit_lines(only.with_corrections(), styled=sys.stdout.isatty()))
        return
    from pipelines.archive.search.several import merge_hits

    if as_json:
        made = {one.archive: one for one in found}
        merged = merge_hits([(one.archive, one.results) for one in found], limit, sort)
        print_json(
            [
                {**hit_json(one.hit, made[one.archive].corrected(one.hit)), "archive": str(one.archive)}
                for one in merged
            ]
        )
        return
    shown = [(one.archive, one.with_corrections()) for one in found]
    print_lines(lines_of_several(shown, merge_hits(shown, limit, sort), styled=sys.stdout.isatty()))


def search_archives(
    archives: Sequence[Path], text: str, filters: Filters, limit: int, sort: Sort, *, folded: bool
) -> list[Searched]:
    """Search each archive. Raises `ArchiveError`, and `UsageProblem` for a query without words, or a value that none knows."""
    from contextlib import closing

    from pipelines.archive.connection import connect_for_reading
    from pipelines.archive.search.authors import join_names
    from pipelines.archive.search.query import parse
    from pipelines.archive.search.search import search as search_archive
    from pipelines.archive.search.sources import source_names
    from pipelines.archive.search.unknown_values import describe_unknown_values
    from pipelines.desk.database import desk_path
    from pipelines.desk.errors import DeskError
    from pipelines.desk.reading import NOTHING, read_desk_values

    query = parse(text)
    known: dict[str, str] = {}
    found, unknown = [], []
    for archive in archives:
        with closing(connect_for_reading(archive)) as db:
            try:
                values = read_desk_values(desk_path(archive))
            except DeskError as error:  # what was read from the pages is found all the same
                values = NOTHING
                echo(f"Corrections are not shown: {error}", err=True)
            known |= source_names(db)
            if len(archives) == 1:
                for source in filters.source:
                    require_known("source", source, known, archive)
            if query.node is None and text:
                raise UsageProblem(query.problem or "There is nothing to look for.")
            unknown.append(describe_unknown_values(db, join_names(db, filters, values.aliases), query.node))
            results = search_archive(
                db,
                text,
                filters,
                limit=limit,
                sort=sort,
                ceiling=CEILING,
                folded=folded,
                aliases=values.aliases,
            )
            found.append(Searched(archive, replace(results, problem="") if unknown[-1] else results, values))
    for source in filters.source if len(archives) > 1 else ():
        require_known("source", source, known, "Each of these archives")
    if all(unknown):
        raise UsageProblem(" ".join(unknown[0]))
    return found


def lines_of_several(
    found: Sequence[tuple[Path, Results]], merged: Sequence[FoundIn], styled: bool
) -> Iterator[str]:
    """The hits of several archives, each with the name of its own; then how many each has."""
    for one in merged:
        yield from hit_block(one.hit, styled, one.archive.name)
    for archive, results in found:
        yield f"{total_of(results)} in {archive}"
    shown, total = len(merged), sum(results.total for _, results in found)
    yield f"{total} in all" + (f" (showing {shown}; -n for more)" if shown < total else "")


def hit_lines(results: Results, styled: bool) -> Iterator[str]:
    """Each hit on three lines: headline; source, day, authors and URL; the excerpt. Then the total."""
    for hit in results.hits:
        yield from hit_block(hit, styled)
    shown = len(results.hits)
    more = f" (showing {shown}; -n for more)" if shown < results.total else ""
    yield f"{total_of(results)}{more}"


def hit_block(hit: Hit, styled: bool, archive: str = "") -> Iterator[str]:
    """The lines of one hit, and a blank one; with the name of its `archive` where there are several."""
    yield CleanLine(mark_words(hit.title, styled) or one_line(hit.url))
    day = ((hit.corrected and hit.corrected.published_at) or hit.day)[:10]
    about = [hit.source_name or hit.source, day, ", ".join(hit.authors), hit.url, archive]
    yield "  " + " · ".join(part for part in (*about, "corrected" if hit.corrected else "") if part)
    if hit.version:
        yield f"  in version {hit.version} of {hit.revision}, archived {hit.version_seen_at[:10]}; the article reads otherwise now"
    yield CleanLine("  " + " ".join(mark_words(hit.snippet, styled).split()))
    if hit.story:
        yield f"  {hit.story.articles} articles in {_count_papers(hit.story.sources)} carry this, {hit.story.found} of them found: story:{hit.url}"
    yield ""


def total_of(results: Results) -> str:
    """How many articles were found, in words; of folded ones how many stories too."""
    if results.articles > results.total:
        return f"{results.total} stories and single articles, {results.articles} articles together"
    return f"{results.total}{'+' if results.capped else ''} {'article' if results.total == 1 else 'articles'}"


def _count_papers(number: int) -> str:
    return f"{number} paper{'' if number == 1 else 's'}"


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
        **({"story": asdict(hit.story)} if hit.story else {}),
        **({"corrected": corrected_as_dict(corrected)} if corrected else {}),
    }

"""`clippings export`: articles for other programs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line
from crawler.command_line.fetch_option import fetch_option, fetching
from crawler.command_line.filters import read_selection, selection_options
from crawler.command_line.options import archive_and_rest
from crawler.terminal import draw, echo
from crawler.wording import count, size
from pipelines.archive.export.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.archive.export.samples import By
    from pipelines.archive.export.selection import Selection
    from pipelines.archive.export.write import Connection, ExportRequest

DRAW_SECONDS = 0.2
"""Between two lines of progress."""


@click.command(short_help="Write articles as a file for other programs.")
@click.argument("words", nargs=-1, metavar="[ARCHIVE] [QUERY]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write this file, replacing what is there; its ending tells the format.",
)
@click.option(
    "--format", "form", type=click.Choice(tuple(FORMATS)), help="The format, where FILE does not tell it."
)
@click.option("--versions", is_flag=True, help="A row for every version of each article.")
@click.option(
    "--changes",
    is_flag=True,
    help="A row for every change by a publisher, with its words; QUERY looks for these.",
)
@click.option(
    "--placements",
    is_flag=True,
    help="A row for each stay of an article on a home or section page: its highest place, from when to when.",
)
@click.option("--columns", default="", metavar="NAME,...", help="These columns, in this order.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="So many articles, drawn at random.")
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same articles again.")
@click.option("--by", type=click.Choice(("source", "month")), help="Draw N of each source or month.")
@click.option(
    "--derived", is_flag=True, help="How often each word is in each article, in place of the texts."
)
@click.option("--partition", is_flag=True, help="Parquet as a folder with a file for each source and month.")
@click.option(
    "--package",
    is_flag=True,
    help="A folder with a datapackage.json that says what it is and where it is from.",
)
@click.option("--dossier", default="", metavar="NAME", help="The articles of this dossier, in its order.")
@fetch_option
@selection_options
def export(
    words: tuple[str, ...],
    output: Path | None,
    form: str | None,
    versions: bool,
    changes: bool,
    placements: bool,
    columns: str,
    sample: int | None,
    seed: int,
    by: By | None,
    derived: bool,
    partition: bool,
    package: bool,
    dossier: str,
    fetch: bool,
    **options: Any,
) -> None:
    """Write articles as a file for other programs: all of them, or those that a search finds.

    The query is written as for `clippings search`. Without -o, CSV goes to standard output. An export that fails
    leaves no file behind. The format text is a folder for programs that analyse texts; wacz has the pages as fetched;
    bagit is the whole archive for a repository; opml has the sources.

    Example: clippings export archive.db 'harbour OR ferry*' --since 2026-01-01 -o harbour.csv
    """
    from pipelines.archive.export.corrected import load_corrected, usual_columns
    from pipelines.archive.export.formats import choose_format
    from pipelines.archive.export.samples import Sample
    from pipelines.archive.export.write import ExportRequest, check_request, opened
    from pipelines.archive.search.authors import join_names
    from pipelines.desk.database import desk_path
    from pipelines.desk.reading import read_desk_values

    if by and not sample:
        raise UsageProblem("--by says of what to draw a sample: add --sample N")
    if dossier and (changes or placements or form in ("opml", "bagit")):
        raise UsageProblem(
            "--dossier has articles: it goes with neither --changes nor --placements, opml nor bagit."
        )
    archive, rest = archive_and_rest(words)
    query = " ".join(rest)
    _refuse_target_among_words(query, output)
    with errors_in_a_line():
        selection = read_selection(query, options)
        request = ExportRequest(
            selection,
            choose_format(form, output, package=package),
            tuple(name.strip() for name in columns.split(",") if name.strip()),
            versions,
            Sample(sample, seed, by) if sample else None,
            derived,
            partition,
            package,
            changes,
            placements,
        )
        values = read_desk_values(desk_path(archive))
        if not request.columns and not (versions or changes or derived):
            request = replace(
                request, columns=usual_columns(request.form.name, values.corrected, dossier=bool(dossier))
            )
        with opened(archive) as db, fetching(fetch):
            load_corrected(db, values.corrected)
            if dossier:
                request = replace(request, selection=_choose(db, archive, selection, dossier))
            else:
                filters = join_names(db, request.selection.filters, values.aliases)
                request = replace(request, selection=replace(request.selection, filters=filters))
            if problem := check_request(db, request):
                echo(problem, err=True)
            if output is None:
                _print_export(db, request)
            else:
                _write_export(db, request, archive, output)


def _choose(db: Connection, archive: Path, selection: Selection, name: str) -> Selection:
    """The articles of a dossier, whose saved versions the rows will have. Raises `UsageProblem` beside a search, and `DeskError` that names the dossiers."""
    from pipelines.archive.export.saved import ids_of, load_saved
    from pipelines.archive.export.selection import ArticleList, Selection
    from pipelines.dossiers.read import find_named, find_saved

    if selection != Selection(duplicates=selection.duplicates):
        raise UsageProblem("--dossier has its own articles: leave the query and the filters out.")
    rows = find_named(archive, name)
    saved = find_saved(db, rows.items)
    load_saved(db, saved)
    ids = ids_of(saved)
    urls = {item.url for item in rows.items if item.url}
    if len(ids) < len(urls):
        echo(f"{len(urls) - len(ids)} of {len(urls)} articles of the dossier are not in {archive}.", err=True)
    return Selection(chosen=ArticleList(rows.dossier.name, ids))


def _refuse_target_among_words(query: str, output: Path | None) -> None:
    last = query.split()[-1:] if output is None else []
    endings = tuple(suffix for one in FORMATS.values() for suffix in one.suffixes)
    if last and last[0].lower().endswith(endings):
        raise UsageProblem(f"{last[0]} is no word to search for; to write that file: -o {last[0]}")


def _print_export(db: Connection, request: ExportRequest) -> None:
    from pipelines.archive.export.errors import ExportError
    from pipelines.archive.export.write import stream_export

    if not request.form.streamed or request.folder:
        raise ExportError(
            f"{'A package' if request.package else request.form.name} is not for standard output: name a file or folder with -o."
        )
    out = sys.stdout.buffer
    rows = 0
    for piece in stream_export(db, request):
        out.write(piece.data)
        rows += piece.rows
    out.flush()
    _say_if_none(rows)


def _write_export(db: Connection, request: ExportRequest, archive: Path, output: Path) -> None:
    from pipelines.archive.export.write import write_export

    what = "word" if request.derived else "version" if request.versions else "article"
    what = "change" if request.changes else "place" if request.placements else what
    what = {"opml": "source", "wacz": "page"}.get(request.form.name, what)
    drawn = sys.stderr.isatty()
    done = write_export(db, request, archive, output, progress(drawn, f"{what}s"))
    if drawn:
        draw()
    echo(f"{output}: {count(done.rows, what)}, {size(done.size)}")
    _say_if_none(done.rows)


def _say_if_none(rows: int) -> None:
    if not rows:
        echo("Nothing was found: the file has no rows.", err=True)


def progress(drawn: bool, what: str = "articles") -> Callable[[int], None]:
    """A function that draws the number so far, on a terminal, a few times a second; nothing elsewhere."""
    drawn_at = 0.0

    def tell(count: int) -> None:
        nonlocal drawn_at
        if drawn and monotonic() - drawn_at > DRAW_SECONDS:
            drawn_at = monotonic()
            draw(f"{count:,} {what}")

    return tell

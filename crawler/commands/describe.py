"""`clippings describe`: a methods note about the archive, or about what a search finds in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from crawler.command_line.errors import errors_in_a_line
from crawler.command_line.filters import read_selection, selection_options
from crawler.command_line.options import archive_and_rest
from crawler.command_line.output import print_lines
from crawler.terminal import echo


@click.command(short_help="Write how the articles were collected, to cite in a paper.")
@click.argument("words", nargs=-1, metavar="[ARCHIVE] [QUERY]")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it into this file."
)
@selection_options
def describe(words: tuple[str, ...], output: Path | None, **options: Any) -> None:
    """Write how the articles were collected, in Markdown, to cite in a paper.

    It has the period, the sources with their numbers and gaps, how text and dates were got, revisions, rights and the
    query. The query and the filters are those of `clippings export`.

    Example: clippings describe archive.db 'harbour OR ferry*' --since 2026-01-01 -o methods.md
    """
    from pipelines.archive.export.describe import describe as write_note
    from pipelines.archive.export.files import written_file
    from pipelines.archive.export.selection import check_selection
    from pipelines.archive.export.write import opened
    from pipelines.archive.search.authors import join_names
    from pipelines.desk.database import desk_path
    from pipelines.desk.reading import read_desk_values

    archive, rest = archive_and_rest(words)
    query = " ".join(rest)
    with errors_in_a_line():
        selection = read_selection(query, options)
        aliases = read_desk_values(desk_path(archive), ()).aliases
        with opened(archive) as db:
            selection = replace(selection, filters=join_names(db, selection.filters, aliases))
            if problem := check_selection(db, selection):
                echo(problem, err=True)
            note = write_note(db, selection, archive.name)
        if output is not None:
            with written_file(output) as file:
                file.write(note.encode("utf-8", "replace"))
            echo(f"{output}: {len(note.splitlines())} lines")
            return
    print_lines(note.rstrip("\n").split("\n"))

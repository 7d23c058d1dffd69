"""`clippings split`: one archive divided into several."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from crawler.command_line.errors import errors_in_a_line, require_archive
from crawler.command_line.options import archive_argument
from crawler.terminal import echo

SHOWN_PROBLEMS = 10


@click.command(short_help="Divide an archive into archives by year of publication.")
@archive_argument
@click.option(
    "--by", type=click.Choice(["year"]), required=True, help="What the parts are: years of publication."
)
@click.option(
    "--into",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="A new folder for the parts.  [default: beside ARCHIVE, such as archive-by-year]",
)
@click.option("--copy", is_flag=True, help="Copy WARC files rather than link them (hard links).")
@click.option("--silent", is_flag=True, help="Print nothing when all went well.")
def split(archive: Path, by: str, folder: Path | None, copy: bool, silent: bool) -> None:
    """Divide ARCHIVE into archives by year of publication, in a folder of their own. ARCHIVE stays as it is.

    The newest part goes on being crawled, and knows which pages the others have. `clippings search` and `browse` take all
    parts at once; `clippings merge` makes them one again. It needs room for another archive.db; WARC files take none.

    Example: clippings split archive.db --by year --into years
    """
    from pipelines.archive.merge.split import Split, split_by_year

    require_archive(archive)
    target = folder or archive.with_name(f"{archive.stem}-by-{by}")
    done = Split()
    with errors_in_a_line():
        for done in split_by_year(archive, target, link=not copy):
            part = done.parts[-1]
            if not silent:
                echo(f"{part.path}: {part.articles:,} articles, {part.captures:,} captures")
    if not silent:
        echo(f"Read them together: clippings browse {target / '*.db'}   Crawl on with: {done.parts[-1].path}")
    for problem in done.problems[:SHOWN_PROBLEMS]:
        echo(problem, err=True)
    if len(done.problems) > SHOWN_PROBLEMS:
        echo(f"and {len(done.problems) - SHOWN_PROBLEMS} more", err=True)
    sys.exit(1 if done.problems else 0)

"""`clippings browse`: the archive in a web browser, by Datasette."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.commands.errors import require_archive
from crawler.commands.options import archive_argument

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@archive_argument
@click.option(
    "-p", "--port", default=8001, show_default=True, help="The port to listen on; 0 picks a free one."
)
@click.option("-o", "--open", "open_browser", is_flag=True, help="Open it in your web browser.")
def browse(archive: Path, port: int, open_browser: bool) -> None:
    """Read and search ARCHIVE in a web browser, with Datasette, on this machine only.

    Example: clippings browse archive.db -o
    """
    require_archive(archive)
    from datasette.cli import cli as datasette

    from pipelines.archive.file_checks import reading_uri

    file = ["--immutable", str(archive)] if "immutable" in reading_uri(archive) else [str(archive)]
    arguments = ["serve", *file, "--port", str(port), *(["--open"] if open_browser else [])]
    datasette(arguments, prog_name="datasette")

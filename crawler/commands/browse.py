"""`clippings browse`: the archive in a web browser, by Datasette."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.commands.errors import errors_in_a_line, require_archive
from crawler.commands.options import archive_argument, config_file, config_option
from crawler.user_settings import browse_options, read_user_settings

if TYPE_CHECKING:
    from pathlib import Path


PORT = 8001


@click.command()
@archive_argument
@click.option(
    "-p", "--port", type=int, default=None, help="The port to listen on; 0 picks a free one.  [default: 8001]"
)
@click.option("-o", "--open/--no-open", "open_browser", default=None, help="Open it in your web browser.")
@config_option
def browse(archive: Path, port: int | None, open_browser: bool | None) -> None:
    """Read and search ARCHIVE in a web browser, with Datasette, on this machine only.

    Example: clippings browse archive.db -o
    """
    require_archive(archive)
    with errors_in_a_line():
        own = browse_options(read_user_settings(config_file()))
    port = own.get("port", PORT) if port is None else port
    open_browser = own.get("open", False) if open_browser is None else open_browser
    from datasette.cli import cli as datasette

    from pipelines.archive.file_checks import reading_uri

    file = ["--immutable", str(archive)] if "immutable" in reading_uri(archive) else [str(archive)]
    arguments = ["serve", *file, "--port", str(port), *(["--open"] if open_browser else [])]
    datasette(arguments, prog_name="datasette")

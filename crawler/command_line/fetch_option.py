"""The option by which commands read captures of --point-back from the web, in the files of their collections."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

fetch_option = click.option(
    "--fetch",
    is_flag=True,
    help="Read pages of --point-back from the web, one a second; else it is not asked.",
)


@contextmanager
def fetching(wanted: bool) -> Iterator[None]:
    """Ask the web for records within this block, where that is wanted. Raises `ValueError` for settings that cannot be used."""
    if not wanted:
        yield
        return
    from crawler.command_line.options import read_settings
    from crawler.replay.collection_fetcher import fetcher_of
    from pipelines.archive.warc.collection_records import fetching_by

    with fetching_by(fetcher_of(read_settings((), silent=True)).read_range):
        yield

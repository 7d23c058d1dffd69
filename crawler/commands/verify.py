"""`clippings verify`: every capture read and compared with the archive."""

from __future__ import annotations

import sys
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from crawler.command_line.errors import errors_in_a_line
from crawler.command_line.fetch_option import fetch_option, fetching
from crawler.command_line.options import archive_argument, config_file, config_option, json_option
from crawler.terminal import draw, echo, print_json

if TYPE_CHECKING:
    from pipelines.archive.admin.verify import Verification


def read_certificate() -> str:
    """The file that clippings.toml names. Raises `ValueError` for settings that cannot be used."""
    from crawler.user_settings import read_user_settings, settings_of

    return str(settings_of(read_user_settings(config_file())).get("TIMESTAMP_CERTIFICATE", ""))


DRAW_EVERY = 500
"""Records between two progress lines."""


@click.command(short_help="Check the archive, its WARC files and its manifests.")
@archive_argument
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="So many captures, drawn at random.")
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Root certificate of the authority that stamped manifests (PEM).",
)
@fetch_option
@config_option
@json_option
def verify(archive: Path, sample: int | None, certificate: Path | None, fetch: bool, as_json: bool) -> None:
    """Read every capture in warc/ and compare it with ARCHIVE, and both with the manifests of its crawls.

    Ends with code 1 when a capture is missing, damaged, or not what the archive says, and when a record, an article, an
    old version or a manifest is not what it was when a manifest covered it.

    Example: clippings verify archive.db
    """
    verify_and_exit(archive, as_json, sample, certificate, fetch)


def verify_and_exit(
    archive: Path,
    as_json: bool,
    sample: int | None = None,
    certificate: Path | None = None,
    fetch: bool = False,
) -> None:
    """Print what `verify` found, and exit with 1 when anything is wrong."""
    from crawler.run.exit_codes import ALL_WELL, ERROR
    from crawler.run.progress_lines import clock_of
    from pipelines.archive.admin.verify import verify as verify_archive
    from pipelines.archive.admin.verify import verify_sample

    began, drawn = monotonic(), sys.stderr.isatty()

    def draw_progress(so_far: Verification) -> None:
        if drawn and so_far.records % DRAW_EVERY == 0:
            draw(f"{so_far.records} records")

    with errors_in_a_line(), fetching(fetch):
        found = (
            verify_sample(archive, sample, draw_progress)
            if sample
            else verify_archive(archive, draw_progress, str(certificate or read_certificate()))
        )
    if drawn:
        draw()
    if as_json:
        print_json({field.name: getattr(found, field.name) for field in fields(found)})
        sys.exit(ERROR if found.problems else ALL_WELL)
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.types.most_common())
    echo(
        f"{found.captures} captures; {found.records} records ({kinds or 'none'}) in {found.files} files,"
        f" {found.size / 1_000_000:.1f} MB, read in {clock_of(timedelta(seconds=monotonic() - began))}"
    )
    if found.spare:
        echo(
            f"{found.spare} whole records belong to no capture: written just before a crash. They do no harm."
        )
    if found.manifests:
        echo(
            f"{found.manifests} manifests with {found.leaves} leaves; the last is {found.head}"
            + (f"; {found.stamps} valid time stamps" if found.stamps else "")
            + (f"; {found.waiting} captures and articles wait for the next" if found.waiting else "")
        )
    elif not sample:
        echo("no manifest yet: the end of the next crawl makes the first, and it covers all that is here")
    for note in found.notes:
        echo(note)
    for problem in found.problems:
        echo(f"Error: {problem}", err=True)
    if not found.problems:
        echo("all well")
    sys.exit(ERROR if found.problems else ALL_WELL)

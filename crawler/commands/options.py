"""Arguments and options that several commands share, and how their words are read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.terminal import echo
from crawler.user_settings import read_user_settings, settings_of
from pipelines.items import EXTRACTORS, Noarchive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapy.settings import Settings

DEFAULT_ARCHIVE = Path("archive.db")
ARCHIVE_ENDINGS = (".db", ".sqlite", ".sqlite3")
CONFIG = "clippings.config"
"""Where a command's click context keeps the file that `--config` names."""
WARC_ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".warc.bz2", ".warc.open")

archive_argument = click.argument("archive", type=click.Path(path_type=Path), default=DEFAULT_ARCHIVE)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _remember_config(ctx: click.Context, option: click.Parameter, file: Path | None) -> None:
    ctx.meta[CONFIG] = file


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    expose_value=False,
    callback=_remember_config,
    help="Your settings.  [default: clippings.toml in this folder, if there is one]",
)


def crawl_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reads seeds/ and settings."""
    for option in (
        config_option,
        click.option("--silent", is_flag=True, help="No progress bar and no summary, also on a terminal."),
        click.option(
            "-s",
            "settings",
            multiple=True,
            metavar="NAME=VALUE",
            help="Set a Scrapy setting, or one of ours.",
        ),
        click.option(
            "--seeds",
            type=click.Path(path_type=Path),
            default=Path("seeds"),
            show_default=True,
            help="The folder with the list of sources.",
        ),
    ):
        command = option(command)
    return command


def read_settings(pairs: Sequence[str], silent: bool, progress: bool = False) -> Settings:
    """A crawl's settings: clippings.toml over our own, `-s NAME=VALUE` on top. Reminds of the contact.

    Raises `ValueError`.
    """
    from crawler.commands.process import settings_for

    overrides = parse_settings(pairs)
    user = settings_of(read_user_settings(config_file(overrides.pop("SETTINGS_FILE", ""))))
    settings = settings_for(overrides, progress=progress, user=user)
    if settings["EXTRACTOR"] not in EXTRACTORS:
        raise ValueError(
            f"EXTRACTOR cannot be {settings['EXTRACTOR']!r}; write one of: {', '.join(EXTRACTORS)}"
        )
    if settings["NOARCHIVE"] not in set(Noarchive):
        raise ValueError(
            f'the setting NOARCHIVE is {settings["NOARCHIVE"]!r}; it must be "text", "exclude" or "keep".'
        )
    if not settings["CONTACT"] and sys.stderr.isatty() and not silent:
        echo(
            "Reminder: tell publishers how to reach you. Set contact in clippings.toml, which `clippings init` writes.",
            err=True,
        )
    return settings


def config_file(named: str = "") -> Path | None:
    """The file of settings that `--config` names, else `named`; None for clippings.toml, if there is one."""
    context = click.get_current_context(silent=True)
    given: Path | None = context.meta.get(CONFIG) if context is not None else None
    return given or (Path(named) if named else None)


def parse_settings(pairs: Sequence[str]) -> dict[str, str]:
    """`-s NAME=VALUE` options as a dictionary. Raises `ValueError` with the remedy."""
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"-s wants NAME=VALUE, not {pair!r}; for example: -s DOWNLOAD_DELAY=5")
        values[name.strip()] = value
    return values


def archive_and_rest(words: Sequence[str]) -> tuple[Path, list[str]]:
    """Split `[ARCHIVE] WORD...`: the first word is the archive when it is a file, or named like one."""
    first = Path(words[0])
    if len(words) > 1 and "://" not in words[0] and (first.suffix in ARCHIVE_ENDINGS or is_file(first)):
        return first, list(words[1:])
    return DEFAULT_ARCHIVE, list(words)


def archive_and_warcs(names: Sequence[Path]) -> tuple[Path, list[Path]]:
    """Split `[ARCHIVE] [WARC...]`: the first is the archive unless it is named like a WARC file."""
    if names and not names[0].name.lower().endswith(WARC_ENDINGS):
        return names[0], list(names[1:])
    return DEFAULT_ARCHIVE, list(names)


def is_file(path: Path) -> bool:
    """Whether it is a file; False for a query that cannot be a path at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False

"""Arguments and options that several commands share, and how their words are read."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_known
from crawler.terminal import echo
from pipelines.clean_text import quote_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapy.settings import Settings

DEFAULT_ARCHIVE = Path("archive.db")
ARCHIVE_ENDINGS = (".db", ".sqlite", ".sqlite3")
CONFIG = "clippings.config"
"""Where a command's click context keeps the file that `--config` names."""


class ArchiveName(click.ParamType[Path]):
    """A word that names an archive: a file, or a name that ends as archives do."""

    name = "archive"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. Raises `UsageProblem` for another word, which would name a new file or be looked for in vain."""
        word = str(value)
        if not names_archive(word):
            options = {parameter.name for parameter in ctx.command.params} if ctx else set()
            raise UsageProblem(not_an_archive(word, takes_source=bool(options & {"source", "only"})))
        return Path(word)


archive_argument = click.argument("archive", type=ArchiveName(), default=DEFAULT_ARCHIVE)
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


def read_settings(pairs: Sequence[str], silent: bool, progress: str = "") -> Settings:
    """A crawl's settings: clippings.toml over our own, `-s NAME=VALUE` on top. Reminds of the contact.

    Raises `UsageProblem`, and `ValueError` for a clippings.toml that cannot be used.
    """
    from crawler.command_line.process import settings_for
    from crawler.command_line.setting_checks import check_settings
    from crawler.user_settings import read_user_settings, settings_of
    from pipelines.items import CAPTURE_FORMATS, EXTRACTORS, Noarchive
    from pipelines.timestamps import local_now

    overrides = parse_settings(pairs)
    check_settings(overrides, settings_for({}), local_now())
    file = config_file(overrides.pop("SETTINGS_FILE", ""))
    if context := click.get_current_context(silent=True):
        context.meta[CONFIG] = file  # for the alerts, after the crawl
    user = settings_of(read_user_settings(file))
    settings = settings_for(overrides, progress=progress, user=user)
    if settings["EXTRACTOR"] not in EXTRACTORS:
        raise ValueError(
            f"EXTRACTOR cannot be {quote_value(settings['EXTRACTOR'])}; write one of: {', '.join(EXTRACTORS)}"
        )
    if settings["CAPTURES_FORMAT"] not in CAPTURE_FORMATS:
        raise ValueError(
            f'the setting CAPTURES_FORMAT is {quote_value(settings["CAPTURES_FORMAT"])}; it must be "gzip" or "zstd".'
        )
    if settings["NOARCHIVE"] not in set(Noarchive):
        raise ValueError(
            f'the setting NOARCHIVE is {quote_value(settings["NOARCHIVE"])}; it must be "text", "exclude" or "keep".'
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


def progress_form(
    *,
    silent: bool,
    plain: bool = False,
    as_json: bool = False,
    terminal: bool | None = None,
    kind: str | None = None,
) -> str:
    """How progress is written: `line` at a terminal, `plain`, `json`, or "" for not at all.

    `plain` and `as_json` are what the person asked for. `terminal` says whether stderr is one, `kind` is its TERM. Under
    cron nothing is written unless it is asked for.
    """
    if as_json:
        return "json"
    if silent:
        return ""
    terminal = sys.stderr.isatty() if terminal is None else terminal
    if terminal and not plain and (os.environ.get("TERM", "") if kind is None else kind) not in ("", "dumb"):
        return "line"
    return "plain" if plain or terminal else ""


def announce_start(form: str) -> None:
    """Write the first line of the progress, before Scrapy is loaded: it takes seconds."""
    from crawler.run.progress_lines import CrawlState, Phase, plain_line, progress_json, progress_line
    from crawler.terminal import draw, print_json_line
    from pipelines.timestamps import now

    state = CrawlState(Phase.STARTING)
    if form == "line":
        draw(progress_line(state))
    elif form == "plain":
        echo(plain_line(state), err=True)
    elif form == "json":
        print_json_line(progress_json(state, now()))


def parse_settings(pairs: Sequence[str]) -> dict[str, str]:
    """`-s NAME=VALUE` options as a dictionary. Raises `UsageProblem` with the remedy."""
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageProblem(
                f"-s wants NAME=VALUE, not {quote_value(pair)}; for example: -s DOWNLOAD_DELAY=5"
            )
        values[name.strip()] = value
    return values


def archive_and_rest(words: Sequence[str]) -> tuple[Path, list[str]]:
    """Split `[ARCHIVE] WORD...`: the first word is the archive when it is a file, or named like one.

    Raises `UsageProblem` when a later word is named like an archive: they have changed places, or there are two.
    """
    named = bool(words) and names_archive(words[0])
    rest = list(words[1:] if named else words)
    check_archive_first(words[0] if named else "", rest)
    return Path(words[0]) if named else DEFAULT_ARCHIVE, rest


def archives_and_rest(words: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Split `[ARCHIVE...] WORD...`: as `archive_and_rest`, with further archives in front where they end as archives do."""
    count = int(bool(words) and names_archive(words[0]))
    while count and count < len(words) and ends_as_archive(words[count]):
        count += 1
    if not count:
        check_archive_first("", words)
    return [Path(word) for word in words[:count]] or [DEFAULT_ARCHIVE], list(words[count:])


def check_archive_first(archive: str, rest: Sequence[str]) -> None:
    """Raises `UsageProblem` when a word after the first is named like an archive; `archive` is the first, or ""."""
    for word in rest:
        if not ends_as_archive(word):
            continue
        if archive:
            raise UsageProblem(f"Two archives were named, {archive} and {word}. Name one.")
        others = " ".join(f'"{other}"' if " " in other else other for other in rest if other != word)
        context = click.get_current_context(silent=True)
        name = context.command_path if context else "clippings"
        raise UsageProblem(f"The archive comes first: {name} {word} {others}")


def archive_and_warcs(names: Sequence[str]) -> tuple[Path, list[str]]:
    """Split `[ARCHIVE] [WARC...]`: the first is the archive unless it is named like a WARC file or a list, or an address of one.

    Raises `UsageProblem` when the first is named like neither, and when the archive does not come first.
    """
    from crawler.replay.collection_files import is_list, is_warc_name

    if not names or is_warc_name(names[0]) or is_list(names[0]):
        check_archive_first("", names)
        return DEFAULT_ARCHIVE, list(names)
    if not names_archive(names[0]):
        raise UsageProblem(not_an_archive(names[0]))
    check_archive_first(names[0], names[1:])
    return Path(names[0]), list(names[1:])


def ends_as_archive(word: str) -> bool:
    """Whether it ends as an archive's name does, and is no address."""
    return "://" not in word and Path(word).suffix.lower() in ARCHIVE_ENDINGS


def names_archive(word: str) -> bool:
    """Whether a first word is the archive: it ends as one, or is a file."""
    return ends_as_archive(word) or ("://" not in word and is_file(Path(word)))


def not_an_archive(word: str, takes_source: bool = False) -> str:
    """Why a word is no archive, and what was meant perhaps."""
    if "://" in word or word.startswith("www."):
        return (
            f"{word} is an address, not an archive. Follow a site with: clippings add {word}   "
            f"Archive one page with: clippings fetch {word}"
        )
    path = Path(word)
    if is_folder(path):
        return f"{word} is a folder. Name a file in it, such as {path / DEFAULT_ARCHIVE}."
    remedy = f" Did you mean --source {word}?" if takes_source else ""
    return f"{word} is no archive: no such file, and no name that ends in .db, .sqlite or .sqlite3.{remedy}"


def require_source(archive: Path, source: str) -> None:
    """Raises `UsageProblem` with the nearest right one when the archive has no such source, and `ClickException`
    when it cannot be read.
    """
    from contextlib import closing

    from pipelines.archive.connection import connect_for_reading
    from pipelines.archive.search.sources import source_names

    with errors_in_a_line(), closing(connect_for_reading(archive)) as db:
        require_known("source", source, source_names(db), archive)


def is_folder(path: Path) -> bool:
    """Whether it is a folder; False for what cannot be a path at all."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Whether it is a file; False for a query that cannot be a path at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False

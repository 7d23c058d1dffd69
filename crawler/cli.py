"""The `clippings` command: the group of the commands in `crawler.commands`, which is the top of the crawler."""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from crawler.command_line.errors import UsageProblem
from crawler.command_line.streams import end_with_output, open_closed_streams
from crawler.commands.add import add
from crawler.commands.alert import alert
from crawler.commands.attention import attention
from crawler.commands.backfill import backfill
from crawler.commands.browse import browse
from crawler.commands.coverage import coverage
from crawler.commands.crawl import crawl
from crawler.commands.describe import describe
from crawler.commands.dossier import dossier
from crawler.commands.export import export
from crawler.commands.fetch import fetch
from crawler.commands.init import init
from crawler.commands.merge import merge
from crawler.commands.replay import replay
from crawler.commands.retention import backup, forget, prune, restore
from crawler.commands.schedule import schedule
from crawler.commands.search import search
from crawler.commands.shards import shards
from crawler.commands.split import split
from crawler.commands.status import status
from crawler.commands.user import user
from crawler.commands.verify import verify
from crawler.commands.words import words
from crawler.terminal import LogFormatter, clear_drawn, one_line, print_traceback
from pipelines import VERSION


class _Commands(click.Group):
    """The group; the message of an error is cleaned, which may quote what a publisher wrote."""

    def main(self, *args: Any, **named: Any) -> Any:
        try:
            return super().main(*args, **named)
        finally:
            clear_drawn()

    def make_context(self, *args: Any, **named: Any) -> click.Context:
        try:
            return super().make_context(*args, **named)
        except click.UsageError as error:
            raise _in_one_line(error) from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _in_one_line(error) from error
        except click.ClickException as error:
            clear_drawn()
            vars(error)["message"] = one_line(error.message)
            raise


def _in_one_line(error: click.UsageError) -> click.ClickException:
    """A usage error without the three lines before it; the help itself, for a group without a command, stays as it is."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    command = error.ctx.command_path if error.ctx else "clippings"
    message = one_line(error.format_message()).rstrip(".?")
    end = "?" if error.format_message().endswith("?") else "."
    return UsageProblem(f"{message}{end} See: {command} -h")


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(VERSION)
def cli() -> None:
    """A newspaper's clippings file for the web.

    List the sites you follow in seeds/, let a schedule crawl them, and read what came in.

    Example: clippings crawl && clippings browse
    """


for command in (
    add,
    alert,
    attention,
    backfill,
    backup,
    browse,
    coverage,
    crawl,
    describe,
    dossier,
    export,
    fetch,
    forget,
    init,
    merge,
    prune,
    replay,
    restore,
    schedule,
    search,
    shards,
    split,
    status,
    user,
    verify,
    words,
):
    cli.add_command(command)


def main() -> None:
    """The console script."""
    open_closed_streams()
    sys.excepthook = print_traceback
    if logging.lastResort is not None:  # what is logged before a crawl has its log, or without one
        logging.lastResort.setFormatter(LogFormatter())
    with end_with_output():
        cli(prog_name="clippings")

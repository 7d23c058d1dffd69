"""The `clippings` command: the group of the commands in `crawler.commands`, which is the top of the crawler."""

from __future__ import annotations

import gc
import logging
import os
import sys
from importlib import import_module
from typing import Any

import click

from crawler.command_line.errors import UsageProblem
from crawler.command_line.streams import end_with_output, open_closed_streams
from crawler.terminal import LogFormatter, clear_drawn, one_line, print_traceback
from pipelines import VERSION

MODULES = dict.fromkeys(("backup", "forget", "prune", "restore"), "retention") | {
    name: name
    for name in [
        "add",
        "alert",
        "attention",
        "backfill",
        "browse",
        "coverage",
        "crawl",
        "describe",
        "dossier",
        "export",
        "fetch",
        "init",
        "merge",
        "replay",
        "schedule",
        "search",
        "shards",
        "split",
        "status",
        "user",
        "verify",
        "words",
    ]
}
"""The module of `crawler.commands` that has each command. One that is not run is not loaded: all of them take as long as a search."""

GARBAGE_THRESHOLDS = (50_000, 20, 20)
"""Objects between two looks for unreachable cycles. At Python's 700 such looks take 2 ms of CPU a page of a crawl and a twelfth of
its start, for the eight objects a page that they find."""

NUMPY_THREADS = "OPENBLAS_NUM_THREADS"
"""With numpy comes a thread for each further core that multiplies large matrices, of which we have none. Each turns idle rounds when
it starts: .04 s of CPU with one of them, a quarter of what numpy takes to load."""


class _Commands(click.Group):
    """The group; the message of an error is cleaned, which may quote what a publisher wrote."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in MODULES and cmd_name not in self.commands:
            module = import_module(f"crawler.commands.{MODULES[cmd_name]}")
            self.add_command(getattr(module, cmd_name))
        return super().get_command(ctx, cmd_name)

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


def load_commands() -> dict[str, click.Command]:
    """All commands by name."""
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def main() -> None:
    """The console script."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)  # before anything large is loaded
    os.environ.setdefault(NUMPY_THREADS, "1")  # before numpy is, here or in a worker
    open_closed_streams()
    sys.excepthook = print_traceback
    if logging.lastResort is not None:  # what is logged before a crawl has its log, or without one
        logging.lastResort.setFormatter(LogFormatter())
    with end_with_output():
        cli(prog_name="clippings")

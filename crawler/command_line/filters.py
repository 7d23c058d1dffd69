"""The options that narrow a search, for the commands that work on the articles it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.archive.export.selection import Selection
    from pipelines.archive.search.match import Filters

forms_option = click.option(
    "--forms", is_flag=True, help="Also the other forms of the words that the archive has, as in:forms does."
)
ACCESS = {"free": "free", "paywalled": "paywalled", "unknown": ""}


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `read_filters`."""
    for option in (
        click.option("--changed", is_flag=True, help="Only articles that their publisher changed."),
        click.option(
            "--access",
            type=click.Choice(tuple(ACCESS)),
            multiple=True,
            help="Only articles with this access.",
        ),
        click.option("--author", multiple=True, metavar="NAME", help="Only by this author."),
        click.option("--tag", multiple=True, metavar="TAG", help="Only with this tag."),
        click.option("--language", multiple=True, metavar="CODE", help="Only in this language."),
        click.option("--section", multiple=True, metavar="NAME", help="Only of this section."),
        click.option("--until", default=None, metavar="WHEN", help="Published then or earlier."),
        click.option(
            "--since", default=None, metavar="WHEN", help="Published then or later: 2026, 2026-11, 7d."
        ),
        click.option("--source", multiple=True, metavar="ID", help="Only this source. May be repeated."),
    ):
        command = option(command)
    return command


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `read_selection`."""
    help_text = "Also articles that repeat another's text, else left out."
    return filter_options(forms_option(click.option("--duplicates", is_flag=True, help=help_text)(command)))


def read_filters(options: dict[str, Any]) -> Filters:
    """The filters that the options of `filter_options` mean. Raises `DurationError`, and `UsageProblem` for days
    in the wrong order."""
    from pipelines.archive.search.match import Filters
    from pipelines.timestamps import local_now, parse_since_day, parse_until_day

    since, until, now = options["since"], options["until"], local_now()
    first = parse_since_day(since, now) if since else ""
    last = parse_until_day(until, now) if until else ""
    if first and last and first > last:
        raise UsageProblem(f"--since {since} ({first}) is after --until {until} ({last}).")
    return Filters(
        source=options["source"],
        section=options["section"],
        author=options["author"],
        language=options["language"],
        tag=options["tag"],
        since=first,
        until=last,
        changed=True if options["changed"] else None,
        access=tuple(ACCESS[name] for name in options["access"]),
    )


def read_selection(query: str, options: dict[str, Any]) -> Selection:
    """The selection that the options of `selection_options` mean. Raises as `read_filters`."""
    from pipelines.archive.export.selection import Selection

    return Selection(with_forms(query, options["forms"]), read_filters(options), options["duplicates"])


def with_forms(query: str, wanted: bool) -> str:
    """The query as `--forms` has it."""
    from pipelines.archive.search.query import IN_FORMS

    return f"{query} {IN_FORMS}" if wanted and query.strip() else query

"""`clippings attention`: how much is written about something, over time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_known
from crawler.command_line.filters import filter_options, forms_option, read_filters, with_forms
from crawler.command_line.options import archive_and_rest, json_option
from crawler.command_line.output import print_lines, table
from crawler.terminal import echo, print_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.archive.search.timeline import Unit
    from pipelines.archive.views.attention import Attention, Line

BARS = " ▁▂▃▄▅▆▇█"
NOT_SEEN = "-"
"""Printed where nothing could be seen: that is not zero."""
PARTIAL = "*"
"""Behind a number of fewer days than its period has."""
NAME_LETTERS = 24


def _file_option(name: str, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option(f"--{name}", f"{name}_file", type=kind, metavar="FILE", help=what)


@click.command(short_help="Count the articles that QUERY finds by day, week or month.")
@click.argument("words", nargs=-1, metavar="[ARCHIVE] [QUERY]...")
@click.option("--by", "unit", type=click.Choice(("day", "week", "month")), help="The periods counted by.")
@click.option("--share", is_flag=True, help="The share of all articles, instead of their number.")
@click.option(
    "--each-source/--together",
    default=None,
    help="A line for each --source, or one for all of them; without either, each with one QUERY, together with several.",
)
@_file_option("csv", "Write the numbers as CSV.")
@_file_option("svg", "Write the chart as SVG.")
@_file_option("png", "Write the chart as PNG.")
@forms_option
@json_option
@filter_options
def attention(
    words: tuple[str, ...],
    unit: Unit | None,
    share: bool,
    each_source: bool | None,
    csv_file: Path | None,
    svg_file: Path | None,
    png_file: Path | None,
    forms: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Count the articles of each QUERY by day, week (from Monday) or month of publication.

    Each QUERY is written as for `clippings search`, in quotation marks of the shell where it has blanks; up to six are
    compared. Without one, all articles are counted. A dash stands where nothing could be seen: no crawl ran, or the sources
    could not be read. An asterisk stands where days are missing, or are not over.

    Example: clippings attention archive.db flood drought '"heat wave"' --by month --share
    """
    from pipelines.archive.connection import connect_for_reading
    from pipelines.archive.search.authors import join_names
    from pipelines.archive.search.query import parse
    from pipelines.archive.search.sources import source_names
    from pipelines.archive.views.attention import MOST_LINES, Asked, read_attention
    from pipelines.clean_text import quote_value
    from pipelines.desk.database import desk_path
    from pipelines.desk.reading import read_desk_values

    archive, queries = archive_and_rest(words)
    if len(set(queries)) > MOST_LINES:
        raise UsageProblem(
            f"{len(set(queries))} queries are too many for one chart; compare up to {MOST_LINES}."
        )
    with errors_in_a_line():
        filters = read_filters(options)
        for query in queries:
            if (problem := parse(query)).node is None:
                raise UsageProblem(
                    problem.problem or f"There is nothing to look for in {quote_value(query)}."
                )
        db = connect_for_reading(archive)
        for source in filters.source:
            require_known("source", source, source_names(db), archive)
        filters = join_names(db, filters, read_desk_values(desk_path(archive), ()).aliases)
        asked = Asked(tuple(with_forms(query, forms) for query in queries), filters, unit, each_source)
        found = read_attention(db, asked)
    if found.problem:
        echo(found.problem, err=True)
    written = _write_files(found, share, {"csv": csv_file, "svg": svg_file, "png": png_file})
    if as_json:
        print_json(attention_json(found))
    elif not written:
        print_lines(attention_lines(found, share=share, bars=sys.stdout.isatty()))


def _write_files(found: Attention, share: bool, files: dict[str, Path | None]) -> bool:
    """Write what was asked for, each file whole or not at all; returns whether there was any."""
    from pipelines.archive.export.attention_files import ENCODERS
    from pipelines.charts.png import PngMissingError

    targets = {form: file for form, file in files.items() if file is not None}
    for form, file in targets.items():
        beginning = file.with_name(f".{file.name}.part")
        try:
            data = ENCODERS[form](found, share)
            beginning.write_bytes(data)
            beginning.replace(file)
        except PngMissingError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            beginning.unlink(missing_ok=True)
            raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
        echo(f"{file} written.", err=True)
    return bool(targets)


def attention_lines(found: Attention, *, share: bool, bars: bool) -> Iterator[str]:
    """A line a period with a number for each query or source, and for all articles; then what one must know of them."""
    from pipelines.archive.views.attention import describe_gaps, is_partial
    from pipelines.charts.scales import shorten

    if not found.periods:
        yield "Nothing was found."
        return
    lines = [*found.lines, found.whole]
    most = max((value for line in found.lines for value in _values(found, line, share) if value), default=0)
    rows = [(found.unit, *(shorten(line.name, NAME_LETTERS) for line in lines))]
    for place, one in enumerate(found.periods):
        cells = []
        for line in lines:
            of_share = share and line is not found.whole
            value = _values(found, line, of_share)[place]
            tall = (found.whole is line and max(_values(found, line, False))) or most
            mark = PARTIAL if is_partial(found, line, place) else " "
            cells.append(_cell(value, tall, share=of_share, bars=bars, mark=mark))
        rows.append((one.since[:7] if found.unit == "month" else one.since, *cells))
    total = ("total", *(f"{line.total:,} {'  ' if bars else ''}" for line in lines))
    yield from table([*rows, total], right=set(range(1, len(lines) + 1)))
    sentences = describe_gaps(found)
    if sentences:
        yield ""
        yield from (sentence.replace("(grey)", f"({NOT_SEEN})") for sentence in sentences)


def _values(found: Attention, line: Line, share: bool) -> list[float]:
    """The numbers of a line; below zero where nothing could be seen."""
    places = range(len(found.periods))
    values = (line.share(place) if share else line.counts[place] for place in places)
    return [-1 if value is None else value for value in values]


def _cell(value: float, most: float, *, share: bool, bars: bool, mark: str) -> str:
    if value < 0:
        return NOT_SEEN + (" " if not bars else "   ")
    number = (f"{value * 100:.2f} %" if share else f"{value:,.0f}") + mark
    if not bars:
        return number
    eighth = max(1, round(8 * value / most)) if value and most else 0
    return f"{number} {BARS[eighth]}"


def attention_json(found: Attention) -> dict[str, Any]:
    """The numbers as JSON, as the page in the browser gives them."""
    from pipelines.archive.export.attention_files import as_dict

    return as_dict(found)

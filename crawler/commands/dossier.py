"""`clippings dossier`: the dossiers of the desk, one of them, or one as a file to hand on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_archive
from crawler.command_line.options import archive_and_rest, json_option
from crawler.command_line.output import format_minute, print_lines, table
from crawler.terminal import echo, one_line, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.desk.dossier_records import Dossier
    from pipelines.dossiers.join import Entry


@click.command(short_help="List the dossiers made in the browser, or the articles of one.")
@click.argument("words", nargs=-1, metavar="[ARCHIVE] [NAME]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Write the dossier as one HTML file, with the full texts.",
)
@click.option("--no-notes", is_flag=True, help="Leave the notes out of that file.")
@click.option("--no-texts", is_flag=True, help="Leave the full texts out of it: headlines and citations.")
@json_option
def dossier(
    words: tuple[str, ...], output: Path | None, no_notes: bool, no_texts: bool, as_json: bool
) -> None:
    """List the dossiers that were put together in `clippings browse`; of one, its articles.

    The HTML file needs nothing beside itself: no picture, no script, no request. It prints as a press review. For other
    programs: clippings export --dossier NAME.

    Example: clippings dossier archive.db 'Harbour tunnel' -o tunnel.html
    """
    archive, rest = archive_and_rest(words)
    require_archive(archive)
    name = " ".join(rest)
    if not name and (output or no_notes or no_texts):
        raise UsageProblem("-o writes one dossier: say which. Its name comes before -o.")
    with errors_in_a_line():
        if not name:
            _print_list(archive, as_json)
        elif output:
            _write(archive, name, output, with_notes=not no_notes, texts=not no_texts)
        else:
            _print_one(archive, name, as_json)


def _print_list(archive: Path, as_json: bool) -> None:
    from pipelines.desk.database import Desk, desk_path
    from pipelines.desk.dossiers import list_dossiers

    found: list[Dossier] = []
    if desk_path(archive).exists():
        with Desk(desk_path(archive)) as desk:
            found = list_dossiers(desk)
    if as_json:
        names = ("name", "about", "items", "made_at", "made_by", "edited_at", "edited_by")
        print_json([{name: getattr(one, name) for name in names} for one in found])
    elif found:
        rows = [(one.name, f"{one.items:,}", format_minute(one.edited_at), one.edited_by) for one in found]
        print_lines(table([("dossier", "articles", "last changed", "by"), *rows], {1}))
    else:
        echo("There is no dossier yet. Tick articles in a search of: clippings browse")


def _print_one(archive: Path, name: str, as_json: bool) -> None:
    entries = _read(archive, name)
    if as_json:
        print_json([_entry_json(entry) for entry in entries])
    else:
        print_lines(_entry_lines(entries))


def _read(archive: Path, name: str) -> list[Entry]:
    from contextlib import closing

    from pipelines.archive.connection import connect_for_reading
    from pipelines.dossiers.join import join_items
    from pipelines.dossiers.read import find_named

    rows = find_named(archive, name)
    with closing(connect_for_reading(archive)) as db:
        return join_items(db, rows.items, rows.corrected)


def _entry_lines(entries: Sequence[Entry]) -> Iterator[str]:
    from pipelines.dossiers.review import STATES

    for place, entry in enumerate(entries, 1):
        item = entry.item
        if item.forgotten_at:
            yield f"{place}. taken out on {item.forgotten_at[:10]}"
            continue
        yield f"{place}. {one_line(entry.title)}"
        about = (entry.source_name, (entry.published_at or "")[:10], item.url, ", ".join(item.tags))
        yield "   " + one_line(" · ".join(part for part in about if part))
        if entry.state in STATES:
            yield f"   {STATES[entry.state]}"
        if item.note:
            yield f"   {one_line(item.note)}"


def _entry_json(entry: Entry) -> dict[str, Any]:
    item = entry.item
    if item.forgotten_at:
        return {"forgotten_at": item.forgotten_at}
    return {
        "url": item.url,
        "title": entry.title,
        "source": item.source_id,
        "source_name": entry.source_name,
        "published_at": entry.published_at,
        "state": str(entry.state),
        "version": entry.shown.number if entry.shown else None,
        "seen_at": item.seen_at if item.fixed else None,
        "note": item.note,
        "tags": list(item.tags),
        "added_at": item.added_at,
        "added_by": item.added_by,
    }


def _write(archive: Path, name: str, output: Path, *, with_notes: bool, texts: bool) -> None:
    from contextlib import closing

    from pipelines.archive.connection import connect_for_reading
    from pipelines.archive.export.files import written_file
    from pipelines.dossiers.join import join_items
    from pipelines.dossiers.read import find_named, place_all, read_evidence
    from pipelines.dossiers.review import Review, as_file
    from pipelines.timestamps import now

    rows = find_named(archive, name)
    with closing(connect_for_reading(archive)) as db:
        entries = join_items(db, rows.items, rows.corrected)
        review = Review(
            rows.dossier,
            entries,
            archive.name,
            now(),
            format_minute,
            lambda text: (text or "no date")[:10],
            texts=texts,
            with_notes=with_notes,
            notes=place_all(entries, rows.notes),
            evidence=read_evidence(db, entries),
        )
    body = as_file(review).encode("utf-8", "replace")
    with written_file(output) as file:
        file.write(body)
    echo(f"{output}: {len(entries):,} articles, {len(body) / 1e6:.1f} MB")

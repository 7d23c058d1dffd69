"""The changes that publishers made, with their words: as a page, as a feed, as files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from browse import formatting
from browse.context import open_context
from browse.downloads import CITED, articles_download, table_download
from browse.param_checks import describe_unused_params
from browse.params import LAST_PAGE, MOST_VALUES, params_of, parse_days, parse_page
from browse.responses import atom_response, ticks_response
from browse.shown_desk import read_keeping
from pipelines.archive.export.tables import CHANGES, find_changed_articles, read_changes_rows
from pipelines.archive.search.match import Filters
from pipelines.archive.search.sources import source_names
from pipelines.archive.search.unknown_values import describe_unknown
from pipelines.archive.views.changes import KINDS, ChangeFilters, PageOfDay, read_changes
from pipelines.atom import FeedEntry
from pipelines.timestamps import parse_day

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from browse.context import ArchiveContext
    from browse.params import Pairs
    from pipelines.archive.views.changes import Change, Changes
    from pipelines.archive.views.diff import Place

NAMES = ("q", "source", "kind", "since", "until", "day", "page")
SHOWN = 4
"""Places of a change that the list shows; all are on the page that compares the versions."""


@dataclass(frozen=True, slots=True)
class ChangesParams:
    """What the address asks for. `problem` says, in sentences, what of it could not be used."""

    filters: ChangeFilters
    at: PageOfDay
    problem: str = ""

    @property
    def params(self) -> Pairs:
        """The parameters of these changes, wherever a page of them begins."""
        filters = self.filters
        pairs = [("q", filters.query), ("since", filters.since), ("until", filters.until)]
        pairs += [*(("source", key) for key in filters.source), *(("kind", kind) for kind in filters.kinds)]
        return [(name, value) for name, value in pairs if value]

    def beginning(self, at: PageOfDay) -> Pairs:
        """The parameters of the page that begins there."""
        day = [("day", at.day)] if at.day else []
        return [*self.params, *day, *([("page", str(at.page))] if at.page > 1 else [])]

    def of_kinds(self, *kinds: str) -> Pairs:
        """The parameters of changes of other kinds."""
        return replace(self, filters=replace(self.filters, kinds=kinds)).params


def _parse(request: Request) -> ChangesParams:
    args = request.args
    since, until, problems = parse_days(args.get("since"), args.get("until"))
    problems += describe_unused_params(params_of(request), NAMES, {"kind": KINDS}, several=("source", "kind"))
    given = args.get("day") or ""
    day = parse_day(given) if len(given) == 10 else None
    if given and day is None:
        problems.append("The day is written 2026-11-16.")
    filters = ChangeFilters(
        tuple(dict.fromkeys(filter(None, args.getlist("source"))))[:MOST_VALUES],
        tuple(kind for kind in KINDS if kind in args.getlist("kind")),
        since,
        until,
        " ".join((args.get("q") or "").split()),
    )
    return ChangesParams(
        filters, PageOfDay(day.isoformat() if day else "", parse_page(args.get("page"))), " ".join(problems)
    )


async def changes(datasette: Datasette, request: Request) -> Response:
    """The changes of a day, and of those before it, with their words; or as a feed, or all of them as a file."""
    archive = await open_context(datasette, request)
    asked = _parse(request)
    form = request.url_vars["format"]
    if form in ("csv", "json", *CITED):
        return await _changes_file(archive, form, asked)

    def read(db: sqlite3.Connection) -> tuple[Changes, dict[str, str]]:
        return read_changes(db, asked.filters, at=asked.at), source_names(db)

    found, sources = await archive.read(read)
    if form == "atom":
        return _changes_feed(archive, found.changes, asked)
    keeping = await read_keeping(archive)
    return await ticks_response(
        archive,
        "changes.html",
        keeping,
        found=found,
        asked=asked,
        days=[(day, list(made)) for day, made in groupby(found.changes, key=lambda change: change.day)],
        last_page=LAST_PAGE,
        shown=lambda change: _shown_places(change, asked.filters.kinds),
        kinds=formatting.KINDS,
        sources=sources,
        versions=_version_params,
        place_of=PageOfDay,
        problem=" ".join(filter(None, [asked.problem, _unknown_sources(asked, sources), found.problem])),
    )


class ShownPlaces(NamedTuple):
    """Places to show, and how many more there are."""

    places: tuple[Place, ...]
    more: int


def _shown_places(change: Change, kinds: tuple[str, ...]) -> ShownPlaces:
    """The first places of a change, of the kinds asked for; the headline's stands where headlines do."""
    places = [place for place in change.places if place.kind != "headline"]
    if kinds:
        places = [place for place in places if place.kind in kinds]
    return ShownPlaces(tuple(places[:SHOWN]), len(places) - SHOWN if len(places) > SHOWN else 0)


async def _changes_file(archive: ArchiveContext, form: str, asked: ChangesParams) -> Response:
    problem = f"{asked.problem} {_unknown_sources(asked, await archive.read(source_names))}".strip()
    filters = asked.filters
    if form in CITED:
        return await articles_download(
            archive,
            "",
            Filters(),
            form,
            find=lambda db: find_changed_articles(db, filters),
            problem=problem,
        )
    return await table_download(
        archive, "changes", form, CHANGES, lambda db: read_changes_rows(db, filters), problem=problem
    )


def _unknown_sources(asked: ChangesParams, sources: dict[str, str]) -> str:
    return " ".join(
        describe_unknown("source", key, sources) for key in asked.filters.source if key not in sources
    )


def _changes_feed(archive: ArchiveContext, found: Iterable[Change], asked: ChangesParams) -> Response:
    entries = [
        FeedEntry(
            key=f"clippings change {change.article_id} {change.number} {change.at}",
            title=f"{', '.join(formatting.KINDS[kind] for kind in change.kinds)}: {change.title}",
            link=archive.absolute(
                archive.url("article", change.article_id, "changes", params=_version_params(change))
                if change.number
                else archive.url("article", change.article_id)
            ),
            updated=change.at,
            published=None,
            authors=(change.source_name,),
            summary=_summarize(change),
            categories=change.kinds,
        )
        for change in found
    ]
    return atom_response(
        archive,
        "changes",
        asked.params,
        key="clippings changes " + urlencode(sorted(asked.params)),
        title="Clippings: what publishers changed",
        entries=entries,
    )


def _version_params(change: Change) -> Pairs:
    """The parameters of the page that compares the two versions."""
    return [("from", str(change.number - 1)), ("to", str(change.number))]


def _summarize(change: Change) -> str:
    """A change in plain words, for readers of feeds: [-what was taken away-] and {+what was put in+}."""
    if "gone" in change.kinds:
        return f"{change.source_name} has taken it off its site."
    if "back" in change.kinds:
        return f"{change.source_name} shows it again."
    size = formatting.words_changed(change.words_added, change.words_removed)
    lines = [f"{formatting.KINDS[place.kind]}: {_in_plain_signs(place)}" for place in change.places]
    return "\n".join([f"{size}.", *lines] if size else lines)


def _in_plain_signs(place: Place) -> str:
    """The runs of a place as `wdiff` writes them."""
    signs = {"removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(signs.get(run.kind, "{}").format(run.text) for run in place.runs)

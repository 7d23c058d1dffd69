"""Corrections by a person: the form for an article, the list of all with what takes one back, and two names of one author.

They are kept in desk.db; the archive keeps what was read from the page.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from datasette.utils.asgi import NotFound, Response

from browse.context import open_context
from browse.forms import has_desk, read_form, who, why_not
from browse.responses import html_response
from pipelines.archive.views.article import read_article
from pipelines.archive.views.held import find_held
from pipelines.desk.aliases import join_names, list_aliases, part_names
from pipelines.desk.corrections import (
    FIELDS,
    Change,
    check_value,
    correct,
    holding,
    list_corrections,
    pack_authors,
    undo,
    unpack_authors,
)
from pipelines.desk.database import Desk, desk_path
from pipelines.desk.errors import DeskError
from pipelines.timestamps import now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext
    from pipelines.archive.views.article import ArticleView
    from pipelines.desk.aliases import Alias
    from pipelines.desk.corrections import Correction

T = TypeVar("T")

LABELS = {"title": "Headline", "authors": "Authors", "published": "Published"}


class ShownCorrection(NamedTuple):
    """A correction with its values as a reader sees them; authors are joined by commas."""

    made: Correction
    label: str
    value: str
    was: str


def shown(made: Correction) -> ShownCorrection:
    """A correction for a template. Pure."""
    value, was = made.value, made.was
    if made.field == "authors":
        value, was = (", ".join(unpack_authors(text)) for text in (value, was))
    return ShownCorrection(made, LABELS[made.field], value, was)


def as_read(found: ArticleView) -> dict[str, str]:
    """What was read from the page, by field, in the form of a correction's value. Pure."""
    return {
        "title": found.row["title"] or "",
        "authors": pack_authors(found.authors),
        "published": found.row["published_at"] or "",
    }


def find_changes(
    form: Mapping[str, str], read: Mapping[str, str], now_shown: Mapping[str, str]
) -> list[Change]:
    """The fields of a form that differ from what is shown. Pure. Raises `ValueError` with the remedy."""
    changes = []
    for field in FIELDS:
        typed = form.get(field)
        if typed is None or typed.strip() == _as_typed(field, now_shown[field]).strip():
            continue
        value = check_value(field, typed)
        if value != now_shown[field]:
            changes.append(Change(field, value, read[field]))
    return changes


def _as_typed(field: str, value: str) -> str:
    """A value as the form shows it: authors one a line."""
    return "\n".join(unpack_authors(value)) if field == "authors" else value


async def article_form(datasette: Datasette, request: Request) -> Response:
    """The form that corrects an article, with what was corrected before; or that form, sent."""
    archive = await open_context(datasette, request)
    number = int(request.url_vars["article"][:18])
    found = await archive.read(lambda db: read_article(db, number))
    if found is None:
        raise NotFound(f"There is no article {number} in this archive.")
    if request.method != "POST":
        return await _article_page(archive, found)
    form = await read_form(archive)
    url, source = found.row["url"], found.row["source_id"]
    by = who(archive)

    def keep(desk: Desk) -> None:
        if "undo" in form:
            undo(desk, form.number("undo"), by=by, at=now())
            return
        held = holding(list_corrections(desk, url))
        read = as_read(found)
        changes = find_changes(form.first(), read, read | {field: one.value for field, one in held.items()})
        if not changes:
            raise ValueError("Nothing was changed.")
        correct(desk, url, source, changes, by=by, at=now(), why=form.text("why"))

    try:
        await _write(archive, keep)
    except ValueError as error:
        return await _article_page(archive, found, problem=str(error), sent=form.first(), status=400)
    target = ("article", found.row["id"], "correct") if "undo" in form else ("article", found.row["id"])
    return Response.redirect(archive.url(*target), status=303)


async def _article_page(
    archive: ArchiveContext,
    found: ArticleView,
    *,
    problem: str = "",
    sent: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    refusal = why_not(archive)
    history: list[Correction] = []
    try:
        if has_desk(archive):
            history = await _read(archive, lambda desk: list_corrections(desk, found.row["url"])) or []
    except DeskError as error:
        refusal, status = str(error), 500
    read = as_read(found)
    values = read | {field: one.value for field, one in holding(history).items()}
    filled = {field: _as_typed(field, value) for field, value in values.items()} | {"why": ""}
    return await html_response(
        archive,
        "correct.html",
        status=status,
        form=True,
        article=found,
        row=found.row,
        refusal=refusal,
        problem=problem,
        values=filled | dict(sent or {}),
        read={field: _as_typed(field, value).replace("\n", ", ") for field, value in read.items()},
        history=[shown(one) for one in history],
    )


async def corrections(datasette: Datasette, request: Request) -> Response:
    """All corrections, and the names of authors that are joined; or a form of these, sent."""
    archive = await open_context(datasette, request)
    if request.method != "POST":
        return await _list_page(archive)
    form = await read_form(archive)
    by = who(archive)

    def keep(desk: Desk) -> None:
        if "undo" in form:
            undo(desk, form.number("undo"), by=by, at=now())
        elif "part" in form:
            part_names(desk, form.text("part"))
        else:
            join_names(desk, form.text("alias"), form.text("name"), by=by, at=now())

    try:
        await _write(archive, keep)
    except ValueError as error:
        return await _list_page(archive, problem=str(error), sent=form.first(), status=400)
    return Response.redirect(archive.url("corrections"), status=303)


class _Listed(NamedTuple):
    made: list[Correction]
    aliases: list[Alias]


async def _list_page(
    archive: ArchiveContext, *, problem: str = "", sent: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    refusal = why_not(archive)
    listed = _Listed([], [])
    try:
        if has_desk(archive):
            found = await _read(archive, lambda desk: _Listed(list_corrections(desk), list_aliases(desk.db)))
            listed = found or listed
    except DeskError as error:
        refusal, status = str(error), 500
    held = await archive.read(lambda db: find_held(db, {one.url for one in listed.made}))
    asked = archive.request.args
    filled = {"alias": "", "name": asked.get("author") or ""} | dict(sent or {})
    return await html_response(
        archive,
        "corrections.html",
        status=status,
        form=True,
        refusal=refusal,
        problem=problem,
        values=filled,
        made=[(shown(one), held.get(one.url)) for one in listed.made],
        aliases=listed.aliases,
    )


def with_corrections(found: ArticleView, made: Mapping[str, Correction]) -> ArticleView:
    """An article as a person corrected it, for the pages that show and cite it. Pure."""
    row = dict(found.row)
    authors = found.authors
    if "title" in made:
        row["title"] = made["title"].value
    if "authors" in made:
        authors = unpack_authors(made["authors"].value)
    if "published" in made:
        row |= {"published_at": made["published"].value, "published_from": None}
    return replace(found, row=row, authors=authors)


async def read_made(archive: ArchiveContext, url: str) -> dict[str, Correction]:
    """By field, the corrections of an article that count; none where the desk is not shown or cannot be read."""
    if not has_desk(archive):
        return {}
    try:
        return holding(await _read(archive, lambda desk: list_corrections(desk, url)) or [])
    except DeskError:
        return {}


async def _write(archive: ArchiveContext, change: Callable[[Desk], None]) -> None:
    def run() -> None:
        with Desk(desk_path(archive.path)) as desk:
            change(desk)

    await asyncio.to_thread(run)


async def _read(archive: ArchiveContext, query: Callable[[Desk], T]) -> T | None:
    """What the desk says; None where there is none yet, which reading does not make."""
    path = desk_path(archive.path)

    def run() -> T | None:
        if not path.exists():
            return None
        with Desk(path) as desk:
            return query(desk)

    return await asyncio.to_thread(run)

"""Dossiers: the list, one of them, and putting articles into them. They are written into desk.db alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound, Response

from browse.context import open_context
from browse.forms import MOST_AT_ONCE, edit_of, has_desk, read_desk, read_form, why_not, with_desk
from browse.pages.dossier_files import dossier_file, dossier_review
from browse.responses import html_response
from pipelines.desk.dossiers import (
    add_items,
    delete_dossier,
    edit_dossier,
    edit_item,
    find_number,
    list_dossiers,
    make_dossier,
    move_item,
    remove_item,
    split_tags,
)
from pipelines.desk.errors import ChangedMeanwhileError, DeskError
from pipelines.dossiers.join import State, join_items
from pipelines.dossiers.read import describe_articles, place_all, read_dossier

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext
    from browse.forms import Form
    from pipelines.desk.database import Desk
    from pipelines.desk.dossier_records import Added, Dossier, Edit, SavedArticle
    from pipelines.dossiers.read import DossierRows


async def dossiers(datasette: Datasette, request: Request) -> Response:
    """The list of dossiers; or the form that makes one."""
    archive = await open_context(datasette, request)
    if request.method != "POST":
        return await list_page(archive)
    form = await read_form(archive)
    edit = edit_of(archive, form)

    def make(desk: Desk) -> int:
        with desk.transaction() as db:
            return make_dossier(db, form.text("name"), edit)

    try:
        number = await with_desk(archive, make)
    except ValueError as error:
        return await list_page(archive, problem=str(error), name=form.text("name"), status=400)
    return Response.redirect(archive.url("dossier", number), status=303)


async def list_page(
    archive: ArchiveContext, *, problem: str = "", name: str = "", back: str = "", status: int = 200
) -> Response:
    """The list of dossiers, with what went wrong."""
    refusal = why_not(archive)
    found: list[Dossier] = []
    try:
        found = await read_desk(archive, list_dossiers, [])
    except DeskError as error:
        refusal, status = str(error), 500
    return await html_response(
        archive,
        "dossiers.html",
        status=status,
        form=not refusal,
        refusal=refusal,
        problem=problem,
        name=name,
        back=back,
        dossiers=found,
    )


async def keep(datasette: Datasette, request: Request) -> Response:
    """Put articles into a dossier: those that were ticked, or all of a page (`all`); then show it."""
    archive = await open_context(datasette, request)
    if request.method != "POST":
        return Response.redirect(archive.url("dossiers"), status=303)
    form = await read_form(archive)
    urls = form.all("shown" if "all" in form else "url")
    back = own_path(archive, form.text("back"))
    edit = edit_of(archive, form)
    try:
        if not urls:
            raise DeskError("Tick the articles to save first.")
        if len(urls) > MOST_AT_ONCE:
            raise DeskError(f"At most {MOST_AT_ONCE} articles at a time.")
        articles = await archive.read(lambda db: describe_articles(db, urls, form.text("version")))
        if not articles:
            raise DeskError("The archive does not hold these articles any more.")
        number, added = await with_desk(archive, lambda desk: _keep(desk, form, articles, edit))
    except ValueError as error:
        return await list_page(archive, problem=str(error), back=back, status=400)
    params = [("added", str(added.new)), ("had", str(added.had)), ("lost", str(len(urls) - len(articles)))]
    params = [(name, value) for name, value in params if value != "0" or name == "added"]
    where = archive.url("dossier", number, params=[*params, *([("back", back)] if back else [])])
    return Response.redirect(where, status=303)


def _keep(desk: Desk, form: Form, articles: list[SavedArticle], edit: Edit) -> tuple[int, Added]:
    """Put articles into the dossier that a form names, or into the one that it makes."""
    tags = split_tags(form.text("tags"))
    with desk.transaction() as db:
        name = form.text("name").strip()
        if not name and not form.number("dossier"):
            raise DeskError("Choose a dossier, or give a new one a name.")
        number = form.number("dossier")
        if name:
            number = find_number(db, name) or make_dossier(db, name, edit)
        return number, add_items(db, number, articles, edit, note=form.text("note"), tags=tags)


def own_path(archive: ArchiveContext, path: str) -> str:
    """The path where it is one of this archive's pages, else ""."""
    fronts = (str(archive.datasette.urls.instance()), archive.url())
    return path if path in fronts or path.startswith((archive.url() + "/", archive.url() + "?")) else ""


async def dossier(datasette: Datasette, request: Request) -> Response:
    """A dossier as a page or as a file; or a form that changes it."""
    archive = await open_context(datasette, request)
    number = int(request.url_vars["dossier"][:9])
    if request.method == "POST" and not request.url_vars["format"]:
        return await _change(archive, number, await read_form(archive))
    rows = await _read(archive, number)
    if request.url_vars["format"]:
        return await dossier_file(archive, rows, request.url_vars["format"])
    return await dossier_page(archive, rows)


async def review(datasette: Datasette, request: Request) -> Response:
    """A dossier as a press review, to read and to print."""
    archive = await open_context(datasette, request)
    return await dossier_review(archive, await _read(archive, int(request.url_vars["dossier"][:9])))


async def _read(archive: ArchiveContext, number: int) -> DossierRows:
    found = None
    if has_desk(archive):
        found = await read_desk(archive, lambda desk: read_dossier(desk, number), None)
    if found is None:
        raise NotFound(f"There is no dossier {number} here.")
    return found


async def _change(archive: ArchiveContext, number: int, form: Form) -> Response:
    edit = edit_of(archive, form)
    where = archive.url("dossier", number)
    try:
        await with_desk(archive, lambda desk: _carry_out(desk, number, form, edit))
    except ChangedMeanwhileError as error:
        rows = await _read(archive, number)
        return await dossier_page(archive, rows, problem=str(error), conflict=error, sent=form, status=409)
    except ValueError as error:
        rows = await _read(archive, number)
        return await dossier_page(archive, rows, problem=str(error), sent=form, status=400)
    if form.text("do") == "delete":
        return Response.redirect(archive.url("dossiers"), status=303)
    item = form.number("item")
    anchor = f"#item-{item}" if item and form.text("do") != "remove" else ""
    return Response.redirect(where + anchor, status=303)


def _carry_out(desk: Desk, number: int, form: Form, edit: Edit) -> None:
    item = form.number("item")
    match form.text("do"):
        case "rename":
            edit_dossier(desk, number, form.text("name"), form.text("about"), edit)
        case "delete":
            if form.text("sure") != "1":
                raise DeskError("Tick that you are sure to delete it.")
            delete_dossier(desk, number, form.number("items"), edit)
        case "note":
            edit_item(desk, item, form.text("note"), split_tags(form.text("tags")), edit)
        case "remove":
            remove_item(desk, item, edit)
        case "move":
            move_item(desk, number, item, form.number("place") or form.number("to"), edit)
        case _:
            raise DeskError("The form does not say what is to be done.")


async def dossier_page(
    archive: ArchiveContext,
    rows: DossierRows,
    *,
    problem: str = "",
    conflict: ChangedMeanwhileError | None = None,
    sent: Form | None = None,
    status: int = 200,
) -> Response:
    """A dossier's page, with what went wrong and what was typed."""
    entries = await archive.read(lambda db: join_items(db, rows.items, rows.corrected))
    args = archive.request.args
    refusal = why_not(archive)
    counts: dict[str, Any] = {
        name: int(value)
        for name in ("added", "had", "lost")
        if (value := args.get(name) or "").isascii() and value.isdecimal() and len(value) < 6
    }
    return await html_response(
        archive,
        "dossier.html",
        status=status,
        script=True,
        form=not refusal,
        refusal=refusal,
        dossier=rows.dossier,
        entries=entries,
        notes=place_all(entries, rows.notes),
        State=State,
        problem=problem,
        conflict=conflict,
        sent=sent,
        counts=counts,
        back=own_path(archive, args.get("back") or ""),
    )

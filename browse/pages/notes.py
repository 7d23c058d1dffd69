"""Notes on articles and marks on passages: the list, the forms that write them, and what an article's page shows of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from browse.context import open_context
from browse.forms import edit_of, has_desk, read_desk, read_form, why_not, with_desk
from browse.responses import html_response
from pipelines.archive.views.article import read_article
from pipelines.archive.views.by_address import find_by_address
from pipelines.desk.dossier_records import Quotation
from pipelines.desk.dossiers import find_dossiers_of, list_dossiers
from pipelines.desk.errors import ChangedMeanwhileError, DeskError
from pipelines.desk.notes import add_note, edit_note, list_notes, notes_on, remove_note
from pipelines.desk.passages import take_passage
from pipelines.dossiers.join import find_version, place_notes
from pipelines.dossiers.read import describe_article

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext
    from browse.forms import Form
    from pipelines.archive.views.article import ArticleView
    from pipelines.desk.database import Desk
    from pipelines.desk.dossier_records import Dossier, Note
    from pipelines.dossiers.join import PlacedNote


@dataclass(frozen=True, slots=True)
class ArticleDesk:
    """What the desk has of an article. `writes`: whether this reader may write there; `problem` why it cannot be shown."""

    writes: bool = False
    refusal: str = ""
    problem: str = ""
    dossiers: tuple[Dossier, ...] = ()
    held_in: tuple[tuple[int, str], ...] = ()
    notes: tuple[PlacedNote, ...] = ()


async def read_article_desk(archive: ArchiveContext, found: ArticleView) -> ArticleDesk | None:
    """What the desk has of an article; None for plain `datasette`. A desk that cannot be read keeps nobody from the article."""
    if not has_desk(archive):
        return None
    refusal = why_not(archive)

    def read(desk: Desk) -> ArticleDesk:
        url = found.row["url"]
        return ArticleDesk(
            not refusal,
            refusal,
            "",
            tuple(list_dossiers(desk)),
            tuple(find_dossiers_of(desk, url)),
            tuple(place_notes(found, found.versions[-1], notes_on(desk, url))),
        )

    try:
        return await read_desk(archive, read, ArticleDesk(not refusal, refusal))
    except DeskError as error:
        return ArticleDesk(problem=str(error))


async def notes(datasette: Datasette, request: Request) -> Response:
    """All notes and marks, the last changed first; or a form that makes, changes or removes one."""
    archive = await open_context(datasette, request)
    if request.method != "POST":
        return await _list(archive)
    form = await read_form(archive)
    try:
        await _carry_out(archive, form)
    except ChangedMeanwhileError as error:
        return await _list(archive, problem=str(error), conflict=error, sent=form, status=409)
    except ValueError as error:
        return await _list(archive, problem=str(error), sent=form, status=400)
    ids = await archive.read(lambda db: find_by_address(db, {form.text("url")}))
    number = ids.get(form.text("url"))
    back = archive.url("article", number) + "#notes" if number else archive.url("notes")
    return Response.redirect(back, status=303)


async def _carry_out(archive: ArchiveContext, form: Form) -> None:
    edit, number, words = edit_of(archive, form), form.number("note"), form.text("words")
    match form.text("do"):
        case "edit":
            await with_desk(archive, lambda desk: edit_note(desk, number, words, edit))
        case "remove":
            await with_desk(archive, lambda desk: remove_note(desk, number, edit))
        case "add":
            await _add(archive, form)
        case _:
            raise DeskError("The form does not say what is to be done.")


async def _add(archive: ArchiveContext, form: Form) -> None:
    """Keep a note or a mark. A mark is of the version whose words the form names: of what the reader saw."""
    url, version = form.text("url"), form.text("version")
    ids = await archive.read(lambda db: find_by_address(db, {url}))
    found = await archive.read(lambda db: read_article(db, ids[url])) if url in ids else None
    if found is None:
        raise DeskError("The archive does not hold this article any more.")
    seen = find_version(found, version) or found.versions[-1]
    quotation = Quotation("")
    if form.text("quote").strip():
        quotation = take_passage(seen.plain_text, form.text("quote"), form.text("before"), form.text("after"))
    elif "mark" in form:
        raise DeskError("Select a passage of the article first, or paste it.")
    article, edit = describe_article(found, seen.words_sha256), edit_of(archive, form)
    await with_desk(archive, lambda desk: add_note(desk, article, quotation, form.text("words"), edit))


async def _list(
    archive: ArchiveContext,
    *,
    problem: str = "",
    conflict: ChangedMeanwhileError | None = None,
    sent: Form | None = None,
    status: int = 200,
) -> Response:
    refusal = why_not(archive)
    found: list[Note] = []
    try:
        found = await read_desk(archive, list_notes, [])
    except DeskError as error:
        refusal, status = str(error), 500
    urls = {note.url for note in found if note.url}
    return await html_response(
        archive,
        "notes.html",
        status=status,
        form=not refusal,
        refusal=refusal,
        problem=problem,
        conflict=conflict,
        sent=sent,
        notes=found,
        articles=await archive.read(lambda db: find_by_address(db, urls)),
    )

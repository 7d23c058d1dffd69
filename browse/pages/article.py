"""An article: the page for reading it, the difference of its versions, the page as fetched, its citations."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from datasette.utils.asgi import NotFound, Response

from browse import formatting
from browse.context import open_context
from browse.pages.corrections import read_made, shown, with_corrections
from browse.pages.neighbours import find_neighbours
from browse.pages.notes import read_article_desk
from browse.pages.stored_page import find_screenshot, frame_headers, page_response, read_stored_page
from browse.params import params_of
from browse.passages import lay_notes
from browse.responses import file_response, html_response, security_headers
from pipelines.archive.search.marked_article import mark_article
from pipelines.archive.search.match import Filters
from pipelines.archive.views import citations
from pipelines.archive.views.article import read_article, read_capture, read_pages
from pipelines.archive.views.assets import lead_images
from pipelines.archive.views.blocks import MARKS
from pipelines.archive.views.changes import kinds_of, read_events
from pipelines.archive.views.diff import Run, compare_texts, compare_words
from pipelines.archive.views.front_page import read_stays_of_article
from pipelines.archive.views.quotation import Source, quote_change
from pipelines.archive.warc import reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasette.app import Datasette
    from datasette.utils import MultiParams
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext
    from browse.passages import TextPiece
    from pipelines.archive.views.article import ArticleView, Capture, UnexplainedVersion, VersionView
    from pipelines.archive.views.blocks import TextBlock
    from pipelines.archive.views.diff import Paragraph

RECORD_POLICY = "default-src 'none'; sandbox"


async def article(datasette: Datasette, request: Request) -> Response:
    """An article for reading. `?picture=1` shows a picture that is not held, for which the browser asks the publisher."""
    archive = await open_context(datasette, request)
    read = await _read_article(archive)
    made = await read_made(archive, read.row["url"])
    found = with_corrections(read, made)
    picture = formatting.safe_url(found.row["image_url"])
    held = (await archive.read(lambda db: lead_images(db, [found.row["id"]]))).get(found.row["id"])
    wanted = bool(picture) and held is None and request.args.get("picture") == "1"
    cited = _as_cited(found)
    desk = await read_article_desk(archive, found)
    neighbours = await find_neighbours(archive, found.row["id"])
    query, filters = (neighbours.search.query, neighbours.search.filters) if neighbours else ("", Filters())
    title, standfirst = found.row["title"] or "", found.row["standfirst"] or ""
    blocks = [block.text for block in found.blocks]
    marked = await archive.read(lambda db: mark_article(db, query, title, standfirst, blocks, filters))
    parts = (marked.title, marked.standfirst, *marked.blocks)
    own = (read.row["title"] or "", standfirst, *blocks)
    title_pieces, standfirst_pieces, *block_pieces = lay_notes(parts, own, desk.notes if desk else ())
    return await html_response(
        archive,
        "article.html",
        images=_origin(picture) if wanted else "",
        article=found,
        row=found.row,
        picture=picture,
        picture_wanted=wanted,
        picture_held=archive.url("asset", held) if held is not None else "",
        citations=[
            (form, name, citations.cite(cited, form)) for form, (name, _) in citations.FORMATS.items()
        ],
        stays=await archive.read(lambda db: read_stays_of_article(db, found.row["id"])),
        corrections=[shown(one) for one in made.values()],
        versions=_timeline(read),
        events=await archive.read(lambda db: read_events(db, found.row["id"])),
        kinds=formatting.KINDS,
        title=title_pieces,
        standfirst=standfirst_pieces,
        groups=_group_blocks(found.blocks, block_pieces),
        neighbours=neighbours,
        here=[pair for pair in params_of(request) if pair[0] != "picture"],
        search=neighbours.search if neighbours else None,
        record_missing=_why_missing(archive, found.capture),
        desk=desk,
        form=desk is not None and desk.writes,
        script=True,
    )


def _group_blocks(
    blocks: Sequence[TextBlock], marked: Sequence[list[TextPiece]]
) -> list[tuple[str, list[list[TextPiece]]]]:
    """Runs of blocks of one kind: the items of a list stand together."""
    pairs = zip((block.kind for block in blocks), marked, strict=True)
    return [(kind, [pieces for _, pieces in run]) for kind, run in groupby(pairs, key=itemgetter(0))]


def _why_missing(archive: ArchiveContext, kept: Capture | None) -> str:
    """Why there is no WARC record to download; the empty string when there is one."""
    try:
        if kept is not None:
            reader.check_is_there(archive.path, kept)
    except reader.CaptureMissing as reason:
        return str(reason)
    return ""


class TimelineEntry(NamedTuple):
    """A version, the one before it (None for the first), and the kinds of change between them."""

    version: VersionView
    before: VersionView | None
    kinds: tuple[str, ...]


def _timeline(article: ArticleView) -> list[TimelineEntry]:
    """The versions, the newest first."""
    entries = [
        TimelineEntry(version, before, kinds_of(before, article.as_first_seen(version)) if before else ())
        for before, version in pairwise((None, *article.versions))
        if version
    ]
    return entries[::-1]


class ComparedTexts(NamedTuple):
    """Two texts of an article. `replaced` is the first of them where nobody knows who changed it."""

    old: VersionView
    new: VersionView
    replaced: UnexplainedVersion | None = None


def _choose_texts(found: ArticleView, asked: MultiParams) -> ComparedTexts:
    """The texts that the address names; without numbers, the last two versions."""
    by_number = {version.number: version for version in found.versions}
    numbers = sorted(by_number)
    for n, one in enumerate(found.unexplained):
        if asked.get("replaced") == str(one.id):
            held = by_number[one.revision if one.revision in numbers else numbers[-1]]
            following = found.unexplained[n + 1 : n + 2]
            same = [after for after in following if after.revision == one.revision]
            return ComparedTexts(_with_text(held, one), _with_text(held, same[0]) if same else held, one)
    new = _parse_version(asked.get("to"), numbers, numbers[-1])
    old = _parse_version(asked.get("from"), numbers, numbers[max(numbers.index(new) - 1, 0)])
    if old > new:
        old, new = new, old
    second = by_number[new]
    return ComparedTexts(by_number[old], found.as_first_seen(second) if new > old else second)


def _with_text(version: VersionView, one: UnexplainedVersion) -> VersionView:
    return replace(version, seen_at=one.seen_at, title=one.title, standfirst=one.standfirst, text=one.text)


SHOWS = {"": "All the text", "changed": "Only what changed", "sides": "Side by side"}
"""Ways to show a difference, by the parameter `show`."""


async def difference(datasette: Datasette, request: Request) -> Response:
    """The difference of two versions; without numbers, of the last two. `?replaced=ID`: of two readings of one.

    `?show=changed` leaves out what stayed, `?show=sides` puts the versions side by side.
    """
    archive = await open_context(datasette, request)
    found = await _read_article(archive)
    first, second, replaced = _choose_texts(found, request.args)
    paragraphs = compare_texts(first.text, second.text)
    show = request.args.get("show") or ""
    chosen = [(name, value) for name in ("from", "to", "replaced") if (value := request.args.get(name))]
    return await html_response(
        archive,
        "difference.html",
        script=True,
        show=show if show in SHOWS else "",
        shows=SHOWS,
        chosen=chosen,
        sides=_sides,
        quotation=quote_change(
            Source(found.row["source_name"], found.row["url"]),
            first,
            second,
            (formatting.when(first.seen_at), formatting.when(second.seen_at)),
        ),
        article=found,
        row=found.row,
        old=first,
        new=second,
        replaced=replaced,
        read_otherwise=[u for u in found.unexplained if first.number < u.revision < second.number],
        title=compare_words(first.title, second.title),
        standfirst=compare_words(first.standfirst, second.standfirst),
        paragraphs=[strip_mark(paragraph) for paragraph in paragraphs],
        added=_count_words(paragraphs, "added"),
        removed=_count_words(paragraphs, "removed"),
    )


class Sides(NamedTuple):
    """The runs of the old version and those of the new one."""

    old: tuple[Run, ...]
    new: tuple[Run, ...]


def _sides(runs: tuple[Run, ...]) -> Sides:
    return Sides(
        tuple(run for run in runs if run.kind != "added"), tuple(run for run in runs if run.kind != "removed")
    )


def strip_mark(paragraph: Paragraph) -> tuple[str, str, tuple[Run, ...]]:
    """Kind, block kind and runs of a paragraph, without the mark with which both versions begin it."""
    first, *rest = paragraph.runs
    for mark, kind in MARKS:
        if first.text.startswith(mark) and (first.kind == "same" or not rest):
            return paragraph.kind, kind, (Run(first.kind, first.text[len(mark) :]), *rest)
    return paragraph.kind, "", paragraph.runs


def _parse_version(text: str | None, numbers: list[int], otherwise: int) -> int:
    number = int(text) if text and text.isdecimal() and len(text) < 10 else otherwise
    return number if number in numbers else otherwise


def _count_words(paragraphs: tuple[Paragraph, ...], kind: str) -> int:
    return sum(
        len(run.text.split()) for paragraph in paragraphs for run in paragraph.runs if run.kind == kind
    )


async def cite(datasette: Datasette, request: Request) -> Response:
    """The citation as a file for citation managers."""
    archive = await open_context(datasette, request)
    form = request.url_vars["format"]
    read = await _read_article(archive)
    found = with_corrections(read, await read_made(archive, read.row["url"]))
    _, media_type = citations.FORMATS[form]
    return file_response(
        citations.cite(_as_cited(found), form),
        f"article-{found.row['id']}.{form}",
        f"{media_type}; charset=utf-8",
    )


async def capture(datasette: Datasette, request: Request) -> Response:
    """The page as fetched in a frame, with its headers; or the reason why it cannot be shown."""
    archive = await open_context(datasette, request)
    found = await _read_article(archive)
    kept = await _read_capture(archive, found)
    missing = "No capture was stored with this version of the article."
    if "noarchive" in found.rights:
        missing = f"{missing} {formatting.NO_COPY}"
    page = stored = None
    if kept is not None:
        try:
            page = reader.page(archive.path, kept)
            missing = ""
            stored = await read_stored_page(archive, page, kept.fetched_at)
        except reader.CaptureMissing as reason:
            missing = str(reason)
    chosen = [(name, value) for name in ("version", "part") if (value := request.args.get(name))]
    return await html_response(
        archive,
        "capture.html",
        frames=True,
        article=found,
        row=found.row,
        capture=kept,
        page=page,
        stored=stored,
        screenshot=await find_screenshot(archive, kept) if kept is not None else "",
        missing=missing,
        version_params=chosen,
    )


async def page_as_fetched(datasette: Datasette, request: Request) -> Response:
    """The content of the frame: the page as fetched, which runs nothing and loads nothing."""
    archive = await open_context(datasette, request)
    kept = await _read_capture(archive, await _read_article(archive))
    if kept is None:
        raise NotFound("No capture was stored.")
    try:
        page = reader.page(archive.path, kept)
    except reader.CaptureMissing as reason:
        return _missing_response(reason, frame_headers())
    return await page_response(archive, page, kept.fetched_at)


async def record(datasette: Datasette, request: Request) -> Response:
    """The WARC record to download."""
    archive = await open_context(datasette, request)
    found = await _read_article(archive)
    kept = await _read_capture(archive, found)
    if kept is None:
        raise NotFound("No capture was stored.")
    try:
        body = reader.gzip_record(archive.path, kept)
    except reader.CaptureMissing as reason:
        return _missing_response(reason, security_headers(RECORD_POLICY))
    name = f"article-{found.row['id']}-{kept.id}.warc.gz"
    return file_response(body, name, "application/warc", policy=RECORD_POLICY)


def _missing_response(reason: reader.CaptureMissing, headers: dict[str, str]) -> Response:
    return Response(str(reason), status=404, headers=headers, content_type="text/plain; charset=utf-8")


async def _read_article(archive: ArchiveContext) -> ArticleView:
    number = int(archive.request.url_vars["article"][:18])
    found = await archive.read(lambda db: read_article(db, number))
    if found is None:
        raise NotFound(f"There is no article {number} in this archive.")
    return found


async def _read_capture(archive: ArchiveContext, found: ArticleView) -> Capture | None:
    """The capture of the article, or of the version and the page of it that `?version=` and `?part=` name."""
    wanted, part = archive.request.args.get("version"), archive.request.args.get("part")
    if not wanted and not part:
        return found.capture
    current = found.versions[-1]
    version = next((v for v in found.versions if str(v.number) == wanted), None if wanted else current)
    if version is None:
        return None
    number, revision, article = version.capture_id, version.number, found.row["id"]
    if not part:
        return await archive.read(lambda db: read_capture(db, number))
    pages = await archive.read(lambda db: read_pages(db, article, revision))
    return next((page for place, page in enumerate(pages, 1) if str(place) == part), None)


def _as_cited(found: ArticleView) -> citations.CitedArticle:
    row = found.row
    return citations.CitedArticle(
        row["id"],
        row["title"] or row["url"],
        found.authors,
        row["source_name"],
        row["url"],
        row["published_at"],
        row["first_seen_at"],
        row["section"] or "",
        row["language"] or "",
        row["rights"] or "",
    )


def _origin(url: str) -> str:
    """The origin of a picture, as a policy names it; the empty string when its host is no plain name."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    return f"{parts.scheme}://{host}" if re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", host) else ""

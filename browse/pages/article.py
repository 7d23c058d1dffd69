"""Reading an article: the page, what changed between versions, the page as fetched, citations."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datasette.utils.asgi import NotFound, Response

from browse import context, formatting
from browse.sanitize import sanitize
from pipelines.archive.views import article as reading
from pipelines.archive.views import citations, diff
from pipelines.archive.views.changes import kinds_of
from pipelines.archive.warc import reader

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext

SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
"""What the page as fetched may do: show its text with the styles written into it, and nothing else."""


async def article(datasette: Datasette, request: Request) -> Response:
    """An article set for reading. `?picture=1` shows its picture, which asks the publisher for it."""
    here = await context.open_context(datasette, request)
    found = await _found(here)
    picture = formatting.safe_url(found.row["image_url"])
    wanted = bool(picture) and request.args.get("picture") == "1"
    cited = _cited(found)
    return await here.page(
        "article.html",
        images=_origin(picture) if wanted else "",
        article=found,
        row=found.row,
        picture=picture,
        picture_wanted=wanted,
        citations=[
            (form, name, citations.cite(cited, form)) for form, (name, _) in citations.FORMATS.items()
        ],
        versions=_timeline(found),
        groups=[(kind, list(blocks)) for kind, blocks in groupby(found.blocks, key=lambda block: block.kind)],
    )


def _timeline(found: reading.ArticleView) -> list[dict[str, object]]:
    """The versions, the newest first, each with what its change was."""
    rows: list[dict[str, object]] = []
    before: reading.VersionView | None = None
    for version in found.versions:
        kinds = kinds_of(before, version) if before else ()
        rows.append({"version": version, "before": before, "kinds": kinds})
        before = version
    return rows[::-1]


async def difference(datasette: Datasette, request: Request) -> Response:
    """The difference of two versions; without numbers, of the last two."""
    here = await context.open_context(datasette, request)
    found = await _found(here)
    by_number = {version.number: version for version in found.versions}
    numbers = sorted(by_number)
    new = _chosen(request.args.get("to"), numbers, numbers[-1])
    old = _chosen(request.args.get("from"), numbers, numbers[max(numbers.index(new) - 1, 0)])
    if old > new:
        old, new = new, old
    first, second = by_number[old], by_number[new]
    paragraphs = diff.paragraphs(first.text, second.text)
    return await here.page(
        "difference.html",
        article=found,
        row=found.row,
        old=first,
        new=second,
        title=diff.words(first.title, second.title),
        standfirst=diff.words(first.standfirst, second.standfirst),
        paragraphs=[_shaped(paragraph) for paragraph in paragraphs],
        added=_words(paragraphs, "added"),
        removed=_words(paragraphs, "removed"),
    )


def _shaped(paragraph: diff.Paragraph) -> tuple[str, str, tuple[diff.Run, ...]]:
    """Kind, block kind and runs of a paragraph; the mark that both versions begin it with is taken off."""
    first, *rest = paragraph.runs
    for mark, kind in reading.MARKS:
        if first.text.startswith(mark) and (first.kind == "same" or not rest):
            return paragraph.kind, kind, (diff.Run(first.kind, first.text[len(mark) :]), *rest)
    return paragraph.kind, "", paragraph.runs


def _chosen(text: str | None, numbers: list[int], otherwise: int) -> int:
    number = int(text) if text and text.isdecimal() and len(text) < 10 else otherwise
    return number if number in numbers else otherwise


def _words(paragraphs: tuple[diff.Paragraph, ...], kind: str) -> int:
    return sum(
        len(run.text.split()) for paragraph in paragraphs for run in paragraph.runs if run.kind == kind
    )


async def cite(datasette: Datasette, request: Request) -> Response:
    """The citation as a file that citation managers open."""
    here = await context.open_context(datasette, request)
    form = request.url_vars["format"]
    found = await _found(here)
    headers = context.headers("default-src 'none'")
    headers["content-disposition"] = f'attachment; filename="article-{found.row["id"]}.{form}"'
    return Response(
        citations.cite(_cited(found), form),
        headers=headers,
        content_type=f"{citations.FORMATS[form][1]}; charset=utf-8",
    )


async def capture(datasette: Datasette, request: Request) -> Response:
    """The page as fetched, in a frame, with what is known of it; or why it cannot be shown."""
    here = await context.open_context(datasette, request)
    found = await _found(here)
    kept = await _capture(here, found)
    missing = "No capture was stored with this version of the article."
    page = None
    if kept is not None:
        try:
            page = reader.page(here.path, kept)
            missing = ""
        except reader.CaptureMissing as reason:
            missing = str(reason)
    version = request.args.get("version")
    return await here.page(
        "capture.html",
        frames=True,
        article=found,
        row=found.row,
        capture=kept,
        page=page,
        missing=missing,
        version_params=[("version", version)] if version else [],
    )


async def raw(datasette: Datasette, request: Request) -> Response:
    """What the frame shows: the page as fetched, which may run nothing and load nothing."""
    here = await context.open_context(datasette, request)
    kept = await _capture(here, await _found(here))
    headers = context.headers(SANDBOX) | {"x-dns-prefetch-control": "off", "cache-control": "no-store"}
    del headers["cross-origin-opener-policy"]
    if kept is None:
        raise NotFound("No capture was stored.")
    try:
        page = reader.page(here.path, kept)
    except reader.CaptureMissing as reason:
        return Response(str(reason), status=404, headers=headers, content_type="text/plain; charset=utf-8")
    sent = page.header("content-type").lower()
    found = re.search(r"charset=[\"']?([\w.:-]+)", sent)
    kind = "text/html" if "html" in sent or not sent else "text/plain"
    body, charset = sanitize(page.body, found[1] if found else "")
    return Response(body, headers=headers, content_type=f"{kind}; charset={charset}" if charset else kind)


async def record(datasette: Datasette, request: Request) -> Response:
    """The WARC record to download."""
    here = await context.open_context(datasette, request)
    found = await _found(here)
    kept = await _capture(here, found)
    headers = context.headers("default-src 'none'; sandbox")
    if kept is None:
        raise NotFound("No capture was stored.")
    try:
        body = reader.record(here.path, kept)
    except reader.CaptureMissing as reason:
        return Response(str(reason), status=404, headers=headers, content_type="text/plain; charset=utf-8")
    headers["content-disposition"] = f'attachment; filename="article-{found.row["id"]}-{kept.id}.warc.gz"'
    return Response(body, headers=headers, content_type="application/warc")


async def _found(here: ArchiveContext) -> reading.ArticleView:
    number = int(here.request.url_vars["article"][:18])
    found = await here.read(lambda db: reading.article(db, number))
    if found is None:
        raise NotFound(f"There is no article {number} in this archive.")
    return found


async def _capture(here: ArchiveContext, found: reading.ArticleView) -> reading.Capture | None:
    """The capture of the article, or of the version that `?version=` names."""
    wanted = here.request.args.get("version")
    if not wanted:
        return found.capture
    number = next((v.capture_id for v in found.versions if str(v.number) == wanted), None)

    def read(db: sqlite3.Connection) -> reading.Capture | None:
        return reading.capture(db, number)

    return await here.read(read)


def _cited(found: reading.ArticleView) -> citations.Cited:
    row = found.row
    return citations.Cited(
        row["id"],
        row["title"] or row["url"],
        found.authors,
        row["source_name"],
        row["url"],
        row["published_at"],
        row["first_seen_at"],
        row["section"] or "",
        row["language"] or "",
    )


def _origin(url: str) -> str:
    """The one place that a picture may come from, as a policy names it."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    return f"{parts.scheme}://{host}" if re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", host) else ""

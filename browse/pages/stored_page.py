"""The page as fetched: its content, and the pictures and stylesheets that the archive holds of it.

Nothing of it runs, and nothing is loaded from elsewhere: docs/security.md says how.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from datasette.utils.asgi import NotFound, Response

from browse.context import open_context
from browse.responses import security_headers
from browse.sanitize import sanitize
from pipelines.archive.views.assets import find_assets, read_asset
from pipelines.archive.warc import reader
from pipelines.extraction.assets import relink, relink_stylesheet
from pipelines.media_types import STYLESHEET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from browse.context import ArchiveContext
    from pipelines.archive.views.article import Capture

SANDBOX_POLICY = (
    "sandbox; default-src 'none'; style-src {own}'unsafe-inline'; img-src {own}data:; font-src data:;"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""The page may show its text with the styles written into it and what the archive holds of it, and nothing else."""

ASSET_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A drawing (SVG) may style itself; opened alone it runs and loads nothing."""

REDIRECTS = 5


class StoredPage(NamedTuple):
    """The text of a page as fetched, and what it names: the addresses of its assets, and the captures of those held."""

    text: str
    base: str
    named: tuple[str, ...]
    held: dict[str, Capture]


async def read_stored_page(
    archive: ArchiveContext, page: reader.CapturedPage, fetched_at: str
) -> StoredPage | None:
    """Look up what the archive holds of a page's assets; None for what is no HTML that can be read."""
    sent = page.header("content-type").lower()
    if sent and "html" not in sent:
        return None
    try:
        text = reader.text_of(page)
    except reader.CaptureMissing:
        return None
    named: dict[str, None] = {}
    relink(text, page.url, lambda url: named.setdefault(url))
    held = await _find_held(archive, named, fetched_at)
    return StoredPage(text, page.url, tuple(named), held)


async def find_screenshot(archive: ArchiveContext, kept: Capture) -> str:
    """The address of the picture of a page that was rendered; "" where none was kept."""
    name = f"urn:fullPage:{kept.url}"
    found = await archive.read(lambda db: find_assets(db, [name], kept.fetched_at))
    return archive.url("asset", found[name].id) if name in found else ""


async def page_response(archive: ArchiveContext, page: reader.CapturedPage, fetched_at: str) -> Response:
    """The content of the frame: the page as fetched, with what the archive holds of its pictures and stylesheets."""
    stored = await read_stored_page(archive, page, fetched_at)
    if stored is not None and stored.held:
        text = relink(stored.text, stored.base, lambda url: _address(archive, stored.held, url))
        body, _ = sanitize(text.encode("utf-8", "replace"), "utf-8")
        return Response(body, headers=frame_headers(own=True), content_type="text/html; charset=utf-8")
    sent = page.header("content-type").lower()
    found = re.search(r"charset=[\"']?([\w.:-]+)", sent)
    kind = "text/html" if "html" in sent or not sent else "text/plain"
    body, charset = sanitize(page.body, found[1] if found else "")
    content_type = f"{kind}; charset={charset}" if charset else kind
    return Response(body, headers=frame_headers(), content_type=content_type)


def frame_headers(own: bool = False) -> dict[str, str]:
    """The headers of the frame; `own`: it loads from the archive."""
    policy = SANDBOX_POLICY.format(own="'self' " if own else "")
    headers = security_headers(policy) | {"x-dns-prefetch-control": "off", "cache-control": "no-store"}
    del headers["cross-origin-opener-policy"]
    return headers


async def asset(datasette: Datasette, request: Request) -> Response:
    """A picture or stylesheet that the archive holds; what a stylesheet names leads to the archive too."""
    archive = await open_context(datasette, request)
    number = int(request.url_vars["capture"][:18])
    kept = await archive.read(lambda db: read_asset(db, number))
    if kept is None:
        raise NotFound(f"There is no picture or stylesheet {number} in this archive.")
    headers = security_headers(ASSET_POLICY) | {"cache-control": "no-store"}
    try:
        page = reader.page(archive.path, kept)
        if kept.mime != STYLESHEET:
            return Response(page.body, headers=headers, content_type=str(kept.mime))
        css = reader.text_of(page)
    except reader.CaptureMissing as reason:
        raise NotFound(str(reason)) from None
    named: dict[str, None] = {}
    relink_stylesheet(css, kept.url, lambda url: named.setdefault(url))
    held = await _find_held(archive, named, kept.fetched_at)
    css = relink_stylesheet(css, kept.url, lambda url: _address(archive, held, url))
    return Response(css, headers=headers, content_type="text/css; charset=utf-8")


def _address(archive: ArchiveContext, held: dict[str, Capture], url: str) -> str | None:
    return archive.url("asset", held[url].id) if url in held else None


async def _find_held(archive: ArchiveContext, urls: Iterable[str], at: str) -> dict[str, Capture]:
    """The captures of these addresses, redirects followed."""
    asked = {url: url for url in urls}
    held: dict[str, Capture] = {}
    for _ in range(REDIRECTS):
        wanted = set(asked.values())
        found = await archive.read(lambda db, wanted=wanted: find_assets(db, wanted, at))  # type: ignore[misc]
        following = {}
        for url, now in asked.items():
            capture = found.get(now)
            if capture is not None and capture.status == 200:
                held[url] = capture
            elif capture is not None and (target := reader.redirect_target(archive.path, capture)):
                following[url] = target
        asked = following
        if not asked:
            break
    return held

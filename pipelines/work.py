"""What a worker process does with a page: extract it, compare it with its previous capture, pack its WARC records.

The functions import late: a crawl's own process imports this module to name them, and must not load trafilatura.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.items import Article, Noarchive, Outcome

if TYPE_CHECKING:
    from pipelines.archive.records import Place, PreviousCapture, WarcRecords
    from pipelines.decisions.revisions import Comparison
    from pipelines.items import Page

NOT_CAPTURED = (Outcome.EXCLUDED, Outcome.FAILED)
"""Outcomes of pages that are not kept as captures."""


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """What a worker made of a page.

    `comparison` is set when the article was fetched before, its text is not the stored one, and the previous
    capture could be read.
    """

    article: Article
    capture: WarcRecords | None = None
    comparison: Comparison | None = None


def extract_and_pack(page: Page, previous: PreviousCapture | None = None) -> ExtractionResult:
    """Extract a page, and pack it unless its outcome or the page itself says that no copy is kept."""
    from pipelines.archive.warc import pack
    from pipelines.extraction import rights
    from pipelines.extraction.extract import extract
    from pipelines.extraction.next_page import find_next_page

    article = extract(page)
    if article.outcome is None:
        article = replace(article, continues_at=find_next_page(page))
    kept = (
        article.outcome not in NOT_CAPTURED
        and rights.may_be_copied(page, article.rights)
        and pack.is_page(pack.mime_of(page), page.body)
    )
    comparison = None
    if previous is not None and article.outcome is None and article.content_hash != previous.content_hash:
        comparison = compare_with_previous(page, article, previous)
    return ExtractionResult(article, pack.pack(_without_hops_that_ask(page)) if kept else None, comparison)


def _without_hops_that_ask(page: Page) -> Page:
    """The page without the redirects of which no copy may be kept; their headers alone can say so."""
    from pipelines.extraction import rights

    hops = (hop for hop in page.hops if rights.may_be_copied(page, rights.find_rights(hop.headers, {})))
    return replace(page, hops=tuple(hops))


def compare_with_previous(page: Page, article: Article, previous: PreviousCapture) -> Comparison | None:
    """Compare a page with its previous capture, extracted by today's rules; None when that cannot be done."""
    from pipelines.archive.warc.reader import CaptureMissing, response
    from pipelines.decisions.revisions import compare
    from pipelines.extraction.extract import extract

    if previous.place is None:
        return None
    try:
        status, headers, body = response(Path(previous.archive), previous.place)
    except CaptureMissing:
        return None
    # Its copy was kept, so its text may be read, whatever is asked or set today.
    old_page = replace(
        page,
        body=body,
        headers=headers,
        status=status,
        fetched_at=previous.fetched_at or page.fetched_at,
        noarchive=Noarchive.KEEP,
    )
    old = extract(old_page)
    if old.outcome is not None:
        return None
    links = (
        link_texts(page) | link_texts(old_page) if old.content_hash != article.content_hash else frozenset()
    )
    return compare(old, article, links)


def link_texts(page: Page) -> frozenset[str]:
    """The text of every link on a page."""
    from pipelines.extraction.decoding import BodyError, decode_body, decode_text
    from pipelines.extraction.document import parse, text_of

    try:
        tree = parse(decode_text(decode_body(page.body, page.headers), page.headers)[0])
    except BodyError:
        return frozenset()
    return frozenset(text_of(link) for link in tree.iter("a")) if tree is not None else frozenset()


def pack_image(page: Page) -> ExtractionResult:
    """Pack the WARC records of a response that is not read, such as an image; not where its headers forbid a copy."""
    from pipelines.archive.warc import pack
    from pipelines.extraction import rights

    asked = rights.find_rights(page.headers, {})
    kept = rights.may_be_copied(page, asked)
    return ExtractionResult(Article(url=page.address, rights=asked), pack.pack(page) if kept else None)


def extract_captures(archive: str, captures: list[tuple[Page, Place]]) -> list[Article | str]:
    """Extract captured pages again; where a capture cannot be read, its place in the list says why."""
    from pipelines.archive.warc.reader import CaptureMissing, response
    from pipelines.extraction.extract import extract

    articles: list[Article | str] = []
    for page, place in captures:
        try:
            status, headers, body = response(Path(archive), place)
        except CaptureMissing as reason:
            articles.append(str(reason))
            continue
        articles.append(extract(replace(page, status=status, headers=headers, body=body)))
    return articles


def failed_article(page: Page, reason: str) -> Article:
    """An article with the outcome `failed`."""
    return Article(url=page.address, outcome=Outcome.FAILED, reason=reason)

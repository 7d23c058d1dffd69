"""What a worker process does with a page: extract it, compare it with its previous capture, pack its WARC records.

The functions import late: a crawl's own process imports this module to name them, and must not load trafilatura.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipelines.items import Article, Noarchive, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.archive.records import Place, PreviousCapture, WarcRecords
    from pipelines.decisions.revisions import Comparison
    from pipelines.decisions.text_lines import TextLines
    from pipelines.extraction.alternate_pages import AlternatePage
    from pipelines.extraction.extract import Extraction
    from pipelines.items import Page

NOT_CAPTURED = (Outcome.EXCLUDED, Outcome.FAILED)
"""Outcomes of pages that are not kept as captures."""


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """What a worker made of a page.

    `comparison` is set when the article was fetched before, its text is not the stored one, and the previous
    capture could be read. `held` are the ids of captures of an earlier fetch that stand for further pages of the
    article which could not be had now. `fingerprints` are those of the article's text (`decisions.stories`), `lines` what site
    memory asks of it (`decisions.text_lines`), None where none were looked for: they take 2 ms, and the process that stores has the least to spare. `assets` are the addresses
    of the stylesheets and pictures that the page names, where they are wanted, `alternate` the other address of a page
    without text, `screenshot` the record of its picture.
    `agreement` is how far two extractors agree on the page, 0 to 1; None where it was not asked for, or the page is no
    article.
    """

    article: Article
    capture: WarcRecords | None = None
    comparison: Comparison | None = None
    held: tuple[int, ...] = ()
    fingerprints: tuple[int, ...] | None = None
    lines: TextLines | None = None
    assets: tuple[str, ...] = ()
    alternate: AlternatePage | None = None
    screenshot: WarcRecords | None = None
    agreement: float | None = None


def read_page(page: Page) -> Article:
    """Extract a page, and find where its article continues."""
    from pipelines.extraction.extract import run

    return _with_next_page(run(page))


def _with_next_page(read: Extraction) -> Article:
    article = read.article
    if article.outcome is not None or not read.next_page:
        return article
    return replace(article, continues_at=read.next_page)


def extract_and_pack(
    page: Page, previous: PreviousCapture | None = None, by_both: bool = False
) -> ExtractionResult:
    """Extract a page, and pack it unless its outcome or the page itself says that no copy is kept.

    With `by_both` an article is read by both extractors, to see how far they agree. The first page of an article in
    several is compared by `join_and_compare`, once all are there.
    """
    from pipelines.archive.warc import pack
    from pipelines.extraction import rights
    from pipelines.extraction.alternate_pages import find_alternate
    from pipelines.extraction.extract import run
    from pipelines.extraction.page_numbers import begins_article

    shown = as_shown(page)
    read = run(shown)
    article = _with_next_page(read)
    kept = (
        article.outcome not in NOT_CAPTURED
        and rights.may_be_copied(page, article.rights)
        and pack.is_page(pack.mime_of(page), page.body)
    )
    comparison = None
    if previous is not None and article.outcome is None and not begins_article(article.continues_at):
        comparison = _compare([shown], [article], previous, _read_previous(shown, previous))
    capture = pack.pack_shown(_without_hops_that_ask(page)) if kept else None
    assets = find_assets_wanted(shown) if kept else ()
    alternate = find_alternate(shown) if article.outcome == Outcome.EMPTY else None
    picture = None
    if capture is not None and page.screenshot and article.outcome is None:
        picture = pack.pack_screenshot(page, capture.record_id)
    reading = _read_text(article)
    return ExtractionResult(
        article,
        capture,
        comparison,
        fingerprints=reading.fingerprints,
        lines=reading.lines,
        assets=assets,
        alternate=alternate,
        screenshot=picture,
        agreement=_measure_agreement(shown, read) if by_both and article.outcome is None else None,
    )


def extract_and_point(page: Page, previous: PreviousCapture | None = None) -> ExtractionResult:
    """The same for a page that stays in the file of a collection: its capture has no bytes, only what the table says of it."""
    from pipelines.archive.warc.collection_records import hash_payload

    result = extract_and_pack(page, previous)
    if result.capture is None:
        return result
    sha256, size = hash_payload(page.body), len(page.body)
    return replace(
        result, capture=replace(result.capture, response=b"", request=b"", sha256=sha256, size=size)
    )


def as_shown(page: Page) -> Page:
    """The page as a browser showed it; as sent where none did."""
    if not page.rendered:
        return page
    kept = tuple(
        (name, value)
        for name, value in page.headers
        if name.lower() not in ("content-type", "content-encoding", "content-length")
    )
    headers = (*kept, ("Content-Type", "text/html; charset=utf-8"))
    return replace(page, body=page.rendered, headers=headers, rendered=b"")


def _measure_agreement(page: Page, read: Extraction) -> float | None:
    from pipelines.extraction.extractor_agreement import measure_agreement

    return measure_agreement(page, read)


class _TextReading(NamedTuple):
    """What is read of an article's text for the process that stores it; None of what is no article."""

    fingerprints: tuple[int, ...] | None = None
    lines: TextLines | None = None


def _read_text(article: Article) -> _TextReading:
    from pipelines.decisions.stories import find_fingerprints_of_words
    from pipelines.decisions.text_lines import read_text_lines, split_lines

    if article.outcome is not None:
        return _TextReading()
    words = split_lines(article.text)  # once for both
    fingerprints = find_fingerprints_of_words([*chain.from_iterable(words)])
    return _TextReading(tuple(fingerprints), read_text_lines(article.text, words))


def find_assets_wanted(page: Page) -> tuple[str, ...]:
    """The assets that a page or stylesheet names; none where none are wanted."""
    if not page.assets:
        return ()
    from pipelines.extraction.assets import find_assets

    return find_assets(page)


def _without_hops_that_ask(page: Page) -> Page:
    """The page without the redirects of which no copy may be kept; their headers alone can say so."""
    from pipelines.extraction import rights

    hops = (hop for hop in page.hops if rights.may_be_copied(page, rights.find_rights(hop.headers, {})))
    return replace(page, hops=tuple(hops))


def join_and_compare(
    pages: list[Page], articles: list[Article], previous: PreviousCapture | None = None
) -> ExtractionResult:
    """Join the pages of one article, and compare it with its previous captures.

    Where it continues at a page that could not be had, the page's earlier capture stands for it.
    """
    from pipelines.extraction.joined_pages import Fit, join_pages, judge_page
    from pipelines.urls import normalize

    old = _read_previous(pages[0], previous) if previous is not None else []
    articles, held = list(articles), []
    further = previous.further[: len(old) - 1] if previous is not None and old else ()
    for number, page in enumerate(further, 1):
        if number < len(articles):
            continue
        wanted = normalize.key(articles[-1].continues_at) if articles[-1].continues_at else ""
        if wanted != normalize.key(page.url) or judge_page(articles, old[number][1]) is not Fit.PAGE:
            break
        articles.append(old[number][1])
        held.append(page.capture_id)
    comparison = _compare(pages, articles, previous, old) if previous is not None else None
    joined = join_pages(articles)
    reading = _read_text(joined)
    return ExtractionResult(
        joined,
        comparison=comparison,
        held=tuple(held),
        fingerprints=reading.fingerprints,
        lines=reading.lines,
    )


def _read_previous(page: Page, previous: PreviousCapture) -> list[tuple[Page, Article]]:
    """The pages of the version held, extracted by today's rules; none when one cannot be read or is no article now."""
    from pipelines.archive.warc.reader import CaptureMissing, response

    places = [(previous.place, previous.fetched_at, page.url)]
    places += [(further.place, further.fetched_at, further.url) for further in previous.further]
    read: list[tuple[Page, Article]] = []
    for place, fetched_at, url in places:
        if place is None:
            return []
        try:
            status, headers, body = response(Path(previous.archive), place)
        except CaptureMissing:
            return []
        # Its copy was kept, so its text may be read, whatever is asked or set today.
        old = replace(
            page,
            body=body,
            headers=headers,
            status=status,
            fetched_at=fetched_at or page.fetched_at,
            noarchive=Noarchive.KEEP,
        )
        if read:
            old = replace(old, url=url, final_url=url)
        article = read_page(old)
        if article.outcome is not None:
            return []
        read.append((old, article))
    return read


def _compare(
    pages: list[Page],
    articles: list[Article],
    previous: PreviousCapture,
    old: list[tuple[Page, Article]],
) -> Comparison | None:
    """Compare an article with the version held, both by today's rules; None when that cannot be done or need not be.

    Pages that we did not hold before are no change by the publisher: without them, where the old pages name them too.
    """
    from pipelines.decisions.revisions import compare
    from pipelines.extraction.joined_pages import join_pages

    now = join_pages(articles)
    if not old or now.content_hash == previous.content_hash:
        return None
    before = join_pages([article for _, article in old])
    completed = bool(before.continues_at) and len(old) < len(articles)
    if completed:
        now = join_pages(articles[: len(old)])
    links: frozenset[str] = frozenset()
    if before.content_hash != now.content_hash:
        links = frozenset().union(*map(link_texts, [*pages, *(page for page, _ in old)]))
    return replace(compare(before, now, links), completed=completed)


def link_texts(page: Page) -> frozenset[str]:
    """The text of every link on a page."""
    from pipelines.extraction.decoding import BodyError, decode_body, decode_text
    from pipelines.extraction.document import parse, text_of

    try:
        tree = parse(decode_text(decode_body(page.body, page.headers), page.headers)[0])
    except BodyError:
        return frozenset()
    return frozenset(text_of(link) for link in tree.iter("a")) if tree is not None else frozenset()


def pack_asset(page: Page) -> ExtractionResult:
    """Pack the WARC records of a picture or stylesheet; not where its headers forbid a copy."""
    from pipelines.archive.warc import pack
    from pipelines.extraction import rights
    from pipelines.media_types import STYLESHEET

    asked = rights.find_rights(page.headers, {})
    kept = rights.may_be_copied(page, asked)
    if not kept:
        return ExtractionResult(Article(url=page.address, rights=asked))
    named = find_assets_wanted(page) if pack.mime_of(page) == STYLESHEET else ()
    return ExtractionResult(Article(url=page.address, rights=asked), pack.pack(page), assets=named)


@dataclass(frozen=True, slots=True)
class Reread:
    """An article extracted again out of the first `pages` of its captures; `unread` says why that failed."""

    article: Article | None = None
    pages: int = 1
    unread: str = ""


class PageToReread(NamedTuple):
    """A page to be read from its capture. Without a `place` it was read already, or `missing` says why it cannot be."""

    page: Page
    place: Place | None
    missing: str = ""


def extract_captures(archive: str, articles: Iterable[Sequence[PageToReread]]) -> list[Reread]:
    """Extract articles again, each from the captures of its pages."""
    return [_reread(Path(archive), captures) for captures in articles]


def _reread(archive: Path, captures: Sequence[PageToReread]) -> Reread:
    from pipelines.archive.warc.reader import CaptureMissing, response
    from pipelines.extraction.joined_pages import join_fitting

    pages = []
    for page, place, missing in captures:
        if missing:
            return Reread(unread=missing)
        if place is None:
            pages.append(read_page(page))
            continue
        try:
            status, headers, body = response(archive, place)
        except CaptureMissing as reason:
            return Reread(unread=str(reason))
        pages.append(read_page(replace(page, status=status, headers=headers, body=body)))
    return Reread(*join_fitting(pages))


def failed_article(page: Page, reason: str) -> Article:
    """An article with the outcome `failed`."""
    return Article(url=page.address, outcome=Outcome.FAILED, reason=reason)

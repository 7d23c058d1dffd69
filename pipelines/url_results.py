"""The result of a task, as the archive takes it, from what was fetched and extracted. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.archive.records import FurtherPage, FurtherRole, UrlResult
from pipelines.extraction.joined_pages import Fit
from pipelines.extraction.metadata.address_agreement import Agreement, compare_addresses
from pipelines.fetched_pages import FetchedPage
from pipelines.items import Outcome
from pipelines.timestamps import now
from pipelines.urls import normalize

if TYPE_CHECKING:
    from pipelines.fetched_pages import EmptyPage, PagedArticle
    from pipelines.items import Article, Page
    from pipelines.work import ExtractionResult


def url_result(fetched: FetchedPage, extraction: ExtractionResult) -> UrlResult:
    """The result of a task whose page was extracted. Pure, but for the clock when the page has no time of its own."""
    page, article = fetched.page, extraction.article
    aliases, unsure = alias_urls(page.address, article)
    keys = {normalize.key(url) for url in aliases} - {normalize.key(fetched.task.url), ""}
    return UrlResult(
        fetched.task,
        page.fetched_at or now(),
        outcome=article.outcome,
        reason=article.reason,
        article=article if article.outcome is None else None,
        own_url=normalize.clean(page.address),
        keys=tuple(sorted(keys)),
        etag=page.header("ETag"),
        last_modified=page.header("Last-Modified"),
        links=(*article.found, *unsure),
        capture=extraction.capture,
        comparison=extraction.comparison,
        agreement=extraction.agreement,
        fingerprints=extraction.fingerprints,
        lines=extraction.lines,
    )


def alternate_result(empty: EmptyPage, page: Page, extraction: ExtractionResult) -> UrlResult:
    """The result of a task whose text stands at another address. Pure.

    The validators of the other address say nothing of the first one, which is what is asked for again.
    """
    kind, url = empty.alternate
    result = url_result(FetchedPage(empty.fetched.task, page), extraction)
    words = f"read at its {kind} address, {url}: the page itself has no text"
    return replace(result, reason=words, etag="", last_modified="")


def unfit_page(before: PagedArticle, extraction: ExtractionResult, fit: Fit) -> FurtherPage:
    """What a page at an article's next address is when it is no page of it. Pure."""
    url, article, capture = before.next_url, extraction.article, extraction.capture
    first = before.pages[0].extraction.article.url
    if fit is Fit.SAME_TEXT:
        return FurtherPage(
            url, FurtherRole.REPEATS, Outcome.DUPLICATE, f"nothing that {first} has not", capture
        )
    if fit is Fit.OTHER:
        # It gets its outcome as the URL that it is; `not_article` is never stored.
        return FurtherPage(url, FurtherRole.OTHER, Outcome.NOT_ARTICLE, capture=capture)
    outcome = article.outcome or Outcome.EMPTY
    return FurtherPage(url, FurtherRole.MISSING, outcome, article.reason, capture)


def list_further_pages(
    paged: PagedArticle, joined: ExtractionResult, last: FurtherPage | None
) -> tuple[FurtherPage, ...]:
    """The pages after the first, in their order, then what the address behind them was. Pure."""
    url = joined.article.url
    found = [
        FurtherPage(
            read.page.url,
            FurtherRole.PART,
            Outcome.DUPLICATE,
            f"page {number} of {url}",
            read.extraction.capture,
        )
        for number, read in enumerate(paged.pages[1:], 2)
    ]
    found += [
        FurtherPage("", FurtherRole.PART, Outcome.DUPLICATE, capture_id=capture_id)
        for capture_id in joined.held
    ]
    return (*found, *((last,) if last is not None else ()))


def alias_urls(address: str, article: Article) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses by which an article is known beside the one found, and the one stated that must be looked at first.

    A stated address that agrees with neither the page's address nor its headline may be another article's: its own
    page tells. Pure.
    """
    if compare_addresses(address, article.url, article.title) is Agreement.AGREES:
        return (address, article.url), ()
    return (address,), (article.url,) if normalize.same_site(address, article.url) else ()

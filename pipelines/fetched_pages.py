"""What the downloader brought for a task, on its way through the item pipelines: pages, assets, and what workers made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.archive.records import FurtherPage, Task, UrlResult
    from pipelines.extraction.alternate_pages import AlternatePage
    from pipelines.items import Page
    from pipelines.work import ExtractionResult


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page that was fetched for a task."""

    task: Task
    page: Page


@dataclass(frozen=True, slots=True)
class FetchedAsset:
    """A picture or stylesheet that a task's page shows, to be kept as a capture."""

    task: Task
    page: Page


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page of an article in several, with what a worker made of it."""

    page: Page
    extraction: ExtractionResult


@dataclass(frozen=True, slots=True)
class PagedArticle:
    """The pages of an article that are there so far; `next_url` is the address of the next one."""

    task: Task
    pages: tuple[ReadPage, ...]

    @property
    def next_url(self) -> str:
        return self.pages[-1].extraction.article.continues_at


@dataclass(frozen=True, slots=True)
class FetchedFurtherPage:
    """The answer at the next address of an article: its `page`, or why there is none."""

    before: PagedArticle
    page: Page | None = None
    missing: FurtherPage | None = None


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """A page without text, with what a worker made of it, that names another address of its article."""

    fetched: FetchedPage
    extraction: ExtractionResult

    @property
    def alternate(self) -> AlternatePage:
        found = self.extraction.alternate
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class FetchedAlternate:
    """The answer at the other address of a page without text: its `page`, or why there is none."""

    before: EmptyPage
    page: Page | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class ExtractedItem:
    """A page or asset with what a worker made of it.

    `unfinished` is set while an article's next page is still to be fetched, `further` once its pages are joined. `empty` is
    set while the other address of a page without text is still to be asked for. `result` is what is to be stored where it
    does not follow from the rest.
    """

    fetched: FetchedPage | FetchedAsset | FetchedFurtherPage | FetchedAlternate
    extraction: ExtractionResult
    unfinished: PagedArticle | None = None
    further: tuple[FurtherPage, ...] = ()
    empty: EmptyPage | None = None
    result: UrlResult | None = None

"""Articles in several pages, read again from captures; pages that are held as articles of their own are joined to the first.

So an archive of a Clippings that did not join them, and an import of WARC files whose records come in any order, has each
article whole after a replay. What a further page was as an article stays, as a duplicate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.archive.tables import further_pages, replays
from pipelines.archive.warc.collection_records import is_on_the_web
from pipelines.archive.warc.reader import CaptureMissing, response
from pipelines.extraction.joined_pages import MOST_PAGES
from pipelines.extraction.page_numbers import begins_article
from pipelines.items import Noarchive
from pipelines.work import PageToReread, Reread, extract_captures

if TYPE_CHECKING:
    from crawler.replay.replay_run import ReplayRun
    from pipelines.archive.records import Place
    from pipelines.archive.tables.replays import CaptureToReread
    from pipelines.items import Page


def pages_of(replay_run: ReplayRun, old: CaptureToReread) -> list[PageToReread]:
    """The captured pages of an article, with all that extraction needs. Pages whose record was erased end them.

    Those in a collection on the web are asked for here: one process asks, with pauses.
    """
    pages = [_bring(replay_run, _page(replay_run, old, old.found, old.url, old.fetched_at), old.place)]
    for page in old.further:
        if page.place is None:
            break
        further = _page(replay_run, old, page.url, page.url, page.fetched_at)
        pages.append(_bring(replay_run, further, page.place))
    return pages


def _bring(replay_run: ReplayRun, page: Page, place: Place) -> PageToReread:
    if not is_on_the_web(place.warc_file):
        return PageToReread(page, place)
    try:
        status, headers, body = response(replay_run.path, place)
    except CaptureMissing as reason:
        return PageToReread(page, None, str(reason))
    return PageToReread(replace(page, status=status, headers=headers, body=body), None)


def _page(replay_run: ReplayRun, old: CaptureToReread, url: str, final_url: str, fetched_at: str) -> Page:
    # Its copy was kept, so its text may be read, whatever is asked or set today.
    return replay_run.page_of(
        old.source_id,
        url=url,
        body=b"",
        final_url=final_url,
        fetched_at=fetched_at,
        hints=old.hints,
        noarchive=Noarchive.KEEP,
    )


def read_on(replay_run: ReplayRun, old: CaptureToReread, reread: Reread) -> tuple[CaptureToReread, Reread]:
    """Read an article again with the pages at which it continues, as far as the archive holds them."""
    while (
        reread.article is not None
        and (url := reread.article.continues_at)
        and (old.further or begins_article(url))
        and reread.pages == len(old.further) + 1 < MOST_PAGES
    ):
        page = further_pages.find_page_at(replay_run.archive.db, url)
        if page is None or page.capture_id == old.capture_id:
            break
        longer = replace(old, further=(*old.further, page))
        captures = pages_of(replay_run, longer)
        try:
            [again] = replay_run.pool.submit(
                extract_captures, str(replay_run.path), [captures], pages=len(captures)
            ).result()
        except Exception:  # the page hangs a worker, or ends it: the article is read without it
            break
        if again.article is None:
            break
        reread = again
        if again.pages < len(captures):  # it is something else, or has nothing new
            break
        old = longer
    return old, reread


def adopt_pages(replay_run: ReplayRun, old: CaptureToReread, pages: int) -> None:
    """Make the first `pages` of an article's captures its own, and their URLs its aliases. Needs an open transaction."""
    db = replay_run.archive.db
    further = old.further[: pages - 1]
    if old.article_id is None or further_pages.get_further_pages(db, old.article_id) == further:
        return
    ids = [page.capture_id for page in further]
    further_pages.save_article_captures(db, old.article_id, [old.capture_id, *ids])
    crawl_id = replay_run.intake.crawl_id if replay_run.intake is not None else 0
    further_pages.adopt_captures(db, ids, old.article_id, old.url, crawl_id)


def join_held_pages(replay_run: ReplayRun) -> None:
    """Join what an archive holds of articles that continue at a page of which a capture is there."""
    db = replay_run.archive.db
    for article_id in replays.find_continued(db):
        old = replays.capture_of_article(db, article_id)
        if old is None:
            continue
        [reread] = replay_run.pool.submit(
            extract_captures, str(replay_run.path), [pages_of(replay_run, old)], pages=len(old.further) + 1
        ).result()
        longer, joined = read_on(replay_run, old, reread)
        if joined.article is None or joined.article.outcome is not None:
            continue
        article = replay_run.archive.boilerplate.strip(old.source_id, joined.article)
        with db.atomic():
            replays.rewrite_in_place(db, old, replays.compare_with_stored(db, old, article))
            adopt_pages(replay_run, longer, joined.pages)

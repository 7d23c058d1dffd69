"""Articles in whose place an error page was once stored: the version before it comes back, from its own capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.replay.held_pages import pages_of
from pipelines.archive.tables import replays
from pipelines.extraction.interstitials import OF_MACHINES
from pipelines.items import Outcome
from pipelines.work import extract_captures

if TYPE_CHECKING:
    from crawler.replay.replay_run import ReplayRun
    from pipelines.archive.tables.replays import CaptureToReread
    from pipelines.items import Article


def is_error_page(article: Article) -> bool:
    """Whether a page is a machine's word in an article's place: an error, a refusal, maintenance. Pure."""
    return article.outcome == Outcome.EMPTY and article.reason in OF_MACHINES


def restore_version(replay_run: ReplayRun, shown: CaptureToReread) -> bool:
    """Put the last version before an error page back in the article's place; whether there was one. Needs a transaction.

    The error page is no version then; its capture stays. A dry run only looks.
    """
    db = replay_run.archive.db
    if shown.article_id is None:
        return False
    before = replays.capture_of_last_version(db, shown.article_id)
    if before is None:
        return False
    [reread] = replay_run.pool.submit(
        extract_captures, str(replay_run.path), [pages_of(replay_run, before)], pages=len(before.further) + 1
    ).result()
    if reread.article is None or reread.article.outcome is not None:
        return False
    if not replay_run.dry_run:
        article = replay_run.archive.boilerplate.strip(before.source_id, reread.article)
        replays.put_version_back(db, shown.article_id, before, article)
    return True

"""The second step of an import: what recurs on a source's pages is learned again from all of them, and taken out of all.

An import learns as pages come, and a shard knows the pages of its own files alone. So the text of an article depends on
which pages came before it, and into which archive. Here every source is read whole, in an order that says nothing of
that (by time, then address), and all its texts are stripped by what was learned in the end.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawler.replay.held_pages import pages_of
from pipelines import timestamps
from pipelines.archive.tables import replays, site_lines
from pipelines.archive.tables.stories import update_stories
from pipelines.decisions.boilerplate import SiteMemory, strip
from pipelines.extraction_pool import iterate_in_order
from pipelines.work import Reread, extract_captures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.replay.replay_run import ReplayRun
    from pipelines.archive.tables.replays import CaptureToReread
    from pipelines.items import Article

CHUNK = 16
"""Captures handed to a worker at a time."""


class SecondStep:
    """The second step for every source of which pages were imported."""

    def __init__(self, replay_run: ReplayRun) -> None:
        self.replay_run = replay_run
        self.archive = replay_run.archive
        self.report = replay_run.report

    def run(self) -> None:
        """Go through the sources, from where a run that was stopped ended."""
        db = self.archive.db
        source_ids = site_lines.find_imported_sources(db)
        mark = hashlib.sha256("\n".join(source_ids).encode()).hexdigest()[:16]
        replay_id, done = replays.start_or_resume(
            db, f"second step {mark}", self.replay_run.rules, timestamps.now()
        )
        self.report.total = site_lines.count_imported(db, source_ids[done:])
        for number, source_id in enumerate(source_ids[done:], done + 1):
            read = [
                (old, article)
                for old, article in self._read(replays.captures_of_source(db, source_id))
                if article is not None
            ]
            with self.archive.errors(), db.atomic():
                self._store(source_id, read)
                replays.save_position(db, replay_id, number)
                update_stories(db)
        with self.archive.errors(), db.atomic():
            replays.save_position(db, replay_id, len(source_ids), timestamps.now())

    def _read(self, captures: Iterator[CaptureToReread]) -> Iterator[tuple[CaptureToReread, Article | None]]:
        """The captures with the articles that today's rules read from them; None for what is no article."""

        def jobs() -> Iterator[tuple[list[CaptureToReread], Any]]:
            while chunk := list(islice(captures, CHUNK)):
                pages = [pages_of(self.replay_run, old) for old in chunk]
                size = sum(map(len, pages))
                work = self.replay_run.pool.submit(
                    extract_captures, str(self.replay_run.path), pages, pages=size
                )
                yield chunk, work

        for chunk, future in iterate_in_order(jobs(), 3 * self.replay_run.workers):
            try:
                results: list[Reread] = future.result()
            except Exception as error:  # a page of the chunk ended its worker, or hung: they stay as they are
                results = [Reread(unread=self.replay_run.pool.describe_failure(error))] * len(chunk)
            for old, result in zip(chunk, results, strict=True):
                self.report.done += 1
                self.replay_run.draw()
                if result.unread:
                    self.report.unread[result.unread] += 1
                article = result.article
                yield old, article if article is not None and article.outcome is None else None

    def _store(self, source_id: str, read: list[tuple[CaptureToReread, Article]]) -> None:
        """Learn from a source's texts and put them in place, stripped. Needs an open transaction."""
        db = self.archive.db
        current = {old.article_id: article.text for old, article in read if old.article_id is not None}
        texts = site_lines.list_texts(db, source_id)
        held = site_lines.read_memory(db, source_id)
        # Lines that were taken out of a text without a capture cannot be learned from it again.
        known = {} if all(text.article_id in current for text in texts) else dict(held.known)
        memory = SiteMemory(known=known, vetoed=set(held.vetoed))
        extracted = [(text, current.get(text.article_id, text.text)) for text in texts]
        for text, words in extracted:
            memory.learn(str(text.article_id), words)
        site_lines.save_memory(db, source_id, memory, extracted)
        self.archive.boilerplate.clear_memories()
        for old, article in read:
            stripped = self.archive.boilerplate.strip(source_id, article)
            changed = replays.compare_with_stored(db, old, stripped)
            self._count(changed.said, old.article_id is not None)
            replays.rewrite_in_place(db, old, changed)
        for text in texts:
            shorter = strip(text.text, memory.known)
            if text.article_id not in current and shorter != text.text:
                self._count(("text",), True)
                site_lines.replace_text(db, text, shorter)

    def _count(self, said: tuple[str, ...], is_article: bool) -> None:
        if said:
            self.report.articles += is_article
            self.report.versions += not is_article
            self.report.columns.update(said)

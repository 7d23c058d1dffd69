"""What it costs to add articles to a large archive, and to learn a line that recurs. The rows are removed afterwards."""

from __future__ import annotations

import json
import random
import statistics
import time
from typing import TYPE_CHECKING

from bench.million_rows import END
from bench.million_texts import Texts
from pipelines.archive.database import Archive
from pipelines.archive.tables.facets import index_pending, insert_article
from pipelines.archive.tables.stories import ReadText, update_stories
from pipelines.decisions.stories import find_fingerprints
from pipelines.extraction import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCHES, SIZE = 60, 50
PAGES = 20_000
"""Pages of the search index that one step of merging writes."""
SOURCE = "paper-00"
LINE = "Follow our newsroom for what happens in the harbour tonight."


def time_writes(path: Path, articles: int) -> None:
    """Print the time of a batch by article, and of the page by which a line is recognised."""
    texts = make_texts(articles)
    with Archive(path) as archive:
        db = archive.db
        _remove_line(archive)  # of a run that was interrupted
        _merge_segments(archive)
        walls, cpus = [], []
        for _ in range(BATCHES):
            rows = [next(texts) for _ in range(SIZE)]
            fingerprints = [
                tuple(find_fingerprints(text)) for _, text in rows
            ]  # workers find them in a crawl
            began, used = time.perf_counter(), time.process_time()
            with db.atomic():
                read = {
                    _insert(archive, number, text): ReadText(text, found)
                    for (number, text), found in zip(rows, fingerprints, strict=True)
                }
                index_pending(db)
                update_stories(db, read=read)
            walls.append((time.perf_counter() - began) * 1000 / SIZE)
            cpus.append((time.process_time() - used) * 1000 / SIZE)
        print(
            f"insert, ms an article: p50 {statistics.median(walls):.2f}, mean {statistics.mean(walls):.2f},"
            f" max {max(walls):.2f}; CPU p50 {statistics.median(cpus):.2f}, mean {statistics.mean(cpus):.2f},"
            f" max {max(cpus):.2f}"
        )
        learned = [_time_learning(archive, texts, f"{LINE} {'Twice. ' * n}".strip()) for n in range(3)]
        print(f"learning a line, ms: {', '.join(f'{took:.0f}' for took in learned)} (largest source)")
        db.execute(
            "PRAGMA foreign_keys = OFF"
        )  # `outcomes.article_id` has no index: each check would read all of them
        with db.atomic():
            _remove_line(archive)
            db.execute("DELETE FROM _boilerplate_lines WHERE article_id > ?", [articles])
            db.execute("DELETE FROM articles WHERE id > ?", [articles])
        with db.atomic():
            update_stories(db)


def _merge_segments(archive: Archive) -> None:
    """Merge the segments of the search index into one.

    The build leaves large ones at the lowest level, where the next few batches would merge them: seconds of CPU that no
    archive spends which grew article by article.
    """
    before = -1
    while archive.db.conn.total_changes - before > 1:  # so the documentation of FTS5 tells the end
        before = archive.db.conn.total_changes
        archive.db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('merge', ?)", [-PAGES])


def _remove_line(archive: Archive) -> None:
    archive.db.execute("DELETE FROM boilerplate WHERE text LIKE ?", [f"{LINE}%"])


def make_texts(articles: int) -> Iterator[tuple[int, str]]:
    """Numbers of new articles and texts for them."""
    texts, chance = Texts(20_000), random.Random(articles)
    number = articles
    while True:
        number += 1
        yield number, texts.write(chance, 380)


def _insert(archive: Archive, number: int, text: str) -> int:
    at = END.isoformat()
    return insert_article(
        archive.db,
        {
            "source_id": SOURCE,
            "url": f"https://www.{SOURCE}.example/new/{number}",
            "title": text[:60],
            "standfirst": text[60:160],
            "authors": json.dumps(["Greta Selsel"]),
            "published_at": at,
            "section": "Politics",
            "language": "en",
            "text": text,
            "word_count": 380,
            "first_seen_at": at,
            "checked_at": at,
            "content_hash": tokens.content_hash("", "", text),
            "extractor": "0.1.0/28",
        },
        index_later=True,
    )


def _time_learning(archive: Archive, texts: Iterator[tuple[int, str]], line: str) -> float:
    """Milliseconds of the `learn` that recognises a line on the pages of a source."""
    for number, text in texts:
        with archive.db.atomic():
            whole = f"{text}\n\n{line}"
            article = _insert(archive, number, whole)
            began = time.perf_counter()
            cleaned = archive.boilerplate.learn(SOURCE, article, whole, END.isoformat())
            index_pending(archive.db)
            if cleaned:
                return (time.perf_counter() - began) * 1000
    raise AssertionError

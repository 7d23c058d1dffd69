"""Manifests of made-up archives: what a crawl's end costs, how it grows with the archive, bytes an article, and `verify`.

python -m bench manifests [--articles N] [--added N]

An archive of N articles has its first manifests made, then those of a crawl that added a few; the same for a tenth of N. No
record is read: their digests are noted as a crawl notes them.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.harness import argument_parser
from pipelines.archive.admin.manifests import add_manifests
from pipelines.archive.admin.verify_manifests import check_manifests
from pipelines.archive.database import Archive
from pipelines.archive.manifest_tables import note_article, note_capture, note_everything
from tests.archives import build


class Cost(NamedTuple):
    """Seconds of CPU; `size` in bytes."""

    articles: int
    first: float
    leaves: int
    size: int
    added: float
    verified: float


def main() -> None:
    parser = argument_parser("bench.manifests", __doc__)
    parser.add_argument("--articles", type=int, default=100_000, metavar="N", help="articles of the archive")
    parser.add_argument("--added", type=int, default=500, metavar="N", help="articles of the crawl after it")
    options = parser.parse_args()
    costs = []
    for articles in (options.articles // 10, options.articles):
        with tempfile.TemporaryDirectory() as folder:
            costs.append(_measure(Path(folder) / "archive.db", articles, options.added))
    print(
        f"{'articles':>9} {'first':>8} {'µs/leaf':>8} {'B/article':>9} {'crawl':>8} {'ms/new':>7} {'verify':>8}"
    )
    for cost in costs:
        print(
            f"{cost.articles:9,} {cost.first:7.2f}s {cost.first / cost.leaves * 1e6:8.1f} {cost.size / cost.articles:9.0f}"
            f" {cost.added:7.3f}s {cost.added / options.added * 1e3:7.3f} {cost.verified:7.2f}s"
        )
    print(
        f"ten times the articles: the first manifests cost {costs[1].first / costs[0].first:.1f} times as much, those of a crawl"
        f" that adds {options.added} articles {costs[1].added / costs[0].added:.2f} times"
    )


def _measure(path: Path, articles: int, added: int) -> Cost:
    build(path, articles)
    with Archive(path) as archive:
        db = archive.db
        with db.atomic():
            note_everything(db)
            db.conn.create_function(
                "digest_of_number", 1, lambda n: hashlib.sha256(str(n).encode()).hexdigest()
            )
            db.execute(
                "UPDATE _manifest_pending SET digest = digest_of_number(row_id) WHERE kind = 'capture'"
            )
        before = _size(archive)
        began = time.process_time()
        made = add_manifests(archive, "crawl")
        first = time.process_time() - began
        leaves = sum(manifest.leaves for manifest in made)
        size = _size(archive) - before
        with db.atomic():
            for number in range(1, added + 1):
                db.execute("UPDATE articles SET title = title || ' (2)' WHERE id = ?", [number])
                note_article(db, number)
                note_capture(db, number, hashlib.sha256(f"{number} again".encode()).hexdigest())
        began = time.process_time()
        add_manifests(archive, "crawl")
        second = time.process_time() - began
        began = time.process_time()
        check_manifests(db, path, path.parent / "warc")
        verified = time.process_time() - began
    return Cost(articles, first, leaves, size, second, verified)


def _size(archive: Archive) -> int:
    """Bytes of the database in use."""
    pages, free, size = (
        archive.db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)

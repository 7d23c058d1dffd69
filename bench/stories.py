"""Do stories find rewritten texts, and only those? Precision, recall, milliseconds and bytes an article.

python -m bench stories ARCHIVE [--pairs N]

Takes the texts of an archive and rewrites them by rule: cut by 20 to 60 %, another headline and lead, paragraphs of others
added, one word in twenty changed, another agency line and end. Recall is the share of rewritten texts that are linked with
their original. Precision: the links between the archive's own articles are listed, to be read. `jaccard` is what MinHash would
find at best: the share of rewrites with so much of both texts together in common.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.harness import argument_parser
from pipelines.archive.database import Archive
from pipelines.archive.tables.stories import update_stories
from pipelines.decisions.stories import read_runs

WORDS = 150
"""Words of a text at least to be rewritten."""

KINDS = ("cut", "another lead", "paragraphs added", "house style", "own end")


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--pairs", type=int, default=500, metavar="N")
    options = parser.parse_args()
    with closing(sqlite3.connect(f"{options.archive.absolute().as_uri()}?mode=ro", uri=True)) as db:
        texts = [
            row[0]
            for row in db.execute(
                "SELECT text FROM articles WHERE word_count >= ? AND duplicate_of IS NULL"
                " AND length(text) - length(replace(text, char(10), '')) > 4 ORDER BY url",
                [WORDS],
            )
        ]
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder) / "archive.db", texts, options.pairs)


def rewrite(kind: str, text: str, other: str, chance: random.Random) -> str:
    """A text as another paper might print it."""
    blocks, others = ([line for line in t.split("\n") if line.strip()] for t in (text, other))
    kept = max(1, round(len(blocks) * chance.uniform(0.4, 0.8)))
    if kind == "cut":
        return "\n\n".join(blocks[:kept])
    if kind == "another lead":
        return "\n\n".join([others[0], *blocks[1 : kept + 1]])
    if kind == "paragraphs added":
        half = len(blocks) // 2
        return "\n\n".join([*blocks[:half], *others[1 : 1 + max(1, half)], *blocks[half:]])
    if kind == "house style":
        return " ".join(word if chance.random() > 0.05 else f"{word}s" for word in text.split())
    return "\n\n".join([f"(AP) {blocks[0]}", *blocks[1:kept], *others[:2]])


def _measure(path: Path, texts: list[str], pairs: int) -> None:
    chance = random.Random(1)
    rewritten = []
    for number in range(pairs):
        at, kind = chance.randrange(len(texts)), KINDS[number % len(KINDS)]
        rewritten.append((at, kind, rewrite(kind, texts[at], chance.choice(texts), chance)))
    with Archive(path) as archive:
        archive.sources.save(
            [{"id": "x", "name": "x", "home": "http://x.example/", "language": None, "country": None}],
            "2026-11-20",
        )
        size = _size(archive)
        with archive.db.atomic():
            for number, text in enumerate([*texts, *(text for *_, text in rewritten)]):
                archive.db.execute(
                    "INSERT INTO articles (source_id, url, text, word_count, first_seen_at, checked_at, content_hash,"
                    " extractor) VALUES ('x', ?, ?, 0, '2026-11-20', '2026-11-20', ?, 'x')",
                    [str(number), text, str(number)],
                )
        before = _size(archive)
        begin = time.process_time()
        with archive.db.atomic():
            while update_stories(archive.db):
                pass
        spent = time.process_time() - begin
        count = len(texts) + len(rewritten)
        print(
            f"{count} articles, {1000 * spent / count:.2f} ms of CPU and {(_size(archive) - before) / count:.0f} bytes each "
            f"(the articles themselves {(before - size) / count:.0f})"
        )
        links = set(archive.db.execute("SELECT article_id - 1, other_id - 1 FROM _story_links").fetchall())
    _report(texts, rewritten, links)


def _size(archive: Archive) -> int:
    return int(archive.db.execute("PRAGMA page_count").fetchone()[0]) * 4096


def _report(texts: list[str], rewritten: list[tuple[int, str, str]], links: set[tuple[int, int]]) -> None:
    for kind in KINDS:
        of_kind = [(at, n, text) for n, (at, which, text) in enumerate(rewritten) if which == kind]
        found = sum((at, len(texts) + n) in links for at, n, _ in of_kind)
        likes = [_jaccard(texts[at], text) for at, _, text in of_kind]
        shares = ", ".join(f">= {x}: {sum(like >= x for like in likes) / len(likes):.3f}" for x in (0.5, 0.7))
        print(f"{kind:17} recall {found / len(of_kind):.3f} of {len(of_kind)}   jaccard {shares}")
    own = sorted((a, b) for a, b in links if a < b < len(texts))
    print(f"links between the archive's own articles: {len(own)}")
    for a, b in own:
        print(f"  {texts[a][:70]!r}\n  {texts[b][:70]!r}\n")


def _jaccard(one: str, other: str) -> float:
    first, second = read_runs(one), read_runs(other)
    return len(first & second) / max(1, len(first | second))


if __name__ == "__main__":
    main()

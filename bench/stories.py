"""Do stories find rewritten texts, and only those? Precision and recall of pairs, orders of arrival, milliseconds and bytes an article.

python -m bench stories TEXTS [--pairs N] [--orders N] [--common N]

TEXTS is an archive, or JSON lines with a `text` each. Half of the texts are articles, each with five rewrites by rule: cut by 20 to
60 %; another headline's lead and cut; paragraphs of others added; one word in twenty changed; another agency line and end. What is
added comes from the other half, which are no articles. A pair is two articles of one story; it is right when both come from one text.
Texts that share a story without a rewrite are listed, to be read: agency copy among the texts themselves.

`--orders` puts the articles in so many other orders, in batches of any size, and compares the stories. `--common` lowers the number of
articles from which a run of words is a form of words, so that it matters in this small set.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import closing
from itertools import combinations, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.harness import argument_parser
from pipelines.archive.database import Archive
from pipelines.archive.tables import stories
from pipelines.decisions.stories import find_fingerprints

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = 150
"""Words of a text at least to be rewritten."""

KINDS = ("original", "cut", "another lead", "paragraphs added", "house style", "own end")
STOP_WORDS = {"en": {"the", "of", "and"}, "de": {"der", "die", "und"}}
AGENCIES = ("(AP)", "(Reuters)", "(dpa)", "(AFP)")


class Copy(NamedTuple):
    """An article of the labelled set: the number of the text it comes from, how it was rewritten, its language and text."""

    origin: int
    kind: str
    language: str
    text: str


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument(
        "--pairs", type=int, default=300, metavar="N", help="texts that are rewritten at most"
    )
    parser.add_argument("--orders", type=int, default=3, metavar="N")
    parser.add_argument("--common", type=int, metavar="N")
    options = parser.parse_args()
    if options.common:
        vars(stories)["COMMON"] = options.common
    copies = make_set(read_texts(options.texts), options.pairs)
    with tempfile.TemporaryDirectory() as folder:
        told = tell(Path(folder) / "archive.db", copies, None)
        _report(copies, told)
        same = sum(
            tell(Path(folder) / f"{seed}.db", copies, seed) == told for seed in range(1, options.orders + 1)
        )
        print(f"the same stories in {same} of {options.orders} other orders of arrival")


def read_texts(path: Path) -> list[str]:
    """The texts of an archive or of JSON lines, without copies, that are long enough and have paragraphs."""
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as lines:
            found = [json.loads(line).get("text") or "" for line in lines]
    else:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            found = [row[0] for row in db.execute("SELECT text FROM articles ORDER BY url")]
    return [
        text for text in dict.fromkeys(found) if len(text.split()) >= WORDS and len(_split_blocks(text)) > 4
    ]


def make_set(texts: list[str], most: int) -> list[Copy]:
    """Half of the texts and all their rewrites; the other half gives what is added to these."""
    chance = random.Random(1)
    shuffled = chance.sample(texts, len(texts))
    donors = iter(
        dict.fromkeys(block for text in shuffled[len(texts) // 2 :] for block in _split_blocks(text))
    )
    copies = []
    for origin, text in enumerate(shuffled[: min(most, len(texts) // 2)]):
        language = guess_language(text)
        copies.append(Copy(origin, KINDS[0], language, text))
        copies += [Copy(origin, kind, language, rewrite(kind, text, donors, chance)) for kind in KINDS[1:]]
    return copies


def rewrite(kind: str, text: str, donors: Iterator[str], chance: random.Random) -> str:
    """A text as another paper might print it. Each paragraph of `donors` is used once: two that share one would share text."""
    blocks = _split_blocks(text)
    kept = max(1, round(len(blocks) * chance.uniform(0.4, 0.8)))
    if kind == "cut":
        return "\n\n".join(blocks[:kept])
    if kind == "another lead":
        return "\n\n".join([*islice(donors, 1), *blocks[1 : kept + 1]])
    if kind == "paragraphs added":
        half = len(blocks) // 2
        return "\n\n".join([*blocks[:half], *islice(donors, max(1, half)), *blocks[half:]])
    if kind == "house style":
        return "\n\n".join(
            " ".join(word if chance.random() > 0.05 else f"{word}s" for word in block.split())
            for block in blocks
        )
    return "\n\n".join([f"{chance.choice(AGENCIES)} {blocks[0]}", *blocks[1:kept], *islice(donors, 2)])


def guess_language(text: str) -> str:
    words = Counter(text.lower().split())
    counts = {name: sum(words[word] for word in stop) for name, stop in STOP_WORDS.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] > len(text.split()) / 40 else "other"


def tell(path: Path, copies: list[Copy], seed: int | None) -> set[frozenset[int]]:
    """The stories of all copies, by their numbers; with a seed they come in another order and in other batches."""
    order = list(range(len(copies)))
    chance = random.Random(seed)
    if seed is not None:
        chance.shuffle(order)
    with Archive(path) as archive:
        source = {"id": "x", "name": "x", "home": "http://x.example/", "language": None, "country": None}
        archive.sources.save([source], "2026-11-20")
        spent = 0.0
        while order:
            size = 500 if seed is None else chance.choice((1, 50, 500))
            batch, order = order[:size], order[size:]
            with archive.db.atomic():
                for number in batch:
                    archive.db.execute(
                        "INSERT INTO articles (source_id, url, text, word_count, first_seen_at, checked_at, content_hash,"
                        " extractor) VALUES ('x', ?, ?, 0, '2026-11-20', '2026-11-20', ?, 'x')",
                        [str(number), copies[number].text, str(number)],
                    )
                begin = time.process_time()
                stories.update_stories(archive.db)
                spent += time.process_time() - begin
        if seed is None:
            _print_cost(archive, len(copies), spent)
        found = defaultdict(set)
        for story, url in archive.db.execute("SELECT story_id, url FROM articles WHERE story_id IS NOT NULL"):
            found[story].add(int(url))
    return {frozenset(one) for one in found.values()}


def _print_cost(archive: Archive, count: int, spent: float) -> None:
    size = archive.db.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '_stor%'").fetchone()[0]
    links = archive.db.execute("SELECT count(*) FROM _story_links").fetchone()[0]
    print(
        f"{count} articles: {1000 * spent / count:.2f} ms of CPU and {size / count:.0f} bytes each, {links / count:.1f} links"
    )


def _report(copies: list[Copy], told: set[frozenset[int]]) -> None:
    """Precision and recall of pairs, by language and by how the text was rewritten."""
    story_of = {number: story for story in told for number in story}
    families = defaultdict(list)
    for number, copy in enumerate(copies):
        families[copy.origin].append(number)
    wrong = {pair for story in told for pair in combinations(sorted(story), 2)} - {
        pair for family in families.values() for pair in combinations(family, 2)
    }
    found = Counter[str]()
    wanted = Counter[str]()
    for family in families.values():
        for one, other in combinations(family, 2):
            names = {"all", f"in {copies[one].language}"}
            if copies[one].kind == KINDS[0]:
                names.add(f"original and {copies[other].kind}")
            wanted.update(names)
            if other in story_of.get(one, ()):
                found.update(names)
    for name in sorted(wanted):
        print(f"{name:32} recall {found[name] / wanted[name]:.4f} of {wanted[name]} pairs")
    right = found["all"]
    print(f"{'all':32} precision {right / max(1, right + len(wrong)):.4f}, {len(wrong)} pairs of two texts")
    for one, other in sorted({(copies[a].origin, copies[b].origin) for a, b in wrong}):
        shown = [copies[families[origin][0]].text[:70] for origin in (one, other)]
        common = set(find_fingerprints(copies[families[one][0]].text)) & set(
            find_fingerprints(copies[families[other][0]].text)
        )
        print(f"  {shown[0]!r}\n  {shown[1]!r}  ({len(common)} fingerprints in common)")


def _split_blocks(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


if __name__ == "__main__":
    main()

"""Stories of merged archives: those that the shards had found are taken over, and come out as if all were told anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive import tables
from pipelines.archive.admin.erase import erase
from pipelines.archive.database import Archive
from pipelines.archive.merge import stories as merging
from pipelines.archive.merge.merge import merge
from pipelines.archive.tables.stories import update_stories
from tests.archives import build
from tests.stories import NOW, add_article, make_text

if TYPE_CHECKING:
    from pathlib import Path

ARTICLES = 60
EVERY = 1 << 40


def read_stories(archive: Path) -> tuple[list[Any], ...]:
    with closing(sqlite3.connect(archive)) as db:
        return tuple(
            db.execute(sql).fetchall()
            for sql in (
                "SELECT * FROM _story_links ORDER BY 1, 2",
                "SELECT id, story_id FROM articles ORDER BY 1",
                "SELECT * FROM _story_texts ORDER BY 1",
                "SELECT * FROM _story_fingerprints ORDER BY 1, 2",
                "SELECT * FROM _story_pending",
            )
        )


def tell_anew(archive: Path) -> None:
    with Archive(archive) as opened, opened.db.atomic():
        for table in ("_story_links", "_story_texts", "_story_fingerprints", "_story_pending"):
            opened.db.execute(f"DELETE FROM {table}")
        opened.db.execute("UPDATE articles SET story_id = NULL")
        stories_of_all = "INSERT OR IGNORE INTO _story_pending SELECT id FROM articles"
        opened.db.execute(stories_of_all)
        update_stories(opened.db, EVERY)


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Two archives with stories within each, and some over both: the second has texts of the first, on the same day."""
    paths = [build(tmp_path / f"shard{n}.db", ARTICLES, seed=n + 1, days=20) for n in range(2)]
    with closing(sqlite3.connect(paths[0])) as db:
        texts = db.execute(
            "SELECT id, text, published_at, language FROM articles ORDER BY length(text) DESC LIMIT 8"
        ).fetchall()
    for n, path in enumerate(paths):
        with closing(sqlite3.connect(path)) as db, db:
            for place, (number, text, at, language) in enumerate(texts):
                others = [number + 1] if n == 0 and place < 4 else [number] if n else []
                for other in others:
                    db.execute(
                        "UPDATE articles SET text = ? || ' One more word.', published_at = ?, language = ? WHERE id = ?",
                        [text, at, language, min(other, ARTICLES)],
                    )
        with Archive(path) as archive, archive.db.atomic():
            update_stories(archive.db, EVERY if n else ARTICLES // 2)  # of the first some still wait
    return paths


def test_they_are_as_if_told_anew(
    shards: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[int] = []
    told = merging.update_stories

    def count(*arguments: Any, **named: Any) -> int:
        looked_at.append(told(*arguments, **named))
        return looked_at[-1]

    monkeypatch.setattr(merging, "update_stories", count)
    target = tmp_path / "archive.db"
    result = CliRunner().invoke(cli, ["merge", *map(str, shards), "--into", str(target)])
    assert result.exit_code in (0, 1), result.output  # their WARC files are made up
    found = read_stories(target)
    assert len(found[0]) > 8
    with closing(sqlite3.connect(target)) as db:
        both = "SELECT count(*) FROM _story_links WHERE article_id <= ? AND other_id > ?"
        assert db.execute(both, [ARTICLES, ARTICLES]).fetchone()[0] > 2
    assert sum(looked_at) < 2 * ARTICLES
    tell_anew(target)
    assert read_stories(target) == found


FRAME = make_text("en", 20, 4)
CROWD = {  # daily reports in one frame, each with a text of its own of the same length; some are printed twice
    f"https://daily.example/{n}{again}": f"{FRAME}\n\n{make_text('en', 30 + n, 4)}"
    for n in range(8)
    for again in ("", "-again")[: 1 + n % 2]
}


def make_crowd(path: Path, urls: list[str]) -> Archive:
    archive = Archive(path)
    archive.sources.save(
        [{"id": "daily", "name": "D", "home": "https://daily.example/", "language": "en", "country": None}],
        NOW,
    )
    with archive.db.atomic():
        for url in urls:
            add_article(archive, url, CROWD[url])
        update_stories(archive.db)
    return archive


@pytest.mark.parametrize(
    ("ours", "theirs", "forgotten", "common"),
    [
        (range(6), range(6, 12), 0, 8),  # too often in both together
        (range(8), range(8, 12), 0, 5),  # in the target, and not in the shard
        (range(3), range(3, 12), 0, 7),  # in the shard, and not in the target
        (range(4), range(9), 4, 7),  # in the shard, without what the target has forgotten no more
        (range(6), range(4, 9), 0, 7),  # both have two of them
    ],
)
def test_a_form_of_words_that_becomes_common_or_rare_by_a_merge(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ours: range,
    theirs: range,
    forgotten: int,
    common: int,
) -> None:
    for module in (merging, tables.stories):
        monkeypatch.setattr(module, "COMMON", common)
    urls, shard, target = list(CROWD), tmp_path / "shard.db", tmp_path / "target.db"
    make_crowd(shard, [urls[n] for n in theirs]).close()
    with make_crowd(target, [urls[n] for n in ours]) as archive:
        for url in urls[:forgotten]:
            erase(archive, url)
        merge(archive, shard, {})
    found = read_stories(target)
    tell_anew(target)
    assert read_stories(target) == found

"""Stories: which articles carry the same text is found whatever the order, and follows every change of the texts."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from pipelines.archive import tables
from pipelines.archive.admin.erase import erase
from pipelines.archive.database import Archive
from pipelines.archive.tables.facets import update_article
from pipelines.archive.tables.stories import ReadText, update_stories
from pipelines.decisions.stories import find_fingerprints, shares_text
from tests.stories import NOW, TEXT, add_article, make_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WIRE = TEXT
BLOCKS = WIRE.split("\n\n")
OTHER = make_text("de", 2).split("\n\n")
REWRITES = {
    "the same": WIRE,
    "cut at the end": "\n\n".join(BLOCKS[:4]),
    "another lead": "\n\n".join([OTHER[0], *BLOCKS[1:6]]),
    "paragraphs added": "\n\n".join([*BLOCKS[:4], *OTHER[6:8], *BLOCKS[4:]]),
    "house style": " ".join(
        word.upper() if n % 15 == 0 else word for n, word in enumerate(WIRE.split())
    ).replace("per cent", "%"),
    "its own end": "\n\n".join([*BLOCKS[:5], OTHER[3]]),
}


@pytest.mark.parametrize("rewritten", REWRITES.values(), ids=REWRITES)
def test_a_rewritten_text_is_the_same_story(rewritten: str) -> None:
    assert shares_text(WIRE, rewritten)
    assert len(set(find_fingerprints(WIRE)) & set(find_fingerprints(rewritten))) >= 3


@pytest.mark.parametrize("language", ["ja", "ko", "th", "de"])
def test_a_cut_text_of_another_script_is_the_same_story(language: str) -> None:
    whole = make_text(language, 1, 8)
    assert shares_text(whole, "\n\n".join(whole.split("\n\n")[:4]))
    assert not shares_text(make_text("fr", 5), whole)


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(OTHER),
        "\n\n".join([*OTHER[:7], BLOCKS[0]]),  # one paragraph in common: a quotation
        "Correction: the ferry sails at nine, not at ten. We regret the error.",
        "",
    ],
)
def test_another_text_and_a_notice_of_two_lines_are_no_story_of_it(text: str) -> None:
    assert not shares_text(WIRE, text)


# --- in an archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        for name in ("daily", "evening", "weekly"):
            home = f"https://{name}.example/"
            opened.sources.save(
                [{"id": name, "name": name, "home": home, "language": "en", "country": None}], NOW
            )
        yield opened


def stories(archive: Archive) -> list[list[str]]:
    """The URLs of each story."""
    sql = "SELECT group_concat(url, ' ') FROM (SELECT story_id, url FROM articles WHERE story_id NOT NULL ORDER BY url) GROUP BY story_id"
    return sorted(sorted(row[0].split()) for row in archive.db.execute(sql))


ARTICLES = [
    *((name.replace(" ", "-"), text) for name, text in REWRITES.items()),
    ("other", "\n\n".join(OTHER)),
    ("other-cut", "\n\n".join(OTHER[:5])),
    ("alone", make_text("en", 9)),
    ("notice", "Correction: the ferry sails at nine."),
]
WANTED = sorted([sorted(name.replace(" ", "-") for name in REWRITES), ["other", "other-cut"]])


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_arrival_and_the_batches_make_no_difference(archive: Archive, seed: int) -> None:
    chance = random.Random(seed)
    with archive.db.atomic():
        for url, text in chance.sample(ARTICLES, len(ARTICLES)):
            add_article(archive, url, text)
            if chance.random() < 0.5:
                update_stories(archive.db, most=chance.choice((1, 500)))
        while update_stories(archive.db, most=3):
            pass
    assert stories(archive) == WANTED
    ids = archive.rows("SELECT story_id, min(id) AS first FROM articles WHERE story_id NOT NULL GROUP BY 1")
    assert all(row["story_id"] == row["first"] for row in ids)


FRAME = make_text("en", 20, 4)
CROWD = [  # daily reports in one frame, each with a text of its own of the same length; one of them is printed twice
    *((f"report-{n}", f"{FRAME}\n\n{make_text('en', 30 + n, 4)}") for n in range(7)),
    ("report-3-again", f"{FRAME}\n\n{make_text('en', 33, 4)}"),
]


@pytest.mark.parametrize(("common", "in_stories"), [(7, 2), (8, 8)])
def test_a_form_of_words_is_told_from_a_story_whatever_the_order(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, common: int, in_stories: int
) -> None:
    """The frame finds articles until too many have it, and then none, also not those that came first."""
    monkeypatch.setattr(tables.stories, "COMMON", common)
    for seed in range(6):
        chance = random.Random(seed)
        with archive.db.atomic():
            archive.db.execute("DELETE FROM articles")
            for url, text in chance.sample(CROWD, len(CROWD)):
                add_article(archive, url, text)
                if chance.random() < 0.5:
                    update_stories(archive.db, most=chance.choice((1, 500)))
            while update_stories(archive.db, most=3):
                pass
        assert [len(story) for story in stories(archive)] == [in_stories]


def test_a_form_of_words_tells_stories_again_when_fewer_have_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables.stories, "COMMON", 7)
    with archive.db.atomic():
        for url, text in CROWD:
            add_article(archive, url, text)
        update_stories(archive.db)
        assert stories(archive) == [["report-3", "report-3-again"]]
        archive.db.execute("DELETE FROM articles WHERE url = 'report-3'")
        update_stories(archive.db)
    assert [len(story) for story in stories(archive)] == [7]


def test_a_later_retelling_is_another_story(archive: Archive) -> None:
    with archive.db.atomic():
        add_article(archive, "now", WIRE)
        add_article(archive, "same-week", WIRE, "2026-11-26T09:00:00+00:00")
        add_article(archive, "next-month", WIRE, "2026-12-20T09:00:00+00:00")
        update_stories(archive.db)
    assert stories(archive) == [["now", "same-week"]]


def test_a_story_follows_what_its_articles_become(archive: Archive) -> None:
    with archive.db.atomic():
        ids = [
            add_article(archive, name, text)
            for name, text in (("a", BLOCKS[:4]), ("b", BLOCKS), ("c", BLOCKS[4:]))
            for text in ["\n\n".join(text)]
        ]
        update_stories(archive.db)
        assert stories(archive) == [["a", "b", "c"]]  # b joins a and c, which share nothing
        update_article(archive.db, ids[1], {"text": "\n\n".join(OTHER)})
        update_stories(archive.db)
        assert stories(archive) == []
        archive.db.execute(
            "UPDATE articles SET text = ? WHERE id = ?", [WIRE, ids[1]]
        )  # plain SQL, as a person may
        update_stories(archive.db)
        assert stories(archive) == [["a", "b", "c"]]
        archive.db.execute("UPDATE articles SET duplicate_of = ? WHERE id = ?", [ids[1], ids[0]])
        update_stories(archive.db)
        assert stories(archive) == [["b", "c"]]


def test_fingerprints_found_elsewhere_hold_for_that_text_alone(archive: Archive) -> None:
    """A worker finds them in the text as extracted; site memory may have shortened what is stored."""
    with archive.db.atomic():
        ids = [add_article(archive, name, WIRE) for name in ("a", "b", "c")]
        read = {ids[0]: ReadText(WIRE, (1, 2)), ids[1]: ReadText(f"{WIRE}\n\nmore", (3, 4))}
        update_stories(archive.db, read=read)
    held = archive.rows(
        "SELECT article_id, count(*) AS hashes FROM _story_fingerprints GROUP BY 1 ORDER BY 1"
    )
    whole = len(find_fingerprints(WIRE))
    assert [row["hashes"] for row in held] == [2, whole, whole]
    assert stories(archive) == [["b", "c"]]


def test_of_a_forgotten_article_no_fingerprint_stays(archive: Archive) -> None:
    with archive.db.atomic():
        add_article(archive, "https://daily.example/a", WIRE)
        add_article(archive, "https://evening.example/b", WIRE, source="evening")
        update_stories(archive.db)
    erase(archive, "https://daily.example/a")
    assert stories(archive) == []
    assert archive.rows("SELECT DISTINCT article_id FROM _story_fingerprints") == [{"article_id": 2}]
    assert archive.rows("SELECT * FROM _story_links") == []
    assert archive.rows("SELECT story_id FROM articles") == [{"story_id": None}]


def test_fingerprints_of_a_run_do_not_hang_on_what_is_around_it() -> None:
    parts = [find_fingerprints("\n\n".join(blocks)) for blocks in (BLOCKS[2:6], BLOCKS[:8])]
    assert set(parts[0]) <= set(parts[1])
    assert all(small < large for small, large in pairwise(parts[1]))

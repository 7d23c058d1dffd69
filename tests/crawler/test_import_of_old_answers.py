"""Answers of long ago in an imported WARC file: they count from the time at which they were given, and newer ones hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.records import FoundUrl, Task, UrlResult
from pipelines.archive.writer import Writer
from pipelines.items import Hints, Outcome
from pipelines.urls import normalize
from tests.crawler.test_replay import Foreign, story, take_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk

SITE = "http://paper.example/"
KEPT, LEFT, BACK = SITE + "kept", SITE + "left", SITE + "back"
LISTED, MISSED = SITE + "listed", SITE + "missed"
OF_2019, OF_2021, OF_2023, OF_2025 = (f"{year}-05-01T09:00:00Z" for year in (2019, 2021, 2023, 2025))
FOUND_AT = "2024-05-01T09:00:00.000+00:00"
SOURCE = {"id": "paper", "name": "Paper", "home": SITE, "language": None, "country": None}
MISSING = "404 Not Found"


def write_files(folder: Path) -> list[Path]:
    """Files in the order in which they are imported: the older one last."""
    newer = Foreign().add(KEPT, story(1), date=OF_2023).add(BACK, story(3), date=OF_2021)
    newer.add(LEFT, story(2), date=OF_2021).add(LEFT, b"no", status=MISSING, date=OF_2023)
    older = Foreign().add(KEPT, b"no", status=MISSING, date=OF_2019).add(LEFT, story(2), date=OF_2019)
    older.add(BACK, b"no", status=MISSING, date=OF_2023).add(BACK, story(3), date=OF_2025)
    older.add(MISSED, story(4), date=OF_2021)
    older.add(LISTED, b"no", status=MISSING, date=OF_2019)
    files = [folder / "newer.warc.gz", folder / "older.warc.gz"]
    for file, made in zip(files, (newer, older), strict=True):
        file.write_bytes(made.data)
    return files


@pytest.fixture
def imported(desk: Desk) -> Desk:
    """An archive with one URL due and another that a crawl found missing; it takes both files in."""
    with Archive(desk.folder / "taken.db") as archive:
        archive.sources.save([SOURCE], FOUND_AT)
        found = [FoundUrl(url, normalize.key(url), Hints(via="feed"), 1) for url in (LISTED, MISSED)]
        archive.frontier.add("paper", found, FOUND_AT, FOUND_AT)
        crawl_id = archive.crawls.start(FOUND_AT, ["paper"], 2, "crawl", "0")
        [row] = archive.rows("SELECT id FROM urls WHERE url = ?", [MISSED])
        task = Task(row["id"], "paper", MISSED, Hints(via="feed"), found_at=FOUND_AT)
        writer = Writer(archive, crawl_id, FOUND_AT)
        writer.add(UrlResult(task, FOUND_AT, Outcome.GONE, "answered 404"))
        writer.flush()
    assert take_in(desk, *write_files(desk.folder)).code == 0
    desk.archive = desk.folder / "taken.db"
    return desk


def test_an_answer_of_long_ago_counts_from_its_own_time(imported: Desk) -> None:
    gone = {row["url"]: row["gone_at"] for row in imported.rows("SELECT url, gone_at FROM articles")}
    assert gone == {KEPT: None, LEFT: "2023-05-01T09:00:00.000+00:00", BACK: None, MISSED: FOUND_AT}
    changes = imported.rows(
        "SELECT url, kinds, seen_at FROM changes JOIN articles ON articles.id = article_id ORDER BY seen_at, url"
    )
    assert [(row["url"], row["kinds"], row["seen_at"][:4]) for row in changes] == [
        (BACK, "gone", "2023"),
        (LEFT, "gone", "2023"),
        (MISSED, "gone", "2024"),
        (BACK, "back", "2025"),
    ]
    reasons = imported.rows("SELECT outcome, reason FROM latest_outcomes WHERE url = ?", KEPT)
    assert reasons == [{"outcome": "new", "reason": None}]
    # What a listing named years later is still to be fetched.
    assert imported.rows("SELECT state, due_at FROM urls WHERE url = ?", LISTED) == [
        {"state": "due", "due_at": FOUND_AT}
    ]

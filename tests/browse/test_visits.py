"""What is new since a reader's last visit: said on the front page and beside a search, and shown."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from browse.visits import PAUSE, Visit, next_visit
from pipelines.archive.search.match import Filters
from pipelines.archive.search.search import search
from pipelines.archive.search.timeline import read_timeline
from tests.archives import NOW
from tests.reading_room import PLACE, made_up, page, said

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

HERE = 1_800_000_000


@pytest.mark.parametrize(
    ("cookie", "visit"),
    [
        ("", Visit(0, HERE)),
        (f"0.{HERE - 60}", Visit(0, HERE)),
        (f"0.{HERE - PAUSE - 1}", Visit(HERE - PAUSE - 1, HERE)),
        (f"{HERE - 90_000}.{HERE - 60}", Visit(HERE - 90_000, HERE)),
        (f"{HERE - 90_000}.{HERE - PAUSE - 1}", Visit(HERE - PAUSE - 1, HERE)),
        (f"0.{HERE + 60}", Visit(0, HERE)),
        (f"{HERE - 1}.{HERE - 2}", Visit(0, HERE)),
        ("١٢.٣٤", Visit(0, HERE)),
        ("-5.7", Visit(0, HERE)),
        ("9" * 30 + ".1", Visit(0, HERE)),
        ("<script>", Visit(0, HERE)),
    ],
)
def test_a_visit_ends_with_a_pause(cookie: str, visit: Visit) -> None:
    assert next_visit(cookie, HERE) == visit


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("visits"), 120)


async def test_pages_say_what_is_new_and_show_it(room: Datasette, archive: Path) -> None:
    first = await room.client.get("/")
    assert "since your last visit" not in first.text
    [(name, value)] = [(name, value) for name, value in first.cookies.items() if "visit" in name]
    assert value.startswith("0.")
    assert "HttpOnly" in first.headers["set-cookie"]
    before = int(NOW.timestamp()) - 10 * 86_400
    cookies = {name: f"0.{before}"}
    since = Visit(before, 0).since
    new = search(archive, "", Filters(archived_since=since), limit=500)
    assert 0 < new.total < 120
    assert {hit.first_seen_at > since for hit in new.hits} == {True}
    front = await room.client.get("/", cookies=cookies)
    assert f"{new.total} new articles</a> since your last visit" in front.text
    assert front.cookies[name].startswith(f"{before}.")
    assert int(front.cookies[name].partition(".")[2]) <= time.time()
    found = await room.client.get(f"{PLACE}/search?q=the", cookies=cookies)
    some = search(archive, "the", Filters(archived_since=since), limit=500).total
    assert 0 < some < new.total
    assert f"{some} new since your last visit" in found.text
    shown = await page(room, f"{PLACE}/search?q=the&archived=2026-11-10&sort=archived")
    assert "archived after 10 November 2026" in said(shown)
    total = search(archive, "the", Filters(archived_since="2026-11-10"), limit=1).total
    assert f"{total} articles" in said(shown.xpath("//p[@class='total']")[0])
    with closing(sqlite3.connect(archive)) as db:
        bars = read_timeline(db, "", Filters(archived_since=since), unit="month", shown=None).bars
    assert sum(bar.found for bar in bars) == new.total
    wrong = await page(room, f"{PLACE}/search?q=the&archived=soon")
    assert "soon" in said(wrong.xpath("//p[@class='problem']")[0])

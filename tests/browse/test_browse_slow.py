"""Pages of an archive too large for their time limit: they bound their work and say so, and quick pages find a thread."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from browse import context
from browse.context import find_archives
from browse.pages.coverage import shorten_span
from browse.params import CoverageParams
from tests.reading_room import PLACE, made_up, page, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from datasette.app import Datasette


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("slow"), articles=120)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may take long is interrupted by the time limit unless it is bounded."""
    read_or_bound = context.ArchiveContext.read_or_bound

    async def interrupted(
        self: context.ArchiveContext, query: Callable[[sqlite3.Connection, bool], object]
    ) -> object:
        def run(db: sqlite3.Connection, bounded: bool) -> object:
            if not bounded:
                raise sqlite3.OperationalError("interrupted")
            return query(db, bounded)

        return await read_or_bound(self, run)

    monkeypatch.setattr(context.ArchiveContext, "read_or_bound", interrupted)
    monkeypatch.setattr("browse.pages.search.LATEST", 50)
    for name in ("timeline", "compare", "words"):
        monkeypatch.setattr(f"browse.pages.{name}.LATEST", 50)


@pytest.mark.usefixtures("slow")
async def test_what_takes_too_long_is_bounded_and_says_so(room: Datasette) -> None:
    for path in (
        "search?q=the",
        "search?q=the&since=2000-01-01",
        "attention?q=the",
        "compare?q=the&q=council",
        "words?q=the",
    ):
        assert "Only the latest 50 articles" in said(await page(room, f"{PLACE}/{path}")), path
    assert "Only the latest 50" in (await room.client.get(f"{PLACE}/search.json?q=the")).json()["problem"]
    assert (await room.client.get(f"{PLACE}/search.atom?q=the")).status_code == 200
    for path in ("coverage?since=2000-01-01", "coverage/urls?since=2000-01-01"):
        tree = await page(room, f"{PLACE}/{path}")
        assert "These are the last 14 days" in said(tree), path
        assert tree.xpath("//input[@name='since']/@value") == ["2026-11-08"]
        assert tree.xpath("//tbody/tr")


async def test_too_wide_a_prefix_is_named_on_its_page(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("browse.pages.search.MOST_PAGES", 1)
    for name in ("timeline", "compare", "words"):
        monkeypatch.setattr(f"browse.pages.{name}.MOST_PAGES", 1)
    for path in ("search", "attention", "compare", "words"):
        assert "“t*” was left out" in said(await page(room, f"{PLACE}/{path}?q=t*"))


async def test_long_readings_leave_a_thread_to_others(room: Datasette) -> None:
    (found,) = await find_archives(room, _Request())  # type: ignore[arg-type]
    running: list[int] = []
    most: list[int] = []

    def query(db: sqlite3.Connection, bounded: bool) -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()

    await asyncio.gather(*(found.read_or_bound(query) for _ in range(8)))
    assert max(most) == room.setting("num_sql_threads") - 1


class _Request:
    actor = None


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2000-01-01", "2026-11-21", ("2026-11-08", "2026-11-21")),
        ("2026-11-15", "2026-11-16", ("2026-11-15", "2026-11-16")),
        ("2000-01-01", "2020-05-20", ("2020-05-07", "2020-05-20")),
        ("2000-01-01", "9999-12-31", ("2026-11-08", "2026-11-21")),
    ],
)
def test_the_last_days_of_a_span(since: str, until: str, expected: tuple[str, str]) -> None:
    shorter = shorten_span(CoverageParams(since, until, "", problem="Odd."), "2026-11-20")
    assert (shorter.since, shorter.until) == expected
    assert shorter.problem.startswith("Odd. These are the last 14 days")

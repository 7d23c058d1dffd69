"""The page of a source shows how far two extractors agree on its pages, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.archive.database import Archive
from pipelines.archive.tables.compared_pages import save_agreement
from tests.reading_room import in_process, page, said
from tests.stories import add_article, make_text

if TYPE_CHECKING:
    from pathlib import Path

DAYS = {"2026-11-20": (0.98, 0.97, 0.99), "2026-11-21": (0.96,), "2026-11-23": (0.41, 0.4)}


async def test_a_source_page_has_its_agreement_by_day(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.db") as archive:
        for name in ("daily", "weekly"):
            source = {"id": name, "name": name.title(), "home": f"https://{name}.example/"}
            archive.sources.save([source | {"language": "en", "country": None}], "2026-11-20T09:00:00+00:00")
        with archive.db.atomic():
            for number in range(1, 4):
                url = f"https://daily.example/{number}"
                add_article(archive, url, make_text("en", number), "2026-11-20T11:00:00+01:00")
            for day, agreements in DAYS.items():
                for number, agreement in enumerate(agreements, start=1):
                    save_agreement(archive.db, "daily", day, number, agreement)
    room = await in_process(tmp_path / "archive.db")
    tree = await page(room, "/-/clippings/archive/sources/daily")
    words = said(tree)
    assert "Read by two extractors" in words
    marks = [mark.text for mark in tree.findall(".//section[@aria-labelledby='agreement']//title")]
    assert marks == [
        "20 November 2026: 98 %, 3 pages",
        "21 November 2026: 96 %, 1 page",
        "23 November 2026: 40 %, 2 pages",
    ]
    assert "bottom 0 %, top 100 %" in words, "one day is below the half"
    assert "Read by two extractors" not in said(await page(room, "/-/clippings/archive/sources/weekly"))

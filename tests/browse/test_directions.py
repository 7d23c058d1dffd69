"""Texts of articles are set in their own direction, whatever stands beside them: an Arabic headline below a Latin name."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from tests.archives import build
from tests.reading_room import PLACE, in_process, make_changes_anew, page

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

TITLE, INTRO, AUTHOR, SECTION, TAG = "النفق الجديد", "هيئة الميناء تعلن", "ليلى حداد", "أخبار", "الميناء"
TEXT = "قالت الهيئة أمس.\n\n## الخطوة\n\n- مرحلة\n\n> كنت هناك\n\n! تصحيح"
PAGES = (
    "/",
    f"{PLACE}/search",
    f"{PLACE}/search?q={INTRO.split()[0]}&author={AUTHOR}&tag={TAG}&section={SECTION}",
    f"{PLACE}/article/1",
    f"{PLACE}/article/1?q={INTRO.split()[0]}",
    f"{PLACE}/article/1/changes",
    f"{PLACE}/article/1/changes?show=sides",
    f"{PLACE}/article/1/evidence",
    f"{PLACE}/article/1/evidence?from=1&to=2",
    f"{PLACE}/article/1/page",
    f"{PLACE}/article/1/story",
    f"{PLACE}/article/1/story/compare?from=1&to=2",
    f"{PLACE}/changes",
    f"{PLACE}/changes?kind=headline",
)


@pytest.fixture
async def room(tmp_path: Path) -> Datasette:
    """Articles in Arabic, of papers with Latin names, in a story and with a change."""
    path = build(tmp_path / "the clippings.db", 4)
    db = Database(path)
    for number in range(1, 5):
        values = {
            "source_id": "harbour-herald",
            "language": "ar",
            "title": TITLE,
            "standfirst": INTRO,
            "text": TEXT,
        }
        values |= {"authors": json.dumps([AUTHOR]), "tags": json.dumps([TAG]), "section": SECTION}
        values |= {
            "image_caption": INTRO,
            "image_credit": AUTHOR,
            "story_id": 1,
            "revision": 2,
            "duplicate_of": None,
        }
        db["articles"].update(number, values)
        db.execute("DELETE FROM revisions WHERE article_id = ?", [number])
        old = {
            "title": f"{TITLE} {AUTHOR}",
            "standfirst": AUTHOR,
            "text": f"{AUTHOR}\n\n{TEXT}",
            "content_hash": "1",
        }
        db["revisions"].insert(
            {"article_id": number, "number": 1, "seen_at": "2026-11-02T10:00:00+00:00", **old}
        )
    make_changes_anew(db)
    db.close()
    return await in_process(path)


async def test_arabic_is_set_from_right_to_left(room: Datasette) -> None:
    found, wrong = {}, []
    for path in PAGES:
        texts = [text for text in (await page(room, path)).xpath("//main//text()") if begins_arabic(text)]
        found[path] = len(texts)
        wrong += [(path, text.getparent().tag, str(text)) for text in texts if not _is_set_well(text)]
    assert all(found.values()), found
    assert not wrong


def begins_arabic(text: str) -> bool:
    """Whether the first letter of the text is one that is read from right to left, as `dir="auto"` looks at it."""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "") in ("R", "AL")


def _is_set_well(text: Any) -> bool:
    """Whether what sets the text's direction begins with Arabic too. Choices of a form show one line of text each.

    `dir="auto"` looks past elements within that have a direction of their own.
    """
    around = text.getparent() if not text.is_tail else text.getparent().getparent()
    setting = around.xpath("ancestor-or-self::*[@dir or self::bdi or self::option][1]")
    if not setting:
        return False
    own = setting[0].xpath(
        ".//text()[count(ancestor::*[@dir or self::bdi]) = $depth]", depth=_depth(setting[0])
    )
    return begins_arabic("".join(own))


def _depth(element: Any) -> float:
    return float(element.xpath("count(ancestor-or-self::*[@dir or self::bdi])"))

"""The tick for other forms of the words: what was added is named, and each form can be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from tests.archives import build
from tests.reading_room import PLACE, in_process, page, said

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build(tmp_path_factory.mktemp("forms") / "the clippings.db", 12)
    db = Database(path)
    db["articles"].update(1, {"title": "A zebra in town", "language": "en"})
    db["articles"].update(2, {"title": "Zebras are gone", "language": "en"})
    db.close()
    return path


async def test_forms_are_added_named_and_left_out(archive: Path) -> None:
    room = await in_process(archive)
    plain = await page(room, f"{PLACE}/search?q=zebra")
    assert "1 article" in said(plain)
    assert not plain.xpath("//p[contains(@class, 'forms')]")
    tree = await page(room, f"{PLACE}/search?q=zebra&forms=1")
    assert "2 articles" in said(tree)
    assert tree.xpath("//input[@name='forms']/@checked")
    [note] = tree.xpath("//p[contains(@class, 'forms')]")
    assert said(note).startswith("Also for zebra")
    [without] = note.xpath(".//a/@href")
    assert "1 article" in said(await page(room, without))
    data = (await room.client.get(f"{PLACE}/search.json?q=zebra+in:forms")).json()
    assert (data["total"], data["forms"]) == (2, {"zebra": ["zebras"]})
    for database in room.databases.values():
        database.close()
    room.executor.shutdown()

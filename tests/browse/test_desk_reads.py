"""A page opens the desk once, whatever it shows of it; a desk that is older, damaged or away costs no page."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.desk.corrections import Change, correct
from pipelines.desk.database import Desk
from tests.browse.test_dossiers import fill, rows, tree, url_of
from tests.reading_room import PLACE, made_up, said

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

FORMS = ("search?q=&sort=newest", "search.json?q=&sort=newest", "search.atom?q=")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("desk reads"), 40)


async def test_results_open_the_desk_once(
    here: Datasette, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(here, archive, name="Kept together")
    newest = int(rows(archive, "SELECT id FROM articles ORDER BY published_utc DESC")[0][0])
    url = url_of(archive, newest)
    with Desk(archive.parent / "desk.db") as desk:
        change = Change("title", "As a person wrote it", "As it was read")
        correct(desk, url, "", [change], by="", at="2026-11-20T09:00:00+00:00")
    opened: list[str] = []
    connect = sqlite3.connect

    def note(database: Any, *args: Any, **named: Any) -> sqlite3.Connection:
        opened.extend([str(database)] if "desk.db" in str(database) else [])
        return connect(database, *args, **named)

    monkeypatch.setattr(sqlite3, "connect", note)
    for form in FORMS:
        opened.clear()
        response = await here.client.get(f"{PLACE}/{form}")
        assert response.status_code == 200
        assert "As a person wrote it" in response.text, form
        assert len(opened) == 1, form
        assert ("Kept together" in response.text) == (form == FORMS[0])


async def test_an_older_desk_is_brought_up_to_date_where_dossiers_are_shown(
    here: Datasette, archive: Path
) -> None:
    await fill(here, archive, name="Kept together")
    with Desk(archive.parent / "desk.db") as desk:
        desk.db.execute("PRAGMA user_version = 0")
        for (name,) in desk.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if not name.startswith("sqlite_"):
                desk.db.execute(f"DROP TABLE {name}")
    page = await tree(here, f"{PLACE}/{FORMS[0]}")
    assert page.xpath("//input[@form='keep']")


async def test_a_file_that_is_no_desk_is_named_beside_the_results(here: Datasette, archive: Path) -> None:
    (archive.parent / "desk.db").write_bytes(b"no database at all" * 100)
    page = await tree(here, f"{PLACE}/{FORMS[0]}")
    assert "Corrections are not shown" in said(page)
    assert not page.xpath("//input[@form='keep']")

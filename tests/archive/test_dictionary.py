"""Every column that people may rely on is described, in the file, in Datasette and in the docs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datasette.app import Datasette
from sqlite_utils import Database

from pipelines.archive.database import Archive
from pipelines.archive.dictionary import COLUMNS, TABLES
from pipelines.archive.migrations import migrations

if TYPE_CHECKING:
    from pathlib import Path


def is_public(name: str) -> bool:
    return not re.match(r"_(?!columns$)|sqlite_|articles_fts_", name)


def test_every_public_column_has_its_row_and_every_row_its_column() -> None:
    db = Database(memory=True)
    migrations.apply(db)
    names = [name for name in (*db.table_names(), *db.view_names()) if is_public(name)]
    assert set(names) == set(TABLES)
    found = [(name, row[1]) for name in names for row in db.execute(f"PRAGMA table_info([{name}])")]
    assert sorted((row.table_name, row.column_name) for row in COLUMNS) == sorted(found)
    db.close()


def test_each_row_of_the_dictionary_has_words() -> None:
    for row in COLUMNS:
        assert all(word.strip() == word != "" for word in row), row
        assert not row.meaning.endswith("."), row


def test_the_file_has_the_words_of_the_program_that_wrote_it_last(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.db.execute(
            "UPDATE _columns SET meaning = 'as it was called once' WHERE column_name = 'title'"
        )
        archive.db.execute("DELETE FROM _columns WHERE column_name = 'url'")
    with Archive(path) as archive:
        assert [tuple(row.values()) for row in archive.db["_columns"].rows] == list(COLUMNS)


async def test_datasette_shows_the_words(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive(path).close()
    shown = Datasette([str(path)])
    for table in TABLES:
        page = (await shown.client.get(f"/archive/{table}", follow_redirects=True)).text.replace("&#39;", "'")
        assert f"{TABLES[table]}." in page
        for row in COLUMNS:
            if row.table_name == table:
                form = "" if row.form == "text" else f" ({row.form})"
                assert f"<dt>{row.column_name}</dt><dd>{row.meaning}{form}</dd>" in page


async def test_datasette_hides_the_machinery(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive(path).close()
    start = (await Datasette([str(path)]).client.get("/archive.json")).json()
    shown = {table["name"] for table in start["tables"] if not table["hidden"]}
    assert shown | {view["name"] for view in start["views"] if not view.get("hidden")} >= set(TABLES) - {
        "articles_fts"
    }
    assert all(is_public(name) for name in shown)

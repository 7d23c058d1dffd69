"""A dossier's files give the version that was saved, and say what became of the article since."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli import cli
from pipelines.archive.views.article import read_article
from pipelines.extraction import tokens
from tests.browse.test_dossiers import KEEP, ONE, rows, send
from tests.reading_room import close, made_up, room

if TYPE_CHECKING:
    from pathlib import Path

FIRST, NOW = "In the first version the ferry has four cars.", "In the second version the ferry has five."


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles of which the last one was changed twice by its publisher."""
    path = made_up(tmp_path_factory.mktemp("saved versions"), 12)
    db = Database(path)
    with db.conn:
        db.execute("DELETE FROM revisions WHERE article_id = 12")
        columns = "article_id, number, seen_at, title, standfirst, text, content_hash, extractor"
        for number, text in enumerate((FIRST, NOW), 1):
            values = [
                12,
                number,
                f"2026-11-0{number}T09:00:00+00:00",
                f"Headline {number}",
                "",
                text,
                "x",
                "e",
            ]
            db.execute(f"INSERT INTO revisions ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        db.execute("UPDATE articles SET revision = 3, revised_at = '2026-11-03T09:00:00+00:00' WHERE id = 12")
    db.close()
    return path


def digests(archive: Path) -> list[str]:
    db = Database(archive)
    article = read_article(db.conn, 12)
    db.close()
    assert article is not None
    return [version.words_sha256 for version in article.versions]


async def test_each_file_has_the_words_that_were_saved(archive: Path) -> None:
    datasette = await room(archive)
    url, current = rows(archive, "SELECT url, title FROM articles WHERE id = 12")[0]
    other = rows(archive, "SELECT url FROM articles WHERE id = 1")[0][0]
    first, second, last = digests(archive)
    for version in (second, first, last, ""):
        assert (await send(datasette, KEEP, url=url, name="Ferry", version=version)).status_code == 303
    await send(datasette, KEEP, url=other, name="Ferry")
    wanted = [
        ("Headline 2", "2", "2026-11-03T09:00:00+00:00"),
        ("Headline 1", "1", "2026-11-02T09:00:00+00:00"),
        (current, "3", ""),
        (current, "", ""),
    ]

    def read(text: str) -> list[dict[str, Any]]:
        return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))

    table = read((await datasette.client.get(f"{ONE}.csv")).text)
    shown = [
        (row["title"], row["saved_version"], row["later_version_at"]) for row in table if row["url"] == url
    ]
    assert shown == wanted
    assert [row["text"] for row in table[:2]] == [NOW, FIRST]
    assert int(table[1]["words"]) == tokens.count(FIRST)
    assert {row["saved_state"] for row in table} == {"held"}
    assert table[-1]["url"] == other
    lines = [json.loads(line) for line in (await datasette.client.get(f"{ONE}.jsonl")).text.splitlines()]
    assert [line["text"] for line in lines] == [row["text"] for row in table]
    cited = (await datasette.client.get(f"{ONE}.csl.json")).json()
    assert [item["title"] for item in cited[:2]] == ["Headline 2", "Headline 1"]
    assert cited[1]["accessed"]["date-parts"] == [[2026, 11, 1]]
    with zipfile.ZipFile(io.BytesIO((await datasette.client.get(f"{ONE}.zip")).content)) as corpus:
        texts = {name: corpus.read(name).decode() for name in corpus.namelist() if name.startswith("texts/")}
    assert len(texts) == 5
    assert [text for name, text in texts.items() if name.endswith("_v1.txt")] == [FIRST]
    command = CliRunner().invoke(cli, ["export", str(archive), "--dossier", "Ferry"])
    assert [row["text"] for row in read(command.output)] == [row["text"] for row in table]
    close(datasette)


async def test_a_version_that_is_not_held_any_more_says_so(archive: Path) -> None:
    (archive.parent / "desk.db").unlink(missing_ok=True)
    datasette = await room(archive)
    url = rows(archive, "SELECT url FROM articles WHERE id = 12")[0][0]
    await send(datasette, KEEP, url=url, name="Ferry", version=digests(archive)[0])
    db = Database(archive)
    with db.conn:
        db.execute("DELETE FROM revisions WHERE article_id = 12 AND number = 1")
    db.close()
    text = (await datasette.client.get(f"{ONE}.csv")).text.lstrip("\ufeff")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["saved_version"], row["saved_state"], row["text"] == FIRST) == ("", "no version", False)
    close(datasette)


def test_other_exports_have_no_such_columns(archive: Path) -> None:
    command = CliRunner().invoke(cli, ["export", str(archive)])
    assert "saved" not in command.output.splitlines()[0]

"""`clippings forget` takes an article out of dossiers and notes, and leaves a line with the date."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.desk.database import Desk
from pipelines.desk.dossier_records import Edit, Quotation, SavedArticle
from pipelines.desk.dossiers import add_items, list_items, make_dossier
from pipelines.desk.erase import forget_in_desk
from pipelines.desk.notes import add_note, list_notes
from tests.reading_room import made_up

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "Marlene Holt"
AT = "2026-11-20T06:00:00.000+00:00"


def fill(path: Path, urls: list[str]) -> None:
    """A dossier and notes on these articles, each with words that must go."""
    edit = Edit("ada", AT)
    articles = [SavedArticle(url, f"{SECRET} {url}", "paper", "The Paper", AT, "0" * 64, AT) for url in urls]
    with Desk(path) as desk:
        with desk.transaction() as db:
            number = make_dossier(db, "Case", edit)
            add_items(db, number, articles, edit, note=f"About {SECRET}", tags=(SECRET,))
        for article in articles:
            add_note(desk, article, Quotation(SECRET, "said ", " today"), f"Ask {SECRET}", edit)


@pytest.mark.parametrize(
    ("urls", "source", "left"),
    [
        (["https://paper.example/1"], "", ["https://paper.example/2?utm_source=x"]),
        (["http://www.paper.example/2/"], "", ["https://paper.example/1"]),
        ([], "paper", []),
        (
            ["https://paper.example/3"],
            "",
            ["https://paper.example/1", "https://paper.example/2?utm_source=x"],
        ),
    ],
)
def test_the_words_go_and_a_line_stays(tmp_path: Path, urls: list[str], source: str, left: list[str]) -> None:
    path = tmp_path / "desk.db"
    fill(path, ["https://paper.example/1", "https://paper.example/2?utm_source=x"])
    with Desk(path) as desk:
        done = forget_in_desk(desk, urls, "2026-11-26T00:00:00+00:00", source)
        items, notes = list_items(desk, 1), list_notes(desk)
    gone = 2 - len(left)
    assert (done.saved, done.notes) == (gone, gone)
    assert [item.url for item in items if item.url] == left
    assert {item.forgotten_at for item in items if not item.url} == (
        {"2026-11-26T00:00:00+00:00"} if gone else set()
    )
    assert sorted(note.url for note in notes if note.url) == left
    assert (SECRET.encode() in path.read_bytes()) is bool(left)
    for one in (*items, *notes):
        if not one.url:
            assert SECRET not in repr(one)


def test_the_command_reaches_the_desk_and_files_say_so(tmp_path: Path) -> None:
    archive = made_up(tmp_path, 20)
    run = CliRunner()
    rows = run.invoke(cli, ["export", str(archive), "--format", "jsonl"]).stdout.splitlines()
    urls = [json.loads(row)["url"] for row in rows[:3]]
    fill(tmp_path / "desk.db", urls)
    exported = run.invoke(cli, ["export", str(archive), "--dossier", "case", "--format", "jsonl"])
    assert [json.loads(row)["url"] for row in exported.stdout.splitlines()] == urls
    done = run.invoke(cli, ["forget", str(archive), urls[1], "--yes"])
    assert "desk.db: taken out of 1 place in dossiers" in done.stdout
    assert "desk.db: taken out of 1 place in notes" in done.stdout
    assert urls[1].encode() not in (tmp_path / "desk.db").read_bytes()
    exported = run.invoke(cli, ["export", str(archive), "--dossier", "case", "--format", "jsonl"])
    assert [json.loads(row)["url"] for row in exported.stdout.splitlines()] == [urls[0], urls[2]]
    listed = run.invoke(cli, ["dossier", str(archive), "Case"]).stdout
    assert "2. taken out on 2" in listed
    assert json.loads(run.invoke(cli, ["dossier", str(archive), "--json"]).stdout)[0]["items"] == 3
    file = tmp_path / "case.html"
    assert run.invoke(cli, ["dossier", str(archive), "Case", "-o", str(file)]).exit_code == 0
    page = file.read_text("utf-8")
    assert "An article was taken out of this dossier on 2" in page
    assert urls[1] not in page


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["dossier", "A", "Nothing"], 1, "There is no desk.db beside"),
        (["dossier", "A", "-o", "x.html"], 2, "-o writes one dossier"),
        (["export", "A", "--dossier", "Nothing"], 1, "There is no desk.db beside"),
        (["export", "A", "harbour", "--dossier", "Nothing"], 2, "leave the query and the filters out"),
        (["export", "A", "--changes", "--dossier", "Nothing"], 2, "goes with neither --changes"),
    ],
)
def test_what_is_wrong_is_said(archive: Path, words: list[str], code: int, says: str) -> None:
    done = CliRunner().invoke(cli, [str(archive) if word == "A" else word for word in words])
    assert done.exit_code == code
    assert says in done.stderr


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("wrong"), 12)

"""A person's corrections, two names of one author, and pages to archive: through the pages, into desk.db and nowhere else."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from lxml import html
from sqlite_utils import Database

from browse.pages.corrections import find_changes
from browse.pages.wanted import bookmarklet, describe
from crawler.cli import cli
from pipelines.desk.aliases import list_aliases
from pipelines.desk.corrections import Change, list_corrections
from pipelines.desk.database import Desk
from pipelines.desk.wanted_pages import WantedPage, list_wanted
from tests.archives import build
from tests.browse.test_saved_searches import HERE
from tests.reading_room import PLACE, close, in_process, page, room, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from datasette.app import Datasette

ONE = f"{PLACE}/article/1"
URL = "https://www.harbour-herald.example/one"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build(tmp_path_factory.mktemp("corrections") / "the clippings.db", 12)
    db = Database(path)
    own = {"title": "Wrong headline zebra", "authors": json.dumps(["J. Smith", "Staff"]), "language": "en"}
    db["articles"].update(1, {**own, "url": URL, "published_at": "2026-11-01", "source_id": "harbour-herald"})
    db["articles"].update(2, {"title": "Another zebra", "authors": '["John Smith"]', "language": "en"})
    db["articles"].update(3, {"title": "A zebra more", "authors": '["Ada Denlen"]', "language": "en"})
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


@pytest.fixture
async def here(made: Path) -> AsyncIterator[Datasette]:
    (made.parent / "desk.db").unlink(missing_ok=True)
    datasette = await room(made)
    yield datasette
    close(datasette)


async def post(datasette: Datasette, path: str, headers: dict[str, str] = HERE, **fields: str) -> Any:
    token = str((await datasette.client.get(f"{PLACE}/corrections")).cookies["ds_csrftoken"])
    return await datasette.client.post(
        path, data={"csrftoken": token, **fields}, cookies={"ds_csrftoken": token}, headers=headers
    )


async def tree(datasette: Datasette, path: str) -> Any:
    response = await datasette.client.get(path)
    assert response.status_code == 200, response.text[-800:]
    return html.fromstring(response.text)


RIGHT = {
    "title": "Right headline",
    "authors": "John Smith\nAda Denlen",
    "published": "2026-11-20 09:30+09:00",
    "why": "as printed",
}


async def test_a_correction_is_shown_over_what_was_read_and_undone(here: Datasette, made: Path) -> None:
    before = made.read_bytes()
    [link] = (await tree(here, ONE)).xpath("//a[text()='Correct headline, authors or date']/@href")
    form = await tree(here, link)
    assert form.xpath("//input[@name='title']/@value") == ["Wrong headline zebra"]
    assert form.xpath("//textarea[@name='authors']")[0].text == "J. Smith\nStaff"
    sent = await post(here, link, **RIGHT)
    assert (sent.status_code, sent.headers["location"]) == (303, ONE.replace("~20", "+"))
    read = await tree(here, ONE)
    assert read.xpath("//h1/text()") == ["Right headline"]
    assert said(read.xpath("//p[@class='byline']")[0]) == "John Smith , Ada Denlen"
    notes = said(read.xpath("//div[@role='note']")[0])
    assert notes.startswith("Headline corrected by")
    assert "( as printed ); the machine read: Wrong headline zebra" in notes
    assert "the machine read: J. Smith, Staff" in notes
    assert "20 November 2026, 09:30 (UTC+9)" in said(read)
    assert "Right headline" in (await here.client.get(f"{ONE}/cite.ris")).text
    [hit] = (await tree(here, f"{PLACE}/search?q=headline+zebra")).xpath("//article[@class='hit']")
    assert "Right headline" in said(hit)
    assert "corrected by a person" in said(hit)
    data = (await here.client.get(f"{PLACE}/search.json?q=headline+zebra")).json()["hits"][0]
    assert (data["title"], data["corrected"]["title"]) == ("Wrong headline zebra", "Right headline")
    assert "Right headline" in (await here.client.get(f"{PLACE}/search.atom?q=headline+zebra")).text
    with Desk(made.parent / "desk.db") as desk:
        numbers = {one.field: one.id for one in list_corrections(desk, URL)}
    assert (
        await post(here, link, title="Better", authors=RIGHT["authors"], published="2026-11-20T09:30+09:00")
    ).status_code == 303
    assert (await post(here, f"{PLACE}/corrections", undo=str(numbers["authors"]))).status_code == 303
    read = await tree(here, ONE)
    assert read.xpath("//h1/text()") == ["Better"]
    assert "J. Smith" in said(read.xpath("//p[@class='byline']")[0])
    history = said((await tree(here, link)).xpath("//ol")[0])
    assert "Right headline" in history
    assert "Undone" in history
    assert made.read_bytes() == before


async def test_corrections_outlive_another_archive_and_leave_by_forget(
    here: Datasette, made: Path, tmp_path: Path
) -> None:
    assert (await post(here, f"{ONE}/correct", **RIGHT)).status_code == 303
    other = tmp_path / "the clippings.db"
    shutil.copy(made.parent / "desk.db", tmp_path)
    build(other, 12)
    db = Database(other)
    db["articles"].update(7, {"url": URL, "title": "Read by other rules"})
    db.close()
    datasette = await room(other)
    assert (await tree(datasette, f"{PLACE}/article/7")).xpath("//h1/text()") == ["Right headline"]
    close(datasette)
    done = CliRunner().invoke(cli, ["forget", str(other), URL, "--yes"])
    assert "3 corrections taken out" in done.output
    with Desk(tmp_path / "desk.db") as desk:
        assert list_corrections(desk) == []


async def test_a_dossier_shows_and_hands_on_what_was_corrected(here: Datasette, made: Path) -> None:
    assert (await post(here, f"{ONE}/correct", **RIGHT)).status_code == 303
    kept = await post(here, f"{PLACE}/keep", url=URL, name="Mine")
    assert kept.status_code == 303, kept.text[-500:]
    place = kept.headers["location"].partition("?")[0]
    assert "Right headline" in said(await tree(here, place))
    review = (await here.client.get(f"{place}.html")).text
    assert "Right headline" in review
    assert "by a person: headline, authors, time of publication" in review
    assert "Wrong headline" not in review
    assert "Right headline" in (await here.client.get(f"{place}.atom")).text
    assert "corrected_title" in (await here.client.get(f"{place}.csv")).text


async def test_files_have_corrections_beside_what_was_read(here: Datasette, made: Path) -> None:
    plain = await here.client.get(f"{PLACE}/search.csv?q=headline+zebra")
    assert "corrected_title" not in plain.text
    assert (await post(here, f"{ONE}/correct", title="Right headline", authors="")).status_code == 303
    sent = (await here.client.get(f"{PLACE}/search.csv?q=headline+zebra")).text
    [row] = csv.DictReader(io.StringIO(sent.removeprefix("\ufeff")))
    assert (row["title"], row["corrected_title"]) == ("Wrong headline zebra", "Right headline")
    assert (row["corrected_authors"], row["corrected_published"]) == ("", "")
    command = ["export", str(made), "headline zebra"]
    assert CliRunner().invoke(cli, command).stdout.replace("\r\n", "\n") == sent.replace("\r\n", "\n")
    cited = json.loads(CliRunner().invoke(cli, [*command, "--format", "csl"]).stdout)[0]
    assert cited["title"] == "Right headline"
    assert "author" not in cited
    chosen = CliRunner().invoke(
        cli, [*command, "--format", "jsonl", "--columns", "title,corrected_title,corrected_authors"]
    )
    assert json.loads(chosen.stdout) == {
        "title": "Wrong headline zebra",
        "corrected_title": "Right headline",
        "corrected_authors": [],
    }
    found = CliRunner().invoke(cli, ["search", str(made), "headline zebra"]).stdout
    assert found.startswith("Right headline")
    assert "corrected" in found


async def test_two_names_of_one_author_are_found_and_counted_as_one(here: Datasette, made: Path) -> None:
    assert (await post(here, f"{PLACE}/corrections", alias="J. Smith", name="John Smith")).status_code == 303
    for name in ("John+Smith", "J.+Smith"):
        found = await tree(here, f"{PLACE}/search?q=zebra&author={name}")
        assert "2 articles" in said(found.xpath("//p[@class='total']")[0])
        facet = said(found.xpath("//section[@aria-labelledby='facet-author']")[0])
        assert "John Smith × 2" in facet
        assert "J. Smith" not in facet
    every = (await here.client.get(f"{PLACE}/search.json?q=zebra")).json()["counts"]["author"]
    assert ["John Smith", 2] in every
    over_time = (await here.client.get(f"{PLACE}/attention.json?q=zebra&author=John+Smith")).json()
    assert over_time["total"] == 2
    found = CliRunner().invoke(cli, ["search", str(made), "zebra", "--author", "J. Smith"])
    assert "2 articles" in found.stdout
    described = CliRunner().invoke(cli, ["describe", str(made), "zebra", "--author", "J. Smith"]).stdout
    assert "2 articles" in described
    exported = CliRunner().invoke(cli, ["export", str(made), "zebra", "--author", "John Smith"])
    assert exported.stdout.count("zebra") == 2
    with Desk(made.parent / "desk.db") as desk:
        assert [(one.alias, one.name) for one in list_aliases(desk.db)] == [("J. Smith", "John Smith")]
    for alias, name in (("John Smith", "Jonathan Smith"), ("JS", "J. Smith")):
        assert (await post(here, f"{PLACE}/corrections", alias=alias, name=name)).status_code == 303
    with Desk(made.parent / "desk.db") as desk:
        assert {one.name for one in list_aliases(desk.db)} == {"Jonathan Smith"}
    again = await post(here, f"{PLACE}/corrections", alias="Jonathan Smith", name="JS")
    assert again.status_code == 400
    assert "one name already" in again.text
    assert (await post(here, f"{PLACE}/corrections", part="J. Smith")).status_code == 303


async def test_a_damaged_desk_hides_no_article_and_is_named(here: Datasette, made: Path) -> None:
    (made.parent / "desk.db").write_bytes(b"no database" * 100)
    found = said(await tree(here, f"{PLACE}/search?q=headline+zebra"))
    assert "Wrong headline zebra" in found
    assert "Corrections are not shown" in found
    assert (await tree(here, ONE)).xpath("//h1/text()") == ["Wrong headline zebra"]
    assert "is damaged or no desk" in (await here.client.get(f"{ONE}/correct")).text
    searched = CliRunner().invoke(cli, ["search", str(made), "headline zebra"])
    assert searched.exit_code == 0
    assert "is damaged or no desk" in searched.stderr
    exported = CliRunner().invoke(cli, ["export", str(made), "zebra"])
    assert (exported.exit_code, exported.stdout) == (1, "")


WRONG = [
    ({"title": " "}, "The headline is empty"),
    ({"title": "x" * 501}, "too long"),
    ({"published": "yesterday"}, "is no date"),
    ({"published": "2199-01-01"}, "lies in the future"),
    ({"authors": "x" * 121}, "characters a name"),
    ({"title": "Wrong headline zebra"}, "Nothing was changed"),
]


async def test_what_is_wrong_is_said_and_what_was_typed_stays(here: Datasette, made: Path) -> None:
    for fields, says in WRONG:
        response = await post(here, f"{ONE}/correct", **fields)
        assert response.status_code == 400
        sent = html.fromstring(response.text)
        assert says in said(sent)
        if "title" in fields:
            assert sent.xpath("//input[@name='title']/@value") == [fields["title"]]
    with Desk(made.parent / "desk.db") as desk:
        assert list_corrections(desk) == []


def test_only_what_was_changed_is_a_correction() -> None:
    read = {"title": "A", "authors": '["B"]', "published": "2026-01-01"}
    assert find_changes({"title": "A ", "authors": "B\n", "published": "2026-01-01"}, read, read) == []
    assert find_changes({"authors": "B; C"}, read, read) == [Change("authors", '["B", "C"]', '["B"]')]
    assert find_changes({"published": "2026-01-02T10:00Z"}, read, read) == [
        Change("published", "2026-01-02T10:00Z", "2026-01-01")
    ]


ATTEMPTS: list[tuple[dict[str, str], bool]] = [
    ({"origin": "https://evil.example"}, True),
    ({}, True),
    ({"origin": "null"}, True),
    ({**HERE, "sec-fetch-site": "cross-site"}, True),
    (HERE, False),
]
PATHS = [
    (f"{ONE}/correct", {"title": "Evil"}),
    (f"{PLACE}/corrections", {"alias": "Evil", "name": "John Smith"}),
    (f"{PLACE}/wanted", {"url": "https://evil.example.org/"}),
]


async def test_no_other_page_writes_and_reading_never_does(here: Datasette, made: Path) -> None:
    token = str((await here.client.get(f"{PLACE}/corrections")).cookies["ds_csrftoken"])
    for path, fields in PATHS:
        for headers, with_token in ATTEMPTS:
            form = {**fields, **({"csrftoken": token} if with_token else {})}
            response = await here.client.post(
                path, data=form, cookies={"ds_csrftoken": token}, headers=headers
            )
            assert response.status_code == 403, (path, headers)
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        assert (await here.client.get(f"{path}?{query}")).status_code == 200
    assert not (made.parent / "desk.db").exists()


async def test_plain_datasette_shows_nothing_of_the_desk(here: Datasette, made: Path) -> None:
    assert (await post(here, f"{ONE}/correct", title="Right headline")).status_code == 303
    datasette = await in_process(made)
    read = await page(datasette, ONE)
    assert read.xpath("//h1/text()") == ["Wrong headline zebra"]
    assert "Correct headline" not in said(read)
    assert not (await page(datasette, f"{PLACE}/sources")).xpath("//form[@method='post']")
    close(datasette)


async def test_a_page_is_asked_for_from_the_sources_and_from_a_bookmark(here: Datasette, made: Path) -> None:
    box = await tree(here, f"{PLACE}/sources")
    assert box.xpath("//form[@method='post']/@action") == [f"{PLACE}/wanted".replace("~20", "+")]
    opened = await tree(here, f"{PLACE}/wanted?url=https%3A%2F%2Fa.example.org%2Fx")
    assert opened.xpath("//input[@name='url']/@value") == ["https://a.example.org/x"]
    [bookmark] = opened.xpath("//a[text()='Archive this page']/@href")
    assert bookmark.startswith("javascript:location.href='http")
    assert (
        (await post(here, f"{PLACE}/wanted", url="https://ann:secret@a.example.org/x"))
        .headers["location"]
        .endswith("?login=left-out")
    )
    listed = said(await tree(here, f"{PLACE}/wanted?login=left-out"))
    assert "Waits for the next crawl" in listed
    assert "left out: they are not kept" in listed
    assert "secret" not in listed
    held = await post(here, f"{PLACE}/wanted", url=URL)
    assert "in the archive already" in said(await tree(here, held.headers["location"]))
    refused = await post(here, f"{PLACE}/wanted", url="http://127.0.0.1/x")
    assert refused.status_code == 400
    assert "no address on the public internet" in refused.text
    with Desk(made.parent / "desk.db") as desk:
        [one] = list_wanted(desk.db, made.name)
    assert one.url == "https://a.example.org/x"
    assert (await post(here, f"{PLACE}/wanted", remove=str(one.id))).status_code == 303
    assert "None yet" in said(await tree(here, f"{PLACE}/wanted"))


def test_what_became_of_an_address_is_said_in_words() -> None:
    waits = WantedPage(1, "u", "", "", "waiting", 0, "", "", "")
    assert describe(waits, False) == "Waits for the next crawl"
    failed = WantedPage(1, "u", "", "", "waiting", 2, "t", "failed", "503")
    assert describe(failed, False) == "Failed in 2 crawls: 503. The next crawl tries it again"
    closed = WantedPage(1, "u", "", "", "given up", 1, "t", "excluded", "robots.txt")
    assert describe(closed, False) == "Not archived. Excluded: robots.txt"
    done = WantedPage(1, "u", "", "", "done", 1, "t", "new", "")
    assert (describe(done, True), describe(done, False)[:12]) == ("Archived", "Was archived")
    assert (
        bookmarklet("http://h/a'b")
        == "javascript:location.href='http://h/a%27b?url='+encodeURIComponent(location.href)"
    )

"""Dossiers and notes by their pages: kept by address, in an order, over a replaced archive, by two at once, by nobody else."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree, html
from sqlite_utils import Database

from pipelines.archive.tables.changes import rebuild_changes
from pipelines.desk.corrections import Change, correct
from pipelines.desk.database import Desk
from pipelines.desk.dossiers import list_dossiers, list_items
from pipelines.desk.notes import list_notes
from tests.browse.test_saved_searches import HERE
from tests.reading_room import ATOM, PLACE, close, made_up, room, said

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

KEEP, NOTES, DOSSIERS = f"{PLACE}/keep", f"{PLACE}/notes", f"{PLACE}/dossiers"
ONE = f"{PLACE}/dossier/1"
SHOWN = PLACE.replace("~20", "+")
"""As our links write it."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("dossiers"), 60)


async def send(datasette: Datasette, path: str, **fields: Any) -> Any:
    """A form of a page of ours."""
    form = {"csrftoken": "x", **fields}
    cookies = {"ds_csrftoken": await token(datasette)}
    form["csrftoken"] = cookies["ds_csrftoken"]
    return await datasette.client.post(path, data=form, cookies=cookies, headers=HERE)


async def token(datasette: Datasette) -> str:
    return str((await datasette.client.get(DOSSIERS)).cookies["ds_csrftoken"])


async def tree(datasette: Datasette, path: str, status: int = 200) -> Any:
    response = await datasette.client.get(path)
    assert response.status_code == status, response.text[-600:]
    return html.fromstring(response.text)


def rows(archive: Path, sql: str, *values: Any) -> list[Any]:
    db = sqlite3.connect(archive)
    found = db.execute(sql, values).fetchall()
    db.close()
    return found


def url_of(archive: Path, number: int) -> str:
    return str(rows(archive, "SELECT url FROM articles WHERE id = ?", number)[0][0])


async def fill(datasette: Datasette, archive: Path, count: int = 3, name: str = "Harbour") -> None:
    urls = [url_of(archive, number) for number in range(1, count + 1)]
    assert (await send(datasette, KEEP, url=urls, name=name)).status_code == 303


async def test_ticked_articles_and_whole_pages_go_into_a_dossier(here: Datasette, archive: Path) -> None:
    before = archive.read_bytes()
    results = await tree(here, f"{PLACE}/search?sort=newest")
    boxes = results.xpath("//input[@form='keep']/@value")
    assert len(boxes) == 20
    assert results.xpath("//form[@id='keep']//input[@name='shown']/@value") == boxes
    back = results.xpath("//form[@id='keep']/input[@name='back']/@value")[0]
    sent = await send(here, KEEP, url=boxes[:3], shown=boxes, name="Harbour", back=back)
    where = sent.headers["location"]
    assert (sent.status_code, urlsplit(where).path) == (303, f"{SHOWN}/dossier/1")
    assert parse_qs(urlsplit(where).query) == {"added": ["3"], "back": [back]}
    page = await tree(here, where)
    assert "3 articles saved. Back to where you were" in said(page)
    assert len(page.xpath("//ol[contains(@class, 'items')]/li")) == 3
    again = await send(here, KEEP, shown=boxes, all="1", dossier="1", name="")
    assert parse_qs(urlsplit(again.headers["location"]).query) == {"added": ["17"], "had": ["3"]}
    named = await send(here, KEEP, url=boxes[0], name=" harbour ")
    assert parse_qs(urlsplit(named.headers["location"]).query) == {"added": ["0"], "had": ["1"]}
    with Desk(archive.parent / "desk.db") as desk:
        [dossier] = list_dossiers(desk)
        assert (dossier.name, dossier.items) == ("Harbour", 20)
        assert [item.url for item in list_items(desk, 1)] == boxes
    assert archive.read_bytes() == before


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "Tick the articles"),
    ({"url": "https://nowhere.example/", "name": "A"}, "does not hold these articles"),
    ({"url": "1"}, "Choose a dossier, or give a new one a name"),
    ({"url": "1", "dossier": "9"}, "not there any more"),
    ({"url": "1", "name": "x" * 81}, "too long"),
    ({"url": "1", "name": "A", "version": "0" * 64}, "This version is not held"),
    ({"url": "1", "name": "A", "tags": "x" * 61}, "each of at most 60"),
    ({"url": "1", "name": "A", "note": "x" * 20_001}, "The note is too long"),
]


async def test_what_is_wrong_is_said_and_nothing_is_kept(here: Datasette, archive: Path) -> None:
    for fields, says in WRONG:
        if fields.get("url") == "1":
            fields = fields | {"url": url_of(archive, 1)}
        response = await send(here, KEEP, **fields)
        assert response.status_code == 400
        assert says in said(html.fromstring(response.text))
    with Desk(archive.parent / "desk.db") as desk:
        assert list_dossiers(desk) == []


async def test_notes_tags_order_name_and_removal(here: Datasette, archive: Path) -> None:
    await fill(here, archive)
    noted = await send(
        here, ONE, do="note", item="2", edition="1", note="Ask\nthe port.", tags="port, money,port"
    )
    assert noted.headers["location"] == f"{SHOWN}/dossier/1#item-2"
    page = await tree(here, ONE)
    assert page.xpath("//li[@id='item-2']/p[@class='lines']/text()") == ["Ask\nthe port."]
    assert page.xpath("//li[@id='item-2']/p[@class='tags']/span[not(@class)]/text()") == ["port", "money"]
    assert (await send(here, ONE, do="move", item="3", edition="1", place="1")).status_code == 303
    assert (await tree(here, ONE)).xpath("//ol/li/@id") == ["item-3", "item-1", "item-2"]
    assert (await send(here, ONE, do="remove", item="1", edition="1")).status_code == 303
    assert (await tree(here, ONE)).xpath("//ol/li/@id") == ["item-3", "item-2"]
    renamed = await send(here, ONE, do="rename", edition="3", name="The port", about="Since May.")
    assert renamed.status_code == 303
    page = await tree(here, ONE)
    assert page.xpath("//h1/text()") == ["The port"]
    assert "Since May." in said(page)
    assert (await send(here, ONE, do="delete", edition="4", items="2")).status_code == 400
    assert (await send(here, ONE, do="delete", edition="4", items="2", sure="1")).status_code == 303
    await tree(here, ONE, 404)


async def test_of_two_who_write_at_once_none_loses_words(here: Datasette, archive: Path) -> None:
    await fill(here, archive)
    assert (await send(here, ONE, do="note", item="1", edition="1", note="Hers", tags="")).status_code == 303
    late = await send(here, ONE, do="note", item="1", edition="1", note="His", tags="")
    assert late.status_code == 409
    page = html.fromstring(late.text)
    assert "Somebody else changed this note meanwhile" in said(page)
    assert "The note as it is now: Hers" in said(page)
    assert page.xpath("//li[@id='item-1']//textarea")[0].text.strip() == "His"
    [edition] = page.xpath("//li[@id='item-1']//form[.//textarea]/input[@name='edition']/@value")
    assert (
        await send(here, ONE, do="note", item="1", edition=edition, note="Both", tags="")
    ).status_code == 303
    for fields in (
        {"do": "remove", "item": "1", "edition": "1"},
        {"do": "delete", "edition": "1", "items": "2", "sure": "1"},
    ):
        assert (await send(here, ONE, **fields)).status_code == 409
    assert (await send(here, ONE, do="move", item="3", edition="1", place="1")).status_code == 303
    assert (await send(here, ONE, do="move", item="2", edition="1", place="1")).status_code == 409
    assert (await send(here, ONE, do="rename", edition="1", name="Other", about="")).status_code == 409
    assert (await tree(here, ONE)).xpath("//ol/li/@id") == ["item-3", "item-1", "item-2"]


ATTEMPTS: list[tuple[dict[str, str], bool, bool]] = [
    ({}, True, True),
    ({"origin": "https://evil.example"}, True, True),
    ({"origin": "null"}, True, True),
    ({**HERE, "sec-fetch-site": "same-site"}, True, True),
    ({"origin": "http://localhost:8080"}, True, True),
    (HERE, True, False),
    (HERE, False, True),
    ({**HERE, "authorization": "Bearer x"}, False, False),
]


async def test_no_other_page_writes(here: Datasette, archive: Path) -> None:
    await fill(here, archive)
    value = await token(here)
    before = (archive.parent / "desk.db").read_bytes()
    url = url_of(archive, 5)
    forms = {
        KEEP: f"url={url}&dossier=1",
        DOSSIERS: "name=Evil",
        ONE: "do=delete&edition=1&items=3&sure=1",
        NOTES: f"do=add&url={url}&words=Evil",
    }
    for path, body in forms.items():
        for headers, cookie, field in ATTEMPTS:
            response = await here.client.post(
                path,
                content=body + (f"&csrftoken={value}" if field else ""),
                headers={**headers, "content-type": "application/x-www-form-urlencoded"},
                cookies={"ds_csrftoken": value} if cookie else {},
            )
            assert response.status_code == 403, (path, headers)
        assert (await here.client.get(f"{path}?{body}")).status_code in (200, 302, 303)
    assert (archive.parent / "desk.db").read_bytes() == before
    for where in ("https://evil.example/", "//evil.example", f"{PLACE}.evil.example"):
        sent = await send(here, KEEP, url=url, dossier="1", back=where)
        assert "evil" not in sent.headers["location"]
        assert "evil" not in (await here.client.get(f"{ONE}?added=1&back={where}")).text


@pytest.mark.parametrize("desk", [{"read_only": True}, {"served": "others"}, {"served": "login"}])
async def test_who_may_not_write_reads(archive: Path, desk: dict[str, Any]) -> None:
    (archive.parent / "desk.db").unlink(missing_ok=True)
    writer = await room(archive)
    await fill(writer, archive)
    close(writer)
    reader = await room(archive, **desk)
    for path in (DOSSIERS, ONE, NOTES, f"{PLACE}/article/1", f"{PLACE}/search"):
        assert not (await tree(reader, path)).xpath("//form[@method='post'] | //input[@form='keep']")
    response = await reader.client.post(KEEP, data={"url": url_of(archive, 1)}, headers=HERE)
    assert response.status_code == 403
    close(reader)


async def test_a_replaced_archive_leaves_the_dossier_and_says_what_it_lacks(tmp_path: Path) -> None:
    """Another archive with other ids, without the first article, with other words in the second, takes the old one's place."""
    archive = made_up(tmp_path, 12)
    datasette = await room(archive)
    await fill(datasette, archive, 4)
    titles = [title for (title,) in rows(archive, "SELECT title FROM articles WHERE id <= 4 ORDER BY id")]
    text = rows(archive, "SELECT text FROM articles WHERE id = 3")[0][0]
    url = url_of(archive, 3)
    added = await send(datasette, NOTES, do="add", mark="1", url=url, quote=text[:40], words="Here")
    assert added.headers["location"] == f"{SHOWN}/article/3#notes"
    close(datasette)
    db = Database(archive)
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("DELETE FROM urls WHERE article_id = 1")
    db.execute("DELETE FROM articles WHERE id = 1")
    db.execute("UPDATE articles SET title = 'Read anew' WHERE id = 2")
    db.execute("UPDATE articles SET id = id + 100 WHERE id IN (2, 3)")
    db.execute("UPDATE urls SET article_id = article_id + 100 WHERE article_id IN (2, 3)")
    db.conn.commit()
    db.close()
    datasette = await room(archive)
    page = await tree(datasette, ONE)
    items = [said(item) for item in page.xpath("//ol[contains(@class, 'items')]/li")]
    assert "Not in the archive that lies here now" in items[0]
    assert titles[0] in items[0]
    assert "The words are not those that were saved" in items[1]
    assert page.xpath("//li[@id='item-3']/h2/a/@href") == [f"{SHOWN}/article/103"]
    assert "Here" in said((await tree(datasette, f"{PLACE}/article/103")).xpath("//*[@id='note-1']")[0])
    review = (await datasette.client.get(f"{ONE}.html")).text
    assert "1 is not in that archive" in review
    close(datasette)


async def test_a_version_is_saved_and_a_mark_is_found_again(tmp_path: Path) -> None:
    archive = made_up(tmp_path, 12)
    url, text = rows(archive, "SELECT url, text FROM articles WHERE id = 6")[0]
    datasette = await room(archive)
    page = await tree(datasette, f"{PLACE}/article/6")
    [version] = page.xpath("//form[@id='mark-form']/input[@name='version']/@value")
    first, second = text.split("\n\n")[0], text.split("\n\n")[1]
    for quote, words in ((first, "goes"), (second, "stays")):
        fields = {"do": "add", "mark": "1", "url": url, "version": version, "quote": f" {quote} \n"}
        assert (await send(datasette, NOTES, words=words, **fields)).status_code == 303
    await send(datasette, KEEP, url=url, name="Then", version=version, note="As it was")
    await send(datasette, KEEP, url=url, dossier="1")
    close(datasette)
    db = Database(archive)
    with db.conn:
        db.execute(
            "INSERT INTO revisions (article_id, number, seen_at, title, standfirst, text, content_hash)"
            " SELECT id, 1, first_seen_at, title, standfirst, text, content_hash FROM articles WHERE id = 6"
        )
        db.execute(
            "UPDATE articles SET revision = 2, text = ?, content_hash = 'new', revised_at = checked_at WHERE id = 6",
            ["Other words.\n\n" + text.partition("\n\n")[2]],
        )
        rebuild_changes(db)
    db.close()
    datasette = await room(archive)
    page = await tree(datasette, f"{PLACE}/article/6")
    goes, stays = (said(page.xpath(f"//*[@id='note-{number}']")[0]) for number in (1, 2))
    assert "These words have changed. They stood in version 1" in goes
    assert page.xpath("//*[@id='note-1']//a/@href")[0] == f"{SHOWN}/article/6/changes?from=1&to=2"
    assert "Made on version 1; the words still stand" in stays
    assert [mark.text for mark in page.xpath("//mark[@class='passage']")] == [second]
    assert page.xpath("//mark[@class='passage']/preceding-sibling::span/@id") == ["mark-2"]
    searched = await tree(datasette, f"{PLACE}/article/6?q={second.split()[0]}")
    assert said(searched.xpath("//div[@class='text']")[0]) == said(page.xpath("//div[@class='text']")[0])
    assert said(searched.xpath("//mark[@class='passage']")[0]) == second.split()[0]
    items = (await tree(datasette, ONE)).xpath("//ol[contains(@class, 'items')]/li")
    assert "version 1 of 2" in said(items[0])
    assert "Changed by its publisher since it was saved" in said(items[1])
    review = html.fromstring((await datasette.client.get(f"{ONE}.html")).text)
    texts = [said(one) for one in review.xpath("//div[@class='text']")]
    assert first in texts[0]
    assert first not in texts[1]
    assert "Other words." in texts[1]
    assert [mark.text for mark in review.xpath("//article[1]//mark")] == [first, second]
    close(datasette)


async def test_files_of_a_dossier(here: Datasette, archive: Path) -> None:
    await fill(here, archive, 3)
    await send(here, ONE, do="move", item="3", edition="1", place="1")
    wanted = [url_of(archive, number) for number in (3, 1, 2)]
    table = csv.DictReader(io.StringIO((await here.client.get(f"{ONE}.csv")).text.lstrip("\ufeff")))
    assert [row["url"] for row in table] == wanted
    lines = (await here.client.get(f"{ONE}.jsonl")).text.splitlines()
    assert [json.loads(line)["url"] for line in lines] == wanted
    assert [item["URL"] for item in (await here.client.get(f"{ONE}.csl.json")).json()] == wanted
    assert (await here.client.get(f"{ONE}.ris")).text.count("TY  - NEWS") == 3
    assert (await here.client.get(f"{ONE}.bib")).text.count("@article{") == 3
    with zipfile.ZipFile(io.BytesIO((await here.client.get(f"{ONE}.zip")).content)) as corpus:
        assert sum(name.startswith("texts/") for name in corpus.namelist()) == 3
    parquet = pytest.importorskip("pyarrow.parquet")
    read = parquet.read_table(io.BytesIO((await here.client.get(f"{ONE}.parquet")).content))
    assert read.column("url").to_pylist() == wanted
    feed = etree.fromstring((await here.client.get(f"{ONE}.atom")).content)
    assert len(feed.findall("a:entry", ATOM)) == 3
    assert feed.findtext("a:title", namespaces=ATOM) == "Dossier: Harbour"


async def test_one_file_to_hand_on_needs_nothing_and_heeds_rights(tmp_path: Path) -> None:
    archive = made_up(tmp_path, 12)
    db = Database(archive)
    with db.conn:
        db.execute("UPDATE articles SET rights = 'noarchive', text = 'SECRET words' WHERE id = 2")
        db.execute(
            "UPDATE articles SET title = '<script>alert(1)</script>', text = '<img src=x onerror=a>' WHERE id = 1"
        )
    db.close()
    datasette = await room(archive)
    await fill(datasette, archive, 3)
    await send(datasette, ONE, do="note", item="3", edition="1", note="<b>Inside</b>", tags="")
    response = await datasette.client.get(f"{ONE}.html")
    assert response.headers["content-disposition"] == 'attachment; filename="harbour.html"'
    page = html.fromstring(response.text)
    assert not page.xpath(
        "//script | //img | //link | //iframe | //form | //@src | //@style | //@*[starts-with(name(), 'on')]"
    )
    assert set(page.xpath("//nav//a/@href")) == {"#a1", "#a2", "#a3"}
    assert [one.get("id") for one in page.xpath("//article")] == ["a1", "a2", "a3"]
    text = said(page)
    assert "<script>alert(1)</script>" in text
    assert "SECRET" not in text
    assert "The publisher of 1 asks no copy to be kept (noarchive)" in text
    assert "full text of 2 of 3 articles" in text
    assert "<b>Inside</b>" in text
    assert len(page.xpath("//dt[text()='Words, SHA-256']")) == 3
    assert "Inside" not in (await datasette.client.get(f"{ONE}.html?notes=0")).text
    assert "full text of 0 of 3" in (await datasette.client.get(f"{ONE}.html?texts=0")).text
    shown = await datasette.client.get(f"{ONE}/review")
    assert "unsafe" not in shown.headers["content-security-policy"]
    assert (
        shown.text.replace(shown.text[shown.text.index("<nav class") : shown.text.index("<header>")], "")[
            :900
        ]
        == response.text[:900]
    )
    close(datasette)


async def test_what_a_person_corrected_stands_in_the_dossier(here: Datasette, archive: Path) -> None:
    await fill(here, archive)
    url, text = rows(archive, "SELECT url, text FROM articles WHERE id = 2")[0]
    first = text.split("\n\n")[0]
    await send(here, NOTES, do="add", mark="1", url=url, quote=first, words="")
    made = [
        Change("title", "The right and much longer headline of this article", "old"),
        Change("authors", '["Ada"]', ""),
    ]
    with Desk(archive.parent / "desk.db") as desk:
        correct(desk, url, "", made, by="ada", at="2026-11-20T06:00:00.000+00:00")
    page = await tree(here, ONE)
    assert page.xpath("//li[@id='item-2']/h2/a/text()") == [made[0].value]
    assert [
        said(mark) for mark in (await tree(here, f"{PLACE}/article/2")).xpath("//mark[@class='passage']")
    ] == [first]
    review = said(html.fromstring((await here.client.get(f"{ONE}.html")).text))
    assert f"Ada. “{made[0].value}”" in review
    assert "Corrected by a person: headline, authors" in review
    assert made[0].value in (await here.client.get(f"{ONE}.csv")).text
    with zipfile.ZipFile(io.BytesIO((await here.client.get(f"{ONE}.zip")).content)) as corpus:
        assert made[0].value in corpus.read("metadata.csv").decode()


async def test_notes_are_listed_changed_and_removed(here: Datasette, archive: Path) -> None:
    url = url_of(archive, 1)
    for fields, says in (
        ({"words": ""}, "Write a note, or mark a passage"),
        ({"mark": "1", "words": "x"}, "Select a passage"),
        ({"mark": "1", "quote": "words that nobody wrote", "words": "mine"}, "do not stand in this article"),
        ({"url": "https://nowhere.example/", "words": "x"}, "does not hold this article"),
    ):
        response = await send(here, NOTES, **({"do": "add", "url": url} | fields))
        assert response.status_code == 400
        assert says in said(html.fromstring(response.text))
    assert (await send(here, NOTES, do="add", url=url, words="Call them")).status_code == 303
    assert (
        await send(here, NOTES, do="edit", url=url, note="1", edition="1", words="Called")
    ).status_code == 303
    late = await send(here, NOTES, do="edit", url=url, note="1", edition="1", words="Mine")
    assert late.status_code == 409
    page = html.fromstring(late.text)
    assert "Called" in said(page)
    assert page.xpath("//article//textarea")[0].text.strip() == "Mine"
    assert (await send(here, NOTES, do="remove", url=url, note="1", edition="1")).status_code == 409
    assert (await send(here, NOTES, do="remove", url=url, note="1", edition="2")).status_code == 303
    with Desk(archive.parent / "desk.db") as desk:
        assert list_notes(desk) == []


async def test_a_damaged_desk_keeps_nobody_from_the_articles(here: Datasette, archive: Path) -> None:
    await fill(here, archive)
    desk = archive.parent / "desk.db"
    desk.write_bytes(desk.read_bytes()[:4096] + b"damaged" * 3000)
    for path in (f"{PLACE}/search", f"{PLACE}/article/1"):
        await tree(here, path)
    for path in (DOSSIERS, ONE, NOTES):
        assert "desk.db is damaged" in said(await tree(here, path, 500))


async def test_plain_datasette_knows_of_no_dossier(archive: Path) -> None:
    (archive.parent / "desk.db").unlink(missing_ok=True)
    datasette = await room(archive, served=None)
    for path in (f"{PLACE}/search", f"{PLACE}/article/1"):
        text = (await datasette.client.get(path)).text
        assert "dossier" not in text.lower()
        assert "csrftoken" not in text
    await tree(datasette, ONE, 404)
    assert not (archive.parent / "desk.db").exists()
    close(datasette)

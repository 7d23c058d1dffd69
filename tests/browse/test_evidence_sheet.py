"""The evidence sheet: what it says, and that its commands, typed in a shell, show what it says they show."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from playwright.sync_api import sync_playwright

from browse.evidence_commands import check_capture, check_version
from crawler.run.time_stamp import stamp_newest
from pipelines.archive.database import Archive
from pipelines.archive.records import Place
from pipelines.archive.views.evidence import CaptureEvidence, RecordParts, VersionProof, split_record
from tests.authority import running_authority
from tests.browse.test_browse_chromium import AXE, FLAGS
from tests.conftest import Desk
from tests.reading_room import absent, page, said, served

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

    from tests.newspaper.client import Newspaper

PLACE = "/-/clippings/archive/article"


class Kept(NamedTuple):
    """An archive and the ids of its articles: one that changed, one that did not, one without a copy of its page."""

    archive: Path
    changed: int
    same: int
    uncopied: int


@pytest.fixture(scope="module")
def kept(crawled: Desk, press: Newspaper, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A crawl, a change fetched after it, and a time stamp on the second manifest alone."""
    desk = Desk(tmp_path_factory.mktemp("kept"), press)
    shutil.copy(crawled.archive, desk.folder)
    for folder in ("warc", "seeds"):
        shutil.copytree(crawled.folder / folder, desk.folder / folder, dirs_exist_ok=True)
    press.reset()
    url = press.articles("tagblatt.example")[0]
    press.revise(url)
    assert desk.run("fetch", "archive.db", url, "-s", "DOWNLOAD_DELAY=0").code == 0
    press.reset()
    before = os.environ.get("no_proxy")
    os.environ["no_proxy"] = "127.0.0.1"
    with running_authority(desk.folder / "authority") as authority, Archive(desk.archive) as archive:
        assert stamp_newest(archive, authority.url, str(authority.root)) == ""
        shutil.copy(authority.root, desk.folder / "root.pem")
    os.environ.pop("no_proxy") if before is None else os.environ.update(no_proxy=before)
    with closing(sqlite3.connect(desk.archive)) as db:
        ids = [
            db.execute(f"SELECT min(id) FROM articles WHERE {where}").fetchone()[0]
            for where in (
                "revision = 2",
                "revision = 1 AND rights IS NULL",
                "rights = 'noarchive' AND capture_id IS NULL",
            )
        ]
    return Kept(desk.archive, *ids)


@pytest.fixture
def archive(kept: Kept) -> Path:
    return kept.archive


def run_checks(tree: Any, folder: Path) -> int:
    """Type the commands of a sheet into one shell, one after the other; returns how many there were."""
    items = tree.xpath("//ol[@class='checks']/li")
    mark = "--- next ---"
    script = f"\necho '{mark}'\n".join(item.xpath("./pre")[0].text_content() for item in items)
    done = subprocess.run(["sh", "-e"], input=script, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for item, output in zip(items, done.stdout.split(mark), strict=True):
        for expected in item.xpath(".//span[contains(@class, 'shows')]/code/text()"):
            assert expected in output, (item.text_content(), output)
    return len(items)


async def test_the_sheet_of_a_change_is_checked_in_a_shell(
    room: Datasette, kept: Kept, tmp_path: Path
) -> None:
    tree = await page(room, f"{PLACE}/{kept.changed}/evidence?from=1&to=2")
    text = said(tree)
    assert tree.xpath("//ins") or tree.xpath("//del")
    for words in (
        *(
            "Evidence of a change",
            "by the publisher’s account",
            "HTTP/1.1 200 OK",
            "Merkle path",
            "by the clock",
        ),
        *(
            "Manifest 2 follows manifest 1",
            "by Test-authority (RFC 3161)",
            "openssl ts -verify -data",
            "clippings verify",
        ),
    ):
        assert words in text, words
    folder = tmp_path / "copy"
    shutil.copytree(kept.archive.parent, folder)
    assert run_checks(tree, folder) == 16
    links = tree.xpath("//a[contains(@href, 'web.archive.org')]/@href")
    assert len(links) == 2
    assert all(link.startswith("https://web.archive.org/web/2026") for link in links)


async def test_a_sheet_leads_from_the_pages_to_it(room: Datasette, kept: Kept, tmp_path: Path) -> None:
    tree = await page(room, f"{PLACE}/{kept.same}")
    (address,) = tree.xpath("//a[text()='Evidence sheet']/@href")
    sheet = await page(room, address)
    assert "Evidence of an article" in said(sheet)
    assert not sheet.xpath("//ins | //del")
    tree = await page(room, f"{PLACE}/{kept.changed}/changes")
    (address,) = tree.xpath("//a[text()='Evidence sheet of this change']/@href")
    assert "Evidence of a change" in said(await page(room, address))
    shutil.copytree(kept.archive.parent, tmp_path / "copy")
    assert run_checks(sheet, tmp_path / "copy") > 6


async def test_an_article_without_a_copy_of_its_page_says_so(
    room: Datasette, kept: Kept, tmp_path: Path
) -> None:
    sheet = await page(room, f"{PLACE}/{kept.uncopied}/evidence")
    text = said(sheet)
    assert "No copy of the page was kept: its publisher asks for none ( noarchive )" in text
    assert "SHA-256 of the record" not in text
    shutil.copytree(kept.archive.parent, tmp_path / "copy")
    assert run_checks(sheet, tmp_path / "copy") > 4


async def test_what_a_manifest_does_not_cover_is_said(room: Datasette, kept: Kept) -> None:
    with closing(sqlite3.connect(kept.archive)) as db:
        text = db.execute("SELECT text FROM articles WHERE id = ?", [kept.same]).fetchone()[0]
        with db:
            db.execute("UPDATE articles SET text = 'else' WHERE id = ?", [kept.same])
        try:
            sheet = await page(room, f"{PLACE}/{kept.same}/evidence")
        finally:
            with db:
                db.execute("UPDATE articles SET text = ? WHERE id = ?", [text, kept.same])
    assert "covers something else in its place" in said(sheet)
    assert "does not hold" in said(sheet)


HOSTILE = ["'; touch taken; '", "$(touch taken)", "`touch taken`", 'a" b; touch taken', "-rf", "a\nb"]


@pytest.mark.parametrize("value", HOSTILE)
def test_what_stands_in_an_archive_runs_nothing(value: str, tmp_path: Path) -> None:
    parts = RecordParts((), "HTTP/1.1 200 OK", (), 10, 10)
    place = Place(f"{value}.warc.gz", 0, 10)
    capture = CaptureEvidence(1, value, value, value, place, place, value, parts, parts)
    version = VersionProof(1, value, value, value, value, None)
    for check in (*check_capture(capture), *check_version(value, 1, 2, version)):
        subprocess.run(
            ["sh"], input=check.commands, cwd=tmp_path, capture_output=True, text=True, check=False
        )
    assert {path.name for path in tmp_path.iterdir()} <= {"record", "words", value}


def test_a_record_is_taken_apart() -> None:
    block = b"HTTP/1.1 200 OK\r\nX-Note: a: b\r\nEmpty:\r\n\r\n\r\n\r\nbody"
    content = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(block), block)
    parts = split_record(content)
    assert parts.field("warc-type") == "response"
    assert (parts.status_line, parts.headers) == ("HTTP/1.1 200 OK", (("X-Note", "a: b"), ("Empty", "")))
    assert content[parts.payload_start :][: parts.payload_length] == b"\r\n\r\nbody"
    assert split_record(b"no record") == RecordParts((), "", (), 9, 0)


@pytest.mark.browser
def test_the_sheet_is_read_and_printed_by_everybody(kept: Kept) -> None:
    """axe-core's rules for WCAG 2 A and AA on screen; no line of the printed sheet is wider than its paper."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or not AXE.is_file():
        absent("no Chromium, or no axe-core: npm ci --prefix tests/browser_tools")
    with served(kept.archive) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for scheme, width in itertools.product(("light", "dark"), (1280, 390)):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
            sheet = context.new_page()
            sheet.goto(f"{address}{PLACE}/{kept.changed}/evidence?from=1&to=2")
            assert sheet.evaluate("document.documentElement.scrollWidth") <= width
            sheet.evaluate(AXE.read_text())
            found = sheet.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
            assert [
                rule["id"] for rule in found["violations"] if rule["impact"] in ("serious", "critical")
            ] == []
            context.close()
        paper = browser.new_page(viewport={"width": 680, "height": 1000})  # A4 within its margins
        paper.emulate_media(media="print")
        paper.goto(f"{address}{PLACE}/{kept.changed}/evidence?from=1&to=2")
        assert paper.evaluate("document.documentElement.scrollWidth") <= 680
        assert not paper.is_visible("header.top")
        assert paper.is_visible("text=How to check it")
        browser.close()

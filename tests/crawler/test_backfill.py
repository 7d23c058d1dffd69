"""Articles out of a web archive: all that its index names, politely, once, and said to come from there."""

from __future__ import annotations

import gzip
import json
import re
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, cast

import pytest
from click.testing import CliRunner

from crawler.backfill.copies import (
    address_of,
    classify_copy,
    copy_address,
    original_headers,
    read_copy_address,
    reason_to_leave_out,
)
from crawler.backfill.index import (
    CutOffIndexError,
    IndexAnswer,
    IndexRow,
    NoIndexError,
    Window,
    halve,
    next_windows,
    read_index,
    window_of,
)
from crawler.backfill.spider import describe_index_status
from crawler.cli import cli
from crawler.sources.model import Source
from pipelines.items import Outcome
from tests.conftest import Desk, Result
from tests.crawler.test_replay import story
from tests.reading_room import in_process, page, said
from tests.web_archive import Held, WebArchive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.newspaper.client import Newspaper

DAILY = "http://www.daily.example"
NOARCHIVE = '<meta name="robots" content="noarchive">'


def address(n: int) -> str:
    return f"{DAILY}/2019/05/{n:02}/story-{n}-of-the-harbour"


class Backfilled(NamedTuple):
    """An archive that was filled by three commands, the first of them killed, and what each of them asked for."""

    desk: Desk
    web: WebArchive
    listed: Result
    asked_before_kill: list[str]
    asked_after_kill: list[str]
    resumed: Result
    again: Result
    asked_again: list[str]


@pytest.fixture(scope="module")
def backfilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backfilled]:
    with WebArchive() as web:
        for n in range(1, 6):
            web.add(
                f"201905{n:02}120000", address(n), story(n), last_modified="Wed, 01 May 2019 10:00:00 GMT"
            )
        web.add("20190601000000", address(1), story(1).replace("harbour", "port"))  # a later capture
        web.add("20190510000000", address(10), story(10).replace("<head>", f"<head>{NOARCHIVE}"))
        web.add("20190511000000", address(11), story(11), x_robots_tag="noarchive")
        moved = web.copies.replace("{timestamp}", "20190702000000").replace("{url}", address(2))
        web.held += [
            Held(
                "20190702000000",
                address(12).replace("www.daily.example", "www.daily.example:80"),
                (302, {"Location": moved}, ""),
            ),
            Held("20190703000000", address(13), (302, {"Location": "http://other.example/story"}, "")),
            Held("20190704000000", address(14), (403, {}, "Blocked Site Error")),
            Held("20190705000000", f"{DAILY}/tag/harbour", (200, {}, story(90))),
            Held(
                "20190706000000", f"{DAILY}/2019/05/06/a-photo-of-the-port", (200, {}, "x"), mime="image/jpeg"
            ),
            Held("20190707000000", f"{DAILY}/shop/2019/05/06/buy-a-rope-here", (200, {}, story(91))),
            Held(
                "20190708000000",
                "http://sport.daily.example/2019/05/06/a-race-in-the-port",
                (200, {}, story(92)),
            ),
            Held("20180101000000", address(20), (200, {}, story(20))),
        ]
        web.held.append(Held("20190702000000", address(2), (200, {}, story(2))))
        web.faults["/cdx"] = [(200, {}, b'[["urlkey","timestamp"'), (429, {"Retry-After": "1"}, b"")]
        web.faults[f"/web/20190503120000id_/{address(3)}"] = [(503, {"Retry-After": "0"}, b"later")] * 9
        desk = Desk(tmp_path_factory.mktemp("backfill"), cast("Newspaper", web))
        desk.seed("daily.toml", f'home = "{DAILY}/"\nignore_urls = ["/shop/"]\n')
        desk.seed("sport.toml", 'home = "http://sport.daily.example/"\n')
        (desk.folder / "clippings.toml").write_text(
            f'[backfill]\ncdx = "{web.index}"\nreplay = "{web.copies}"\n'
        )
        listed = run(desk, "--list")
        before = len(web.asked)

        process = desk.start(*words(desk))
        web.on_copy = lambda path: process.send_signal(signal.SIGKILL) if "20190502" in path else None
        process.communicate()
        web.on_copy = None
        killed = len(web.asked)
        resumed = run(desk)
        ended = len(web.asked)
        again = run(desk)
        urls = [url for url, _ in web.asked]
        yield Backfilled(
            desk, web, listed, urls[before:killed], urls[killed:ended], resumed, again, urls[ended:]
        )


def words(desk: Desk, *more: str) -> list[str]:
    settings = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=1", "-s", "BACKFILL_ROWS=400")
    return [
        "backfill",
        str(desk.archive),
        "--source",
        "daily",
        "--from",
        "2019-01-01",
        "--to",
        "2019",
        *settings,
        *more,
    ]


def run(desk: Desk, *more: str) -> Result:
    return desk.run(*words(desk, *more))


def test_a_dry_run_says_what_would_be_asked_for_and_asks_for_no_copy(backfilled: Backfilled) -> None:
    lines = backfilled.listed.out.splitlines()
    assert backfilled.listed.code == 0, backfilled.listed.err
    assert len(lines) == 10
    assert lines[0] == f"20190501120000 {address(1)}"
    assert "10 pages would be asked for" in backfilled.listed.err
    said = backfilled.listed.err
    assert "1 are no pages" in said
    assert "1 are on another source's host" in said
    assert "1 a rule of the source leaves out" in said
    assert "1 do not look like articles" in said


def test_the_first_capture_of_each_page_is_stored_as_of_its_time(backfilled: Backfilled) -> None:
    rows = backfilled.desk.rows(
        "SELECT url, first_seen_at, source_id FROM articles WHERE text LIKE '%harbour%' ORDER BY 2"
    )
    assert [row["first_seen_at"][:10] for row in rows][:3] == ["2019-05-01", "2019-05-02", "2019-05-04"]
    assert {row["source_id"] for row in rows} == {"daily"}
    assert backfilled.desk.column("SELECT count(*) FROM urls WHERE state = 'due'") == [
        0
    ]  # no crawl asks the publisher
    assert address(20) not in {row["url"] for row in rows}  # before the span


def test_every_page_has_an_outcome_and_its_reason(backfilled: Backfilled) -> None:
    rows = backfilled.desk.rows("SELECT url, outcome, reason FROM outcomes ORDER BY crawl_id")
    found = {row["url"]: (row["outcome"], row["reason"] or "") for row in rows}
    assert found[address(1)][0] == "new"
    assert found[address(3)] == ("failed", "the web archive answered 503")
    assert found[address(12)][0] in ("duplicate", "unchanged")
    assert found[address(13)] == ("excluded", "redirected to another site, other.example")
    assert found[address(14)] == ("excluded", "the web archive does not give this page out (403)")
    assert len(found) == 10
    backfilled.desk.assert_adds_up()
    assert backfilled.desk.column("SELECT DISTINCT command FROM crawls") == ["clippings backfill"]


def test_the_publisher_is_never_asked(backfilled: Backfilled) -> None:
    assert [url for url, _ in backfilled.web.asked if not url.startswith(backfilled.web.url)] == []


def test_of_pages_that_ask_for_no_copy_the_text_alone_is_kept(backfilled: Backfilled) -> None:
    sql = "SELECT url, capture_id, word_count FROM articles WHERE rights LIKE '%noarchive%' ORDER BY url"
    rows = backfilled.desk.rows(sql)
    assert [(row["url"], row["capture_id"]) for row in rows] == [(address(10), None), (address(11), None)]
    assert all(row["word_count"] > 50 for row in rows)


def test_captures_say_where_they_come_from(backfilled: Backfilled) -> None:
    rows = backfilled.desk.rows("SELECT url, fetched_at, origin FROM captures ORDER BY fetched_at")
    assert rows[0]["origin"] == copy_address(backfilled.web.copies, "20190501120000", address(1))
    assert rows[0]["fetched_at"].startswith("2019-05-01T12:00:00")
    assert all(row["origin"] for row in rows)
    assert backfilled.desk.run("verify").code == 0
    record = backfilled.desk.rows(
        "SELECT warc_file, warc_offset, warc_length FROM captures ORDER BY fetched_at"
    )[0]
    with (backfilled.desk.folder / "warc" / record["warc_file"]).open("rb") as file:
        file.seek(record["warc_offset"])
        head = gzip.decompress(file.read(record["warc_length"])).partition(b"<html")[0].decode()
    assert f"WARC-Target-URI: {address(1)}" in head
    assert "WARC-Date: 2019-05-01T12:00:00Z" in head
    assert f"WARC-Source-URI: {rows[0]['origin']}" in head
    assert "Last-Modified: Wed, 01 May 2019" in head
    assert "Archive-Orig" not in head


async def test_pages_for_readers_say_so_too(backfilled: Backfilled) -> None:
    (number,) = backfilled.desk.column("SELECT id FROM articles WHERE url = ?", address(1))
    room = await in_process(backfilled.desk.archive)
    place = f"/-/clippings/{backfilled.desk.archive.stem}/article/{number}"
    article = said(await page(room, place))
    sheet = said(await page(room, f"{place}/evidence"))
    assert "from the web archive 127.0.0.1" in article
    assert "by a web archive, and taken from there" in article
    assert f"taken from the web archive 127.0.0.1: {backfilled.web.url}" in sheet
    assert "by the clock of a web archive" in sheet


def test_one_that_was_killed_goes_on_and_asks_for_nothing_again(backfilled: Backfilled) -> None:
    def is_copy(url: str) -> bool:
        return "/web/" in url

    assert any("/cdx" in url for url in backfilled.asked_before_kill)
    before = [url for url in backfilled.asked_before_kill if is_copy(url)]
    after = [url for url in backfilled.asked_after_kill if is_copy(url)]
    assert len(before) == 2  # it was killed with the second under way, which is asked for again
    assert before[0] not in after
    assert before[1] in after
    assert not any("/cdx" in url for url in backfilled.asked_after_kill)
    assert backfilled.resumed.code == 3, backfilled.resumed.err  # one page failed
    assert "1 page waits: the same command goes on" in backfilled.resumed.err


def test_at_its_end_only_what_failed_is_asked_for_again(backfilled: Backfilled) -> None:
    assert backfilled.asked_again
    assert {url for url in backfilled.asked_again if "/web/" in url} == {
        copy_address(backfilled.web.copies, "20190503120000", address(3))
    }


def test_an_index_that_broke_off_is_asked_for_less_and_a_pause_is_kept(backfilled: Backfilled) -> None:
    asked = backfilled.web.asked_for("/cdx")
    limits = [int(re.search(r"limit=(\d+)", url)[1]) for url in asked]  # type: ignore[index]
    assert limits[:3] == [400, 200, 200]
    assert any("resumeKey=" in url for url in asked)


def test_a_site_that_the_web_archive_does_not_give_out_ends_it_with_the_remedy(tmp_path: Path) -> None:
    with WebArchive() as web:
        web.faults["/cdx"] = [(403, {}, b"Blocked Site Error")]
        desk = Desk(tmp_path, cast("Newspaper", web))
        desk.seed("daily.toml", f'home = "{DAILY}/"\n')
        result = run(desk, "--cdx", web.index, "--replay", web.copies)
    assert result.code == 1
    assert "does not give out what it has of daily.example (403: Blocked Site Error)" in result.err
    assert "--cdx and --replay" in result.err


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, ""),
        (451, "does not give out"),
        (404, "Is it the address of a CDX index?"),
        (503, "the same command goes on"),
    ],
)
def test_what_an_index_answers_is_said_with_the_remedy(status: int, said: str) -> None:
    found = describe_index_status(status, b"", "https://web.example.org/cdx", "daily.example")
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "2020", "--to", "2019"], "--from 2020 is later than --to 2019"),
        (["--from", "soon"], "is neither a date nor a duration"),
        (["--from", "2019", "--cdx", "here"], "--cdx here is no web address"),
        (["--from", "2019", "--replay", "https://a.example/"], "{timestamp} and {url}"),
    ],
)
def test_wrong_use_ends_with_2(tmp_path: Path, options: list[str], said: str) -> None:
    result = CliRunner().invoke(
        cli, ["backfill", str(tmp_path / "a.db"), "--source", "daily", "--seeds", str(tmp_path), *options]
    )
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "a.db").exists()


# --- the pure parts


def test_both_kinds_of_index_are_read() -> None:
    wanted = [IndexRow("20190501120000", "http://a.example/x", "200", "text/html")]
    names = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest"]
    row = ["example,a)/x", "20190501120000", "http://a.example/x", "text/html", "200", "Z"]
    assert read_index(json.dumps([names, row]).encode()) == IndexAnswer(wanted, "")
    assert read_index(json.dumps([names, row, [], ["example,a)/y 2019"]]).encode()) == IndexAnswer(
        wanted, "example,a)/y 2019"
    )
    line = {"urlkey": "example,a)/x", "timestamp": "20190501120000", "url": "http://a.example/x"}
    pywb = json.dumps({**line, "mime": "text/html", "status": "200"})
    assert read_index(f"{pywb}\n".encode()) == IndexAnswer(wanted, "")
    assert read_index(b"[]") == read_index(b"\n") == IndexAnswer([], "")
    assert read_index(json.dumps([names, ["k", "soon", "x", "", "", ""]]).encode()).rows == []


@pytest.mark.parametrize("body", [b'[["urlkey","time', b'[["urlkey"]', b'{"urlkey": "a"}\n{"url'])
def test_an_answer_that_breaks_off_is_noticed(body: bytes) -> None:
    with pytest.raises(CutOffIndexError):
        read_index(body)


@pytest.mark.parametrize("body", [b"<html></html>", b'[{"a": 1}]', b"com,example)/ 2019 text/html"])
def test_another_answer_is_no_index(body: bytes) -> None:
    with pytest.raises(NoIndexError):
        read_index(body)


def test_an_index_goes_on_by_its_key_or_by_halves_of_the_span() -> None:
    row = IndexRow("20190501120000", "http://a.example/x", "200", "text/html")
    whole, other = Window("20190101000000", "20190102000000"), Window("20200101000000", "20200102000000")
    assert next_windows([whole, other], IndexAnswer([row], "k"), 1) == [whole._replace(resume="k"), other]
    assert next_windows([whole, other], IndexAnswer([row], ""), 2) == [other]
    assert next_windows([whole._replace(resume="k"), other], IndexAnswer([row], "k"), 2) == [other]
    assert next_windows([whole, other], IndexAnswer([row], ""), 1) == [
        Window("20190101000000", "20190101120000"),
        Window("20190101120001", "20190102000000"),
        other,
    ]
    assert halve(Window("20190101000000", "20190101001000")) == []
    assert window_of(datetime(2019, 1, 1, tzinfo=UTC), datetime(2019, 1, 2, tzinfo=UTC)) == whole


def test_addresses_of_copies_are_read_back() -> None:
    template = "https://web.example.org/web/{timestamp}id_/{url}"
    made = copy_address(template, "20190501120000", "http://a.example/x?id=1")
    assert made == "https://web.example.org/web/20190501120000id_/http://a.example/x?id=1"
    assert read_copy_address(template, made) == ("20190501120000", "http://a.example/x?id=1")
    assert read_copy_address(template, made.replace("https://web", "http://web")) is not None
    assert read_copy_address(template, "http://a.example/x") is None
    assert address_of("http://a.example:80/x") == "http://a.example/x"
    assert address_of("http://a.example:8080/x") == "http://a.example:8080/x"
    assert address_of("http://a.example:x/") == ""


def test_headers_of_the_publisher_and_the_coding_of_the_answer() -> None:
    sent = [
        ("Content-Type", "text/html"),
        ("Content-Encoding", "gzip"),
        ("X-Archive-Orig-Content-Encoding", "br"),
        ("X-Archive-Orig-Content-Type", "text/html; charset=latin-1"),
        ("X-Archive-Orig-X-Robots-Tag", "noarchive"),
        ("Server", "nginx"),
    ]
    assert original_headers(sent) == (
        ("Content-Type", "text/html; charset=latin-1"),
        ("X-Robots-Tag", "noarchive"),
        ("Content-Encoding", "gzip"),
    )
    assert original_headers(sent[:2]) == tuple(sent[:2])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, None),
        (403, Outcome.EXCLUDED),
        (404, Outcome.FAILED),
        (503, Outcome.FAILED),
        (302, Outcome.FAILED),
    ],
)
def test_what_the_web_archive_says_is_not_what_the_site_says(status: int, outcome: Outcome | None) -> None:
    found = classify_copy(status)
    assert (found[0] if found else None) == outcome


def test_only_articles_of_the_source_are_taken_up() -> None:
    source = Source("daily", f"{DAILY}/", article_urls=("/stories/",))
    page = ("200", "text/html")
    for url, words in (
        (f"{DAILY}/stories/1", ""),
        (f"{DAILY}/2019/05/06/a-long-story-of-the-port", "a rule"),
        ("http://other.example/stories/1", "another source"),
        ("http://", "nobody can ask"),
    ):
        reason = reason_to_leave_out(IndexRow("20190501120000", url, *page), url, source, [source])
        assert words in reason
        assert bool(reason) == bool(words)

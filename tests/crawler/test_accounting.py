"""Every URL taken up ends with one outcome and a reason, whatever hosts, networks and disks do."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.database import Archive
from pipelines.archive.errors import ArchiveError
from pipelines.urls.normalize import key
from tests import faulty
from tests.conftest import ROOT, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

OPTIONS = "DOWNLOAD_DELAY=0 RETRY_TIMES=0 DOWNLOAD_TIMEOUT=8 HOST_FAILURES_MAX=99".split()


def crawl(desk: Desk, **environment: str) -> subprocess.CompletedProcess[str]:
    """A crawl without a proxy: straight to hosts of ours on 127.0.0.0/8."""
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    words = [word for option in OPTIONS for word in ("-s", option)]
    return subprocess.run(
        [sys.executable, "-m", "crawler", "crawl", str(desk.archive), *words],
        cwd=desk.folder,
        env={**env, "PYTHONPATH": str(ROOT), **environment},
        text=True,
        capture_output=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def ended(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Desk, subprocess.CompletedProcess[str]]]:
    """One crawl of all faulty hosts."""
    desk = Desk(tmp_path_factory.mktemp("faulty"), None)  # type: ignore[arg-type]
    with faulty.listening(faulty.HOST, faulty.respond) as port, faulty.tls_hosts(desk.folder) as homes:
        home = f"http://{faulty.HOST}:{port}"
        desk.seed("faulty.toml", f'home = "{home}/"\nfeeds = ["{home}/feed"]\n')
        desk.seed("refused.toml", 'home = "http://127.0.0.31:9/"\nfeeds = ["http://127.0.0.31:9/feed"]\n')
        desk.seed("unknown.toml", 'home = "http://nowhere.invalid/"\n')
        for name, place in homes.items():
            desk.seed(f"{name}.toml", f'home = "{place}"\nfeeds = ["{place}feed"]\ndiscover = false\n')
        yield desk, crawl(desk, SSL_CERT_FILE=str(desk.folder / "ca.pem"))


@pytest.mark.parametrize("name", faulty.PAGES)
def test_a_broken_answer_has_its_outcome(
    ended: tuple[Desk, subprocess.CompletedProcess[str]], name: str
) -> None:
    desk, _ = ended
    found = {url.rpartition("/story/")[2]: end for url, end in desk.outcomes().items() if "/story/" in url}
    outcome, reason = found[name]
    assert outcome in faulty.PAGES[name][1], reason
    assert reason or outcome == "new"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("soft-404", "error page"),
        ("captcha", "captcha"),
        ("consent", "consent"),
        ("refused-port", "redirected to port 9: "),
        ("bad-location", "redirected to an address that is not a web address"),
        ("no-http", "the answer is not HTTP"),
        ("nothing", "closed the connection without an answer"),
    ],
)
def test_what_stands_in_an_articles_place_is_named(
    ended: tuple[Desk, subprocess.CompletedProcess[str]], name: str, words: str
) -> None:
    reasons = [reason for url, (_, reason) in ended[0].outcomes().items() if url.endswith(f"/story/{name}")]
    assert words in (reasons[0] or "")


def test_all_of_it_adds_up(ended: tuple[Desk, subprocess.CompletedProcess[str]]) -> None:
    desk, done = ended
    desk.assert_adds_up()
    assert done.returncode == 3
    assert desk.column("SELECT url FROM articles GROUP BY url HAVING count(*) > 1") == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("expired", "its certificate expired on 20"),
        ("wrong-name", "its certificate is for another name"),
        ("wrong-domain", "its certificate is for another name"),
        ("self-signed", "its certificate is self-signed"),
        ("unknown-authority", "its certificate is of an unknown authority"),
        ("refused", "the host refused the connection"),
        ("unknown", "the host name is not known (DNS)"),
    ],
)
def test_a_host_that_cannot_be_trusted_or_reached_is_named(
    ended: tuple[Desk, subprocess.CompletedProcess[str]], source: str, words: str
) -> None:
    desk, done = ended
    (line,) = [line for line in done.stderr.splitlines() if line.startswith(f"{source}: ")]
    assert words in line
    assert desk.column("SELECT count(*) FROM articles WHERE source_id = ?", source) == [0]


@pytest.mark.parametrize("source", ["trusted", "trusted-domain"])
def test_a_certificate_of_a_known_authority_is_trusted(
    ended: tuple[Desk, subprocess.CompletedProcess[str]], source: str
) -> None:
    assert ended[0].column("SELECT count(*) FROM articles WHERE source_id = ?", source) == [1]


def test_a_feed_of_a_hundred_thousand_entries_is_cut_and_said(tmp_path: Path) -> None:
    desk = Desk(tmp_path, None)  # type: ignore[arg-type]
    with faulty.listening(faulty.HOST, faulty.respond) as port:
        home = f"http://{faulty.HOST}:{port}"
        desk.seed("long.toml", f'home = "{home}/"\nfeeds = ["{home}/long"]\nlimit = 5\ndiscover = false\n')
        crawl(desk)
    assert desk.column("SELECT count(*) FROM outcomes WHERE outcome = 'new'") == [5]
    assert desk.column("SELECT count(*) FROM outcomes WHERE outcome = 'deferred'")[0] > 1000
    assert desk.column("SELECT error FROM listings WHERE error IS NOT NULL")
    desk.assert_adds_up()


def test_a_wal_cut_off_as_by_a_power_cut_loses_no_url(desk: Desk) -> None:
    desk.follow("morning", "vestnik")
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0.05", start_new_session=True)
    wal = desk.archive.with_name("archive.db-wal")
    deadline = time.monotonic() + 60
    while not (wal.exists() and wal.stat().st_size > 400_000) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    with wal.open("r+b") as file:
        file.truncate(wal.stat().st_size * 2 // 3 + 17)
    desk.crawl()
    desk.assert_adds_up()
    assert desk.column("SELECT url FROM articles GROUP BY url HAVING count(*) > 1") == []
    wanted = set(desk.newspaper.articles("vestnik.example"))
    assert len(desk.column("SELECT id FROM articles WHERE source_id = 'vestnik'")) >= len(wanted)


def test_a_reader_that_holds_the_database_holds_up_nobody(desk: Desk) -> None:
    desk.follow("vestnik")
    Archive(desk.archive).close()
    reader = sqlite3.connect(desk.archive, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM articles").fetchone()
    result = desk.crawl()
    assert reader.execute("SELECT count(*) FROM articles").fetchone() == (0,), "it reads what it began with"
    reader.close()
    assert (result.code, result.err) == (0, "")
    desk.assert_adds_up()


@pytest.mark.parametrize(
    ("sign", "fault"),
    [(signal.SIGTERM, "hang"), (signal.SIGINT, "slow bps=50")],
    ids=["SIGTERM, hang", "SIGINT, slow"],
)
def test_what_was_in_flight_when_a_crawl_is_stopped_is_stored_or_owed(
    desk: Desk, sign: signal.Signals, fault: str
) -> None:
    desk.follow("morning")
    desk.newspaper.fault(fault)
    wanted = {key(url) for url in desk.newspaper.articles("morning.example")}
    process = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", "-s", "DOWNLOAD_TIMEOUT=3")
    deadline = time.monotonic() + 60
    while not in_flight(desk) & wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(sign)
    process.communicate(timeout=100)
    asked = in_flight(desk) & wanted
    safe = desk.column("SELECT key FROM urls WHERE article_id IS NOT NULL OR state = 'due'")
    assert asked
    assert asked <= set(safe)
    assert desk.column("SELECT reason FROM crawls") == ["interrupted"]
    desk.assert_adds_up()
    desk.newspaper.heal()
    desk.crawl()
    assert wanted <= set(desk.column("SELECT key FROM urls WHERE article_id IS NOT NULL"))
    assert desk.column("SELECT url FROM articles GROUP BY url HAVING count(*) > 1") == []


def in_flight(desk: Desk) -> set[str]:
    """What the newspaper was asked for, answered or not."""
    return {key(f"http://{r['host']}{r['path']}") for r in desk.newspaper.log()}


def test_an_archive_of_an_older_clippings_is_brought_up_to_date(desk: Desk) -> None:
    desk.follow("morning")
    held, pending = desk.newspaper.articles("morning.example")[:2]
    faulty.older_archive(desk.archive, "http://morning.example/", held, pending)
    assert desk.run("status", str(desk.archive)).code in (0, 1), "it may ask for a crawl first"
    result = desk.crawl()
    assert (result.code, result.err) == (0, "")
    assert desk.outcomes()[pending][0] == "new"
    assert desk.column("SELECT id FROM articles WHERE url = ?", held) == [1]
    found = desk.run("search", str(desk.archive), "pier of old")
    assert "1 article" in found.out
    desk.assert_adds_up()
    shape = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name"
    migrated = desk.column(shape)
    Archive(desk.folder / "new.db").close()
    desk.archive = desk.folder / "new.db"
    assert migrated == desk.column(shape)


def test_an_archive_of_a_newer_clippings_is_left_alone(copy_of: Desk) -> None:
    with sqlite3.connect(copy_of.archive) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('clippings', 'm999_later', '2027')"
        )
    db.close()
    before = copy_of.archive.read_bytes()
    result = copy_of.crawl()
    assert result.code == 1
    assert "newer Clippings" in result.err
    assert copy_of.archive.read_bytes() == before


def test_a_clock_that_was_set_back_loses_nothing(copy_of: Desk) -> None:
    with sqlite3.connect(copy_of.archive) as db:
        db.execute("UPDATE urls SET found_at = replace(found_at, '202', '203')")
        db.execute("UPDATE crawls SET started_at = replace(started_at, '202', '203')")
    db.close()
    fresh = copy_of.newspaper.publish("morning.example")
    result = copy_of.crawl()
    assert "Traceback" not in result.err
    assert key(fresh) in {key(url) for url in copy_of.outcomes()}


EXTRA = pytest.mark.extra


@pytest.mark.parametrize(
    "room", [0, pytest.param(4096, marks=EXTRA), pytest.param(20_000, marks=EXTRA), 60_000, 450_000]
)
def test_a_full_disk_is_said_and_the_next_crawl_goes_on(desk: Desk, room: int) -> None:
    import resource

    desk.follow("morning")

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    full = desk.start("crawl", str(desk.archive), "-s", "DOWNLOAD_DELAY=0", preexec_fn=small)
    _, errors = full.communicate(timeout=100)
    assert full.returncode == 1, errors
    assert "Error: " in errors
    result = desk.crawl()
    assert (result.code, result.err) == (0, "")
    wanted = {key(url) for url in desk.newspaper.articles("morning.example")}
    assert wanted <= set(desk.column("SELECT key FROM urls WHERE article_id IS NOT NULL"))
    assert desk.column("PRAGMA integrity_check") == ["ok"]
    with pytest.raises(ArchiveError):
        Archive(desk.folder)

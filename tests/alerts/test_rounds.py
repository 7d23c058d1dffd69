"""Alerts over many crawls: what is new is told once and never lost, whatever is down, killed or replaced meanwhile."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from click.testing import CliRunner

from crawler.alerts.run import begin_alerts, run_alerts
from crawler.cli import cli
from tests.alerts.press import crawling
from tests.alerts.receivers import mail_server, webhook
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipelines.alerts.render import ArchiveAddress
    from pipelines.desk.records import Report
    from tests.alerts.press import Press
    from tests.alerts.receivers import Hook, Mailbox

SETTINGS = """
[alerts]
smtp = "{smtp}"
sender = "clippings@example.org"
address = "https://clippings.example.org/"
[[alert]]
name = "Harbour"
query = "harbour OR ferry"
on = ["new", "revised", "gone"]
to = ["{hook}", "desk@example.org", "stdout", "feed"]
[[alert]]
name = "Corrections"
source = "daily"
on = ["correction"]
to = ["{hook}/corrections"]
"""


class Folder:
    """A user's folder with an archive, alerts and their receivers."""

    def __init__(self, path: Path, box: Mailbox, hook: Hook, smtp: str) -> None:
        self.path, self.box, self.hook = path, box, hook
        self.archive = path / "archive.db"
        self.config = path / "clippings.toml"
        self.config.write_text(SETTINGS.format(smtp=smtp, hook=hook.address), encoding="utf-8")
        self.printed: list[Report] = []

    def crawl(self, *steps: Callable[[Press], object]) -> list[str]:
        """A crawl that does these steps, with its alerts; returns what they say on stderr."""
        with crawling(self.archive) as press:
            begin_alerts(self.archive, self.config)
            for step in steps:
                step(press)
        return self.tell()

    def tell(self) -> list[str]:
        return run_alerts(self.archive, self.config, self._print)

    def _print(self, report: Report, address: ArchiveAddress) -> None:
        self.printed.append(report)

    @property
    def mailed(self) -> list[str]:
        return [mail["Subject"] for mail in self.box.mails]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with mail_server() as (box, smtp), webhook() as hook:
        yield Folder(tmp_path, box, hook, smtp)


def publish(name: str, title: str, text: str, outcome: str = "new") -> Callable[[Press], object]:
    def step(press: Press) -> None:
        assert press.publish(name, title, text) == outcome

    return step


def withdraw(name: str) -> Callable[[Press], object]:
    def step(press: Press) -> None:
        assert press.withdraw(name) == "gone"

    return step


FERRY = publish("ferry", "Ferry sails again", "The ferry left the harbour at noon, with two cars on board.")
RENAMED = publish(
    "ferry", "Ferry sails at last", "The ferry left the harbour at noon, with two cars on board.", "revised"
)
CORRECTED = publish(
    "ferry",
    "Ferry sails at last",
    "The ferry left the harbour at noon, with two cars on board.\n\n! Correction: there were three cars, not two.",
    "revised",
)
BAKERY = publish(
    "bakery", "Bakery opens", "The bakery by the harbour sells bread from six in the morning on."
)
MOVED = publish(
    "bakery", "Bakery opens", "The bakery by the station sells bread from six in the morning on.", "revised"
)
QUAY = publish("quay", "Quay repaired", "The quay of the old harbour was repaired by divers in two weeks.")
OTHER = publish("school", "School closes", "The school of the valley closes for want of pupils this summer.")


def test_ten_crawls_tell_each_thing_once_though_receivers_are_down_twice(folder: Folder) -> None:
    down = {"status": 503}
    assert folder.crawl(FERRY, OTHER) == []
    assert folder.crawl() == []
    assert folder.crawl(RENAMED) == []
    vars(folder.hook).update(down)
    folder.box.refuse = "451 The mailbox is full"
    said = folder.crawl(BAKERY)
    assert len(said) == 2
    assert (
        f"alert Harbour: {folder.hook.address} was not reached: it answers 503 Service Unavailable."
        in said[0] + said[1]
    )
    assert (
        "desk@example.org was not reached: the mail server refuses the mail (451 The mailbox is full)"
        in said[0] + said[1]
    )
    said = folder.crawl(CORRECTED)
    assert len(said) == 1  # the other alert's address: what stays down is said once
    folder.hook.status, folder.box.refuse = 200, ""
    assert folder.crawl() == []
    assert folder.crawl(withdraw("ferry")) == []
    vars(folder.hook).update(down)
    assert len(folder.crawl(MOVED)) == 1
    folder.hook.status = 200
    assert folder.crawl() == []
    assert folder.crawl(OTHER_AGAIN) == []
    told = [
        ("new", "Ferry sails again"),
        ("revised", "Ferry sails at last"),
        ("new", "Bakery opens"),
        ("revised", "Ferry sails at last"),
        ("gone", "Ferry sails at last"),
        ("revised", "Bakery opens"),
    ]
    harbour = [report for report in folder.hook.reports if report["alert"] == "Harbour"]
    assert [(event["event"], event["title"]) for report in harbour for event in report["events"]] == told
    assert [(event.kind, event.title) for report in folder.printed for event in report.events] == told
    assert folder.mailed == [
        "Harbour: 1 new",
        "Harbour: 1 changed",
        "Harbour: 1 new",
        "Harbour: 1 changed",
        "Harbour: 1 gone",
        "Harbour: 1 changed",
    ]
    corrections = [report for report in folder.hook.reports if report["alert"] == "Corrections"]
    assert [event["kinds"] for report in corrections for event in report["events"]] == [
        ["text", "correction"]
    ]
    assert len(set(folder.hook.keys)) == len(folder.hook.keys) == 7
    assert len({mail["Message-ID"] for mail in folder.box.mails}) == 6
    check_the_mail(folder)
    check_the_webhook(harbour)
    check_the_feed(folder.path / "feeds/harbour.atom")


def OTHER_AGAIN(press: Press) -> None:
    assert (
        press.publish(
            "school", "School closes", "The school of the valley closes for want of pupils this summer."
        )
        == "unchanged"
    )


def check_the_mail(folder: Folder) -> None:
    """As a real server received it: the words that changed, both links, and nothing of this machine."""
    mail = folder.box.mails[1]
    assert mail["From"] == "clippings@example.org"
    assert mail["To"] == "desk@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",)).get_content()
    assert "Changed (headline): Ferry sails at last" in text
    assert "[-again-]" in text
    assert "{+at last+}" in text
    assert "https://daily.example/ferry" in text
    assert "https://clippings.example.org/-/clippings/archive/article/1" in text
    html = mail.get_body(("html",)).get_content()
    assert "<del>again</del>" in html
    assert "<ins>at last</ins>" in html
    for word in ("127.0.0.1", "localhost", str(folder.path)):
        assert word not in mail.as_string()


def check_the_webhook(reports: list[dict[str, Any]]) -> None:
    first, renamed = reports[0]["events"][0], reports[1]["events"][0]
    assert {**first, "seen_at": "", "excerpt": ""} == {
        "event": "new",
        "kinds": [],
        "url": "https://daily.example/ferry",
        "title": "Ferry sails again",
        "old_title": None,
        "source": "daily",
        "source_name": "The Daily",
        "authors": ["Ada Denlen"],
        "language": "en",
        "published_at": None,
        "seen_at": "",
        "version": 1,
        "excerpt": "",
        "changes": [],
        "article": 1,
        "archived": "https://clippings.example.org/-/clippings/archive/article/1",
    }
    assert "harbour at noon" in first["excerpt"]
    assert (renamed["old_title"], renamed["version"]) == ("Ferry sails again", 2)
    headline = {run["op"]: run["text"].strip() for run in renamed["changes"][0]["runs"]}
    assert (renamed["changes"][0]["part"], headline["removed"], headline["added"]) == (
        "headline",
        "again",
        "at last",
    )


def check_the_feed(path: Path) -> None:
    """By a feed reader: an entry an event, the latest first, with the difference and both links."""
    body = path.read_bytes()
    feed = feedparser.parse(body)
    assert not feed.bozo
    assert feed.feed.title == "Clippings: Harbour"
    assert [entry.title for entry in feed.entries][-1] == "Ferry sails again"
    assert len({entry.id for entry in feed.entries}) == len(feed.entries) == 6
    renamed = feed.entries[4]
    assert renamed.link == "https://daily.example/ferry"
    assert [link.href for link in renamed.links if link.rel == "related"] == [
        "https://clippings.example.org/-/clippings/archive/article/1"
    ]
    assert "<ins>at last</ins>" in renamed.content[0].value
    for word in (b"127.0.0.1", b"localhost", str(path.parent.parent).encode()):
        assert word not in body


KILLED = """
import os, sys
from pathlib import Path
import crawler.alerts.run as run
def die(*args, **named):
    os.kill(os.getpid(), 9)
where = sys.argv[3]
if where != "answer":
    setattr(run, where, die)
run.run_alerts(Path(sys.argv[1]), Path(sys.argv[2]), lambda report, address: None)
"""


@pytest.mark.parametrize(
    ("where", "copies"), [("collect", 1), ("deliver", 1), ("note_delivery", 2), ("answer", 2)]
)
def test_a_kill_loses_nothing_and_doubts_are_told_again_with_the_same_id(
    folder: Folder, where: str, copies: int
) -> None:
    """Killed before the report, before its delivery, after it, and by the receiver that has it but has not answered."""
    folder.config.write_text(
        folder.config.read_text("utf-8").replace(', "desk@example.org", "stdout", "feed"', ""), "utf-8"
    )
    with crawling(folder.archive) as press:
        begin_alerts(folder.archive, folder.config)
        FERRY(press)
    command = [sys.executable, "-c", KILLED, str(folder.archive), str(folder.config), where]
    process = subprocess.Popen(command, env={"PYTHONPATH": str(ROOT)})
    if where == "answer":
        folder.hook.kill = process.pid
    assert process.wait(60) == -signal.SIGKILL
    assert folder.tell() == []
    assert folder.tell() == []
    assert folder.hook.events == [("new", "Ferry sails again")] * copies
    assert len(set(folder.hook.keys)) == 1


def test_an_archive_that_is_replaced_tells_nothing_again_and_loses_nothing(folder: Folder) -> None:
    old = folder.path / "old"
    old.mkdir()
    folder.crawl(FERRY)
    shutil.copy(folder.archive, old / "archive.db")
    folder.crawl(BAKERY)
    assert [title for _, title in folder.hook.events] == ["Ferry sails again", "Bakery opens"]
    # The backup takes its place; the next crawl finds the bakery again, and what is new.
    shutil.copy(old / "archive.db", folder.archive)
    assert folder.crawl(BAKERY, QUAY) == []
    assert [title for _, title in folder.hook.events[2:]] == ["Quay repaired"]
    # Another archive takes its place, into which this one was merged: its ids are others.
    other = folder.path / "other.db"
    pier = publish(
        "pier", "Pier closed", "The pier of the harbour is closed to all visitors until the spring."
    )
    with crawling(other) as press:
        OTHER(press)
        pier(press)
    merged = CliRunner().invoke(
        cli, ["merge", str(folder.archive), "--into", str(other)], catch_exceptions=False
    )
    assert merged.exit_code == 0
    other.replace(folder.archive)
    folder.archive.with_name("archive.db-wal").unlink(missing_ok=True)
    folder.archive.with_name("archive.db-shm").unlink(missing_ok=True)
    assert folder.crawl(RENAMED) == []
    assert sorted(title for _, title in folder.hook.events[3:]) == ["Ferry sails at last", "Pier closed"]


def test_what_was_there_before_an_alert_is_not_told(folder: Folder) -> None:
    with crawling(folder.archive) as press:
        FERRY(press)
    folder.crawl(BAKERY)
    assert folder.hook.events == [("new", "Bakery opens")]


def test_what_is_forgotten_leaves_reports_feeds_and_waiting_mail(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.path)
    folder.crawl(BAKERY)
    folder.hook.status = 503
    folder.crawl(FERRY)
    result = CliRunner().invoke(
        cli, ["forget", "https://daily.example/ferry", "--yes"], catch_exceptions=False
    )
    assert "desk.db: taken out of 1 place in reports" in result.output
    assert "It has left this machine: alert Harbour: told desk@example.org on " in result.output
    assert folder.hook.address not in result.output
    assert "Ferry" not in (folder.path / "feeds/harbour.atom").read_text("utf-8")
    assert "Bakery" in (folder.path / "feeds/harbour.atom").read_text("utf-8")
    assert b"Ferry" not in (folder.path / "desk.db").read_bytes()
    folder.hook.status = 200
    assert folder.tell() == []
    assert folder.hook.events == [("new", "Bakery opens")]
    assert folder.crawl(QUAY) == []  # it gets the id of what was forgotten
    assert folder.hook.events == [("new", "Bakery opens"), ("new", "Quay repaired")]


def test_what_a_merge_brings_is_told_once(folder: Folder) -> None:
    """A colleague's archive has other versions of what ours has: those changes are made anew, by other ids."""
    folder.crawl(FERRY, BAKERY)
    shard = folder.path / "shard.db"
    shutil.copy(folder.archive, shard)
    folder.crawl(RENAMED)
    with crawling(shard) as press:
        MOVED(press)
        QUAY(press)
    merged = CliRunner().invoke(
        cli, ["merge", str(shard), "--into", str(folder.archive)], catch_exceptions=False
    )
    assert merged.exit_code == 0
    assert folder.tell() == []
    assert folder.tell() == []
    assert sorted(folder.hook.events[3:]) == [("new", "Quay repaired"), ("revised", "Bakery opens")]


def test_a_report_of_which_a_part_was_forgotten_says_so(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.path)
    folder.hook.status = 503
    folder.crawl(FERRY, BAKERY)
    CliRunner().invoke(cli, ["forget", "https://daily.example/ferry", "--yes"], catch_exceptions=False)
    folder.hook.status = 200
    folder.tell()
    [report] = folder.hook.reports
    assert [event["title"] for event in report["events"]] == ["Bakery opens"]
    assert len(report["forgotten"]) == 1


def test_nothing_is_made_where_there_is_no_alert(tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    with crawling(archive) as press:
        begin_alerts(archive, tmp_path / "clippings.toml")
        FERRY(press)
    (tmp_path / "clippings.toml").write_text("", "utf-8")
    assert run_alerts(archive, tmp_path / "clippings.toml", print) == []  # type: ignore[arg-type]
    assert not (tmp_path / "desk.db").exists()


def test_a_damaged_desk_is_a_line_and_no_error(folder: Folder) -> None:
    (folder.path / "desk.db").write_bytes(b"no database" * 100)
    [line] = folder.crawl(FERRY)
    assert line.startswith(str(folder.path / "desk.db"))
    assert "Put your backup in its place" in line

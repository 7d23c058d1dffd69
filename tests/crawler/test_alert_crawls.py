"""Alerts of real crawls: what is printed and written, what a broken one changes, and the commands around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser
from click.testing import CliRunner

from crawler.cli import cli
from crawler.commands.alert import print_report
from pipelines.alerts.render import ArchiveAddress
from pipelines.desk.database import Desk as SavedDesk
from pipelines.desk.records import SavedSearch
from pipelines.desk.searches import list_searches, remove_search, save_search
from tests.alerts.press import crawling
from tests.alerts.receivers import webhook
from tests.alerts.test_render import REPORT

if TYPE_CHECKING:
    import pytest
    from click.testing import Result

    from tests.conftest import Desk

SETTINGS = """
[manners]
contact = "me@example.org"
[crawl]
limit = 3
[alerts]
secrets = "private.toml"
[[alert]]
name = "All of the Messenger"
source = "vestnik"
on = ["new", "headline", "gone"]
to = ["stdout", "feed", "hook"]
[[alert]]
name = "Broken"
qerry = "x"
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


def test_a_crawl_tells_and_its_alerts_cannot_fail_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One walk, since a crawl takes seconds: the crawl, and the commands around its alerts."""
    monkeypatch.chdir(desk.folder)
    desk.follow("vestnik")
    Path("clippings.toml").write_text(SETTINGS, "utf-8")
    secrets = Path("private.toml")
    with webhook() as hook:
        secrets.write_text(f'[addresses]\nhook = "{hook.address}"\n', "utf-8")
        secrets.chmod(0o644)
        first = desk.crawl()
        assert first.code == 0
        articles = desk.column("SELECT count(*) FROM articles")[0]
        assert first.out.splitlines()[0] == f"All of the Messenger: {articles} new"
        errors = first.err.splitlines()
        assert len(errors) == 2
        assert "alert Broken: qerry: is no key of an alert. Did you mean query?" in errors[0]
        assert "hook was not reached: private.toml can be read by others (its mode is 0644)." in errors[1]
        assert hook.address not in (desk.folder / "archive.log").read_text("utf-8")
        feed = feedparser.parse(Path("feeds/all-of-the-messenger.atom").read_bytes())
        assert not feed.bozo
        assert len(feed.entries) == articles
        late = run("alert", "list").stdout
        assert (
            "Not delivered: All of the Messenger to hook, tried once: private.toml can be read by others"
            in late
        )

        secrets.chmod(0o600)
        assert run("alert", "run").exit_code == 1  # for the alert that is broken still
        assert len(hook.reports[0]["events"]) == articles
    [alert] = json.loads(run("alert", "list", "--json").stdout)
    assert (alert["name"], alert["saved_in"], alert["undelivered"]) == (
        "All of the Messenger",
        "clippings.toml",
        [],
    )

    tested = run("alert", "test", "all", "of the messenger")
    assert tested.exit_code == 1  # the hook is gone
    assert "A test of the alert All of the Messenger; nothing of it is noted." in tested.stdout
    assert "Error: hook: Connection refused" in tested.stderr
    unknown = run("alert", "test", "Messenger")
    assert unknown.exit_code == 2
    assert "clippings.toml has no alert Messenger. There are: All of the Messenger." in unknown.stderr


def test_a_desk_is_backed_up_and_restored_with_its_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with crawling(Path("archive.db")) as press:
        press.publish("ferry", "Ferry sails again", "The ferry left the harbour at noon.")
    with SavedDesk(Path("desk.db")) as kept:
        save_search(kept, SavedSearch("Harbour", "harbour", ("new",)), "2026-11-26")
    for folder in ("copy", "restored"):
        Path(folder).mkdir()
    backup = run("backup", "archive.db", "copy")
    assert backup.exit_code == 0
    assert "copy/desk.db: " in backup.stdout
    assert run("restore", "copy", "restored/archive.db").exit_code == 0
    with SavedDesk(Path("restored/desk.db")) as brought:
        assert [search.name for search in list_searches(brought)] == ["Harbour"]
        remove_search(brought, 1)
    again = run("restore", "copy", "restored/again.db")
    assert "restored/desk.db was there already and stays" in again.stdout
    with SavedDesk(Path("restored/desk.db")) as stayed:
        assert list_searches(stayed) == []


def test_a_report_as_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(REPORT, ArchiveAddress(), as_json=True)
    assert json.loads(capsys.readouterr().out)["alert_report"]["events"][0]["title"] == "Ferry sails at last"


def test_listing_makes_no_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "There is no alert yet" in run("alert", "list").stdout
    assert list(tmp_path.iterdir()) == []

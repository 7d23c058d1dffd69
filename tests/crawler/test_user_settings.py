"""clippings.toml: each key has its effect and is documented, and what is wrong in it is said with its remedy."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crawler import settings as program
from crawler.cli import cli
from crawler.command_line.process import settings_for
from crawler.run.assets import wanting
from crawler.sources.model import Source
from crawler.user_settings import (
    KEYS,
    SECTIONS,
    Key,
    SettingsFileError,
    alert_options,
    browse_options,
    default_file,
    read_user_settings,
    settings_of,
)
from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.conftest import Desk

browse = importlib.import_module("crawler.commands.browse")

CHANGED = {
    "manners.contact": ('"me@example.org"', "me@example.org"),
    "manners.delay": ('"3s"', 3.0),
    "manners.longest_wait": ("60", 60.0),
    "manners.failures": ("2", 2),
    "manners.timeout": ('"10s"', 10.0),
    "manners.retries": ("0", 0),
    "crawl.window": ('"30d"', "30d"),
    "crawl.recheck": ('["6h", "2d"]', "6h 2d"),
    "crawl.limit": ("7", 7),
    "crawl.undated": ("0", 0),
    "crawl.section_pages": ("3", 3),
    "crawl.listings": ("9", 9),
    "crawl.compared": ("5", 5),
    "crawl.largest_page": ("1", 1024 * 1024),
    "crawl.largest_listing": ("2", 2 * 1024 * 1024),
    "crawl.time_limit": ('"2h"', 7200),
    "keep.noarchive": ('"exclude"', "exclude"),
    "keep.images": ("true", True),
    "keep.assets": ("true", True),
    "keep.assets_of_a_page": ("20", 20),
    "keep.screenshot": ("true", True),
    "crawl.render": ('"auto"', "auto"),
    "crawl.render_timeout": ("20", 20.0),
    "crawl.render_requests": ("30", 30),
    "machine.browser": ('"/usr/bin/chromium"', "/usr/bin/chromium"),
    "keep.largest_asset": ("2", 2 * 1024 * 1024),
    "keep.extractor": ('"Trafilatura"', "trafilatura"),
    "captures.format": ('"zstd"', "zstd"),
    "captures.collections": ('"https://mirror.example.org/cc"', "https://mirror.example.org/cc"),
    "evidence.timestamp": ('"http://127.0.0.1:3161/tsa"', "http://127.0.0.1:3161/tsa"),
    "evidence.certificate": ('"tsa-root.pem"', "tsa-root.pem"),
    "backfill.cdx": ('"https://cdx.example.org/index"', "https://cdx.example.org/index"),
    "backfill.replay": (
        '"https://cdx.example.org/{timestamp}id_/{url}"',
        "https://cdx.example.org/{timestamp}id_/{url}",
    ),
    "machine.workers": ("1", 1),
    "machine.extraction_timeout": ("5", 5.0),
    "machine.requests": ("16", 16),
    "machine.log": ('"Debug"', "DEBUG"),
    "browse.port": ("8123", 8123),
    "browse.open": ("true", True),
    "browse.hosts": ('["news.example.org"]', ("news.example.org",)),
    "alerts.to": ('["feed", "desk@example.org", "team"]', ("feed", "desk@example.org", "team")),
    "alerts.secrets": ('"private.toml"', "private.toml"),
    "alerts.smtp": ('"smtps://mail.example.org"', "smtps://mail.example.org"),
    "alerts.sender": ('"news@example.org"', "news@example.org"),
    "alerts.address": ('"https://c.example.org/"', "https://c.example.org/"),
}
"""Each key: a value other than its default as TOML, and what it comes to."""


def read(tmp_path: Path, text: str) -> dict[Key, Any]:
    file = tmp_path / "clippings.toml"
    file.write_text(text, encoding="utf-8")
    return read_user_settings(file)


def test_every_key_has_a_value_here() -> None:
    assert set(CHANGED) == {key.path for key in KEYS}
    assert {key.section for key in KEYS} == set(SECTIONS)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_each_key_replaces_its_setting_and_the_command_line_replaces_both(tmp_path: Path, key: Key) -> None:
    written, meant = CHANGED[key.path]
    values = read(tmp_path, f"[{key.section}]\n{key.name} = {written}\n")
    assert values == {key: meant}
    if key.setting is None:
        read_options = alert_options if key.section == "alerts" else browse_options
        assert read_options(values) == {key.name: meant}
        return
    assert key.setting in vars(program) or key.setting in ("RETRY_TIMES",)
    ours = settings_for({}, user=settings_of(values))
    assert ours[key.setting] == meant
    assert settings_for({})[key.setting] != meant
    assert settings_for({key.setting: "given"}, user=settings_of(values))[key.setting] == "given"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_each_key_is_documented_with_the_default_that_holds(tmp_path: Path, key: Key) -> None:
    docs = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert f"| `{key.name}` | {key.kind} | `{key.default}` |" in docs
    assert f"# {key.name} = {key.default}" in default_file()
    values = read(tmp_path, f"[{key.section}]\n{key.name} = {key.default}\n")
    if key.setting is not None:
        assert values[key] == settings_for({})[key.setting]


def test_the_file_that_init_writes_sets_nothing_and_would_set_everything(tmp_path: Path) -> None:
    assert read(tmp_path, default_file()) == {}
    uncommented = re.sub(r"(?m)^# (\w+ = )", r"\1", default_file())
    assert {key.path for key in read(tmp_path, uncommented)} == set(CHANGED)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[manners]\ndely = 2", "manners.dely: is no setting. Did you mean delay?"),
        ("[maners]\ndelay = 2", "maners: is no section. Did you mean manners?"),
        ("[crawl]\nDOWNLOAD_DELAY = 2", "crawl.DOWNLOAD_DELAY: is no setting. Known keys: window, recheck"),
        ("delay = 2", "delay: stands outside of its section. Put it below [manners]."),
        ("[crawl]\ndelay = 2", "crawl.delay: is in the wrong section. Put it below [manners]."),
        ("manners = 2", "manners: should be a section. Write [manners] on a line of its own"),
        ('[manners]\ndelay = "slow"', "manners.delay: 'slow' is not a duration"),
        ("[manners]\ndelay = true", "manners.delay: should be a number of seconds from 0 to 86400"),
        ("[manners]\ncontact = 5", "manners.contact: should be text, not a number"),
        ('[manners]\ncontact = "me"', "manners.contact: is neither an e-mail address nor a web address"),
        ('[manners]\ncontact = "a@b\\r\\nX: y"', "manners.contact: is neither"),
        ("[manners]\ntimeout = 0", "manners.timeout: cannot be 0"),
        ("[manners]\nretries = -1", "manners.retries: should be a whole number from 0 up"),
        (
            "[crawl]\nwindow = 7",
            'crawl.window: should be a duration, not a number. Write it in quotes, such as "7d".',
        ),
        ('[crawl]\nlimit = "many"', "crawl.limit: should be a whole number from 1 up"),
        ("[crawl]\nlimit = 0", "crawl.limit: should be a whole number from 1 up"),
        ('[crawl]\nrecheck = ["1h", "soon"]', "crawl.recheck: 'soon' is not a duration"),
        ("[crawl]\ntime_limit = 0.5", "crawl.time_limit: is less than a second"),
        ('[keep]\nimages = "yes"', "keep.images: should be true or false, not text"),
        (
            '[machine]\nlog = "loud"',
            "machine.log: cannot be 'loud'. Write one of: debug, info, warning, error.",
        ),
        ("[machine]\nlog = 3", "machine.log: cannot be a number."),
        ('[keep]\nnoarchive = "all"', "keep.noarchive: cannot be 'all'. Write one of: text, exclude, keep."),
        ("[browse]\nport = 70000", "browse.port: is above 65535"),
        ('[browse]\nhosts = ["http://a.example"]', "browse.hosts: 'http://a.example' is no host name"),
        (
            '[alerts]\nto = ["slack://key"]',
            "alerts.to: has an address with a password or key in it. Put it into",
        ),
        ('[alerts]\nto = ["a b"]', "alerts.to: 'a b' is no destination"),
        ('[alerts]\nsmtp = "smtp://a:word@b"', 'alerts.smtp: has a password in it. Put smtp = "..." into'),
        ('[alerts]\nsmtp = "mail.example.org"', "alerts.smtp: is no address of a mail server"),
        ('[alerts]\nsender = "me"', "alerts.sender: is no e-mail address"),
        ('[alerts]\naddress = "c.example.org"', "alerts.address: is no web address"),
        ("[manners]\ncontact = me@example.org", "is not TOML"),
        ("[manners]\ncontact = \u201cme@example.org\u201d", "Use straight quotes"),
        ("[manners]\ndely = 2\n[crawl]\nlimit = 0", "Did you mean delay? (and 1 more in this file)"),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsFileError) as raised:
        read(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'clippings.toml'}: ")
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "words", [["crawl"], ["fetch", "http://a.example/"], ["replay"], ["add", "http://a.example/"], ["browse"]]
)
def test_a_wrong_file_stops_the_command_before_it_does_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("seeds").mkdir()
    Path("seeds/a.toml").write_text('home = "http://a.example/"\n', encoding="utf-8")
    if words == ["browse"]:
        Path("archive.db").touch()
    Path("clippings.toml").write_text("[manners]\ndely = 2\n", encoding="utf-8")
    before = sorted(Path().rglob("*"))
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 1
    assert result.stderr == "Error: clippings.toml: manners.dely: is no setting. Did you mean delay?\n"
    missing = CliRunner().invoke(cli, [*words, "--config", "elsewhere.toml"])
    assert missing.exit_code == 1
    assert "elsewhere.toml: cannot be read" in missing.stderr
    assert sorted(Path().rglob("*")) == before


def test_browse_goes_by_the_file_and_its_options_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    served: list[tuple[int, tuple[str, ...], bool]] = []

    def serve(archive: Path, port: int, metadata: dict[str, Any], open_browser: bool) -> None:
        own = metadata["plugins"]["clippings"]
        assert own["desk"]["served"] == ("others" if len(own["hosts"]) > len(browse.OWN_HOSTS) else "here")
        served.append((port, tuple(own["hosts"][len(browse.OWN_HOSTS) :]), open_browser))

    monkeypatch.setattr(browse, "require_archive", lambda archive: None)
    monkeypatch.setattr(browse, "listen", nullcontext)
    monkeypatch.setattr(browse, "serve", serve)
    for given in ([], ["--port", "8200", "--no-open", "--host", "b.example"]):
        CliRunner().invoke(cli, ["browse", *given], catch_exceptions=False)
    Path("clippings.toml").write_text('[browse]\nport = 8123\nopen = true\nhosts = ["a.example"]\n', "utf-8")
    for given in ([], ["--port", "8200", "--no-open", "--host", "b.example"]):
        CliRunner().invoke(cli, ["browse", *given], catch_exceptions=False)
    given_here = (8200, ("b.example",), False)
    assert served == [(8001, (), False), given_here, (8123, ("a.example",), True), given_here]


@pytest.mark.parametrize(("default", "kept"), [(False, {"yes"}), (True, {"yes", "silent"})])
def test_what_a_source_says_of_assets_wins_over_the_file(default: bool, kept: set[str]) -> None:
    said = {"yes": True, "no": False, "silent": None}
    sources = [Source(id=name, home="http://a.example/", assets=assets) for name, assets in said.items()]
    assert wanting(sources, lambda source: source.assets, default) == kept


def test_a_crawl_goes_by_the_file_of_its_folder(desk: Desk) -> None:
    desk.follow("vestnik")
    file = desk.folder / "clippings.toml"
    file.write_text(
        '[manners]\ncontact = "me@example.org"\ndelay = 0\n[crawl]\nlimit = 2\n[keep]\nimages = true\n',
        "utf-8",
    )
    assert desk.run("crawl", "archive.db").code == 0
    assert pages_fetched(desk) == 2
    agents = {request["user_agent"] for request in desk.newspaper.log()}
    assert agents == {"Clippings/0.1 (personal news archive; +me@example.org)"}
    assert desk.column("SELECT count(*) FROM captures WHERE mime LIKE 'image/%'")[0] > 0

    done = scrapy(desk, "archive=other.db")
    assert done.returncode == 0, done.stderr
    assert "me@example.org" in desk.newspaper.log()[-1]["user_agent"]
    file.write_text("[crawl]\nlimt = 2\n", encoding="utf-8")
    refused = scrapy(desk, "archive=third.db")
    assert refused.returncode == 2
    assert "clippings.toml: crawl.limt: is no setting. Did you mean limit?" in refused.stderr
    assert not (desk.folder / "third.db").exists()


def pages_fetched(desk: Desk) -> int:
    """Pages of the last crawl that had their turn; the limit leaves others for the next."""
    outcomes = [outcome for outcome, _ in desk.outcomes().values()]
    assert "deferred" in outcomes
    return len(outcomes) - outcomes.count("deferred")


def scrapy(desk: Desk, argument: str) -> subprocess.CompletedProcess[str]:
    """`scrapy crawl news` in the desk's folder."""
    environment = {
        **os.environ,
        "http_proxy": desk.newspaper.proxy,
        "no_proxy": "",
        "PYTHONPATH": str(ROOT),
        "SCRAPY_SETTINGS_MODULE": "crawler.settings",
    }
    return subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "news", "-a", argument],
        cwd=desk.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_example_of_the_docs_is_valid(tmp_path: Path) -> None:
    example = (ROOT / "docs/settings.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    assert {key.path for key in read(tmp_path, example)} == {
        f"{section}.{name}" for section, keys in tomllib.loads(example).items() for name in keys
    }

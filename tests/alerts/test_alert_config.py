"""Alerts of clippings.toml, their destinations, and the secrets file: what is read, and what is refused with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.alerts.config import (
    AlertConfig,
    join_alerts,
    mail_server,
    read_alert_config,
    read_secrets,
    resolve,
)
from pipelines.alerts.destinations import (
    Destination,
    Kind,
    MailServer,
    feed_name,
    has_password,
    parse_destination,
    parse_mail_server,
)
from pipelines.desk.records import FACETS, KINDS, SavedSearch
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("stdout", Destination(Kind.STDOUT)),
        ("feed", Destination(Kind.FEED)),
        ("desk@example.org", Destination(Kind.MAIL, "desk@example.org")),
        ("mailto:desk@example.org", Destination(Kind.MAIL, "desk@example.org")),
        ("https://example.org/hook?a=b", Destination(Kind.WEBHOOK, "https://example.org/hook?a=b")),
        ("ntfy://topic", Destination(Kind.PUSH, "ntfy://topic")),
        ("team", Destination(Kind.NAMED, "team")),
    ],
)
def test_a_word_means_one_destination(word: str, meant: Destination) -> None:
    assert parse_destination(word) == meant


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("desk@example.org\nBcc: all@example.org", "no e-mail address"),
        ("desk@@example.org", "no e-mail address"),
        ("two words", "no destination"),
        ("https://", "no host"),
        ("https://example.org/a b", "blanks"),
        ("file:///etc/passwd", "names a file"),
        ("", "no destination"),
    ],
)
def test_what_is_no_destination_is_refused(word: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_destination(word)


def test_addresses_that_are_secret_are_known() -> None:
    assert has_password("https://user:word@example.org/")
    assert has_password("slack://a/b/c")
    assert has_password("smtps://user:word@mail.example.org")
    assert not any(
        map(has_password, ("https://example.org/a@b", "desk@example.org", "team", "smtp://localhost"))
    )


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://localhost", MailServer("localhost", 25, False)),
        ("smtp://ada:p%40ss@mail.example.org", MailServer("mail.example.org", 587, False, "ada", "p@ss")),
        ("smtps://mail.example.org:4650", MailServer("mail.example.org", 4650, True)),
    ],
)
def test_a_mail_server_has_the_usual_port(address: str, server: MailServer) -> None:
    assert parse_mail_server(address) == server


@pytest.mark.parametrize(
    "address", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://a:x", "smtp://a/b"]
)
def test_what_is_no_mail_server_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address of a mail server"):
        parse_mail_server(address)


def test_a_feed_has_a_name_for_every_disk() -> None:
    assert feed_name("Grain harbour / 2026!") == "grain-harbour-2026.atom"
    assert feed_name("../../etc") == "etc.atom"
    assert feed_name("港") == "港.atom"
    assert feed_name("...") == "alert.atom"


def read(folder: Path, text: str) -> AlertConfig:
    file = folder / "clippings.toml"
    file.write_text(text, encoding="utf-8")
    return read_alert_config(file)


def test_an_alert_has_all_its_keys(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """
        [alerts]
        to = ["feed"]
        secrets = "private.toml"
        [[alert]]
        name = " Grain  harbour "
        query = "grain OR corn"
        on = ["gone", "new"]
        to = ["desk@example.org"]
        source = ["daily"]
        language = "en"
        [[alert]]
        name = "All of the Daily"
        source = "daily"
        """,
    )
    first, second = config.alerts
    assert first == SavedSearch(
        "Grain harbour",
        "grain OR corn",
        ("new", "gone"),
        ("desk@example.org",),
        (("source", ("daily",)), ("language", ("en",))),
    )
    assert second.kinds == ("new",)
    assert config.destinations_of(first) == ("desk@example.org",)
    assert config.destinations_of(second) == ("feed",)
    assert config.secrets == tmp_path / "private.toml"
    assert not config.problems


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('name = "A"', "It would tell of every article"),
        ('query = "a"', "Give it a name"),
        (
            'name = "A"\nquery = "a"\non = ["news"]',
            "on has an unknown word, news. Write some of: new, revised",
        ),
        ('name = "A"\nquery = "a"\non = []', "Tick what it is to tell"),
        ('name = "A"\nquery = "a"\nquerry = "b"', "querry: is no key of an alert. Did you mean query?"),
        ('name = "A"\nquery = "a"\nto = ["two words"]', "to 'two words' is no destination"),
        (
            'name = "A"\nquery = "a"\nto = ["slack://key"]',
            "to has an address with a password or key in it. Put it into",
        ),
        ('name = "A"\nquery = 5', "query should be text, not a number"),
    ],
)
def test_a_wrong_alert_is_named_and_the_others_stay(tmp_path: Path, table: str, says: str) -> None:
    config = read(tmp_path, f'[[alert]]\nname = "Fine"\nquery = "a"\n[[alert]]\n{table}\n')
    assert [alert.name for alert in config.alerts] == ["Fine"]
    assert len(config.problems) == 1
    assert says in config.problems[0]
    assert "slack://key" not in config.problems[0]
    assert config.problems[0].startswith(f"{tmp_path / 'clippings.toml'}: alert ")


def test_a_single_bracket_is_said(tmp_path: Path) -> None:
    assert "Write [[alert]]" in read(tmp_path, '[alert]\nname = "A"\n').problems[0]


def test_two_alerts_never_share_a_feed() -> None:
    first, second, saved = (SavedSearch(name, "a", ("new",)) for name in ("A b", "a-b", "A B"))
    alerts, problems = join_alerts(AlertConfig((first, second)), [saved])
    assert alerts == [first]
    assert ["Choose another name" in line for line in problems] == [True, True]


def secrets(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_names_are_looked_up_in_the_secrets_file(tmp_path: Path) -> None:
    path = secrets(
        tmp_path, 'smtp = "smtps://ada:word@mail.example.org"\n[addresses]\nteam = "slack://a/b/c"\n'
    )
    found, config = read_secrets(path), AlertConfig(secrets=path)
    assert resolve("team", config, found) == Destination(Kind.PUSH, "slack://a/b/c")
    assert resolve("stdout", config, found) == Destination(Kind.STDOUT)
    assert mail_server(config, found).password == "word"
    with pytest.raises(ValueError, match=r"has no address named tame below \[addresses\]. It has: team"):
        resolve("tame", config, found)
    assert mail_server(config, read_secrets(tmp_path / "none.toml")) == MailServer("localhost", 25, False)


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        (
            '[addresses]\nteam = "slack://a"',
            0o644,
            "can be read by others (its mode is 0644). Run: chmod 600",
        ),
        ("[addresses]\nteam = 5", 0o600, "addresses should be a section of texts"),
        ("team = 'slack://key'", 0o600, "team: is no key of a secrets file"),
        ("smtp = 5", 0o600, "smtp should be text, not a number"),
        ("team = slack://key", 0o600, "is not TOML"),
    ],
)
def test_a_secrets_file_that_cannot_be_used_is_said_without_what_is_in_it(
    tmp_path: Path, text: str, mode: int, says: str
) -> None:
    found = read_secrets(secrets(tmp_path, text, mode))
    assert says in found.problem
    assert "slack" not in found.problem
    with pytest.raises(ValueError, match=r"secrets\.toml"):
        resolve("team", AlertConfig(), found)
    with pytest.raises(ValueError, match=r"secrets\.toml"):
        mail_server(AlertConfig(), found)


def test_a_name_of_a_name_is_no_address(tmp_path: Path) -> None:
    path = secrets(tmp_path, '[addresses]\nteam = "other"\n')
    with pytest.raises(ValueError, match=r"addresses\.team is no address"):
        resolve("team", AlertConfig(secrets=path), read_secrets(path))


def test_every_key_of_an_alert_is_documented() -> None:
    docs = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
    for key in ("name", "query", "on", "to", *FACETS):
        assert f"| `{key}` |" in docs
    for kind in KINDS:
        assert f"| `{kind}` |" in docs


def test_the_alerts_of_the_docs_are_valid(tmp_path: Path) -> None:
    docs = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in docs.split("```toml\n")[1:]]
    assert len(examples) >= 2
    config = read(tmp_path, examples[0])
    assert config.alerts
    assert not config.problems
    path = secrets(tmp_path, examples[1])
    assert not read_secrets(path).problem
    for alert in config.alerts:
        for word in config.destinations_of(alert):
            resolve(word, config, read_secrets(path))

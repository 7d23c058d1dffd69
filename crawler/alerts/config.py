"""Which alerts there are and where they report: the `[[alert]]` of clippings.toml, the searches of desk.db, the secrets file."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.alert_values import check_destination
from crawler.sources.model import SourceProblem
from crawler.sources.toml_values import (
    BadValueError,
    kind_of,
    parse_toml,
    read_string,
    read_strings,
    unknown_keys,
)
from crawler.user_settings import ALERT, DEFAULT_FILE, alert_options, read_user_settings
from pipelines.alerts.destinations import (
    Destination,
    Kind,
    MailServer,
    feed_name,
    parse_destination,
    parse_mail_server,
)
from pipelines.desk.database import desk_path
from pipelines.desk.records import FACETS, KINDS, SavedSearch
from pipelines.desk.searches import check_search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DOCS: Final = "docs/alerts.md"
SECRETS: Final = "secrets.toml"
SENDER: Final = "clippings@localhost"
SMTP: Final = "smtp://localhost"
ALERT_KEYS: Final = ("name", "query", "on", "to", *FACETS)


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """What clippings.toml says of alerts. `problems` are sentences about alerts that cannot be used, and are left out."""

    alerts: tuple[SavedSearch, ...] = ()
    to: tuple[str, ...] = ("stdout",)
    secrets: Path = Path(SECRETS)
    smtp: str = SMTP
    sender: str = SENDER
    address: str = ""
    problems: tuple[str, ...] = ()

    def destinations_of(self, alert: SavedSearch) -> tuple[str, ...]:
        """Where an alert reports, each once."""
        return tuple(dict.fromkeys(alert.destinations or self.to))


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets file. `problem` says why it cannot be used, "" when it can or there is none."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    smtp: str = ""
    problem: str = ""


def read_alert_config(file: Path | None = None) -> AlertConfig:
    """What a clippings.toml says of alerts. Raises `SettingsFileError` for a section that is wrong; see `problems`."""
    options = alert_options(read_user_settings(file))
    path = file or DEFAULT_FILE
    alerts, problems = _read_alerts(path) if path.exists() else ([], [])
    secrets = path.parent / options.pop("secrets", SECRETS)
    return AlertConfig(tuple(alerts), secrets=secrets, problems=tuple(map(str, problems)), **options)


def has_alerts(archive: Path, file: Path | None) -> bool:
    """Whether there may be an alert: cheap, and never raises. What is wrong with one is said when they report."""
    path = file or DEFAULT_FILE
    try:
        return desk_path(archive).exists() or (path.exists() and ALERT in path.read_text("utf-8", "replace"))
    except OSError:
        return True


def _read_alerts(path: Path) -> tuple[list[SavedSearch], list[SourceProblem]]:
    data = parse_toml(path, DOCS)
    if isinstance(data, SourceProblem):
        return [], [data]
    tables = data.get(ALERT, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return [], [SourceProblem(path, "should be a table in double brackets", "Write [[alert]].", ALERT)]
    alerts: list[SavedSearch] = []
    problems: list[SourceProblem] = []
    for number, table in enumerate(tables, 1):
        where = f"{ALERT} {table.get('name') or number}: "
        if unknown := unknown_keys(path, table, ALERT_KEYS, "is no key of an alert", where):
            problems.append(unknown[0])
            continue
        try:
            alerts.append(_read_alert(table))
        except BadValueError as wrong:
            problems.append(SourceProblem(path, wrong.message, wrong.remedy, where.rstrip(": ")))
    return alerts, problems


def _read_alert(table: Mapping[str, Any]) -> SavedSearch:
    """One `[[alert]]`. Raises `BadValueError`."""
    texts = {name: _of(name, read_string, table.get(name, "")) for name in ("name", "query")}
    kinds = _of("on", read_strings, table.get("on", ["new"]))
    for kind in kinds:
        if kind not in KINDS:
            raise BadValueError(f"on has an unknown word, {kind[:40]}", f"Write some of: {', '.join(KINDS)}.")
    destinations = _of("to", read_strings, table.get("to", []))
    for word in destinations:
        _of("to", check_destination, word)
    filters = tuple((facet, _of(facet, read_strings, table[facet])) for facet in FACETS if facet in table)
    try:
        return check_search(SavedSearch(texts["name"], texts["query"], kinds, destinations, filters))
    except ValueError as error:
        raise BadValueError(str(error).rstrip(".")) from None


def _of(name: str, read: Any, value: object) -> Any:
    try:
        return read(value)
    except BadValueError as wrong:
        raise BadValueError(f"{name} {wrong.message}", wrong.remedy) from None


def join_alerts(config: AlertConfig, saved: Iterable[SavedSearch]) -> tuple[list[SavedSearch], list[str]]:
    """The alerts of the file and those of the desk, and a sentence for each that has another's name. Pure."""
    alerts: list[SavedSearch] = []
    problems: list[str] = []
    names: dict[str, str] = {}
    for alert in (*config.alerts, *saved):
        for name in (alert.name.lower(), feed_name(alert.name)):
            if name in names:
                problems.append(
                    f"alert {alert.name}: another is named {names[name]}, and their feeds would be one file. Choose"
                    " another name."
                )
                break
        else:
            names |= {alert.name.lower(): alert.name, feed_name(alert.name): alert.name}
            alerts.append(alert)
    return alerts, problems


def read_secrets(path: Path) -> Secrets:
    """The addresses and the mail server of a secrets file; nothing where there is none."""
    if not path.exists():
        return Secrets()
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        mode = f"{stat.S_IMODE(path.stat().st_mode):04o}"
        return Secrets(problem=f"{path} can be read by others (its mode is {mode}). Run: chmod 600 {path}")
    data = parse_toml(path, DOCS)
    if isinstance(data, SourceProblem):
        return Secrets(problem=str(data))
    addresses = data.get("addresses", {})
    smtp = data.get("smtp", "")
    if not isinstance(addresses, dict) or not all(isinstance(one, str) for one in addresses.values()):
        return Secrets(
            problem=f'{path}: addresses should be a section of texts. Write [addresses] and name = "..." below.'
        )
    if not isinstance(smtp, str):
        return Secrets(problem=f"{path}: smtp should be text, not {kind_of(smtp)}. Put it in quotes.")
    if unknown := unknown_keys(path, data, ("smtp", "addresses"), "is no key of a secrets file"):
        return Secrets(problem=str(unknown[0]))
    return Secrets(addresses, smtp)


def resolve(word: str, config: AlertConfig, secrets: Secrets) -> Destination:
    """What a word of `to` means, names looked up in the secrets file. Raises `ValueError` without a secret in it."""
    found = parse_destination(word)
    if found.kind is not Kind.NAMED:
        return found
    if secrets.problem:
        raise ValueError(secrets.problem)
    if word not in secrets.addresses:
        known = f" It has: {', '.join(secrets.addresses)}." if secrets.addresses else ""
        raise ValueError(f"{config.secrets} has no address named {word} below [addresses].{known}")
    try:
        found = parse_destination(secrets.addresses[word])
    except ValueError:
        found = Destination(Kind.NAMED)
    if found.kind is Kind.NAMED:
        raise ValueError(
            f"{config.secrets}: addresses.{word} is no address. Write one such as https://example.org/hook."
        )
    return found


def mail_server(config: AlertConfig, secrets: Secrets) -> MailServer:
    """The mail server: that of the secrets file, else that of clippings.toml. Raises `ValueError`."""
    if secrets.problem:
        raise ValueError(secrets.problem)
    try:
        return parse_mail_server(secrets.smtp or config.smtp)
    except ValueError as error:
        raise ValueError(f"{config.secrets}: smtp {error}") from None

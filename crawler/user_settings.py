"""What a user sets in clippings.toml: its sections and keys, their check, and the settings that they stand for.

The table `KEYS` is the one place: the check, the file that `clippings init` writes and docs/settings.md come from it.
Reads no Scrapy: `browse` and `init` use it too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.alert_values import read_destinations, read_mail_server, read_mailbox, read_web_address
from crawler.sources.model import SourceProblem
from crawler.sources.toml_values import (
    BadValueError,
    one_of,
    parse_toml,
    read_bool,
    read_count,
    read_duration,
    read_durations,
    read_rendering,
    read_seconds,
    read_string,
    read_strings,
    unknown_keys,
)
from pipelines.clean_text import quote_value
from pipelines.items import CAPTURE_FORMATS, EXTRACTORS, Noarchive
from pipelines.urls.normalize import is_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEFAULT_FILE: Final = Path("clippings.toml")
"""In the folder where a command runs, as seeds/ and archive.db are."""

DOCS: Final = "docs/settings.md"
_LINK: Final = re.compile(r"\[[^\]]+\]\(([^)]+)\)")
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
MEGABYTE: Final = 1024 * 1024
PORTS: Final = 65_535

SECTIONS: Final = {
    "manners": "How you treat publishers.",
    "crawl": "What a crawl takes up.",
    "keep": "What is kept beside the text.",
    "captures": "The pages as fetched, in `warc/`.",
    "evidence": "Proof that the archive is as old as it says.",
    "backfill": "The web archive that `clippings backfill` asks.",
    "machine": "What a crawl may use of this computer.",
    "browse": "The reading room, `clippings browse`.",
    "alerts": "Where alerts report to. Each alert is a table [[alert]] of its own: docs/alerts.md shows one.",
}
ALERT: Final = "alert"
"""The name of the tables that are alerts; `crawler/alerts/config.py` reads them."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the file.

    `setting` is the setting of crawler/settings.py that it replaces, None for an option of `clippings browse` and for
    alerts. `read` turns the value in the file into the setting's, or raises `BadValueError`. `default` is the default as TOML.
    """

    section: str
    name: str
    setting: str | None
    read: Callable[[object], Any]
    kind: str
    default: str
    means: str

    @property
    def path(self) -> str:
        """The key with its section, as messages name it."""
        return f"{self.section}.{self.name}"

    @property
    def once(self) -> str:
        """How it is said for one run."""
        if self.setting is not None:
            return f"-s {self.setting}=..."
        if self.section == "alerts":
            return ""
        return "--host" if self.name == "hosts" else f"--{self.name}"


def _contact(value: object) -> str:
    text = read_string(value)
    if text and not (
        text.isascii()
        and text.isprintable()
        and not set(text) & {'"', "\\"}
        and ("@" in text or "://" in text)
    ):
        raise BadValueError(
            "is neither an e-mail address nor a web address",
            'Write contact = "you@example.org", or the address of a page about you.',
        )
    return text


def _http_address(value: object) -> str:
    text = read_string(value)
    if text and not is_http(text):
        raise BadValueError("is no web address", 'Write timestamp = "https://tsa.example.org".')
    return text


def _web_address(example: str) -> Callable[[object], str]:
    """A reader of an address that may not be empty; `example` is a line to paste."""

    def read(value: object) -> str:
        text = read_string(value)
        if not is_http(text):
            raise BadValueError("is no web address", f"Write {example}.")
        return text

    return read


def _copies_address(value: object) -> str:
    text = read_string(value)
    if not is_http(text) or not all(text.count(part) == 1 for part in ("{timestamp}", "{url}")):
        raise BadValueError(
            "is no web address with {timestamp} and {url} in it",
            'Write replay = "https://web.archive.org/web/{timestamp}id_/{url}".',
        )
    return text


def _duration_text(value: object) -> str:
    read_duration(value)
    return str(value)


def _durations_text(value: object) -> str:
    read_durations(value)
    return " ".join(value if isinstance(value, list) else [str(value)])


def _whole_seconds(value: object) -> int:
    seconds = read_seconds(value)
    if 0 < seconds < 1:
        raise BadValueError("is less than a second", "Write a whole number of seconds.")
    return round(seconds)


def _some_seconds(value: object) -> float:
    seconds = read_seconds(value)
    if not seconds:
        raise BadValueError("cannot be 0", "Write a number of seconds from 1 up.")
    return seconds


def _megabytes(value: object) -> int:
    return read_count(value) * MEGABYTE


def _number(value: object) -> int:
    """A whole number that may be 0."""
    return 0 if value == 0 and not isinstance(value, bool) else _from_zero(value)


def _from_zero(value: object) -> int:
    try:
        return read_count(value)
    except BadValueError:
        raise BadValueError("should be a whole number from 0 up", "Write it without quotes.") from None


def _port(value: object) -> int:
    number = _number(value)
    if number > PORTS:
        raise BadValueError(f"is above {PORTS}", "Write a port such as 8001; 0 picks a free one.")
    return number


def _hosts(value: object) -> tuple[str, ...]:
    names = read_strings(value)
    for name in names:
        if not _HOST.fullmatch(name):
            raise BadValueError(
                f"{quote_value(name[:40])} is no host name", 'Write it as "archive.example.org".'
            )
    return names


def _log_level(value: object) -> str:
    return one_of("debug", "info", "warning", "error")(value).upper()


KEYS: Final = (
    Key("manners", "contact", "CONTACT", _contact, "text", '""', "How publishers reach you: an e-mail or web address. It becomes part of the user agent."),
    Key("manners", "delay", "DOWNLOAD_DELAY", read_seconds, "seconds", "1", "Pause between two requests to a host. A longer one in its robots.txt holds."),
    Key("manners", "longest_wait", "HOST_WAIT_MAX", read_seconds, "seconds", '"10m"', "A host that asks for a longer wait is left alone until the next crawl."),
    Key("manners", "failures", "HOST_FAILURES_MAX", read_count, "number", "6", "After so many failures in a row a host is left alone until the next crawl."),
    Key("manners", "timeout", "DOWNLOAD_TIMEOUT", _some_seconds, "seconds", "25", "How long to wait for a page. A crawl that is stopped waits as long for requests under way."),
    Key("manners", "retries", "RETRY_TIMES", _number, "number", "2", "How often a request that failed is made again in the same crawl."),
    Key("crawl", "window", "WINDOW", _duration_text, "duration", '"7d"', "How far back a source's listings are followed."),
    Key("crawl", "recheck", "RECHECK", _durations_text, "durations", '["1h", "6h", "1d", "3d", "7d", "30d"]', "When an article is fetched again for changes, counted from when it was found. `[]`: never."),
    Key("crawl", "limit", "PAGES_PER_SOURCE", read_count, "number", "1000", "Article pages a source and crawl. The rest waits for the next crawl."),
    Key("crawl", "undated", "UNDATED_MAX", _number, "number", "100", "Addresses without a date that are taken up from a sitemap when it is read first."),
    Key("crawl", "section_pages", "SECTION_PAGES_MAX", _number, "number", "10", "Section pages a source and crawl, where there is no feed and no sitemap."),
    Key("crawl", "listings", "LISTINGS_MAX", read_count, "number", "500", "Feeds, sitemaps and section pages a source and crawl."),
    Key("crawl", "compared", "COMPARED_PAGES", _number, "number", "3", "New pages a source and day that trafilatura reads too, and one in fifty of the others: where it agrees less with our text than it did, there is an alarm. 0: none."),
    Key("crawl", "largest_page", "DOWNLOAD_MAXSIZE", _megabytes, "megabytes", "10", "Megabytes; a larger page is not read."),
    Key("crawl", "largest_listing", "LISTING_MAXSIZE", _megabytes, "megabytes", "64", "Megabytes; a larger feed or sitemap is not read."),
    Key("crawl", "time_limit", "CLOSESPIDER_TIMEOUT", _whole_seconds, "seconds", "0", "After so long a crawl ends, and the next goes on where it was. 0: no limit."),
    Key("keep", "noarchive", "NOARCHIVE", one_of(*Noarchive), "word", '"text"', "Of pages that ask for no archived copy: `text` without the page, `exclude` them, or `keep` the page too, if you may. See [rights.md](rights.md)."),
    Key("keep", "images", "IMAGES", read_bool, "true or false", "false", "Keep the lead image of each article too, as a capture beside the page."),
    Key("keep", "assets", "ASSETS", read_bool, "true or false", "false", "Keep the stylesheets and pictures of article pages too, so that the page as fetched looks as it did."),
    Key("keep", "assets_of_a_page", "ASSETS_MAX", read_count, "number", "100", "Stylesheets and pictures of one page."),
    Key("keep", "largest_asset", "ASSET_MAXSIZE", _megabytes, "megabytes", "5", "Megabytes; a larger picture or stylesheet is not kept."),
    Key("keep", "extractor", "EXTRACTOR", one_of(*EXTRACTORS), "word", '"own"', "Who finds the text on a page: own, our rules, or trafilatura. Either's is cleaned alike."),
    Key("captures", "format", "CAPTURES_FORMAT", one_of(*CAPTURE_FORMATS), "word", '"gzip"', "How pages as fetched are compressed: `gzip`, which every tool reads, or `zstd`, in which other pages of a site take half the room. See [captures.md](captures.md#zstd)."),
    Key("captures", "collections", "COLLECTIONS_BASE", _web_address('collections = "https://data.commoncrawl.org/"'), "text", '"https://data.commoncrawl.org/"', "Where the files lie that Common Crawl's lists name (`clippings replay ARCHIVE warc.paths.gz`). See [captures.md](captures.md#common-crawls-news-files)."),
    Key("evidence", "timestamp", "TIMESTAMP", _http_address, "text", '""', "Address of a time-stamping authority (RFC 3161): it stamps the last manifest at a crawl's end. See [evidence.md](evidence.md)."),
    Key("evidence", "certificate", "TIMESTAMP_CERTIFICATE", read_string, "text", '""', "PEM file with the authority's root certificate. Empty: those that this machine trusts."),
    Key("keep", "screenshot", "SCREENSHOT", read_bool, "true or false", "false", "Keep a picture of each article page too; it is rendered for that."),
    Key("crawl", "render", "RENDER", read_rendering, "true, false or word", "false", "Show pages in a browser before they are read: true, false, or auto for those without text."),
    Key("crawl", "render_timeout", "RENDER_TIMEOUT", _some_seconds, "seconds", "60", "How long one page may take; its own requests wait their turn as all do."),
    Key("crawl", "render_requests", "RENDER_REQUESTS", read_count, "number", "100", "Requests that one page may make while it is rendered."),
    Key("backfill", "cdx", "BACKFILL_CDX", _web_address('cdx = "https://web.archive.org/cdx/search/cdx"'), "address", '"https://web.archive.org/cdx/search/cdx"', "The CDX index of the web archive, which lists what it has."),
    Key("backfill", "replay", "BACKFILL_REPLAY", _copies_address, "address", '"https://web.archive.org/web/{timestamp}id_/{url}"', "Where it gives out its copies as they were captured."),
    Key("machine", "browser", "BROWSER", read_string, "path", '""', "Chromium, where it is not found by itself."),
    Key("machine", "workers", "EXTRACT_WORKERS", _number, "number", "0", "Processes that extract text. 0: one a processor."),
    Key("machine", "extraction_timeout", "EXTRACT_TIMEOUT", _some_seconds, "seconds", "25", "A page whose extraction takes longer is a failure."),
    Key("machine", "requests", "CONCURRENT_REQUESTS", read_count, "number", "400", "Requests at a time over all hosts. Each host gets one at a time."),
    Key("machine", "log", "LOG_LEVEL", _log_level, "word", '"info"', "How much `archive.log` says: debug, info, warning or error."),
    Key("browse", "port", None, _port, "number", "8001", "The port to listen on. 0 picks a free one."),
    Key("browse", "open", None, read_bool, "true or false", "false", "Open it in your web browser."),
    Key("browse", "hosts", None, _hosts, "list of names", "[]", "Further host names to answer to, such as that of a web server in front."),
    Key("alerts", "to", None, read_destinations, "list", '["stdout"]', "Where an alert without a `to` of its own reports, and a search saved in the browser: `stdout`, `feed`, mail and web addresses, names of the secrets file."),
    Key("alerts", "secrets", None, read_string, "file", '"secrets.toml"', "The file with the addresses that have passwords in them. Its mode must be 0600."),
    Key("alerts", "smtp", None, read_mail_server, "address", '"smtp://localhost"', "The mail server, without a password. One with a password is `smtp` in the secrets file."),
    Key("alerts", "sender", None, read_mailbox, "text", '"clippings@localhost"', "The address that mails come from."),
    Key("alerts", "address", None, read_web_address, "address", '""', "Where others read the archive, such as `https://clippings.example.org/`: reports then link to it."),
)  # fmt: skip
"""Every key, in the order of the file. `delay = 0` and `retries = 0` are valid; what a robots.txt forbids is no key."""


class SettingsFileError(ValueError):
    """A clippings.toml that cannot be used: the first of its `problems`, and how many more there are."""

    def __init__(self, problems: list[SourceProblem]) -> None:
        more = f" (and {len(problems) - 1} more in this file)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")
        self.problems = problems


def read_user_settings(file: Path | None = None) -> dict[Key, Any]:
    """The keys that a file sets, checked, with their values as the settings want them.

    Without `file`, clippings.toml in the current folder, where none means nothing set. Raises `SettingsFileError`.
    """
    if file is None and not DEFAULT_FILE.exists():
        return {}
    path = file or DEFAULT_FILE
    data = parse_toml(path, DOCS)
    if isinstance(data, SourceProblem):
        raise SettingsFileError([data])
    problems = list(_misplaced(path, data))
    values: dict[Key, Any] = {}
    for section in SECTIONS:
        table = data.get(section)
        if not isinstance(table, dict):
            continue
        keys = {key.name: key for key in KEYS if key.section == section}
        problems += unknown_keys(
            path, _without_kin(path, section, table, problems), tuple(keys), "is no setting", f"{section}."
        )
        for name in keys.keys() & table.keys():
            try:
                values[keys[name]] = keys[name].read(table[name])
            except BadValueError as wrong:
                problems.append(SourceProblem(path, wrong.message, wrong.remedy, keys[name].path))
    if problems:
        raise SettingsFileError(problems)
    return values


def _misplaced(path: Path, data: Mapping[str, Any]) -> Iterator[SourceProblem]:
    """Problems of what stands at the top of the file: unknown sections, and keys outside of any."""
    for name, value in data.items():
        if name == ALERT:
            continue
        if name in SECTIONS:
            if not isinstance(value, dict):
                remedy = f"Write [{name}] on a line of its own, its keys below."
                yield SourceProblem(path, "should be a section", remedy, name)
            continue
        home = _sections_of(name)
        if home and not isinstance(value, dict):
            yield SourceProblem(path, "stands outside of its section", f"Put it below [{home[0]}].", name)
        else:
            yield from unknown_keys(path, {name: value}, (*SECTIONS, ALERT), "is no section")


def _without_kin(
    path: Path, section: str, table: Mapping[str, Any], problems: list[SourceProblem]
) -> dict[str, Any]:
    """The table without keys that belong to another section; these become problems that name it."""
    rest = {}
    for name, value in table.items():
        home = _sections_of(name)
        if home and section not in home:
            problems.append(
                SourceProblem(
                    path, "is in the wrong section", f"Put it below [{home[0]}].", f"{section}.{name}"
                )
            )
        else:
            rest[name] = value
    return rest


def _sections_of(name: str) -> list[str]:
    return [key.section for key in KEYS if key.name == name]


def settings_of(values: Mapping[Key, Any]) -> dict[str, Any]:
    """The settings of crawler/settings.py that these keys replace."""
    return {key.setting: value for key, value in values.items() if key.setting is not None}


def browse_options(values: Mapping[Key, Any]) -> dict[str, Any]:
    """What the section [browse] sets."""
    return {key.name: value for key, value in values.items() if key.section == "browse"}


def alert_options(values: Mapping[Key, Any]) -> dict[str, Any]:
    """What the section [alerts] sets."""
    return {key.name: value for key, value in values.items() if key.section == "alerts"}


def check_contact(contact: str) -> str:
    """A contact as it was typed, without blanks around it. Raises `ValueError`."""
    try:
        return _contact(contact)
    except BadValueError as wrong:
        raise ValueError(f"the contact {wrong.message}. Give one such as you@example.org.") from None


def default_file(contact: str = "") -> str:
    """The text of a clippings.toml that sets nothing but the contact: every other key with its default, in a comment."""
    lines = [
        "# What you set here holds for every command that runs in this folder. Take the # away in front of a key and",
        "# change its value. A source has keys of its own in its file in seeds/, and they hold for it.",
    ]
    for section, heading in SECTIONS.items():
        lines += ["", f"# {heading}", f"[{section}]"]
        for key in KEYS:
            if key.section == section:
                set_here = key.setting == "CONTACT" and contact
                written = f'{key.name} = "{contact}"' if set_here else f"# {key.name} = {key.default}"
                means = _LINK.sub(r"docs/\1", key.means).replace("`", "")
                lines += ["", f"# {means}", written]
    return "\n".join(lines) + "\n"


def table_rows() -> Iterator[str]:
    """The table of docs/settings.md, a section at a time."""
    for section, heading in SECTIONS.items():
        yield f"\n### [{section}]\n\n{heading}\n"
        yield "| key | type | default | what it does | for one run |"
        yield "|---|---|---|---|---|"
        for key in KEYS:
            if key.section == section:
                once = f"`{key.once}`" if key.once else ""
                yield f"| `{key.name}` | {key.kind} | `{key.default}` | {key.means} | {once} |"

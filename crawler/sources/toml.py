"""Sources from and to TOML: reads and checks what a person wrote, and writes a file for a person to edit."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.sources.languages import describe_unknown_language
from crawler.sources.model import Source, SourceProblem, http_url
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
from pipelines.extraction.rules import compile_selector
from pipelines.items import EXTRACTORS, Noarchive, Rules
from pipelines.urls.normalize import LONGEST, host_of, is_http
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS = tuple(field.name for field in fields(Source) if field.name not in ("id", "file", "notes"))
"""The keys a file may have."""
OLD_KEYS = ("keep_noarchive",)
"""Keys of earlier versions, which are still read."""
RULE_KEYS = tuple(field.name for field in fields(Rules))
_ID = re.compile(r"\w[\w.-]*")


def read_toml(path: Path) -> tuple[Source | None, list[SourceProblem]]:
    """The source in a TOML file; None, and all that is wrong with it, when it cannot be used as written."""
    data = parse_toml(path, "docs/sources.md")
    if isinstance(data, SourceProblem):
        return None, [data]
    problems = unknown_keys(path, data, (*KEYS, *OLD_KEYS), "is no key of a source")
    if not _ID.fullmatch(path.stem):
        remedy = "Rename it: letters, digits, dashes, such as daily-news.toml."
        problems.append(SourceProblem(path, "the file's name cannot be the name of a source", remedy))
    values: dict[str, Any] = {}
    for key, read in _READERS.items():
        if key in data:
            try:
                values[key] = read(data[key])
            except BadValueError as wrong:
                problems.append(SourceProblem(path, wrong.message, wrong.remedy, key))
    _read_old_keys(path, data, values, problems)
    if "home" not in data:
        problems.append(SourceProblem(path, "is missing", 'Write home = "https://www.example.org/".', "home"))
    if "home" in values:
        _absolute_addresses(path, values, problems)
    if values.get("discover") is False and not any(
        data.get(key) for key in ("feeds", "sitemaps", "sections")
    ):
        remedy = "List feeds, sitemaps or sections, or leave discover out."
        problems.append(SourceProblem(path, "is false and nothing is listed to read", remedy, "discover"))
    rules = _rules(path, data.get("rules", []), problems)
    if problems:
        return None, problems
    values["name"] = values.get("name") or host_of(values["home"]).removeprefix("www.")
    return Source(id=path.stem, file=path, rules=rules, **values), []


def _read_old_keys(
    path: Path, data: dict[str, Any], values: dict[str, Any], problems: list[SourceProblem]
) -> None:
    """Read `keep_noarchive = true | false` as what it meant: "keep" and "exclude". The new key wins."""
    if "keep_noarchive" not in data:
        return
    try:
        meant = Noarchive.KEEP if read_bool(data["keep_noarchive"]) else Noarchive.EXCLUDE
    except BadValueError as wrong:
        problems.append(SourceProblem(path, wrong.message, wrong.remedy, "keep_noarchive"))
        return
    if "noarchive" not in data:
        values["noarchive"] = meant
        values["notes"] = (f'keep_noarchive is now called noarchive: write noarchive = "{meant}"',)


def _absolute_addresses(path: Path, values: dict[str, Any], problems: list[SourceProblem]) -> None:
    for key in ("feeds", "sitemaps", "sections"):
        found = []
        for text in values.get(key, ()):
            try:
                found.append(
                    _address(resolve(values["home"], text) or text if text.startswith("/") else text)
                )
            except BadValueError as wrong:
                problems.append(SourceProblem(path, wrong.message, wrong.remedy, key))
        if found:
            values[key] = tuple(dict.fromkeys(found))


def _address(value: object) -> str:
    text = http_url(read_string(value))
    if len(text) > LONGEST:
        raise BadValueError(
            f"is longer than {LONGEST} characters", "Copy the address from the browser again."
        )
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise BadValueError(
            "has a user name or password in it", "Leave it out: Clippings reads public pages only."
        )
    if not is_http(text):
        shown = "" if "@" in text else f"{quote_value(text)} "  # what looks like a password is not shown
        raise BadValueError(
            f"{shown}is not a web address", "Write it as the browser shows it: https://www.example.org/."
        )
    return text if urlsplit(text).path else f"{text}/"


def _language(value: object) -> str:
    text = read_string(value)
    remedy = describe_unknown_language(text) if text else ""
    if remedy:
        raise BadValueError(f"{quote_value(text)} is not a language code", remedy)
    return text


def _noarchive(value: object) -> Noarchive:
    text = read_string(value)
    if text not in set(Noarchive):
        raise BadValueError(
            f"{quote_value(text)} is none of its values", 'Write "text", "exclude" or "keep".'
        )
    return Noarchive(text)


_READERS: dict[str, Callable[[object], Any]] = {
    "home": _address,
    "name": read_string,
    "language": _language,
    "country": read_string,
    "feeds": read_strings,
    "sitemaps": read_strings,
    "sections": read_strings,
    "discover": read_bool,
    "article_urls": read_strings,
    "ignore_urls": read_strings,
    "window": read_duration,
    "limit": read_count,
    "recheck": read_durations,
    "delay": read_seconds,
    "concurrency": read_count,
    "noarchive": _noarchive,
    "images": read_bool,
    "assets": read_bool,
    "extractor": one_of(*EXTRACTORS),
    "render": read_rendering,
    "screenshot": read_bool,
    "cookies": read_string,
    "headers_file": read_string,
}


def _rules(path: Path, tables: object, problems: list[SourceProblem]) -> tuple[Rules, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problems.append(
            SourceProblem(
                path, "should be a table", "Write [[rules]] on a line of its own, its keys below.", "rules"
            )
        )
        return ()
    found = []
    for number, table in enumerate(tables, start=1):
        where = f"rules {number}: "
        problems += unknown_keys(path, table, RULE_KEYS, "is no key of a source", where)
        values: dict[str, Any] = {}
        for key in RULE_KEYS:
            if key in table:
                try:
                    values[key] = _day(table[key]) if key == "until" else _selectors(table[key])
                except BadValueError as wrong:
                    problems.append(SourceProblem(path, wrong.message, wrong.remedy, where + key))
        found.append(Rules(**values))
    return tuple(found)


def _day(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(read_string(value)).isoformat()
    except ValueError:
        raise BadValueError("is not a day", "Write it as 2026-11-23.") from None


def _selectors(value: object) -> tuple[str, ...]:
    texts = read_strings(value)
    for text in texts:
        try:
            compile_selector(text)
        except ValueError as error:
            remedy = "Write CSS such as article .body, or XPath such as //article."
            if "::" in text:
                remedy = "Leave the :: part out: name the element, its text is taken."
            raise BadValueError(str(error), remedy) from None
    return texts


# --- writing

_WRITTEN = (
    ("", ("name", "home", "language", "country")),
    ("New articles are announced here.", ("feeds",)),
    ("Lists of pages made for search engines.", ("sitemaps",)),
    ("Pages that link to articles.", ("sections",)),
    ("Read only what is listed above.", ("discover",)),
    (
        "Which addresses are articles, and which are not; * stands for anything.",
        ("article_urls", "ignore_urls"),
    ),
    ("How far back, how many, and when to look again.", ("window", "limit", "recheck")),
    ("Seconds between two requests, and requests at a time.", ("delay", "concurrency")),
    ("What to keep of pages that ask not to be archived: text, exclude or keep.", ("noarchive",)),
    ("Who finds the text: own or trafilatura.", ("extractor",)),
    (
        "Show its pages in a browser first: true, or auto for those without text; and keep a picture of each.",
        ("render", "screenshot"),
    ),
    ("Your own access to the site, in files that nobody else may read.", ("cookies", "headers_file")),
)


def write_toml(source: Source) -> str:
    """The text of a source's file, defaults left out, with a comment for the person who will edit it."""
    blank = Source(id="", home="")
    lines = ["# Every key is explained in docs/sources.md."]
    for comment, keys in _WRITTEN:
        set_here = [key for key in keys if getattr(source, key) != getattr(blank, key)]
        if set_here:
            lines += ["", f"# {comment}"] if comment else [""]
            lines += [f"{key} = {_toml_value(getattr(source, key))}" for key in set_here]
    for rules in source.rules:
        lines += ["", "[[rules]]"]
        lines += [f"{key} = {_toml_value(getattr(rules, key))}" for key in RULE_KEYS if getattr(rules, key)]
    return "\n".join(lines) + "\n"


def _toml_value(value: object) -> str:
    if isinstance(value, tuple):
        texts = [_toml_value(one) for one in value]
        if len(texts) < 2:
            return f"[{''.join(texts)}]"
        return "[\n" + "".join(f"    {text},\n" for text in texts) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{_duration_text(value)}"'
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\u{ord(match[0]):04X}", escaped) + '"'


def _duration_text(value: timedelta) -> str:
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if value and not value % timedelta(seconds=seconds):
            return f"{value // timedelta(seconds=seconds)}{unit}"
    return f"{value.total_seconds():g}s"

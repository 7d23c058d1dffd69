"""Sources from and to TOML: reads and checks what a person wrote, and writes a file for a person to edit."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.sources.languages import describe_unknown_language
from crawler.sources.model import Source, SourceProblem, http_url
from pipelines.extraction.rules import compile_selector
from pipelines.items import Rules
from pipelines.timestamps import DurationError, parse_duration
from pipelines.urls.normalize import LONGEST, host_of, is_http
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS = tuple(field.name for field in fields(Source) if field.name not in ("id", "file"))
"""The keys a file may have."""
RULE_KEYS = tuple(field.name for field in fields(Rules))
LARGEST = 1_000_000  # bytes: a list of thousands of feeds is a tenth of it
_ID = re.compile(r"\w[\w.-]*")
_TYPES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class _BadValueError(ValueError):
    """A value that cannot be used: what is wrong, and what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def read_text(path: Path) -> str | SourceProblem:
    """The file, UTF-8 with a BOM or without, as text with plain line ends; or what is wrong with it."""
    try:
        if path.stat().st_size > LARGEST:
            return SourceProblem(
                path, f"the file is larger than {LARGEST:,} bytes", "Is it a list of sources?"
            )
        raw = path.read_bytes()
    except OSError as error:
        return SourceProblem(
            path, f"cannot be read ({error.strerror})", "Check that it exists and its permissions."
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return SourceProblem(
            path, "is saved as UTF-16", "Save it again in your editor with the encoding UTF-8."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return SourceProblem(
            path, f"line {line} is not UTF-8", "Save it again in your editor with the encoding UTF-8."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_toml(path: Path) -> tuple[Source | None, list[SourceProblem]]:
    """The source in a TOML file; None, and all that is wrong with it, when it cannot be used as written."""
    text = read_text(path)
    if isinstance(text, SourceProblem):
        return None, [text]
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, [SourceProblem(path, f"is not TOML: {error}", _toml_remedy(text, str(error)))]
    problems = _unknown(path, data, KEYS, "")
    if not _ID.fullmatch(path.stem):
        remedy = "Rename it: letters, digits, dashes, such as daily-news.toml."
        problems.append(SourceProblem(path, "the file's name cannot be the name of a source", remedy))
    values: dict[str, Any] = {}
    for key, read in _READERS.items():
        if key in data:
            try:
                values[key] = read(data[key])
            except _BadValueError as wrong:
                problems.append(SourceProblem(path, wrong.message, wrong.remedy, key))
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


def _unknown(path: Path, data: dict[str, Any], known: tuple[str, ...], where: str) -> list[SourceProblem]:
    problems = []
    for key in data:
        if key in known:
            continue
        near = difflib.get_close_matches(key.lower(), known, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
        problems.append(SourceProblem(path, "is no key of a source", remedy, where + key))
    return problems


def _absolute_addresses(path: Path, values: dict[str, Any], problems: list[SourceProblem]) -> None:
    for key in ("feeds", "sitemaps", "sections"):
        found = []
        for text in values.get(key, ()):
            try:
                found.append(
                    _address(resolve(values["home"], text) or text if text.startswith("/") else text)
                )
            except _BadValueError as wrong:
                problems.append(SourceProblem(path, wrong.message, wrong.remedy, key))
        if found:
            values[key] = tuple(dict.fromkeys(found))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _BadValueError(f"should be text, not {_kind(value)}", 'Put it in quotes: "...".')
    return value.strip()


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _BadValueError("should be a list of texts", 'Write ["...", "..."].')
    return tuple(one.strip() for one in value if one.strip())


def _address(value: object) -> str:
    text = http_url(_text(value))
    if len(text) > LONGEST:
        raise _BadValueError(
            f"is longer than {LONGEST} characters", "Copy the address from the browser again."
        )
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise _BadValueError(
            "has a user name or password in it", "Leave it out: Clippings reads public pages only."
        )
    if not is_http(text):
        shown = "" if "@" in text else f"{text!r} "  # what looks like a password is not shown
        raise _BadValueError(
            f"{shown}is not a web address", "Write it as the browser shows it: https://www.example.org/."
        )
    return text if urlsplit(text).path else f"{text}/"


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise _BadValueError(
            f"should be true or false, not {_kind(value)}", "Write true or false without quotes."
        )
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _BadValueError("should be a whole number from 1 up", "Write it without quotes.")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, str):
        return _duration(value).total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise _BadValueError(
            "should be a number of seconds from 0 to 86400", 'Write delay = 2, or a duration such as "2s".'
        )
    return float(value)


def _duration(value: object) -> timedelta:
    if not isinstance(value, str):
        raise _BadValueError(f"should be a duration, not {_kind(value)}", 'Write it in quotes, such as "7d".')
    try:
        return parse_duration(value)
    except DurationError as error:
        raise _BadValueError(str(error)) from None


def _durations(value: object) -> tuple[timedelta, ...]:
    return tuple(sorted({_duration(one) for one in (value if isinstance(value, list) else [value])}))


def _language(value: object) -> str:
    text = _text(value)
    remedy = describe_unknown_language(text) if text else ""
    if remedy:
        raise _BadValueError(f"{text!r} is not a language code", remedy)
    return text


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return next((name for kind, name in _TYPES.items() if isinstance(value, kind)), "a date")


_READERS: dict[str, Callable[[object], Any]] = {
    "home": _address,
    "name": _text,
    "language": _language,
    "country": _text,
    "feeds": _texts,
    "sitemaps": _texts,
    "sections": _texts,
    "discover": _bool,
    "article_urls": _texts,
    "ignore_urls": _texts,
    "window": _duration,
    "limit": _count,
    "recheck": _durations,
    "delay": _seconds,
    "concurrency": _count,
    "keep_noarchive": _bool,
    "images": _bool,
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
        problems += _unknown(path, table, RULE_KEYS, where)
        values: dict[str, Any] = {}
        for key in RULE_KEYS:
            if key in table:
                try:
                    values[key] = _day(table[key]) if key == "until" else _selectors(table[key])
                except _BadValueError as wrong:
                    problems.append(SourceProblem(path, wrong.message, wrong.remedy, where + key))
        found.append(Rules(**values))
    return tuple(found)


def _day(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError:
        raise _BadValueError("is not a day", "Write it as 2026-11-23.") from None


def _selectors(value: object) -> tuple[str, ...]:
    texts = _texts(value)
    for text in texts:
        try:
            compile_selector(text)
        except ValueError as error:
            remedy = "Write CSS such as article .body, or XPath such as //article."
            if "::" in text:
                remedy = "Leave the :: part out: name the element, its text is taken."
            raise _BadValueError(str(error), remedy) from None
    return texts


def _toml_remedy(text: str, error: str) -> str:
    """The remedy for a usual slip, from the line that the parser names. The line is not shown: it may hold a password."""
    number = re.search(r"at line (\d+)", error)
    lines = text.split("\n")
    line = lines[int(number[1]) - 1] if number and int(number[1]) <= len(lines) else ""
    if re.search("[\u201c\u201d\u201e\u2018\u2019]", line):
        return 'Use straight quotes: "...".'
    if re.search(r"=\s*\[?\s*(?:https?:|[\w-]+\.\w)", line):
        return 'Put texts and addresses in quotes: home = "https://www.example.org/".'
    if ":" in line and "=" not in line:
        return 'Write key = value: home = "https://www.example.org/".'
    return "Compare the line with the examples in docs/sources.md."


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
    ("Keep pages that ask not to be archived.", ("keep_noarchive",)),
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

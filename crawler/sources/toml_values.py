"""What TOML files of ours have in common: the file as text, and values of each kind with a remedy for a wrong one."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any

from crawler.sources.model import SourceProblem
from pipelines.clean_text import quote_value
from pipelines.items import Rendering
from pipelines.timestamps import DurationError, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta
    from pathlib import Path

LARGEST = 1_000_000  # bytes: a list of thousands of feeds is a tenth of it
_TYPES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class BadValueError(ValueError):
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


def parse_toml(path: Path, examples: str) -> dict[str, Any] | SourceProblem:
    """The tables and keys of a file; `examples` names the page of the docs that shows how one is written."""
    text = read_text(path)
    if isinstance(text, SourceProblem):
        return text
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return SourceProblem(path, f"is not TOML: {error}", _syntax_remedy(text, str(error), examples))


def _syntax_remedy(text: str, error: str, examples: str) -> str:
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
    return f"Compare the line with the examples in {examples}."


def unknown_keys(
    path: Path, data: dict[str, Any], known: Sequence[str], message: str, where: str = ""
) -> list[SourceProblem]:
    """A problem for each key that is not known, with the nearest one that is."""
    problems = []
    for key in data:
        if key in known:
            continue
        near = difflib.get_close_matches(key.lower(), known, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
        problems.append(SourceProblem(path, message, remedy, where + key))
    return problems


def read_string(value: object) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"should be text, not {kind_of(value)}", 'Put it in quotes: "...".')
    return value.strip()


def read_strings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadValueError("should be a list of texts", 'Write ["...", "..."].')
    return tuple(one.strip() for one in value if one.strip())


def read_bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadValueError(
            f"should be true or false, not {kind_of(value)}", "Write true or false without quotes."
        )
    return value


def read_count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadValueError("should be a whole number from 1 up", "Write it without quotes.")
    return value


def read_seconds(value: object) -> float:
    if isinstance(value, str):
        return read_duration(value).total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise BadValueError(
            "should be a number of seconds from 0 to 86400", 'Write delay = 2, or a duration such as "2s".'
        )
    return float(value)


def read_duration(value: object) -> timedelta:
    if not isinstance(value, str):
        raise BadValueError(
            f"should be a duration, not {kind_of(value)}", 'Write it in quotes, such as "7d".'
        )
    try:
        return parse_duration(value)
    except DurationError as error:
        raise BadValueError(str(error)) from None


def read_durations(value: object) -> tuple[timedelta, ...]:
    return tuple(sorted({read_duration(one) for one in (value if isinstance(value, list) else [value])}))


def one_of(*words: str) -> Callable[[object], str]:
    """A reader of one of these words, in any case."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value.strip().lower() not in words:
            shown = quote_value(value)[:40] if isinstance(value, str) else kind_of(value)
            raise BadValueError(f"cannot be {shown}", f"Write one of: {', '.join(words)}.")
        return value.strip().lower()

    return read


def kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return next((name for kind, name in _TYPES.items() if isinstance(value, kind)), "a date")


def read_rendering(value: object) -> Rendering:
    """`true`, `false` or "auto"."""
    if isinstance(value, bool):
        return Rendering.ALWAYS if value else Rendering.NEVER
    if value == Rendering.AUTO:
        return Rendering.AUTO
    raise BadValueError("is none of its values", 'Write true, false or "auto".')

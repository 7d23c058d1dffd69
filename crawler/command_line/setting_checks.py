"""Are the settings of `-s NAME=VALUE` known, and can their values be read? Scrapy takes any name and never says so."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING

from crawler.command_line.errors import UsageProblem
from pipelines.items import CAPTURE_FORMATS, Noarchive, Rendering
from pipelines.timestamps import DurationError, parse_durations, parse_since
from pipelines.urls.normalize import is_http

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scrapy.settings import Settings

_CHOICES = {
    "NOARCHIVE": tuple(word.value for word in Noarchive),
    "RENDER": tuple(word.value for word in Rendering),
    "CAPTURES_FORMAT": tuple(word.value for word in CAPTURE_FORMATS),
}
_BOOLEANS = ("0", "1", "true", "false")


def check_settings(pairs: Mapping[str, str], known: Settings, now: datetime) -> None:
    """Raises `UsageProblem` for a name that no setting has, and for a value of the wrong kind.

    The kind is that of the setting's default. Negative numbers are wrong for our own settings alone: some of Scrapy's
    priorities may be negative.
    """
    for name, value in pairs.items():
        if name not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "docs/running.md has the list."
            raise UsageProblem(f"-s {name}: there is no such setting. {remedy}")
        wrong = describe_wrong_value(name, value, known[name], now)
        if wrong:
            raise UsageProblem(f"-s {name}={value}: {wrong}")


def describe_wrong_value(name: str, value: str, default: object, now: datetime) -> str:
    """What is wrong with a setting's value as it was typed, or "". Pure."""
    if name in ("WINDOW", "RECHECK"):
        try:
            parse_since(value, now) if name == "WINDOW" else parse_durations(value)
        except DurationError as error:
            return str(error)
        return ""
    if name == "COLLECTIONS_BASE":
        return "" if is_http(value) else "write a web address, such as https://data.commoncrawl.org/"
    if name == "TIMESTAMP":
        return "" if not value or is_http(value) else "write a web address, such as https://tsa.example.org"
    if name in _CHOICES:
        near = difflib.get_close_matches(value.lower(), _CHOICES[name], n=1)
        meant = f". Did you mean {near[0]}?" if near else ""
        return "" if value in _CHOICES[name] else f"write {' or '.join(_CHOICES[name])}{meant}"
    if isinstance(default, bool):
        return "" if value.lower() in _BOOLEANS else "write True or False"
    if not isinstance(default, int | float):
        return ""
    try:
        number = float(value) if isinstance(default, float) else int(value)
    except ValueError:
        return "write a whole number" if isinstance(default, int) else "write a number, such as 5 or 0.5"
    if not math.isfinite(number):
        return "write a number, such as 5 or 0.5"
    return "write 0 or more" if number < 0 <= default and "PRIORITY" not in name else ""

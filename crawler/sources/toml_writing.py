"""Writing a source's file for a person who will read it and change it."""

from __future__ import annotations

import re
from datetime import timedelta

from crawler.sources.model import Source
from crawler.sources.toml import RULE_KEYS

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
            lines += [f"{key} = {_value(getattr(source, key))}" for key in set_here]
    for rules in source.rules:
        lines += ["", "[[rules]]"]
        lines += [f"{key} = {_value(getattr(rules, key))}" for key in RULE_KEYS if getattr(rules, key)]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        texts = [_value(one) for one in value]
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

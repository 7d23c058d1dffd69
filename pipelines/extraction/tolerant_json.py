"""JSON as people write it into pages: with comments, stray or missing commas, quotation marks and newlines left
unescaped, single quotes, two objects in a row, an end cut off. Pure.

One pass over the text with a stack of its own: the time grows as the text does, whatever it holds. json_repair and
its like look ahead as far as the text goes, and need a minute for 50,000 characters made to hurt them.
"""

from __future__ import annotations

import json
import re
from typing import Any

_DEEPEST = 60  # objects within objects; real ones have ten
_MOST_VALUES = 100_000  # and signs between them
_LOOK = 200  # characters behind a quotation mark in which it shows whether it ends the string

_SKIP = re.compile(r"[\s;\ufeff]+|//[^\n]*|<!--|-->|<!\[CDATA\[|\]\]>")
_STRING_STOP = {'"': re.compile(r'["\\]'), "'": re.compile(r"['\\]")}
_BARE = re.compile(r"[^\s,:{}\[\]\"']+")
# What stands behind a string that ends: of a name its colon; of a value the next name, or the end of what it is in.
_BEHIND_NAME = re.compile(r"\s*:")
_NEXT_NAME = r"[\s,;]*(?:[\"'][^\"'\n:]{1,80}[\"']|[A-Za-z_@$][\w@$-]{0,60})\s*:(?!//)"
_BEHIND_VALUE = re.compile(rf"\s*(?:,\s*)*(?:[}}\]]|/[/*]|\Z)|{_NEXT_NAME}")
_BEHIND_ITEM = re.compile(r"\s*(?:,\s*(?:[\"'{\[\]\d-]|null|true|false|/[/*])|[\]}]|\n\s*[\"'{]|/[/*]|\Z)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.S)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " ", "\n": " "}
_CONSTANTS = {"true": True, "false": False}


class _Frame:
    """An object or a list that is being read, and the name that waits for its value."""

    __slots__ = ("key", "value")

    def __init__(self, value: Any) -> None:
        self.value: Any = value
        self.key: str | None = None

    def add(self, value: Any) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is not None:
            self.value[self.key] = value
            self.key = None


def read(text: str) -> Any:
    """Return the value of a text; a list of them when it has several, None when it has no object or list."""
    top = _Frame([])
    stack = [top]
    at, left = 0, _MOST_VALUES
    while at < len(text) and left:
        left -= 1
        if skipped := _SKIP.match(text, at):
            at = skipped.end()
            continue
        sign, frame = text[at], stack[-1]
        if sign in "{[":
            if len(stack) > _DEEPEST:
                break
            inner = _Frame({} if sign == "{" else [])
            frame.add(inner.value)
            stack.append(inner)
            at += 1
        elif sign in "}]":
            _close(stack, dict if sign == "}" else list)
            at += 1
        elif sign in "\"'":
            value, at = _read_string(text, at, frame)
            _place(frame, value)
        elif text.startswith("/*", at):
            end = text.find("*/", at + 2)
            at = len(text) if end < 0 else end + 2
        elif sign in ",:":
            if sign == "," and isinstance(frame.value, dict):
                frame.key = None
            at += 1
        elif bare := _BARE.match(text, at):
            at = bare.end()
            _place_bare(frame, bare[0])
        else:
            at += 1
    found = [value for value in top.value if isinstance(value, dict | list)]
    return found[0] if len(found) == 1 else found or None


def _close(stack: list[_Frame], kind: type) -> None:
    """Close the innermost object or list of a kind with all that was left open in it; a sign too many is nothing."""
    depth = next((n for n in range(len(stack) - 1, 0, -1) if isinstance(stack[n].value, kind)), 0)
    if depth:
        del stack[depth:]


def _place(frame: _Frame, value: str) -> None:
    if isinstance(frame.value, dict) and frame.key is None:
        frame.key = value
    else:
        frame.add(value)


def _place_bare(frame: _Frame, word: str) -> None:
    """Place a name without quotes, a number, or a word that is no JSON (`undefined`, `NaN`), which is null."""
    if isinstance(frame.value, dict) and frame.key is None:
        frame.key = word
        return
    try:
        frame.add(_CONSTANTS[word] if word in _CONSTANTS else json.loads(word))
    except (ValueError, RecursionError):
        frame.add(None)


def _read_string(text: str, at: int, frame: _Frame) -> tuple[str, int]:
    """Return the string that begins here, and where it ends: at the first quotation mark that ends one, else with the text."""
    quote = text[at]
    stop = _STRING_STOP[quote]
    behind = _BEHIND_ITEM
    if isinstance(frame.value, dict):
        behind = _BEHIND_NAME if frame.key is None else _BEHIND_VALUE
    start = place = at + 1
    while found := stop.search(text, place):
        place = found.end()
        if found[0] == "\\":
            place += 1
        elif behind.match(text[place : place + _LOOK]) or (
            behind is _BEHIND_NAME and text.startswith(("\n", ",", "}"), place)
        ):
            return _unescape(text[start : place - 1]), place
    return _unescape(text[start:]), len(text)


def _unescape(raw: str) -> str:
    if "\\" not in raw:
        return raw
    text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPED.get(m[2], m[2]), raw)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")

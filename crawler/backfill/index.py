"""The CDX index of a web archive: which addresses to ask, what the answers say, and what is still to be read. Pure.

Two kinds of servers are understood: the Internet Archive's, whose answers have a key by which they go on, and pywb's, whose
answers have none: there a span of time that gives a full answer is halved. https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

COLUMNS = "urlkey,timestamp,original,mimetype,statuscode,digest"
NAMES = {"original": "url", "mimetype": "mime", "statuscode": "status", "timestamp": "captured"}
"""What the Internet Archive calls the columns; pywb has three of the short names."""
SHORTEST = timedelta(hours=1)
"""A span of time that is not halved any more."""
QUOTED = 120  # characters of an answer that a message quotes


class CutOffIndexError(ValueError):
    """An answer that ends in the middle."""


class NoIndexError(ValueError):
    """An answer that is no CDX index."""


class Window(NamedTuple):
    """A part of the index still to be read: its first and last moment, 14 digits each; `resume` is where it goes on."""

    begin: str
    end: str
    resume: str = ""


class IndexRow(NamedTuple):
    """A capture that the web archive has; `captured` is its time, 14 digits."""

    captured: str
    url: str
    status: str
    mime: str


class IndexAnswer(NamedTuple):
    """The captures of one answer, and the key by which the index goes on; "" at its end."""

    rows: list[IndexRow]
    resume: str


def index_address(index: str, site: str, window: Window, limit: int) -> str:
    """The address that gives the next `limit` captures of a site's pages, of each page the first in the window."""
    values = [
        ("url", site),
        ("matchType", "domain"),
        ("from", window.begin),
        ("to", window.end),
        ("filter", "statuscode:200"),
        ("filter", "mimetype:text/html"),
        ("collapse", "urlkey"),
        ("fl", COLUMNS),
        ("output", "json"),
        ("limit", str(limit)),
        ("showResumeKey", "true"),
    ]
    if window.resume:
        values.append(("resumeKey", window.resume))
    return f"{index}{'&' if '?' in index else '?'}{urlencode(values)}"


def read_index(body: bytes) -> IndexAnswer:
    """What an answer says. Raises `CutOffIndexError` and `NoIndexError`."""
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return IndexAnswer([], "")
    if text.startswith("{"):
        rows, resume = [_row_of(_read_json(line)) for line in text.splitlines() if line.strip()], ""
    elif text.startswith("["):
        rows, resume = _read_table(_read_json(text))
    else:
        raise NoIndexError(" ".join(text.split())[:QUOTED])
    return IndexAnswer([row for row in rows if row is not None], resume)


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CutOffIndexError("the answer breaks off") from error


def _read_table(table: Any) -> tuple[list[IndexRow | None], str]:
    """The rows of a JSON table whose first row names the columns; a blank row and the resume key may end it."""
    lists = [row for row in table if isinstance(row, list)]
    if len(lists) != len(table):
        raise NoIndexError(json.dumps(table)[:QUOTED])
    if not lists:
        return [], ""
    names, *lists = lists
    resume = ""
    if len(lists) > 1 and not lists[-2] and len(lists[-1]) == 1:
        resume = str(lists[-1][0])
        del lists[-2:]
    return [_row_of(dict(zip(names, row, strict=False))) for row in lists], resume


def _row_of(cells: Any) -> IndexRow | None:
    """A row by its names; None for one that names no address and time."""
    if not isinstance(cells, dict):
        return None
    named = {NAMES.get(str(name), str(name)): str(value) for name, value in cells.items()}
    named.setdefault("captured", "")
    if not (named.get("url") and _moment_of(named["captured"])):
        return None
    return IndexRow(named["captured"], named["url"], named.get("status", ""), named.get("mime", ""))


def next_windows(windows: list[Window], answer: IndexAnswer, limit: int) -> list[Window]:
    """What is still to be read after the answer for the first of these windows."""
    first, *others = windows
    if answer.resume and answer.resume != first.resume:
        return [first._replace(resume=answer.resume), *others]
    if len(answer.rows) >= limit and not answer.resume:
        return [*halve(first), *others]
    return others


def halve(window: Window) -> list[Window]:
    """Both halves of a window; none of one that is too short, whose answer is then all there is to have."""
    begin, end = _moment_of(window.begin), _moment_of(window.end)
    if begin is None or end is None or end - begin < SHORTEST:
        return []
    middle = begin + (end - begin) / 2
    return [
        Window(window.begin, _digits_of(middle)),
        Window(_digits_of(middle + timedelta(seconds=1)), window.end),
    ]


def window_of(begin: datetime, end: datetime) -> Window:
    """The window from one moment to another."""
    return Window(_digits_of(begin), _digits_of(end))


def _moment_of(digits: str) -> datetime | None:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _digits_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")

"""What a robots.txt says to us (RFC 9309), as publishers really write it: the group that names us, its delay, the sitemaps.

Protego matches paths; groups are chosen here, because a refusal that names us counts in whatever form: by the product
token, with a version, as the whole agent string, in a list. Pure.
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from protego import Protego

from pipelines.urls.normalize import LONGEST
from pipelines.urls.resolve import read_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 524_288
"""A little more than RFC 9309 asks for. The rest is not read."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD = 400  # bytes that show whether every second one is a zero: UTF-16 without its mark
_AGENT, _ALLOW, _DISALLOW, _DELAY, _OTHER, _SITEMAP = [
    "agent",
    "allow",
    "disallow",
    "delay",
    "other",
    "sitemap",
]
_FIELDS = {
    **dict.fromkeys(("user-agent", "useragent", "user agent", "user_agent"), _AGENT),
    "allow": _ALLOW,
    **dict.fromkeys(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"), _DISALLOW),
    **dict.fromkeys(("crawl-delay", "crawl delay", "crawldelay", "crawl_delay"), _DELAY),
    **dict.fromkeys(("request-rate", "request rate", "visit-time", "visit time"), _OTHER),
    **dict.fromkeys(("sitemap", "sitemaps", "site-map"), _SITEMAP),
}
_FIELD = re.compile(rf"({'|'.join(_FIELDS)})\s*[:：\s]\s*(.*)", re.I | re.S).fullmatch
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_TOKEN = re.compile(r"[A-Za-z_-]+")
_NAMED = re.compile(r"(?:^|(?<=[\s;(]))([A-Za-z][A-Za-z_-]*)/[0-9]")
_EVERYBODY = frozenset({"mozilla", "applewebkit", "gecko", "chrome", "safari", "firefox", "version"})
"""Products in so many agent strings that they name nobody."""
_DELAY_VALUE = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,9})?)\s*(ms|milli|m|h)?", re.I).match
_UNITS = {"ms": 0.001, "milli": 0.001, "m": 60.0, "h": 3600.0, "": 1.0}


@dataclass(slots=True)
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[tuple[str, str]] = field(default_factory=list)
    delay: float | None = None


class RobotsSitemaps(NamedTuple):
    """The addresses that a robots.txt names, and the lines that name none, each with its reason."""

    urls: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


class RobotsTxt:
    """A robots.txt as read by one agent, called `token` in robots.txt files; `agent` is its whole string."""

    def __init__(self, body: bytes, token: str, agent: str = "") -> None:
        groups, self.sitemaps = _read_groups(body)
        names = _names_of(token, agent)
        ours = [group for group in groups if any(_names_us(value, names, agent) for value in group.agents)]
        self.names_us = bool(ours)
        ours = ours or [group for group in groups if any(_is_everybody(value) for value in group.agents)]
        self.delay = max((group.delay for group in ours if group.delay is not None), default=None)
        rules = "\n".join(f"{kind}: {value}" for group in ours for kind, value in group.rules)
        self._rules = Protego.parse(f"User-agent: *\n{rules}")

    def allows(self, url: str) -> bool:
        """Whether the URL may be asked for."""
        return self._rules.can_fetch(url, "*")


def find_sitemaps(named: Iterable[str], robots_url: str) -> RobotsSitemaps:
    """The sitemaps that the robots.txt at `robots_url` names, each once, in its order."""
    found = {line: read_address(robots_url, line) for line in named}
    urls = dict.fromkeys(address.url for address in found.values() if address.url)
    refused = ((line, address.refused) for line, address in found.items() if address.refused)
    return RobotsSitemaps(tuple(urls), tuple(refused))


def decode_lines(body: bytes) -> Iterator[str]:
    """The lines as text. One that is no UTF-8 comes twice: in the letters of windows-1252, and with its bytes as escapes.

    Which of them its URLs use cannot be known; each forbids or allows only what the publisher wrote.
    """
    body = body[:MOST_BYTES]
    mark, charset = next(((m, name) for m, name in _MARKS if body.startswith(m)), (b"", ""))
    if not charset and body[:_HEAD].count(0) * 3 > len(body[:_HEAD]):
        charset = "utf-16-le" if body[1:2] == b"\0" else "utf-16-be"
    if charset not in ("", "utf-8"):
        yield from re.split(r"[\r\n]+", body[len(mark) :].decode(charset, "replace"))
        return
    for line in re.split(rb"[\r\n]+", body[len(mark) :]):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield line.decode("cp1252", "replace")
            yield _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line).decode("ascii")


def _read_groups(body: bytes) -> tuple[list[_Group], list[str]]:
    """The groups, and the sitemaps named. Only a rule ends the lines that say for whom a group is."""
    groups: list[_Group] = []
    sitemaps: list[str] = []
    open_for_agents = False
    for line in decode_lines(body):
        text = line.partition("#")[0].strip(" \t\f\v\0\u00a0\u200b\ufeff")
        found = _FIELD(text) if len(text) <= LONGEST else None
        if found is None:
            continue
        kind, value = _FIELDS[found[1].lower()], found[2].strip()
        if kind == _SITEMAP:
            sitemaps += [value] if value else []
        elif kind == _AGENT:
            if not open_for_agents:
                groups.append(_Group())
            open_for_agents = True
            groups[-1].agents.append(value)
        else:
            open_for_agents = False
            if groups:
                _add_rule(groups[-1], kind, value)
    return groups, sitemaps


def _add_rule(group: _Group, kind: str, value: str) -> None:
    if kind == _DELAY:
        seconds = parse_delay(value)
        if seconds is not None:
            group.delay = max(group.delay or 0.0, seconds)
    elif kind in (_ALLOW, _DISALLOW) and value:
        group.rules.append((kind, value))


def parse_delay(value: str) -> float | None:
    """The seconds of a Crawl-delay: `10`, `1.5`, `0,5`, `10s`, `10 seconds`, `2m`; None when it is no number."""
    found = _DELAY_VALUE(value.strip("\"' ="))
    if found is None:
        return None
    seconds = float(found[1].replace(",", ".")) * _UNITS[(found[2] or "").lower()]
    return seconds if math.isfinite(seconds) else None


def _names_of(token: str, agent: str) -> frozenset[str]:
    """The names that we go by, in lower case: our token, and the products of our agent string."""
    named = [found[0] for text in (token, agent) if (found := _TOKEN.match(text))]
    return frozenset(name.lower() for name in (*named, *_NAMED.findall(agent))) - _EVERYBODY


def _names_us(value: str, names: frozenset[str], agent: str) -> bool:
    """Whether the value of a User-agent line names us: its letters up to the first other sign, its products, its list."""
    if agent and value.lower() == agent.lower():
        return True
    parts = (part.strip(" \t*\"'") for part in value.split(","))
    found = {match[0].lower() for part in parts if (match := _TOKEN.match(part))}
    found |= {name.lower() for name in _NAMED.findall(value)}
    return not found.isdisjoint(names)


def _is_everybody(value: str) -> bool:
    return value.strip(" \t\"'").partition(" ")[0].partition(",")[0] == "*"

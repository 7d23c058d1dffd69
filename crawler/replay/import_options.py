"""What of WARC files is imported, and how: days, sites, and whether copies of the pages are kept. Pure but for one file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.urls import normalize

if TYPE_CHECKING:
    from pathlib import Path

OUTSIDE = "of days outside --since and --until"

_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,}")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`since` and `until` are days in UTC (`YYYY-MM-DD`), both included, "" for no limit. `domains` are registered ones,
    None for all. With `point_back` no copy of a page is kept, but its place in the collection's file.
    """

    since: str = ""
    until: str = ""
    domains: frozenset[str] | None = None
    point_back: bool = False

    @property
    def key(self) -> str:
        """What tells this import of a file from another one with other limits, "" where there are none."""
        if not (self.since or self.until or self.domains is not None or self.point_back):
            return ""
        told = repr(
            (self.since, self.until, sorted(self.domains or ()), self.domains is None, self.point_back)
        )
        return f" {hashlib.sha256(told.encode()).hexdigest()[:16]}"

    def wants(self, url: str) -> bool:
        """Whether an address is of a site that is wanted."""
        return self.domains is None or normalize.site_of(url) in self.domains

    def includes(self, at: str) -> bool:
        """Whether a time is within the days that are wanted."""
        day = at[:10]
        return (not self.since or day >= self.since) and (not self.until or day <= self.until)


def read_domains(path: Path) -> frozenset[str]:
    """The registered domains in a file, one a line; # begins a comment. Raises `ValueError` with file and line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no list of domains: it is not text (UTF-8).") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}.") from error
    found = set()
    for number, line in enumerate(lines, 1):
        word = line.partition("#")[0].strip().lower().rstrip(".")
        if not word:
            continue
        found.add(_read_domain(word, f"{path}, line {number}"))
    if not found:
        raise ValueError(f"{path} names no domain. Write one a line, such as example.org")
    return frozenset(found)


def _read_domain(word: str, where: str) -> str:
    """A registered domain as addresses are compared with it. Raises `ValueError`."""
    try:
        ascii_word = word.encode("idna").decode() if not word.isascii() else word
    except UnicodeError:
        ascii_word = ""
    if not _DOMAIN.fullmatch(ascii_word):
        shown = word if len(word) < 80 else f"{word[:79]}…"
        raise ValueError(
            f"{where}: {shown} is no domain. Write one a line, without https:// and path, such as example.org"
        )
    site = normalize.site_of(f"https://{ascii_word}/")
    if site != ascii_word:
        raise ValueError(f"{where}: {word} is a host of {site}. Write the registered domain: {site}")
    return site

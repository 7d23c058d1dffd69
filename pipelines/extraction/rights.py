"""What a publisher says about keeping a page and about mining it. Pure.

`noarchive`: https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag, which other search
engines share; `nocache` is the older word for it. TDM reservation: https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.items import Noarchive

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pipelines.items import Page

AGENT = "clippings"
"""The name by which a page may address us alone, in lower case."""

_QUOTED = 80  # characters of a header or a tag that a reason quotes
NOARCHIVE, TDM = "noarchive", "tdm-reservation"
"""The words of `articles.rights`."""
KEEP_OUT = frozenset({"noarchive", "nocache"})
_VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
_AGENT = re.compile(r"\*|[a-z][\w.*-]*")


def find_rights(headers: Iterable[tuple[str, str]], meta: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return what a page asks for, in this order: `noarchive` (no copy of it), `tdm-reservation` (no mining).

    These are the words of `articles.rights`; empty when it asks for nothing. `meta` has lower-case names.
    """
    headers = tuple(headers)
    asked = ((NOARCHIVE, find_noarchive(headers, meta)), (TDM, find_tdm_reservation(headers, meta)[0]))
    return tuple(word for word, found in asked if found)


def may_be_copied(page: Page, rights: Collection[str]) -> bool:
    """Whether a copy of a page that asks for this may be kept."""
    return NOARCHIVE not in rights or page.noarchive == Noarchive.KEEP


def find_noarchive(headers: Iterable[tuple[str, str]], meta: Mapping[str, Sequence[str]]) -> str:
    """Return how a page asks that no copy of it be kept, in words; "" when it does not. `meta` has lower-case names."""
    for name, value in headers:
        if name.lower() == "x-robots-tag":
            for agent, word in parse_robots_tag(value):
                if word in KEEP_OUT and agent in ("", "*", AGENT):
                    return f"the publisher asks not to archive it (X-Robots-Tag: {value.strip()[:_QUOTED]})"
    for name in ("robots", AGENT):
        for value in meta.get(name, ()):
            if KEEP_OUT & set(re.split(r"[\s,;]+", value.lower())):
                return f"the publisher asks not to archive it (meta {name}: {value.strip()[:_QUOTED]})"
    return ""


def parse_robots_tag(value: str) -> Iterator[tuple[str, str]]:
    """Yield (agent, word) of an X-Robots-Tag header; an agent holds for all words behind it, '' is everybody.

    `otherbot: noindex, nofollow, clippings: noarchive` are two words for otherbot and one for us.
    """
    agent = ""
    for part in value.lower().split(","):
        word = part.strip()
        name, colon, rest = word.partition(":")
        if colon and name.strip() not in _VALUED and _AGENT.fullmatch(name.strip()):
            agent, word = name.strip(), rest.strip()
        yield agent, word


def find_tdm_reservation(
    headers: Iterable[tuple[str, str]], meta: Mapping[str, Sequence[str]]
) -> tuple[bool | None, str]:
    """Return (reserved, address of the terms). Reserved when header or page says so; None when both are silent."""
    stated: dict[str, list[str]] = {"tdm-reservation": [], "tdm-policy": []}
    for name, value in headers:
        if name.lower() in stated:
            stated[name.lower()].append(value.strip())
    for name, values in stated.items():
        values += [value.strip() for value in meta.get(name, ())]
    reservations = [value for value in stated["tdm-reservation"] if value in ("0", "1")]
    policy = next((value for value in stated["tdm-policy"] if value), "")
    return ("1" in reservations) if reservations else None, policy

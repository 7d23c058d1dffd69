"""One article in two archives: the union of its versions, as one archive would have seen them. Pure.

Each archive has the versions that its own crawls saw. The union has them all in the order of time, and no two beside each
other that say the same: the same words, the same page read by two extractors, or words that differ only by noise.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.decisions.revisions import RevisionMemory, compare, judge
from pipelines.items import Article

if TYPE_CHECKING:
    from collections.abc import Sequence


_NUMBER = re.compile(r"-(\d+)(?:\+|$)")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an article. Times are ISO 8601; an empty `extractor` is unknown, as of versions superseded before 0.2.

    `page` is the SHA-256 of the page, "" without a capture. `change` names the kinds by which the version of the hash
    `next_hash` differs. `capture_id` is the page's row in the archive that the union is for.
    """

    seen_at: str
    content_hash: str
    title: str = ""
    standfirst: str = ""
    text: str = ""
    modified_at: str = ""
    page: str = ""
    extractor: str = ""
    change: str | None = None
    next_hash: str = ""
    capture_id: int | None = None


def unite_versions(ours: Sequence[Version], theirs: Sequence[Version]) -> list[Version]:
    """All versions of two archives, oldest first; the last one is what the publisher printed last.

    The order of the arguments makes no difference.
    """
    united: list[Version] = []
    for version in sorted({*ours, *theirs}, key=_order):
        if united and _says_the_same(united[-1], version):
            united[-1] = _merge_two(united[-1], version)
        else:
            united.append(version)
    last = [replace(version, change=None, next_hash="") for version in united[-1:]]
    return [_with_change(old, new) for old, new in pairwise(united)] + last


def _order(version: Version) -> tuple[str, ...]:
    words = (version.title, version.standfirst, version.text, version.modified_at)
    return (version.seen_at, version.content_hash, version.page, version.extractor, *words)


def _says_the_same(old: Version, new: Version) -> bool:
    if old.content_hash == new.content_hash or (old.page and old.page == new.page):
        return True
    if old.next_hash == new.content_hash or not old.extractor or old.extractor != new.extractor:
        return False
    # Both were read by the same rules: what differs is judged as at a second look, with no earlier looks to learn from.
    return not _find_kinds(old, new)


def _merge_two(old: Version, new: Version) -> Version:
    """One version for two that say the same: the words of the newer extractor, seen since the first look."""
    words = max(
        old,
        new,
        key=lambda version: (order_extractors(version.extractor), version.next_hash != "", _order(version)),
    )
    successor = new if new.next_hash else old
    return replace(words, seen_at=old.seen_at, change=successor.change, next_hash=successor.next_hash)


def order_extractors(extractor: str) -> tuple[int, str]:
    """An extractor's version to compare by: the number in its name, as in `clippings-5+1a2b` (a hash of a site's own rules)."""
    number = _NUMBER.search(extractor)
    return int(number[1]) if number else 0, extractor


def _with_change(old: Version, new: Version) -> Version:
    """The old version with the kinds by which the new one differs; None where nothing tells who changed it."""
    if old.next_hash == new.content_hash:
        return old
    by_one_extractor = old.extractor and old.extractor == new.extractor
    change = json.dumps(_find_kinds(old, new)) if by_one_extractor else None
    return replace(old, change=change, next_hash=new.content_hash)


def _find_kinds(old: Version, new: Version) -> tuple[str, ...]:
    before, after = (
        Article(url="", title=v.title, standfirst=v.standfirst, text=v.text, content_hash=v.content_hash)
        for v in (old, new)
    )
    return judge(compare(before, after), RevisionMemory(), new.content_hash, []).kinds

"""Which shard a source belongs to. Pure.

Sources that ask one host are one group, and a group has one owner: so no host is asked by two shards at a time. The owner is
found by rendezvous hashing: each shard draws a number for the group, and the largest wins. A further shard takes over
the groups for which its number is larger, and no other group moves.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.urls.normalize import site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crawler.sources.model import Source


@dataclass(frozen=True, slots=True)
class Group:
    """Sources that must not be crawled by two shards. `key` is the first of their registered domains by name."""

    key: str
    sources: tuple[str, ...]


def sites_of(source: Source, listings: Iterable[str] = ()) -> set[str]:
    """The registered domains that a crawl of this source asks: of its home, of the listings it names, and of `listings`."""
    urls = (source.home, *source.feeds, *source.sitemaps, *source.sections, *listings)
    return {site for url in urls if (site := site_of(url))}


def group_sources(
    sites: Mapping[str, Iterable[str]], addresses: Mapping[str, Iterable[str]] | None = None
) -> list[Group]:
    """Join the sources that share a registered domain, or an address where `addresses` gives those of the domains.

    `sites` has the registered domains of each source, by its id. The groups are in the order of their keys.
    """
    leaders: dict[str, str] = {}

    def lead(name: str) -> str:
        while (above := leaders.setdefault(name, name)) != name:
            leaders[name] = leaders[above]
            name = above
        return name

    def join(one: str, other: str) -> None:
        first, second = sorted((lead(one), lead(other)))
        leaders[second] = first

    own = {source_id: sorted(set(found)) for source_id, found in sites.items()}
    for source_id, found in own.items():
        for site in found:
            join(f"site {found[0]}", f"site {site}")
            for address in (addresses or {}).get(site, ()):
                join(f"site {site}", f"address {address}")
        if not found:
            lead(f"source {source_id}")
    members: defaultdict[str, list[str]] = defaultdict(list)
    for source_id, found in own.items():
        members[lead(f"site {found[0]}" if found else f"source {source_id}")].append(source_id)
    groups = (
        Group(min((site for one in ids for site in own[one]), default=ids[0]), tuple(sorted(ids)))
        for ids in members.values()
    )
    return sorted(groups, key=lambda group: (group.key, group.sources))


def find_owner(key: str, shards: int) -> int:
    """The number of the shard, from 0, that crawls the group of this key."""
    return max(range(shards), key=lambda shard: hashlib.sha256(f"{shard} {key}".encode()).digest())


def assign_groups(groups: Sequence[Group], shards: int) -> list[tuple[str, ...]]:
    """The ids of the sources of each shard, in the order of ids; a shard may have none."""
    assigned: list[list[str]] = [[] for _ in range(shards)]
    for group in groups:
        assigned[find_owner(group.key, shards)] += group.sources
    return [tuple(sorted(ids)) for ids in assigned]

"""Where sources are read: the listings that an archive knows of them, and the addresses of their hosts."""

from __future__ import annotations

import socket
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from pipelines.archive.connection import connect_for_reading
from pipelines.archive.errors import archive_errors
from pipelines.urls.normalize import host_of, site_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawler.sources.model import Source

LOOKUPS = 20
"""Names that are looked up at a time."""


def find_listings(archive: Path) -> dict[str, list[str]]:
    """The listings that crawls have found of each source. Raises `ArchiveError`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    if archive.exists():
        with archive_errors(archive), closing(connect_for_reading(archive)) as db:
            for source_id, url in db.execute("SELECT source_id, url FROM listings ORDER BY id"):
                found[source_id].append(url)
    return found


def resolve_sites(sources: Sequence[Source]) -> dict[str, set[str]]:
    """The addresses of each source's home, by its registered domain. A name that cannot be found has none."""
    homes = [source.home for source in sources]
    found: defaultdict[str, set[str]] = defaultdict(set)
    with ThreadPoolExecutor(LOOKUPS) as pool:
        for home, addresses in zip(homes, pool.map(_look_up, map(host_of, homes)), strict=True):
            found[site_of(home)] |= addresses
    return found


def _look_up(host: str) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return set()

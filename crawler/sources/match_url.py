"""URLs that a person gives by hand: under which source each is filed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.sources.load import load_sources
from crawler.sources.model import Source, source_id
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def assign_sources(urls: Sequence[str], seeds: Path) -> tuple[list[Source], list[tuple[str, str]]]:
    """(sources, [(source id, URL)]) of the URLs given. Raises `ValueError` for what is no web address.

    A folder of seeds is not needed: a URL of no source in it is filed under its host's name.
    """
    bad = [url for url in urls if not normalize.is_http(url)]
    if bad:
        raise ValueError(f"{bad[0]!r} is not a web address; it must begin with http:// or https://")
    listed = load_sources(seeds).sources if seeds.is_dir() and any(seeds.iterdir()) else []
    sources = {source.id: source for source in listed}
    filed = [(assign_source(url, sources.values()), url) for url in urls]
    used = {source.id: source for source, _ in filed}
    return list(used.values()), [(source.id, url) for source, url in filed]


def assign_source(url: str, sources: Iterable[Source]) -> Source:
    """The source whose host, else whose site, the URL is on; else a new one, named like the host. Pure."""
    host = normalize.host_of(url)
    candidates = [s for s in sources if normalize.same_site(s.home, url)]
    for source in candidates:
        if normalize.host_of(source.home) == host:
            return source
    if candidates:
        return candidates[0]
    scheme = url.partition("://")[0].lower()
    return Source(id=source_id(url), name=host.removeprefix("www."), home=f"{scheme}://{host}/")

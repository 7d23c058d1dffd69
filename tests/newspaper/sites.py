"""What each site is like, read from `sites/*.toml`: addresses, charset, feeds, sitemaps, manners."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

SITES = Path(__file__).parent / "sites"
LAYOUTS = Path(__file__).parent / "layouts"


@dataclass(frozen=True)
class Feed:
    """One feed; `kind` is rss, rss091, rdf, atom or json; `query` is added to each of its links."""

    kind: str
    path: str
    section: str = ""
    query: str = ""
    size: int = 20
    linked: bool = True
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Sitemap:
    """One sitemap; `kind` is plain, news or index (`parts` are the paths an index names)."""

    kind: str
    path: str
    gzip: bool = False
    in_robots: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extra:
    """A page that is no article, or an address that is not there; see extras.py for the kinds."""

    kind: str
    path: str
    title: str = ""
    text: str = ""
    to: str = ""
    age: str = "1d"
    listed: tuple[str, ...] = ("home",)


@dataclass(frozen=True)
class Site:
    """One invented news site."""

    id: str
    host: str
    name: str
    language: str
    country: str
    offset: str
    path: str
    date: str
    sections: dict[str, str]
    item: str
    number: int = 1
    list_path: str = "/{section}/"
    page_path: str = "/{section}/page/{page}/"
    page_size: int = 5
    months: tuple[str, ...] = ()
    encoding: str = "utf-8"
    declared: tuple[str, ...] = ("header", "meta")
    evidence: tuple[str, ...] = ()
    date_only: bool = False
    body: str = "p"
    block_class: str = ""
    inserts: dict[str, str] = field(default_factory=dict)
    robots: dict[str, Any] = field(default_factory=dict)
    mobile: str = ""
    home: str = ""
    alias: str = ""
    raw_links: bool = False
    indent: str = ""
    weak: bool = False
    layout: str = ""
    demo: bool = False
    feeds: tuple[Feed, ...] = ()
    sitemaps: tuple[Sitemap, ...] = ()
    extras: tuple[Extra, ...] = ()

    @property
    def template(self) -> str:
        """The name of its layout, which several sites may share."""
        return self.layout or self.id

    @property
    def root(self) -> str:
        """The site's address without the slash at its end."""
        return f"http://{self.host}"

    @property
    def zone(self) -> timezone:
        """The site's clock."""
        hours, minutes = self.offset[1:].split(":")
        shift = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-shift if self.offset.startswith("-") else shift)

    def visible(self, when: datetime) -> str:
        """A time as this site prints it for its readers."""
        local = when.astimezone(self.zone)
        return self.date.format(d=local, month=self.months[local.month - 1] if self.months else "")

    def section_url(self, section: str, page: int = 1) -> str:
        """The address of one page of a section's list."""
        pattern = self.list_path if page == 1 else self.page_path
        return self.root + pattern.format(section=section, page=page)

    def refused(self, path: str) -> bool:
        """Whether robots.txt keeps crawlers from a path. RFC 9309: a robots.txt that fails refuses all."""
        if self.robots.get("status", 200) >= 500:
            return True
        return path.startswith(tuple(self.robots.get("disallow", ())))


def _of(kind: type, table: dict[str, Any]) -> Any:
    known = {f.name for f in fields(kind)}
    if unknown := table.keys() - known:
        raise ValueError(f"{kind.__name__}: unknown keys {unknown}")
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})


def load(demo: bool = False) -> dict[str, Site]:
    """All sites by host, in the order of their files; with `demo` those too that only `make demo` serves."""
    found = {}
    for file in sorted(SITES.glob("*.toml")):
        table = tomllib.loads(file.read_text("utf-8"))
        for key, kind in (("feeds", Feed), ("sitemaps", Sitemap), ("extras", Extra)):
            table[key] = [_of(kind, row) for row in table.get(key, [])]
        site: Site = _of(Site, {"id": file.stem, **table})
        if demo or not site.demo:
            found[site.host] = site
    return found

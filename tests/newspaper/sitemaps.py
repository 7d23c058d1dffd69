"""Sitemaps: plain, index and Google News."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as xml

from .answers import Answer
from .lists import dated

if TYPE_CHECKING:
    from datetime import datetime

    from .press import Entry, Press
    from .sites import Site, Sitemap

XML = '<?xml version="1.0" encoding="utf-8"?>\n'
SITEMAP_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_NS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def sitemap(press: Press, site: Site, wanted: Sitemap) -> Answer:
    """One of a site's sitemaps, compressed when its name says so."""
    entries = press.entries(site, "sitemap")
    if wanted.kind == "index":
        newest = max(e.modified for e in entries)
        words = _index(site, wanted, newest)
    elif wanted.kind == "news":
        words = _news(site, [e for e in entries if e.section and (press.started - e.published).days < 2])
    else:
        words = _urlset(entries)
    body = words.encode()
    media = "application/xml"
    if wanted.gzip:
        body, media = gzip.compress(body, mtime=0), "application/octet-stream"
    return dated(Answer(body=body, type=media, charset="", kind="sitemap"), entries)


def _index(site: Site, wanted: Sitemap, newest: datetime) -> str:
    maps = "\n".join(
        f"<sitemap><loc>{site.root}{part}</loc><lastmod>{newest.isoformat()}</lastmod></sitemap>"
        for part in wanted.parts
    )
    return f"{XML}<sitemapindex {SITEMAP_NS}>\n{maps}\n</sitemapindex>"


def _urlset(entries: list[Entry]) -> str:
    urls = "\n".join(
        f"<url><loc>{xml(e.url)}</loc><lastmod>{e.modified.isoformat()}</lastmod></url>" for e in entries
    )
    return f"{XML}<urlset {SITEMAP_NS}>\n{urls}\n</urlset>"


def _news(site: Site, entries: list[Entry]) -> str:
    urls = "\n".join(
        f"<url><loc>{xml(e.url)}</loc><news:news><news:publication><news:name>{xml(site.name)}</news:name>"
        f"<news:language>{site.language}</news:language></news:publication>"
        f"<news:publication_date>{e.published.isoformat()}</news:publication_date>"
        f"<news:title>{xml(e.title)}</news:title></news:news></url>"
        for e in entries
    )
    return f"{XML}<urlset {SITEMAP_NS} {NEWS_NS}>\n{urls}\n</urlset>"

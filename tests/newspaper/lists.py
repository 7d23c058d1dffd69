"""Home pages, section pages with their further pages, feeds and sitemaps."""

from __future__ import annotations

import gzip
import json
from email.utils import format_datetime
from html import escape
from string import Template
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as xml

from . import pages
from .answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .press import Entry, Press
    from .sites import Feed, Site, Sitemap

XML = '<?xml version="1.0" encoding="utf-8"?>\n'
SITEMAP_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_NS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
HOME_SIZE = 10


def home(press: Press, site: Site) -> Answer:
    """The front page: the newest headlines and what else the site links to."""
    entries = press.entries(site, "home")
    extras = {site.root + e.path for e in site.extras}
    links = pages.links([e for e in entries if e.url in extras])
    content = _items(site, [e for e in entries if e.url not in extras][:HOME_SIZE])
    answer = pages.encoded(site, pages.framed(site, site.name, f'{content}\n<ul class="more">{links}</ul>'))
    return _dated(answer, entries)


def section(press: Press, site: Site, key: str, page: int) -> Answer | None:
    """One page of a section's list; None beyond the last."""
    entries = press.entries(site, "section", key)
    last = max(1, -(-len(entries) // site.page_size))
    if not 1 <= page <= last:
        return None
    shown = entries[(page - 1) * site.page_size : page * site.page_size]
    numbers = "".join(f'<a href="{site.section_url(key, n)}">{n}</a> ' for n in range(1, last + 1))
    more = f'<a rel="next" href="{site.section_url(key, page + 1)}">»</a>' if page < last else ""
    title = site.sections[key]
    content = f'<h1>{escape(title)}</h1>\n{_items(site, shown)}\n<nav class="paging">{numbers}{more}</nav>'
    return _dated(pages.encoded(site, pages.framed(site, f"{title} - {site.name}", content)), entries)


def _items(site: Site, entries: list[Entry]) -> str:
    item = Template(site.item)
    return "\n".join(
        item.substitute(
            url=escape(e.url),
            title=escape(e.title),
            date=site.visible(e.published),
            intro=escape(e.standfirst),
        )
        for e in entries
    )


def _dated(answer: Answer, entries: list[Entry]) -> Answer:
    answer.modified = max((e.modified for e in entries), default=None)
    return answer


# ---- feeds


def feed(press: Press, site: Site, wanted: Feed) -> Answer:
    """One of a site's feeds."""
    entries = [e for e in press.entries(site, "feed", wanted.section)][: wanted.size]
    make, media = FEEDS[wanted.kind]
    body = make(site, wanted, entries).encode()
    return _dated(Answer(body=body, type=media, charset="", kind="feed"), entries)


def _link(wanted: Feed, entry: Entry) -> str:
    if not wanted.query:
        return entry.url
    return f"{entry.url}{'&' if '?' in entry.url else '?'}{wanted.query}"


def _rss(site: Site, wanted: Feed, entries: list[Entry]) -> str:
    items = "\n".join(
        f"<item><title>{xml(e.title)}</title><link>{xml(_link(wanted, e))}</link>"
        f'<guid isPermaLink="false">{xml(e.url)}</guid><pubDate>{format_datetime(e.published)}</pubDate>'
        + (f"<description>{xml(e.standfirst)}</description>" if e.standfirst else "")
        + "".join(f"<dc:creator>{xml(name)}</dc:creator>" for name in e.authors)
        + (f"<category>{xml(site.sections[e.section])}</category>" if e.section else "")
        + "</item>"
        for e in entries
    )
    return (
        f'{XML}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>{xml(site.name)}</title>'
        f"<link>{site.root}/</link><description>{xml(site.name)}</description><language>{site.language}</language>"
        f"\n{items}\n</channel></rss>"
    )


def _rss091(site: Site, wanted: Feed, entries: list[Entry]) -> str:
    items = "\n".join(
        f"<item><title>{xml(e.title)}</title><link>{xml(_link(wanted, e))}</link>"
        f"<description>{xml(e.standfirst)}</description></item>"
        for e in entries
    )
    return (
        f'{XML}<rss version="0.91"><channel><title>{xml(site.name)}</title><link>{site.root}/</link>'
        f"<description>{xml(site.name)}</description><language>{site.language}</language>\n{items}\n</channel></rss>"
    )


def _rdf(site: Site, wanted: Feed, entries: list[Entry]) -> str:
    listed = "".join(f'<rdf:li rdf:resource="{escape(_link(wanted, e))}"/>' for e in entries)
    items = "\n".join(
        f'<item rdf:about="{escape(e.url)}"><title>{xml(e.title)}</title><link>{xml(_link(wanted, e))}</link>'
        f"<description>{xml(e.standfirst)}</description><dc:date>{e.published.isoformat()}</dc:date>"
        + (f"<dc:subject>{xml(site.sections[e.section])}</dc:subject>" if e.section else "")
        + "</item>"
        for e in entries
    )
    return (
        f'{XML}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="{site.language}">'
        f'<channel rdf:about="{site.root}{wanted.path}"><title>{xml(site.name)}</title><link>{site.root}/</link>'
        f"<description>{xml(site.name)}</description><items><rdf:Seq>{listed}</rdf:Seq></items></channel>"
        f"\n{items}\n</rdf:RDF>"
    )


def _atom(site: Site, wanted: Feed, entries: list[Entry]) -> str:
    def authors(e: Entry) -> str:
        return "".join(f"<author><name>{xml(name)}</name></author>" for name in e.authors)

    items = "\n".join(
        f'<entry><title type="html">{xml(xml(e.title))}</title><link rel="alternate" href="{escape(_link(wanted, e))}"/>'
        f"<id>{xml(e.url)}</id><published>{e.published.isoformat()}</published>"
        f"<updated>{e.modified.isoformat()}</updated>{authors(e)}<summary>{xml(e.standfirst)}</summary>"
        + (f'<category term="{escape(site.sections[e.section])}"/>' if e.section else "")
        + "</entry>"
        for e in entries
    )
    newest = max((e.modified for e in entries), default=None)
    return (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.language}"><title>{xml(site.name)}</title>'
        f'<link rel="self" href="{site.root}{wanted.path}"/><link href="{site.root}/"/><id>{site.root}/</id>'
        f"<updated>{newest.isoformat() if newest else ''}</updated>\n{items}\n</feed>"
    )


def _json(site: Site, wanted: Feed, entries: list[Entry]) -> str:
    items = [
        {
            "id": e.url,
            "url": _link(wanted, e),
            "title": e.title,
            "summary": e.standfirst,
            "date_published": e.published.isoformat(),
            "date_modified": e.modified.isoformat(),
            "authors": [{"name": name} for name in e.authors],
            "tags": list(e.tags),
        }
        for e in entries
    ]
    top = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.name,
        "home_page_url": site.root + "/",
        "feed_url": site.root + wanted.path,
        "language": site.language,
    }
    return json.dumps({**top, "items": items}, ensure_ascii=False, indent=1)


FEEDS: dict[str, tuple[Callable[[Site, Feed, list[Entry]], str], str]] = {
    "rss": (_rss, "application/rss+xml"),
    "rss091": (_rss091, "text/xml"),
    "rdf": (_rdf, "application/rdf+xml"),
    "atom": (_atom, "application/atom+xml"),
    "json": (_json, "application/feed+json"),
}

# ---- sitemaps


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
    return _dated(Answer(body=body, type=media, charset="", kind="sitemap"), entries)


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

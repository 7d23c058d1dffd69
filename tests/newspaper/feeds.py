"""Feeds of five kinds: RSS 2.0, RSS 0.91, RSS 1.0 (RDF), Atom and JSON Feed."""

from __future__ import annotations

import json
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as xml

from .answers import Answer
from .lists import dated

if TYPE_CHECKING:
    from collections.abc import Callable

    from .press import Entry, Press
    from .sites import Feed, Site

XML = '<?xml version="1.0" encoding="utf-8"?>\n'
DC_NS = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
RDF_NS = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'


def feed(press: Press, site: Site, wanted: Feed) -> Answer:
    """One of a site's feeds."""
    entries = press.entries(site, "feed", wanted.section)[: wanted.size]
    make, media = FEEDS[wanted.kind]
    words = make(site, wanted, entries).replace('encoding="utf-8"', f'encoding="{wanted.encoding}"', 1)
    body = words.encode(wanted.encoding, "xmlcharrefreplace")
    return dated(Answer(body=body, type=media, charset="", kind="feed"), entries)


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
        f'{XML}<rss version="2.0" {DC_NS}><channel><title>{xml(site.name)}</title>'
        f"<link>{site.root}/</link><description>{xml(site.name)}</description>"
        f"<language>{site.language}</language>\n{items}\n</channel></rss>"
    )


def _rss091(site: Site, wanted: Feed, entries: list[Entry]) -> str:
    items = "\n".join(
        f"<item><title>{xml(e.title)}</title><link>{xml(_link(wanted, e))}</link>"
        f"<description>{xml(e.standfirst)}</description></item>"
        for e in entries
    )
    return (
        f'{XML}<rss version="0.91"><channel><title>{xml(site.name)}</title><link>{site.root}/</link>'
        f"<description>{xml(site.name)}</description><language>{site.language}</language>\n"
        f"{items}\n</channel></rss>"
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
        f'{XML}<rdf:RDF {RDF_NS} xmlns="http://purl.org/rss/1.0/" {DC_NS} xml:lang="{site.language}">'
        f'<channel rdf:about="{site.root}{wanted.path}"><title>{xml(site.name)}</title>'
        f"<link>{site.root}/</link>"
        f"<description>{xml(site.name)}</description><items><rdf:Seq>{listed}</rdf:Seq></items></channel>"
        f"\n{items}\n</rdf:RDF>"
    )


def _atom(site: Site, wanted: Feed, entries: list[Entry]) -> str:
    def authors(e: Entry) -> str:
        return "".join(f"<author><name>{xml(name)}</name></author>" for name in e.authors)

    items = "\n".join(
        f'<entry><title type="html">{xml(xml(e.title))}</title>'
        f'<link rel="alternate" href="{escape(_link(wanted, e))}"/>'
        f"<id>{xml(e.url)}</id><published>{e.published.isoformat()}</published>"
        f"<updated>{e.modified.isoformat()}</updated>{authors(e)}<summary>{xml(e.standfirst)}</summary>"
        + (f'<category term="{escape(site.sections[e.section])}"/>' if e.section else "")
        + "</entry>"
        for e in entries
    )
    newest = max((e.modified for e in entries), default=None)
    return (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.language}">'
        f"<title>{xml(site.name)}</title>"
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

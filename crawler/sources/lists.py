"""Sources from lists that people have already: OPML from a feed reader, and plain lists of addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree

from crawler.listings.text import XML_OF_STRANGERS
from crawler.sources.model import Source, SourceProblem, http_url, source_id
from crawler.sources.toml_values import LARGEST, read_text
from pipelines.clean_text import quote_value
from pipelines.urls.normalize import host_of, is_http, key
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FEED_WORD = re.compile(
    r"(?:^|[/._?=&-])(?:feeds?|rss\d?|atom|rdf)(?:$|[/._?=&-])|\.(?:xml|rdf|rss|atom)$", re.I
)
_SITEMAP_WORD = re.compile(r"sitemap[^/]*(?:\.xml|\.txt)?(?:\.gz)?$", re.I)
_FEED_HOST = re.compile(r"^(?:feeds?|rss|xml)\d?\.(?=.+\.)")
# Hosts that serve the feeds of others: there the host says nothing about the site.
_FEED_SERVICES = (
    "feeds.feedburner.com",
    "feedproxy.google.com",
    "feeds2.feedburner.com",
    "rss.app",
    "openrss.org",
)


@dataclass
class _Site:
    """What a list says of one site, gathered line by line."""

    homes: list[str] = field(default_factory=list)  # as the list has them
    guesses: list[str] = field(default_factory=list)  # as the feeds' hosts have them
    names: list[str] = field(default_factory=list)
    language: str = ""
    feeds: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)


def read_opml(path: Path) -> tuple[list[Source], list[SourceProblem]]:
    """A source a site, each with exactly the feeds the list names (`discover` is false).

    Folders, missing home pages, doubled feeds and undeclared entities are all in a day's work; a file that
    breaks off gives the feeds before the break and a problem. A file that declares entities is refused:
    no feed reader writes one, and expanding them can fill the memory.
    """
    try:
        if path.stat().st_size > LARGEST:
            return [], [SourceProblem(path, f"the file is larger than {LARGEST:,} bytes", "Split it.")]
        raw = path.read_bytes()
    except OSError as error:
        return [], [SourceProblem(path, f"cannot be read ({error.strerror})", "Check its permissions.")]
    if b"<!ENTITY" in raw.replace(b"\x00", b"").upper():
        return [], [
            SourceProblem(
                path, "declares XML entities, which are not read", "Delete its <!DOCTYPE ...> part."
            )
        ]
    parser = etree.XMLParser(**XML_OF_STRANGERS)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    outlines = [] if root is None else list(root.iter("{*}outline", "outline", "OUTLINE"))
    feeds = [found for outline in outlines if (found := _opml_feed(outline))]
    problems = _opml_problems(path, parser, feeds)
    sites: dict[str, _Site] = {}
    for url, home, name, language in feeds:
        if url:
            _add_feed(sites, url, home, name, language)
    return _sources(path, sites), problems


def _opml_problems(
    path: Path, parser: etree.XMLParser, feeds: list[tuple[str, str, str, str]]
) -> list[SourceProblem]:
    again = "Export the list from the feed reader again"
    # An entity of HTML that XML does not know, such as &nbsp;, costs a character and no feed.
    broken = [
        entry for entry in parser.error_log if entry.level_name == "FATAL" and "ntity" not in entry.message
    ]
    if broken:
        message = f"is broken XML at line {broken[0].line}: only part of it could be read"
        return [SourceProblem(path, message, f"{again}.")]
    if not feeds:
        return [SourceProblem(path, "names no feed", f"{again}, as OPML.")]
    return [
        SourceProblem(path, f"the outline {quote_value(name)} has no usable xmlUrl", "Correct or delete it.")
        for url, _, name, _ in feeds
        if not url
    ]


def _opml_feed(outline: etree._Element) -> tuple[str, str, str, str] | None:
    """Address, home page, name and language of an outline; None when it is a folder. Address "" for junk."""
    said = {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}
    name = " ".join((said.get("title") or said.get("text") or "").split())
    if "xmlurl" not in said:
        return ("", "", name, "") if said.get("type", "").lower() == "rss" else None
    url = http_url(said["xmlurl"])
    home = said.get("htmlurl", "")
    return url if is_public(url) else "", home if is_public(home) else "", name, said.get("language", "")


def is_public(url: str) -> bool:
    """A web address without a password in it."""
    return is_http(url) and "@" not in urlsplit(url).netloc


def read_list(path: Path) -> tuple[list[Source], list[SourceProblem]]:
    """Sources from a text file: an address a line, `#` begins a comment; feeds, sitemaps and pages mixed.

    A site with a page in the list is looked at as a whole; of another only the listed feeds are read.
    """
    text = read_text(path)
    if isinstance(text, SourceProblem):
        return [], [text]
    sites: dict[str, _Site] = {}
    problems = []
    for number, line in enumerate(text.split("\n"), start=1):
        url = re.sub(r"(?:^|\s)#.*", "", line).strip().strip("<>\"',;")
        if not url:
            continue
        url = http_url(url)
        if not is_public(url):
            problems.append(
                SourceProblem(
                    path,
                    f"line {number} is not a web address without a password",
                    "Write one address a line, such as https://www.example.org/.",
                )
            )
        elif looks_like_feed(url):
            _add_feed(sites, url, "", "", "")
        else:
            _add_page(sites, url)
    if not sites and not problems:
        problems.append(
            SourceProblem(path, "lists no address", "Write one address a line, or delete the file.")
        )
    return _sources(path, sites), problems


def looks_like_feed(url: str) -> bool:
    """Whether an address names a feed, by its words alone."""
    parts = urlsplit(url)
    if _SITEMAP_WORD.search(parts.path):
        return False
    return bool(_FEED_WORD.search(f"{parts.path}?{parts.query}") or _FEED_HOST.match(parts.netloc.lower()))


def _add_feed(sites: dict[str, _Site], url: str, home: str, name: str, language: str) -> None:
    host, said = host_of(url), bool(home)
    if not said:
        parts = urlsplit(url)
        home = f"{parts.scheme}://{_FEED_HOST.sub('', parts.netloc.lower())}/"
    site_id = source_id(home)
    if host in _FEED_SERVICES and host_of(home) == _FEED_HOST.sub("", host):
        home = url
        site_id = re.sub(r"[^a-z0-9]+", "-", key(url).lower()).strip("-")
    site = sites.setdefault(site_id, _Site())
    (site.homes if said else site.guesses).append(home)
    site.language = site.language or language
    if key(url) not in map(key, site.feeds):
        site.feeds.append(url)
        site.names.append(name)


def _add_page(sites: dict[str, _Site], url: str) -> None:
    site = sites.setdefault(source_id(url), _Site())
    (site.sitemaps if _SITEMAP_WORD.search(urlsplit(url).path) else site.pages).append(url)


def _sources(path: Path, sites: dict[str, _Site]) -> list[Source]:
    return [_source(path, site_id, site) for site_id, site in sites.items()]


def _source(path: Path, site_id: str, site: _Site) -> Source:
    pages = _unique(site.pages)
    if pages:
        home = min(pages, key=_depth)
    elif site.homes or site.guesses:
        home = min(site.homes or site.guesses, key=_depth)
    else:
        home = resolve(site.sitemaps[0], "/")
    names = _unique(name for name in site.names if name)
    return Source(
        id=site_id,
        home=home if urlsplit(home).path else f"{home}/",
        name=names[0] if len(names) == 1 else host_of(home).removeprefix("www."),
        language=site.language,
        feeds=tuple(site.feeds),
        sitemaps=tuple(_unique(site.sitemaps)),
        sections=tuple(page for page in pages if page != home),
        discover=bool(pages),
        file=path,
    )


def _depth(url: str) -> tuple[int, str]:
    """The address nearest to the front page comes first."""
    return len(urlsplit(url).path.rstrip("/")), url


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))

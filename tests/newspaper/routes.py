"""Which answer belongs to a host and path."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from . import extras, feeds, lists, pages, sitemaps
from .answers import Answer, text
from .press import tidy

if TYPE_CHECKING:
    from .press import Press
    from .sites import Site

DOT = base64.b64decode("R0lGODlhAQABAIAAAMjIyAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")


def answer(press: Press, host: str, target: str) -> Answer:
    """The answer to a GET of `http://host` + target, before any fault."""
    site = next((s for s in press.sites.values() if host and host in (s.host, s.mobile, s.alias)), None)
    if site is None:
        return text(502, f"There is no site {host} in this newspaper.")
    if host == site.alias:
        return text(301, "", "extra", Location=site.root + target)
    url = f"http://{host}{target}"
    found = press.by_url.get(tidy(url)) or press.by_url.get(tidy(_trackless(url)))
    if found:
        press.views[found[0].url] += 1
        return pages.article(press, *found, views=press.views[found[0].url])
    return _other(press, site, _trackless(target)) or text(404, "There is no such page here.")


def _trackless(url: str) -> str:
    """A URL without the parameters that sites ignore."""
    bare = re.sub(r"(?<=[?&])(utm_\w+|fbclid|ref|_hop)=[^&]*&?", "", url)
    return bare.rstrip("?&")


def _other(press: Press, site: Site, path: str) -> Answer | None:
    if path == "/":
        return lists.home(press, site)
    if path == "/robots.txt":
        return robots(press, site)
    for feed in site.feeds:
        if path == feed.path:
            return feeds.feed(press, site, feed)
    for sitemap in site.sitemaps:
        if path == sitemap.path:
            return sitemaps.sitemap(press, site, sitemap)
    for extra in site.extras:
        if path == extra.path:
            return extras.page(press, site, extra)
    return _section(press, site, path) or _static(path)


def _section(press: Press, site: Site, path: str) -> Answer | None:
    for key in site.sections:
        if site.root + path == site.section_url(key):
            return lists.section(press, site, key, 1)
        pattern = re.escape(site.page_path.format(section=key, page="@")).replace("@", r"(\d+)")
        if match := re.fullmatch(pattern, path):
            return lists.section(press, site, key, int(match[1]))
    return None


def _static(path: str) -> Answer | None:
    """A small picture for every photo."""
    if path.startswith("/images/"):
        return Answer(body=DOT, type="image/gif", charset="", kind="extra")
    return None


def robots(press: Press, site: Site) -> Answer:
    """The site's robots.txt, or the way in which it has none."""
    status = site.robots.get("status", 200)
    if status != 200:
        return text(status, "robots.txt is not to be had.", "robots")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in site.robots.get("disallow", ())), "Allow: /"]
    delay = site.robots.get("delay") if press.crawl_delay is None else press.crawl_delay
    if delay:
        lines.append(f"Crawl-delay: {delay:g}")
    lines += [f"Sitemap: {site.root}{s.path}" for s in site.sitemaps if s.in_robots]
    return text(200, "\n".join(lines) + "\n", "robots")

"""Home pages, and section pages with their further pages."""

from __future__ import annotations

from html import escape
from string import Template
from typing import TYPE_CHECKING

from . import pages

if TYPE_CHECKING:
    from .answers import Answer
    from .press import Entry, Press
    from .sites import Site

HOME_SIZE = 10


def home(press: Press, site: Site) -> Answer:
    """The front page: the newest headlines and what else the site links to."""
    entries = press.entries(site, "home")
    extras = {site.root + e.path for e in site.extras}
    links = pages.links([e for e in entries if e.url in extras])
    content = _items(site, [e for e in entries if e.url not in extras][:HOME_SIZE])
    answer = pages.encoded(site, pages.framed(site, site.name, f'{content}\n<ul class="more">{links}</ul>'))
    return dated(answer, entries)


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
    return dated(pages.encoded(site, pages.framed(site, f"{title} - {site.name}", content)), entries)


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


def dated(answer: Answer, entries: list[Entry]) -> Answer:
    """Give a list the time of its newest entry."""
    answer.modified = max((e.modified for e in entries), default=None)
    return answer

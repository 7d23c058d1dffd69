"""Pages that are not articles, and addresses that lead nowhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from . import pages
from .answers import Answer, text

if TYPE_CHECKING:
    from .press import Press
    from .sites import Extra, Site


def page(press: Press, site: Site, extra: Extra) -> Answer:
    """The answer for one extra of a site."""
    if extra.kind == "missing":
        return text(404, "Not found", "extra")
    if extra.kind == "gone":
        return text(410, "Gone", "extra")
    if extra.kind == "redirect":
        return text(302, "", "extra", Location=extra.to)
    if extra.kind == "empty":
        html = '<!doctype html><html><head></head><body><div id="root"></div></body></html>'
    else:
        html = pages.framed(site, f"{extra.title} - {site.name}", BODIES[extra.kind](press, site, extra), "")
    answer = pages.encoded(site, html)
    answer.kind, answer.modified = "extra", press.started
    return answer


def _gallery(press: Press, site: Site, extra: Extra) -> str:
    shots = "".join(
        f'<figure><img src="/images/{extra.path.rpartition("/")[2]}-{n}.jpg" alt=""><figcaption>{n}/8 '
        f"{escape(extra.text)}</figcaption></figure>"
        for n in range(1, 9)
    )
    return f'<div class="gallery"><h1>{escape(extra.title)}</h1>{shots}</div>'


def _video(press: Press, site: Site, extra: Extra) -> str:
    return (
        f'<div class="player"><h1>{escape(extra.title)}</h1><video controls src="/media/clip.mp4" '
        f'poster="/images/clip.jpg"></video><p>{escape(extra.text)}</p></div>'
    )


def _topic(press: Press, site: Site, extra: Extra) -> str:
    items = pages.links(press.first[site.host][:12])
    return f"<h1>{escape(extra.title)}</h1><p>{escape(extra.text)}</p><ul>{items}</ul>"


def _product(press: Press, site: Site, extra: Extra) -> str:
    return (
        f'<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">{escape(extra.title)}</h1>'
        f'<p itemprop="description">{escape(extra.text)}</p><p itemprop="offers" itemscope '
        'itemtype="http://schema.org/Offer"><span itemprop="price">24.00</span></p><button>+</button></div>'
    )


def _form(press: Press, site: Site, extra: Extra) -> str:
    return (
        f'<form action="/login" method="post"><h1>{escape(extra.title)}</h1><p>{escape(extra.text)}</p>'
        '<input name="user"><input name="password" type="password"><button>OK</button></form>'
    )


BODIES = {"gallery": _gallery, "video": _video, "topic": _topic, "product": _product, "form": _form}

"""Other addresses at which a page says that its article stands: its AMP page, and the page for printing. Pure.

They are asked for where the page itself has no text: many that print nothing without JavaScript have an AMP page that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.extraction.decoding import BodyError, decode_body, decode_text
from pipelines.extraction.document import parse
from pipelines.urls import normalize
from pipelines.urls.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from pipelines.items import Page

AMP, PRINT = "AMP", "print"


class AlternatePage(NamedTuple):
    """An address with the article of another page; `kind` is `AMP` or `PRINT`."""

    kind: str
    url: str


def find_alternate(page: Page) -> AlternatePage | None:
    """The AMP page that a page names, else its page for printing, on the same site; None when it names neither."""
    try:
        tree = parse(decode_text(decode_body(page.body, page.headers), page.headers)[0])
    except BodyError:
        return None
    if tree is None:
        return None
    named = sorted(_list_named(tree), key=lambda found: found.kind)
    for kind, address in named:
        url = resolve(page.address, address)
        if url and url not in (page.url, page.address) and normalize.same_site(url, page.address):
            return AlternatePage(kind, url)
    return None


def _list_named(tree: _Element) -> Iterator[AlternatePage]:
    for link in tree.iter("link", "a"):
        kinds = (link.get("rel") or "").lower().split()
        address = link.get("href") or ""
        if link.tag == "link" and "amphtml" in kinds:
            yield AlternatePage(AMP, address)
        elif "alternate" in kinds and (link.get("media") or "").lower() == "print":
            yield AlternatePage(PRINT, address)

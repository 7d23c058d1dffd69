"""The number of a page of an article, by its address. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

_PAGE = re.compile(r"[/_,-](?:(?:page|seite|pagina|strona|p)[/_-]?)?(\d{1,2})(\.\w{2,5})?$", re.IGNORECASE)
PARAMETERS = frozenset("page p pg seite pagina página pagina strona paged pageno page_no currpage".split())
"""Parameters that hold a page's number."""

_MOST = 60
"""Pages of one article at most; a larger number is something else."""


def is_next_page(url: str, target: str) -> bool:
    """Whether an address is another with the number of the page after it. A `rel=next` may also name the next article."""
    there = _number(target)
    if there is None or not 2 <= there[1] <= _MOST:
        return False
    return (there[0], there[1] - 1) in (_number(url), (_split(url), 1))


def begins_article(url: str) -> bool:
    """Whether an address is of a second page: a page that continues there is an article's first."""
    return page_number(url) == 2


def page_number(url: str) -> int:
    """The number of a page by its address: 1 where it has none, 0 where it cannot be one."""
    found = _number(url)
    return found[1] if found else 0


def _split(url: str) -> tuple[str, ...] | None:
    """An address without what names a page's number by a parameter, in parts."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    rest = [
        f"{k}={v}" for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.lower() not in PARAMETERS
    ]
    return (parts.netloc, parts.path.rstrip("/"), *sorted(rest))


def _number(url: str) -> tuple[tuple[str, ...], int] | None:
    """An address without its page number, and this number: 1 where there is none."""
    address = _split(url)
    if address is None:
        return None
    host, path, *rest = address
    for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if name.lower() in PARAMETERS:
            return (address, int(value)) if value.isdecimal() and len(value) < 4 else None
    found = _PAGE.search(path)
    if found is None:
        return address, 1
    return (host, path[: found.start()] + (found[2] or ""), *rest), int(found[1])

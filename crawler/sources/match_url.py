"""Which source a URL belongs to, and whether the source's own patterns take it for an article. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from crawler.sources.model import Source, source_id
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable


def assign_source(url: str, sources: Iterable[Source]) -> Source:
    """The source whose host, else whose site, the URL is on; else a new one, named like the host."""
    host = normalize.host_of(url)
    candidates = [source for source in sources if normalize.same_site(source.home, url)]
    for source in candidates:
        if normalize.host_of(source.home) == host:
            return source
    if candidates:
        return candidates[0]
    scheme = url.partition("://")[0].lower()
    return Source(id=source_id(url), name=host.removeprefix("www."), home=f"{scheme}://{host}/")


def is_article_url(source: Source, url: str) -> bool | None:
    """Whether the source's own patterns take a URL for an article; None when it has no pattern for it.

    `ignore_urls` wins. Where there are `article_urls`, everything else is no article.
    """
    if any(matches(pattern, url) for pattern in source.ignore_urls):
        return False
    if source.article_urls:
        return any(matches(pattern, url) for pattern in source.article_urls)
    return None


def matches(pattern: str, url: str) -> bool:
    """Whether a URL fits a pattern in which `*` stands for anything, `/` included.

    A pattern is compared with the path; with the path and its parameters when it has a `?`; with host and
    path when it has a `://`, the scheme left out. One that ends in `/` covers all that lies below. Case and
    percent-encoding make no difference.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    subject = parts.path or "/"
    if "?" in pattern and parts.query:
        subject += f"?{parts.query}"
    if "://" in pattern:
        pattern = pattern.partition("://")[2].removeprefix("www.")
        subject = parts.netloc.rpartition("@")[2].removeprefix("www.") + subject
    elif not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    if pattern.endswith("/"):
        pattern += "*"
    return _glob(unquote(pattern).lower(), unquote(subject).lower())


def _glob(pattern: str, text: str) -> bool:
    """Piece by piece from the left: never slow, as a regex with many `.*` can be."""
    first, *others = pattern.split("*")
    if not others:
        return text == first
    *middle, last = others
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True

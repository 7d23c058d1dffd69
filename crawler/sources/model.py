"""What a source is: the site to follow, as its file in seeds/ describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pipelines.urls.normalize import host_of, without_secrets

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from pipelines.items import Rules

_HOST_NOISE = re.compile(r"^(?:www\d?|m|mobile)\.")


@dataclass(frozen=True, slots=True)
class Source:
    """A news site we follow. docs/sources.md says what each field does; None means the crawl's default.

    `delay` is in seconds. `limit` counts article pages in one crawl. `file` is where it was read from.
    """

    id: str
    home: str
    name: str = ""
    language: str = ""
    country: str = ""
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    discover: bool = True
    article_urls: tuple[str, ...] = ()
    ignore_urls: tuple[str, ...] = ()
    window: timedelta | None = None
    limit: int | None = None
    recheck: tuple[timedelta, ...] | None = None
    delay: float | None = None
    concurrency: int | None = None
    keep_noarchive: bool = False
    images: bool = False
    rules: tuple[Rules, ...] = ()
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """Something wrong in seeds/ that a person can put right. `key` is the setting, or empty."""

    file: Path
    message: str
    remedy: str = ""
    key: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else str(self.file)
        text = f"{where}: {self.message}"
        return without_secrets(f"{text}. {self.remedy}" if self.remedy else text)


def source_id(url: str) -> str:
    """The id of a source that has no file of its own: `www.daily.co.uk` gives `daily-co-uk`.

    From its host alone, so that a list may grow or be reordered and its sources keep their ids.
    """
    host = _HOST_NOISE.sub("", host_of(url)) or host_of(url)
    return re.sub(r"[^a-z0-9]+", "-", host).strip("-")


def http_url(text: str) -> str:
    """An address as people write it, with its scheme: `daily.example`, `//daily.example`, `feed://daily.example`."""
    text = text.strip()
    if text[:5].lower() == "feed:":  # what a browser's "subscribe" copies
        text = text[5:].removeprefix("//")
        text = text if "://" in text else f"http://{text}"
    return text if "://" in text else f"https://{text.removeprefix('//')}"


def is_article_url(source: Source, url: str) -> bool | None:
    """What the source's own patterns say of a URL: an article, none, or (None) nothing.

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

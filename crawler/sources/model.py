"""What a source is: a site to follow, as its file in seeds/ describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.urls.normalize import host_of, without_secrets

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from pipelines.items import Noarchive, Rendering, Rules

_HOST_NOISE = re.compile(r"^(?:www\d?|m|mobile)\.")


@dataclass(frozen=True, slots=True)
class Source:
    """A news site we follow. docs/sources.md says what each field does; None means the crawl's default.

    `delay` is in seconds. `limit` counts article pages in one crawl. `file` is where it was read from, `notes` are what
    its owner should know of it though it can be used as written.
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
    noarchive: Noarchive | None = None
    images: bool | None = None
    assets: bool | None = None
    extractor: str | None = None
    render: Rendering | None = None
    screenshot: bool | None = None
    cookies: str = ""
    headers_file: str = ""
    rules: tuple[Rules, ...] = ()
    file: Path | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """An error in seeds/ that a person can correct. `key` is the key in the file, or empty."""

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

"""A small archive that tests write as crawls do, one article and one look at a time, through the real writer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines import timestamps
from pipelines.archive.database import Archive
from pipelines.archive.records import FoundUrl, Task, UrlResult
from pipelines.archive.warc.pack import pack
from pipelines.archive.writer import Writer
from pipelines.extraction import tokens
from pipelines.items import Article, Hints, Outcome, Page
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = {
    "id": "daily",
    "name": "The Daily",
    "home": "https://daily.example/",
    "language": "en",
    "country": None,
}
PROSE = "\n\n".join(
    f"In year {n} the boats carried {n * 37} people over the sound in {n} storms." for n in range(12)
)


class Press:
    """What the writer stores while a crawl of ours runs."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.at = timestamps.now()
        archive.sources.save([SOURCE], self.at)
        self.crawl = archive.crawls.start(self.at, ["daily"], 1, "test", "0")
        self.writer = Writer(archive, self.crawl, self.at)

    def publish(self, name: str, title: str, text: str) -> str:
        """Fetch an article with this headline; its text follows twelve paragraphs. Returns its outcome."""
        url = f"https://daily.example/{name}"
        whole = f"{PROSE}\n\n{text}\n\nThe {name} desk of the Daily wrote this for the readers of {name}."
        at = timestamps.now()
        article = Article(
            url=url,
            title=title,
            text=whole,
            authors=("Ada Denlen",),
            content_hash=tokens.content_hash(title, "", whole),
            extractor="test",
            language="en",
        )
        page = Page(url=url, body=whole.encode(), fetched_at=at, headers=(("Content-Type", "text/html"),))
        self.writer.add(UrlResult(self._task(url), at, article=article, own_url=url, capture=pack(page)))
        return str(self.writer.flush()[0].outcome)

    def withdraw(self, name: str) -> str:
        """Find that an article is gone."""
        url, at = f"https://daily.example/{name}", timestamps.now()
        self.writer.add(UrlResult(self._task(url), at, Outcome.GONE, "404 Not Found"))
        return str(self.writer.flush()[0].outcome)

    def _task(self, url: str) -> Task:
        key, hints = normalize.key(url), Hints(via="feed")
        self.archive.frontier.add("daily", [FoundUrl(url, key, hints, 1)], self.at, self.at)
        [row] = self.archive.rows("SELECT id, article_id FROM urls WHERE key = ?", [key])
        return Task(row["id"], "daily", url, hints, article_id=row["article_id"], found_at=self.at)


@contextmanager
def crawling(path: Path) -> Iterator[Press]:
    """A crawl into the archive at `path`."""
    with Archive(path) as archive:
        press = Press(archive)
        yield press
        archive.crawls.finish(press.crawl, timestamps.now(), 0, "finished", 0, 0)

"""Rows of a made-up archive, a batch of articles at a time.

A batch follows from its number alone, so that a build that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from bench.million_texts import UNSPACED, Texts
from pipelines.archive.search.unsegmented import segment
from pipelines.urls import normalize
from tests.phrases import NAMES

BATCH = 20_000
DAYS = 1095
END = datetime(2026, 11, 20, 6, tzinfo=UTC)
CRAWL_HOURS = 3
CRAWLS = DAYS * 24 // CRAWL_HOURS
MEAN_WORDS = 380
LANGUAGES = ["en"] * 24 + ["de"] * 4 + ["fr"] * 4 + ["ja", "zh", "ko", "th"] * 2
HOURS_EAST = {"ja": 9, "ko": 9, "zh": 8, "th": 7, "de": 1, "fr": 1}
SECTIONS = ("Politics", "Business", "World", "Local", "Science", "Sport", "Culture", "Opinion")
EXTRACTOR = "0.1.0/28"
NOT_HELD = (
    ("failed", "no answer within 30 s, after 3 attempts"),
    ("failed", "503 Service Unavailable, after 3 attempts"),
    ("not_article", "a picture gallery: no text but captions"),
    ("excluded", "robots.txt forbids it"),
    ("gone", "404 Not Found"),
    ("empty", "no text found"),
)
SHARE_NOT_HELD, SHARE_REVISED, SHARE_GONE, SHARE_SHARED = 0.12, 0.06, 0.02, 0.06


class Source(NamedTuple):
    key: str
    name: str
    language: str


def make_sources() -> list[Source]:
    return [Source(f"paper-{number:02}", f"Paper {number:02}", code) for number, code in enumerate(LANGUAGES)]


@dataclass
class Batch:
    """Rows by table, in the order of the columns that `INSERTS` of million_build.py names."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def add(self, table: str, *row: Any) -> None:
        self.rows.setdefault(table, []).append(row)


@dataclass
class Made:
    """A made-up article. `story` is the first article of its story; `precise`: it names its clock time."""

    number: int
    source: Source
    path: str
    words: int
    title: str
    standfirst: str
    text: str
    story: int | None
    moment: datetime
    precise: bool
    seen: datetime
    checked: datetime
    revision: int
    gone: bool
    section: str
    access: str | None
    authors: list[str]
    tags: list[str]

    def __post_init__(self) -> None:
        self.url = f"https://www.{self.source.key}.example/{self.path}"
        self.digest = hashlib.sha256(self.text.encode()).hexdigest()
        local = self.moment.astimezone(timezone(timedelta(hours=HOURS_EAST.get(self.source.language, 0))))
        self.day = local.date().isoformat()
        self.published = local.isoformat() if self.precise else self.day


def crawl_at(moment: datetime) -> int:
    """The number of the crawl that saw this moment first."""
    hours = (END - moment).total_seconds() / 3600
    return min(max(CRAWLS - int(hours // CRAWL_HOURS), 1), CRAWLS)


def crawl_start(number: int) -> datetime:
    return END - timedelta(hours=CRAWL_HOURS * (CRAWLS - number))


class Rows:
    """Makes the rows of each batch of an archive of so many articles."""

    def __init__(self, articles: int, made: int) -> None:
        """`made` is how many of them are made; the others are copies."""
        self.articles = articles
        self.made = made
        self.sources = make_sources()
        self.texts = Texts(made * 6)
        self.source_weights = list(accumulate(1 / (n + 4) for n in range(len(self.sources))))
        self.stems = {s.key: normalize.key(f"https://www.{s.key}.example/x")[:-1] for s in self.sources}
        self.names = {code: NAMES.get(code, NAMES["en"]) for code in set(LANGUAGES)}
        self.tags = self.texts.words[200:3200]
        self.tag_weights = list(accumulate(1 / (n + 5) for n in range(len(self.tags))))

    def make(self, first: int) -> Batch:
        """The rows of the articles from `first` on, and of the URLs beside them that gave no article."""
        batch, chance, draws = Batch(), random.Random(first), np.random.default_rng(first)
        last: Made | None = None
        for number in range(first, min(first + BATCH, self.made + 1)):
            source = chance.choices(self.sources, cum_weights=self.source_weights)[0]
            shared = last if source.language == "en" and chance.random() < SHARE_SHARED else None
            article = self._make_article(chance, draws, number, source, shared)
            _add_article(batch, article)
            _add_facets(batch, article)
            _add_revisions(batch, chance, article)
            self._add_fetches(batch, article)
            if source.language == "en":
                last = article
            if chance.random() < SHARE_NOT_HELD:
                self._add_not_held(batch, chance, number, source)
        return batch

    def _make_article(
        self,
        chance: random.Random,
        draws: np.random.Generator,
        number: int,
        source: Source,
        shared: Made | None,
    ) -> Made:
        """An article; with the text of `shared`, and a paragraph more, where it is given."""
        code = source.language
        words = max(40, int(chance.lognormvariate(0, 0.5) * MEAN_WORDS * 0.88))
        if code in UNSPACED:
            text = self.texts.write_unspaced(chance, code, words // 4)
            title, standfirst = text[:24].replace("\n", ""), text[30:80].replace("\n", "")
        else:
            drawn = self.texts.draw(draws, 32)
            title, standfirst = " ".join(drawn[:9]).capitalize(), " ".join(drawn[9:]).capitalize()
            text = (
                f"{shared.text}\n\n{self.texts.write(chance, 60)}"
                if shared
                else self.texts.write(chance, words)
            )
        age = timedelta(days=DAYS * (1 - number / self.articles), minutes=chance.randrange(600))
        moment = (END - age).replace(microsecond=0)
        seen = crawl_start(min(crawl_at(moment) + 1, CRAWLS))
        tags = chance.choices(self.tags, cum_weights=self.tag_weights, k=chance.choice((0, 0, 2, 3, 4)))
        return Made(
            number,
            source,
            f"{number % 97}/article-{number}",
            words,
            title,
            standfirst,
            text,
            (shared.story or shared.number) if shared else None,
            moment,
            precise=chance.random() < 0.9,
            seen=seen,
            checked=crawl_start(min(crawl_at(seen) + 8, CRAWLS)),
            revision=1 + (chance.random() < SHARE_REVISED) + (chance.random() < SHARE_REVISED / 12),
            gone=chance.random() < SHARE_GONE,
            section=chance.choices(SECTIONS, range(len(SECTIONS), 0, -1))[0],
            access=chance.choice((None, None, "free", "paywalled")),
            authors=chance.sample(self.names[code], chance.choice((0, 1, 1, 1, 2))),
            tags=list(dict.fromkeys(tags)),
        )

    def _add_fetches(self, batch: Batch, made: Made) -> None:
        """The article's URL, and the outcomes of its two fetches."""
        key = made.source.key
        recent = made.number > self.articles * 0.995
        due = (END + timedelta(hours=made.number % 48)).isoformat() if recent else None
        hints = json.dumps({"published_at": made.published, "title": made.title}, ensure_ascii=False)
        via = "feed" if made.number % 3 else "sitemap"
        batch.add(
            "urls", made.url, self.stems[key] + made.path, key, made.seen.isoformat(), via, hints,
            "due" if recent else "done", due, made.number, made.day,
        )  # fmt: skip
        last = "gone" if made.gone else "revised" if made.revision > 1 else "unchanged"
        crawls = sorted({crawl_at(made.seen), crawl_at(made.checked)})
        for place, crawl in enumerate(crawls):
            at = crawl_start(crawl).isoformat()
            latest = int(crawl == crawls[-1])
            batch.add(
                "outcomes", crawl, key, made.url, last if place else "new", None, at, made.number, latest
            )

    def _add_not_held(self, batch: Batch, chance: random.Random, number: int, source: Source) -> None:
        """A URL that gave no article, fetched twice where it failed."""
        crawl = crawl_at(END - timedelta(days=DAYS * (1 - number / self.articles)))
        path = f"other/{number}"
        url = f"https://www.{source.key}.example/{path}"
        outcome, reason = chance.choice(NOT_HELD)
        state = "exhausted" if outcome == "failed" else "done"
        crawls = [crawl, crawl + 1] if outcome == "failed" and crawl < CRAWLS else [crawl]
        found = crawl_start(crawl)
        batch.add(
            "urls", url, self.stems[source.key] + path, source.key, found.isoformat(), "sitemap", "{}", state, None, None,
            found.date().isoformat(),
        )  # fmt: skip
        for at in crawls:
            latest = int(at == crawls[-1])
            batch.add(
                "outcomes", at, source.key, url, outcome, reason, crawl_start(at).isoformat(), None, latest
            )


def _add_article(batch: Batch, made: Made) -> None:
    """The article, its capture, and its words in the search indexes."""
    key, number, seen, checked = made.source.key, made.number, made.seen.isoformat(), made.checked.isoformat()
    file = f"{made.seen:%Y}/{key}-{made.seen:%Y%m}.warc.gz"
    batch.add(
        "captures", number, made.url, seen, 200, "text/html", made.digest, file, number * 65_000 % 900_000_000, 65_000, number,
    )  # fmt: skip
    batch.add(
        "articles", number, key, made.url, made.title, made.standfirst, json.dumps(made.authors, ensure_ascii=False),
        made.published, "json-ld", made.section, json.dumps(made.tags), made.source.language, made.standfirst,
        f"{made.url}.jpg", made.text, made.words, made.access, seen, checked, checked if made.gone else None, made.revision,
        made.digest, EXTRACTOR, number, made.story, checked if made.revision > 1 else None, made.day,
        made.moment.strftime("%Y-%m-%d %H:%M:%S") if made.precise else None,
        "; ".join(made.authors) or None, "; ".join(made.tags) or None,
    )  # fmt: skip
    words = (made.title, made.standfirst, made.text)
    batch.add("articles_fts", number, *words)
    if made.source.language in UNSPACED:
        batch.add("_cjk_fts", number, *map(segment, words))


def _add_facets(batch: Batch, made: Made) -> None:
    states = int(made.revision > 1), int(made.gone), int(made.source.language in UNSPACED)
    group = (made.source.key, made.section, made.source.language, made.access or "", *states)
    at = made.moment if made.precise else datetime.fromisoformat(f"{made.day}T00:00:00+00:00")
    batch.add("facets", made.number, group, int(at.timestamp()), made.day)
    for kind, names in (("author", made.authors), ("tag", made.tags)):
        for name in names:
            batch.add("terms", made.number, kind, name)


def _add_revisions(batch: Batch, chance: random.Random, made: Made) -> None:
    """The superseded versions: another headline, or a paragraph less."""
    for number in range(1, made.revision):
        title = made.title.replace(" ", " once ", 1) if chance.random() < 0.4 else made.title
        blocks = made.text.split("\n\n")
        if len(blocks) > 2 and (title == made.title or chance.random() < 0.5):
            del blocks[chance.randrange(1, len(blocks))]
        batch.add(
            "revisions", made.number, number, made.seen.isoformat(), title, made.standfirst, "\n\n".join(blocks),
            f"{made.digest}{number}", made.number, EXTRACTOR,
        )  # fmt: skip

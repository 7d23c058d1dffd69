"""Rows of a made-up archive of any size, a batch of articles at a time: texts of words that are as frequent as in real ones.

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

from pipelines.archive.search.unsegmented import segment
from pipelines.urls import normalize
from tests.phrases import CHINESE, ENGLISH, JAPANESE, KOREAN, NAMES, THAI

BATCH = 20_000
DAYS = 1095
END = datetime(2026, 11, 20, 6, tzinfo=UTC)
CRAWL_HOURS = 3
CRAWLS = DAYS * 24 // CRAWL_HOURS
WORDS = 120_000
"""Different words of the spaced languages."""
SLOPE, SHIFT = 1.07, 2.7
"""Zipf and Mandelbrot: the frequency of a word is `(rank + SHIFT) ** -SLOPE`."""
PLACES = 2**22
"""Places of a table in which each word has as many as its frequency says; the rarest has two."""
MEAN_WORDS = 380
POOL = 150_000
"""Paragraphs of which all texts are made: drawing each word anew would take longer than all else together."""
SENTENCE, PARAGRAPH = 15, 4
"""Words of a sentence, sentences of a paragraph."""
LANGUAGES = ["en"] * 24 + ["de"] * 4 + ["fr"] * 4 + ["ja", "zh", "ko", "th"] * 2
UNSPACED = {"ja": JAPANESE, "zh": CHINESE, "ko": KOREAN, "th": THAI}
SECTIONS = ("Politics", "Business", "World", "Local", "Science", "Sport", "Culture", "Opinion")
STOPWORDS = [
    "the",
    "of",
    "and",
    "to",
    "a",
    "in",
    "is",
    "it",
    "that",
    "for",
    "on",
    "with",
    "as",
    "was",
    "by",
    "at",
    "be",
    "this",
    "from",
    "are",
    "have",
    "not",
    "but",
    "had",
    "his",
    "they",
]
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "bra",
    "ca",
    "ce",
    "cho",
    "co",
    "da",
    "de",
    "di",
    "do",
    "dra",
    "e",
    "el",
    "en",
    "er",
    "fa",
    "fe",
    "fi",
    "fo",
    "ga",
    "ge",
    "gla",
    "go",
    "ha",
    "he",
    "hi",
    "ho",
    "in",
    "ja",
    "je",
    "ka",
    "ke",
    "ki",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "ni",
    "no",
    "o",
    "or",
    "pa",
    "pe",
    "pi",
    "po",
    "pra",
    "qua",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "shi",
    "so",
    "sta",
    "ta",
    "te",
    "ti",
    "to",
    "tra",
    "u",
    "un",
    "va",
    "ve",
    "vi",
    "wa",
    "we",
    "ya",
    "ye",
    "za",
    "ze",
    "zo",
]
NOT_HELD = (
    ("failed", "no answer within 30 s, after 3 attempts"),
    ("failed", "503 Service Unavailable, after 3 attempts"),
    ("not_article", "a picture gallery: no text but captions"),
    ("excluded", "robots.txt forbids it"),
    ("gone", "404 Not Found"),
    ("empty", "no text found"),
)
SHARE_NOT_HELD = 0.12


class Source(NamedTuple):
    key: str
    name: str
    language: str
    zone: int
    """Hours east of UTC."""


ZONES = {hours: timezone(timedelta(hours=hours)) for hours in (0, 1, 7, 8, 9)}


def make_sources() -> list[Source]:
    zones = {"ja": 9, "ko": 9, "zh": 8, "th": 7, "de": 1, "fr": 1}
    return [
        Source(f"paper-{number:02}", f"Paper {number:02}", code, zones.get(code, 0))
        for number, code in enumerate(LANGUAGES)
    ]


def make_vocabulary() -> list[str]:
    """The words by rank: those without a meaning first, then nouns of the test phrases, then made-up ones."""
    chance = random.Random(3)
    known = dict.fromkeys([*STOPWORDS, *(word.lower() for word in ENGLISH.words["noun"] if " " not in word)])
    while len(known) < WORDS:
        least = 2 if len(known) < 4000 else 3
        known["".join(chance.choices(SYLLABLES, k=chance.choice((least, least, least + 1))))] = None
    return list(known)


@dataclass
class Texts:
    """Makes texts of words and of letters, by their frequencies."""

    paragraphs: int = POOL
    words: list[str] = field(default_factory=make_vocabulary)

    def __post_init__(self) -> None:
        weights = (np.arange(len(self.words)) + SHIFT) ** -SLOPE
        sums = np.cumsum(weights / weights.sum())
        places = (np.arange(PLACES) + 0.5) / PLACES
        self.ranks = np.minimum(np.searchsorted(sums, places), len(self.words) - 1)
        self.letters = {code: "".join(language.sentences) for code, language in UNSPACED.items()}
        self.unspaced = {
            code: [word for words in language.words.values() for word in words]
            for code, language in UNSPACED.items()
        }
        self.weights = {
            code: list(accumulate((n + SHIFT) ** -SLOPE for n in range(len(words))))
            for code, words in self.unspaced.items()
        }

        draws = np.random.default_rng(2)
        self.pool = [
            in_sentences(self.draw(draws, SENTENCE * PARAGRAPH)) for _ in range(min(POOL, self.paragraphs))
        ]

    def draw(self, chance: np.random.Generator, count: int) -> list[str]:
        """So many words, each drawn by its frequency."""
        ranks = self.ranks[chance.integers(0, PLACES, count)]
        return list(map(self.words.__getitem__, ranks.tolist()))

    def write(self, chance: random.Random, words: int) -> str:
        """A text of about so many words."""
        count = max(round(words / (SENTENCE * PARAGRAPH)), 1)
        return "\n\n".join(chance.choices(self.pool, k=count))

    def write_unspaced(self, chance: random.Random, code: str, words: int) -> str:
        """A text of a script without spaces: words of the test phrases between single letters of a large block."""
        drawn = chance.choices(self.unspaced[code], cum_weights=self.weights[code], k=words)
        first, last = {"ko": (0xAC00, 0xD7A3), "th": (0x0E01, 0x0E2E)}.get(code, (0x4E00, 0x6E00))
        rare = [chr(first + int((last - first) * chance.random() ** 3)) for _ in range(words)]
        pieces = [word + letter for word, letter in zip(drawn, rare, strict=True)]
        stop = " " if code in ("ko", "th") else "。"
        blocks = [stop.join(pieces[at : at + 8]) for at in range(0, words, 8)]
        return "\n\n".join(blocks)


def in_sentences(words: list[str]) -> str:
    """The words as the sentences of a paragraph."""
    parts = (words[at : at + SENTENCE] for at in range(0, len(words), SENTENCE))
    return " ".join(f"{' '.join(part).capitalize()}." for part in parts)


@dataclass
class Batch:
    """Rows by table, in the order of the columns that `INSERTS` names."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def add(self, table: str, *row: Any) -> None:
        self.rows.setdefault(table, []).append(row)


def crawl_at(moment: datetime) -> int:
    """The number of the crawl that saw this moment first."""
    hours = (END - moment).total_seconds() / 3600
    return min(max(CRAWLS - int(hours // CRAWL_HOURS), 1), CRAWLS)


def crawl_start(number: int) -> datetime:
    return END - timedelta(hours=CRAWL_HOURS * (CRAWLS - number))


class Rows:
    """Makes the rows of each batch of an archive of so many articles."""

    def __init__(self, articles: int, made: int | None = None) -> None:
        """`made` is how many of them are made; by default all."""
        self.articles = articles
        self.made = articles if made is None else made
        self.sources = make_sources()
        self.texts = Texts(self.made * 6)
        self.source_weights = list(accumulate(1 / (n + 4) for n in range(len(self.sources))))
        self.stems = {s.key: normalize.key(f"https://www.{s.key}.example/x")[:-1] for s in self.sources}
        self.names = {code: NAMES.get(code, NAMES["en"]) for code in set(LANGUAGES)}
        self.tags = self.texts.words[200:3200]
        self.tag_weights = list(accumulate(1 / (n + 5) for n in range(len(self.tags))))

    def make(self, first: int) -> Batch:
        """The rows of the articles from `first` on, and of the URLs beside them that gave no article."""
        batch, chance, draws = Batch(), random.Random(first), np.random.default_rng(first)
        count = min(BATCH, self.made - first + 1)
        story = 0
        text = ""
        for number in range(first, first + count):
            source = chance.choices(self.sources, cum_weights=self.source_weights)[0]
            in_story = text and source.language == "en" and chance.random() < 0.06
            story = (story or number - 1) if in_story and chance.random() < 0.7 else number - 1
            text = self._article(batch, chance, draws, number, source, text if in_story else "", story)
            if source.language != "en":
                text = ""
            if chance.random() < SHARE_NOT_HELD:
                self._not_held(batch, chance, number, source)
        return batch

    def _article(
        self,
        batch: Batch,
        chance: random.Random,
        draws: np.random.Generator,
        number: int,
        source: Source,
        shared: str,
        story: int,
    ) -> str:
        code, path = source.language, f"{number % 97}/article-{number}"
        url = f"https://www.{source.key}.example/{path}"
        size = max(40, int(chance.lognormvariate(0, 0.5) * MEAN_WORDS * 0.88))
        if code in UNSPACED:
            text = self.texts.write_unspaced(chance, code, size // 4)
            title, standfirst = text[:24].replace("\n", ""), text[30:80].replace("\n", "")
        else:
            words = self.texts.draw(draws, 32)
            title, standfirst = " ".join(words[:9]).capitalize(), " ".join(words[9:]).capitalize()
            text = self.texts.write(chance, 60 if shared else size)
            text = f"{shared}\n\n{text}" if shared else text
        moment = END - timedelta(days=DAYS * (1 - number / self.articles), minutes=chance.randrange(600))
        moment = moment.replace(microsecond=0)
        seen = crawl_start(min(crawl_at(moment) + 1, CRAWLS))
        local = moment.astimezone(ZONES[source.zone])
        precise = chance.random() < 0.9
        published = local.isoformat() if precise else local.date().isoformat()
        revision = 1 + (chance.random() < 0.06) + (chance.random() < 0.005)
        checked = crawl_start(min(crawl_at(seen) + 8, CRAWLS))
        gone = checked.isoformat() if chance.random() < 0.02 else None
        authors = chance.sample(self.names[code], chance.choice((0, 1, 1, 1, 2)))
        tags = chance.choices(self.tags, cum_weights=self.tag_weights, k=chance.choice((0, 0, 2, 3, 4)))
        tags = list(dict.fromkeys(tags))
        section = chance.choices(SECTIONS, range(len(SECTIONS), 0, -1))[0]
        access = chance.choice((None, None, "free", "paywalled"))
        day = local.date().isoformat()
        digest = hashlib.sha256(text.encode()).hexdigest()
        batch.add(
            "captures", number, url, seen.isoformat(), 200, "text/html", digest,
            f"{seen:%Y}/{source.key}-{seen:%Y%m}.warc.gz", number * 65_000 % 900_000_000, 65_000, number,
        )  # fmt: skip
        batch.add(
            "articles", number, source.key, url, title, standfirst, json.dumps(authors, ensure_ascii=False),
            published, "json-ld", None, section, json.dumps(tags), code, standfirst,
            f"{url}.jpg", None, None, text, size, access, seen.isoformat(), checked.isoformat(), gone, revision,
            digest, "0.1.0/28", number, story if shared else None, None, None, None,
            checked.isoformat() if revision > 1 else None, day,
            moment.strftime("%Y-%m-%d %H:%M:%S") if precise else None,
            "; ".join(authors) or None, "; ".join(tags) or None,
        )  # fmt: skip
        batch.add("articles_fts", number, title, standfirst, text)
        if code in UNSPACED:
            batch.add("_cjk_fts", number, segment(title), segment(standfirst), segment(text))
        group = (
            source.key,
            section,
            code,
            access or "",
            int(revision > 1),
            int(gone is not None),
            int(code in UNSPACED),
        )
        at = moment if precise else datetime.fromisoformat(f"{day}T00:00:00+00:00")
        batch.add("facets", number, group, int(at.timestamp()), day)
        for kind, names in (("author", authors), ("tag", tags)):
            for name in names:
                batch.add("terms", number, kind, name)
        recent = number > self.articles * 0.995
        hints = json.dumps({"published_at": published, "title": title}, ensure_ascii=False)
        batch.add(
            "urls", url, self.stems[source.key] + path, source.key, seen.isoformat(), "feed" if number % 3 else "sitemap", hints,
            "due" if recent else "done", (END + timedelta(hours=number % 48)).isoformat() if recent else None,
            number, day,
        )  # fmt: skip
        last = "gone" if gone else "revised" if revision > 1 else "unchanged"
        crawls = sorted({crawl_at(seen), crawl_at(checked)})
        for at, crawl in enumerate(crawls):
            batch.add(
                "outcomes", crawl, source.key, url, last if at else "new", None, crawl_start(crawl).isoformat(), number,
                int(crawl == crawls[-1]),
            )  # fmt: skip
        for old in range(1, revision):
            changed = title.replace(" ", " once ", 1) if chance.random() < 0.4 else title
            blocks = text.split("\n\n")
            if len(blocks) > 2 and (changed == title or chance.random() < 0.5):
                del blocks[chance.randrange(1, len(blocks))]
            batch.add(
                "revisions", number, old, seen.isoformat(), changed, standfirst, "\n\n".join(blocks), digest + str(old),
                number, "0.1.0/28",
            )  # fmt: skip
        return text

    def _not_held(self, batch: Batch, chance: random.Random, number: int, source: Source) -> None:
        moment = END - timedelta(days=DAYS * (1 - number / self.articles))
        crawl = crawl_at(moment)
        path = f"other/{number}"
        url = f"https://www.{source.key}.example/{path}"
        outcome, reason = chance.choice(NOT_HELD)
        state = "exhausted" if outcome == "failed" else "done"
        tries = 2 if outcome == "failed" and crawl < CRAWLS else 1
        day = crawl_start(crawl).date().isoformat()
        batch.add(
            "urls", url, self.stems[source.key] + path, source.key, crawl_start(crawl).isoformat(), "sitemap", "{}", state, None, None, day,
        )  # fmt: skip
        for back in range(tries):
            batch.add(
                "outcomes", crawl + back, source.key, url, outcome, reason, crawl_start(crawl + back).isoformat(), None,
                int(back == tries - 1),
            )  # fmt: skip

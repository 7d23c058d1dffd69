"""Build a realistic archive.db of made-up articles: many sources, languages, days, and every kind of state.

    python -m tests.archives demo.db --articles 200000

Rows go straight into the tables, so this needs no crawl. The same seed gives the same archive.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from pipelines.archive.migrations import migrations
from pipelines.archive.tables.changes import note_all_gone, rebuild_changes
from pipelines.archive.tables.versions_index import index_versions
from pipelines.decisions.anomalies.alarms import ADVICE

from .phrases import LANGUAGES, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
SECTIONS = {
    "en": ["Politics", "Business", "World", "Local", "Science", "Sport", "Culture", "Opinion"],
    "de": ["Politik", "Wirtschaft", "Kultur", "Sport"],
    "fr": ["Politique", "Économie", "Culture", "Sports"],
    "ja": ["政治", "経済", "社会", "スポーツ"],
    "zh": ["时政", "财经", "社会", "体育"],
    "ko": ["정치", "경제", "사회", "스포츠"],
    "th": ["การเมือง", "เศรษฐกิจ", "สังคม", "กีฬา"],
}
SOURCES = [
    ("harbour-herald", "The Harbour Herald", "en", "+00:00"),
    ("elbe-kurier", "Elbe-Kurier", "de", "+01:00"),
    ("valley-tribune", "Valley Tribune", "en", "-05:00"),
    ("minato-shimbun", "みなと新聞", "ja", "+09:00"),
    ("courrier-du-port", "Le Courrier du Port", "fr", "+01:00"),
    ("hangang-ilbo", "한강일보", "ko", "+09:00"),
    ("northern-star", "Northern Star", "en", "+00:00"),
    ("jiangwan-ribao", "江湾日报", "zh", "+08:00"),
    ("siam-raiwan", "สยามรายวัน", "th", "+07:00"),
    ("market-ledger", "The Market Ledger", "en", "-05:00"),
]
WORDS = {
    "failed": "51 of 61 pages failed; usual are at most 3%.",
    "unsigned": "44 of 44 articles have no author; usual are at most 26%.",
    "empty": "27 of 38 pages gave no text; usual are at most 2%.",
}
CAPTURED = "id, url, fetched_at, status, mime, sha256, warc_file, warc_offset, warc_length"
REVISED = "id, article_id, number, seen_at, title, standfirst, text, modified_at, content_hash, capture_id, extractor"
CORRECTION = "Correction: an earlier version of this article gave a wrong figure for the cost."
COLUMNS = (
    "id source_id url title standfirst authors published_at published_from modified_at section tags "
    "language description image_url image_caption image_credit text word_count access first_seen_at "
    "checked_at gone_at revision content_hash extractor capture_id story_id duplicate_of"
).split()


def build(path: Path, articles: int, *, seed: int = 1, days: int = 90, sources: int = len(SOURCES)) -> Path:
    """Make the archive at `path`, which must not exist. Article ids are 1 to `articles`, oldest first."""
    chance = random.Random(seed)
    db = Database(path)
    db.conn.execute("PRAGMA journal_mode = wal")
    db.conn.execute("PRAGMA synchronous = off")
    migrations.apply(db)
    papers = list(_papers(sources))
    db["sources"].insert_all(
        {
            "id": key,
            "name": name,
            "home": f"https://www.{key}.example/",
            "language": language,
            "country": None,
            "added_at": (NOW - timedelta(days=days)).isoformat(),
        }
        for key, name, language, _ in papers
    )
    rows = (_article(chance, number, articles, days, papers) for number in range(1, articles + 1))
    marks = ", ".join("?" * len(COLUMNS))
    with db.conn:
        for batch in _batches(rows, 500):
            db.conn.executemany(
                f"INSERT INTO captures ({CAPTURED}) VALUES ({', '.join('?' * 9)})",
                [_capture(row) for row in batch],
            )
            db.conn.executemany(f"INSERT INTO articles ({', '.join(COLUMNS)}) VALUES ({marks})", batch)
    with db.conn:
        _revisions(db, chance)
        rebuild_changes(db)
        note_all_gone(db)
        index_versions(db, "1")
        _crawls(db, chance, papers)
        _listings(db, papers)
        _found(db)
        _alarms(db, papers)
        _boilerplate(db, papers)
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


def _papers(count: int) -> Iterator[tuple[str, str, str, str]]:
    for number in range(count):
        key, name, language, zone = SOURCES[number % len(SOURCES)]
        again = number // len(SOURCES)
        yield (
            (f"{key}-{again + 1}", f"{name} {again + 1}", language, zone)
            if again
            else (key, name, language, zone)
        )


def _batches(rows: Iterator[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(itertools.islice(rows, size)):
        yield batch


def _article(
    chance: random.Random, number: int, articles: int, days: int, papers: list[tuple[str, str, str, str]]
) -> tuple[Any, ...]:
    # The first papers of the list print most; the week has its rhythm; the archive begins slowly.
    key, _, code, zone = papers[min(int(chance.expovariate(1.0) * len(papers) / 3), len(papers) - 1)]
    language = LANGUAGES[code]
    age = timedelta(days=days * (1 - number / articles))
    moment = NOW - age - timedelta(minutes=chance.randrange(600))
    local = moment.astimezone(datetime.fromisoformat(f"2026-01-01T00:00:00{zone}").tzinfo)
    title, standfirst, text, topic = language.story(chance, day=days - age.days)
    seen = (moment + timedelta(minutes=chance.randrange(5, 300))).replace(microsecond=0)
    precise = chance.random() < 0.9
    revised = chance.random() < 0.06
    gone = chance.random() < 0.02
    if revised and code == "en" and chance.random() < 0.3:
        text += "\n\n" + CORRECTION
    section = chance.choices(SECTIONS[code], range(len(SECTIONS[code]), 0, -1))[0]
    authors = chance.sample(NAMES[code], chance.choice((0, 1, 1, 1, 2)))
    picture = chance.random() < 0.6
    story = number // 7 if chance.random() < 0.04 else None
    return (
        number,
        key,
        f"https://www.{key}.example/{local:%Y/%m/%d}/{number}-{_slug(title)}.html",
        title,
        standfirst if chance.random() < 0.8 else None,
        json.dumps(authors, ensure_ascii=False),
        local.replace(microsecond=0).isoformat() if precise else f"{local:%Y-%m-%d}",
        chance.choice(("json-ld", "json-ld", "meta", "feed")) if precise else "url",
        (seen + timedelta(hours=3)).isoformat() if revised else None,
        section if chance.random() < 0.95 else None,
        json.dumps(sorted({topic, *chance.sample(language.topics, 2)}), ensure_ascii=False),
        code,
        None,
        f"https://www.{key}.example/pictures/{number}.jpg" if picture else None,
        language.caption if picture else None,
        authors[0] if picture and authors else None,
        text,
        len(text.split()) if language.spaced else len(text),
        chance.choices(("free", "paywalled", None), (5, 1, 3))[0],
        seen.isoformat(),
        NOW.isoformat(),
        (NOW - timedelta(hours=chance.randrange(1, 300))).isoformat() if gone else None,
        1 + revised + (revised and chance.random() < 0.2),
        hashlib.sha256(text.encode()).hexdigest(),
        "trafilatura 2.3.1, clippings 1",
        number,
        story,
        None,
    )


def _slug(title: str) -> str:
    return "-".join(title.lower().split())[:40] if title.isascii() else "article"


def _capture(row: tuple[Any, ...]) -> tuple[Any, ...]:
    seen = row[COLUMNS.index("modified_at")] or row[COLUMNS.index("first_seen_at")]
    name = f"{seen[:10]}-00000.warc.gz"
    return (
        row[0],
        row[2],
        seen,
        200,
        "text/html",
        row[COLUMNS.index("content_hash")],
        name,
        row[0] * 9000,
        8999,
    )


def _revisions(db: Database, chance: random.Random) -> None:
    """The earlier versions of articles with a revision above 1: they differ in a word, a paragraph or a headline."""
    columns = "id, revision, title, standfirst, text, first_seen_at, language, extractor"
    sql = f"SELECT {columns} FROM articles WHERE revision > 1"
    rows = []
    for article, revision, title, standfirst, text, seen, code, extractor in db.execute(sql).fetchall():
        for number in range(1, revision):
            blocks = [block for block in text.split("\n\n") if block != CORRECTION]
            change = chance.choice(("word", "paragraph", "title", "all"))
            if change in ("paragraph", "all") and len(blocks) > 2:
                del blocks[chance.randrange(1, len(blocks))]
            if change in ("word", "all"):
                blocks[0] = LANGUAGES[code].reworded(blocks[0])
            old = LANGUAGES[code].reworded(title) if change in ("title", "all") else title
            when = datetime.fromisoformat(seen) + timedelta(hours=2 * (number - 1))
            digest = hashlib.sha256(f"{article} {number}".encode()).hexdigest()
            rows.append(
                (
                    None,
                    article,
                    number,
                    when.isoformat(),
                    old,
                    standfirst,
                    "\n\n".join(blocks),
                    None,
                    digest,
                    None,
                    extractor,
                )
            )
    db.conn.executemany(f"INSERT INTO revisions ({REVISED}) VALUES ({', '.join('?' * 11)})", rows)


def _crawls(db: Database, chance: random.Random, papers: list[tuple[str, str, str, str]]) -> None:
    """The last ten crawls, six hours apart; the last paper of the list has been failing for five of them."""
    failing = papers[-1][0]
    for number in range(1, 11):
        start = NOW - timedelta(hours=6 * (10 - number) + 1)
        db.conn.execute(
            "INSERT INTO crawls"
            " (id, uid, started_at, finished_at, exit_code, reason, command, version, pending_at_start, found)"
            " VALUES (?, ?, ?, ?, ?, 'finished', 'clippings crawl', '0.1.0', 0, 0)",
            (
                number,
                f"{chance.getrandbits(128):032x}",
                start.isoformat(),
                (start + timedelta(minutes=9)).isoformat(),
                3 if number > 5 else 0,
            ),
        )
        rows = []
        for key, *_ in papers:
            for item in range(chance.randrange(8, 25)):
                outcome, reason = chance.choices(
                    [
                        ("new", None),
                        ("unchanged", None),
                        ("revised", None),
                        ("not_article", "a picture gallery: no text but captions"),
                        ("excluded", "robots.txt forbids it"),
                        ("duplicate", "the same text as another article of this source"),
                        ("gone", "404 Not Found"),
                        ("failed", "no answer within 30 s, after 3 attempts"),
                    ],
                    (60, 15, 6, 6, 4, 3, 2, 2),
                )[0]
                if key == failing and number > 5:
                    outcome, reason = "failed", "403 Forbidden, after 3 attempts"
                url = f"https://www.{key}.example/crawl/{number}/{item}"
                rows.append((number, key, url, outcome, reason, start.isoformat(), None))
        db.conn.executemany(
            "INSERT INTO outcomes (crawl_id, source_id, url, outcome, reason, at, article_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def _listings(db: Database, papers: list[tuple[str, str, str, str]]) -> None:
    failing = papers[-1][0]
    for key, *_ in papers:
        for kind, name in (("feed", "rss.xml"), ("sitemap", "news-sitemap.xml")):
            broken = key == failing
            db.conn.execute(
                "INSERT INTO listings (source_id, url, kind, found_at, checked_at, answered_at, status, error,"
                " entries, newest_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    f"https://www.{key}.example/{name}",
                    kind,
                    (NOW - timedelta(days=30)).isoformat(),
                    (NOW - timedelta(hours=1)).isoformat(),
                    (NOW - timedelta(hours=31 if broken else 1)).isoformat(),
                    403 if broken else 200,
                    "403 Forbidden" if broken else None,
                    40,
                    (NOW - timedelta(hours=2)).isoformat(),
                ),
            )


def _found(db: Database) -> None:
    """The frontier: the URLs of the articles, those with another outcome, and a few that are due."""
    db.conn.execute(
        """
        INSERT INTO urls (url, key, source_id, found_at, via, hints, state, article_id)
        SELECT url, url, source_id, first_seen_at, iif(id % 3, 'feed', 'sitemap'),
               json_object('published_at', published_at, 'title', title), 'done', id FROM articles
        """
    )
    db.conn.execute(
        """
        INSERT INTO urls (url, key, source_id, found_at, via, hints, state)
        SELECT url, url, source_id, at, 'sitemap', json_object('published_at', substr(at, 1, 10)), 'done'
        FROM outcomes WHERE outcome NOT IN ('new', 'revised', 'unchanged', 'duplicate')
        """
    )
    db.conn.execute(
        """
        INSERT INTO urls (url, key, source_id, found_at, via, state, due_at)
        SELECT home || 'due/' || value, home || 'due/' || value, sources.id, :now, 'section', 'due', :now
        FROM sources, json_each('[1, 2, 3]')
        """,
        {"now": NOW.isoformat()},
    )


def _alarms(db: Database, papers: list[tuple[str, str, str, str]]) -> None:
    """One that lasts at the last paper, one at another, and one of a third that is over."""
    failed = "SELECT url FROM outcomes WHERE source_id = ? AND outcome = 'failed'"
    unsigned = "SELECT url FROM articles WHERE source_id = ? AND authors = '[]'"
    any_article = "SELECT url FROM articles WHERE source_id = ?"
    for key, kind, days, until, evidence in (
        (papers[-1][0], "failed", 2, None, failed),
        (papers[2][0], "unsigned", 6, None, unsigned),
        (papers[1][0], "empty", 20, 11, any_article),
    ):
        since = NOW - timedelta(days=days)
        found = db.execute(f"{evidence} ORDER BY rowid DESC LIMIT 3", [key]).fetchall()
        db["alarms"].insert(
            {
                "source_id": key,
                "kind": kind,
                "since": since.date().isoformat(),
                "until": until and (NOW - timedelta(days=until)).isoformat(),
                "raised_at": (since + timedelta(days=1)).isoformat(),
                "words": WORDS[kind],
                "advice": ADVICE[kind],
                "evidence": json.dumps([url for (url,) in found]),
            }
        )


def _boilerplate(db: Database, papers: list[tuple[str, str, str, str]]) -> None:
    for key, name, *_ in papers:
        for pages, text in (
            (84, f"Sign up for the morning letter from {name}."),
            (31, "Read more of our coverage"),
            (12, "This article was first printed in our weekend edition."),
        ):
            digest = hashlib.sha256(f"{key} {text}".encode()).hexdigest()
            first, last = NOW - timedelta(days=20), NOW - timedelta(hours=5)
            db.conn.execute(
                "INSERT INTO boilerplate (source_id, block_hash, text, pages, first_seen_at, last_seen_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (key, digest, text, pages, first.isoformat(), last.isoformat()),
            )


def main() -> None:
    parser = argparse.ArgumentParser(description="Build an archive of made-up articles.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--sources", type=int, default=len(SOURCES))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    build(asked.path, asked.articles, seed=asked.seed, days=asked.days, sources=asked.sources)


if __name__ == "__main__":
    main()

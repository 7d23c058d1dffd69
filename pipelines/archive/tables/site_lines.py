"""Site memory as a whole: a source's texts in the order of time, what was learned from them, and both written back."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pipelines.archive.manifest_tables import SITE_MEMORY, note_article
from pipelines.archive.tables.facets import update_article
from pipelines.decisions.boilerplate import SiteMemory
from pipelines.decisions.text_lines import key_of
from pipelines.extraction import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

IMPORTED = "SELECT DISTINCT source_id FROM urls WHERE via = 'warc' AND article_id IS NOT NULL"


class HeldText(NamedTuple):
    """The text of an article as it is stored, with what its hash is made of; `at` is when it was captured first."""

    article_id: int
    at: str
    title: str
    standfirst: str
    text: str


def find_imported_sources(db: Database) -> list[str]:
    """The ids of sources of which articles came out of WARC files of others, sorted."""
    return sorted(row[0] for row in db.execute(IMPORTED).fetchall())


def count_imported(db: Database, source_ids: Sequence[str]) -> int:
    """How many articles these sources have."""
    sql = "SELECT count(*) FROM articles WHERE source_id IN (SELECT value FROM json_each(?))"
    return int(db.execute(sql, [json.dumps(list(source_ids))]).fetchone()[0])


def list_texts(db: Database, source_id: str) -> list[HeldText]:
    """The texts of a source's articles, by time and address: an order that two archives of the same pages share."""
    rows = db.execute(
        "SELECT id, first_seen_at, coalesce(title, ''), coalesce(standfirst, ''), text FROM articles"
        " WHERE source_id = ? ORDER BY first_seen_at, url",
        [source_id],
    )
    return [HeldText(*row) for row in rows.fetchall()]


def read_memory(db: Database, source_id: str) -> SiteMemory:
    """The lines known of a source, and those that a person has vetoed."""
    memory = SiteMemory()
    sql = "SELECT block_hash, text, vetoed FROM boilerplate WHERE source_id = ?"
    for key, text, vetoed in db.execute(sql, [source_id]).fetchall():
        if vetoed:
            memory.vetoed.add(key)
        else:
            memory.known[key] = text
    return memory


def save_memory(
    db: Database, source_id: str, memory: SiteMemory, extracted: Sequence[tuple[HeldText, str]]
) -> None:
    """Put what was learned from a source's texts, as extracted, in the place of what was known. Needs an open transaction."""
    pages: Counter[str] = Counter()
    seen: dict[str, list[str]] = {}
    for held, text in extracted:
        for key in {key_of(line) for line in text.split("\n") if line.strip()} & memory.known.keys():
            pages[key] += 1
            seen.setdefault(key, []).append(held.at)
    before = {
        key: (count, first, last)
        for key, count, first, last in db.execute(
            "SELECT block_hash, pages, first_seen_at, last_seen_at FROM boilerplate WHERE source_id = ? AND NOT vetoed",
            [source_id],
        ).fetchall()
    }
    db.execute("DELETE FROM boilerplate WHERE source_id = ? AND NOT vetoed", [source_id])
    for key, line in memory.known.items():
        times = seen.get(key) or before[key][1:]
        row = [source_id, key, line, pages[key] or before[key][0], min(times), max(times)]
        db.conn.execute(
            "INSERT INTO boilerplate (source_id, block_hash, text, pages, first_seen_at, last_seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )
    db.execute("DELETE FROM _boilerplate_lines WHERE source_id = ?", [source_id])
    db.conn.executemany(
        "INSERT INTO _boilerplate_lines (source_id, article_id, block_hash, weight, opening, at_home)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (source_id, int(name), line.key, line.weight, line.opening, line.at_home)
            for name, lines in memory.window.items()
            for line in lines
        ],
    )


def replace_text(db: Database, held: HeldText, text: str) -> None:
    """Write an article's text without lines that recur; no revision. Needs an open transaction."""
    values = {
        "text": text,
        "word_count": tokens.count(text),
        "content_hash": tokens.content_hash(held.title, held.standfirst, text),
    }
    update_article(db, held.article_id, values)
    note_article(db, held.article_id, SITE_MEMORY)

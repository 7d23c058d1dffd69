"""Made archive-before-0.1.0.db: a small archive in the shape of before the renaming, by real use of that code.

    cd CHECKOUT && PYTHONPATH=CHECKOUT python make_old_archive.py OUT.db [ROWS.jsonl]

Newspapers of tests/newspaper (English, Korean, Japanese, Chinese) and two sites written here are crawled, edited, crawled again, imported
from a WARC file, forgotten in part and replayed, so that every table has rows and `urls` has every state. The result
is vacuumed with pages of 512 bytes (an empty archive has 356 kB with SQLite's usual 4 kB), in WAL mode, without -wal.
It was made once, by the last commit that wrote that shape. It is kept to be read: newer code cannot make it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.newspaper.client import Newspaper, write_seeds
from tests.restless import HOME, page_of
from tests.web import Web

PAPERS = ("morning", "ilbo", "minato", "jiangcheng", "storm")
KEPT = {"morning": 6, "ilbo": 3, "minato": 2, "jiangcheng": 2, "paper": 5, "valley": 1, "plaza": 1}
"""Articles kept of each source, the first ones; the others are deleted at the end to make the file small."""

FEW = (
    (
        "captures",
        "id NOT IN (SELECT capture_id FROM articles WHERE capture_id IS NOT NULL"
        " UNION SELECT capture_id FROM revisions WHERE capture_id IS NOT NULL) ORDER BY id LIMIT -1 OFFSET 12",
    ),
    ("listings", "moved_to IS NULL AND error IS NULL ORDER BY entries DESC, id LIMIT -1 OFFSET 12"),
    ("listings", "error IS NOT NULL ORDER BY id LIMIT -1 OFFSET 6"),
)
"""Rows that no other row needs, and how many of them are kept: captures of unchanged pages, listings."""

NOTE = "This page was set by hand in the old printing works behind the station, as every page has been since 1921."
SEED = 'home = "{home}"\nname = "{name}"\nlanguage = "en"\ndiscover = false\nfeeds = ["{feed}"]\n{more}'
SETTINGS = ["-s", "DOWNLOAD_DELAY=0", "-s", "CONTACT=test@localhost", "-s", "RETRY_TIMES=0"]
TOPICS = {
    "ferry": "The ferry has been hauled ashore, and carpenters are counting the planks that the winter has split.",
    "bakery": "A baker has found his grandmother's recipe book, and half of the street has asked to copy from it.",
    "orchard": "Pruning began in the orchard on Tuesday, four weeks later than in any year that the owner remembers.",
    "library": "Readers may borrow a telescope from the library until March, together with a chart of the night sky.",
    "tunnel": "Engineers drilling beneath the ridge met warm water, and the town now hopes to heat its baths with it.",
    "choir": "Forty singers rehearsed in the drained swimming pool, where an echo lasts for almost seven seconds.",
    "beetle": "A rare beetle was seen on the churchyard's oak, so the tree will not be felled this year after all.",
    "bridge": "The footbridge is closed to bicycles, because its boards have begun to sing when the wind is westerly.",
}


class BothWebs(Web):
    """Pages of our own; every other address is asked of the newspaper."""

    def __init__(self, newspaper: Newspaper) -> None:
        super().__init__()
        self.newspaper = newspaper

    def answer(self, url: str) -> tuple[int, dict[str, str], bytes]:
        if url in self.pages or url.startswith(("http://paper.example/", "http://valley.example/")):
            return super().answer(url)
        status, headers, body = self.newspaper.get(url)
        kept = ("content-type", "content-encoding", "etag", "last-modified", "location", "x-robots-tag")
        return status, {name: headers[name] for name in kept if name in headers}, body


def story(name: str) -> str:
    """Return an article page about a topic; all share one paragraph that is not the story's."""
    lead = TOPICS[name]
    more = f"Nobody at the {name} expected that, said a woman who has lived beside it for thirty years."
    return (
        f"<html><head><title>News of the {name}</title></head><body><article><h1>News of the {name}</h1>"
        f"<p>{lead}</p><p>{more}</p><p>The council will talk about the {name} on Thursday evening.</p>"
        f"<p>{NOTE}</p></article></body></html>"
    )


def feed(*addresses: str) -> bytes:
    """Return an RSS feed of these addresses."""
    items = "".join(f"<item><title>News</title><link>{address}</link></item>" for address in addresses)
    return f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode()


def write_web(web: Web) -> None:
    """Write the two sites: feeds that have moved for good, stories, an undated sitemap, pages that fail."""
    for name in TOPICS:
        web.pages[f"{HOME}2026/{name}"] = story(name)
    web.pages[f"{HOME}2026/too-large"] = b"<html>" + b"<p>Long ferry.</p>" * 40_000
    web.pages[f"{HOME}2026/broken"] = (500, {}, b"")
    web.pages[f"{HOME}2026/empty"] = b"<html><body></body></html>"
    web.pages[f"{HOME}feed"] = (301, {"Location": f"{HOME}rss"}, b"")
    listed = [f"{HOME}2026/{name}" for name in ("too-large", "broken", "empty", *TOPICS)]
    web.pages[f"{HOME}rss"] = feed(*listed)
    urls = "".join(f"<url><loc>{HOME}archive/{n}</loc></url>" for n in range(10_000, 10_008))
    web.pages[f"{HOME}map.xml"] = (
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>"
    )
    valley = "http://valley.example/"
    web.pages[f"{valley}feed"] = (301, {"Location": "http://valley.example/new"}, b"")
    web.pages[f"{valley}new"] = feed(f"{valley}pier", f"{valley}mill")
    web.pages[f"{valley}pier"] = (
        story("bridge").replace("of the bridge", "of the pier").replace(NOTE, "It is old.")
    )
    web.pages[f"{valley}mill"] = (
        story("ferry").replace("of the ferry", "of the mill").replace(NOTE, "It is tall.")
    )


def write_our_seeds(seeds: Path, valley_feed: str) -> None:
    """Write the seed files of the two sites."""
    more = 'sitemaps = ["/map.xml"]\nlimit = 12\n'
    (seeds / "paper.toml").write_text(SEED.format(home=HOME, name="The Paper", feed="/feed", more=more))
    valley = SEED.format(
        home="http://valley.example/", name="Valley News", feed=valley_feed, more="recheck = []\n"
    )
    (seeds / "valley.toml").write_text(valley)


def clippings(folder: Path, proxy: str, *words: str) -> None:
    """Run a command of the checkout in the folder."""
    environment = {**os.environ, "http_proxy": proxy, "no_proxy": "", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, "-m", "crawler", *words], cwd=folder, env=environment, text=True, capture_output=True
    )
    print(
        f"clippings {' '.join(words)[:100]}: exit code {done.returncode} {done.stdout[:300]} {done.stderr[:500]}"
    )


def sql(folder: Path, statement: str, *values: str) -> int:
    """Change rows with plain SQL, as a person may."""
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        return db.execute(statement, values).rowcount


def make_due(folder: Path) -> None:
    """Move the next look at every article into the past."""
    sql(folder, "UPDATE urls SET due_at = '2026-01-01' WHERE state = 'due' AND article_id IS NOT NULL")


def use(folder: Path, web: BothWebs, newspaper: Newspaper) -> None:
    """Crawl, edit, crawl again, fetch pages that change by themselves, import, veto, replay and forget."""
    seeds = folder / "seeds"
    for file in write_seeds(seeds):
        if file.stem not in PAPERS:
            file.unlink()
    write_our_seeds(seeds, "/feed")
    crawl = ("crawl", "archive.db", *SETTINGS, "-s", "UNDATED_MAX=3", "-s", "DOWNLOAD_MAXSIZE=500000")
    clippings(folder, web.url, *crawl)

    morning = newspaper.articles("morning.example")
    for url in morning[:2]:
        newspaper.revise(url)
    newspaper.revise(newspaper.articles("ilbo.example")[0], "title")
    newspaper.revise(newspaper.articles("minato.example")[0])
    newspaper.remove(morning[3])
    newspaper.publish("morning.example")
    (seeds / "storm.toml").unlink()
    write_our_seeds(seeds, "/new")
    make_due(folder)
    clippings(folder, web.url, *crawl)

    layouts = ("box", "column")
    for layout in layouts:
        web.pages[f"{HOME}2026/11/23/{layout}"] = page_of(layout)
    for _ in range(4):
        clippings(
            folder,
            web.url,
            "fetch",
            "archive.db",
            *SETTINGS,
            *(f"{HOME}2026/11/23/{name}" for name in layouts),
        )

    other = folder / "other"
    other.mkdir()
    plaza = newspaper.articles("plaza.example")[:2]
    clippings(other, web.url, "fetch", "archive.db", *SETTINGS, *plaza)
    (warc,) = (other / "warc").glob("*.warc.gz")
    shutil.move(warc, folder / "plaza.warc.gz")
    clippings(folder, web.url, "replay", "archive.db", "plaza.warc.gz")

    sql(folder, "UPDATE boilerplate SET vetoed = 1 WHERE rowid = (SELECT min(rowid) FROM boilerplate)")
    clippings(folder, web.url, "replay", "archive.db")
    clippings(folder, web.url, "forget", "archive.db", morning[4], "--yes")


def shrink(folder: Path) -> None:
    """Delete articles beyond `KEPT` by the project's own connection, triggers on, and what refers to them."""
    from pipelines.archive import Archive

    with Archive(folder / "archive.db") as archive, archive.db.atomic():
        for source, count in KEPT.items():
            rows = archive.rows(
                "SELECT id FROM articles WHERE source_id = ? ORDER BY duplicate_of IS NULL, id NOT IN (SELECT article_id FROM wavering), revision = 1, gone_at IS NULL, id",
                [source],
            )
            for article in [row["id"] for row in rows][count:]:
                delete_article(archive.db, article)
        for table, few in FEW:
            archive.db.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {few})")


def delete_article(db, article: int) -> None:
    """Delete one article unless others are its doubles."""
    if db.execute("SELECT 1 FROM articles WHERE duplicate_of = ?", [article]).fetchone():
        return
    captures = [
        row[0]
        for row in db.execute(
            "SELECT capture_id FROM articles WHERE id = :a UNION SELECT capture_id FROM revisions WHERE article_id = :a",
            {"a": article},
        )
    ]
    urls = [row[0] for row in db.execute("SELECT id FROM urls WHERE article_id = ?", [article])]
    for table in ("revisions", "boilerplate_evidence", "wavering", "outcomes"):
        db.execute(f"DELETE FROM {table} WHERE article_id = ?", [article])
    for url in urls:
        db.execute("UPDATE captures SET url_id = NULL WHERE url_id = ?", [url])
    db.execute("DELETE FROM urls WHERE article_id = ?", [article])
    db.execute("DELETE FROM articles WHERE id = ?", [article])
    for capture in captures:
        db.execute("DELETE FROM captures WHERE id = ?", [capture])


def write_small(archive: Path, out: Path) -> None:
    """Copy the archive into `out`: no free pages, pages of 512 bytes, WAL mode without a -wal file."""
    with closing(sqlite3.connect(archive)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
        for table in ("articles_fts", "unspaced_fts", "people_fts"):
            db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        db.commit()
        db.execute("PRAGMA page_size = 512")
        db.execute("VACUUM")
    shutil.copy(archive, out)
    with closing(sqlite3.connect(out)) as db:
        db.execute("PRAGMA journal_mode = WAL").fetchall()


def report(out: Path) -> None:
    """Print the number of rows of each table, and check the file."""
    with closing(sqlite3.connect(out)) as db:
        names = [
            row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        ]
        for name in names:
            if "_fts_" not in name:
                print(f"{name:24} {db.execute(f'SELECT count(*) FROM {name}').fetchone()[0]}")
        print(
            "doubles, gone, wavering:",
            [
                db.execute(f"SELECT count(*) FROM {w}").fetchone()[0]
                for w in (
                    "articles WHERE duplicate_of IS NOT NULL",
                    "articles WHERE gone_at IS NOT NULL",
                    "wavering",
                )
            ],
        )
        print(
            "revisits, foreign:",
            db.execute("SELECT count(revisit_file), count(foreign_digest) FROM captures").fetchall(),
        )
        print(
            "states:",
            db.execute("SELECT state, article_id IS NULL, count(*) FROM urls GROUP BY 1, 2").fetchall(),
        )
        print("outcomes:", db.execute("SELECT outcome, count(*) FROM outcomes GROUP BY 1").fetchall())
        print("alarms:", db.execute("SELECT source_id, kind, until IS NOT NULL FROM alarms").fetchall())
        print("languages:", db.execute("SELECT language, count(*) FROM articles GROUP BY 1").fetchall())
        print(
            db.execute("PRAGMA integrity_check").fetchall(), db.execute("PRAGMA foreign_key_check").fetchall()
        )
        for table in ("articles_fts", "unspaced_fts", "people_fts"):
            db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")
        db.rollback()
    print(f"{out}: {out.stat().st_size:,} bytes")


def main() -> None:
    out = Path(sys.argv[1]).absolute()
    with TemporaryDirectory() as folder, Newspaper(crawl_delay=0) as newspaper, BothWebs(newspaper) as web:
        work = Path(folder)
        write_web(web)
        use(work, web, newspaper)
        shutil.copy(work / "archive.log", out.with_suffix(".log"))
        shrink(work)
        write_small(work / "archive.db", out)
    report(out)


if __name__ == "__main__":
    main()

"""`make demo`: crawls the bundled newspapers twice, with edits between, and leads to what was changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from difflib import SequenceMatcher
from pathlib import Path

from pipelines.archive.database import open_for_reading
from pipelines.archive.views.changes import Change, read_changes
from tests.newspaper.client import Newspaper, write_seeds

FOLDER = Path("demo")
ARCHIVE = FOLDER / "archive.db"
PORT = 8001
LOOKS = ", ".join(f'"{seconds}s"' for seconds in range(3, 120, 3))
"""When articles are looked at again: a real crawl waits an hour, a person at a terminal does not."""
SETTINGS = f"""[manners]
contact = "demo@localhost"
delay = 0  # the newspapers are ours

[crawl]
recheck = [{LOOKS}]
"""

WALL = "harbour-wall-raised"
"""The article whose headline is softened and which loses a paragraph."""


def crawl(newspaper: Newspaper) -> None:
    """One crawl, as a person at a terminal would start it. Quick, because the newspaper is ours."""
    command = [sys.executable, "-m", "crawler", "crawl", str(ARCHIVE)]
    command += ["--seeds", str(FOLDER / "seeds"), "--config", str(FOLDER / "clippings.toml")]
    environment = {**os.environ, "http_proxy": newspaper.proxy, "no_proxy": ""}
    subprocess.run(command, env=environment, check=False)


def edit(newspaper: Newspaper) -> None:
    """A day at three newspapers that print the same wire story: what their editors change, and say or do not say."""
    articles = {url.rpartition("/")[2]: url for url in newspaper.articles("morning.example")}
    newspaper.publish("morning.example")
    newspaper.rewrite(
        articles[WALL], title="Harbour wall could be raised by a metre", drop="Not everyone is pleased."
    )
    newspaper.remove(articles["lost-heron"])
    wrong, right = "Prices rose by 2.3 per cent", "Prices rose by 3.2 per cent"
    note = "Correction: An earlier version of this article said that prices rose by 2.3 per cent. The figure is 3.2 per cent."
    newspaper.rewrite(articles["bank-holds-rates"], old=wrong, new=right, note=note)
    copy = next(url for url in newspaper.articles("daily.hangang.example") if "Bank-holds-rates" in url)
    newspaper.rewrite(copy, old=wrong, new=right)


def show(title: str, sql: str) -> None:
    """A few rows of the archive."""
    print(f"\n{title}")
    with closing(open_for_reading(ARCHIVE)) as db:
        for row in db.execute(sql):
            print("  " + "  ".join(str(cell or "-") for cell in row))


def changes() -> list[tuple[Change, str]]:
    """What the archive says that publishers changed, each with the words that were put in place of others."""
    texts = (
        "SELECT revisions.text, articles.text FROM revisions JOIN articles ON articles.id = article_id"
        " WHERE article_id = ? AND number = ?"
    )
    found = []
    with closing(open_for_reading(ARCHIVE)) as db:
        for change in read_changes(db.conn).changes:
            row = db.execute(texts, [change.article_id, change.number - 1]).fetchone()
            found.append((change, replaced_words(*row) if row else ""))
    return sorted(found, key=lambda pair: (pair[0].source, "headline" not in pair[0].kinds, pair[0].number))


def replaced_words(old: str, new: str) -> str:
    """`2.3 -> 3.2` for each word of a text that gave way to another."""
    before, after = old.split(), new.split()
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return ", ".join(
        f"{' '.join(before[i1:i2])} -> {' '.join(after[j1:j2])}"
        for step, i1, i2, j1, j2 in steps
        if step == "replace" and i2 - i1 < 4
    )


def describe(change: Change, words: str) -> str:
    """A change in two lines."""
    if "gone" in change.kinds:
        what = "taken off the site, kept in the archive"
    else:
        size = f"{change.words:+} words" if change.words else ""
        what = ", ".join(change.kinds) + f" ({'; '.join(filter(None, (size, words)))})"
    headline = change.title if change.title == change.old_title else f"{change.old_title} -> {change.title}"
    return f"  {change.source_name}: {headline}\n    {what}"


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    write_seeds(FOLDER / "seeds", demo=True)
    (FOLDER / "clippings.toml").write_text(SETTINGS, "utf-8")
    with Newspaper(crawl_delay=0, demo=True) as newspaper:
        sites = len(list((FOLDER / "seeds").glob("*.toml")))
        print(
            f"A small web of {sites} invented newspapers runs on this machine; one of them is"
            "\nbroken on purpose."
        )
        print("\nFirst crawl", flush=True)
        crawl(newspaper)
        print(
            "\nThe newspapers print something new and rewrite something old: a headline is"
            "\nsoftened and a paragraph goes, a wrong number is corrected with a notice here and"
            "\nwithout one there, an article disappears."
            "\n\nSecond crawl",
            flush=True,
        )
        edit(newspaper)
        time.sleep(3)  # until even the last article of the first crawl is due to be looked at again
        crawl(newspaper)
    outcomes = "SELECT count(*), outcome FROM outcomes GROUP BY outcome ORDER BY 1 DESC"
    show("What became of every URL:", outcomes)
    show(
        "One wire story in three papers, and the number that each prints now:",
        "SELECT source_id, CASE WHEN instr(text, '3.2 per cent') THEN '3.2 per cent' ELSE '2.3 per cent' END,"
        " CASE WHEN instr(text, '! Correction') THEN 'with a correction notice' ELSE 'without a word' END"
        " FROM articles WHERE instr(text, 'Seven of the nine members of the rate-setting committee')"
        " ORDER BY source_id",
    )
    print("\nWhat the newspapers changed:")
    found = changes()
    print("\n".join(describe(change, words) for change, words in found))
    softened = next((change.article_id for change, _ in found if "headline" in change.kinds), None)
    difference = f"article/{softened}/changes" if softened else "changes"
    print(
        f"""
Now look at it:
  .venv/bin/clippings status {ARCHIVE}
  .venv/bin/clippings search {ARCHIVE} 'harbour OR ferry'
  make browse ARCHIVE={ARCHIVE}

And while that runs, open the headline that was softened, word by word:
  http://127.0.0.1:{PORT}/-/clippings/archive/{difference}"""
    )


if __name__ == "__main__":
    main()

"""`make demo`: crawls the bundled newspaper twice, with an edit between, and says how to look at the result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from pipelines.archive.database import open_for_reading
from tests.newspaper.client import Newspaper, write_seeds

FOLDER = Path("demo")
ARCHIVE = FOLDER / "archive.db"
LOOKS = " ".join(f"{seconds}s" for seconds in range(3, 120, 3))
"""When articles are looked at again: a real crawl waits an hour, a person at a terminal does not."""


def crawl(newspaper: Newspaper) -> None:
    """One crawl, as a person at a terminal would start it. Quick, because the newspaper is ours."""
    command = [sys.executable, "-m", "crawler", "crawl", str(ARCHIVE), "--seeds", str(FOLDER / "seeds")]
    command += ["-s", "DOWNLOAD_DELAY=0", "-s", "CONTACT=demo@localhost"]
    command += ["-s", f"RECHECK={LOOKS}"]
    environment = {**os.environ, "http_proxy": newspaper.proxy, "no_proxy": ""}
    subprocess.run(command, env=environment, check=False)


def show(title: str, sql: str) -> None:
    """A few rows of the archive."""
    print(f"\n{title}")
    db = open_for_reading(ARCHIVE)
    try:
        for row in db.execute(sql):
            print("  " + "  ".join(str(cell or "-") for cell in row))
    finally:
        db.close()


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    write_seeds(FOLDER / "seeds")
    with Newspaper(crawl_delay=0) as newspaper:
        sites = len(list((FOLDER / "seeds").glob("*.toml")))
        print(
            f"A small web of {sites} invented newspapers runs on this machine; one of them is broken on purpose."
        )
        print("\nFirst crawl", flush=True)
        crawl(newspaper)
        print("\nA newspaper prints something new, and rewrites something old.\n\nSecond crawl", flush=True)
        newspaper.publish("morning.example")
        newspaper.revise(newspaper.articles("morning.example")[0], "title")
        time.sleep(3)  # until even the last article of the first crawl is due to be looked at again
        crawl(newspaper)
    outcomes = "SELECT count(*), outcome FROM outcomes GROUP BY outcome ORDER BY 1 DESC"
    show("What became of every URL:", outcomes)
    show(
        "What a newspaper rewrote, before and after:",
        "SELECT old.title, '->', new.title FROM revisions AS old JOIN articles AS new ON new.id = old.article_id",
    )
    show(
        "The latest five articles:",
        "SELECT substr(first_seen_at, 12, 5), source_id, title FROM articles ORDER BY id DESC LIMIT 5",
    )
    print(
        f"""
Now look at it:
  .venv/bin/clippings status {ARCHIVE}
  .venv/bin/clippings search {ARCHIVE} 'harbour OR ferry'
  make browse ARCHIVE={ARCHIVE}

And then your own: put sites into seeds/ (.venv/bin/clippings add URL), and run make crawl."""
    )


if __name__ == "__main__":
    main()

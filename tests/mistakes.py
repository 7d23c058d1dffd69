"""Mistakes that newcomers make at the command line: what they type, the exit code, and what the message must say.

`python -m bench mistakes` prints them all; `tests/crawler/test_mistakes.py` holds each to its line.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import socket
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from click.testing import CliRunner

from crawler.cli import cli
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Mistake(NamedTuple):
    """What is typed after `clippings`, the exit code, and words of the one line that answers."""

    typed: str
    code: int
    says: str


# {port} is a port that another program listens on.
MISTAKES = [
    Mistake("", 2, "Usage: clippings"),
    Mistake("serach archive.db harbour", 2, "Did you mean one of: 'search'"),
    # what is looked for
    Mistake("search", 2, "What to look for is missing"),
    Mistake("search archive.db", 2, "narrow the list of all articles, by --since"),
    Mistake("search archive.db --since 7d --versions", 2, "in:versions"),
    Mistake("search harbour demo/archive.db", 2, "clippings search demo/archive.db harbour"),
    Mistake("export archive.db demo/archive.db harbour", 2, "Two archives were named"),
    Mistake("search nowhere.db harbour", 1, "nowhere.db does not exist"),
    Mistake("search archve.db harbour", 1, "Did you mean archive.db?"),
    Mistake("search archive.db headline:harbour", 2, "Did you mean title:?"),
    Mistake("search archive.db 'title: harbour'", 2, "title:harbour"),
    Mistake("search archive.db 'since:7d harbour'", 2, "--since"),
    Mistake("search archive.db 'source:nix harbour'", 2, "There is no source nix"),
    Mistake("search archive.db '!?'", 2, "no letter or figure"),
    Mistake("search archive.db harbour --source nix", 2, "archive.db has no source nix. There are: "),
    Mistake("search archive.db harbour --sorce gazette", 2, "--source"),
    Mistake("search archive.db harbour --since soon", 2, "neither a date nor a duration"),
    Mistake("search archive.db harbour --since 3months", 2, "such as 6h, 7d or 2w"),
    Mistake("search archive.db harbour --since 2026-06 --until 2026-05", 2, "is after --until"),
    Mistake("search archive.db harbour -n many", 2, "is not a valid integer"),
    # what is crawled
    Mistake("crawl daily", 2, "Did you mean --source daily?"),
    Mistake("crawl https://daily.example/", 2, "clippings add https://daily.example/"),
    Mistake("crawl demo", 2, "demo is a folder"),
    Mistake("crawl nowhere/archive.db", 1, "The folder nowhere does not exist"),
    Mistake("crawl other.db", 1, "SQLite file of something else"),
    Mistake("crawl letter.db", 1, "is not an SQLite file"),
    Mistake("crawl new.db --seeds nowhere", 1, "nowhere: does not exist"),
    Mistake("crawl new.db --source dialy", 2, "Did you mean daily?"),
    Mistake("crawl new.db --since 2099", 2, "lies in the future"),
    Mistake("crawl new.db -s DOWNLOAD_DELY=0", 2, "Did you mean DOWNLOAD_DELAY?"),
    Mistake("crawl new.db -s download_delay=5", 2, "Did you mean DOWNLOAD_DELAY?"),
    Mistake("crawl new.db -s DOWNLOAD_DELAY", 2, "NAME=VALUE"),
    Mistake("crawl new.db -s DOWNLOAD_DELAY=fast", 2, "write a number"),
    Mistake("crawl new.db -s WINDOW=week", 2, "neither a date nor a duration"),
    Mistake("add", 2, "Missing argument"),
    Mistake("add 'my newspaper'", 1, "is not a web address"),
    Mistake("fetch daily.example/story", 2, "must begin with http:// or https://"),
    Mistake(
        "fetch https://daily.example/story new.db", 2, "clippings fetch new.db https://daily.example/story"
    ),
    Mistake("init archive.db", 2, "is named like an archive"),
    Mistake("init --contact me", 1, "is neither an e-mail address nor a web address"),
    Mistake("schedule dayly", 2, "daily"),
    Mistake("schedule archive.db", 2, "Name one time"),
    Mistake("merge nowhere.db --into archive.db", 1, "nowhere.db does not exist"),
    Mistake("merge demo/archive.db", 2, "Missing option '--into'"),
    # what is read
    Mistake("status nowhere.db", 1, "nowhere.db does not exist"),
    Mistake("status letter.db", 1, "is not an SQLite file"),
    Mistake("status archive.db harbour", 2, "unexpected extra argument"),
    Mistake("coverage archive.db --source nix", 2, "archive.db has no source nix"),
    Mistake("coverage archive.db --since never", 2, "neither a date nor a duration"),
    Mistake("verify demo", 2, "such as demo/archive.db"),
    Mistake("browse nowhere.db", 1, "nowhere.db does not exist"),
    Mistake("browse letter.db", 1, "is not an SQLite file"),
    Mistake("browse other.db", 1, "SQLite file of something else"),
    Mistake("browse newer.db", 1, "written by a newer Clippings"),
    Mistake("browse locked.db", 1, "by another program"),
    Mistake("browse archive.db -p {port}", 1, "Port {port} is taken"),
    Mistake("browse archive.db -p 99999", 2, "is not in the range"),
    Mistake("browse archive.db --host 0.0.0.0", 2, "listens on this machine only"),
    # what is kept
    Mistake("replay news.warc.gz new.db", 2, "The archive comes first"),
    Mistake("replay missing.warc.gz", 1, "missing.warc.gz does not exist"),
    Mistake("replay news", 2, "news is no archive"),
    Mistake("forget archive.db --source nix --yes", 2, "archive.db has no source nix"),
    Mistake("forget archive.db story --yes", 2, "neither an archive nor a web address"),
    Mistake("prune archive.db --older old", 2, "neither a date nor a duration"),
    Mistake("prune archive.db --older 2099", 2, "lies in the future"),
    Mistake("backup archive.db", 2, "one archive and one target"),
    Mistake("backup archive.db disk/", 1, "The folder disk/ does not exist"),
    Mistake("backup archive.db disk/copy.db", 1, "cannot be written"),
    Mistake("backup nowhere.db copy.db", 1, "nowhere.db does not exist"),
]


@dataclass(frozen=True)
class Answer:
    """How a mistake was answered: exit code, what was printed, and files that were made or changed."""

    code: int
    printed: str
    made: tuple[str, ...]


class Beginner:
    """A newcomer's folder: an archive, a source, and files that are no archives of ours."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def make(self, mistake: Mistake) -> Answer:
        """Type it, in this process."""
        before = self._files()
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(
                cli, shlex.split(mistake.typed.format(port=self.port)), prog_name="clippings"
            )
        after = self._files()
        made = sorted(name for name in after if after[name] != before.get(name))
        return Answer(done.exit_code, done.output + _traceback(done.exception), tuple(made))

    def _files(self) -> dict[str, bytes]:
        files = {}
        for path in self.folder.rglob("*"):
            name = path.relative_to(self.folder).as_posix()
            if not name.endswith(("-shm", "-wal")):  # SQLite makes them to read an archive of WAL mode
                files[name] = path.read_bytes() if path.is_file() else b""
        return files


def _traceback(error: BaseException | None) -> str:
    return "" if error is None or isinstance(error, SystemExit) else f"Traceback: {error!r}"


@contextlib.contextmanager
def beginner(folder: Path) -> Iterator[Beginner]:
    """A newcomer's folder, with a port that is taken and a file that is locked as long as this lasts."""
    build(folder / "archive.db", 40)
    (folder / "demo").mkdir()
    (folder / "seeds").mkdir()
    (folder / "seeds" / "daily.toml").write_text('home = "https://daily.example/"\n', encoding="utf-8")
    for name in ("demo/archive.db", "newer.db", "locked.db"):
        shutil.copy(folder / "archive.db", folder / name)
    (folder / "letter.db").write_text("Dear editor, this is no database. " * 50, encoding="utf-8")
    (folder / "news.warc.gz").write_bytes(b"")
    with contextlib.closing(sqlite3.connect(folder / "other.db")) as db, db:
        db.execute("CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT)")
    with contextlib.closing(sqlite3.connect(folder / "newer.db")) as db, db:
        newer = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('clippings', 'm999', '')"
        db.execute(newer)
    locked = sqlite3.connect(folder / "locked.db", isolation_level=None)
    locked.execute("PRAGMA locking_mode = EXCLUSIVE")
    locked.execute("BEGIN EXCLUSIVE")
    taken = socket.create_server(("127.0.0.1", 0))
    try:
        yield Beginner(folder, taken.getsockname()[1])
    finally:
        taken.close()
        locked.close()

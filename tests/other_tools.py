"""Programs that people open an archive with, each as a process or library of its own, asked the same things.

`python -m bench tools` prints what each can do; tests/archive/test_other_tools.py asserts it.
"""

from __future__ import annotations

import ast
import csv
import importlib.util
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.archive.reading_views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = tuple[str, ...]
PAGE = Path(__file__).parent.parent / "docs" / "research.md"
DATES = "SELECT id, published_day, published_utc FROM clippings ORDER BY id"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a tool made of an archive. Rows are texts, sorted; NULL is the empty text."""

    listed: frozenset[str]
    """Tables and views by name."""
    rows: dict[str, int]
    """How many rows it read of each view."""
    dates: list[Row]
    """Id, day and time of each article, after the tool read them as dates."""
    questions: list[list[Row]]
    """The rows of each question of docs/research.md."""


def read_page(language: str) -> tuple[str, list[str]]:
    """The code of docs/research.md in one language: how it opens the file ('' for SQL), and the five questions."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return ("", blocks) if language == "sql" else (blocks[0], blocks[1:])


def as_texts(rows: Iterable[Iterable[Any]]) -> list[Row]:
    """Rows as sorted texts: a day at midnight as a day, what is missing as nothing."""
    return sorted(tuple(_as_text(value) for value in row) for row in rows)


def _as_text(value: Any) -> str:
    text = "" if value is None or value != value else str(value)
    return "" if text in ("NaT", "None", "NA", "<NA>") else text.removesuffix(" 00:00:00")


def _ask(query: Callable[[str], list[Row]], names: Iterable[str]) -> Answers:
    """Ask a tool that takes SQLite's SQL."""
    rows = {view: len(query(f"SELECT * FROM {view}")) for view in VIEWS}
    dates = query("SELECT id, date(published_day), datetime(published_utc) FROM clippings")
    return Answers(frozenset(names), rows, dates, [query(sql) for sql in read_page("sql")[1]])


def ask_sqlite3(archive: Path) -> Answers:
    """Python's own module."""
    with closing(sqlite3.connect(archive)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master")]
        return _ask(lambda sql: as_texts(db.execute(sql)), names)


def ask_sqlite_utils(archive: Path) -> Answers:
    """Its commands `tables`, `views` and `query`, in this process."""
    from click.testing import CliRunner
    from sqlite_utils.cli import cli

    def call(command: str, *words: str) -> list[dict[str, Any]]:
        done = CliRunner().invoke(cli, [command, str(archive), *words], catch_exceptions=False)
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    names = [row[kind] for kind in ("table", "view") for row in call(f"{kind}s")]
    return _ask(lambda sql: as_texts(row.values() for row in call("query", sql)), names)


DATASETTE = """
import asyncio, json, sys
from datasette.app import Datasette
async def main():
    served = Datasette([sys.argv[1]], settings={"max_returned_rows": 100000})
    answers = []
    for address in json.load(sys.stdin):
        answer = await served.client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        answers.append(answer.json())
    json.dump(answers, sys.stdout)
asyncio.run(main())
"""


def ask_datasette(archive: Path) -> Answers:
    """Datasette without any plugin, as a process."""
    from urllib.parse import urlencode

    def get(addresses: list[str]) -> list[Any]:
        environment = {**os.environ, "DATASETTE_LOAD_PLUGINS": ""}
        command = [sys.executable, "-c", DATASETTE, str(archive)]
        given = json.dumps(addresses)
        done = subprocess.run(
            command, env=environment, input=given, check=True, capture_output=True, text=True
        )
        found: list[Any] = json.loads(done.stdout)
        return found

    base = f"/{archive.stem}"
    asked = ["SELECT id, date(published_day), datetime(published_utc) FROM clippings", *read_page("sql")[1]]
    addresses = [
        f"{base}.json",
        *(f"{base}/{view}.json?_shape=arrays&_size=max" for view in VIEWS),
        *(f"{base}.json?" + urlencode({"sql": sql, "_shape": "arrays", "_size": "max"}) for sql in asked),
    ]
    start, *answers = get(addresses)
    names = {table["name"] for table in start["tables"]} | {view["name"] for view in start["views"]}
    pages = [answer["rows"] for answer in answers]
    rows = {view: len(page) for view, page in zip(VIEWS, pages, strict=False)}
    dates, *questions = (as_texts(page) for page in pages[len(VIEWS) :])
    return Answers(frozenset(names), rows, dates, questions)


def duckdb_extension() -> Path:
    """DuckDB's sqlite extension for its version, from the package that brings it."""
    import duckdb

    found = importlib.util.find_spec("duckdb_extension_sqlite_scanner")
    if found is None or found.origin is None:
        raise FileNotFoundError("duckdb-extension-sqlite-scanner is not installed")
    folder = Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}"
    return folder / "sqlite_scanner.duckdb_extension"


def ask_duckdb(archive: Path) -> Answers:
    """DuckDB with its sqlite extension, which comes from PyPI and not from the network."""
    import duckdb

    opening, questions = read_page("duckdb")
    with duckdb.connect() as db:
        db.execute(f"LOAD '{duckdb_extension()}'")
        db.execute(opening.replace("archive.db", str(archive)))
        names = {row[0] for row in db.execute("SHOW TABLES").fetchall()}
        names &= {row[0] for row in db.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        rows = {view: len(db.execute(f"SELECT * FROM {view}").fetchall()) for view in VIEWS}
        dates = db.execute(
            "SELECT id, published_day::DATE, published_utc::TIMESTAMP FROM clippings"
        ).fetchall()
        return Answers(
            frozenset(names), rows, as_texts(dates), [as_texts(db.execute(q).fetchall()) for q in questions]
        )


def ask_pandas(archive: Path) -> Answers:
    """pandas on Python's own module."""
    import pandas as pd

    opening, questions = read_page("python")
    scope: dict[str, Any] = {}
    exec(opening.replace("archive.db", str(archive)), scope)
    with closing(scope["db"]) as db:
        names = pd.read_sql("SELECT name FROM sqlite_master", db)["name"]
        rows = {view: len(pd.read_sql(f"SELECT * FROM {view}", db)) for view in VIEWS}
        dates = pd.read_sql(DATES, db, parse_dates=["published_day", "published_utc"])
        assert all(dates.dtypes[name].kind == "M" for name in ("published_day", "published_utc"))
        answers = [_run_python(code, scope) for code in questions]
    tables = [answer.reset_index() if isinstance(answer, pd.Series) else answer for answer in answers]
    return Answers(
        frozenset(names),
        rows,
        as_texts(dates.itertuples(index=False)),
        [as_texts(table.itertuples(index=False)) for table in tables],
    )


def _run_python(code: str, scope: dict[str, Any]) -> Any:
    """Run a piece of the page; returns what its last line is called."""
    exec(code, scope)
    last = ast.parse(code).body[-1]
    assert isinstance(last, ast.Assign)
    assert isinstance(last.targets[0], ast.Name)
    return scope[last.targets[0].id]


def ask_polars(archive: Path) -> Answers:
    """polars on Python's own module. The questions are asked in SQL; polars takes the rows."""
    import polars as pl

    with closing(sqlite3.connect(archive)) as db:

        def query(sql: str) -> pl.DataFrame:
            return pl.read_database(sql, db, infer_schema_length=None)

        names = query("SELECT name FROM sqlite_master")["name"].to_list()
        rows = {view: query(f"SELECT * FROM {view}").height for view in VIEWS}
        dates = query(DATES).with_columns(
            pl.col("published_day").str.to_date("%Y-%m-%d"),
            pl.col("published_utc").str.to_datetime("%Y-%m-%d %H:%M:%S"),
        )
        answers = [as_texts(query(sql.strip().removesuffix(";")).rows()) for sql in read_page("sql")[1]]
        return Answers(frozenset(names), rows, as_texts(dates.rows()), answers)


R = """
show <- function(name, rows) {{ cat("=== ", name, "\\n", sep = ""); write.csv(rows, stdout(), row.names = FALSE, na = "") }}
{opening}
show("names", data.frame(dbListTables(db)))
for (view in c({views})) show(view, data.frame(nrow(dbReadTable(db, view))))
dates <- dbReadTable(db, "clippings")[c("id", "published_day", "published_utc")]
dates$published_day <- as.Date(dates$published_day)
dates$published_utc <- format(as.POSIXct(dates$published_utc, tz = "UTC"), "%Y-%m-%d %H:%M:%S")
show("dates", dates)
"""


def ask_r(archive: Path) -> Answers:
    """R's RSQLite, as one process."""
    opening, questions = read_page("r")
    script = R.format(
        opening=opening.replace("archive.db", str(archive)), views=", ".join(f'"{view}"' for view in VIEWS)
    )
    for number, code in enumerate(questions):
        script += f'show("{number}", local({{\n{code}\n}}))\n'
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = ["Rscript", "--vanilla", "-"]
    done = subprocess.run(command, env=environment, input=script, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    tables = {}
    for part in done.stdout.split("=== ")[1:]:
        name, _, cells = part.partition("\n")
        tables[name] = list(csv.reader(io.StringIO(cells)))[1:]
    return Answers(
        frozenset(row[0] for row in tables["names"]),
        {view: int(tables[view][0][0]) for view in VIEWS},
        as_texts(tables["dates"]),
        [as_texts(tables[str(number)]) for number in range(len(questions))],
    )


def has_r() -> bool:
    """Whether R with RSQLite is on this machine."""
    if shutil.which("Rscript") is None:
        return False
    code = "quit(status = !requireNamespace('RSQLite', quietly = TRUE))"
    return (
        subprocess.run(["Rscript", "--vanilla", "-e", code], check=False, capture_output=True).returncode == 0
    )


TOOLS: dict[str, Callable[[Path], Answers]] = {
    "sqlite3": ask_sqlite3,
    "sqlite-utils": ask_sqlite_utils,
    "Datasette": ask_datasette,
    "DuckDB": ask_duckdb,
    "pandas": ask_pandas,
    "polars": ask_polars,
    "R": ask_r,
}

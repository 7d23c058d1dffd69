"""Export 10,000 and 100,000 articles to every format: articles a CPU second, peak memory, size, and read back by others.

python -m bench exports                          # about ten minutes of CPU
python -m bench exports --tools PYTHON_BIN       # a folder with `frictionless` and `wacz` (pip install wacz)
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.harness import ROOT, argument_parser, work_folder
from pipelines.archive.export.spreadsheets import defuse
from pipelines.archive.warc.pack import record
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SEEDED = 10_000
"""Articles that are made up; a larger archive has copies of them under other addresses."""
PAGE = b"<!doctype html><title>A page as fetched</title><p>" + b"The council of Torlen met on Monday. " * 20
FORMATS = {
    "csv": ["-o", "all.csv"],
    "jsonl": ["-o", "all.jsonl"],
    "parquet": ["-o", "all.parquet"],
    "parquet by source and month": ["--format", "parquet", "--partition", "-o", "parts"],
    "versions": ["--versions", "-o", "versions.jsonl"],
    "ris": ["-o", "all.ris"],
    "bibtex": ["-o", "all.bib"],
    "csl": ["-o", "all.csl.json"],
    "text": ["--format", "text", "-o", "corpus"],
    "word counts": ["--derived", "-o", "words.csv"],
    "package": ["--package", "-o", "package"],
    "wacz": ["-o", "pages.wacz"],
    "bagit": ["--format", "bagit", "-o", "bag"],
}


class Cost(NamedTuple):
    """Of one command: CPU and wall-clock seconds, and peak resident memory in MB."""

    cpu: float
    wall: float
    peak: float


def make_archive(work: Path, articles: int) -> Path:
    """An archive of so many articles, each with a page in one WARC file."""
    archive = work / "archive.db"
    build(archive, min(articles, SEEDED))
    with closing(sqlite3.connect(archive)) as db:
        db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
        if articles > SEEDED:
            _multiply(db, articles)
        _write_pages(db, work / "warc")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return archive


def _multiply(db: sqlite3.Connection, articles: int) -> None:
    """Copies of the articles; the search index has the first ones alone, which an export without words does not read."""
    triggers = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'articles'"
    ).fetchall()
    for (name,) in triggers:
        db.execute(f"DROP TRIGGER {name}")
    names = [row[1] for row in db.execute("PRAGMA table_info(articles)")]
    values = {"id": "id + :more", "url": "url || '?copy=' || :more", "capture_id": "id + :more"}
    places = [row[1] for row in db.execute("PRAGMA table_info(captures)")]
    for more in range(SEEDED, articles, SEEDED):
        found = ", ".join(
            {"id": "id + :more", "url": "url || '?copy=' || :more"}.get(name, name) for name in places
        )
        db.execute(
            f"INSERT INTO captures ({', '.join(places)}) SELECT {found} FROM captures WHERE id <= {SEEDED}",
            {"more": more},
        )
        chosen = ", ".join(values.get(name, name) for name in names)
        db.execute(
            f"INSERT INTO articles ({', '.join(names)}) SELECT {chosen} FROM articles WHERE id <= {SEEDED}",
            {"more": more},
        )
        db.execute(
            "INSERT INTO _article_facets (article_id, group_id, at, day) SELECT article_id + :more, group_id, at, day"
            f" FROM _article_facets WHERE article_id <= {SEEDED}",
            {"more": more},
        )


def _write_pages(db: sqlite3.Connection, folder: Path) -> None:
    folder.mkdir()
    digest = hashlib.sha256(PAGE).hexdigest()
    http = ("200 OK", (("Content-Type", "text/html"),), "HTTP/1.1")
    rows = db.execute("SELECT id, url, fetched_at FROM captures ORDER BY id").fetchall()
    with (folder / "archive-1.warc.gz").open("wb") as warc:
        for number, url, at in rows:
            name = f"<urn:uuid:00000000-0000-4000-8000-{number:012}>"
            member = record("response", url, at, name, {}, http, PAGE)
            db.execute(
                "UPDATE captures SET warc_file = 'archive-1.warc.gz', warc_offset = ?, warc_length = ?, sha256 = ?,"
                " mime = 'text/html' WHERE id = ?",
                [warc.tell(), len(member), digest, number],
            )
            warc.write(member)


MEASURED = """
import atexit, sys
from pathlib import Path

def tell_peak():
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(lines["VmHWM"].split()[0], file=sys.stderr)

atexit.register(tell_peak)
from crawler.cli import main
main()
"""
"""The command; its last line on stderr is its peak memory in kB. What `wait4` tells may be that of the process it came from."""


def run(work: Path, words: list[str]) -> Cost:
    """Run `clippings export` and wait for it."""
    began = time.perf_counter()
    with (work / "stderr").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", MEASURED, "export", "archive.db", *words],
            cwd=work,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read()
    if process.returncode:
        raise SystemExit(f"clippings export {' '.join(words)} ended with {process.returncode}: {said}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, int(said.split()[-1]) / 1000)


# --- read back


def digest_texts(texts: Iterable[str]) -> tuple[int, str]:
    """How many texts there are, and the SHA-256 of all of them in order."""
    count, digest = 0, hashlib.sha256()
    for text in texts:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
        count += 1
    return count, digest.hexdigest()


def stored(work: Path, sql: str) -> Iterable[str]:
    with closing(sqlite3.connect(work / "archive.db")) as db:
        yield from (value for (value,) in db.execute(sql))


TEXTS = "SELECT text FROM articles WHERE duplicate_of IS NULL ORDER BY id"
URLS = TEXTS.replace("SELECT text", "SELECT url")


def read_csv(path: Path) -> Iterable[str]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from (row["text"] for row in csv.DictReader(file))


def read_jsonl(path: Path) -> Iterable[str]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line)["text"] for line in file)


def read_parquet(path: Path) -> Iterable[str]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1000, columns=["text"]):
            yield from batch.column(0).to_pylist()


def read_by_duckdb(path: Path) -> Iterable[str]:
    duckdb: Any = importlib.import_module("duckdb")
    table = {
        ".csv": "read_csv(?, max_line_size = 20000000)",
        ".parquet": "read_parquet(?)",
        ".jsonl": "read_json(?)",
    }[path.suffix]
    found = duckdb.execute(f"SELECT text FROM {table}", [str(path)])
    while rows := found.fetchmany(1000):
        yield from (text for (text,) in rows)


def read_ris(path: Path) -> Iterable[str]:
    rispy: Any = importlib.import_module("rispy")
    with path.open(encoding="utf-8", newline="") as file:
        yield from (one["urls"][0] for one in rispy.load(file))


def read_bibtex(path: Path) -> Iterable[str]:
    bibtexparser: Any = importlib.import_module("bibtexparser")
    library = bibtexparser.parse_file(str(path))
    yield from (entry["url"].strip("{}") for entry in library.entries)


def read_csl(path: Path) -> Iterable[str]:
    yield from (one["URL"] for one in json.loads(path.read_text("utf-8")))


def read_corpus(path: Path) -> Iterable[str]:
    with (path / "metadata.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield (path / "texts" / row["file"]).read_bytes().decode()


def read_wacz(path: Path) -> Iterable[str]:
    """The address of each line of the index whose record warcio finds there, its digest right."""
    from warcio.archiveiterator import ArchiveIterator

    with zipfile.ZipFile(path) as pack:
        lines = gzip.decompress(pack.read("indexes/index.cdx.gz")).decode().splitlines()
        with pack.open("archive/data.warc.gz") as warc:
            for line, one in zip(
                sorted(lines, key=lambda line: int(json.loads(line.split(" ", 2)[2])["offset"])),
                (one for one in ArchiveIterator(warc, check_digests="raise") if one.rec_type == "response"),
                strict=True,
            ):
                assert (
                    one.rec_headers.get_header("WARC-Target-URI") == json.loads(line.split(" ", 2)[2])["url"]
                )
                yield one.rec_headers.get_header("WARC-Target-URI")


def read_bag(path: Path) -> Iterable[str]:
    bagit: Any = importlib.import_module("bagit")
    bagit.Bag(str(path)).validate()
    yield from stored(path / "data", TEXTS)


def defused_texts(work: Path) -> Iterable[str]:
    return (defuse(text) for text in stored(work, TEXTS))


READERS: dict[str, list[tuple[str, Callable[[Path], Iterable[str]], str]]] = {
    "csv": [("csv", read_csv, "defused"), ("duckdb", read_by_duckdb, "defused")],
    "jsonl": [("json", read_jsonl, TEXTS), ("duckdb", read_by_duckdb, TEXTS)],
    "parquet": [("pyarrow", read_parquet, TEXTS), ("duckdb", read_by_duckdb, TEXTS)],
    "ris": [("rispy", read_ris, URLS)],
    "bibtex": [("bibtexparser", read_bibtex, URLS)],
    "csl": [("json", read_csl, URLS)],
    "text": [("files", read_corpus, TEXTS)],
    "wacz": [("warcio", read_wacz, URLS)],
    "bagit": [("bagit", read_bag, TEXTS)],
}


def read_back(work: Path, name: str, path: Path) -> list[str]:
    """Read a file by each tool that is installed, and compare with the archive."""
    said = []
    for tool, read, sql in READERS.get(name, []):
        if importlib.util.find_spec(tool) is None and tool not in ("csv", "json", "files"):
            said.append(f"{tool}: skipped, not installed")
            continue
        expected = digest_texts(defused_texts(work) if sql == "defused" else stored(work, sql))
        try:
            found = digest_texts(read(path))
        except Exception as error:
            said.append(f"{tool}: FAILED, {error}")
            continue
        what = "addresses" if sql == URLS else "texts"
        said.append(f"{tool}: {found[0]:,} {what}, {'the same' if found == expected else 'OTHERS'}")
    return said


def validate(tools: Path | None, work: Path) -> list[str]:
    """Have the package and the WACZ validated by programs that are not ours."""
    commands = {
        "frictionless": ["validate", "package/datapackage.json"],
        "wacz": ["validate", "-f", "pages.wacz"],
    }
    said = []
    for name, words in commands.items():
        program = tools / name if tools else Path(shutil.which(name) or name)
        if not program.is_file():
            said.append(f"{name}: skipped, not installed (pip install wacz, in an environment of its own)")
            continue
        done = subprocess.run([str(program), *words], cwd=work, capture_output=True, text=True, check=False)
        said.append(f"{name} {words[0]}: {'valid' if done.returncode == 0 else done.stdout[-400:]}")
    return said


def measure(work: Path, articles: int, tools: Path | None, names: list[str], *, reading: bool) -> None:
    """Print a line for each format, and what other programs say of a package and a WACZ."""
    make_archive(work, articles)
    print(
        f"\n{articles:,} articles; the archive has {(work / 'archive.db').stat().st_size / 1e6:,.0f} MB",
        flush=True,
    )
    print(
        f"{'format':28} {'articles/CPU s':>14} {'CPU s':>7} {'peak MB':>8} {'MB':>8}  read back", flush=True
    )
    for name in names:
        cost = run(work, FORMATS[name])
        path = work / FORMATS[name][-1]
        files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
        size = sum(one.stat().st_size for one in files) / 1e6
        said = "; ".join(read_back(work, name, path)) if reading else ""
        print(
            f"{name:28} {articles / cost.cpu:14,.0f} {cost.cpu:7.1f} {cost.peak:8.0f} {size:8.1f}  {said}",
            flush=True,
        )
        if name not in ("package", "wacz"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if articles <= SEEDED and {"package", "wacz"} <= set(names):
        print("\n".join(validate(tools, work)), flush=True)


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--formats", nargs="+", choices=list(FORMATS), default=list(FORMATS))
    parser.add_argument("--no-reading", action="store_true", help="do not read the files back")
    parser.add_argument("--tools", type=Path, help="the folder of `frictionless` and `wacz`")
    asked = parser.parse_args()
    for articles in asked.articles:
        with work_folder(None) as work:
            measure(work, articles, asked.tools, asked.formats, reading=not asked.no_reading)
    return 0


if __name__ == "__main__":
    sys.exit(main())

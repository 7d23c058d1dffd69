"""An export has the rows that a search finds, whole and in order, and never leaves half a file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import bibtexparser
import pyarrow.parquet as pq
import pytest
import rispy
from click.testing import CliRunner, Result
from sqlite_utils import Database

from crawler.cli import cli
from crawler.sources.lists import read_opml
from pipelines.archive.export.errors import ExportError
from pipelines.archive.export.fields import choose_fields
from pipelines.archive.export.files import part_of, written_file, written_folder
from pipelines.archive.export.formats import choose_format
from pipelines.archive.export.selection import Selection, iterate_ids
from pipelines.archive.export.spreadsheets import defuse
from pipelines.archive.search import match_in_order
from pipelines.archive.search.match import Filters
from pipelines.archive.search.search import search
from tests.archives import build
from tests.conftest import ROOT

ARTICLES = 400
AWKWARD = 'She said "no", and\nleft; 50% of {it} \\ $5 & café # ~^_ 東京 \u2028 end'


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build(tmp_path_factory.mktemp("export") / "archive.db", ARTICLES)
    with closing(Database(path)) as db:
        db["articles"].update(
            3, {"title": "=1+1", "text": "- an item\n\n" + AWKWARD, "authors": json.dumps(["O. Å", "B; C"])}
        )
        db["articles"].update(4, {"published_at": None, "title": AWKWARD})
        db["articles"].update(5, {"duplicate_of": 1})
        db["articles"].update(6, {"access": "free"})
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, ["export", *map(str, words)])


def rows_of(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    csv.field_size_limit(10_000_000)
    return list(csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"), newline="")))


def articles_of(archive: Path) -> list[dict[str, Any]]:
    with closing(Database(archive)) as db:
        return list(db.query("SELECT * FROM articles WHERE duplicate_of IS NULL ORDER BY id"))


def test_every_format_has_every_article_and_the_same_text(archive: Path, tmp_path: Path) -> None:
    stored = articles_of(archive)
    assert len(stored) == ARTICLES - 1
    for name in ("all.csv", "all.jsonl", "all.ris", "all.bib", "all.csl.json"):
        result = run(archive, "-o", tmp_path / name)
        assert result.exit_code == 0, result.output
        assert f"{ARTICLES - 1} articles" in result.output
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_bytes().split(b"\n")[:-1]]
    assert len((tmp_path / "all.jsonl").read_text("utf-8").splitlines()) == len(lines)
    rows = rows_of(run(archive))
    for row, line, article in zip(rows, lines, stored, strict=True):
        assert line["text"] == article["text"]
        assert row["text"] == defuse(article["text"])
        assert line["authors"] == json.loads(article["authors"])
        assert row["authors"] == "; ".join(line["authors"])
        assert line["published_day"] == ((article["published_at"] or "")[:10] or None)
        assert (line["published_utc"] is None) == (len(article["published_at"] or "") <= 10)
        assert line["words"] == article["word_count"]
    titles = {str(row["id"]): row["title"] for row in stored}
    urls = [row["url"] for row in stored]
    assert [one["urls"][0] for one in rispy.loads((tmp_path / "all.ris").read_text("utf-8"))] == urls
    library = bibtexparser.parse_file(str(tmp_path / "all.bib"))
    assert not library.failed_blocks
    assert [entry["url"].strip("{}") for entry in library.entries] == urls
    cited = json.loads((tmp_path / "all.csl.json").read_text("utf-8"))
    assert {one["id"]: one["title"] for one in cited} == titles


def test_rows_are_those_of_the_views(archive: Path, tmp_path: Path) -> None:
    for view, options in (("clippings", []), ("versions", ["--versions"])):
        target = tmp_path / f"{view}.csv"
        assert run(archive, *options, "-o", target).exit_code == 0
        with target.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        order = "id" if view == "clippings" else "article_id, version"
        with closing(Database(archive)) as db:
            found = db.execute(f"SELECT * FROM {view} ORDER BY {order}")
            names = [column[0] for column in found.description]
            stored = [["" if cell is None else defuse(str(cell)) for cell in row] for row in found]
        assert sorted(rows[0]) == sorted(names)
        place = [rows[0].index(name) for name in names]
        assert [[row[n] for n in place] for row in rows[1:]] == stored
        assert view == "versions" or rows[0] == names


def test_versions_are_in_order_and_the_last_one_is_current(archive: Path, tmp_path: Path) -> None:
    assert run(archive, "--versions", "-o", tmp_path / "v.jsonl").exit_code == 0
    lines = [json.loads(line) for line in (tmp_path / "v.jsonl").read_text("utf-8").split("\n")[:-1]]
    with closing(Database(archive)) as db:
        old = list(db.query("SELECT * FROM revisions ORDER BY article_id, number"))
        assert [(v["article_id"], v["version"], v["text"]) for v in lines if not v["is_current"]] == [
            (row["article_id"], row["number"], row["text"]) for row in old
        ]
    current = {v["article_id"]: v for v in lines if v["is_current"]}
    for article in articles_of(archive):
        assert current[article["id"]]["version"] == article["revision"]
        assert current[article["id"]]["text"] == article["text"]


@pytest.mark.parametrize(
    ("options", "query", "filters"),
    [
        ([], "harbour OR council*", Filters()),
        (["--source", "elbe-kurier", "--source", "northern-star"], "", Filters(source=("elbe-kurier", "northern-star"))),
        (["--since", "2026-10-01", "--until", "2026-10-20"], "", Filters(since="2026-10-01", until="2026-10-20")),
        (["--section", "Politics", "--language", "en"], "", Filters(section=("Politics",), language=("en",))),
        (["--changed"], "", Filters(changed=True)),
        (["--access", "paywalled"], "", Filters(access=("paywalled",))),
        (["--access", "free"], "council", Filters(access=("free",))),
        (["--access", "unknown"], "", Filters(access=("",))),
        ([], "source:elbe-kurier OR title:council", Filters()),
        ([], "council NOT source:harbour-herald", Filters()),
        ([], "市", Filters()),
        ([], "nothinghasthisword", Filters()),
    ],
)  # fmt: skip
def test_it_finds_what_a_search_finds(
    archive: Path, options: list[str], query: str, filters: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_in_order, "WINDOW", 37)
    found = search(archive, query, filters, limit=10_000)
    ids = sorted(hit.id for hit in found.hits if hit.id != 5)
    words = [query] if query else []
    assert [int(row["id"]) for row in rows_of(run(archive, *words, *options))] == ids
    everything = sorted([*ids, *(hit.id for hit in found.hits if hit.id == 5)])
    assert [int(row["id"]) for row in rows_of(run(archive, *words, *options, "--duplicates"))] == everything


def test_the_command_search_has_the_same_filters(archive: Path) -> None:
    options = ["--language", "en", "--access", "paywalled", "--since", "2026-10-01"]
    words = ["search", str(archive), "council", *options, "-n", "1000", "--json"]
    found = CliRunner().invoke(cli, words)
    assert found.exit_code == 0, found.output
    ids = sorted(hit["id"] for hit in json.loads(found.output))
    assert ids
    assert [int(row["id"]) for row in rows_of(run(archive, "council", *options))] == ids


def written(archive: Path, target: Path, *words: str) -> Path:
    result = run(archive, *words, "-o", target)
    assert result.exit_code == 0, result.output
    return target


def test_parquet_has_real_types_and_the_same_values(archive: Path, tmp_path: Path) -> None:
    stored = articles_of(archive)
    table = pq.read_table(written(archive, tmp_path / "all.parquet"))
    assert str(table.schema.field("published_utc").type) == "timestamp[ms, tz=UTC]"
    assert str(table.schema.field("published_day").type) == "date32[day]"
    assert str(table.schema.field("authors").type).startswith("list<")
    for row, article in zip(table.to_pylist(), stored, strict=True):
        assert row["text"] == article["text"]
        assert row["authors"] == json.loads(article["authors"])
        assert (row["published_day"] or "") == "" or row["published_day"].isoformat() == article[
            "published_at"
        ][:10]
        if len(article["published_at"] or "") > 10:
            assert row["published_utc"] == datetime.fromisoformat(article["published_at"])
    folder = written(archive, tmp_path / "parts", "--format", "parquet", "--partition")
    parts = pq.read_table(folder).to_pylist()
    assert sorted(row["text"] for row in parts) == sorted(row["text"] for row in stored)
    assert {(row["source"], row["month"]) for row in parts} == {
        (row["source_id"], (row["published_at"] or "")[:7] or None) for row in stored
    }
    versions = pq.read_table(written(archive, tmp_path / "v.parquet", "--versions")).to_pylist()
    assert sum(row["is_current"] for row in versions) == len(stored) < len(versions)


def test_without_pyarrow_parquet_names_the_extra(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run(archive, "-o", tmp_path / "all.parquet")
    assert result.exit_code == 1
    assert (
        "Error: Parquet needs pyarrow, which is not installed: pip install 'clippings-archive[parquet]'"
        in result.output
    )
    assert not list(tmp_path.iterdir())


def test_a_corpus_has_a_file_an_article(archive: Path, tmp_path: Path) -> None:
    folder = written(archive, tmp_path / "corpus", "--format", "text")
    texts = {article["id"]: article["text"] for article in articles_of(archive)}
    with (folder / "metadata.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "text" not in rows[0]
    assert {int(row["id"]): (folder / "texts" / row["file"]).read_bytes().decode() for row in rows} == texts
    assert {path.name for path in (folder / "texts").iterdir()} == {row["file"] for row in rows}


def test_a_sample_is_drawn_again_by_its_seed(archive: Path) -> None:
    first = rows_of(run(archive, "--sample", "20", "--seed", "7"))
    assert len(first) == 20
    assert rows_of(run(archive, "--sample", "20", "--seed", "7")) == first
    assert rows_of(run(archive, "--sample", "20", "--seed", "8")) != first
    assert rows_of(run(archive, "--sample", "1000")) == rows_of(run(archive))
    for by, name in (("source", "source"), ("month", "published_day")):
        drawn = Counter(
            row[name][: 20 if by == "source" else 7]
            for row in rows_of(run(archive, "--sample", "3", "--by", by))
        )
        whole = Counter(row[name][: 20 if by == "source" else 7] for row in rows_of(run(archive)))
        assert drawn == {stratum: min(3, count) for stratum, count in whole.items()}


def test_word_counts_have_no_order_and_no_text(archive: Path) -> None:
    rows = rows_of(run(archive, "--derived", "--sample", "40"))
    texts = {article["id"]: article["text"] for article in articles_of(archive)}
    for number, words in groupby(rows, key=lambda row: int(row["id"])):
        counted = {row["word"]: int(row["count"]) for row in words}
        assert list(counted) == sorted(counted)
        letters = [word for word in counted if not word.isascii()]
        assert all(len(word) == 1 for word in letters if "\u4e00" <= word[0] <= "\u9fff")
        assert all(texts[number].casefold().count(word) >= count for word, count in counted.items())
    assert list(rows[0]) == ["id", "url", "source", "published_day", "language", "word", "count"]


def test_a_package_describes_itself(archive: Path, tmp_path: Path) -> None:
    folder = written(archive, tmp_path / "package", "--package", "council", "--since", "2026-10-01")
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    resource = described["resources"][0]
    data = (folder / resource["path"]).read_bytes()
    assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
    assert resource["bytes"] == len(data)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [field["name"] for field in resource["schema"]["fields"]] == list(rows[0])
    assert all(field["description"] for field in resource["schema"]["fields"])
    ours = described["clippings"]
    assert (ours["query"], ours["filters"]) == ("council", {"since": "2026-10-01"})
    assert ours["articles"] == len(rows) == sum(ours["articles_by_source"].values())
    assert ours["period"]["since"] >= "2026-10-01"
    assert set(ours["coverage"]) == set(ours["articles_by_source"])
    assert {one["title"] for one in described["sources"]}
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert {"name": "archive.db", "bytes": archive.stat().st_size, "sha256": digest} in ours["archive"][
        "files"
    ]


def test_the_sources_are_seeds_again(archive: Path, tmp_path: Path) -> None:
    found, problems = read_opml(written(archive, tmp_path / "sources.opml"))
    assert not problems
    with closing(Database(archive)) as db:
        feeds = {row["url"] for row in db.query("SELECT url FROM listings WHERE kind = 'feed'")}
    assert {feed for source in found for feed in source.feeds} == feeds


def test_ids_that_are_far_apart_cost_nothing(tmp_path: Path) -> None:
    path = build(tmp_path / "far.db", 5)
    with closing(Database(path)) as db:
        db.execute("UPDATE _article_facets SET article_id = 9223372036854775807 WHERE article_id = 5")
        db.conn.commit()
        assert list(iterate_ids(db.conn, Selection())) == [[1, 2, 3, 4, 9223372036854775807]]


def test_bytes_that_are_no_utf8_end_no_export(tmp_path: Path) -> None:
    path = build(tmp_path / "bytes.db", 3)
    with closing(Database(path)) as db:
        db.execute("UPDATE articles SET title = CAST(x'41ff42' AS TEXT) WHERE id = 2")
        db.conn.commit()
    assert [row["title"] for row in rows_of(run(path, "--columns", "title"))][1] == "A\ufffdB"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ARCHIVE", "--columns", "id,titel"], 1, "There is no column titel. Did you mean title?"),
        (["harbour", "ARCHIVE"], 2, "The archive comes first: "),
        (["ARCHIVE", "out.csv"], 2, "-o out.csv"),
        (["ARCHIVE", "-o", "ARCHIVE"], 1, "does not say which format"),
        (["ARCHIVE", "--format", "csv", "-o", "ARCHIVE"], 1, "is a database, and is not overwritten"),
        (["ARCHIVE", "-o", "FOLDER/none/out.csv"], 1, "none does not exist. Make it"),
        (["ARCHIVE", "--format", "csv", "-o", "FOLDER"], 1, "is a folder. Name a file in it"),
        (["ARCHIVE", "-o", "out.json"], 1, "For JSON write .jsonl"),
        (["ARCHIVE", "-o", "out.xls"], 1, "End it in one of .csv"),
        (["ARCHIVE", "--source", "nobody"], 1, "There is no source nobody in this archive."),
        (["ARCHIVE", "--since", "tomorrow"], 2, "tomorrow"),
        (["ARCHIVE", "--since", "2026-11-02", "--until", "2026-11-01"], 2, "is after --until"),
        (["ARCHIVE", '"'], 1, "A quotation mark is not closed."),
        (["ARCHIVE", "--format", "ris", "--columns", "id"], 1, "--columns is for csv, jsonl, parquet, text, not for ris"),
        (["none.db"], 1, "none.db does not exist. Name an archive that does, or make it with"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said_in_a_line(
    archive: Path, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    before = archive.read_bytes()
    words = [word.replace("ARCHIVE", str(archive)).replace("FOLDER", str(tmp_path)) for word in words]
    result = run(*words)
    assert result.exit_code == code, result.output
    assert said in result.output
    assert "Error: " in result.output
    assert not list(tmp_path.iterdir())
    assert archive.read_bytes() == before


def test_formats_are_told_by_the_ending(tmp_path: Path) -> None:
    for name, form in (("A.CSV", "csv"), ("b.ndjson", "jsonl"), ("c.csl.json", "csl"), ("d.bib", "bibtex")):
        assert choose_format(None, tmp_path / name).name == form
    with pytest.raises(ExportError):
        choose_format(None, tmp_path / "none")
    with pytest.raises(ExportError, match="There is no column version"):
        choose_fields(["version"])


def break_off(target: Path) -> None:
    with written_file(target) as file:
        file.write(b"half")
        raise RuntimeError


def break_off_a_folder(target: Path) -> None:
    with written_folder(target) as folder:
        (folder / "half").touch()
        raise RuntimeError


def lose_the_part(target: Path) -> None:
    with written_file(target):
        other = target.with_name("other")
        other.write_bytes(b"another's")
        other.replace(part_of(target))


def test_a_broken_export_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    part_of(target).write_bytes(b"left by a killed export")
    with pytest.raises(RuntimeError):
        break_off(target)
    with pytest.raises(RuntimeError):
        break_off_a_folder(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    with pytest.raises(ExportError, match="ran at the same time"):
        lose_the_part(target)
    with pytest.raises(ExportError, match="is not empty"):
        break_off_a_folder(tmp_path)
    assert target.read_bytes() == b"old"


def test_a_pipe_or_device_is_not_replaced_by_a_file(archive: Path, tmp_path: Path) -> None:
    pipe, link, kept = tmp_path / "pipe.csv", tmp_path / "link.csv", tmp_path / "kept.csv"
    os.mkfifo(pipe)
    result = run(archive, "-o", pipe)
    assert result.exit_code == 1
    assert "is no file but a device or a pipe" in result.output
    assert pipe.is_fifo()
    backup = CliRunner().invoke(cli, ["backup", str(archive), str(pipe), "--no-warc"])
    assert "is no file but a device or a pipe" in backup.output
    assert pipe.is_fifo()
    link.symlink_to(kept)
    assert run(archive, "-o", link).exit_code == 0
    assert link.is_symlink()
    assert kept.stat().st_size > 1000


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="no folder here in which nobody may write, root neither"
)
def test_a_folder_that_cannot_be_written_is_named(archive: Path) -> None:
    result = run(archive, "-o", "/proc/out.csv")
    assert result.exit_code == 1
    assert "/proc/out.csv cannot be written: " in result.output
    result = run(archive, "--format", "text", "-o", "/proc/corpus")
    assert result.exit_code == 1
    assert "/proc/corpus cannot be written: " in result.output


def start(archive: Path, *words: str, **named: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "crawler", "export", str(archive), *words]
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **named
    )


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    def allow_100_kb() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    process = start(archive, "-o", str(tmp_path / "out.csv"), preexec_fn=allow_100_kb)
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert errors.startswith("Error: ")
    assert "could not be written: File too large. Make room" in errors
    assert errors.count("\n") == 1
    assert not list(tmp_path.iterdir())


KILLED = """
import os, sys, signal
from pathlib import Path
from pipelines.archive.export.formats import FORMATS
from pipelines.archive.export.selection import Selection
from pipelines.archive.export.write import ExportRequest, opened, write_export

def kill(rows):
    if rows > 200:
        os.kill(os.getpid(), signal.SIGKILL)

with opened(Path(sys.argv[1])) as db:
    write_export(db, ExportRequest(Selection(), FORMATS[sys.argv[3]]), Path(sys.argv[1]), Path(sys.argv[2]), kill)
"""


@pytest.mark.slow
def test_a_killed_export_leaves_a_part_that_the_next_one_removes(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    command = [sys.executable, "-c", KILLED, str(archive), str(target), "csv"]
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert {path.name for path in tmp_path.iterdir()} == {"out.csv", "out.csv.part"}
    assert target.read_bytes() == b"old"
    assert run(archive, "-o", target).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.stat().st_size > 1000

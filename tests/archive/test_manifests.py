"""Manifests: their trees, what each command covers and supersedes, and every kind of tampering named by `verify`."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import bagit
import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.admin import manifests
from pipelines.archive.admin.manifests import add_manifests
from pipelines.archive.database import Archive
from pipelines.archive.manifest_files import write_files
from pipelines.archive.merkle import (
    EMPTY,
    TreeHasher,
    build_levels,
    climb,
    find_path,
    hash_leaf,
    hash_node,
)
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Desk


# --- trees


def plain_root(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 defines it, without thought for speed."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hash_node(plain_root(leaves[:half]), plain_root(leaves[half:]))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 33])
def test_a_tree_is_that_of_rfc_6962(count: int) -> None:
    leaves = [hash_leaf(bytes([number])) for number in range(count)]
    tree = TreeHasher()
    for leaf in leaves:
        tree.add(leaf)
    assert tree.root() == plain_root(leaves)
    for position, leaf in enumerate(leaves):
        path = find_path(build_levels(leaves), position)
        assert climb(leaf, path) == tree.root()
        assert climb(hash_leaf(b"another"), path) != tree.root()


def test_the_vectors_of_certificate_transparency_come_out() -> None:
    """Leaves and roots from the test of Google's certificate-transparency, merkletree/merkle_tree_test.cc."""
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")]
    tree = TreeHasher()
    roots = []
    for leaf in leaves:
        tree.add(hash_leaf(leaf))
        roots.append(tree.root().hex())
    assert roots[0] == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert roots[1] == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert roots[2] == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert roots[5] == "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"


# --- what verify says


@pytest.fixture
def archive(crawled: Desk, tmp_path: Path) -> Path:
    """A copy of the newspaper's archive with its files."""
    shutil.copy(crawled.archive, tmp_path)
    shutil.copytree(crawled.folder / "warc", tmp_path / "warc")
    return tmp_path / "archive.db"


def verify(archive: Path, *options: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(cli, ["verify", str(archive), "--json", *options])
    return result.exit_code, json.loads(result.output)


def change(archive: Path, sql: str) -> None:
    """Change the archive as somebody would who knows SQLite and not Clippings."""
    with closing(sqlite3.connect(archive)) as db, db:
        db.execute("PRAGMA foreign_keys = OFF")
        assert db.execute(sql).rowcount == 1


def test_a_crawl_covers_what_it_stored(archive: Path) -> None:
    code, found = verify(archive)
    assert (code, found["problems"], found["waiting"], found["manifests"]) == (0, [], 0, 1)
    with closing(sqlite3.connect(archive)) as db:
        body, sha256, file = db.execute("SELECT body, sha256, file FROM manifests").fetchone()
        of_kind = dict(db.execute("SELECT kind, count(*) FROM _manifest_leaves GROUP BY kind").fetchall())
        counts = [db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("captures", "articles")]
    assert (archive.parent / "warc" / file).read_text() == body
    assert hashlib.sha256(body.encode()).hexdigest() == sha256 == found["head"]
    assert of_kind == {"capture": counts[0], "version": counts[1], "facts": counts[1]}
    assert {k: n for k, n in json.loads(body)["of_kind"].items() if n} == of_kind


def warc_of(archive: Path) -> Path:
    (file,) = (archive.parent / "warc").glob("*.warc.gz")
    return file


def rewrite_a_record(archive: Path) -> None:
    """Change one byte of a page, and make all that lies around it agree again: digests, gzip's checksum, the row."""
    with closing(sqlite3.connect(archive)) as db, db:
        file = warc_of(archive)
        data = file.read_bytes()
        number, start, length = db.execute(
            "SELECT c.id, warc_offset, warc_length FROM captures c JOIN articles a ON a.capture_id = c.id"
            " WHERE revisit_file IS NULL ORDER BY warc_offset DESC LIMIT 1"
        ).fetchone()
        record = gzip.decompress(data[start : start + length])
        head, _, block = record.partition(b"\r\n\r\n")
        http, _, body = block.partition(b"\r\n\r\n")
        body = body[:-4].replace(b"e", b"a", 1)
        lines = [line for line in head.split(b"\r\n") if b"Digest" not in line]
        packed = gzip.compress(b"\r\n".join(lines) + b"\r\n\r\n" + http + b"\r\n\r\n" + body + b"\r\n\r\n")
        file.write_bytes(data[:start] + packed + data[start + length :])
        db.execute(
            "UPDATE captures SET sha256 = ?, warc_length = ? WHERE id = ?",
            [hashlib.sha256(body).hexdigest(), len(packed), number],
        )
        db.execute(
            "UPDATE captures SET warc_offset = warc_offset + ? WHERE warc_offset > ?",
            [len(packed) - length, start],
        )
        db.execute(
            "UPDATE captures SET revisit_offset = revisit_offset + ? WHERE revisit_offset > ?",
            [len(packed) - length, start],
        )


def flip_a_byte(archive: Path) -> None:
    file = warc_of(archive)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def manifest_of(archive: Path) -> Path:
    (file,) = (archive.parent / "warc").glob("*.json")
    return file


def edit_manifest_file(archive: Path) -> None:
    file = manifest_of(archive)
    file.write_text(file.read_text().replace('"number": 1', '"number": 2'))


def by_sql(sql: str) -> Callable[[Path], None]:
    return lambda archive: change(archive, sql)


SOME = "(SELECT id FROM articles ORDER BY id LIMIT 1 OFFSET 5)"
TAMPERINGS = {
    "one byte of a WARC file": (flip_a_byte, "archive-"),
    "a record with all its digests": (rewrite_a_record, "the record is not the one that manifest 1 of"),
    "a WARC file": (lambda archive: warc_of(archive).unlink(), "is not there;"),
    "the text of an article": (
        by_sql(f"UPDATE articles SET text = text || ' not' WHERE id = {SOME}"),
        "version 1 of article 6 (http",
    ),
    "white space alone": (
        by_sql(f"UPDATE articles SET text = replace(text, char(10), ' ') WHERE id = {SOME}"),
        "was changed (headline, intro, text, time or address) since manifest 1 of",
    ),
    "when it was published": (
        by_sql(f"UPDATE articles SET published_at = '2020-01-01' WHERE id = {SOME}"),
        "what article 6 (http",
    ),
    "when it was first seen": (
        by_sql(f"UPDATE articles SET first_seen_at = '2020-01-01T00:00:00+00:00' WHERE id = {SOME}"),
        "was changed (authors, times, section or address)",
    ),
    "an article": (
        by_sql(f"DELETE FROM articles WHERE id = {SOME}"),
        "is gone from the archive; manifest 1 of",
    ),
    "a capture": (by_sql("DELETE FROM captures WHERE id = 7"), "the row of capture 7"),
    "the time of a capture": (
        by_sql("UPDATE captures SET fetched_at = '2020-01-01T00:00:00+00:00' WHERE id = 7"),
        "capture 7 has fetched_at 2020-01-01T00:00:00Z, the record 2",
    ),
    "the address of a capture": (
        by_sql("UPDATE captures SET url = 'http://another.example/' WHERE id = 7"),
        "capture 7 has url http://another.example/, the record http",
    ),
    "an article of another program": (
        by_sql(
            "INSERT INTO articles (source_id, url, text, word_count, first_seen_at, checked_at, content_hash, extractor)"
            " SELECT source_id, 'http://made.example/up', text, word_count, first_seen_at, checked_at, content_hash,"
            f" extractor FROM articles WHERE id = {SOME}"
        ),
        "(http://made.example/up) is in no manifest",
    ),
    "a manifest's file": (edit_manifest_file, "one of them was changed"),
    "a manifest's file, gone": (
        lambda archive: manifest_of(archive).unlink(),
        "is not there; the table has it still",
    ),
    "a manifest's text": (
        by_sql("UPDATE manifests SET body = replace(body, '\"crawl\"', '\"trawl\"')"),
        "was changed: its text has not the digest",
    ),
    "a manifest's column": (
        by_sql("UPDATE manifests SET made_at = '2020'"),
        "made_at is not what its text says",
    ),
    "a manifest": (by_sql("DELETE FROM manifests"), "is gone from the table manifests"),
    "a leaf": (
        by_sql("DELETE FROM _manifest_leaves WHERE position = 9"),
        "lacks leaf 9",
    ),
    "a leaf's hash": (
        by_sql("UPDATE _manifest_leaves SET hash = zeroblob(32) WHERE position = 9"),
        "its leaves do not lead to its root",
    ),
    "a leaf called superseded": (
        by_sql("UPDATE _manifest_leaves SET superseded_by = 1, why = 'replay' WHERE position = 9"),
        "does not say that leaf 9 of an earlier one holds no longer",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_named(what: str, archive: Path) -> None:
    tamper, words = TAMPERINGS[what]
    tamper(archive)
    code, found = verify(archive)
    assert code == 1
    assert any(words in problem for problem in found["problems"]), found["problems"]


def test_a_sample_compares_records_with_manifests(archive: Path) -> None:
    assert verify(archive, "--sample", "20")[0] == 0
    rewrite_a_record(archive)
    code, found = verify(archive, "--sample", "1000")
    assert code == 1
    assert "the record is not the one that manifest 1 of" in " ".join(found["problems"])


def test_an_archive_without_manifests_has_all_covered(archive: Path) -> None:
    """As one of an earlier Clippings; its records are read once."""
    with closing(sqlite3.connect(archive)) as db, db:
        before = db.execute("SELECT kind, row_id, hash FROM _manifest_leaves ORDER BY 1, 2").fetchall()
        db.execute("DELETE FROM _manifest_leaves")
        db.execute("DELETE FROM manifests")
    manifest_of(archive).unlink()
    read: list[int] = []
    with Archive(archive) as opened:
        assert add_manifests(opened, "crawl", read_records=False) == []  # somebody waits for its end
        (made,) = add_manifests(opened, "crawl", tell=read.append)
        assert add_manifests(opened, "crawl") == []
        rows = opened.db.execute("SELECT kind, row_id, hash FROM _manifest_leaves ORDER BY 1, 2").fetchall()
    assert rows == before
    assert made.leaves == len(before)
    assert read[-1] == sum(kind == "capture" for kind, *_ in before)
    assert verify(archive)[0] == 0


def test_what_is_too_much_for_one_manifest_goes_into_a_chain(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(archive)) as db, db:
        before = {row[0] for row in db.execute("SELECT hash FROM _manifest_leaves")}
        db.execute("DELETE FROM _manifest_leaves")
        db.execute("DELETE FROM manifests")
    manifest_of(archive).unlink()
    monkeypatch.setattr(manifests, "LARGEST", 30)
    monkeypatch.setattr(manifests, "BATCH", 4)
    with Archive(archive) as opened:
        made = add_manifests(opened, "crawl")
        rows = opened.db.execute("SELECT sha256, previous FROM manifests ORDER BY number").fetchall()
        assert {row[0] for row in opened.db.execute("SELECT hash FROM _manifest_leaves")} == before
    assert len(made) > 4
    assert all(manifest.leaves <= 40 for manifest in made)
    assert [json.loads(previous) for _, previous in rows] == [[], *([sha256] for sha256, _ in rows[:-1])]
    assert verify(archive)[0] == 0


def test_a_strangers_names_of_files_are_not_written_to(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    change(archive, "UPDATE manifests SET file = '../../taken-manifest-000001-12345678.json'")
    with closing(sqlite3.connect(archive)) as db:
        assert write_files(db, tmp_path / "there" / "warc") == []
    assert "names a file outside" in " ".join(verify(archive)[1]["problems"])


def test_a_copy_has_the_manifests_with_their_stamps(archive: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(archive)) as db, db:
        db.execute("UPDATE manifests SET token = x'00', stamped_at = '2026-01-01'")
    (tmp_path / "disk").mkdir()
    for words in (
        ["backup", archive, tmp_path / "disk"],
        ["export", archive, "--format", "bagit", "-o", tmp_path / "bag"],
    ):
        result = CliRunner().invoke(cli, [str(word) for word in words])
        assert result.exit_code == 0, result.output
    bagit.Bag(str(tmp_path / "bag")).validate()
    for folder in (tmp_path / "disk" / "warc", tmp_path / "bag" / "data" / "warc"):
        assert manifest_of(archive).read_bytes() == (folder / manifest_of(archive).name).read_bytes()
        assert [path.read_bytes() for path in folder.glob("*.tsr")] == [b"\0"]


def documented_checker(folder: Path) -> Path:
    """The program of docs/evidence.md, which knows nothing of Clippings."""
    text = (ROOT / "docs/evidence.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    file = folder / "checker.py"
    file.write_text(program)
    return file


def test_a_checker_written_from_the_docs_agrees(archive: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(documented_checker(tmp_path)), str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "all well\n"), done.stderr
    for what in ("a record with all its digests", "when it was published", "a leaf", "a manifest's file"):
        folder = tmp_path / what
        shutil.copytree(archive.parent, folder, ignore=lambda *_: set(TAMPERINGS))
        tamper, _ = TAMPERINGS[what]
        tamper(folder / "archive.db")
        done = subprocess.run(
            [*command[:-1], str(folder / "archive.db")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, (what, done.stdout, done.stderr)
        assert done.stderr == ""

"""WARC files in a merge: no row of an archive ever comes to point into a file of another, whichever files are missing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from pipelines.archive.database import Archive
from pipelines.archive.merge.file_names import Span, choose_name, overlap
from pipelines.archive.records import Place
from pipelines.archive.warc import pack
from pipelines.archive.warc.reader import CaptureMissing, response
from pipelines.items import Page

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NAME = "news-20261101000000-00000.warc.gz"


def add_pages(path: Path, *names: str, file: str = "") -> None:
    """Store pages in an archive, each of its own length; their file is called `file` then."""
    with Archive(path) as archive:
        pages = [
            Page(
                url=f"http://paper.example/{name}",
                body=body_of(name),
                fetched_at=f"2026-11-0{n}T09:00:00+00:00",
            )
            for n, name in enumerate(names, 1)
        ]
        stored = archive.captures.append([pack.pack(page) for page in pages])
        with archive.db.atomic():
            for one in stored.values():
                archive.captures.insert(one, None)
        archive.captures.close()
        if file:
            (old,) = {one.place.warc_file for one in stored.values()}
            (path.parent / "warc" / old).rename(path.parent / "warc" / file)
            archive.db.execute("UPDATE captures SET warc_file = ?", [file])


def body_of(name: str) -> bytes:
    return f"<html><p>The page {name * (len(name) + ord(name[0]) % 7)}.</p></html>".encode()


def merge(target: Path, *shards: Path) -> Result:
    return CliRunner().invoke(cli, ["merge", *map(str, shards), "--into", str(target)])


def read_pages(path: Path) -> dict[str, bool]:
    """Each capture's page, and whether it can be read; it must then be the page that was stored."""
    found = {}
    with Archive(path) as archive:
        for row in archive.rows("SELECT url, warc_file, warc_offset, warc_length FROM captures"):
            name = row.pop("url").rpartition("/")[2]
            try:
                assert response(path, Place(**row))[2] == body_of(name), name
                found[name] = True
            except CaptureMissing:
                found[name] = False
    return found


def verify(path: Path) -> Result:
    return CliRunner().invoke(cli, ["verify", str(path)])


@pytest.fixture
def shards(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two archives that have a file of one name, not the same, and the place of an archive to merge them into."""
    paths = [tmp_path / name / "news.db" for name in ("north", "south", "all")]
    for path in paths:
        path.parent.mkdir()
    add_pages(paths[0], "a", "bb", file=NAME)
    add_pages(paths[1], "ccc", "dddd", file=NAME)
    (paths[2].parent / "warc").mkdir()
    return paths[0], paths[1], paths[2].with_name("all.db")


def lose(path: Path) -> Path:
    """Move the WARC file of an archive away; returns where it is now."""
    return (path.parent / "warc" / NAME).rename(path.parent / "lost.warc.gz")


@pytest.mark.parametrize("lost", ["second", "both", "in the target"])
def test_a_missing_file_keeps_its_rows_under_a_name_of_its_own(
    shards: tuple[Path, Path, Path], lost: str
) -> None:
    north, south, target = shards
    there = dict.fromkeys(("a", "bb"), lost == "second") | dict.fromkeys(
        ("ccc", "dddd"), lost == "in the target"
    )
    for path, times in ((north, ("both",)), (south, ("second", "both"))):
        if lost in times:
            lose(path)
    merge(target, north)
    if lost == "in the target":
        lose(target)
    result = merge(target, south)
    assert read_pages(target) == there
    missing = 4 - sum(there.values())
    said = verify(target)
    assert said.exit_code == 1
    assert said.output.count("2 captures lie in it") == missing // 2
    assert ("is not there" in result.output) == (lost != "in the target")


def test_a_file_that_is_found_again_is_taken_where_the_merge_said(shards: tuple[Path, Path, Path]) -> None:
    north, south, target = shards
    merge(target, north)
    lost = lose(south)
    result = merge(target, south)
    assert result.exit_code == 1
    (wanted,) = [word for word in result.output.split() if word.startswith(str(target.parent / "warc"))]
    again = merge(target, south)
    assert "nothing new" in again.output
    assert wanted in again.output
    shutil.copyfile(lost, wanted)
    assert read_pages(target) == dict.fromkeys(("a", "bb", "ccc", "dddd"), True)
    assert verify(target).exit_code == 0
    assert merge(target, south).exit_code == 0  # the target has all of it


def test_a_file_that_the_target_lost_comes_back_with_its_shard(shards: tuple[Path, Path, Path]) -> None:
    north, south, target = shards
    merge(target, north, south)
    lose(target)
    assert merge(target, north).exit_code == 0
    assert read_pages(target) == dict.fromkeys(("a", "bb", "ccc", "dddd"), True)
    assert verify(target).exit_code == 0


def test_copies_of_an_archive_that_went_on_with_one_file_are_told_apart(tmp_path: Path) -> None:
    office, one, two = (tmp_path / name / "news.db" for name in ("office", "one", "two"))
    office.parent.mkdir()
    add_pages(office, "a", "bb")
    for path in (one, two):
        shutil.copytree(office.parent, path.parent)
    add_pages(one, "ccc", "eeeee")
    add_pages(two, "dddd", "ffffff")
    add_pages(office, "gg")
    assert merge(office, one, two).exit_code == 0
    assert read_pages(office) == dict.fromkeys(("a", "bb", "gg", "ccc", "eeeee", "dddd", "ffffff"), True)
    files = sorted(path.name for path in (office.parent / "warc").iterdir())
    assert merge(office, two, one).output.count("nothing new") == 2
    assert sorted(path.name for path in (office.parent / "warc").iterdir()) == files
    assert verify(office).exit_code == 0


def test_files_are_known_by_their_beginning(tmp_path: Path) -> None:
    for folder, text in (("ours", b"one"), ("theirs", b"other")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / NAME).write_bytes(text)
    theirs, ours = tmp_path / "theirs" / NAME, tmp_path / "ours"
    with Archive(tmp_path / "archive.db") as archive:
        archive.db.execute("ATTACH ? AS shard", [str(tmp_path / "archive.db")])
        other_name = choose_name(archive.db, NAME, theirs, ours, "archive")
        assert other_name != NAME
        # like the names of the target's own files
        assert choose_name(archive.db, NAME, theirs, ours, "news") == other_name
        assert choose_name(archive.db, NAME, theirs, theirs.parent, "news") == NAME
        assert choose_name(archive.db, NAME, theirs, theirs.parent, "news", {NAME}) == other_name
        (ours / NAME).write_bytes(b"other")
        assert choose_name(archive.db, NAME, theirs, ours, "archive") == NAME
        assert choose_name(archive.db, NAME, None, ours, "archive") != NAME


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ([(0, 5, "a")], [(0, 5, "a"), (5, 9, "b")], False),
        ([(0, 5, "a")], [(5, 9, "b")], False),
        ([(0, 5, "a"), (5, 9, "b")], [(0, 5, "a"), (5, 8, "c")], True),
        ([(0, 5, "a"), (5, 9, "b")], [(0, 5, "a"), (5, 9, "c")], True),
        ([(5, 9, "b")], [(9, 2, "c")], True),
        ([], [(0, 5, "a"), (3, 5, "b")], False),  # rows that are damaged in themselves
    ],
)
def test_overlapping_records(
    ours: list[tuple[int, int, str]], theirs: list[tuple[int, int, str]], wanted: bool
) -> None:
    first, second = ({Span(*row) for row in rows} for rows in (ours, theirs))
    assert overlap(first, second) == wanted == overlap(second, first)

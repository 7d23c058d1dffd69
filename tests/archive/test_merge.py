"""Merging archives: nothing lost, nothing doubled, the same rows whatever the order, and what was forgotten stays so."""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

from bench.merged_rows import read_merged_rows
from crawler.cli import cli
from pipelines.archive.admin.erase import erase
from pipelines.archive.database import Archive, open_for_reading
from pipelines.archive.manifest_tables import FORGOTTEN, REVISED
from pipelines.archive.merge.rules import BY_HAND, CRAWLS, DERIVED, NOT_MERGED, OTHERS, SOURCES, URLS
from pipelines.archive.merge.small_tables import unite_alarms
from pipelines.archive.warc.members import read_members
from pipelines.decisions.versions import Version, order_extractors, unite_versions
from tests.conftest import Desk
from tests.newspaper.client import Newspaper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Shards(NamedTuple):
    """Folders with an archive.db each; `forgotten` is the article that north has forgotten and both have."""

    north: Path
    south: Path
    east: Path
    forgotten: str


def copy_to(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target)
    return target / "archive.db"


def run(*words: object) -> str:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shards, Newspaper]]:
    """Three archives: north and south both follow one paper, which changes between their crawls; east has papers of its own."""
    root = tmp_path_factory.mktemp("shards")
    with Newspaper(crawl_delay=0) as press:
        desks = {}
        for name, papers in (
            ("north", ("morning", "tagblatt")),
            ("south", ("tagblatt",)),
            ("east", ("minato",)),
        ):
            (root / name).mkdir()
            desks[name] = Desk(root / name, press)
            desks[name].follow(*papers)
        assert desks["north"].crawl().code == 0
        *changed, forgotten = press.articles("tagblatt.example")[:3]
        for url in changed:
            press.revise(url)
        assert desks["south"].crawl().code == 0
        assert desks["east"].crawl().code == 0
        for url in changed[:1]:
            press.revise(url, "title")
            desks["north"].run("fetch", "archive.db", url, "-s", "DOWNLOAD_DELAY=0")
        with Archive(desks["north"].archive) as archive:
            erase(archive, forgotten)
        with Archive(desks["south"].archive) as archive:
            archive.db["boilerplate"].insert(
                {
                    "source_id": "tagblatt",
                    "block_hash": "abc",
                    "text": "Mehr zum Thema",
                    "pages": 9,
                    "first_seen_at": "2026-11-01T00:00:00+00:00",
                    "last_seen_at": "2026-11-02T00:00:00+00:00",
                    "vetoed": 1,
                }
            )
        yield Shards(root / "north", root / "south", root / "east", forgotten), press


@pytest.fixture(scope="module")
def merged(shards: tuple[Shards, Newspaper], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """North, south and east in one archive."""
    found, _ = shards
    target = tmp_path_factory.mktemp("merged") / "archive.db"
    run("merge", *(folder / "archive.db" for folder in found[:3]), "--into", target)
    return target


def test_orders_and_groups_make_no_difference(
    shards: tuple[Shards, Newspaper], merged: Path, tmp_path: Path
) -> None:
    north, south, east = (folder / "archive.db" for folder in shards[0][:3])
    for name in ("reversed", "grouped", "pair"):
        (tmp_path / name).mkdir()
    run("merge", east, south, north, "--into", tmp_path / "reversed" / "archive.db")
    run("merge", south, east, "--into", tmp_path / "pair" / "pair.db")
    run("merge", tmp_path / "pair" / "pair.db", north, "--into", tmp_path / "grouped" / "archive.db")
    wanted = read_merged_rows(merged)
    assert len(wanted["articles"]) > 20
    for name in ("reversed", "grouped"):
        assert read_merged_rows(tmp_path / name / "archive.db") == wanted


def test_a_second_time_nothing_changes(shards: tuple[Shards, Newspaper], merged: Path) -> None:
    before = read_merged_rows(merged)
    files = sorted(path.name for path in (merged.parent / "warc").iterdir())
    output = run("merge", shards[0].south / "archive.db", "--into", merged)
    assert output.strip().endswith("nothing new")
    assert read_merged_rows(merged) == before
    assert sorted(path.name for path in (merged.parent / "warc").iterdir()) == files


def test_two_people_take_in_each_others_archive(shards: tuple[Shards, Newspaper], tmp_path: Path) -> None:
    north, south = (copy_to(folder, tmp_path / folder.name) for folder in shards[0][:2])
    other = copy_to(shards[0].south, tmp_path / "other")
    run("merge", shards[0].north / "archive.db", "--into", south)
    run("merge", other, "--into", north)
    assert read_merged_rows(north) == read_merged_rows(south)


def test_versions_that_only_one_saw_are_all_there(shards: tuple[Shards, Newspaper], merged: Path) -> None:
    db = open_for_reading(merged)
    both = "SELECT a.url, a.revision, count(r.id) FROM articles a LEFT JOIN revisions r ON r.article_id = a.id GROUP BY a.id"
    rows = db.execute(both).fetchall()
    assert all(revision == old + 1 for _, revision, old in rows)
    assert sorted(revision for url, revision, _ in rows if revision > 1) == [2, 3]
    assert db.execute("SELECT count(*) FROM revisions WHERE change IS NULL").fetchone() == (0,)
    db.close()


def test_what_one_has_forgotten_is_in_no_byte(shards: tuple[Shards, Newspaper], merged: Path) -> None:
    url = shards[0].forgotten
    db = open_for_reading(merged)
    assert db.execute("SELECT count(*) FROM articles WHERE url = ?", [url]).fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM captures WHERE url = ?", [url]).fetchone() == (0,)
    db.close()
    for path in merged.parent.rglob("*"):
        if path.is_file():
            assert url.encode() not in path.read_bytes()


def test_a_merged_archive_is_whole_and_crawls_on_asking_for_no_article(
    shards: tuple[Shards, Newspaper], merged: Path, tmp_path: Path
) -> None:
    _, press = shards
    copy_to(merged.parent, tmp_path / "desk")
    desk = Desk(tmp_path / "desk", press)
    desk.follow("morning", "tagblatt", "minato")
    assert desk.run("verify").code == 0
    assert desk.column("PRAGMA integrity_check") == ["ok"]
    press.forget()
    assert desk.crawl().code == 0
    articles = set(desk.column("SELECT url FROM articles"))
    assert [request["url"] for request in press.log() if request["url"] in articles] == []
    desk.assert_adds_up()


def test_a_veto_and_the_larger_count_stay(merged: Path) -> None:
    db = open_for_reading(merged)
    sql = "SELECT pages, vetoed FROM boilerplate WHERE block_hash = 'abc'"
    assert db.execute(sql).fetchall() == [(9, 1)]
    db.close()


def test_what_the_target_has_forgotten_is_not_taken_in(
    shards: tuple[Shards, Newspaper], tmp_path: Path
) -> None:
    target = copy_to(shards[0].north, tmp_path / "north")
    run("merge", shards[0].south / "archive.db", "--into", target)
    db = open_for_reading(target)
    url = shards[0].forgotten
    assert db.execute("SELECT count(*) FROM urls WHERE url = ?", [url]).fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM outcomes WHERE url LIKE 'forgotten:%'").fetchone() == (2,)
    db.close()
    for path in target.parent.rglob("*.warc.gz"):
        for member in read_members(BytesIO(path.read_bytes()), 1 << 22):
            assert url.encode() not in member.content
    run("verify", target)


def test_one_id_for_two_sites_is_refused_with_the_remedy(
    shards: tuple[Shards, Newspaper], merged: Path, tmp_path: Path
) -> None:
    shard = copy_to(shards[0].east, tmp_path / "east")
    with Archive(shard) as archive:
        archive.db.execute("UPDATE sources SET home = 'https://other.example.org/'")
    target = copy_to(merged.parent, tmp_path / "merged")
    before = read_merged_rows(target)
    result = CliRunner().invoke(cli, ["merge", str(shard), "--into", str(target)])
    assert result.exit_code == 1
    assert "--as minato=minato-2" in result.output
    assert read_merged_rows(target) == before
    run("merge", shard, "--into", target, "--as", "minato=minato-2")
    db = open_for_reading(target)
    assert ("minato-2",) in db.execute("SELECT id FROM sources").fetchall()
    assert db.execute("SELECT count(*) FROM urls WHERE source_id = 'minato-2'").fetchone() == (
        0,
    )  # same addresses
    db.close()
    result = CliRunner().invoke(cli, ["merge", str(shard), "--into", str(target), "--as", "nobody=x"])
    assert "has no source nobody" in result.output


def test_wrong_use_ends_with_2_and_makes_nothing(shards: tuple[Shards, Newspaper], tmp_path: Path) -> None:
    north = str(shards[0].north / "archive.db")
    for words, said in (
        ([north], "--into"),
        ([north, "--into", north], "is the archive to merge into"),
        ([north, "--into", str(tmp_path / "a.db"), "--as", "x"], "OLD=NEW"),
    ):
        result = CliRunner().invoke(cli, ["merge", *words])
        assert (result.exit_code, said in result.output) == (2, True), result.output
    result = CliRunner().invoke(cli, ["merge", str(tmp_path / "none.db"), "--into", str(tmp_path / "a.db")])
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])


def test_linked_files_are_the_same_file(shards: tuple[Shards, Newspaper], tmp_path: Path) -> None:
    shard = copy_to(shards[0].east, tmp_path / "east")
    run("merge", shard, "--into", tmp_path / "archive.db", "--link")
    (linked,) = (tmp_path / "warc").glob("*.warc.gz")
    (own,) = (shard.parent / "warc").glob("*.warc.gz")
    assert linked.samefile(own)


def test_every_table_has_its_place_in_a_merge(merged: Path) -> None:
    db = open_for_reading(merged)
    tables = {name for name in db.table_names() if "_fts" not in name and not name.startswith("sqlite_")}
    db.close()
    by_rule = {rule.table for rule in (SOURCES, CRAWLS, URLS, *OTHERS)}
    assert tables - {"_sqlite_migrations"} == by_rule | {*BY_HAND, *DERIVED, *NOT_MERGED}


def version(seen_at: str, text: str, **more: str) -> Version:
    return Version(seen_at, content_hash=f"hash of {text}", title="Ferry", text=text, **more)


OLD, NEW = "The ferry sails at nine.", "The ferry sails at nine, and it will take sixty cars from May on."
EXTRACTED = {"extractor": "clippings-4"}


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ([version("1", OLD, **EXTRACTED)], [version("2", OLD, **EXTRACTED)], [("1", OLD, None)]),
        (
            [version("1", OLD, **EXTRACTED)],
            [version("2", NEW, **EXTRACTED)],
            [("1", OLD, '["text"]'), ("2", NEW, None)],
        ),
        # By two extractors nothing tells who changed it.
        (
            [version("1", OLD, extractor="clippings-3")],
            [version("2", NEW, **EXTRACTED)],
            [("1", OLD, None), ("2", NEW, None)],
        ),
        # The same page, read by two extractors, is one version: that of the newer one.
        (
            [version("1", OLD, page="p", extractor="clippings-9")],
            [version("2", NEW, page="p", extractor="clippings-10")],
            [("1", NEW, None)],
        ),
        # What one archive saw between two looks of the other.
        (
            [
                version("1", OLD, change='["text"]', next_hash=f"hash of {NEW}"),
                version("3", NEW, **EXTRACTED),
            ],
            [version("2", NEW, **EXTRACTED)],
            [("1", OLD, '["text"]'), ("2", NEW, None)],
        ),
        # Only a clock differs: no version of its own.
        (
            [version("1", OLD + "\n\nUpdated 10:30", **EXTRACTED)],
            [version("2", OLD + "\n\nUpdated 11:45", **EXTRACTED)],
            [("1", OLD + "\n\nUpdated 11:45", None)],
        ),
    ],
)
def test_the_union_of_versions(
    ours: list[Version], theirs: list[Version], wanted: list[tuple[str, str, str | None]]
) -> None:
    found = unite_versions(ours, theirs)
    assert [(v.seen_at, v.text, v.change) for v in found] == wanted
    assert unite_versions(theirs, ours) == found
    assert unite_versions(found, theirs) == found


def test_extractors_are_ordered_by_their_number() -> None:
    names = ["clippings-10+9f01", "clippings-9+ffff", "trafilatura+clippings-2", "other"]
    assert sorted(names, key=order_extractors) == names[::-1]


def alarm(since: str, until: str | None) -> dict[str, str | None]:
    return {"source_id": "daily", "kind": "empty", "since": since, "until": until, "words": ""}


def test_of_lasting_alarms_the_oldest_stays_and_an_ended_one_is_ended() -> None:
    assert unite_alarms([alarm("2", None), alarm("1", None), alarm("3", "4")]) == [
        alarm("1", None),
        alarm("3", "4"),
    ]
    assert unite_alarms([alarm("1", None), alarm("1", "2")]) == [alarm("1", "2")]


def test_both_chains_of_manifests_are_whole(shards: tuple[Shards, Newspaper], merged: Path) -> None:
    db = open_for_reading(merged)
    rows = db.execute("SELECT sha256, previous, reason, number FROM manifests ORDER BY id").fetchall()
    known = {row[0] for row in rows}
    for folder in shards[0][:3]:
        theirs = open_for_reading(folder / "archive.db")
        assert {row[0] for row in theirs.execute("SELECT sha256 FROM manifests")} <= known
        theirs.close()
    followed = {one for row in rows for one in json.loads(row[1])}
    assert followed <= known
    assert [row[2] for row in rows if row[0] not in followed] == ["merge"]
    why = dict(
        db.execute("SELECT why, count(*) FROM _manifest_leaves WHERE superseded_by IS NOT NULL GROUP BY why")
    )
    assert why.keys() == {"merge", FORGOTTEN, REVISED}
    db.close()
    run("verify", merged)

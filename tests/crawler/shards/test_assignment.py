"""Which shard crawls which source, and the command lines: plain values."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from crawler.run.exit_codes import combine_exit_codes
from crawler.shards.assignment import Group, assign_groups, find_owner, group_sources, sites_of
from crawler.shards.plan import (
    Task,
    divide_processors,
    folder_of_shards,
    plan_crawl,
    plan_import,
    print_plan,
    usual_number,
)
from crawler.sources.model import Source


@pytest.mark.parametrize(
    ("sites", "addresses", "groups"),
    [
        ({}, {}, []),
        ({"a": ["a.example"], "b": ["b.example"]}, {}, [("a.example", "a"), ("b.example", "b")]),
        ({"a": ["x.example"], "b": ["x.example"]}, {}, [("x.example", "a b")]),
        # A feed at a third place joins the two that have theirs there.
        ({"a": ["a.example", "feeds.example"], "b": ["b.example", "feeds.example"]}, {}, [("a.example", "a b")]),
        # Through a chain of hosts, in whatever order they come.
        ({"c": ["z.example", "y.example"], "a": ["x.example"], "b": ["y.example", "x.example"]}, {}, [("x.example", "a b c")]),
        ({"a": ["a.example"], "b": ["b.example"]}, {"a.example": ["192.0.2.1"], "b.example": ["192.0.2.1"]}, [("a.example", "a b")]),
        ({"a": ["a.example"], "b": ["b.example"]}, {"a.example": ["192.0.2.1"], "b.example": []}, [("a.example", "a"), ("b.example", "b")]),
        # A name like an address, or like an id, joins nobody.
        ({"a": ["192.0.2.1"], "b": ["b.example"]}, {"b.example": ["192.0.2.1"]}, [("192.0.2.1", "a"), ("b.example", "b")]),
        ({"a": [], "b": ["a"]}, {}, [("a", "a"), ("a", "b")]),
    ],
)  # fmt: skip
def test_sources_that_ask_one_host_are_one_group(
    sites: dict[str, list[str]], addresses: dict[str, list[str]], groups: list[tuple[str, str]]
) -> None:
    wanted = [Group(key, tuple(ids.split())) for key, ids in groups]
    assert group_sources(sites, addresses) == wanted
    assert group_sources(dict(reversed(sites.items())), addresses) == wanted


def test_a_source_asks_its_home_and_its_listings() -> None:
    source = Source("a", "https://www.a.co.uk/", feeds=("https://feeds.b.example/rss", "not an address"))
    assert sites_of(source, ["http://news.c.example/sitemap.xml"]) == {"a.co.uk", "b.example", "c.example"}


def test_a_group_has_one_owner_and_a_new_shard_moves_few() -> None:
    keys = [f"paper{n}.example" for n in range(3000)]
    for shards in (1, 2, 7):
        before = {key: find_owner(key, shards) for key in keys}
        after = {key: find_owner(key, shards + 1) for key in keys}
        moved = [key for key in keys if before[key] != after[key]]
        assert {after[key] for key in moved} == {shards}  # to the new one, and to no other
        assert 0.7 < len(moved) / (len(keys) / (shards + 1)) < 1.3
    assert min(list(before.values()).count(shard) for shard in range(7)) > 3000 / 7 * 0.8


def test_every_source_is_in_one_shard_and_those_of_a_group_are_together() -> None:
    groups = [Group(f"g{n}.example", (f"a{n}", f"b{n}")) for n in range(50)]
    assigned = assign_groups(groups, 4)
    assert sorted(one for ids in assigned for one in ids) == sorted(
        one for group in groups for one in group.sources
    )
    for group in groups:
        assert sum(group.sources[0] in ids for ids in assigned) == 1
        assert any(set(group.sources) <= set(ids) for ids in assigned)


def test_the_command_lines_are_those_of_a_shell() -> None:
    archive = Path("my news.db")
    tasks = plan_crawl(archive, [("a", "b"), (), ("c",)], ["--seeds", "my seeds"])
    lines = [shlex.split(line) for line in print_plan(archive, tasks)]
    shards = ["my news.db.shards/00.db", "my news.db.shards/02.db"]
    assert lines == [
        ["clippings", "crawl", shards[0], "--no-alerts", "--seeds", "my seeds", "--source", "a", "--source", "b"],
        ["clippings", "crawl", shards[1], "--no-alerts", "--seeds", "my seeds", "--source", "c"],
        ["clippings", "merge", *shards, "--link", "--into", "my news.db"],
    ]  # fmt: skip


def test_each_file_is_imported_into_a_shard_of_its_own() -> None:
    files = [Path("a/CC-NEWS-1.warc.gz"), Path("b/CC-NEWS-1.warc.gz"), Path("a/CC-NEWS-1.warc.gz")]
    tasks = plan_import(Path("/x/archive.db"), files, ["--silent"])
    assert len({task.shard for task in tasks}) == len(tasks) == 2
    assert tasks == plan_import(Path("/x/archive.db"), files, ["--silent"])
    assert {task.shard.parent for task in tasks} == {folder_of_shards(Path("/x/archive.db"))}
    assert tasks[0].words == ("replay", str(tasks[0].shard), str(files[0].absolute()), "--silent")


@pytest.mark.parametrize(
    ("options", "at_a_time", "processors", "words"),
    [
        ([], 2, 8, ["-s", "EXTRACT_WORKERS=4"]),
        ([], 4, 2, ["-s", "EXTRACT_WORKERS=1"]),
        (["-s", "EXTRACT_WORKERS=3"], 2, 8, []),
    ],
)
def test_processors_are_divided(
    options: list[str], at_a_time: int, processors: int, words: list[str]
) -> None:
    assert divide_processors(options, at_a_time, processors) == words


@pytest.mark.parametrize(("processors", "number"), [(1, 2), (2, 2), (8, 2), (16, 4)])
def test_the_usual_number(processors: int, number: int) -> None:
    assert usual_number(processors) == number


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 3], 3),
        ([0, 4], 3),  # something was fetched
        ([4, 4], 4),
        ([3, 4], 3),
        ([0, 75], 75),
        ([75, 1], 1),
        ([0, 2], 1),
        ([0, -9], 1),
    ],
)
def test_codes_of_all_shards_make_one(codes: list[int], code: int) -> None:
    assert combine_exit_codes(codes) == code


def test_outputs_lie_beside_their_shard() -> None:
    task = Task(Path("archive.db.shards/07.db"), ())
    assert [task.name, task.output.name, task.errors.name] == ["07", "07.out", "07.err"]

"""A crawl in shards through the real thing: the same articles as of one process, whatever is killed."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from crawler.shards.archives import take_in
from pipelines.archive.admin.verify import verify
from pipelines.archive.database import Archive, open_for_reading
from pipelines.urls.normalize import key
from tests.conftest import Desk
from tests.newspaper.client import Newspaper

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

PAPERS = ("hangang", "minato", "morning", "tagblatt", "vestnik")
ARTICLES = (
    "SELECT url, title, text, source_id, revision, duplicate_of IS NULL FROM articles WHERE source_id IN"
    f" ({', '.join(map(repr, PAPERS))}) ORDER BY url"
)
FAST = ("-s", "DOWNLOAD_DELAY=0")


def wait_for(found: Any, seconds: float = 180) -> Any:
    """What the function returns as soon as it is true."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return value


def holder_of(shard: Path) -> int:
    """The process that crawls a shard; 0 for none."""
    try:
        return int(json.loads(shard.with_name(shard.name + ".lock-holder").read_text())["pid"])
    except (OSError, ValueError):
        return 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def has_stored(shard: Path) -> bool:
    log = shard.with_suffix(".log")
    return log.exists() and " new " in log.read_text("utf-8")


def start(desk: Desk, *options: str) -> subprocess.Popen[str]:
    return desk.start("crawl", "archive.db", *FAST, "--on", "local", "--shards", "2", *options)


def articles_asked(press: Newspaper, log: list[dict[str, Any]]) -> set[str]:
    """The keys of the articles that were sent in full."""
    sent = {key(f"http://{request['host']}{request['path']}") for request in log if request["status"] == 200}
    return sent & {key(url) for url in press.articles()}


class Sharded(Desk):
    """A desk whose first crawl, in two shards, lost one of its workers to `kill -9`."""

    code: int
    err: str


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sharded]:
    with Newspaper(crawl_delay=0) as press:
        desk = Sharded(tmp_path_factory.mktemp("sharded"), press)
        desk.follow(*PAPERS)
        (desk.folder / "clippings.toml").write_text('[[alert]]\nname = "all"\nquery = "a"\n', "utf-8")
        program = start(desk)
        shard = desk.folder / "archive.db.shards" / "00.db"
        wait_for(lambda: has_stored(shard))
        os.kill(wait_for(lambda: holder_of(shard)), signal.SIGKILL)
        _, desk.err = program.communicate(timeout=120)
        desk.code = program.returncode
        yield desk


def test_a_killed_worker_costs_nothing(sharded: Sharded, crawled: Desk) -> None:
    assert (sharded.code, sharded.err) == (0, "")
    assert sharded.rows(ARTICLES) == crawled.rows(ARTICLES)
    assert "is begun again" in (sharded.folder / "archive.db.shards" / "shards.log").read_text("utf-8")
    sharded.assert_adds_up()


def test_sources_are_divided_and_each_is_crawled_by_one(sharded: Sharded) -> None:
    crawls = [set(json.loads(cell)) for cell in sharded.column("SELECT sources FROM crawls")]
    assert set().union(*crawls) == set(PAPERS)
    assert len({frozenset(crawl) for crawl in crawls}) == 2
    for crawl in crawls:
        assert all(crawl == other or not crawl & other for other in crawls)


def test_pages_and_manifests_are_in_the_archive(sharded: Sharded) -> None:
    assert not verify(sharded.archive).problems
    assert sharded.column("SELECT count(*) FROM captures WHERE warc_file IS NULL") == [0]


def test_alerts_look_at_the_archive_and_at_no_shard(sharded: Sharded) -> None:
    assert [path.parent for path in sharded.folder.rglob("desk.db")] == [sharded.folder]


def test_a_further_shard_asks_for_no_article_again(sharded: Sharded) -> None:
    press, before = sharded.newspaper, sharded.rows(ARTICLES)
    with Archive(sharded.archive) as archive:
        archive.db.execute("UPDATE boilerplate SET vetoed = 1 WHERE source_id = 'morning'")
    seen = len(press.log())
    new = press.publish("morning.example")
    result = sharded.crawl("--on", "local", "--shards", "3", "--json")
    assert result.code == 0, result.err
    (end,) = [line for line in map(json.loads, result.out.splitlines()) if "exit_code" in line]
    assert end == {"exit_code": 0, "failing": [], "shards": dict.fromkeys(end["shards"], 0)}
    held = [row["url"] for row in sharded.rows(ARTICLES)]
    assert set(held) - {row["url"] for row in before} == {new}
    assert articles_asked(press, press.log()[seen:]) == {key(new)}
    sharded.assert_adds_up()


def test_lines_for_a_job_array_change_nothing(sharded: Sharded) -> None:
    before = sorted(sharded.folder.rglob("*"))
    result = sharded.run("shards", "archive.db", "--shards", "2", "--print", "-s", "DOWNLOAD_DELAY=2")
    assert result.code == 0
    *crawls, merge = result.out.splitlines()
    assert len(crawls) == 2
    assert all("--no-alerts --seeds seeds -s DOWNLOAD_DELAY=2 --source " in line for line in crawls)
    assert merge.startswith("clippings merge archive.db.shards/00.db ")
    assert sorted(sharded.folder.rglob("*")) == before


def test_what_is_forgotten_or_pruned_does_not_come_back_from_a_shard(sharded: Sharded) -> None:
    url = sharded.column("SELECT url FROM articles WHERE source_id = 'tagblatt' ORDER BY url")[0]
    shards = sorted((sharded.folder / "archive.db.shards").glob("*.db"))
    with closing(open_for_reading(sharded.archive)) as db:
        text = db.execute("SELECT text FROM articles WHERE url = ?", [url]).fetchone()[0]
    result = sharded.run("forget", "archive.db", url, "--yes")
    assert (result.code, result.err) == (0, "")
    assert sharded.run("prune", "archive.db", "--older", "0s").code == 0
    outcomes = sharded.column("SELECT count(*) FROM outcomes")
    for shard in shards:
        assert text.encode() not in shard.read_bytes()
        done = take_in(sharded.archive, shard)
        assert (done.articles, done.problems) == (0, [])
    assert sharded.column("SELECT count(*) FROM articles WHERE url = ?", url) == [0]
    assert sharded.column("SELECT count(*) FROM outcomes") == outcomes
    assert not verify(sharded.archive).problems

"""The commands as people use them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from crawler.cli import cli
from crawler.command_line.options import archive_and_rest
from pipelines.urls.normalize import key
from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.conftest import Desk


def test_fetch_archives_the_pages_given(desk: Desk) -> None:
    urls = desk.newspaper.articles("vestnik.example")[:2]
    result = desk.run("fetch", str(desk.archive), *urls, "-s", "DOWNLOAD_DELAY=0")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert {key(u) for u in desk.column("SELECT url FROM articles")} == {key(u) for u in urls}
    assert desk.column("SELECT id FROM sources") == ["vestnik-example"]
    desk.assert_adds_up()


def test_fetch_reads_a_list_and_files_under_the_source_in_seeds(desk: Desk) -> None:
    desk.follow("vestnik")
    urls = desk.newspaper.articles("vestnik.example")[:2]
    lines = "\n".join(["# two stories", *urls, "", urls[0]])
    result = desk.run("fetch", str(desk.archive), "-", "-s", "DOWNLOAD_DELAY=0", stdin=lines)
    assert result.code == 0
    assert set(desk.column("SELECT source_id FROM articles")) == {"vestnik"}
    assert len(desk.outcomes()) == 2


def test_fetch_looks_again_at_what_is_held(desk: Desk) -> None:
    url = desk.newspaper.articles("vestnik.example")[0]
    for _ in range(2):
        desk.run("fetch", str(desk.archive), url, "-s", "DOWNLOAD_DELAY=0")
    assert desk.outcomes()[url][0] == "unchanged"
    assert len(desk.column("SELECT url FROM articles")) == 1
    desk.assert_adds_up()


def test_fetch_wants_web_addresses(desk: Desk) -> None:
    result = desk.run("fetch", str(desk.archive), "ftp://example.org/a")
    assert result.code == 2
    assert "must begin with http:// or https://" in result.err
    assert not desk.archive.exists()


def test_search_prints_hits_with_the_words_in_their_place(crawled: Desk) -> None:
    result = crawled.run("search", str(crawled.archive), "ferry")
    assert result.code == 0
    assert "*Ferry*" in result.out
    assert "morning.example" in result.out
    assert result.out.strip().splitlines()[-1].endswith(("article", "articles"))


def test_search_as_json(crawled: Desk) -> None:
    hits = json.loads(crawled.run("search", str(crawled.archive), "ferry", "--json").out)
    assert hits
    for hit in hits:
        assert [hit["snippet"][a:b].lower() for a, b in hit["marks"]][:1] in (["ferry"], ["ferries"], [])
        assert hit["url"].startswith("http")


def test_search_for_nothing_held(crawled: Desk) -> None:
    result = crawled.run("search", str(crawled.archive), "zzzyx")
    assert (result.code, result.out.strip()) == (0, "0 articles")


def test_search_survives_bad_syntax(crawled: Desk) -> None:
    result = crawled.run("search", str(crawled.archive), 'ferry AND ("')
    assert result.code == 0
    assert "Traceback" not in result.err


@pytest.mark.parametrize("command", ["search", "status", "browse"])
def test_an_archive_that_is_not_there_is_named_with_the_remedy(desk: Desk, command: str) -> None:
    words = [command, "nowhere.db", *(["x"] if command == "search" else [])]
    result = desk.run(*words)
    assert result.code == 1
    assert "nowhere.db" in result.err
    assert "Traceback" not in result.err
    assert not (desk.folder / "nowhere.db").exists()


def test_status_tells_of_sources_and_crawls(crawled: Desk) -> None:
    result = crawled.run("status", str(crawled.archive))
    assert result.code == 0
    assert "morning" in result.out
    assert "some sources failed" in result.out
    report = json.loads(crawled.run("status", str(crawled.archive), "--json").out)
    held = {source["id"]: source["articles"] for source in report["sources"]}
    assert held["morning"] == crawled.column("SELECT count(*) FROM articles WHERE source_id = 'morning'")[0]
    assert sum(report["crawls"][0]["outcomes"].values()) == len(crawled.outcomes())


@pytest.mark.parametrize("name", ["coverage", "verify"])
def test_what_were_options_of_status_still_work_and_name_their_command(crawled: Desk, name: str) -> None:
    old = crawled.run("status", str(crawled.archive), f"--{name}", "--json")
    new = crawled.run(name, str(crawled.archive), "--json")
    assert old.err.strip().endswith(f"now: clippings {name}")
    assert (old.code, new.code, new.err) == (0, 0, "")
    assert json.loads(old.out) == json.loads(new.out)


def test_the_help_loads_nothing_that_is_slow_to_load() -> None:
    heavy = {"scrapy", "twisted", "sqlite_utils", "trafilatura", "lxml", "datasette"}
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom crawler.cli import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        f"print(*({heavy} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""


def test_wrong_usage_is_code_2() -> None:
    for words in (["crawl", "--nonsense"], ["fetch"], ["nonsense"], ["search"]):
        assert CliRunner().invoke(cli, words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "archive", "rest"),
    [
        (("ferry",), "archive.db", ["ferry"]),
        (("my.db", "ferry", "strike"), "my.db", ["ferry", "strike"]),
        (("ferry", "strike"), "archive.db", ["ferry", "strike"]),
        (
            ("http://a.example/x.db", "http://a.example/y"),
            "archive.db",
            ["http://a.example/x.db", "http://a.example/y"],
        ),
        (("my.db",), "my.db", []),
        (("My.SQLite3", "ferry"), "My.SQLite3", ["ferry"]),
        ((), "archive.db", []),
    ],
)
def test_the_archive_is_the_first_word_when_it_looks_like_one(
    words: tuple[str, ...], archive: str, rest: list[str]
) -> None:
    assert archive_and_rest(words) == (Path(archive), rest)


def test_an_unwritable_archive_is_said(desk: Desk) -> None:
    desk.follow("morning")
    desk.archive.write_text("this is no database " * 100)
    result = desk.crawl()
    assert result.code == 1
    assert "is not an SQLite file" in result.err


def test_fetch_explains_what_extraction_keeps_and_drops(desk: Desk) -> None:
    url = desk.newspaper.articles("morning.example")[0]
    truth = desk.newspaper.truth(url)
    result = desk.run("fetch", str(desk.archive), url, "--explain", "-s", "DOWNLOAD_DELAY=0")
    assert result.code == 0, result.err
    assert truth["title"] in result.out
    assert truth["paragraphs"][0][:30] in result.out
    assert not desk.archive.exists()
    gone = desk.run("fetch", "http://morning.example/nothing-here", "--explain", "-s", "DOWNLOAD_DELAY=0")
    assert "answered 404" in gone.out
    compared = desk.run("fetch", url, "--compare", "-s", "DOWNLOAD_DELAY=0")
    assert "agreement: " in compared.out
    assert f"    {truth['paragraphs'][0]}" in compared.out
    wrong = desk.run("fetch", url, "--explain", "-s", "EXTRACTOR=readability")
    assert wrong.err == "Error: EXTRACTOR cannot be 'readability'; write one of: own, trafilatura\n"


@pytest.mark.parametrize("command", ["crawl", "status", "browse", "backup", "prune", "replay", "search"])
def test_an_archives_name_that_is_too_long_is_one_line(desk, command):
    desk.follow("morning")
    further = {"backup": ["copy.db"], "search": ["harbour"]}.get(command, [])
    result = desk.run(command, "a" * 300 + ".db", *further)
    assert result.code == 1
    assert result.err.startswith("Error: ")
    assert result.err.count("\n") == 1

"""`clippings add`: looking at the newspaper's sites, and what is written of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.discovery.add_site import check_address, find_existing, report, report_and_write, to_source
from crawler.discovery.site_probe import ProbedListing, ProbedSite, probe_listing
from crawler.listings.model import FurtherListing, Listing, ListingEntry
from crawler.sources.load import load_sources, write_source
from crawler.sources.model import Source
from pipelines.items import Hints

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Desk

QUICK = ("-s", "DOWNLOAD_DELAY=0")


def test_adding_a_site_writes_its_file_and_says_what_it_has(desk: Desk) -> None:
    result = desk.run("add", *QUICK, "http://morning.example")
    assert result.err == ""
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "The Morning Ledger  http://morning.example/  (en)"
    assert lines[1].startswith("  feed     http://morning.example/feeds/latest.xml  ")
    assert " entries, newest 20" in lines[1]
    assert any("sitemap-index.xml  an index of 2 sitemaps" in line for line in lines)
    assert "  section  http://morning.example/world" in lines
    assert lines[-1] == "wrote seeds/morning-example.toml"
    [tried] = [n for n, line in enumerate(lines) if line.startswith("  tried    http://morning.example/")]
    title, words, access, rights = (line.strip() for line in lines[tried + 1 : tried + 5])
    assert title.startswith("“")
    assert " words, 20" in words
    assert words.split("), ")[1] != "no author stated"
    assert access.startswith("access: ")
    assert rights == "rights: asks for nothing"
    loaded = load_sources(desk.seeds)
    assert loaded.problems == []
    source = loaded.sources[0]
    assert (source.id, source.name, source.language) == ("morning-example", "The Morning Ledger", "en")
    assert source.home == "http://morning.example/"
    assert source.feeds == ("http://morning.example/feeds/latest.xml",)
    assert source.sitemaps == ("http://morning.example/sitemap-index.xml",)
    assert source.sections == ()


def test_what_was_added_can_be_crawled(desk: Desk) -> None:
    assert desk.run("add", *QUICK, "http://tagblatt.example/").code == 0
    assert desk.crawl().err == ""
    assert desk.column("SELECT count(*) FROM articles")[0] > 3


def test_it_is_polite(desk: Desk) -> None:
    assert desk.run("add", *QUICK, "http://morning.example").code == 0
    asked = [request["path"] for request in desk.newspaper.log()]
    assert asked[0] == "/robots.txt"
    assert len(asked) == len(set(asked))
    assert len(asked) <= 6  # one of them an article


def test_the_usual_places_are_tried_where_nothing_is_named(desk: Desk) -> None:
    desk.run("add", *QUICK, "http://vestnik.example", "http://plaza.example")
    sources = {source.id: source for source in load_sources(desk.seeds).sources}
    assert sources["vestnik-example"].feeds == ("http://vestnik.example/rss.xml",)
    # A site that has neither feed nor sitemap is followed by its pages.
    plaza = sources["plaza-example"]
    assert (plaza.feeds, plaza.sitemaps) == ((), ())
    assert plaza.sections[0] == "http://plaza.example/"
    assert "http://plaza.example/cultura/" in plaza.sections


def test_a_feed_may_be_given(desk: Desk) -> None:
    result = desk.run("add", *QUICK, "http://tagblatt.example/feed/aktuell.atom")
    assert result.code == 0
    source = load_sources(desk.seeds).sources[0]
    assert source.home == "http://tagblatt.example/"
    assert "http://tagblatt.example/feed/aktuell.atom" in source.feeds


def test_a_site_that_cannot_be_reached_is_an_error_and_the_others_are_added(desk: Desk) -> None:
    result = desk.run(
        "add", *QUICK, "http://storm.example", "http://nowhere.invalid", "http://minato.example", "not a url"
    )
    assert result.code == 1
    errors = result.err.splitlines()
    assert len(errors) == 3
    assert all(line.startswith("Error: ") for line in errors)
    assert errors[0] == (
        "Error: 'not a url' is not a web address. Give it as the browser shows it: https://www.example.org/"
    )
    assert errors[1].startswith("Error: http://storm.example: robots.txt answered 500.")
    assert errors[2].startswith("Error: http://nowhere.invalid: ")
    assert [file.name for file in desk.seeds.iterdir()] == ["minato-example.toml"]


def test_a_site_that_is_there_already_is_left_alone(desk: Desk) -> None:
    desk.seed("mine.toml", 'home = "http://minato.example/"\n')
    result = desk.run("add", *QUICK, "http://www.minato.example")
    assert result.code == 1
    assert result.err == (
        "Error: seeds/mine.toml follows http://minato.example/ already. "
        "Change that file, or delete it and add it again.\n"
    )
    assert desk.newspaper.log() == []
    assert [file.name for file in desk.seeds.iterdir()] == ["mine.toml"]


def test_a_site_in_a_list_may_get_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("https://daily.example/")
    assert find_existing("https://daily.example/", tmp_path) == ""
    write_source(Source(id="daily-example", home="https://www.daily.example/world"), tmp_path)
    assert "daily-example.toml follows" in find_existing("https://daily.example/", tmp_path)
    assert find_existing("https://daily.example/", tmp_path / "nowhere") == ""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("daily.example", ""),
        ("https://daily.example/news", ""),
        ("feed://daily.example/rss", ""),
        ("two words", "is not a web address"),
        ("ftp://daily.example", "is not a web address"),
        ("https://ann:hunter2@daily.example", "has a password in it"),
    ],
)
def test_an_address_is_looked_at_before_it_is_asked(url: str, words: str) -> None:
    problem = check_address(url)
    assert words in problem
    assert bool(problem) == bool(words)
    assert "hunter2" not in problem


def test_what_works_is_written_and_what_does_not_is_told() -> None:
    site = ProbedSite(
        given="daily.example",
        home="https://www.daily.example/",
        name="Daily",
        listings=[
            ProbedListing("feed", "https://www.daily.example/rss", entries=1, newest="2026-11-23"),
            ProbedListing("feed", "https://www.daily.example/old", error="is a web page, not a feed"),
            ProbedListing("feed", "https://www.daily.example/empty"),
            ProbedListing("sitemap", "https://www.daily.example/map.xml", children=12),
        ],
        sections=[f"https://www.daily.example/{number}" for number in range(12)],
        articles=30,
    )
    source = to_source(site)
    assert source.feeds == ("https://www.daily.example/rss",)
    assert source.sitemaps == ("https://www.daily.example/map.xml",)
    lines = report(site)
    assert lines[:5] == [
        "Daily  https://www.daily.example/",
        "  feed     https://www.daily.example/rss  1 entry, newest 2026-11-23",
        "  feed     https://www.daily.example/old  of no use: is a web page, not a feed",
        "  feed     https://www.daily.example/empty  0 entries",
        "  sitemap  https://www.daily.example/map.xml  an index of 12 sitemaps",
    ]
    assert lines[-2:] == ["  and 2 more sections", "  30 links to articles on the home page"]


def test_a_site_with_nothing_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = report_and_write(
        ProbedSite(given="http://daily.example", home="http://daily.example/"), tmp_path
    )
    assert "no feed, no sitemap and no link to an article was found" in problem
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out.startswith("a site without a name  http://daily.example/\n")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "seeds").write_text("a file where a folder should be")
    site = ProbedSite(given="http://daily.example", home="http://daily.example/", articles=3)
    problem = report_and_write(site, tmp_path / "seeds")
    assert (
        problem
        == f"{tmp_path}/seeds cannot be written (Not a directory). Choose another folder with --seeds."
    )


def test_the_newest_entry_is_told_by_its_day() -> None:
    entries = [
        ListingEntry("https://x.example/a", Hints(published_at="2026-11-22T23:00:00+00:00")),
        ListingEntry("https://x.example/b", Hints(modified_at="2026-11-23")),
        ListingEntry("https://x.example/c", Hints()),
    ]
    assert probe_listing("feed", "u", Listing("feed", entries)) == ProbedListing(
        "feed", "u", 3, 0, "2026-11-23"
    )
    index = Listing(
        "sitemap", more=[FurtherListing("sitemap", "x", "2026-11-01"), FurtherListing("sitemap", "y")]
    )
    assert probe_listing("sitemap", "u", index) == ProbedListing("sitemap", "u", 0, 2, "2026-11-01")

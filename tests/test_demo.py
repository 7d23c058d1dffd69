"""What the newspapers of `make demo` print after its edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.user_settings import read_user_settings
from tests.demo import SETTINGS, WALL, edit, replaced_words
from tests.newspaper.client import Newspaper, write_seeds

if TYPE_CHECKING:
    from pathlib import Path


def test_the_edits_are_those_of_newspapers() -> None:
    with Newspaper(crawl_delay=0, demo=True) as paper:
        before = {url: paper.truth(url) for url in paper.articles()}
        copies = {truth["source"]: url for url, truth in before.items() if truth["wire"] == "rates"}
        assert set(copies) == {"morning", "hangang", "evening"}
        edit(paper)
        after = {url: paper.truth(url) for url in paper.articles()}
        assert paper.get("http://morning.example/robots.txt")[0] == 200
        with pytest.raises(RuntimeError, match="has no text"):
            paper.rewrite(copies["evening"], old="no such words")
    (gone,) = before.keys() - after.keys()
    (fresh,) = after.keys() - before.keys()
    assert gone.endswith("/lost-heron")
    assert fresh.endswith("/choir-in-the-dock")
    changed = {url for url in before.keys() & after.keys() if before[url] != after[url]}
    wall = next(url for url in changed if url.endswith(WALL))
    assert changed == {wall, copies["morning"], copies["hangang"]}
    assert "will be raised" in before[wall]["title"]
    assert "could be raised" in after[wall]["title"]
    assert len(after[wall]["paragraphs"]) == len(before[wall]["paragraphs"]) - 1
    texts = {name: after[url]["text"] for name, url in copies.items()}
    assert ["rose by 3.2 per cent" in texts[name] for name in ("morning", "hangang", "evening")] == [
        True,
        True,
        False,
    ]
    assert ["Correction: " in texts[name] for name in ("morning", "hangang", "evening")] == [
        True,
        False,
        False,
    ]


def test_the_words_that_gave_way_are_named() -> None:
    old, new = (
        "Prices rose by 2.3 per cent in May.",
        "Prices rose by 3.2 per cent in May. Correction: it was 3.2.",
    )
    assert replaced_words(old, new) == "2.3 -> 3.2"
    assert replaced_words(old, old) == ""


def test_only_the_demo_has_the_third_paper(tmp_path: Path) -> None:
    names = {file.name for file in write_seeds(tmp_path / "demo", demo=True)}
    assert names - {file.name for file in write_seeds(tmp_path / "tests")} == {"evening.toml"}


def test_the_settings_of_the_demo_are_valid(tmp_path: Path) -> None:
    file = tmp_path / "clippings.toml"
    file.write_text(SETTINGS, "utf-8")
    assert {key.path for key in read_user_settings(file)} == {
        "manners.contact",
        "manners.delay",
        "crawl.recheck",
    }

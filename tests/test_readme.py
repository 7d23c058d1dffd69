"""What README and docs tell people to type: the commands are there, and take these options."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from crawler.cli import load_commands
from tests.conftest import ROOT

PAGES = ["README.md", *(f"docs/{file.name}" for file in sorted((ROOT / "docs").glob("*.md")))]


def typed(page: str) -> list[list[str]]:
    """The `clippings ...` lines of a page's code blocks, as words."""
    blocks = re.findall(
        r"^ *```[a-z]*\n(.*?)^ *```", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [
        words[1:]
        for line in lines
        if line.startswith("clippings ") and not line.startswith("clippings [")
        for words in [shlex.split(line, comments=True)]
    ]


def test_readme_goes_from_nothing_to_an_archive() -> None:
    names = [words[0] for words in typed("README.md")]
    assert names == ["init", "add", "crawl", "browse"]


@pytest.mark.parametrize("page", PAGES)
def test_what_is_to_be_typed_is_understood(page: str) -> None:
    for words in typed(page):
        command = load_commands()[words[0]]
        context = click.Context(command, info_name=words[0])
        _, _, order = command.make_parser(context).parse_args(words[1:])
        assert order is not None, words


def test_readme_installs_before_anything_else_is_run() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme.index("uv tool install ./clippings_archive") < readme.index("$ clippings ")
    assert readme.index("pipx install ./clippings_archive") < readme.index("$ clippings ")
    assert "settings.py" not in readme


def test_readme_has_pictures_with_words_for_those_who_do_not_see_them() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert {path for _, path in pictures} == {
        "docs/pictures/demo-search.png",
        "docs/pictures/demo-difference.png",
    }
    assert all(words and (ROOT / path).is_file() for words, path in pictures)

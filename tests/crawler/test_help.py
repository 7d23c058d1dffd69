"""The help of every command fits a terminal of 80 columns, and no list in it is cut off."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from crawler.cli import cli, load_commands

GROUPS = [[], *([name] for name, command in load_commands().items() if isinstance(command, click.Group))]


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_lists_of_commands_have_whole_sentences(words: list[str]) -> None:
    printed = CliRunner().invoke(cli, [*words, "--help"], terminal_width=80).stdout
    listed = printed.partition("Commands:\n")[2].splitlines()
    assert listed
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


def test_no_line_of_help_is_wider_than_a_terminal() -> None:
    for name in load_commands():
        printed = CliRunner().invoke(cli, [name, "--help"], terminal_width=80).stdout
        assert [line for line in printed.splitlines() if len(line) > 80] == [], name

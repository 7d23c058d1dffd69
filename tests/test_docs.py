"""The docs are complete: every command, setting, table and dependency is in them."""

from __future__ import annotations

import re
import tomllib

import click
import pytest
from sqlite_utils import Database

from crawler import settings
from crawler.cli import load_commands
from pipelines.archive.migrations import migrations
from pipelines.items import Outcome
from tests.conftest import ROOT

SCRAPYS = set(__import__("scrapy.settings.default_settings", fromlist=["x"]).__dict__)


def doc(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(load_commands()))
def test_every_command_has_help_with_a_line_to_paste(name: str) -> None:
    command = load_commands()[name]
    assert command.help
    assert f"Example: clippings {name}" in command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.name}"
    assert f"## clippings {name}" in doc("cli.md")


@pytest.mark.parametrize("name", sorted(n for n in vars(settings) if n.isupper() and n not in SCRAPYS))
def test_every_setting_of_ours_is_documented(name: str) -> None:
    assert f"| `{name}` |" in doc("running.md")


def test_every_table_is_documented() -> None:
    db = Database(memory=True)
    migrations.apply(db)
    for table in db.table_names():
        if not re.search(r"_fts(_|$)", table) and not table.startswith(("sqlite_", "_sqlite_")):
            assert f"`{table}`" in doc("database.md"), table
    db.close()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_documented(outcome: Outcome) -> None:
    assert f"| `{outcome}` |" in doc("database.md")


def test_every_dependency_says_why_it_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    why = doc("architecture.md").split("## Dependencies")[1].lower()
    for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
        name = re.match(r"[\w.-]+", requirement)[0]
        assert name.lower() in why, name


def test_every_dependency_is_pinned_for_ci() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {
        re.split(r"[=\[]", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
        assert re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-") in pinned, requirement


def test_links_between_the_docs_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"

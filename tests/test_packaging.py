"""The wheel that users install: its name, its command, its plugin, and what is in it."""

from __future__ import annotations

import email
import re
import zipfile
from configparser import ConfigParser
from typing import TYPE_CHECKING

import pytest

from pipelines import VERSION
from tests.wheel import PACKAGES, ROOT, build_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(build_wheel(tmp_path_factory.mktemp("wheel"))) as built:
        yield built


def test_the_wheel_has_a_name_of_its_own_and_the_command_keeps_its(wheel: zipfile.ZipFile) -> None:
    info = f"clippings_archive-{VERSION}.dist-info"
    metadata = email.message_from_string(wheel.read(f"{info}/METADATA").decode())
    assert (metadata["Name"], metadata["Version"]) == ("clippings-archive", VERSION)
    scripts = ConfigParser()
    scripts.read_string(wheel.read(f"{info}/entry_points.txt").decode())
    assert dict(scripts["console_scripts"]) == {"clippings": "crawler.__main__:main"}
    assert dict(scripts["datasette"]) == {"clippings": "browse"}


def test_the_wheel_holds_the_program_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    data = f"clippings_archive-{VERSION}.data/data/share/doc/clippings-archive/"
    docs = {name.removeprefix(data) for name in names if name.startswith(data)}
    assert docs == {file.name for file in (ROOT / "docs").glob("*.md")}
    program = {name for name in names if ".dist-info/" not in name and not name.startswith(data)}
    assert {name.partition("/")[0] for name in program} == set(PACKAGES)
    for package in PACKAGES:
        assert f"{package}/py.typed" in names
    ours = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert ours <= names


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))]
)
def test_no_page_installs_the_other_program_of_this_name(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not re.search(r"(install|add|uvx|pipx run)\s+(-\S+\s+)*['\"]?clippings(?![\w-])", text)


def test_no_part_asks_for_the_distribution_by_name() -> None:
    """Under a name that is not installed, the question fails, and where it was asked for each record, no page was kept."""
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            assert "importlib.metadata" not in file.read_text("utf-8"), file

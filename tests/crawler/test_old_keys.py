"""Keys of earlier versions in a source's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.sources.toml import read_toml
from pipelines.items import Noarchive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("lines", "meant", "noted"),
    [
        ("keep_noarchive = true", Noarchive.KEEP, True),
        ("keep_noarchive = false", Noarchive.EXCLUDE, True),
        ('keep_noarchive = true\nnoarchive = "text"', Noarchive.TEXT, False),
        ('noarchive = "exclude"', Noarchive.EXCLUDE, False),
        ("", None, False),
    ],
)
def test_keep_noarchive(tmp_path: Path, lines: str, meant: Noarchive | None, noted: bool) -> None:
    path = tmp_path / "daily.toml"
    path.write_text(f'home = "https://daily.example/"\n{lines}\n')
    source, problems = read_toml(path)
    assert problems == []
    assert source is not None
    assert source.noarchive == meant
    assert [f'noarchive = "{meant}"' in note for note in source.notes] == [True] * noted

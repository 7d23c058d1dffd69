"""What somebody wrote, shown in a message as it was written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.clean_text import quote_value

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("h1::text", "'h1::text'"),
        (r"C:\seeds", r"'C:\seeds'"),
        ("it's", "'it's'"),
        ("서울", "'서울'"),
        ("two\nlines\x1b[2J", "'two lines[2J'"),
        ("e\u0301", "'e\u0301'"),
        (Path("a b"), "'a b'"),
    ],
)
def test_a_value_is_shown_as_it_was_written(value: object, shown: str) -> None:
    assert quote_value(value) == shown


def test_no_message_shows_how_python_writes_a_value() -> None:
    """What is left makes a hash, or says that the program called a function wrongly."""
    found = {
        (path.relative_to(ROOT).as_posix(), line.strip())
        for package in ("crawler", "pipelines", "browse")
        for path in (ROOT / package).rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\{[^{}]+!r\}|\brepr\(", line)
    }
    assert {path for path, line in found if "not a time" not in line} <= {
        "crawler/replay/import_options.py",
        "crawler/replay/replay_run.py",
        "pipelines/extraction/extract.py",
    }, found

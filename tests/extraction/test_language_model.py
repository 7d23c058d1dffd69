"""The copy of the language model in the user's cache folder: the same answers with it, without it, and of a damaged one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipelines.extraction.metadata import language_model
from pipelines.extraction.metadata.language_model import Identifier, load_identifier
from pipelines.zstd import zstd
from tests.extraction.test_language import ENGLISH, GERMAN, KOREAN, NORWEGIAN, ZULU

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

TEXTS = (ENGLISH, GERMAN, ZULU, KOREAN, NORWEGIAN, ENGLISH + GERMAN, ENGLISH[:90].upper(), "1926", "")


def answers(identifier: Identifier) -> list[tuple[str, float]]:
    return [identifier.classify(text) for text in TEXTS]


@pytest.fixture(scope="module")
def expected() -> list[tuple[str, float]]:
    """What py3langid answers by itself."""
    return answers(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A copy as it is written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        load_identifier()
        return language_model._find_file().read_bytes()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the copy belongs in a cache folder that is still empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return language_model._find_file()


def turn_bit(packed: bytes) -> bytes:
    middle = len(packed) // 2
    return packed[:middle] + bytes([packed[middle] ^ 1]) + packed[middle + 1 :]


def with_table(shape: list[int]) -> bytes:
    return zstd.compress(json.dumps({"tables": {"nb_ptc": ["<f2", shape]}}).encode() + b"\n")


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda packed: b"",
    "cut off": lambda packed: packed[: len(packed) // 2],
    "one bit": turn_bit,
    "other bytes": lambda packed: b"<html>" * 1000,
    "shorter than its tables": lambda packed: with_table([1000]),
    "longer than its tables": lambda packed: packed + zstd.compress(b"more"),
    "tables without end": lambda packed: with_table([1 << 40, 142]),
}


def test_a_second_start_reads_what_the_first_wrote(
    copy: Path, expected: list[tuple[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answers(load_identifier()) == expected
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    monkeypatch.setattr(LanguageIdentifier, "from_model_file", None)  # what unpacks the model
    second = load_identifier()
    assert answers(second) == expected
    assert {"en", "de", "zu"} < set(second.labels)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_copy_is_not_believed(damage: str, copy: Path, packed: bytes) -> None:
    copy.parent.mkdir(parents=True)
    copy.write_bytes(DAMAGES[damage](packed))
    with pytest.raises((ValueError, EOFError, MemoryError, zstd.ZstdError)):
        language_model._read(copy)


def test_a_damaged_copy_is_replaced(copy: Path, packed: bytes, expected: list[tuple[str, float]]) -> None:
    copy.parent.mkdir(parents=True)
    copy.write_bytes(packed[: len(packed) // 2])
    assert answers(load_identifier()) == expected
    assert copy.read_bytes() == packed


def test_a_folder_that_cannot_be_made_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: list[tuple[str, float]]
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    assert answers(load_identifier()) == expected
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has a home")
def test_a_user_without_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: list[tuple[str, float]]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError("nobody")))
    assert answers(load_identifier()) == expected
    assert not list(tmp_path.iterdir())


def test_several_first_starts_at_once(copy: Path, packed: bytes) -> None:
    """Each writes the copy, and none sees half of another's."""
    program = (
        "from pipelines.extraction.metadata.language_model import load_identifier\n"
        f"print(load_identifier().classify({GERMAN!r})[0])"
    )
    root = Path(__file__).parents[2]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "XDG_CACHE_HOME": str(copy.parents[1])},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60) for process in processes] == [("de\n", "")] * 3
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    assert copy.read_bytes() == packed

"""A shard that is filled on another disk: what goes there, what comes back, and what is not taken for whole."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from crawler.shards import handover
from crawler.shards.handover import (
    HandoverError,
    begin_receiving,
    discard_received,
    finish_receiving,
    may_travel,
    pack_errand,
    run_errand,
    write_piece,
)
from crawler.shards.plan import plan_import

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crawler.shards.handover import Errand
    from crawler.shards.plan import Task

WARC = gzip.compress(bytes(range(256)), mtime=0)


@pytest.fixture(autouse=True)
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of the program, `home`, and the one of another machine, `there`. A piece has 7 bytes."""
    for name in ("home/seeds", "home/archive.db.shards", "there"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "home" / "a.warc.gz").write_bytes(WARC)
    (tmp_path / "home" / "seeds" / "paper.toml").write_text("home")
    (tmp_path / "home" / "wanted.txt").write_text("paper.example")
    (tmp_path / "home" / "clippings.toml").write_text("[machine]")
    monkeypatch.setattr(handover, "PIECE", 7)
    monkeypatch.setattr(handover, "gettempdir", lambda: str(tmp_path / "there"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "there"))
    monkeypatch.chdir(tmp_path / "home")


def errand_of(tmp_path: Path, *options: str) -> Errand:
    home = tmp_path / "home"
    given = ["--seeds", "seeds", "--domains", str(home / "wanted.txt"), *options]
    (task,) = plan_import(home.joinpath("archive.db").relative_to(home), [home / "a.warc.gz"], given)
    assert may_travel(task, home)
    errand = pack_errand(task, home)
    return errand._replace(
        modified=errand.modified - 10**10
    )  # another file under the same path: not this one


def fill(task: Task, room: Path) -> int:
    """What the command does, in few words."""
    assert task.words[:2] == ("replay", task.shard.name)
    assert (room / task.words[task.words.index("--seeds") + 1] / "paper.toml").read_text() == "home"
    assert (room / task.words[task.words.index("--domains") + 1]).read_text() == "paper.example"
    assert (room / "clippings.toml").read_text() == "[machine]"
    fetched = room / task.words[2]
    assert fetched.name == "a.warc.gz"
    (room / "warc").mkdir()
    (room / "warc" / f"{task.name}-1.warc.gz").write_bytes(fetched.read_bytes())
    task.shard.write_bytes(str(int(fetched.stat().st_mtime)).encode() * 20)
    task.errors.write_text("one page was broken\n")
    return 3


def call(function: Callable[..., Any], *given: Any) -> Any:
    return function(*given)


def test_the_file_goes_there_and_the_shard_comes_back(tmp_path: Path) -> None:
    errand = errand_of(tmp_path)
    shard = errand.task.shard
    shard.with_name(f"{shard.name}-wal").write_bytes(b"of an earlier import")
    pieces: list[int] = []

    def ask(function: Callable[..., Any], *given: Any) -> Any:
        answer = function(*given)
        pieces.extend(len(value) for value in (answer, *given) if isinstance(value, bytes))
        return answer

    answer = run_errand(errand, "10.0.0.2", ask, fill)
    assert answer == (3, "10.0.0.2", ("one page was broken",))
    assert max(pieces) == 7
    assert shard.read_bytes() == str(errand.modified // 10**9).encode() * 20
    assert (shard.parent / "warc" / f"{shard.stem}-1.warc.gz").read_bytes() == WARC
    assert {path.suffix for path in shard.parent.iterdir()} - {".lock"} == {".db", ""}
    assert [path.name for path in shard.parent.iterdir() if path.is_dir()] == ["warc"]
    assert not list((tmp_path / "there").iterdir())


def test_a_file_that_lies_under_the_same_path_is_not_fetched(tmp_path: Path) -> None:
    errand = errand_of(tmp_path)
    errand = errand._replace(modified=errand.file.stat().st_mtime_ns)
    asked: list[str] = []

    def ask(function: Callable[..., Any], *given: Any) -> Any:
        asked.append(function.__name__)
        return function(*given)

    assert run_errand(errand, "b", ask, fill).code == 3
    assert "read_piece" not in asked


@pytest.mark.parametrize("code", [1, -9])
def test_of_an_import_that_failed_nothing_comes_back(code: int, tmp_path: Path) -> None:
    errand = errand_of(tmp_path)
    answer = run_errand(errand, "b", call, lambda task, room: fill(task, room) and code)
    assert (answer.code, answer.lines) == (code, ("one page was broken",))
    assert not list(errand.task.shard.parent.iterdir())


def test_what_arrives_otherwise_is_not_taken(tmp_path: Path) -> None:
    errand = errand_of(tmp_path)

    def ask(function: Callable[..., Any], *given: Any) -> Any:
        if function is write_piece and given[0].endswith(".warc.gz") and given[1] == 14:
            given = (*given[:2], b"another")
        return function(*given)

    with pytest.raises(HandoverError, match=r"-1\.warc\.gz of import-a-\w+ did not arrive as it was sent"):
        run_errand(errand, "b", ask, fill)
    folder = errand.task.shard.parent
    assert not errand.task.shard.exists()
    discard_received(folder)
    assert not list(folder.iterdir())


def test_a_machine_that_comes_back_late_changes_nothing(tmp_path: Path) -> None:
    shard = tmp_path / "home" / "archive.db.shards" / "import-a-1.db"
    late = begin_receiving(str(shard))
    write_piece(f"{late}/{shard.name}", 0, b"half")
    other = begin_receiving(str(shard.with_name("import-b-1.db")))
    again = begin_receiving(str(shard))
    with pytest.raises(FileNotFoundError):
        write_piece(f"{late}/{shard.name}", 4, b"the rest")
    with pytest.raises(FileNotFoundError):
        finish_receiving(late, str(shard), {shard.name: ""})
    for at, piece in ((0, b"who"), (3, b"le"), (3, b"le")):  # a piece may be sent twice
        write_piece(f"{again}/{shard.name}", at, piece)
    assert (shard.parent / again / shard.name).read_bytes() == b"whole"
    assert (shard.parent / other).is_dir()


def test_another_version_is_told(tmp_path: Path) -> None:
    errand = errand_of(tmp_path)._replace(version="0.0.1")
    answer = run_errand(errand, "10.0.0.2", call, fill)
    assert answer.code == 1
    assert answer.lines is not None
    assert answer.lines[0].startswith("Error: 10.0.0.2 has Clippings ")
    assert answer.lines[0].endswith("and not 0.0.1: install the same there.")


def test_what_must_stay_stays(tmp_path: Path) -> None:
    task = errand_of(tmp_path).task
    home = tmp_path / "home"
    assert may_travel(task, home)
    assert not may_travel(replace(task, file=None), home)
    assert not may_travel(task.with_options(["--point-back"]), home)
    task.shard.touch()  # begun here, and gone on with here
    assert not may_travel(task, home)

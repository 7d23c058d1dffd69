"""An import on a machine that has not the disk of the program: the WARC file goes there, and the closed shard comes back.

Nothing here knows Ray: `ask` runs one of the functions below on the program's machine. Files go in pieces, so that no
machine holds a whole one in memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir, mkdtemp
from typing import TYPE_CHECKING, Any, NamedTuple

from filelock import FileLock, Timeout

from crawler.run.exit_codes import ALL_WELL, ERROR, SOME_FAILED
from crawler.shards.archives import lock_patiently
from crawler.shards.engine import read_error_lines
from crawler.user_settings import DEFAULT_FILE
from pipelines import VERSION
from pipelines.archive.warc.reader import folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.shards.plan import Task

    Ask = Callable[..., Any]
    Run = Callable[[Task, Path], int]

PIECE = 8 * 1024 * 1024
CARRIED = ("--seeds", "--config", "--domains")
"""Options that name a small file, or a folder of small files, which goes along."""
RECEIVING = "receiving-"
ROOM = "clippings-import-"
SECONDS_TO_LOCK = 60.0
"""How old a folder must be before it counts as left behind: a new one is locked a moment after it is made."""


class Errand(NamedTuple):
    """An import as it travels. `task` has the paths of the program's machine, `words` those within a folder of its own, but for
    the WARC file; `carried` are small files by their path in that folder. `modified` is in nanoseconds.
    """

    task: Task
    words: tuple[str, ...]
    file: Path
    size: int
    modified: int
    carried: dict[str, bytes]
    version: str = VERSION


class Answer(NamedTuple):
    """How an import ended: its exit code, the machine where it ran, and what it wrote there for a person, None at home."""

    code: int
    node: str
    lines: tuple[str, ...] | None = None


class HandoverError(Exception):
    """A file did not arrive as it was sent."""


def may_travel(task: Task, folder: Path) -> bool:
    """Whether another machine may do it: an import that was not begun here. The places of --point-back are of this machine."""
    return task.file is not None and "--point-back" not in task.words and not (folder / task.shard).exists()


def pack_errand(task: Task, folder: Path) -> Errand:
    """All that another machine needs. `folder` is where the program runs. Raises `OSError`."""
    file = folder / (task.file or "")
    stat = file.stat()
    words, carried = list(task.words), dict[str, bytes]()
    for number, option in enumerate(task.words[:-1]):
        if option in CARRIED:
            place = folder / task.words[number + 1]
            words[number + 1] = name = f"{option[2:]}/{place.name}"
            carried |= _read_small_files(place, name)
    if "--config" not in words:
        carried |= _read_small_files(folder / DEFAULT_FILE, DEFAULT_FILE.name)
    words = [task.shard.name if word == str(task.shard) else word for word in words]
    there = replace(task, shard=folder / task.shard, file=file)
    return Errand(there, tuple(words), file, stat.st_size, stat.st_mtime_ns, carried)


def _read_small_files(place: Path, name: str) -> dict[str, bytes]:
    if place.is_dir():
        files = [path for path in place.rglob("*") if path.is_file()]
        return {f"{name}/{path.relative_to(place).as_posix()}": path.read_bytes() for path in files}
    return {name: place.read_bytes()} if place.is_file() else {}


# --- on the other machine


def run_errand(errand: Errand, node: str, ask: Ask, run: Run) -> Answer:
    """Import into a shard on the disk of this machine, `node`, and hand it over. Raises `OSError` and `HandoverError`."""
    if errand.version != VERSION:
        told = f"Error: {node} has Clippings {VERSION} and not {errand.version}: install the same there."
        return Answer(ERROR, node, (told,))
    with make_room() as room:
        for name, content in errand.carried.items():
            (room / name).parent.mkdir(parents=True, exist_ok=True)
            (room / name).write_bytes(content)
        file = errand.file if _is_here(errand) else fetch_file(errand, room, ask)
        words = tuple(str(file) if word == str(errand.file) else word for word in errand.words)
        task = replace(errand.task, shard=room / errand.task.shard.name, words=words)
        code = run(task, room)
        lines = tuple(read_error_lines(task))
        if code in (ALL_WELL, SOME_FAILED) and task.shard.exists():
            hand_over(task.shard, errand.task.shard, ask)
    return Answer(code, node, lines)


def _is_here(errand: Errand) -> bool:
    """Whether this machine reads the same file under the same path, as on a shared disk."""
    with contextlib.suppress(OSError):
        stat = errand.file.stat()
        # The name of an import has the time, in whole seconds.
        return stat.st_size == errand.size and stat.st_mtime_ns // 10**9 == errand.modified // 10**9
    return False


def fetch_file(errand: Errand, room: Path, ask: Ask) -> Path:
    """Bring the WARC file here, with its time. Raises `OSError` and `HandoverError`."""
    path = room / "input" / errand.file.name
    path.parent.mkdir()
    with path.open("wb") as out:
        while piece := ask(read_piece, str(errand.file), out.tell()):
            out.write(piece)
    if path.stat().st_size != errand.size:
        raise HandoverError(f"{errand.file} changed while it was read.")
    os.utime(path, ns=(errand.modified, errand.modified))
    return path


def hand_over(shard: Path, home: Path, ask: Ask) -> None:
    """Send a closed shard, its database and its WARC files, to the program's machine, as `home`. Raises as `run_errand`."""
    log = shard.with_name(shard.name + "-wal")
    files = [shard, *([log] if log.exists() else []), *sorted(folder_of(shard).glob("*"))]
    receiving = ask(begin_receiving, str(home))
    digests = {}
    for file in files:
        name = file.relative_to(shard.parent).as_posix()
        digests[name] = _send_file(file, f"{receiving}/{name}", ask)
    ask(finish_receiving, receiving, str(home), digests)


def _send_file(file: Path, place: str, ask: Ask) -> str:
    """Send one file in pieces; returns its SHA-256."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        at = 0
        while (piece := opened.read(PIECE)) or not at:
            ask(write_piece, place, at, piece)
            digest.update(piece)
            at += len(piece)
            if not piece:
                break
    return digest.hexdigest()


@contextlib.contextmanager
def make_room() -> Iterator[Path]:
    """A folder on this machine's disk, deleted afterwards; what killed imports left is deleted before."""
    for old in Path(gettempdir()).glob(f"{ROOM}*"):
        with contextlib.suppress(OSError, Timeout):
            if time.time() - old.stat().st_mtime > SECONDS_TO_LOCK:
                with FileLock(old / ".held", timeout=0):
                    shutil.rmtree(old)
    with (
        TemporaryDirectory(prefix=ROOM, ignore_cleanup_errors=True) as name,
        FileLock(Path(name) / ".held", timeout=0),
    ):
        yield Path(name)


# --- on the program's machine


def read_piece(path: str, at: int) -> bytes:
    """The next bytes of a file, none at its end. Raises `OSError`."""
    with Path(path).open("rb") as file:
        file.seek(at)
        return file.read(PIECE)


def begin_receiving(home: str) -> str:
    """A new folder for what is sent of a shard. An earlier one, of a machine that died, is deleted: what it still sends fails."""
    shard = Path(home)
    discard_received(shard.parent, shard.stem)
    folder = Path(mkdtemp(prefix=f"{RECEIVING}{shard.stem}-", dir=shard.parent))
    folder_of(folder / shard.name).mkdir()
    return str(folder)


def write_piece(path: str, at: int, piece: bytes) -> None:
    """Write bytes to their place; the same twice changes nothing. Raises `OSError` when the folder is there no more."""
    file = Path(path)
    with file.open("r+b" if file.exists() else "xb") as out:
        out.seek(at)
        out.write(piece)


def finish_receiving(receiving: str, home: str, digests: dict[str, str]) -> None:
    """Check what was sent, and put it in the place of the shard, the database last. Raises `OSError` and `HandoverError`."""
    shard = Path(home)
    for name, digest in digests.items():
        with (Path(receiving) / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise HandoverError(f"{name} of {shard.stem} did not arrive as it was sent.")
    folder_of(shard).mkdir(exist_ok=True)
    with lock_patiently(shard):  # a command of a worker that died here holds it for some seconds
        for old in (*shard.parent.glob(f"{shard.name}-*"), *folder_of(shard).glob(f"{shard.stem}-*")):
            old.unlink()
        for name in sorted(digests, key=lambda name: name == shard.name):
            (Path(receiving) / name).replace(shard.parent / name)
    shutil.rmtree(receiving, ignore_errors=True)


def discard_received(folder: Path, stem: str = "") -> None:
    """Delete what was received in part: of one shard, or of all in this folder."""
    for old in folder.glob(f"{RECEIVING}{stem}*"):
        shutil.rmtree(old, ignore_errors=True)

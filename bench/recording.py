"""Record a first and a second crawl of the bundled newspaper, as a terminal of 80 columns shows them.

    python -m bench recording [--delay 0.3] [--every 2] [--seconds]

The line that is rewritten is printed once in so many seconds, lines that stay once. `--seconds` prints before each how long
after the start it was written: the crawl's own clock begins when its sources are read.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import NamedTuple

from bench.harness import ROOT
from tests.newspaper.client import Newspaper, write_seeds

COLUMNS, ROWS = 80, 24
CLEAR = "\r\x1b[K"


class Frame(NamedTuple):
    """What was written, and how many seconds after the start."""

    seconds: float
    text: str


def record(command: list[str], folder: Path, environment: dict[str, str]) -> list[Frame]:
    """Run a command in a terminal; what it writes, piece by piece."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    began, frames = time.monotonic(), []
    while True:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says so when the command has closed its terminal
            break
        if not piece:
            break
        frames.append(Frame(time.monotonic() - began, piece.decode("utf-8", "replace")))
    os.waitpid(pid, 0)
    os.close(terminal)
    return frames


def shown_lines(frames: list[Frame], every: float, seconds: bool) -> list[str]:
    """The lines of a recording: a drawn line once in so many seconds, all others once. Pure."""
    lines, shown, drawn_at = [], "", -every
    for frame in frames:
        before = f"{frame.seconds:5.1f} s  " if seconds else ""
        for piece in frame.text.replace("\r\n", "\n").split(CLEAR):
            drawn, *finished = piece.split("\n")[::-1]
            lines += [before + line for line in finished[::-1] if line]
            if drawn and drawn != shown and frame.seconds - drawn_at >= every:
                lines.append(before + drawn)
                shown, drawn_at = drawn, frame.seconds
    return lines


def main() -> int:
    """Print both recordings."""
    parser = argparse.ArgumentParser(
        prog="python -m bench recording", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--delay", default="0.3", help="seconds between two requests to a host")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two pictures")
    parser.add_argument("--seconds", action="store_true", help="print when each line was written")
    options = parser.parse_args()
    command = [sys.executable, "-m", "crawler", "crawl", "-s", f"DOWNLOAD_DELAY={options.delay}"]
    command += ["-s", "CONTACT=desk@example.org"]
    with tempfile.TemporaryDirectory() as name, Newspaper(crawl_delay=0) as newspaper:
        folder = Path(name)
        (folder / "seeds").mkdir()
        write_seeds(folder / "seeds")
        environment = {
            **os.environ,
            "http_proxy": newspaper.proxy,
            "no_proxy": "",
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm",
        }
        for title in ("first crawl", "second crawl"):
            print(f"{title}: $ clippings crawl")
            for line in shown_lines(record(command, folder, environment), options.every, options.seconds):
                print(line)
            print()
    return 0

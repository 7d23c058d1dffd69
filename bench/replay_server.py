"""Runs FOLDER/replay.py and writes a line for each request to a log: `replay_server.py FOLDER LOG OPTION...`."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

folder, log = Path(sys.argv[1]), Path(sys.argv[2])
spec = importlib.util.spec_from_file_location("replay", folder / "replay.py")
replay = importlib.util.module_from_spec(spec)
sys.modules["replay"] = replay
spec.loader.exec_module(replay)

lines = log.open("w", buffering=1)
plain = replay.Connection.request


def request(self: object, line: str, headers: dict[str, str]) -> object:
    """The server's own, with a line in the log first."""
    address = line.split(" ")[1] if line.count(" ") == 2 else ""
    host, _, path = address.removeprefix("http://").partition("/")
    if "__replay__" not in path:
        lines.write(f"{time.monotonic():.6f} {host} /{path}\n")
    return plain(self, line, headers)


replay.Connection.request = request
sys.argv = ["replay.py", "serve", str(folder / "web"), "--port", "0", *sys.argv[3:]]
replay.main()

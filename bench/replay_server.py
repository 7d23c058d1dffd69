"""Run FOLDER/replay.py and log each request: `replay_server.py FOLDER LOG [--now MOMENT] OPTION...`.

MOMENT (ISO 8601) stops the clock of the server, so that two runs on different days serve the same web. Not a
measurement: the harness starts it as a process of its own.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any


def load_server(path: Path) -> Any:
    """Import the server's module from its file."""
    spec = importlib.util.spec_from_file_location("replay", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"Error: {path} is missing: the folder needs its server")
    module = importlib.util.module_from_spec(spec)
    sys.modules["replay"] = module
    spec.loader.exec_module(module)
    return module


def log_requests(module: Any, log: Path) -> None:
    """Write the moment, the host and the path of each request to a file, before the server handles it."""
    lines = log.open("w", buffering=1)
    plain = module.Connection.request

    def request(self: object, line: str, headers: dict[str, str]) -> object:
        address = line.split(" ")[1] if line.count(" ") == 2 else ""
        host, _, path = address.removeprefix("http://").partition("/")
        if "__replay__" not in path:
            lines.write(f"{time.monotonic():.6f} {host} /{path}\n")
        return plain(self, line, headers)

    module.Connection.request = request


def stop_clock(module: Any, moment: datetime) -> None:
    """Make the module's `datetime.now` return one moment."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # no Stopped is needed
            return moment.astimezone(tz)

    module.datetime = Stopped


def serve(folder: Path, log: Path, *options: str) -> None:
    server = load_server(folder / "replay.py")
    log_requests(server, log)
    if options[:1] == ("--now",):
        stop_clock(server, datetime.fromisoformat(options[1]))
        options = options[2:]
    sys.argv = ["replay.py", "serve", str(folder / "web"), "--port", "0", *options]
    server.main()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])

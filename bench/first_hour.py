"""Go through a newcomer's first hour: from an empty home to an archive in the browser; what it costs at each step.

python -m bench first_hour [FOLDER] [--tool uv|pipx]    # about 3 minutes a tool; downloads what a user downloads

The wheel is built from this checkout and installed by `uv tool install` and by `pipx install` into a home of its own, with
nothing of this environment but certificates. The site is the tests' newspaper on this machine, at its real pace of one
request a second. Where there is no systemd user session, a stand-in takes `systemctl --user` and does nothing;
`systemd-analyze verify` checks the units that were written.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.harness import argument_parser, work_folder
from tests.newspaper.client import Newspaper
from tests.wheel import build_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "UV_INDEX_URL",
)
"""Variables of this environment that a newcomer's has too: where packages come from, and whom to trust."""
SITES = ("http://morning.example/", "http://tagblatt.example/")
TOOLS = ("uv", "pipx")
INSTALL = {"uv": ["uv", "tool", "install"], "pipx": ["pipx", "install"]}
PATIENCE = 900
SHOWN = 14
"""Lines of a command's output that are printed."""


@dataclass
class Newcomer:
    """Somebody with an empty home: runs commands there, prints them with output and seconds, and counts failures."""

    home: Path
    variables: dict[str, str]
    folder: Path = field(init=False)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = self.home

    def run(self, *words: str, variables: Mapping[str, str] | None = None) -> None:
        """Run a command, which should end with code 0, and print what it said."""
        shown = " ".join(f"'{word}'" if " " in word else word for word in words)
        began = time.monotonic()
        if shutil.which(words[0], path=self.variables["PATH"]) is None:
            self.failed.append(f"{shown}: {words[0]} is not there")
            return
        done = subprocess.run(
            words,
            cwd=self.folder,
            env={**self.variables, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        print(f"\n$ {shown}    # {time.monotonic() - began:.1f} s")
        lines = done.stdout.rstrip().splitlines()
        print("\n".join(f"  {line}" for line in lines[:SHOWN]))
        if len(lines) > SHOWN:
            print(f"  ... {len(lines) - SHOWN} more lines")
        if done.returncode:
            self.failed.append(f"{shown}: code {done.returncode}")
            print(f"  ended with code {done.returncode}")

    def browse(self) -> None:
        """Start `clippings browse`, wait until it shows a page, and stop it."""
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            port = probe.getsockname()[1]
        began = time.monotonic()
        words = ["clippings", "browse", "--port", str(port)]
        with subprocess.Popen(
            words,
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as server:
            found = ""
            while not found and server.poll() is None and time.monotonic() - began < 60:
                time.sleep(0.2)
                found = title_at(f"http://127.0.0.1:{port}/")
            print(f"\n$ {' '.join(words)}    # {time.monotonic() - began:.1f} s to the first page")
            server.send_signal(signal.SIGINT)
            said = server.communicate(timeout=30)[0]
            print("\n".join(f"  {line}" for line in said.rstrip().splitlines()[:SHOWN]))
            print(f"  the page: {found or 'none'}")
        if not found:
            self.failed.append("clippings browse: no page")


def title_at(url: str) -> str:
    """The title of a page, "" while there is none."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            text: str = response.read().decode("utf-8")
    except OSError:
        return ""
    return text.partition("<title>")[2].partition("</title>")[0]


def main() -> int:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="a folder to keep everything in")
    parser.add_argument("--tool", choices=TOOLS, action="append", help="only this one")
    args = parser.parse_args()
    failed: list[str] = []
    with work_folder(args.folder) as work, Newspaper(crawl_delay=0) as newspaper:
        wheel = build_wheel(work / "wheel")
        print(f"The wheel: {wheel.name}, {wheel.stat().st_size / 1e3:.0f} kB")
        programs = tools_folder(work)
        for tool in args.tool or TOOLS:
            failed += first_hour(tool, wheel, work / tool, programs, newspaper)
    print("\n" + ("\n".join(["FAILED", *failed]) if failed else "Every step ended as it should."))
    return 1 if failed else 0


def tools_folder(work: Path) -> Path:
    """The folder with uv and pipx: installed into an environment of their own, as a newcomer has them."""
    tools = work / "tools"
    subprocess.run([sys.executable, "-m", "venv", tools], check=True)
    subprocess.run([tools / "bin/python", "-m", "pip", "install", "-qq", *TOOLS], check=True)
    (work / "programs").mkdir()
    for tool in TOOLS:
        (work / "programs" / tool).symlink_to(tools / "bin" / tool)
    return work / "programs"


def first_hour(tool: str, wheel: Path, home: Path, programs: Path, newspaper: Newspaper) -> list[str]:
    """All steps with one tool; returns those that failed."""
    print(f"\n{'=' * 30} {tool}, an empty home")
    home.mkdir()
    path = f"{home / '.local/bin'}:{programs}:/usr/bin:/bin"
    variables = {name: os.environ[name] for name in KEPT if name in os.environ}
    variables |= {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "USER": "newcomer", "COLUMNS": "80"}
    stand_in_for_systemd(home / ".local/bin", variables)
    newcomer = Newcomer(home, variables)
    newcomer.run(*INSTALL[tool], str(wheel))
    print(f"  on disk: {size_of(home) / 1e6:.0f} MB in the home")
    newcomer.run("clippings", "--version")
    newcomer.run("clippings", "init", "news", "--contact", "you@example.org")
    newcomer.folder = home / "news"
    (newcomer.folder / "seeds/globalvoices.toml").unlink()  # the example is on the real web
    print("  (seeds/globalvoices.toml deleted)")
    proxy = {"http_proxy": newspaper.proxy}
    newcomer.run("clippings", "add", *SITES, variables=proxy)
    newcomer.run("clippings", "crawl", variables=proxy)
    newcomer.run("clippings", "schedule", "daily")
    verify_units(newcomer)
    newcomer.run("clippings", "crawl", "archive.db", "--silent", variables=proxy)  # as the schedule does
    newcomer.run("clippings", "status")
    newcomer.run("clippings", "search", "harbour OR Brücke")
    newcomer.browse()
    newcomer.run("clippings", "schedule", "off")
    left = [str(file) for file in (home / ".config/systemd/user").glob("*")]
    if left:
        newcomer.failed.append(f"schedule off left {left}")
    print(f"\n  archive.db and warc/: {size_of(newcomer.folder) / 1e6:.1f} MB")
    return [f"{tool}: {line}" for line in newcomer.failed]


def stand_in_for_systemd(folder: Path, variables: Mapping[str, str]) -> None:
    """Put a `systemctl` that agrees to everything into the folder, where the real one has no user session."""
    real = subprocess.run(
        ["systemctl", "--user", "show-environment"], env=dict(variables), capture_output=True, check=False
    )
    if real.returncode:
        folder.mkdir(parents=True)
        program = folder / "systemctl"
        program.write_text("#!/bin/sh\nexit 0\n")
        program.chmod(0o755)
        print("(no systemd user session here: a stand-in takes what is said to systemctl)")


def verify_units(newcomer: Newcomer) -> None:
    """Let systemd check the units that were written."""
    units = sorted(str(file) for file in (newcomer.home / ".config/systemd/user").glob("clippings-*.[st]*"))
    if not shutil.which("systemd-analyze"):
        print("\n  systemd-analyze is not installed: the units were not verified")
        return
    runtime = {"XDG_RUNTIME_DIR": str(newcomer.home)}
    newcomer.run("systemd-analyze", "verify", "--user", "--man=no", *units, variables=runtime)


def size_of(folder: Path) -> int:
    """Bytes on disk below a folder; a file with several names counts once."""
    sizes = {
        (stat.st_dev, stat.st_ino): stat.st_blocks * 512
        for file in folder.rglob("*")
        for stat in [file.lstat()]
    }
    return sum(sizes.values())


if __name__ == "__main__":
    sys.exit(main())

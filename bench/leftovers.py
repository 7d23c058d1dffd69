"""Which processes work in a folder, and on which addresses they listen: what a command leaves behind. Linux only."""

from __future__ import annotations

import contextlib
import ipaddress
from pathlib import Path

LISTENING = "0A"


def list_processes(folder: Path) -> dict[int, str]:
    """The processes whose working directory is this folder, with their command lines."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder and _state(process) != "Z":
                found[int(process.name)] = (
                    (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                )
    return found


def list_listeners(pids: list[int]) -> list[str]:
    """The addresses (`127.0.0.1:8080`) on which these processes listen by TCP."""
    by_inode = {}
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING:
                by_inode[fields[9]] = _address(fields[1])
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            for file in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    target = str(file.readlink())
                    if target.startswith("socket:[") and target[8:-1] in by_inode:
                        found.append(by_inode[target[8:-1]])
    return sorted(set(found))


def is_loopback(address: str) -> bool:
    """Whether nobody but this machine reaches an address of `list_listeners`."""
    return ipaddress.ip_address(address.rpartition(":")[0].strip("[]")).is_loopback


def _state(process: Path) -> str:
    return (process / "stat").read_text().rpartition(")")[2].split()[0]


def _address(field: str) -> str:
    """`0100007F:1F90` as /proc/net/tcp writes it: words of 32 bits in the machine's order."""
    raw, _, port = field.partition(":")
    words = b"".join(bytes.fromhex(raw[n : n + 8])[::-1] for n in range(0, len(raw), 8))
    address = ipaddress.ip_address(words)
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return f"[{address}]:{int(port, 16)}" if address.version == 6 else f"{address}:{int(port, 16)}"

"""The reading room answers to its own names only: no page of another site reads the archive by a rebound name."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from datasette.app import Datasette
from datasette.utils import StartupError

from browse.hosts import is_answered, normalize_host, read_hosts
from tests.archives import build
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("127.0.0.1:8001", "127.0.0.1"),
        ("LocalHost", "localhost"),
        ("localhost.:8001", "localhost"),
        ("[::1]:8001", "[::1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("archive.example.org:", "archive.example.org"),
        ("", ""),
        ("[::1", ""),
        ("[localhost]", ""),
        ("localhost:80:80", ""),
        ("localhost:port", ""),
        ("evil.example/localhost", ""),
        ("user@localhost", ""),
        ("localhost, evil.example", ""),
        ("x." * 200, ("x." * 200)[:-1]),
    ],
)
def test_a_host_has_one_form(header: str, host: str) -> None:
    assert normalize_host(header) == host


def test_a_request_must_name_one_host() -> None:
    hosts = {"localhost"}
    assert is_answered([(b"Host", b"localhost:8001")], hosts)
    assert not is_answered([], hosts)
    assert not is_answered([(b"host", b"localhost"), (b"host", b"evil.example")], hosts)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of `clippings browse`, which says where it is in one line, and nothing else."""
    folder = tmp_path_factory.mktemp("served")
    build(folder / "archive.db", 20)
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler", "browse", "-p", "0", "--host", "Archive.Example.org"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Open http://127.0.0.1:"), process.stderr and process.stderr.read()
        yield int(line.strip().rpartition(":")[2].rstrip("/"))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


def ask(port: int, host: str | None, path: str = "/") -> tuple[int, str]:
    """The status and body of a request with this Host header; without one for None."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.putrequest("GET", path, skip_host=True)
        if host is not None:
            connection.putheader("Host", host)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.read().decode()


@pytest.mark.slow
def test_its_own_names_are_answered_with_any_port_and_case(served: int) -> None:
    for host in (
        f"127.0.0.1:{served}",
        "127.0.0.1",
        "localhost:9000",
        "LOCALHOST",
        "localhost.",
        f"[::1]:{served}",
        "[0:0:0:0:0:0:0:1]",
        "archive.example.org",
        "ARCHIVE.example.org.:443",
    ):
        assert ask(served, host)[0] == 200, host


@pytest.mark.slow
def test_other_names_read_nothing(served: int) -> None:
    for host in (
        "evil.example",
        f"evil.example:{served}",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        "archive.example.com",
        "[::2]",
        "2130706433",
        "0.0.0.0",
        "",
    ):
        for path in ("/", "/archive/articles.json", "/-/static/app.css", "/archive/articles.csv"):
            status, body = ask(served, host, path)
            assert status == 421, (host, path)
            assert body.startswith(
                "This archive answers to 127.0.0.1, [::1], archive.example.org, localhost only"
            )
    assert ask(served, None)[0] in (400, 421)


@pytest.mark.slow
def test_a_taken_port_is_one_line(served: int, tmp_path: Path) -> None:
    build(tmp_path / "archive.db", 5)
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "browse", "-p", str(served)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: Port {served} is taken")
    assert done.stderr.count("\n") == 1
    with closing(socket.create_connection(("127.0.0.1", served))):
        pass  # the first one still listens


async def test_plain_datasette_answers_to_all_without_the_setting(tmp_path: Path) -> None:
    archive = build(tmp_path / "archive.db", 5)
    other = {"host": "evil.example"}
    named = {"plugins": {"clippings": {"hosts": ["archive.example.org", "localhost"]}}}
    free, bound = Datasette([str(archive)]), Datasette([str(archive)], metadata=named)
    try:
        assert (await free.client.get("/", headers=other)).status_code == 200
        assert (await bound.client.get("/", headers=other)).status_code == 421
        assert (await bound.client.get("/", headers={"host": "Archive.example.org"})).status_code == 200
        assert (await bound.client.get("/")).status_code == 200
    finally:
        for room in (free, bound):
            for database in room.databases.values():
                database.close()
            room.executor.shutdown()


class Settings:
    """The settings of the plugin, as Datasette gives them."""

    def __init__(self, hosts: object) -> None:
        self.hosts = hosts

    def plugin_config(self, name: str) -> dict[str, object]:
        return {"hosts": self.hosts} if name == "clippings" else {}


@pytest.mark.parametrize("hosts", [[], [1], "a b", ["http://x/"], None])
def test_a_setting_that_names_no_host_is_refused(hosts: object) -> None:
    with pytest.raises(StartupError, match="wants a list of host names"):
        read_hosts(Settings(hosts))  # type: ignore[arg-type]


@pytest.mark.slow
def test_datasette_does_not_start_with_such_a_setting(tmp_path: Path) -> None:
    archive = build(tmp_path / "archive.db", 5)
    settings = tmp_path / "metadata.json"
    settings.write_text('{"plugins": {"clippings": {"hosts": []}}}', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "datasette", str(archive), "-m", str(settings), "-p", "0"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert 'The setting "hosts" of clippings wants a list' in done.stderr

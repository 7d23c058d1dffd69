"""`clippings browse`: the archive in a web browser, by Datasette."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import TYPE_CHECKING, Any

import click

from crawler.commands.errors import UsageProblem, errors_in_a_line, require_archive
from crawler.commands.options import archive_argument, config_file, config_option
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ADDRESS = "127.0.0.1"
OWN_HOSTS = (ADDRESS, "localhost", "[::1]")
EVERYWHERE = frozenset({"0.0.0.0", "[::]", "*", "::"})  # noqa: S104  what is refused
BACKLOG = 128
PORT = 8001


@click.command()
@archive_argument
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=None,
    help="The port to listen on; 0 picks a free one.  [default: 8001]",
)
@click.option("-o", "--open/--no-open", "open_browser", default=None, help="Open it in your web browser.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A further host name to answer to, such as a web server's in front; may be repeated.",
)
@config_option
def browse(archive: Path, port: int | None, open_browser: bool | None, hosts: tuple[str, ...]) -> None:
    """Read and search ARCHIVE in a web browser, with Datasette, on this machine only.

    Requests are answered that come to 127.0.0.1, localhost or a --host: no page of another site can read along.

    Example: clippings browse archive.db --open
    """
    from crawler.user_settings import browse_options, read_user_settings

    with errors_in_a_line():
        own = browse_options(read_user_settings(config_file()))
    hosts = hosts or own.get("hosts", ())
    check_hosts(hosts)
    require_archive(archive)
    with listen(own.get("port", PORT) if port is None else port) as listening:
        opened = own.get("open", False) if open_browser is None else open_browser
        serve(archive, listening, (*OWN_HOSTS, *hosts), opened)


def check_hosts(hosts: Sequence[str]) -> None:
    """Raises `UsageProblem` for what is no host name: it would open nothing, or was meant to listen everywhere."""
    from browse.hosts import normalize_host

    for host in hosts:
        if host in EVERYWHERE:
            raise UsageProblem(
                f"--host {host}: it names who may be asked for, and browse listens on this machine only. "
                "To serve others put a web server in front: docs/browsing.md"
            )
        if not normalize_host(host):
            raise UsageProblem(f"--host {host}: that is no host name. Write it as archive.example.org.")


def listen(port: int) -> socket.socket:
    """A socket bound to the port on this machine. Raises `ClickException` with the remedy when it cannot be had."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((ADDRESS, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            why = "is taken, by another clippings browse perhaps. Stop that, or choose another port: -p 0 picks a free one"
        elif error.errno in (errno.EACCES, errno.EPERM):
            why = "may not be used by you. Choose one above 1023, such as -p 8001"
        else:
            why = f"cannot be used ({error.strerror}). Choose another: -p 0 picks a free one"
        raise click.ClickException(f"Port {port} {why}.") from error
    return listening


def serve(archive: Path, listening: socket.socket, hosts: Sequence[str], open_browser: bool) -> None:
    """Serve the archive until Ctrl-C. Prints one line with the address, when it answers there."""
    import webbrowser

    import uvicorn
    from datasette.app import Datasette
    from datasette.cli import run_sync

    from browse.hosts import PLUGIN
    from pipelines.archive.file_checks import reading_uri

    url = f"http://{ADDRESS}:{listening.getsockname()[1]}/"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                echo(f"Open {url}")
                if open_browser:
                    webbrowser.open(url)

    unwritten = "immutable" in reading_uri(archive)
    settings: dict[str, Any] = {"plugins": {PLUGIN: {"hosts": list(hosts)}}}
    datasette = Datasette(
        [] if unwritten else [str(archive)], immutables=[str(archive)] if unwritten else [], metadata=settings
    )
    run_sync(datasette.invoke_startup)
    with contextlib.suppress(KeyboardInterrupt):
        Server(uvicorn.Config(datasette.app(), log_level="error", lifespan="on")).run(sockets=[listening])

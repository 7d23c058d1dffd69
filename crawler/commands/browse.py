"""`clippings browse`: the archive in a web browser, by Datasette."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line, require_archive
from crawler.command_line.options import DEFAULT_ARCHIVE, ArchiveName, config_file, config_option
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.alerts.config import AlertConfig
    from crawler.commands.user import Accounts
    from pipelines.desk.records import SavedSearch

ADDRESS = "127.0.0.1"
OWN_HOSTS = (ADDRESS, "localhost", "[::1]")
EVERYWHERE = frozenset({"0.0.0.0", "[::]", "*", "::"})  # noqa: S104  what is refused
BACKLOG = 128
PORT = 8001


@click.command(short_help="Read and search the archive in a web browser.")
@click.argument("archives", nargs=-1, type=ArchiveName(), metavar="[ARCHIVE...]")
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
@click.option(
    "--users",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ask for a login; FILE has a line for each user, which `clippings user` writes.",
)
@click.option("--read-only", is_flag=True, help="Save no searches: nothing is written.")
@config_option
def browse(
    archives: tuple[Path, ...],
    port: int | None,
    open_browser: bool | None,
    hosts: tuple[str, ...],
    users: Path | None,
    read_only: bool,
) -> None:
    """Read and search ARCHIVE (archive.db) in a web browser, with Datasette, on this machine only.

    Several archives, such as the parts of one that was split, stand side by side: a search says how many each has.

    Requests are answered that come to 127.0.0.1, localhost or a --host: no page of another site can read along. The
    archive is never written; searches that you save go into desk.db beside it.

    Example: clippings browse archive.db --open
    """
    from crawler.alerts.config import read_alert_config
    from crawler.commands.user import read_users
    from crawler.user_settings import browse_options, read_user_settings

    with errors_in_a_line():
        own = browse_options(read_user_settings(config_file()))
        alerts = read_alert_config(config_file())
        accounts = read_users(users) if users else None
    hosts = hosts or own.get("hosts", ())
    check_hosts(hosts)
    archives = archives or (DEFAULT_ARCHIVE,)
    for archive in archives:
        require_archive(archive)
    with listen(own.get("port", PORT) if port is None else port) as listening:
        opened = own.get("open", False) if open_browser is None else open_browser
        desk = {
            "served": "login" if accounts else "others" if hosts else "here",
            "read_only": read_only,
            "to": list(alerts.to),
            "alerts": [alert_in_file(alert, alerts) for alert in alerts.alerts],
        }
        serve(archives, listening, make_metadata((*OWN_HOSTS, *hosts), desk, accounts), opened)


def alert_in_file(alert: SavedSearch, config: AlertConfig) -> dict[str, Any]:
    """An alert of clippings.toml as its page lists it; `params` are those of the address that shows its search."""
    params = [("q", alert.query)] if alert.query else []
    params += [(facet, value) for facet, values in alert.filters for value in values]
    return {
        "name": alert.name,
        "query": alert.query,
        "params": params,
        "on": list(alert.kinds),
        "to": list(config.destinations_of(alert)),
    }


def make_metadata(hosts: Sequence[str], desk: dict[str, Any], accounts: Accounts | None) -> dict[str, Any]:
    """Datasette's metadata: our plugin's settings, and with accounts the login, without which nothing is shown."""
    from browse.hosts import PLUGIN

    metadata: dict[str, Any] = {"plugins": {PLUGIN: {"hosts": list(hosts), "desk": desk}}}
    if accounts:
        metadata["allow"] = {"id": "*"}
        # By the environment: whoever has a login sees the metadata.
        names = {name: f"CLIPPINGS_USER_{number}" for number, name in enumerate(accounts.hashes)}
        os.environ |= {names[name]: digest for name, digest in accounts.hashes.items()}
        metadata["plugins"]["datasette-auth-passwords"] = {
            f"{name}_password_hash": {"$env": variable} for name, variable in names.items()
        }
        metadata["secret"] = accounts.secret
    return metadata


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


def serve(
    archives: Sequence[Path], listening: socket.socket, metadata: dict[str, Any], open_browser: bool
) -> None:
    """Serve the archives until Ctrl-C. Prints one line with the address, when it answers there."""
    import webbrowser

    import uvicorn
    from datasette.app import Datasette
    from datasette.cli import run_sync

    from browse.login import TEMPLATES
    from pipelines.archive.file_checks import reading_uri

    url = f"http://{ADDRESS}:{listening.getsockname()[1]}/"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                echo(f"Open {url}")
                if open_browser:
                    webbrowser.open(url)

    unwritten = [str(archive) for archive in archives if "immutable" in reading_uri(archive)]
    secret = metadata.pop("secret", None)
    login = {"secret": secret, "template_dir": str(TEMPLATES)} if secret else {}
    datasette = Datasette(
        [str(archive) for archive in archives if str(archive) not in unwritten],
        immutables=unwritten,
        metadata=metadata,
        **login,
    )
    run_sync(datasette.invoke_startup)
    with contextlib.suppress(KeyboardInterrupt):
        Server(uvicorn.Config(datasette.app(), log_level="error", lifespan="on")).run(sockets=[listening])

"""`clippings user`: who may read an archive that `clippings browse --users` serves; and the reading of that file."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAME = re.compile(r"[A-Za-z0-9][\w.@-]{0,63}", re.ASCII)
_HASH = re.compile(r"pbkdf2_sha256\$\d{4,8}\$[^$\s]+\$[A-Za-z0-9+/=]+")
SHORTEST = 10
"""Letters of a password."""
MISSING = "A login needs a library. Run: pip install 'clippings-archive[users]'"


class Accounts(NamedTuple):
    """Names with the hash of their password, and a secret that signs logins: with the file it changes, and all log in anew."""

    hashes: Mapping[str, str]
    secret: str


@click.command(short_help="Give a user of `clippings browse --users` a password.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--remove", is_flag=True, help="Take the user out of the file.")
def user(file: Path, name: str, remove: bool) -> None:
    """Give the user NAME a password in FILE, for `clippings browse --users FILE`; it is asked for.

    FILE has a line for each user, with a hash of the password, and is made when missing. Start browse again afterwards.

    Example: clippings user users.txt ada
    """
    if not _NAME.fullmatch(name):
        raise UsageProblem("A user's name has letters, digits, and . @ _ - in it; for example: ada")
    with errors_in_a_line():
        hashes = dict(_read_lines(file)) if file.exists() else {}
        if remove:
            if name not in hashes:
                raise UsageProblem(f"{file} has no user {name}.")
            del hashes[name]
        else:
            hash_password = _hasher()
            hashes[name] = hash_password(_ask_password())
        _write_lines(file, hashes)
    echo(
        f"{file}: {name} {'is taken out' if remove else 'may log in'}. It holds with the next clippings browse --users."
    )


def _hasher() -> Callable[[str], str]:
    try:
        from datasette_auth_passwords.utils import hash_password
    except ImportError:
        raise click.ClickException(MISSING) from None
    return hash_password  # type: ignore[no-any-return]


def _ask_password() -> str:
    if sys.stdin.isatty():
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt="Again", err=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < SHORTEST:
        raise click.ClickException(f"The password is too short: {SHORTEST} characters at least.")
    return password


def read_users(file: Path) -> Accounts:
    """The accounts of a file. Raises `ValueError` for a file that cannot be used, or that others can read."""
    try:
        import datasette_auth_passwords  # noqa: F401
    except ImportError:
        raise ValueError(MISSING) from None
    hashes = dict(_read_lines(file))
    if not hashes:
        raise ValueError(f"{file} has no user. Run: clippings user {file} NAME")
    return Accounts(hashes, hashlib.sha256(b"clippings login\n" + file.read_bytes()).hexdigest())


def _read_lines(file: Path) -> list[tuple[str, str]]:
    try:
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ValueError(f"{file} can be read by others. Run: chmod 600 {file}")
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ValueError(f"{file} cannot be read ({why}). Make it with: clippings user {file} NAME") from None
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, digest = line.partition(":")
        if not _NAME.fullmatch(name.strip()) or not _HASH.fullmatch(digest.strip()):
            raise ValueError(
                f"{file}: line {number} is no user with a hash. Make it with: clippings user {file} NAME"
            )
        found.append((name.strip(), digest.strip()))
    return found


def _write_lines(file: Path, hashes: Mapping[str, str]) -> None:
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as new:
            new.writelines(f"{name}: {digest}\n" for name, digest in hashes.items())
        part.replace(file)
    except OSError as error:
        raise ValueError(
            f"{file} cannot be written ({error.strerror}). Name a file in a folder of yours."
        ) from None

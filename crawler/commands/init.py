"""`clippings init`: a folder to work in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from crawler.command_line.errors import UsageProblem, errors_in_a_line
from crawler.command_line.options import ends_as_archive
from crawler.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE: Final = """\
# An example of a source: one file a site, and its name is the source's id. Keep it, change it or delete it.
# Only home is needed; docs/sources.md has every key. `clippings add https://www.example.org/` writes such a file.

name = "Global Voices"
home = "https://globalvoices.org/"
language = "en"

# Licence: Creative Commons Attribution 3.0; republishing is welcome with credit and a link.
# https://globalvoices.org/about/global-voices-attribution-policy/
feeds = ["https://globalvoices.org/feed/"]
"""

GITIGNORE: Final = """\
# Made by Clippings; large, and made again or backed up by other means.
archive.db*
desk.db-journal
desk.db.lock
warc/
*.log
*.log.*

# Never to be published
.env
cookies*.txt
headers*.txt
*.pem
*.key
secrets*
users.txt
"""


@click.command(short_help="Make a folder to work in, with settings and an example.")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--contact", default="", metavar="ADDRESS", help="How publishers reach you; it goes into clippings.toml."
)
def init(folder: Path, contact: str) -> None:
    """Make a folder to work in: clippings.toml with your settings, and seeds/ with an example.

    DIR is the current folder, or one that is made. What is there already stays as it is.

    Example: clippings init clippings --contact you@example.org
    """
    from crawler.user_settings import DEFAULT_FILE, check_contact, default_file

    if ends_as_archive(str(folder)):
        raise UsageProblem(
            f"{folder} is named like an archive, and init makes a folder: clippings init clippings"
        )
    with errors_in_a_line():
        settings = default_file(check_contact(contact))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for line in write_files(folder, settings):
            echo(line)
    except OSError as error:
        echo(
            f"Error: {error.filename or folder}: {error.strerror}. Name a folder that you may write.",
            err=True,
        )
        sys.exit(1)
    if contact and f'contact = "{contact}"' not in (folder / DEFAULT_FILE).read_text("utf-8", "replace"):
        echo(
            f"Your {DEFAULT_FILE} was there before: write contact into it yourself, below [manners].",
            err=True,
        )
    for line in next_lines(folder):
        echo(line)
    docs = find_docs()
    if docs is not None:
        echo()
        echo(f"Every key and command is explained in {docs}")


def write_files(folder: Path, settings: str) -> Iterator[str]:
    """Write what is missing; yields a line for each file, written or kept."""
    from crawler.user_settings import DEFAULT_FILE

    seeds = folder / "seeds"
    followed = sorted(file.name for file in seeds.iterdir()) if seeds.is_dir() else []
    seeds.mkdir(exist_ok=True)
    yield _write(folder / DEFAULT_FILE, settings, "your settings, each with its default behind a #")
    if followed:
        yield f"kept   {seeds}, with {len(followed)} {'file' if len(followed) == 1 else 'files'} in it"
    else:
        yield _write(
            seeds / "globalvoices.toml", EXAMPLE, "an example of a source; delete it if you do not want it"
        )
    yield _write(folder / ".gitignore", GITIGNORE, "keeps the archive out of git")


def _write(file: Path, text: str, about: str) -> str:
    try:
        with file.open("x", encoding="utf-8", newline="\n") as new:
            new.write(text)
    except FileExistsError:
        return f"kept   {file}, which was there before"
    return f"wrote  {file}: {about}"


def find_docs() -> Path | None:
    """The folder with the docs: beside the program in a checkout, else where the wheel put them."""
    places = (Path(__file__).parents[2] / "docs", Path(sys.prefix) / "share/doc/clippings-archive")
    return next((place for place in places if (place / "settings.md").is_file()), None)


def next_lines(folder: Path) -> Iterator[str]:
    """The three lines to go on with, and before them the way into the folder."""
    yield ""
    yield "Now:"
    if folder.resolve() != Path.cwd():
        yield f'  cd "{folder}"'
    yield "  clippings add https://www.example.org/   # a site that you follow"
    yield "  clippings crawl                          # fetches what is new, into archive.db"
    yield "  clippings browse --open                  # search it and read it"

"""The `clippings` command. Scrapy, trafilatura and Datasette are imported inside the commands that use them:
worker processes import this module again, and must stay light.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.sources.load import LoadedSources

ARCHIVE_ENDINGS = (".db", ".sqlite", ".sqlite3")

archive_argument = click.argument("archive", type=click.Path(path_type=Path), default=Path("archive.db"))
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def crawl_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command with a crawl in it has."""
    for option in (
        click.option("--silent", is_flag=True, help="No progress bar and no summary, also on a terminal."),
        click.option(
            "-s",
            "settings",
            multiple=True,
            metavar="NAME=VALUE",
            help="Set a Scrapy setting, or one of ours.",
        ),
        click.option(
            "--seeds",
            type=click.Path(path_type=Path),
            default=Path("seeds"),
            show_default=True,
            help="The folder with the list of sources.",
        ),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="clippings")
def cli() -> None:
    """A newspaper's clippings file for the web.

    List the sites you follow in seeds/, let cron run a crawl, and read what came in.

    Example: clippings crawl && clippings browse
    """


@cli.command()
@archive_argument
@click.option("--source", "only", multiple=True, metavar="ID", help="Only this source; may be repeated.")
@click.option(
    "--since", default="", metavar="WHEN", help="How far back to look: 12h, 7d, 2026-11-01.  [default: 7d]"
)
@crawl_options
def crawl(
    archive: Path, only: tuple[str, ...], since: str, seeds: Path, settings: tuple[str, ...], silent: bool
) -> None:
    """Crawl the sources in seeds/ into ARCHIVE (archive.db, made when missing).

    Incremental: what the archive holds is not fetched again, what failed is tried again later, and a
    crawl that was stopped goes on where it was. Made for cron: it prints nothing when all is well.

    Example: clippings crawl archive.db --source globalvoices --since 2d
    """
    from crawler.run.crawl_run import CrawlRun
    from crawler.run.process import crawl as run
    from crawler.run.process import options, settings_for

    overrides = usage(options, settings)
    loaded = seeds_of(seeds, only)
    configured = settings_for(overrides, progress=not silent)
    remind_of_contact(configured, silent)
    session = usage(
        CrawlRun,
        archive,
        loaded.sources,
        loaded.problems,
        window=configured["WINDOW"],
        since=since,
        command=" ".join(["clippings", *sys.argv[1:]]),
        whole_seeds=not only,
        recheck=configured["RECHECK"],
    )
    guarded(session, lambda: run(session, configured, quiet=silent))


@cli.command()
@click.argument("urls", nargs=-1, required=True, metavar="[ARCHIVE] URL... | -")
@click.option(
    "--explain", is_flag=True, help="Archive nothing; say what extraction keeps and drops, and why."
)
@crawl_options
def fetch(urls: tuple[str, ...], explain: bool, seeds: Path, settings: tuple[str, ...], silent: bool) -> None:
    """Archive the pages given, as arguments or on standard input (-), one URL a line.

    A page is filed under the source in seeds/ whose site it is on, or under its host's name. A page that
    the archive holds is looked at again.

    Example: clippings fetch archive.db https://globalvoices.org/2026/11/20/some-story/
    """
    from crawler.run.crawl_run import CrawlRun
    from crawler.run.process import crawl as run
    from crawler.run.process import options, settings_for
    from crawler.sources.match_url import assign_sources

    archive, rest = archive_and_rest(urls)
    wanted = [line.strip() for part in rest for line in (sys.stdin if part == "-" else [part])]
    wanted = list(dict.fromkeys(url for url in wanted if url and not url.startswith("#")))
    if not wanted:
        raise click.UsageError("no URL was given. Example: clippings fetch https://example.org/a-story")
    sources, homeless = usage(assign_sources, wanted, seeds)
    configured = settings_for(usage(options, settings), progress=not silent)
    remind_of_contact(configured, silent)
    if explain:
        from crawler.run.process import explain_pages

        for line in explain_pages(sources, homeless, configured):
            click.echo(line)
        return
    session = CrawlRun(
        archive,
        sources,
        window=configured["WINDOW"],
        command="fetch",
        given=homeless,
        recheck=configured["RECHECK"],
    )
    guarded(session, lambda: run(session, configured, quiet=silent))


@cli.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@crawl_options
def add(urls: tuple[str, ...], seeds: Path, settings: tuple[str, ...], silent: bool) -> None:
    """Look at a site and write a file for it into seeds/.

    Finds its feeds, sitemaps and sections, and prints them.

    Example: clippings add https://globalvoices.org/
    """
    from crawler.commands.add import look
    from crawler.run.process import options, settings_for

    configured = settings_for(usage(options, settings))
    remind_of_contact(configured, silent)
    sys.exit(look(list(urls), seeds, configured))


@cli.command()
@click.argument("names", nargs=-1, metavar="[ARCHIVE] [WARC...]", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would change, and show the most.")
@crawl_options
def replay(
    names: tuple[Path, ...], dry_run: bool, seeds: Path, settings: tuple[str, ...], silent: bool
) -> None:
    """Read stored pages again by today's rules, or take in WARC files.

    Without WARC files, every article and old version is extracted again from its capture, and put in place
    without a revision. WARC files of others (CC-NEWS, wget, browsertrix) are taken in as if their pages had
    been crawled when they were captured. Nothing is asked of the web. Broken off, it goes on where it was.

    Example: clippings replay archive.db --dry-run
    """
    from crawler.commands.replay import replay_command
    from crawler.run.process import options, settings_for

    configured = settings_for(usage(options, settings))
    sys.exit(usage(replay_command, names, seeds, configured, dry_run, silent))


@cli.command()
@archive_argument
@click.option("--check", is_flag=True, help="Print only what ails, and end with code 3 if anything does.")
@click.option("--coverage", is_flag=True, help="What was listed, what is held, and why not the rest.")
@click.option(
    "--source", default=None, metavar="ID", help="With --coverage: this source, day by day, URL by URL."
)
@click.option("--days", default=14, show_default=True, help="With --coverage: so many days back.")
@json_option
@click.option("--verify", is_flag=True, help="Read every capture and compare it with the archive instead.")
def status(
    archive: Path,
    check: bool,
    coverage: bool,
    source: str | None,
    days: int,
    as_json: bool,
    verify: bool,
) -> None:
    """How the sources are doing, and what the last crawls did.

    With --check it is made for cron: silent when all is well; otherwise each trouble with since when, three
    URLs that show it, and what to try.

    Example: clippings status archive.db --check
    """
    if verify:
        from crawler.commands.replay import verify_command

        sys.exit(usage(verify_command, archive, as_json))
    from crawler.commands.output import ailing_lines, status_lines
    from pipelines.archive.views.status import read_ailing, read_status

    if check:
        from crawler.run.exit_codes import SOME_FAILED

        ailing = usage(read_ailing, archive, datetime.now(UTC))
        if as_json:
            click.echo(json.dumps(ailing, ensure_ascii=False, indent=2))
        else:
            for line in ailing_lines(ailing):
                click.echo(line)
        sys.exit(SOME_FAILED if ailing else 0)
    if coverage:
        from crawler.commands.output import coverage_lines
        from pipelines.archive.views.status import read_coverage

        since = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
        rows, absent = usage(read_coverage, archive, since, source)
        if as_json:
            click.echo(json.dumps({"coverage": rows, "missing": absent}, ensure_ascii=False, indent=2))
        else:
            for line in coverage_lines(rows, absent, in_detail=source is not None):
                click.echo(line)
        return
    report = usage(read_status, archive)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for line in status_lines(report):
            click.echo(line)


@cli.command()
@click.argument("words", nargs=-1, required=True, metavar="[ARCHIVE] QUERY")
@click.option("-n", "--limit", default=20, show_default=True, help="How many hits to print.")
@click.option("--source", default=None, metavar="ID", help="Only this source.")
@click.option("--since", default=None, metavar="DATE", help="Published on this day or later.")
@click.option("--until", default=None, metavar="DATE", help="Published on this day or earlier.")
@click.option("--newest", is_flag=True, help="Newest first, instead of best first.")
@json_option
def search(
    words: tuple[str, ...],
    limit: int,
    source: str | None,
    since: str | None,
    until: str | None,
    newest: bool,
    as_json: bool,
) -> None:
    """Find articles; the best hits first, each with the words in their place.

    The query knows "phrases", AND, OR, NOT, prefix*, title:word, author:name and source:id.

    Example: clippings search archive.db '"grain harbour" OR ferry*'
    """
    from crawler.commands.output import hit_json, hit_lines
    from pipelines.archive.database import open_for_reading
    from pipelines.archive.search.search import search as find

    archive, rest = archive_and_rest(words)
    results = usage(
        find,
        usage(open_for_reading, archive).conn,
        " ".join(rest),
        limit=limit,
        source=source,
        since=since,
        until=until,
        sort="newest" if newest else "relevance",
    )
    if results.problem:
        click.echo(results.problem, err=True)
    if as_json:
        click.echo(json.dumps([hit_json(hit) for hit in results.hits], ensure_ascii=False, indent=2))
        return
    for line in hit_lines(results, styled=sys.stdout.isatty()):
        click.echo(line)


@cli.command()
@archive_argument
@click.option(
    "-p", "--port", default=8001, show_default=True, help="The port to listen on; 0 picks a free one."
)
@click.option("-o", "--open", "open_browser", is_flag=True, help="Open it in your web browser.")
def browse(archive: Path, port: int, open_browser: bool) -> None:
    """Read and search ARCHIVE in a web browser, with Datasette, on this machine only.

    Example: clippings browse archive.db -o
    """
    if not is_file(archive):
        raise click.ClickException(f"{archive} does not exist. Make it with: clippings crawl {archive}")
    from datasette.cli import cli as datasette

    arguments = ["serve", str(archive), "--port", str(port), *(["--open"] if open_browser else [])]
    datasette(arguments, prog_name="datasette")


@cli.command()
@click.argument("words", nargs=-1, metavar="[ARCHIVE] [URL...]")
@click.option("--source", default=None, metavar="ID", help="Everything of this source.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(words: tuple[str, ...], source: str | None, yes: bool) -> None:
    """Take articles out for good, as for a takedown or privacy request.

    Articles, their versions, search index entries, captures and log lines go, and do not come back. Copies and
    backups elsewhere are not reached.

    Example: clippings forget archive.db https://globalvoices.org/2026/11/20/some-story/
    """
    from pipelines.archive.admin.erase import forget as take_out
    from pipelines.archive.database import Archive

    archive, urls = archive_and_rest(words) if words else (Path("archive.db"), [])
    if len(urls) == 1 and "://" not in urls[0] and source is not None:
        archive, urls = Path(urls[0]), []
    if bool(urls) == bool(source):
        raise click.UsageError("name URLs or --source. Example: clippings forget https://example.org/a-story")
    if not is_file(archive):
        raise click.ClickException(f"{archive} does not exist.")
    if not yes:
        click.confirm(f"Take {source or len(urls)} out of {archive} for good?", abort=True)

    def work() -> int:
        problems = []
        with Archive(archive) as opened:
            for url in urls or [""]:
                done = take_out(opened, url, source or "")
                problems += done.problems
                click.echo(f"{source or url}: {done.articles} articles, {done.captures} captures forgotten")
        for problem in problems:
            click.echo(problem, err=True)
        return 1 if problems else 0

    locked(archive, work)


@cli.command()
@archive_argument
@click.option(
    "--older", default="180d", show_default=True, metavar="AGE", help="What is older goes: 90d, 12h."
)
def prune(archive: Path, older: str) -> None:
    """Delete old outcomes and old parts of the log. Articles, versions and captures stay.

    The last outcome of each URL stays as well: it says why the URL is not held.

    Example: clippings prune archive.db --older 90d
    """
    from pipelines.archive.admin.backup import prune as delete
    from pipelines.archive.database import Archive
    from pipelines.timestamps import parse_duration

    age = usage(parse_duration, older)
    if not is_file(archive):
        raise click.ClickException(f"{archive} does not exist.")

    def work() -> int:
        with Archive(archive) as opened:
            outcomes, logs = delete(opened, age)
        click.echo(f"{outcomes} outcomes and {logs} log files deleted")
        return 0

    locked(archive, work)


@cli.command()
@click.argument("words", nargs=-1, required=True, metavar="[ARCHIVE] TARGET")
def backup(words: tuple[str, ...]) -> None:
    """Copy the archive, also while a crawl runs; TARGET is a file or a folder, and is replaced.

    The folder warc/ beside the archive only grows: copy it with any tool, after the archive.

    Example: clippings backup archive.db /media/disk/archive.db
    """
    from pipelines.archive.admin.backup import backup as copy

    if len(words) > 2:
        raise click.UsageError("one archive and one target, please")
    archive, target = (
        (Path(words[0]), Path(words[1])) if len(words) == 2 else (Path("archive.db"), Path(words[0]))
    )
    size = usage(copy, archive, target)
    click.echo(f"{target}: {size / 1e6:.1f} MB")


# --- what the commands share


def locked(archive: Path, action: Callable[[], int]) -> None:
    """Do something to an archive that no crawl is working on, and leave with its exit code."""
    from crawler.run.exit_codes import LOCKED
    from pipelines.archive.errors import ArchiveError
    from pipelines.archive.lock import ArchiveLock, ArchiveLockedError

    try:
        with ArchiveLock(archive):
            code: int = usage(action)
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
    except ArchiveLockedError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(LOCKED)
    sys.exit(code)


def archive_and_rest(words: tuple[str, ...]) -> tuple[Path, list[str]]:
    """Split `[ARCHIVE] WORD...`: the first word is the archive when it is a file, or named like one."""
    first = Path(words[0])
    if len(words) > 1 and "://" not in words[0] and (first.suffix in ARCHIVE_ENDINGS or is_file(first)):
        return first, list(words[1:])
    return Path("archive.db"), list(words)


def is_file(path: Path) -> bool:
    """Whether it is a file; a query that cannot be a path at all is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def seeds_of(seeds: Path, only: tuple[str, ...]) -> LoadedSources:
    """The sources; an error when there is none to crawl."""
    from crawler.sources.load import load_sources

    loaded: LoadedSources = usage(load_sources, seeds, only)
    if not loaded.sources:
        for problem in loaded.problems:
            click.echo(f"Error: {problem}", err=True)
        if not loaded.problems:
            click.echo(f"Error: {seeds} lists no source. Add one with: clippings add URL", err=True)
        sys.exit(1)
    return loaded


def remind_of_contact(settings: Any, silent: bool) -> None:
    """Publishers must be able to reach whoever crawls them."""
    if not settings["CONTACT"] and sys.stderr.isatty() and not silent:
        click.echo(
            "Reminder: tell publishers how to reach you. Set CONTACT in crawler/settings.py (or -s CONTACT=you@example.org).",
            err=True,
        )


def usage(action: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call what may fail for a reason that the user can mend, and say it the house's way."""
    from pipelines.archive.errors import ArchiveError

    try:
        return action(*arguments, **named)
    except (ArchiveError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def guarded(session: Any, action: Callable[[], int]) -> None:
    """Run a crawl with its archive open, and leave with its exit code."""
    from crawler.run.exit_codes import LOCKED
    from pipelines.archive.errors import ArchiveError
    from pipelines.archive.lock import ArchiveLockedError

    try:
        with session:
            code = action()
    except ArchiveLockedError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(LOCKED)
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(code)


def main() -> None:
    """The console script."""
    cli(prog_name="clippings")

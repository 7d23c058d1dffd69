"""Starts Scrapy for the commands: a crawl, with its log file and summary; the probe of a site; an explanation.

The commands import it late: it loads Scrapy.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.run.crawl_run import set_crawl_run
from crawler.run.exit_codes import ERROR
from crawler.run.progress import read_totals
from crawler.run.progress_lines import clock_of, counts_in_words, plain_line, progress_json
from crawler.spiders.news import NewsSpider
from crawler.terminal import LogFormatter, echo, print_json_line
from crawler.wording import count
from pipelines import timestamps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from crawler.backfill.run import Backfill
    from crawler.discovery.site_probe import ProbedSite
    from crawler.run.crawl_run import CrawlRun
    from crawler.sources.model import Source

LOG_FORMAT = "%(asctime)s %(levelname)s [%(name)s] %(message)s"
SHOWN_BARREN = 10
LOG_BYTES, LOG_FILES = 10_000_000, 5


def settings_for(
    overrides: Mapping[str, str], progress: str = "", user: Mapping[str, Any] | None = None
) -> Settings:
    """Our settings, on these the `user`'s from clippings.toml, on top those of the command line.

    `progress` is as `progress_form` gives it.
    """
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("PROGRESS", progress, priority="project")
    # Handlers are ours, so that a crawl under cron keeps its stderr for what matters.
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="project")
    for name, value in {**(user or {}), "SETTINGS_FILE": ""}.items():  # "": it is read
        settings.set(name, value, priority="project")
    for name, value in overrides.items():
        settings.set(name, value, priority="cmdline")
    return settings


def log_to_file(archive: Path, level: str) -> Path:
    """Send all logging to `<archive>.log` beside the archive: a line for each URL's outcome, and troubles."""
    path = archive.with_suffix(".log")
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(LogFormatter(LOG_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    # Scrapy logs in its own words what the outcomes say already; -s LOG_LEVEL=DEBUG shows it.
    if root.level > logging.DEBUG:
        for name in ("scrapy", "asyncio", "filelock"):
            logging.getLogger(name).setLevel(logging.WARNING)
        for name in ("scrapy.downloadermiddlewares.retry", "scrapy.downloadermiddlewares.robotstxt"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return path


def run_crawl(crawl_run: CrawlRun, settings: Settings, quiet: bool = False) -> int:
    """Crawl until nothing is left to do; returns the exit code, and prints what a person must know.

    On a terminal there is a summary; otherwise nothing, unless sources fail: then a line each on stderr.
    """
    process = AsyncCrawlerProcess(settings)
    log_file = log_to_file(crawl_run.path, settings["LOG_LEVEL"])
    crawler = process.create_crawler(NewsSpider)
    set_crawl_run(crawler, crawl_run)
    process.crawl(crawler)
    process.start()
    code = end_crawl(crawl_run, log_file)
    print_end(crawl_run, settings["PROGRESS"], code)
    if crawl_run.error is not None or code == ERROR:
        return ERROR
    with contextlib.suppress(OSError):  # whoever reads it has gone; the exit code says the same
        for line in (*crawl_run.failing_lines(), *crawl_run.notices):
            echo(line, err=True)
    if not quiet and settings["PROGRESS"] != "json" and sys.stdout.isatty():
        for line in summary(crawl_run, log_file):
            echo(line)
    return code


def end_crawl(crawl_run: CrawlRun, log_file: Path) -> int:
    """The exit code of a crawl whose Scrapy has ended; says on stderr what went wrong.

    A second Ctrl-C or SIGTERM ends Scrapy before the spider is closed: then each URL that is left gets its outcome here.
    """
    if crawl_run.exit_code is None and not crawl_run.begun:
        echo(f"Error: the crawl could not start; {log_file} says why.", err=True)
        return ERROR
    if crawl_run.exit_code is None:
        crawl_run.stop_reason = "interrupted"
        crawl_run.finish("interrupted")
        echo(
            f"Stopped at once, after {clock_of(crawl_run.elapsed)} and {read_totals(crawl_run).done} outcomes. "
            "What was under way is fetched again by the next crawl; nothing stored is lost.",
            err=True,
        )
    if crawl_run.error is not None or crawl_run.exit_code is None:
        echo(f"Error: {crawl_run.error}", err=True)
        return ERROR
    return crawl_run.exit_code


def print_end(crawl_run: CrawlRun, form: str, code: int) -> None:
    """The last line of the progress, in the forms that are read by programs or from a log."""
    state = read_totals(crawl_run)
    if form == "plain":
        echo(plain_line(state), err=True)
    elif form == "json":
        end = {"exit_code": code, "stopped": crawl_run.stop_reason, "failing": crawl_run.failing_lines()}
        print_json_line({**progress_json(state, timestamps.now()), **end})


def run_backfill(backfill: Backfill, asked: str, settings: Settings) -> None:
    """Ask a web archive for what `backfill` wants; what stops it is the backfill's `problem`."""
    from crawler.backfill.spider import BackfillSpider

    process = AsyncCrawlerProcess(settings)
    log_to_file(backfill.archive.path, settings["LOG_LEVEL"])
    process.crawl(BackfillSpider, backfill=backfill, asked=asked)
    process.start()


def probe_sites(sites: list[ProbedSite], settings: Settings) -> None:
    """Fill in what a site holds, by a handful of requests to each."""
    from crawler.spiders.probe import ProbeSpider

    if logging.getLogger().level > logging.DEBUG:
        # What fails is printed once, in our words.
        logging.getLogger("scrapy").setLevel(logging.CRITICAL)
    process = AsyncCrawlerProcess(settings)
    process.crawl(ProbeSpider, sites=sites)
    process.start()
    for site in sites:
        if not site.home and not site.error:
            site.error = "the probe was interrupted"


def explain_pages(
    sources: list[Source], given: list[tuple[str, str]], settings: Settings, compared: bool = False
) -> list[str]:
    """What extraction keeps and drops of pages, (source id, URL), fetched for this alone.

    With `compared` the text by our own extractor and by trafilatura, as a difference.
    """
    from crawler.spiders.explain import ExplainSpider

    logging.getLogger("scrapy").setLevel(logging.CRITICAL)
    by_id = {source.id: source for source in sources}
    lines: list[str] = []
    process = AsyncCrawlerProcess(settings)
    pages = [(by_id[source_id], url) for source_id, url in given]
    process.crawl(ExplainSpider, pages=pages, lines=lines, compared=compared)
    process.start()
    return lines


def summary(crawl_run: CrawlRun, log_file: Path) -> list[str]:
    """The last screen of a crawl."""
    lines = [
        f"{counts_in_words(crawl_run.counts, 'nothing new')} from {len(crawl_run.followed)} "
        f"{'source' if len(crawl_run.followed) == 1 else 'sources'} in {clock_of(crawl_run.elapsed)}"
    ]
    if crawl_run.outside_window:
        lines.append(
            f"{count(crawl_run.outside_window, 'listed URL', 'are')} older than the window, and left out"
        )
    barren = crawl_run.barren_lines()
    if barren:
        lines.append(f"{len(barren)} of {len(crawl_run.followed)} sources give nothing:")
        lines += [f"  {line}" for line in barren[:SHOWN_BARREN]]
    if len(barren) > SHOWN_BARREN:
        lines.append(f"  and {len(barren) - SHOWN_BARREN} more: clippings status {crawl_run.path}")
    lines.append(f"archive: {crawl_run.path}   log: {log_file}")
    return lines

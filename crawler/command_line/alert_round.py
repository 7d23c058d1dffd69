"""Reports of alerts, and the round of alerts after a crawl, as the commands print them."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from crawler.command_line.options import config_file
from crawler.terminal import echo, print_json_line

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.alerts.render import ArchiveAddress
    from pipelines.desk.records import Report


def tell_alerts(archive: Path, *, as_json: bool) -> None:
    """Let alerts tell what the crawl brought. What goes wrong is a line on stderr; it changes no exit code."""
    from crawler.alerts.run import run_alerts

    def show(report: Report, address: ArchiveAddress) -> None:
        print_report(report, address, as_json=as_json)

    for line in run_alerts(archive, config_file(), show):
        with contextlib.suppress(OSError):
            echo(f"Error: {line}", err=True)


def print_report(
    report: Report, address: ArchiveAddress, *, as_json: bool = False, test: bool = False
) -> None:
    """Print a report to standard output, as text or as a line of JSON. Raises `OSError` when nobody reads it."""
    from pipelines.alerts.render import as_dict, as_text

    if as_json:
        print_json_line({"alert_report": as_dict(report, address, test=test)})
        return
    for line in as_text(report, address, test=test).splitlines():
        echo(line)
    sys.stdout.flush()

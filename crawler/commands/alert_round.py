"""The round of alerts after a crawl, as the commands print it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from crawler.commands.options import config_file
from crawler.terminal import echo

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.alerts.render import ArchiveAddress
    from pipelines.desk.records import Report


def tell_alerts(archive: Path, *, as_json: bool) -> None:
    """Let alerts tell what the crawl brought. What goes wrong is a line on stderr; it changes no exit code."""
    from crawler.alerts.run import run_alerts
    from crawler.commands.alert import print_report

    def show(report: Report, address: ArchiveAddress) -> None:
        print_report(report, address, as_json=as_json)

    for line in run_alerts(archive, config_file(), show):
        with contextlib.suppress(OSError):
            echo(f"Error: {line}", err=True)

"""The settings of `-s NAME=VALUE`: a name that none has and a value of the wrong kind are said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.command_line.errors import UsageProblem
from crawler.command_line.process import settings_for
from crawler.command_line.setting_checks import check_settings

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DOWNLOAD_DELAY", "0.5", ""),
        ("DOWNLOAD_DELAY", "0", ""),
        ("CONTACT", "desk@example.org", ""),
        ("WINDOW", "2026-11", ""),
        ("RECHECK", "", ""),
        ("RECHECK", "1h 7d", ""),
        ("ROBOTSTXT_OBEY", "False", ""),
        ("RETRY_PRIORITY_ADJUST", "-1", ""),
        ("DEPTH_PRIORITY", "-5", ""),
        ("RETRY_HTTP_CODES", "500,503", ""),
        ("DOWNLOAD_DELY", "0", "Did you mean DOWNLOAD_DELAY?"),
        ("XYZ", "1", "docs/running.md has the list"),
        ("DOWNLOAD_DELAY", "-1", "write 0 or more"),
        ("DOWNLOAD_DELAY", "nan", "write a number"),
        ("PAGES_PER_SOURCE", "1.5", "write a whole number"),
        ("ROBOTSTXT_OBEY", "yes", "write True or False"),
        ("RECHECK", "soon", "is not a duration"),
        ("NOARCHIVE", "keep", ""),
        ("NOARCHIVE", "exlude", "Did you mean exclude?"),
        ("CAPTURES_FORMAT", "zstd", ""),
        ("CAPTURES_FORMAT", "zip", "write gzip or zstd"),
        ("WINDOW", "a week", "neither a date nor a duration"),
    ],
)
def test_a_setting_is_known_and_of_its_kind(name: str, value: str, says: str) -> None:
    if not says:
        check_settings({name: value}, settings_for({}), NOW)
        return
    with pytest.raises(UsageProblem) as error:
        check_settings({name: value}, settings_for({}), NOW)
    assert error.value.exit_code == 2
    assert f"-s {name}" in error.value.message
    assert says in error.value.message

"""A publisher's own DNS leads its names to private addresses: nothing is reached, by any name in any way."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.namespace import HOME, hosts

if TYPE_CHECKING:
    from pathlib import Path

ENTER = ["unshare", "-rnm", "--propagation", "private"]


def can_enter() -> bool:
    """Whether this machine lets us make a network namespace."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    return (
        subprocess.run([*ENTER, "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.extra
def test_no_name_of_a_public_publisher_leads_inside(tmp_path: Path) -> None:
    if not can_enter():
        pytest.skip("this machine lets nobody make a network namespace (unshare, ip)")
    ran = subprocess.run(
        [*ENTER, sys.executable, "-m", "tests.namespace", str(tmp_path)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
        timeout=550,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["checked"] == ["check/check"] * 4, "the names lead inside, and somebody listens there"
    assert found["reached"] == []
    asked = set(found["asked"])
    ways = {"redirect", "refresh", "told"}
    tried = {f"{HOME}/story/{way}-{n}" for way in ways for n in range(len(hosts()))}
    assert tried <= asked, found["error"]
    assert {f"{HOME}/", f"{HOME}/feed", f"{HOME}/sitemap.xml", f"{HOME}/story/own"} <= asked
    db = sqlite3.connect(tmp_path / "archive.db")
    for pending, outcomes in db.execute(
        "SELECT pending_at_start + found, (SELECT count(*) FROM outcomes WHERE crawl_id = crawls.id) FROM crawls"
    ):
        assert pending == outcomes
    excluded = db.execute("SELECT count(*) FROM outcomes WHERE outcome = 'excluded'").fetchone()[0]
    assert excluded >= len(hosts())
    assert db.execute("SELECT count(*) FROM articles WHERE title LIKE 'Inside%'").fetchone() == (0,)
    db.close()

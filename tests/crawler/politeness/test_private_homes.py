"""Private addresses by a source's own domain: what public and private homes open, with a resolver of our own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

from crawler.politeness.dns import find_kin, may_lead
from tests.conftest import ROOT
from tests.crawler.test_safety import serving
from tests.faulty import page

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = "127.0.0.9"
"""The outside world of these tests: our own table says that it is no private address."""
NAMES = {
    "daily.example": PUBLIC,
    "www.daily.example": PUBLIC,
    "cdn.daily.example": PUBLIC,
    "loop.daily.example": "127.0.0.1",
    "ten.daily.example": "10.0.0.1",
    "shared.daily.example": "100.64.0.1",
    "cloud.daily.example": "169.254.169.254",
    "desk.daily.example": "127.0.0.5",
    "wiki.example": "127.0.0.5",
    "img.wiki.example": "127.0.0.5",
    "loop.wiki.example": "127.0.0.1",
    "cloud.wiki.example": "169.254.169.254",
    "other.example": "127.0.0.5",
}
SITE = f"""
import ipaddress, socket
names = {NAMES!r}
truly_global = ipaddress.IPv4Address.is_global.fget
ipaddress.IPv4Address.is_global = property(lambda self: str(self) == {PUBLIC!r} or truly_global(self))
def gethostbyname(name):
    if name.replace(".", "").isdigit():
        return name
    if name == "turning.daily.example":
        return next(turns)
    if name in names:
        return names[name]
    raise socket.gaierror(-2, "Name or service not known")
turns = iter([{PUBLIC!r}, "127.0.0.1", "127.0.0.1", "127.0.0.1"])
socket.gethostbyname = gethostbyname
socket.gethostbyname_ex = lambda name: (name, [], [gethostbyname(name)])
"""


@pytest.mark.parametrize(
    ("address", "own", "before", "may"),
    [
        ("93.184.216.34", set(), "93.184.216.34", True),
        ("93.184.216.34", {"10.0.0.1"}, "10.0.0.1", True),
        ("10.0.0.1", {"10.0.0.1"}, "10.0.0.1", True),
        ("10.0.0.2", {"10.0.0.1"}, "10.0.0.2", False),
        ("127.0.0.1", set(), "127.0.0.1", False),
        ("10.0.0.1", {"10.0.0.1"}, "93.184.216.34", False),
        ("169.254.169.254", {"169.254.169.254"}, "169.254.169.254", False),
        ("100.64.0.1", {"93.184.216.34"}, "100.64.0.1", False),
    ],
)
def test_which_address_a_name_may_have(address: str, own: set[str], before: str, may: bool) -> None:
    assert may_lead(address, own, before) is may


def test_which_homes_are_of_one_site_with_a_host() -> None:
    homes = ("wiki.daily.example", "news.example.org", "10.0.0.1", "intranet")
    assert find_kin("img.daily.example", homes) == ("wiki.daily.example",)
    assert find_kin("intranet", homes) == ("intranet",)
    assert find_kin("10.0.0.2", homes) == ()
    assert find_kin("example.net", homes) == ()


def crawl(
    folder: Path, seeds: dict[str, str], failures: int = 999, **environment: str
) -> dict[str, tuple[str, str]]:
    """Outcomes and reasons by URL."""
    (folder / "seeds").mkdir()
    for name, text in seeds.items():
        (folder / "seeds" / f"{name}.toml").write_text(text)
    (folder / "sitecustomize.py").write_text(SITE)
    clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    options = f"DOWNLOAD_DELAY=0 RETRY_TIMES=0 DOWNLOAD_TIMEOUT=20 HOST_FAILURES_MAX={failures}".split()
    command = [sys.executable, "-m", "crawler", "crawl", "archive.db"]
    subprocess.run(
        [*command, *(word for option in options for word in ("-s", option))],
        cwd=folder,
        env={**clean, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", **environment},
        capture_output=True,
        timeout=120,
    )
    db = sqlite3.connect(folder / "archive.db")
    rows = db.execute("SELECT url, outcome, reason FROM outcomes").fetchall()
    db.close()
    return {url: (outcome, reason or "") for url, outcome, reason in rows}


def feed(urls: list[str]) -> tuple[int, str, str]:
    items = "".join(f"<item><title>Story</title><link>{escape(url)}</link></item>" for url in urls)
    return (
        200,
        "application/rss+xml",
        f"<rss version='2.0'><channel><title>D</title>{items}</channel></rss>",
    )


def story(title: str) -> tuple[int, str, str]:
    return 200, "text/html", page(title).decode()


def test_homes_open_what_is_theirs_and_no_more(tmp_path: Path) -> None:
    public: dict[str, tuple[int, str, str]] = {}
    wiki: dict[str, tuple[int, str, str]] = {}
    with ExitStack() as stack:
        canary, reached = stack.enter_context(serving("127.0.0.1", {}))
        daily, _ = stack.enter_context(serving(PUBLIC, public))
        port, wiki_asked = stack.enter_context(serving("127.0.0.5", wiki))
        beside, beside_asked = stack.enter_context(serving("127.0.0.5", {"/b": story("The beacon")}))
        own, home = f"http://daily.example:{daily}", f"http://wiki.example:{port}"
        evil = [
            f"http://{host}:{canary}/hit"
            for host in (
                *("loop.daily.example", "ten.daily.example", "shared.daily.example", "cloud.daily.example"),
                *("127.0.0.1", "localhost", "0x7f.1"),
            )
        ]
        evil += [f"http://desk.daily.example:{port}/x", f"http://127.0.0.5:{port}/x", f"{home}/x"]
        evil += [f"http://img.wiki.example:{port}/x", f"http://127.0.0.5:{beside}/x"]
        public["/feed"] = feed(
            [
                f"http://turning.daily.example:{daily}/first",
                f"{own}/story",
                *evil,
                *(f"{own}/to/{n}" for n in range(len(evil))),
            ]
        )
        public["/first"], public["/story"] = story("The first pier"), story("The ferry pier")
        public.update({f"/to/{n}": (302, "text/plain", target) for n, target in enumerate(evil)})
        inner = [f"{home}/story", f"http://127.0.0.5:{beside}/b", f"http://img.wiki.example:{port}/image"]
        outer = [
            f"http://{host}:{canary}/hit" for host in ("loop.wiki.example", "127.0.0.1", "cloud.wiki.example")
        ]
        outer.append(f"http://other.example:{port}/foreign")
        wiki["/feed"] = feed([*inner, *outer])
        wiki["/story"], wiki["/image"] = story("The wiki's harbour"), story("The wiki's picture")
        found = crawl(
            tmp_path,
            {
                "daily": f'home = "{own}/"\nfeeds = ["{own}/feed"]\ndiscover = false\n',
                "wiki": f'home = "{home}/"\nfeeds = ["{home}/feed"]\ndiscover = false\n',
            },
        )
    assert reached == []
    assert found[f"{own}/story"][0] == "new"
    assert "/x" not in {*wiki_asked, *beside_asked}
    assert "/foreign" not in wiki_asked
    for url in [*evil, *outer]:
        assert found[url][0] == "excluded", (url, found[url])
        assert "private" in found[url][1]
    for n in range(len(evil)):
        assert found[f"{own}/to/{n}"][0] == "excluded", (evil[n], found[f"{own}/to/{n}"])
    assert [found[url][0] for url in inner] == ["new"] * 3, {url: found[url] for url in inner}


def test_behind_a_proxy_what_is_private_as_written_is_refused(tmp_path: Path) -> None:
    pages: dict[str, tuple[int, str, str]] = {}
    with serving("127.0.0.1", pages) as (port, asked):
        own = "http://daily.example"
        evil = [
            "http://10.0.0.1/x",
            "http://localhost/x",
            "http://router/x",
            "http://nas.local/x",
            "http://127.1/x",
        ]
        pages[f"{own}/feed"] = feed([f"{own}/story", *evil])
        pages[f"{own}/story"] = story("The ferry pier")
        seed = f'home = "{own}/"\nfeeds = ["{own}/feed"]\ndiscover = false\n'
        found = crawl(tmp_path, {"daily": seed}, http_proxy=f"http://127.0.0.1:{port}")
    assert found[f"{own}/story"][0] == "new"
    assert {found[url][0] for url in evil} == {"excluded"}
    assert not [path for path in asked if path.endswith("/x")]

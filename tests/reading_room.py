"""Shared by the tests of browsing: an archive with captured pages beside it, and Datasette that serves it."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import importlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import zlib
from typing import TYPE_CHECKING, Any

import brotli
import pytest
from datasette.app import Datasette
from jinja2 import BytecodeCache
from lxml import html
from sqlite_utils import Database

from pipelines.archive.tables.changes import note_all_gone, rebuild_changes
from pipelines.archive.tables.versions_index import index_versions
from pipelines.archive.warc.pack import warc_date
from pipelines.zstd import zstd

from .archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jinja2.bccache import Bucket

browse = importlib.import_module("crawler.commands.browse")

PLACE = "/-/clippings/the~20clippings"
TOML = {"name": "In the file", "query": "ferry", "params": [("q", "ferry")], "on": ["new"], "to": ["stdout"]}
"""An alert that the settings name."""
ATOM = {"a": "http://www.w3.org/2005/Atom"}
PAGE = b"""<!doctype html><html><head><title>As fetched</title>
<link rel="stylesheet" href="http://outside.invalid/style.css"><link rel="preconnect" href="http://outside.invalid">
<meta http-equiv="refresh" content="0; url=http://outside.invalid/moved">
<style>h1 { color: rgb(1, 2, 3) }</style></head>
<body onload="alert('body')"><h1>The page as it was</h1>
<script>alert('inline'); top.document.title = 'taken'</script><script src="http://outside.invalid/x.js"></script>
<img src="http://outside.invalid/pixel.gif" onerror="alert('img')"><iframe src="http://outside.invalid/"></iframe>
<form action="http://outside.invalid/"><button>Send</button></form>
<a href="http://outside.invalid/link" target="_top">away</a></body></html>"""


async def page(room: Datasette, path: str, status: int = 200) -> Any:
    """A page of ours as a tree, after the checks that every page must pass."""
    response = await room.client.get(path)
    assert response.status_code == status, response.text[-2000:]
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert response.headers["referrer-policy"] == "no-referrer"
    tree = html.fromstring(response.text)
    assert len(tree.xpath("//h1")) == 1
    assert len(tree.xpath("//main")) == 1
    assert tree.xpath("/html/@lang") == ["en"]
    assert tree.xpath("//title")[0].text_content().strip()
    assert not tree.xpath("//@style | //@*[starts-with(name(), 'on')]")
    for field in tree.xpath("//input[not(@type='hidden')] | //select"):
        assert field.xpath("ancestor::label") or tree.xpath("//label[@for=$id]", id=field.get("id"))
    return tree


def said(tree: Any) -> str:
    return " ".join(" ".join(tree.itertext()).split())


def made_up(folder: Path, articles: int = 400) -> Path:
    """An archive of made-up articles; those with the ids 1 to 5 have their captured page in warc/."""
    path = build(folder / "the clippings.db", articles)
    for number, encoding in enumerate(("", "gzip", "br", "zstd", "deflate"), 1):
        keep_page(path, number, PAGE, encoding)
    return path


def keep_page(archive: Path, article: int, body: bytes, encoding: str = "") -> None:
    """Write a page into a WARC file beside the archive, and its place into the article's capture."""
    sent = _packed(body, encoding)
    headers = [("Content-Type", "text/html; charset=utf-8"), ("X-Note", "kept")]
    headers += [("Content-Encoding", encoding)] if encoding else []
    block = "HTTP/1.1 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
    payload = block.encode() + b"\r\n" + sent
    db = Database(archive)
    capture = db["articles"].get(article)["capture_id"]
    row = db["captures"].get(capture)
    record = (
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        f"WARC-Date: {warc_date(row['fetched_at'])}\r\nWARC-Target-URI: {row['url']}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    packed = gzip.compress(record.encode() + payload + b"\r\n\r\n")
    file = archive.parent / "warc" / "2026" / "kept.warc.gz"
    file.parent.mkdir(parents=True, exist_ok=True)
    offset = file.stat().st_size if file.exists() else 0
    with file.open("ab") as warc:
        warc.write(packed)
    db["captures"].update(
        capture,
        {
            "warc_file": "2026/kept.warc.gz",
            "warc_offset": offset,
            "warc_length": len(packed),
            "sha256": hashlib.sha256(sent).hexdigest(),
        },
    )
    db.close()


def _packed(body: bytes, encoding: str) -> bytes:
    packers: dict[str, Any] = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}
    packers["deflate"] = lambda data: zlib.compress(data)[2:-4]  # as many servers send it: no zlib header
    return bytes(packers[encoding](body)) if encoding else body


class Compiled(BytecodeCache):
    """Templates that this test process compiled, by their text: all of them at each start would take half a second."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self.kept.get(bucket.key, ("", b""))
        if checksum == bucket.checksum:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.checksum, bucket.bytecode_to_string()


COMPILED = Compiled()


async def in_process(path: Path) -> Datasette:
    """Datasette as `datasette FILE` starts it, without a server."""
    datasette = Datasette([str(path)])
    datasette.jinja_env.bytecode_cache = COMPILED
    await datasette.invoke_startup()
    return datasette


async def room(archive: Path, **desk: Any) -> Datasette:
    """Datasette as `clippings browse` starts it."""
    given = {"served": "here", "read_only": False, "to": ["stdout", "team"], "alerts": [TOML], **desk}
    datasette = Datasette([str(archive)], metadata=browse.make_metadata(["localhost"], given, None))
    datasette.jinja_env.bytecode_cache = COMPILED
    await datasette.invoke_startup()
    return datasette


def close(datasette: Datasette) -> None:
    """Let go of its files and threads."""
    for database in datasette.databases.values():
        database.close()
    datasette.executor.shutdown()


@contextlib.contextmanager
def served(path: Path) -> Iterator[str]:
    """`datasette FILE` as a process; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "datasette", "serve", str(path), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            if process.poll() is not None:
                raise RuntimeError(f"datasette ended with {process.returncode}")
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/-/versions.json").close()
                break
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def absent(what: str) -> None:
    """Report that a tool for a browser test is missing: a failure in CI, a skip elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def make_changes_anew(db: Database) -> None:
    """Bring `changes` and the index of versions up to rows that a test has put in by hand."""
    db.execute("DELETE FROM changes")
    for index in ("_changes_fts", "_versions_fts"):
        db.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")
    index_versions(db, "1")
    rebuild_changes(db)
    note_all_gone(db)
    db.conn.commit()


def hostile_archive(path: Path, values: list[str]) -> None:
    """An archive whose every text from outside is one of the values, with a row of each kind for each value."""
    build(path, len(values))
    db = Database(path)
    for number, value in enumerate(values, 1):
        source = f"{value}{number}"
        db["sources"].insert(
            {
                "id": source,
                "name": value,
                "home": value,
                "language": value,
                "added_at": value,
                "country": value,
            }
        )
        db["articles"].update(
            number,
            {
                "source_id": source,
                "url": f"{value}{' ' * number}",
                **dict.fromkeys(
                    "title standfirst published_from modified_at section language description image_url "
                    "image_caption image_credit access extractor".split(),
                    value,
                ),
                "authors": json.dumps([value]),
                "tags": json.dumps([value]),
                "text": f"word{number} {value}\n\n## {value}\n\n> {value}\n\n- {value}",
                "published_at": (value, "2026-02-31", "now", "2026-11-01T10:00:00+00:00")[number % 4],
                "revision": 2,
                "gone_at": f"2026-11-10T{value}" if number % 3 == 0 else None,
                "story_id": 1,
            },
        )
        db.execute("DELETE FROM revisions WHERE article_id = ?", [number])
        db["revisions"].insert(
            {
                "article_id": number,
                "number": 1,
                "seen_at": "2026-11-02T10:00:00+00:00",
                "title": f"{value} before",
                "standfirst": f"{value} before",
                "text": f"before {value}",
                "content_hash": value,
            }
        )
        db["captures"].update(
            number, {"url": value, "mime": value, "sha256": value, "warc_file": f"../{value}"}
        )
        db["outcomes"].insert(
            {
                "crawl_id": 10,
                "source_id": source,
                "url": source,
                "outcome": "failed",
                "reason": value,
                "at": value,
            }
        )
        db["listings"].insert(
            {
                "source_id": source,
                "url": value,
                "kind": value,
                "found_at": value,
                "answered_at": value,
                "error": value,
                "newest_at": value,
            }
        )
        db["urls"].insert(
            {
                "url": source,
                "key": source,
                "source_id": source,
                "found_at": ("2026-11-19T10:00:00+00:00", f"2026-11-19T{value}")[number % 2],
                "via": value,
                "hints": json.dumps({"published_at": value, "title": value}),
            }
        )
        db["alarms"].insert(
            {
                "source_id": source,
                **dict.fromkeys("kind since raised_at words advice".split(), value),
                "evidence": json.dumps([value]),
            }
        )
        db["boilerplate"].insert(
            {
                "source_id": source,
                "block_hash": value,
                "text": value,
                "pages": number,
                "first_seen_at": value,
                "last_seen_at": value,
            }
        )
    make_changes_anew(db)
    db.close()


HOSTILE = [
    "<script>alert(1)</script>",
    "</title><script>alert(2)</script>",
    '"><img src=x onerror=alert(3)>',
    "'><svg onload=alert(4)>",
    "javascript:alert(5)",
    "JaVaScRiPt:alert(6)",
    "\x01javascript:alert(7)",
    "java\tscript:alert(8)",
    "data:text/html,<script>alert(9)</script>",
    "vbscript:msgbox(10)",
    "//outside.invalid/x.js",
    'http://outside.invalid/"onmouseover="alert(12)',
    "https://user:pass@outside.invalid:99999/'><b>",
    "{{ 7 * 7 }}{% raw %}",
    "${alert(15)}",
    "]]><script>alert(16)</script>",
    "<!--<script>alert(17)//-->",
    "</script><script>alert(18)</script>",
    "</style><style>*{background:url(http://outside.invalid/19)}</style>",
    "<iframe srcdoc='<script>alert(20)</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=http://outside.invalid/'>",
    "<base href=http://outside.invalid/>",
    "<form action=http://outside.invalid/><input name=q autofocus onfocus=alert(23)>",
    "<a href=javascript:alert(24)>x</a>",
    "<details open ontoggle=alert(25)>",
    '=HYPERLINK("http://outside.invalid","x")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\u202egnirts desrever\u202c",
    "\ufffe\uffff\u0000\u0008\u001b[31m",
    "&lt;script&gt;alert(33)&lt;/script&gt;",
    "%3Cscript%3Ealert(34)%3C/script%3E",
    "' OR '1'='1'; DROP TABLE articles; --",
    "\x02marks\x03 \ue000 \u200b",
    "../../../../etc/passwd",
    "A" * 5000,
    '\\";alert(39);//',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(40)>",
]

"""The files that every listing page offers: all rows, by the code of the command, sent as they are read."""

from __future__ import annotations

import csv
import io
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import bibtexparser
import pytest
import rispy
from click.testing import CliRunner
from sqlite_utils import Database

from browse.downloads import Download
from crawler.cli import cli
from pipelines.archive.search.search import search
from pipelines.archive.views.changes import read_changes, read_texts
from tests.reading_room import PLACE, made_up, page

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("downloads"))


async def read_table(room: Datasette, address: str) -> list[dict[str, Any]]:
    """The rows of a CSV, after a look at those of its JSON, which are the same."""
    path, _, query = address.partition("?")
    answers = [await room.client.get(f"{PLACE}/{path}.{form}?{query}") for form in ("csv", "json")]
    assert [answer.status_code for answer in answers] == [200, 200]
    rows = list(csv.DictReader(io.StringIO(answers[0].content.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(answers[1].json())
    for row, item in zip(rows, answers[1].json(), strict=True):
        assert list(row) == list(item)
    return rows


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", []),
        ("q=council+OR+harbour", ["council OR harbour"]),
        ("q=council&sort=newest&page=2", ["council"]),
        ("source=elbe-kurier&since=2026-10-01", ["--source", "elbe-kurier", "--since", "2026-10-01"]),
        ("q=%E5%B8%82&changed=1", ["市", "--changed"]),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "ris", "bib", "csl.json"])
async def test_a_page_gives_the_bytes_of_the_command(
    room: Datasette, archive: Path, tmp_path: Path, asked: str, words: list[str], ending: str
) -> None:
    target = tmp_path / f"out.{ending}"
    result = CliRunner().invoke(cli, ["export", str(archive), *words, "-o", str(target)])
    assert result.exit_code == 0, result.output
    answer = await room.client.get(f"{PLACE}/search.{ending}?{asked}")
    assert answer.content == target.read_bytes()
    assert f'filename="articles.{ending}"' in answer.headers["content-disposition"]
    assert answer.headers["content-security-policy"] == "default-src 'none'"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("search.csv?q=%22", "A quotation mark is not closed."),
        ("search.ris?source=nobody", "There is no source nobody in this archive."),
        ("search.jsonl?since=yesteryear&q=nothinghasthis", "yesteryear"),
        ("changes.csv?source=nobody", "There is no source nobody in this archive."),
        ("changes.bib?source=nobody", "There is no source nobody in this archive."),
        ("coverage.json?source=nobody", "There is no source nobody in this archive."),
    ],
)
async def test_a_file_that_would_be_empty_by_a_slip_says_so(room: Datasette, address: str, said: str) -> None:
    answer = await room.client.get(f"{PLACE}/{address}")
    assert answer.status_code == 400
    assert said in answer.text


async def test_a_search_that_finds_nothing_gives_a_file_without_rows(room: Datasette) -> None:
    assert (await room.client.get(f"{PLACE}/search.csv?q=nothinghasthis")).text.count("\n") == 1
    assert (await room.client.get(f"{PLACE}/search.csl.json?q=nothinghasthis")).json() == []


async def test_changes_come_whole_with_both_texts(room: Datasette, archive: Path) -> None:
    rows = await read_table(room, "changes")
    with closing(Database(archive)) as db:
        found = read_changes(db.conn, limit=10_000)
        texts = [read_texts(db.conn, change) for change in found.changes]
    assert len(rows) == len(found.changes) > 20
    assert [(row["old_text"], row["text"]) for row in rows] == texts
    assert [(row["removed"], row["added"]) for row in rows] == [(c.removed, c.added) for c in found.changes]
    assert any(row["old_text"] != row["text"] for row in rows)
    source = next(row["source"] for row in rows if row["kinds"] == "gone")
    gone = await read_table(room, f"changes?kind=gone&source={source}")
    assert gone == [row for row in rows if row["kinds"] == "gone" and row["source"] == source]
    cited = rispy.loads((await room.client.get(f"{PLACE}/changes.ris")).text)
    assert {one["id"] for one in cited} == {row["article_id"] for row in rows}
    assert len(cited) == len({row["article_id"] for row in rows})
    library = bibtexparser.parse_string((await room.client.get(f"{PLACE}/changes.bib?kind=gone")).text)
    assert len(library.entries) == len({row["article_id"] for row in rows if "gone" in row["kinds"]})


async def test_sources_alarms_and_attention_come_whole(room: Datasette, archive: Path) -> None:
    sources = await read_table(room, "sources")
    assert len(sources) == 10
    assert sum(int(row["articles"]) for row in sources) == 400
    alarms = await read_table(room, "alarms")
    assert len(alarms) == 3
    assert {row["name"] for row in await read_table(room, "alarms?source=elbe-kurier")} == {"Elbe-Kurier"}
    answer = await room.client.get(f"{PLACE}/attention.csv?q=council&unit=month")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sum(int(row["articles"]) for row in rows) == search(archive, "council").total
    everything = await room.client.get(f"{PLACE}/attention.csv")
    assert {row["source"] for row in csv.DictReader(io.StringIO(everything.content.decode("utf-8-sig")))} == {
        row["id"] for row in sources
    }


PAGES = [
    "search?q=council",
    "changes",
    "coverage",
    "coverage/urls",
    "sources",
    "alarms",
    "attention?q=council",
]


@pytest.mark.parametrize("address", PAGES)
async def test_every_list_offers_its_rows_as_files(room: Datasette, address: str) -> None:
    tree = await page(room, f"{PLACE}/{address}")
    links = [
        link
        for link in tree.xpath("//footer//a/@href")
        if re.search(r"\.(csv|jsonl?|ris|bib|csl\.json)(\?|$)", link)
    ]
    endings = {re.search(r"\.(csv|jsonl|json|ris|bib)(\?|$)", link)[1] for link in links}
    assert {"csv", "json"} <= endings
    if address.startswith(("search", "changes", "attention")):
        assert {"ris", "bib"} <= endings
        assert tree.xpath("//main//a[@href='#files']")
        assert tree.xpath("//footer[@id='files']")
    for link in links:
        assert (await room.client.get(link)).status_code == 200, link


async def test_style_and_script_are_served_whatever_the_distribution_is_called(room: Datasette) -> None:
    tree = await page(room, f"{PLACE}/article/1")
    addresses = tree.xpath("//link[@rel='stylesheet']/@href | //script/@src")
    assert {address.rpartition(".")[2].partition("?")[0] for address in addresses} == {"css", "js"}
    for address in addresses:
        assert (await room.client.get(address)).status_code == 200, address


async def test_a_reader_who_leaves_ends_the_export(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    sent: list[bytes] = []

    class Opened:
        def close(self) -> None:
            closed.append(True)

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message.get("body", b""))

    endless = iter(lambda: type("P", (), {"data": b"x" * 1000})(), None)
    await Download(b"begin", endless, Opened(), gone, "a.csv", "text/csv").asgi_send(send)
    assert closed == [True]
    assert len(sent) < 10

"""What readers and publishers can do to Datasette's own pages: formulas in CSV, SQL without end."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from sqlite_utils import Database

from browse.limits import LONGEST_VALUE, MOST_BYTES
from browse.spreadsheets import defuse_rows
from pipelines.archive.export.encoders import CsvEncoder
from pipelines.archive.export.fields import Field
from pipelines.archive.export.spreadsheets import defuse
from tests.reading_room import in_process, made_up

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\t1",
    "\n=1+1",
    "   =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\x00=1+1",
    "\x1b=1+1",
    "\u202e=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "﹦1+1",
    "﹢1+1",
    "﹣1+1",
    "﹫SUM(1)",
    "⁼1+1",
    "⁺1+1",
    "\u22121+1",
    ' \t ＝HYPERLINK("https://outside.example","a, b")',
    '=HYPERLINK("https://outside.example";"a\nb")',
    "=cmd|' /C calc'!A0",
    "-5 degrees tonight",
    '"=1+1"',
    "=\n=\n=",
]
HARMLESS = [
    "",
    "a",
    "1",
    "-5",
    "+5",
    "-1.5",
    "-1,5",
    "1e-7",
    "-2.5E+10",
    "2026-11-20",
    "a=b",
    "a,=b",
    "a\n=b",
    '"quoted" = text',
    'a,"b",=c\r\n=d',
    "’=1",
    "– a dash",
    "東京",
    "x" * 150_000,
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe_once(text: str) -> None:
    if text.startswith('"'):
        text = text[1:]
    assert defuse(text) == f"'{text}"
    assert defuse(defuse(text)) == defuse(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_formula_is_left_as_it_is(text: str) -> None:
    assert defuse(text) == text


def read_csv(text: str) -> list[list[str]]:
    csv.field_size_limit(10_000_000)
    return list(csv.reader(io.StringIO(text, newline="")))


def test_rows_of_csv_keep_their_cells() -> None:
    rows = [[*FORMULAS], [*HARMLESS], ["a", "=b", "c"], ["=a", "", "=c"]]
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    assert read_csv(defuse_rows(out.getvalue())) == [[defuse(cell) for cell in row] for row in rows]
    assert defuse_rows(defuse_rows(out.getvalue())) == defuse_rows(out.getvalue())


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = made_up(tmp_path_factory.mktemp("hostile"), articles=len(FORMULAS) + len(HARMLESS))
    db = Database(path)
    for number, text in enumerate(FORMULAS + HARMLESS, 1):
        db["articles"].update(number, {"title": text, "section": text, "standfirst": text})
        db["outcomes"].insert(
            {
                "crawl_id": 1,
                "source_id": "elbe-kurier",
                "url": f"https://x.example/{number}",
                "outcome": "failed",
                "reason": text,
                "at": "2026-11-20",
            }
        )
    db.close()
    return path


@pytest.mark.parametrize(
    "address",
    [
        "articles.csv?_size=max",
        "articles.csv?_stream=on&_size=max&_labels=on",
        "articles.csv?_col=title&_stream=1&_dl=1",
        "articles.csv?_header=off&_size=max",
        "outcomes.csv?_stream=on",
        "listed.csv?_size=max",
    ],
)
async def test_no_cell_of_datasettes_csv_is_a_formula(room: Datasette, address: str) -> None:
    response = await room.client.get(f"/the~20clippings/{address}")
    assert response.status_code == 200
    rows = read_csv(response.text)
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert defuse(cell) == cell
        first = next((c for c in cell if unicodedata.category(c) not in ("Cc", "Cf", "Zs")), "")
        assert first not in tuple("=@＝＠")


async def test_queries_are_defused_and_nothing_else_changes(room: Datasette) -> None:
    texts = FORMULAS + HARMLESS
    query = urlencode({"sql": "select title, id, -3 as n from articles order by id", "_size": "max"})
    rows = read_csv((await room.client.get(f"/the~20clippings.csv?{query}")).text)
    assert rows[0] == ["title", "id", "n"]
    assert [row[0].replace("\x00", "") for row in rows[1:]] == [defuse(t).replace("\x00", "") for t in texts]
    assert {row[2] for row in rows[1:]} == {"-3"}
    query = urlencode({"sql": "select title from articles order by id", "_shape": "arrayfirst"})
    assert (await room.client.get(f"/the~20clippings.json?{query}")).json() == texts


def test_our_own_csv_is_defused() -> None:
    encoder = CsvEncoder((Field("a"), Field("b", "integer")))
    rows = read_csv(encoder.encode([(text, -3) for text in FORMULAS]).decode())
    assert rows == [[defuse(text), "-3"] for text in FORMULAS]


BIG = f"hex(zeroblob({LONGEST_VALUE // 2 - 1000}))"
MANY = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)"
ENDLESS = [
    "select hex(zeroblob(400000000))",
    "select zeroblob(900000000)",
    "select length(printf('%.*c', 900000000, 'x'))",
    "select printf('%.*c', '2000000000', 'x')",
    "select format('%-5.900000000c|%d', 'x', 1)",
    "select randomblob(900000000)",
    "select replace(hex(zeroblob(1000000)), '0', hex(zeroblob(1000000)))",
    f"select {BIG} || {BIG}",
    f"{MANY} select group_concat(hex(zeroblob(1000000))) from n",
    f"{MANY} select {BIG} from n",
    f"{MANY} select zeroblob({LONGEST_VALUE}) from n",
    "select " + ", ".join([BIG] * 150),
    "select " + ", ".join(["1"] * 1500),
    "select " + "(" * 900 + "1" + ")" * 900 + " union select 1" * 300,
    "select " + "1+" * 5000 + "1",
    "select 1" + " union all select 1" * 450,
    "select 'a' like '" + "%a" * 5_000 + "b'",
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("sql", ENDLESS, ids=range(len(ENDLESS)))
async def test_sql_without_end_is_refused(room: Datasette, sql: str) -> None:
    response = await room.client.get(f"/the~20clippings.json?{urlencode({'sql': sql})}")
    assert response.status_code == 400
    assert len(response.content) < 500_000
    assert not response.json()["ok"]
    again = await room.client.get("/the~20clippings.json?sql=select+count(*)+from+articles&_shape=arrayfirst")
    assert again.json() == [len(FORMULAS) + len(HARMLESS)]


async def test_an_answer_too_large_says_what_to_do(room: Datasette) -> None:
    response = await room.client.get(
        f"/the~20clippings.json?{urlencode({'sql': f'{MANY} select {BIG} from n'})}"
    )
    assert f"more than {MOST_BYTES / 1e6:.0f} MB. Ask for fewer rows" in response.json()["error"]


LINEAR = [
    ("instr(hex(zeroblob(2000000)), hex(zeroblob(1000000)) || '1')", 0),
    ("length(replace(hex(zeroblob(2000000)), hex(zeroblob(1000000)) || '1', ''))", 4_000_000),
    ("length(trim(hex(zeroblob(2000000)), hex(randomblob(1000000)) || '0'))", 0),
]
SAME = [
    "instr('harbour', 'bo')",
    "instr('harbour', 'x')",
    "instr('Übersee', 'see')",
    "instr(x'0102', x'02')",
    "instr(null, 'a')",
    "instr('a', null)",
    "instr(1234, 3)",
    "instr('a', '')",
    "replace('harbour', 'r', 'rr')",
    "replace('harbour', '', 'x')",
    "replace('harbour', 'r', '')",
    "replace(null, 'a', 'b')",
    "replace(1234, 3, 'x')",
    "trim('xxaxx', 'x')",
    "ltrim('xyaxy', 'yx')",
    "rtrim('xyaxy', 'yx')",
    "trim('  a ')",
    "trim(null, 'x')",
    "printf('%.3c|%5d|%-5s|%q', 'x', 42, 'ab', 'it''s')",
    "format('%.*c', 3, 'x')",
    "printf('%,d %.2f %x %%', 1234567, 2.5, 255)",
    "printf(null)",
    "printf()",
    "printf('%d %s', 'a', null)",
    "printf('%s', x'6162')",
]


@pytest.mark.parametrize(("sql", "value"), LINEAR)
async def test_functions_take_no_more_than_linear_time(room: Datasette, sql: str, value: int) -> None:
    query = urlencode({"sql": f"select {sql}", "_shape": "arrayfirst"})
    assert (await room.client.get(f"/the~20clippings.json?{query}")).json() == [value]


@pytest.mark.parametrize("sql", SAME)
async def test_functions_say_what_sqlites_own_say(room: Datasette, sql: str) -> None:
    query = urlencode({"sql": f"select {sql}", "_shape": "arrayfirst"})
    expected = list(Database(memory=True).execute(f"select {sql}").fetchone())
    assert (await room.client.get(f"/the~20clippings.json?{query}")).json() == expected


async def test_an_article_of_any_length_is_read(tmp_path: Path) -> None:
    """The limits are for SQL that readers type; our pages know what they ask for."""
    path = made_up(tmp_path, articles=10)
    db = Database(path)
    db["articles"].update(2, {"text": "harbour " * (LONGEST_VALUE // 8 + 1000)})
    db.close()
    datasette = await in_process(path)
    page = await datasette.client.get("/-/clippings/the~20clippings/article/2")
    assert page.status_code == 200
    assert len(page.text) > LONGEST_VALUE

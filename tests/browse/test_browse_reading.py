"""The pure parts that reading stands on: differences, kinds of change, health, citations, stored pages."""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from browse import formatting
from browse.params import FACETS, STATES
from browse.sanitize import sanitize
from pipelines.archive.search.match import Filters
from pipelines.archive.search.timeline import period
from pipelines.archive.views.article import Capture, VersionView
from pipelines.archive.views.blocks import TextBlock, split_blocks
from pipelines.archive.views.changes import kinds_of
from pipelines.archive.views.citations import CitedArticle, cite
from pipelines.archive.views.diff import compare_texts, compare_words
from pipelines.archive.warc.reader import CaptureMissing, page
from tests.phrases import LANGUAGES
from tests.reading_room import in_process, made_up

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_difference_holds_both_texts(code: str) -> None:
    """Without what was removed it is the new text, without what was added the old one; but for spaces."""
    chance = random.Random(code)
    language = LANGUAGES[code]
    for day in range(25):
        old = language.story(chance, day)[2]
        pieces = old.split("\n\n")
        for _ in range(chance.randrange(5)):
            at = chance.randrange(len(pieces))
            match chance.randrange(4):
                case 0:
                    pieces[at] = language.reworded(pieces[at])
                case 1:
                    pieces.insert(at, language.story(chance, day)[1])
                case 2 if len(pieces) > 1:
                    del pieces[at]
                case _:
                    pieces[at], pieces[-1] = pieces[-1], pieces[at]
        new = "\n\n".join(pieces)
        found = compare_texts(old, new)
        for text, kind in ((new, "added"), (old, "removed")):
            kept = [run.text for paragraph in found for run in paragraph.runs if run.kind in ("same", kind)]
            assert "".join("".join(kept).split()) == "".join(text.split())
        for paragraph in found:
            assert {run.kind for run in paragraph.runs} <= {"same", "added", "removed"}
        if old == new:
            assert {paragraph.kind for paragraph in found} == {"same"}


def test_words_that_changed_are_shown_as_words() -> None:
    runs = [
        (run.kind, run.text)
        for run in compare_words("The mayor will resign on Monday.", "The mayor resigned on Friday.")
    ]
    assert runs == [
        ("same", "The mayor "),
        ("removed", "will resign"),
        ("added", "resigned"),
        ("same", " on "),
        ("removed", "Monday"),
        ("added", "Friday"),
        ("same", "."),
    ]
    assert [(run.kind, run.text) for run in compare_words("市長は辞任する", "市長が辞任した")][:3] == [
        ("same", "市長"),
        ("removed", "は"),
        ("added", "が"),
    ]


def test_a_changed_paragraph_is_not_one_gone_and_one_new() -> None:
    old = "One stays.\n\nThe council met on Monday to talk of the bridge.\n\nGone for good."
    new = "One stays.\n\nThe council met on Tuesday to talk of the bridge.\n\nQuite different words here now."
    assert [paragraph.kind for paragraph in compare_texts(old, new)] == [
        "same",
        "changed",
        "added",
        "removed",
    ]


@pytest.mark.parametrize(
    ("notice", "is_one"),
    [
        ("Correction: the figure was wrong.", True),
        ("> Clarification, 3 May: he did not say so.", True),
        ("Berichtigung: In einer früheren Fassung", True),
        ("訂正：前の記事", True),
        ("정정: 이전 기사", True),
        ("The correction of the markets went on.", False),
        ("Another paragraph.", False),
    ],
)
def test_correction_notices_are_known(notice: str, is_one: bool) -> None:
    old, new = version("A", "Text."), version("A", f"Text.\n\n{notice}")
    assert kinds_of(old, new) == (("text", "correction") if is_one else ("text",))
    assert kinds_of(new, version("B", new.text)) == ("headline",)


def test_kinds_noted_when_the_change_was_seen_are_what_counts() -> None:
    old = version("A", "Read by 10 people", change='["standfirst"]')
    assert kinds_of(old, version("A", "Read by 20 people")) == ("standfirst",)


def test_a_changed_standfirst_is_a_kind_of_change() -> None:
    assert kinds_of(version("A", "Text."), version("A", "Text.", "Another")) == ("standfirst",)


def version(title: str, text: str, standfirst: str = "One", change: str | None = None) -> VersionView:
    return VersionView(1, "2026-11-23T10:00:00.000+00:00", title, standfirst, text, None, None, change)


def test_blocks_are_told_apart() -> None:
    assert split_blocks("One.\n\n## Two\n\n- a\n- b\n\n> said\n\n\n\nEnd - not a list") == (
        TextBlock("paragraph", "One."),
        TextBlock("heading", "Two"),
        TextBlock("item", "a"),
        TextBlock("item", "b"),
        TextBlock("quotation", "said"),
        TextBlock("paragraph", "End - not a list"),
    )


@pytest.mark.parametrize(
    ("old", "new", "change", "kinds"),
    [
        ("clippings-4", "clippings-4", None, ("text",)),
        ("", "clippings-5", None, ("text",)),
        ("clippings-4", "clippings-5", None, ()),
        ("clippings-4", "clippings-5", '["text"]', ("text",)),
    ],
)
def test_what_other_rules_read_is_nobodys_change(
    old: str, new: str, change: str | None, kinds: tuple[str, ...]
) -> None:
    before = replace(version("A", "One pier."), change=change, extractor=old)
    assert kinds_of(before, replace(version("A", "Two piers."), extractor=new)) == kinds


CITED = CitedArticle(
    7,
    "50 % of {all} \\ $1_000 & more #1\nTY  - FAKE",
    ("Ann Lee", "Bo\r\nER  - ", "佐藤 花子"),
    "Der Spätbote",
    "https://a.test/x_y?a=1&b={2}#z",
    "2026-11-20T09:30:00+09:00",
    "2026-11-21T01:00:00+00:00",
    "Politics",
    "en",
)


def test_citations() -> None:
    assert cite(CITED, "txt") == (
        "Ann Lee, Bo ER - and 佐藤 花子. “50 % of {all} \\ $1_000 & more #1 TY - FAKE”. Der Spätbote. "
        "20 November 2026. https://a.test/x_y?a=1&b={2}#z (archived 21 November 2026)"
    )
    bib = cite(CITED, "bib")
    assert bib.startswith("@article{derspatbote2026-7,\n")
    assert r"title = {{50 \% of \{all\} \textbackslash{} \$1\_000 \& more \#1 TY - FAKE}}" in bib
    assert "author = {{Ann Lee} and {Bo ER -} and {佐藤 花子}}" in bib
    assert "month = nov" in bib
    bare = re.sub(r"\\[{}]", "", bib)
    assert bare.count("{") == bare.count("}")
    ris = cite(CITED, "ris").split("\r\n")
    assert ris[0] == "TY  - NEWS"
    assert ris[-2:] == ["ER  - ", ""]
    assert [line for line in ris if line.startswith("TY")] == ["TY  - NEWS"]
    assert [line for line in ris if line.startswith("ER")] == ["ER  - "]
    assert "DA  - 2026/11/20" in ris
    [item] = json.loads(cite(CITED, "json"))
    assert item["issued"] == {"date-parts": [[2026, 11, 20]]}
    assert item["author"][2] == {"literal": "佐藤 花子"}
    assert item["title"] == CITED.title


@pytest.mark.parametrize("form", ["txt", "bib", "ris", "json"])
def test_a_citation_of_next_to_nothing(form: str) -> None:
    text = cite(CitedArticle(1, "", (), "", "", None, "never"), form)
    assert text.strip()
    assert "None" not in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"warc_file": None}, "was not kept"),
        ({"warc_file": "missing.warc.gz"}, "is not beside the archive"),
        ({"warc_file": "../archive.db"}, "outside warc/"),
        ({"warc_file": "a\0b"}, "cannot be read"),
        ({"warc_file": "x" * 5000}, "cannot be read"),
        ({"warc_length": 10**6}, "is cut off"),
        ({"warc_offset": 3}, "cannot be read"),
        ({"warc_length": 20}, "holds no page"),
    ],
)
def test_a_capture_that_cannot_be_shown_says_why(
    tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nHi"
    record = gzip.compress(
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.test/\r\n"
        b"Content-Type: application/http; msgtype=response\r\nWARC-Date: 2026-11-01T10:00:00Z\r\n"
        b"Content-Length: %d\r\n\r\n%s\r\n\r\n" % (len(answer), answer)
    )
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "one.warc.gz").write_bytes(record + b"\0" * 10)
    values = {
        "id": 1, "url": "u", "fetched_at": "", "status": 200, "mime": None, "sha256": None,
        "warc_file": "one.warc.gz", "warc_offset": 0, "warc_length": len(record),
    }  # fmt: skip
    archive = tmp_path / "archive.db"
    assert page(archive, Capture(**values)).body == b"Hi"  # type: ignore[arg-type]
    with pytest.raises(CaptureMissing, match=said):
        page(archive, Capture(**{**values, **changed}))  # type: ignore[arg-type]


def test_a_page_is_made_inert_in_any_encoding() -> None:
    text = '<LINK rel=x HREF="http://a/"><a\nhref = "b">href</a><svg><a xlink:href="c"></svg><IFrame src=d></iframe>'
    for charset in ("utf-8", "utf-16", "utf-16-le", "shift_jis"):
        body, now = sanitize(text.encode(charset), charset)
        shown = body.decode(now)
        assert not re.search(r"<(link|iframe)|[\s:]href\s*=", shown, re.IGNORECASE)
        assert shown.replace("x-", "") == text


def test_periods() -> None:
    assert period("2026-11-22", "week") == ("2026-11-16", "2026-11-22")
    assert period("2026-02-03", "month") == ("2026-02-01", "2026-02-28")
    assert period("2026-12-31", "month") == ("2026-12-01", "2026-12-31")
    assert period("2026-12-31", "day") == ("2026-12-31", "2026-12-31")


def test_how_times_and_addresses_are_written() -> None:
    assert formatting.when("2026-11-20T09:05:00+09:00") == "20 November 2026, 09:05 (UTC+9)"
    assert formatting.when("2026-11-20T09:05:00-03:30") == "20 November 2026, 09:05 (UTC−3:30)"
    assert formatting.when("2026-11-20T09:05:00") == "20 November 2026, 09:05 (no zone given)"
    assert formatting.when("2026-11-20") == "20 November 2026"
    assert formatting.when("soon") == "soon"
    assert formatting.when(None) == "no date"
    assert formatting.language("ja") == "Japanese"
    assert formatting.language("zh-TW") == "Chinese"
    assert formatting.language("xx<b>") == "xx<b>"
    assert formatting.safe_url(" https://a.test/x ") == "https://a.test/x"
    for url in (
        "javascript:alert(1)",
        "//a.test",
        "https://",
        "http://a:99999/",
        "data:text/html,x",
        "",
        None,
    ):
        assert formatting.safe_url(url) == ""


def test_every_filter_is_read_from_the_address() -> None:
    of_commands = {"access"}  # a page has `paywalled` for it
    assert {field.name for field in fields(Filters)} - of_commands == {
        *(*FACETS, *STATES, "since", "until"),
        "archived_since",  # `archived` in an address
    }


async def test_a_correction_is_shown_as_a_note_without_its_mark(tmp_path: Path) -> None:
    path = made_up(tmp_path, articles=10)
    db = Database(path)
    db["articles"].update(2, {"text": "The lamp burns.\n\n! Correction: it was lit on Monday.\n\nAgain."})
    db.close()
    datasette = await in_process(path)
    page = await datasette.client.get("/-/clippings/the~20clippings/article/2")
    assert (
        '<aside class="correction" aria-label="Note by the newsroom"><p>Correction: it was lit on Monday.</p></aside>'
        in page.text
    )
    assert "! Correction" not in page.text

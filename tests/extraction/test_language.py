"""The language of an article: declared, told from its text, or overruled."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import extract
from pipelines.extraction.metadata.language import normalize_code
from pipelines.items import Page

ENGLISH = (
    "The harbour council decided on Tuesday to dredge the old basin before winter, and the pilots welcomed it. "
    "Nobody had measured the depth since the storm, said the harbour master, who expects the work to take a month. "
)
GERMAN = (
    "Der Hafenrat hat am Dienstag beschlossen, das alte Becken noch vor dem Winter auszubaggern, und die Lotsen "
    "begrüßten das. Seit dem Sturm habe niemand mehr die Tiefe gemessen, sagte der Hafenmeister den Zuhörern. "
)
ZULU = (
    "Umkhandlu wetheku unqume ngoLwesibili ukuthi kumbiwe ichibi elidala ngaphambi kobusika, futhi abashayeli "
    "bemikhumbi bakwamukele lokho. Akekho umuntu oseke wakala ukujula kwamanzi selokhu kwaba nesiphepho. "
)
KOREAN = "항만위원회는 화요일 겨울이 오기 전에 오래된 부두를 준설하기로 결정했으며 도선사들은 이를 환영했다. "
NORWEGIAN = (
    "Havnerådet vedtok tirsdag å mudre det gamle bassenget før vinteren, og losene ønsket det velkommen. "
    "Ingen har målt dybden siden stormen, sa havnesjefen, som venter at arbeidet vil ta en måned. "
)


def told(declared: str, *paragraphs: str) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f'<html{declared}><head><meta charset="utf-8"><title>71</title></head><body><article>{body}</article></body></html>'
    return extract(Page(url="https://quaypost.example/2026/a-story", body=html.encode())).language


@pytest.mark.parametrize(
    ("stated", "code"),
    [("en_GB", "en"), ("eng", "en"), ("ger", "de"), ("zh-Hant-TW", "zh"), ("iw", "he"), ("de-DE, en", "de")],
)
def test_a_declaration_becomes_one_short_code(stated: str, code: str) -> None:
    assert normalize_code(stated) == code


@pytest.mark.parametrize("stated", ["utf-8", "x-default", "und", "English", "", "%lang%"])
def test_what_names_no_language_declares_none(stated: str) -> None:
    assert normalize_code(stated) == ""


@pytest.mark.parametrize(
    ("text", "code"), [(ENGLISH * 2, "en"), (GERMAN * 2, "de"), (ZULU * 2, "zu"), (KOREAN * 5, "ko")]
)
def test_a_silent_page_is_told_by_its_text(text: str, code: str) -> None:
    assert told("", text, text) == code
    assert told(' lang="utf"', text, text) == code


def test_a_template_that_says_english_of_everything_is_overruled() -> None:
    assert told(' lang="en"', ZULU * 2, ZULU * 2) == "zu"


@pytest.mark.parametrize(
    ("declared", "paragraphs"),
    [
        ("nb", (NORWEGIAN * 2, NORWEGIAN * 2)),  # near relations are not told apart
        ("de", (GERMAN * 2, ENGLISH * 2)),  # half of it is a quotation
        ("en", (GERMAN,)),  # too short to contradict
        ("gsw", (ENGLISH * 3, ENGLISH * 3)),  # not among the languages that can be told
    ],
)
def test_a_declaration_stands_in_doubt(declared: str, paragraphs: tuple[str, ...]) -> None:
    assert told(f' lang="{declared}"', *paragraphs) == declared

"""Bodies as servers send them: packed, mislabelled, damaged, no text at all."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest

from pipelines.extraction.decoding import BodyError, NotTextError, decode_body, decode_text
from pipelines.zstd import zstd

PAGE = b"<html><body><p>" + b"A harbour and its cranes. " * 200 + b"</p></body></html>"


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("identity", bytes),
        ("gzip, br", lambda b: brotli.compress(gzip.compress(b))),
    ],
)
def test_every_coding_is_undone(coding, pack):
    assert decode_body(pack(PAGE), [("Content-Encoding", coding)]) == PAGE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_coding_the_body_does_not_have_is_ignored(coding):
    assert decode_body(PAGE, [("content-encoding", coding)]) == PAGE


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
def test_bombs_and_damage_are_refused_in_words(coding, pack):
    bomb = pack(bytes(3_000_000))
    with pytest.raises(BodyError, match="larger than 1,000,000 bytes"):
        decode_body(bomb, [("content-encoding", coding)], limit=1_000_000)
    packed = pack(PAGE + bytes(range(256)) * 40)
    with pytest.raises(BodyError, match="damaged"):
        decode_body(packed[: len(packed) // 2], [("content-encoding", coding)])


SENTENCES = {
    "cp949": (
        "ko",
        "한국은행은 23일 기준금리를 동결했다고 발표했다. 시장에서는 예상된 결과라는 반응이 나왔다.",
    ),
    "shift_jis": ("ja", "東京都は二十三日、新しい条例案を発表した。住民からは賛否の声が上がっている。"),
    "euc_jp": ("ja", "東京都は二十三日、新しい条例案を発表した。住民からは賛否の声が上がっている。"),
    "gb18030": ("zh", "北京市政府周一宣布，将在明年开始实施新的交通管理办法，市民对此反应不一。"),
    "big5": ("zh", "台北市政府週一宣布，將在明年開始實施新的交通管理辦法，市民對此反應不一。"),
    "cp1251": (
        "ru",
        "Правительство объявило в понедельник о новых мерах. Жители отнеслись к этому по-разному.",
    ),
    "koi8-r": (
        "ru",
        "Правительство объявило в понедельник о новых мерах. Жители отнеслись к этому по-разному.",
    ),
    "cp1252": ("fr", "Le maire a déclaré qu’il était prêt à négocier dès février — « sans préalable »."),
    "cp1250": ("cs", "Vláda v pondělí oznámila nová opatření. Obyvatelé reagují různě, říká žalobce."),
    "cp1253": ("el", "Η κυβέρνηση ανακοίνωσε τη Δευτέρα νέα μέτρα για τους κατοίκους."),
    "cp1255": ("he", "הממשלה הודיעה ביום שני על צעדים חדשים"),
    "cp1256": ("ar", "أعلنت الحكومة يوم الاثنين عن إجراءات جديدة"),
    "cp874": ("th", "รัฐบาลประกาศมาตรการใหม่เมื่อวันจันทร์"),
    "utf-8": ("pl", "Zażółć gęślą jaźń, powiedział burmistrz."),
    "utf-16": ("en", "A harbour — and its cranes."),
}


@pytest.mark.parametrize("declared", ["utf-8", "", "iso-8859-1", "no-such-charset"])
@pytest.mark.parametrize("charset", SENTENCES)
def test_the_charset_is_found_whatever_is_declared(charset, declared):
    if (charset, declared) == ("cp1250", "iso-8859-1"):
        declared = "windows-1250"  # the bytes are valid either way: here the declaration decides
    language, sentence = SENTENCES[charset]
    page = f'<html lang="{language}"><meta charset="{declared}"><p>{sentence}</p><p>{sentence}</p></html>'
    text = decode_text(page.encode(charset)).text
    assert sentence in text


def test_a_few_broken_bytes_leave_utf8_utf8():
    body = ("<p>Søndag åpnet havnen på nytt, øyene ble våte av ærlig regn. </p>" * 20).encode() + b"\xc3"
    found = decode_text(body, [("Content-Type", "text/html; charset=iso-8859-1")])
    assert found.charset == "utf-8"
    assert "åpnet" in found.text
    assert found.utf8 == b""


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "iso2022_jp", "cp1252"])
def test_the_bytes_of_a_text_are_told_where_they_are_all_of_it(charset):
    page = "<p>Søndag</p>" if charset == "cp1252" else "<p>日曜日</p>"
    found = decode_text(page.encode(charset), [("Content-Type", f"text/html; charset={charset}")])
    assert found.text == page
    assert found.utf8 == (page.encode() if charset == "utf-8" else b"")


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7 ...",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"PK\x03\x04",
        bytes(range(1, 32)) * 50,
        b"\0" * 5000,
    ],
)
def test_binary_data_is_no_page(body):
    with pytest.raises(NotTextError):
        decode_text(body, [("Content-Type", "text/html")])

"""Pages beyond the parser's limits are read whole, or the reason says what was cut."""

from __future__ import annotations

import pytest

from pipelines.extraction import shorten
from pipelines.extraction.document import parse, text_of
from tests.extraction.stories import PARAGRAPHS, STORY, read


@pytest.mark.parametrize(
    "opening", ["<p><font size=2>", "<p><span>", "<div>", "<blockquote>", "<p><b><i>", "<section><p>"]
)
def test_elements_that_are_never_closed(opening: str) -> None:
    lines = [f"{p} It was line {n} of the log." for n in range(100) for p in PARAGRAPHS]
    text = read("".join(opening + line for line in lines)).text
    assert sum(line in text for line in lines) == len(lines)


@pytest.mark.parametrize("tags", ["<div>", "<b>", "<div><b></i>", "<p><font></b>", "<ul><li>"])
def test_a_hundred_thousand_elements_in_each_other(tags: str) -> None:
    tree = parse(tags * (100_000 // tags.count("<")) + "the end of it")
    assert tree is not None
    assert "the end of it" in text_of(tree)


@pytest.mark.parametrize(
    "bulk",
    [
        "<script>" + "var lamp = 1;" * 350_000 + "</script>",
        "<style>" + ".lamp { color: red }" * 250_000 + "</style>",
        "<!--" + " lamp " * 800_000 + "-->",
        "<svg>" + "<path d='M0 0'/>" * 300_000 + "</svg>",
        "<img src='data:image/png;base64," + "QUJD" * 1_100_000 + "'>",
    ],
)
def test_what_is_no_text_does_not_count_for_the_length(bulk: str) -> None:
    article = read(bulk + STORY)
    assert article.outcome is None, article.reason
    assert PARAGRAPHS[3] in article.text


def test_one_long_text() -> None:
    tree = parse(f"<p>{'灯' * 3_900_000}</p><p>the end</p>")
    assert tree is not None
    assert tree.findall(".//p")[-1].text == "the end"


def test_the_reason_says_what_was_cut() -> None:
    article = read("&nbsp;" * 700_000 + STORY)
    assert article.outcome is not None
    assert "4,000,000 was cut" in article.reason


def test_json_ld_stays_when_scripts_go() -> None:
    kept = '<script type="application/ld+json">{"a": 1}</script>'
    assert shorten.drop_bulk(f"a<script>x</script>{kept}<!-- y -->b") == f"a{kept}b"

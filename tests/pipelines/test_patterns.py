"""Alternatives grouped by their first letters match what they matched before."""

from __future__ import annotations

import re

import pytest

from pipelines.patterns import RarePhrases, group_by_letter

TEXTS = """buy now|BUY NOW in stock|Free shipping, then checkout|a(b|c|Log in to|login to|ſubscribe to|Kelvin|kelvin|İstanbul|istanbul
Äpfel|äpfel|ÄPFEL|Наш Телеграм|нашем|x|s|S|[a]|boxes|box|also read|read also|ab|aab|b|2|(x)|"""


@pytest.mark.parametrize(
    "alternatives",
    [
        "buy now|in stock|boxes?|box|checkout",
        "subscribe to|sea|s|kelvin|istanbul|log ?in to",
        "äpfel|наш(?:ем)?|на",
        "a?b|a+b|[xs]|also read|read (?:also|on)|(?:also )?read|a(?:b|c)",
        r"\(x\)|a\(b\||\d|[|\]a]|b{1,2}",
        "also|apple|",
        r"(?:buy|in) (?:now|stock)|(?:box|boxes)|(?:lo|sea)?gin|(?:a\)|b)c|(?:a[)]b)|(?:(?:a)b|x)",
    ],
)
def test_alternatives_match_the_same_when_they_are_grouped(alternatives: str) -> None:
    plain, grouped = (
        re.compile(f"(?:{one})", re.IGNORECASE) for one in (alternatives, group_by_letter(alternatives))
    )
    for text in re.split(r"\n|\|(?=\w)", TEXTS):
        for word in (text, text.upper(), text.lower(), f"- {text}"):
            assert [m.span() for m in grouped.finditer(word)] == [m.span() for m in plain.finditer(word)]


def test_each_letter_is_found_in_all_its_forms() -> None:
    """Beside capitals, `re.IGNORECASE` knows forms such as the long s and the sign for Kelvin."""
    signs = "".join(map(chr, range(0x2200)))
    for letter in "aikmsäåßµчтсдошаβεθκπρσφωıİſ":
        grouped = re.compile(group_by_letter(letter), re.IGNORECASE)
        assert grouped.findall(signs) == re.compile(letter, re.IGNORECASE).findall(signs), letter


PHRASES = {"add to ": "add to (?:cart|bag)", "sku": "sku", "filter": "filters?", "page ": r"page \d+ of"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Add to cart. ADD TO BAG; add to list", 2),
        ("F\u0130lters and f\u0131lter, \u017fku", 3),
        ("s\u212au, skus, unfiltered, prefilter", 1),
        ("Page 2 of 9, page two of nine", 1),
        ("", 0),
    ],
)
def test_rare_phrases_are_counted_as_by_one_pattern_of_all(text: str, count: int) -> None:
    whole = re.compile(rf"\b(?:{'|'.join(PHRASES.values())})\b", re.IGNORECASE)
    assert RarePhrases(PHRASES).count(text, text.lower()) == len(whole.findall(text)) == count

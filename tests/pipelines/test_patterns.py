"""Alternatives grouped by their first letters match what they matched before."""

from __future__ import annotations

import re

import pytest

from pipelines.patterns import group_by_letter

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

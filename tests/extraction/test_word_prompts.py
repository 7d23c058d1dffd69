"""The line by which a site offers to look up words stands above many texts, and is none of the text."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import extract
from pipelines.items import Page

PARAGRAPHS = [
    "The ferry to the islands will sail every hour from May on, the harbour board said on Monday, and take sixty cars a trip.",
    "Nobody could click any word of the old timetable, which hung in a glass case; the new one is on the web as well.",
    "Three boats were hired for it. The first of them is to arrive in April, two weeks before the season begins.",
]


@pytest.mark.parametrize(
    "line",
    [
        "Double-click any word on this page to see its meaning in the dictionary.",
        "Tap on any word for a definition.",
        "Mit einem Doppelklick auf ein Wort öffnen Sie das Wörterbuch.",
        "Double-cliquez sur un mot pour voir sa définition.",
        "Haga doble clic en cualquier palabra para ver su significado.",
        "단어를 더블 클릭하면 뜻을 볼 수 있습니다.",
        "単語をダブルクリックすると辞書が開きます。",
    ],
)
def test_an_offer_to_look_words_up_is_no_text(line: str) -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    html = f"<html><head><title>Ferry</title><meta property='og:type' content=article></head><body><h1>Ferry to sail hourly</h1><p>{line}</p><div>{body}</div></body></html>"
    page = Page(url="https://paper.example/2026/11/20/ferry-to-sail-hourly", body=html.encode())
    assert extract(page).text == "\n\n".join(PARAGRAPHS)

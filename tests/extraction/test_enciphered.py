"""Text that a page prints enciphered for whoever is no subscriber is left out, said, and never put right."""

from __future__ import annotations

import pytest

from pipelines.extraction.content.enciphered import is_enciphered
from pipelines.extraction.extract import explain, extract
from pipelines.items import Outcome, Page

TEXTS = {
    "German": "Die Fähre legt seit Montag wieder an der Mühle an, obwohl das Wasser noch hoch steht. Der Fährmann hat zwei Nächte am Motor gearbeitet.",
    "English": "The ferry has landed at the mill again since Monday, though the water still stands high. The ferryman worked on the engine for two nights.",
    "French": "Depuis lundi, le bac accoste de nouveau au moulin, bien que l'eau reste haute. Le passeur a travaillé deux nuits sur le moteur.",
    "Spanish": "Desde el lunes, la barca atraca otra vez junto al molino, aunque el agua sigue alta. El barquero trabajó dos noches en el motor.",
    "Polish": "Od poniedziałku prom znów przybija przy młynie, choć woda wciąż stoi wysoko. Przewoźnik dwie noce pracował przy silniku.",
    "Finnish": "Lautta on taas maanantaista lähtien pysähtynyt myllyn luona, vaikka vesi on yhä korkealla. Lautturi korjasi moottoria kaksi yötä.",
}
"""The same in each language, by us."""
PLAIN = [
    *TEXTS.values(),
    "Photo: The ferry at the mill/ Archive of the town - taken on a Sunday in the spring of the year",
    "Fähre an der Mühle - Zeitplan für Werktage und Sonntage - Preise für Kinder und Erwachsene/ Tickets am Steg",
    "https://mercury.example/a/b/ - https://mercury.example/c/d/ - mehr zum Thema",
    "Стaрый паром снова ходит - расписание/ цены и билеты на пристани у мельницы каждый день",
    "渡し船は月曜日から再び水車小屋の前に着く/ 水位はまだ高い - 船頭は二晩エンジンを直した",
]
INTRO = (
    "The ferry at the mill crosses again. What the ferryman did in two nights, and who paid for the engine."
)


def encipher(text: str) -> str:
    """Each sign but the blank as the next one; a page does so with the markup of the text, too."""
    return "".join(sign if sign == " " else chr(ord(sign) + 1) for sign in text)


def read(*paragraphs: str, intro: str = "", extractor: str = "own") -> Page:
    inside = "".join(f"<p class='text'>{paragraph}</p>" for paragraph in paragraphs)
    lead = f"<p class='standfirst'>{intro}</p>" if intro else ""
    html = f"""<html lang="en"><head><title>The ferry crosses again - Mill Lane Mercury</title>
    <meta property="og:type" content="article"><meta property="og:description" content="{intro}">
    <meta property="article:published_time" content="2026-11-20T08:00:00Z"></head><body>
    <nav><a href="/">Home</a><a href="/town">Town</a></nav>
    <form class="login-form"><p>No permission to read</p><p>To read all our articles, order one of our offers.</p></form>
    <article><h1>The ferry crosses again</h1>{lead}<div class="paywall-body">{inside}</div></article>
    <footer>Mill Lane Mercury</footer></body></html>"""
    return Page(
        url="https://millmercury.example/2026/11/20/the-ferry-crosses-again",
        body=html.encode(),
        extractor=extractor,
        fetched_at="2026-11-24T12:00:00+00:00",
    )


@pytest.mark.parametrize("language", TEXTS)
def test_moved_letters_are_told_from_a_language(language: str) -> None:
    assert is_enciphered(encipher(TEXTS[language]))
    assert is_enciphered(encipher(f'<a href="https://mercury.example/x" title="">{TEXTS[language][:50]}</a>'))


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_is_never_taken_for_enciphered(text: str) -> None:
    assert not is_enciphered(text)


@pytest.mark.parametrize("extractor", ["own", "trafilatura"])
def test_the_intro_is_the_text_of_an_enciphered_article(extractor: str) -> None:
    body = [encipher(f"{text} {number}") for number, text in enumerate(TEXTS.values())]
    page = read(body[0], "<h2>Two nights at the engine</h2>", *body[1:], intro=INTRO, extractor=extractor)
    article = extract(page)
    assert (article.outcome, article.text, article.access) == (None, INTRO, "paywalled")
    assert article.title == "The ferry crosses again"
    told = [line for line in explain(page) if "left out: enciphered" in line]
    assert len(told) == len(body)


def test_what_is_in_clear_stays() -> None:
    clear = TEXTS["English"]
    article = extract(read(clear, clear.upper(), *map(encipher, TEXTS.values()), intro=INTRO))
    assert article.text == f"{INTRO}\n\n{clear}\n\n{clear.upper()}"
    assert article.access == "paywalled"


def test_without_any_text_in_clear_the_outcome_says_why() -> None:
    article = extract(read(*map(encipher, TEXTS.values())))
    assert (article.outcome, article.reason) == (Outcome.EMPTY, "its text is enciphered for subscribers")
    assert not any(text in str(article) for text in TEXTS.values())

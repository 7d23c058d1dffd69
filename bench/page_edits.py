"""Edits of saved pages as newsrooms make them: each changes one thing in a page's HTML and knows the words. Pure."""

from __future__ import annotations

import html
import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.items import Article

NOTICES = {
    "en": "Correction: An earlier version of this article misstated the year in which the bridge was opened.",
    "de": "Korrektur: In einer früheren Version dieses Artikels stand ein falsches Datum. Wir haben das geändert.",
    "fr": "Rectificatif : une version précédente de cet article indiquait une date inexacte. Nous l’avons corrigée.",
    "es": "Corrección: una versión anterior de este artículo daba una fecha equivocada. Se ha corregido.",
    "it": "Correzione: una versione precedente di questo articolo riportava una data sbagliata.",
    "nl": "Correctie: in een eerdere versie van dit artikel stond een verkeerde datum. Dat is aangepast.",
    "no": "Rettelse: I en tidligere versjon av denne saken sto det feil dato. Det er nå rettet.",
    "ru": "Исправление: в предыдущей версии этой статьи была указана неверная дата. Мы её исправили.",
    "ja": "訂正：以前の版では日付に誤りがありました。記事を修正しました。",
    "ko": "정정: 이 기사의 이전 판에 잘못된 날짜가 있어 바로잡습니다.",
}
"""A correction notice in each of ten languages."""

PARAGRAPH = "The committee will publish its full report in the spring, and three more hearings are planned before that."


class Edit(NamedTuple):
    """A page after an edit. `kinds` are those it must be named by; the words are those put in and taken away."""

    page: str
    kinds: frozenset[str]
    added: str
    removed: str


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{5,}", text)


def _replace_word(page: str, text: str, kind: str) -> Edit | None:
    """Replace one word of a text wherever the whole text stands in the page."""
    words = _words(text)
    if not words or " " not in text:
        return None
    word = words[len(words) // 2]
    new = "Quondam" if word[0].isupper() else "quondam"
    changed = re.sub(rf"\b{word}\b", new, text, count=1)
    edited = page
    for write in (str, html.escape, json.dumps, lambda words: json.dumps(words, ensure_ascii=False)):
        edited = edited.replace(write(text).strip('"'), write(changed).strip('"'))
    return None if edited == page else Edit(edited, frozenset({kind}), new, word)


def edit_headline(page: str, article: Article) -> Edit | None:
    """Another word in the headline, in its element and its metadata."""
    return _replace_word(page, article.title, "headline")


def edit_standfirst(page: str, article: Article) -> Edit | None:
    """Another word in the standfirst."""
    return _replace_word(page, article.standfirst, "standfirst")


def _paragraphs(page: str, article: Article) -> list[re.Match[str]]:
    """The paragraphs of the article that stand in the page without markup, once."""
    found = []
    for block in article.text.split("\n\n")[1:]:
        if len(block) < 120 or block.startswith(("## ", "- ", "> ", "! ")) or "\n" in block:
            continue
        places = list(re.finditer(rf"<p(?:\s[^>]*)?>\s*({re.escape(block)})\s*</p>", page))
        if len(places) == 1 and page.count(block) == 1:
            found.append(places[0])
    return found


def edit_word(page: str, article: Article) -> Edit | None:
    """Another word in a paragraph."""
    for place in _paragraphs(page, article):
        edit = _replace_word(page, place[1], "text")
        if edit is not None:
            return edit
    return None


def edit_number(page: str, article: Article) -> Edit | None:
    """Another number in a paragraph."""
    for place in _paragraphs(page, article):
        number = re.search(r"(?<![\w.,:])\d{1,4}(?![\w.,:])", place[1])
        if number:
            new = str(int(number[0]) + 7)
            at = place.start(1) + number.start()
            edited = page[:at] + new + page[at + len(number[0]) :]
            return Edit(edited, frozenset({"text"}), new, number[0])
    return None


def add_paragraph(page: str, article: Article) -> Edit | None:
    """A paragraph more."""
    places = _paragraphs(page, article)
    if not places:
        return None
    at = places[len(places) // 2].end()
    return Edit(f"{page[:at]}<p>{PARAGRAPH}</p>{page[at:]}", frozenset({"text"}), PARAGRAPH, "")


def remove_paragraph(page: str, article: Article) -> Edit | None:
    """A paragraph less."""
    places = _paragraphs(page, article)
    if len(places) < 3:
        return None
    place = places[len(places) // 2]
    return Edit(page[: place.start()] + page[place.end() :], frozenset({"text"}), "", place[1])


def add_notice(language: str) -> Callable[[str, Article], Edit | None]:
    """A correction notice in a language below the last paragraph."""

    def edit(page: str, article: Article) -> Edit | None:
        places = _paragraphs(page, article)
        if not places:
            return None
        at = places[-1].end()
        notice = NOTICES[language]
        return Edit(f"{page[:at]}<p>{notice}</p>{page[at:]}", frozenset({"correction"}), notice, "")

    return edit


def edit_byline(page: str, article: Article) -> Edit | None:
    """Another name in place of the first author's, wherever it stands."""
    if not article.authors or len(article.authors[0].split()) < 2:
        return None
    name = article.authors[0]
    if name in f"{article.title} {article.standfirst} {article.text}":
        return None
    edited = page.replace(name, "Maren Holt")
    return None if edited == page else Edit(edited, frozenset({"byline"}), "Maren Holt", name)


def edit_date(page: str, article: Article) -> Edit | None:
    """The day of publication three days later, wherever it stands as metadata."""
    if article.published_from not in ("json-ld", "meta") or not article.published_at:
        return None
    day = article.published_at[:10]
    later = (date.fromisoformat(day) + timedelta(days=3)).isoformat()
    edited = re.sub(rf"(?<=[\"'>]){day}(?=[\"'T <])", later, page)
    return None if edited == page else Edit(edited, frozenset({"date"}), later, day)


EDITORS: dict[str, Callable[[str, Article], Edit | None]] = {
    "headline": edit_headline,
    "standfirst": edit_standfirst,
    "word": edit_word,
    "number": edit_number,
    "paragraph added": add_paragraph,
    "paragraph removed": remove_paragraph,
    "byline": edit_byline,
    "date": edit_date,
    **{f"notice {language}": add_notice(language) for language in NOTICES},
}
"""Each kind of edit but the last two, gone and back, by its name."""


def stir(page: str, number: int) -> str:
    """The page as another request has it: other tokens, clocks, counters and teasers, the same article."""
    beside = (
        f'<aside class="related"><ul><li><a href="/x{number}">Another story of today, number {number}</a></li></ul></aside>'
        f'<span class="time-ago">{number + 2} minutes ago</span><div class="views">{1000 + number * 13} views</div>'
    )
    return re.sub(r"</body>", f"<!-- {number * 7919} -->{beside}</body>", page, count=1, flags=re.IGNORECASE)

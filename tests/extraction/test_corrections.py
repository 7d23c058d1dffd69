"""Corrections and editors' notes are kept wherever they stand; what merely begins alike is the story's."""

from __future__ import annotations

import pytest

from pipelines.archive.views.blocks import split_blocks
from pipelines.decisions.boilerplate import SiteMemory
from pipelines.extraction.notices import SENTENCES, is_notice, select_sentences
from tests.extraction.stories import PARAGRAPHS, STORY, read

NOTES = [
    "Correction: the lamp weighs forty kilos, not four.",
    "Corrections and clarifications: the lamp weighs forty kilos.",
    "Correction (Nov. 24): the lamp weighs forty kilos.",
    "Clarification, 24 November 2026: the lamp is lent by the county.",
    "Editor's note: The name of a diver has been taken out.",
    "EDITOR’S NOTE — The name of a diver has been taken out.",
    "This story was amended on 24 November 2026 because the weight was wrong.",
    "This report has been corrected to give the weight of the lamp.",
    "This article was updated on 24 November to add what the county said.",
    "Because of an editing error, an earlier version of this story gave another weight.",
    "Korrektur: Die Lampe wiegt vierzig Kilo.",
    "Anmerkung der Redaktion: Der Name wurde entfernt.",
    "In einer früheren Fassung dieses Textes stand ein falsches Gewicht.",
    "Rectificatif : la lampe pèse quarante kilos.",
    "Cet article a été modifié le 24 novembre à midi.",
    "Fe de erratas: la lámpara pesa cuarenta kilos.",
    "Este artículo ha sido corregido a mediodía.",
    "Errata corrige: la lampada pesa quaranta chili.",
    "Nota da redação: o nome foi retirado.",
    "Rectificatie: de lamp weegt veertig kilo.",
    "Rättelse: lampan väger fyrtio kilo.",
    "Rettelse: lampen vejer fyrre kilo.",
    "Oikaisu: lamppu painaa neljäkymmentä kiloa.",
    "Sprostowanie: lampa waży czterdzieści kilo.",
    "Oprava: lampa váží čtyřicet kilo.",
    "Поправка: лампа весит сорок килограммов.",
    "Від редакції: ім'я водолаза прибрано.",
    "Düzeltme: lamba kırk kilo.",
    "Διόρθωση: η λάμπα ζυγίζει σαράντα κιλά.",
    "【訂正】灯の重さは四十キロです。",
    "바로잡습니다: 등의 무게는 40킬로입니다.",
    "更正：灯重四十公斤。",
    "تصحيح: يزن المصباح أربعين كيلوغراما.",
    "הבהרה: משקל המנורה ארבעים קילו.",
    "भूल सुधार: दीपक का वजन चालीस किलो है।",
    "Ralat: lampu seberat empat puluh kilo.",
    "Đính chính: đèn nặng bốn mươi cân.",
    "แก้ไขข่าว: โคมหนักสี่สิบกิโลกรัม",
]


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("page", ["{story}<p>{note}</p>", "{story}<footer><p>{note}</p></footer>"])
def test_a_note_in_any_language_below_the_text(note: str, page: str) -> None:
    text = read(page.format(story=STORY, note=note)).text
    assert text.split("\n\n") == [*PARAGRAPHS, f"! {note}"]


@pytest.mark.parametrize(
    "page",
    [
        "<aside class='editors-note'><p>{note}</p></aside>{story}",
        "<aside><p>{note}</p></aside>{story}",
        "<div class='box'><p><em>{note}</em></p></div>{story}",
        "{story}<aside class='sidebar correction'><p>{note}</p></aside>",
        "{story}<section><h3>Correction</h3><p>{note}</p></section>",
        "{story}<div class='meta'><small>{note}</small></div>",
        "{story}<p class='subscribe'>Sign up for our newsletter.</p><p>{note}</p>",
    ],
)
def test_a_note_in_any_element(page: str) -> None:
    note = "Correction: the lamp weighs forty kilos, not four."
    article = read(page.format(story=STORY, note=note))
    assert f"! {note}" in article.text.split("\n\n")
    assert article.standfirst == ""


def test_an_element_named_as_a_correction_needs_no_word_for_it() -> None:
    text = read(
        STORY + "<div class='article-correction'><p>The lamp weighs forty kilos, not four.</p></div>"
    ).text
    assert text.endswith("! The lamp weighs forty kilos, not four.")


@pytest.mark.parametrize(
    "line",
    [
        "This post has been vacant since the keeper left, and nobody has asked for it.",
        "Corrections officers on the island wait for the light as well, their union said.",
        "Clarification of the bill is expected in May, the county wrote to the village.",
        "An earlier version of the lamp burned whale oil and smoked, the divers remember.",
        "Reporting by fishermen has fallen by half since the light went out, the office said.",
        "Updates are expected on Friday, when the divers come back from the cable.",
    ],
)
def test_a_last_sentence_that_begins_alike_is_text(line: str) -> None:
    assert read(f"{STORY}<p>{line}</p>").text.split("\n\n") == [*PARAGRAPHS, line]


@pytest.mark.parametrize(
    "line",
    [
        "Corrections? Write to us.",
        "Read our corrections policy",
        "Report an error",
        "Correction requests: desk@gullpost.example",
        "Fehler gefunden? Schreiben Sie uns.",
    ],
)
def test_a_prompt_is_no_note(line: str) -> None:
    assert not is_notice(line)
    assert "! " not in read(f"{STORY}<footer><p><a href='/c'>{line}</a></p></footer>").text


def test_notes_of_others_are_not_the_articles() -> None:
    note = "<p>Correction: I meant the other lamp, of course.</p>"
    assert "! " not in read(f"{STORY}<div class='comments'>{note}</div><nav>{note}</nav>").text


def test_a_note_is_a_block_of_its_own_kind() -> None:
    assert [block.kind for block in split_blocks("One.\n\n! Correction: two.")] == ["paragraph", "note"]


def test_a_note_on_every_page_is_boilerplate_and_a_correction_on_three_is_none() -> None:
    standing, real = (
        "! Editor's note: the Post is owned by its readers.",
        "! This article has been corrected.",
    )
    memory = SiteMemory()
    for n in range(30):
        own = f"Keeper number {n} saw {n} ships of the {n}th fleet pass the {n}th rock at night."
        memory.learn(str(n), f"{own}\n\n{own[::-1]}\n\n{standing}" + (f"\n\n{real}" if n < 6 else ""))
    assert memory.strip(f"A text.\n\n{standing}\n\n{real}") == f"A text.\n\n{real}"


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence[0])
def test_each_sentence_is_looked_for_in_a_text_that_has_its_hint(sentence):
    assert sentence in select_sentences(["Nothing.", f"Words “before” {sentence[0].upper()} and after."])
    assert select_sentences(["Nothing of it."]) == ()

"""Inline markup that carries meaning is written out; words of neighbouring elements stay apart; letters are composed."""

from __future__ import annotations

import unicodedata

import pytest

from pipelines.decisions.revisions import compare
from pipelines.extraction.extract import extract
from pipelines.items import Page
from tests.extraction.stories import STORY, TITLE, first_line, read


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("4×10<sup>5</sup> watts", "4×10⁵ watts"),
        ("10<sup>&minus;3</sup> bar", "10⁻³ bar"),
        ("10<sup><i>7</i></sup> cells", "10⁷ cells"),
        ("2<sup>n+1</sup> lamps", "2ⁿ⁺¹ lamps"),
        ("e<sup>−kt</sup>", "e⁻ᵏᵗ"),
        ("e<sup>−λt</sup>", "e^(−λt)"),
        ("12 km<sup>2</sup> of sea", "12 km² of sea"),
        ("5 m/s<sup>2</sup>", "5 m/s²"),
        ("H<sub>2</sub>O and CO<sub>2</sub>", "H₂O and CO₂"),
        ("C<sub>6</sub>H<sub>12</sub>O<sub>6</sub>", "C₆H₁₂O₆"),
        ("Ca<sup>2+</sup> ions", "Ca²⁺ ions"),
        ("<sup>14</sup>C dating", "¹⁴C dating"),
        ("log<sub>10</sub> of it", "log₁₀ of it"),
        ("<sup>1</sup>⁄<sub>2</sub> a mile", "½ a mile"),
        ("3<sup>1</sup>/<sub>4</sub> miles", "3¼ miles"),
        ("2<sup>5</sup>/<sub>16</sub> inches", "2 5/16 inches"),
        ("½ a mile", "½ a mile"),
        ("the 1<sup>st</sup> of May", "the 1st of May"),
        ("the 1<sup>er</sup> mai", "the 1er mai"),
        ("the lamp<sup>1</sup> of old", "the lamp1 of old"),
        ("the lamp<sup><a href='#n2'>2</a></sup> of old", "the lamp2 of old"),
        ("Brightlamp<sup>TM</sup>", "BrightlampTM"),
        ("PM<sub>2.5</sub> in the air", "PM2.5 in the air"),
        ("<math><mfrac><mn>2</mn><mn>7</mn></mfrac></math> of it", "2/7 of it"),
        ("<math><msup><mi>a</mi><mn>2</mn></msup><mo>+</mo><mi>b</mi></math>", "a² + b"),
    ],
)
def test_powers_indices_and_fractions(markup: str, text: str) -> None:
    assert first_line(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<del>nine</del> <ins>ten</ins> years", "ten years"),
        ("<s>Mr Reed</s> Ms Rush", "Ms Rush"),
        ("<strike>a lot</strike> some", "some"),
        ("<span style='text-decoration: line-through'>red</span> white light", "white light"),
        ("it <del>has</del> had, long ago,", "it had, long ago,"),
    ],
)
def test_struck_words_are_left_out(markup: str, text: str) -> None:
    assert first_line(markup) == text


def test_an_end_tag_of_struck_words_that_was_lost_takes_no_story_with_it() -> None:
    assert "nine years ago" in read(f"<p>It begins <s>here.</p>{STORY}{STORY}").text


@pytest.mark.parametrize(
    ("markup", "lang", "text"),
    [
        ("<q>light</q>", "en", "“light”"),
        ("<q>light of <q>old</q> days</q>", "en", "“light of ‘old’ days”"),
        ("“<q>light</q>”", "en", "“light”"),
        ("<q>“light”</q>", "en", "“light”"),
        ("<q>Licht</q>", "de", "„Licht“"),
        ("<q>lumière</q>", "fr-CA", "«lumière»"),
        ("<q>свет</q>", "ru", "«свет»"),
        ("<q>光</q>", "ja", "「光」"),
        ("<q lang=pl>światło</q>", "en", "„światło”"),
    ],
)
def test_quotation_elements_stand_in_the_marks_of_their_language(markup: str, lang: str, text: str) -> None:
    assert first_line(markup, lang) == text


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<span>Gull Point lighthouse</span><br><span>to be lit again</span>", None),
        ("<span>Gull Point lighthouse</span> <span>to be lit again</span>", None),
        ("<div>Gull Point lighthouse</div><div>to be lit again</div>", None),
        ("Gull Point light<wbr>house to be lit again", None),
        ("Gull Point light&shy;house to be lit again", None),
        ("<a href='/a'>Gull Point lighthouse</a><a href='/b'>to be lit again</a>", None),
        ("<span>G</span>ull Point lighthouse to be lit again", None),
        ("10<sup>5</sup> lamps for Gull Point", "10⁵ lamps for Gull Point"),
    ],
)
def test_words_of_neighbouring_elements_in_a_headline(markup: str, title: str | None) -> None:
    assert read(STORY, title=markup, stated=title or TITLE).title == (title or TITLE)


def test_links_that_touch_are_words_of_their_own() -> None:
    assert first_line("<a href='/1'>Rush</a><a href='/2'>Reed</a>") == "Rush Reed"
    assert first_line("<a href='/1'>light</a><a href='/1'>house</a>") == "lighthouse"


@pytest.mark.parametrize("word", ["Müller", "Việt Nam", "한국어", "Ångström", "й"])
def test_composed_and_decomposed_letters_are_no_change(word: str) -> None:
    """The text is kept as it was sent; the hash and the comparison of versions know a letter in either form."""
    title, body = f"The lamp of {word}", STORY.replace("divers", f"divers from {word}")
    pages = ([unicodedata.normalize(form, part) for part in (body, title)] for form in ("NFC", "NFD"))
    one, other = (read(body, title, stated=title) for body, title in pages)
    assert one.content_hash == other.content_hash
    comparison = compare(one, other)
    assert (comparison.headline, comparison.standfirst, comparison.differences) == (False, False, ())


def test_a_spelling_of_a_name_is_kept() -> None:
    assert "\ufa19\u5c71" in read(STORY.replace("divers", "\ufa19\u5c71")).text  # not replaced by U+795E


CARD = (
    '<span class="over"><img src="m.jpg" alt=""><a class="name" href="/p/ellery">Maud Ellery</a>'
    '<a href="/news/other">Council turns down the plan for a tunnel under the old harbour, and asks for another</a></span>'
)


@pytest.mark.parametrize(
    "name",
    [
        f'<span class="person"><a href="/p/ellery">Maud Ellery</a>{CARD}</span>',
        f'<a href="/p/ellery">Maud Ellery</a>{CARD}',
        f'<span class="person"><a href="/p/ellery">Maud Ellery</a><span class="block">{CARD}</span></span>',
    ],
)
def test_a_card_that_opens_over_a_name_goes_and_the_name_stays(name: str) -> None:
    line = "The wall will be raised by a metre, councillor {} (Harbour Ward) said after the vote on Monday night."
    html = f"<html><body><article><h1>Wall</h1><p>{line.format(name)}</p><p>{line.format('Colm Tully')}</p></article></body></html>"
    text = extract(Page(url="https://paper.example/2026/11/20/wall-raised", body=html.encode())).text
    assert text == f"{line.format('Maud Ellery')}\n\n{line.format('Colm Tully')}"

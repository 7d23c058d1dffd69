"""What stands above and below a story without names that tell, and what of the story must not go with it."""

from __future__ import annotations

import pytest

from tests.extraction.stories import PARAGRAPHS, STORY, TITLE, read
from tests.extraction.test_metadata import H1, article

WHOLE = "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "line",
    [
        "<p>To reach the writer of this story, write to jo.gull@gullpost.example.</p>",
        "<p>The plan of the cable is online at http://coast-office.example/plans/gull-point</p>",
        "<p>Visit www.gull-raffle.example or call the harbour office on Monday.</p>",
        "<p>Twitter: @gullpost</p>",
        "<p>GP/coast, tern</p>",
        "<p>(Gull Wire)</p>",
        "<p>See also what we wrote: <a href='/a'>The keeper who left the island with his three goats.</a></p>",
        "<p>_____</p><p>A. Tern et al. 2026. Cables under cold seas. Coast Letters 12 (3): 4-9.</p>",
        "<p>——</p><p>The next page of this column will come out in May, when the boats are in the water.</p>",
        "<div class='q'><p>© 2026 Gull Post Ltd. Gull Post is a paper of the northern coast. It is printed in Tern Bay, "
        "and whoever wants to reprint a part of it must ask for it in writing, by a letter to the house.</p></div>",
    ],
)
def test_below_the_story(line: str) -> None:
    assert read(STORY + line).text == WHOLE


@pytest.mark.parametrize(
    "line",
    [
        "> We will light it ourselves if we must, write to www.gull-raffle.example, says the chair of the raffle.",
        "- The plan of the cable is online at http://coast-office.example/plans",
        "The keeper's daughter, who is ninety, will light it.",
    ],
)
def test_the_story_ends_with_its_own_line(line: str) -> None:
    tags = {">": "blockquote", "-": "li"}
    tag = tags.get(line[0], "p")
    inner = f"<{tag}>{line.removeprefix('> ').removeprefix('- ')}</{tag}>"
    markup = f"<p>{PARAGRAPHS[0]}</p>" + (f"<ul><li>One boat</li>{inner}</ul>" if tag == "li" else inner)
    assert read(STORY + markup).text.endswith(line)


def test_a_list_of_sources_at_the_end_stays() -> None:
    lines = "".join(
        f"<p>Tern Bay council, minutes of the {n}th, <a href='/{n}'>www.ternbay.example/{n}</a></p>"
        for n in range(4, 8)
    )
    assert read(STORY + lines).text.count("Tern Bay council") == 4


def test_a_heading_holds_no_article() -> None:
    links = "".join(
        f"<p><a href='/{n}'>Lamp number {n} for the keeper's house, with a shade of green glass</a></p>"
        for n in range(60)
    )
    assert read(f"<main>{STORY}{links}</main>").text == WHOLE


def test_a_story_without_full_stops_keeps_its_last_line() -> None:
    lines = [p.rstrip(".") for p in PARAGRAPHS]
    text = read("".join(f"<p>{line}</p>" for line in lines) + "<p>and nobody rows there</p>").text
    assert text.endswith("and nobody rows there")


@pytest.mark.parametrize(
    "line",
    [
        "<p><a href='/'>Home</a> → <a href='/coast'>Coast</a> → Gull Point lighthouse to be lit again</p>",
        "<p><a href='/'>Start</a> ＞ <a href='/coast'>Coast</a></p>",
        "<p><a href='#'>Print</a> | <a href='#'>Larger type</a> | <a href='#'>Send by mail</a></p>",
        "<p>26 November 2026 | Writer: Jo Gull | Seen: 1001 | <a href='#'>For the printer</a></p>",
        "<p>Pass on: <a href='#'>by mail</a> · <a href='#'>by post</a> · <a href='#'>by pigeon</a></p>",
    ],
)
def test_above_the_story(line: str) -> None:
    found = read(f"{line}<p>{PARAGRAPHS[0]}</p>{STORY.removeprefix(f'<p>{PARAGRAPHS[0]}</p>')}")
    assert found.text == WHOLE


def test_a_quotation_is_no_way_to_the_article() -> None:
    first = (
        "«Кабель починят весной» - заявил <a href='/k'>смотритель</a>, который живёт на острове девятый год."
    )
    assert read(f"<p>{first}</p>{STORY}").text.startswith("«Кабель")


def test_the_subtitle_is_the_intro() -> None:
    line = "The cable will be joined by two divers before the boats go out"
    for markup in (
        f"<h2>{line}</h2>",
        f"<p>26 November 2026 | Seen: 12 | Print</p><p><b>{line}</b></p>",
    ):
        found = read(markup + STORY)
        assert (found.standfirst, found.text) == (line, WHOLE)


def test_a_heading_below_a_paragraph_is_no_intro() -> None:
    line = "What the cable to the mainland will cost the village in the end"
    found = read(f"{STORY}<h2>{line}</h2>{STORY.replace('The ', 'Once more the ')}")
    assert not found.standfirst
    assert f"## {line}" in found.text


def test_bullets_that_sum_the_story_up() -> None:
    items = [
        "The lamp will burn again from the first of April.",
        "Two divers will join the cable in the spring.",
    ]
    bullets = f"<ul class='s'>{''.join(f'<li>{item}</li>' for item in items)}</ul>"
    story = STORY + STORY.replace("The ", "Once more the ")
    found = read(f"<div class='top'>{bullets}</div><div class='w'>{story}</div>").text
    assert found.startswith("\n".join(f"- {item}" for item in items) + "\n\n" + WHOLE)
    asked = bullets.replace(".</li>", " again?</li>")
    assert read(f"<div class='top'>{asked}</div><div class='w'>{story}</div>").text.startswith(WHOLE)


def test_a_label_goes_with_the_links_of_its_box() -> None:
    half = len(STORY) // 2
    cut = STORY.index("<p>", half)
    links = "<ul><li><a href='/a'>Goats on the island</a></li><li><a href='/b'>Nets dry early</a></li></ul>"
    box = f"<div class='k'><div><h3>The editors chose</h3>{links}</div></div>"
    assert read(STORY[:cut] + box + STORY[cut:]).text == WHOLE
    own = f"<h3>What it costs</h3>{links}"  # the same lines in the story's own element
    assert "## What it costs" in read(STORY[:cut] + own + STORY[cut:]).text


def test_texts_cut_off_are_teasers_even_when_they_are_longer_than_the_story() -> None:
    told = [
        f"In bay {n} the divers saw a seal with a white ear near the stones. It let them pass, and then…"
        for n in range(9)
    ]
    teasers = "".join(
        f"<div class='t'><h4><a href='/{n}'>Nets dry earlier than ever</a></h4><span class='x'>{line}</span></div>"
        for n, line in enumerate(told)
    )
    assert read(f"{STORY}<div class='n'>{teasers}</div>").text == WHOLE


def test_a_first_paragraph_that_begins_with_the_headline_stays() -> None:
    first = f"{TITLE}. The coast office told fishermen so on Monday evening, and nobody in the hall had expected it."
    assert read(f"<p>{first}</p>{STORY}").text.startswith(first)


def test_a_date_near_the_first_headline_dates_no_second_story() -> None:
    page = f"<h2 class='k'>{TITLE}</h2><p class='d'>3 May 2026</p><p>{PARAGRAPHS[0]}</p><p class='author'>Jo Gull</p>"
    page += f"<p>{PARAGRAPHS[1]}</p><h2 class='k'>What the cable costs the village</h2>"
    page += "".join(f"<p>{p}</p>" for p in PARAGRAPHS[2:])
    assert read(page * 1, title="").text.endswith(PARAGRAPHS[3])


def test_a_sentence_that_mentions_a_login_stays() -> None:
    first = "Whoever wants to log in to the raffle must first find the harbour office, which is open on Mondays, the chair of the village said."
    assert read(f"<p>{first}</p>{STORY}").text.startswith(first)


def test_paragraphs_of_one_cell_are_no_row() -> None:
    rows = "".join(f"<tr><td><b>Bay {n}</b><p>{p[:60]}.</p></td></tr>" for n, p in enumerate(PARAGRAPHS))
    assert " | " not in read(f"{STORY}<table>{rows}</table><p>{PARAGRAPHS[0]}</p>").text


@pytest.mark.parametrize("printed", [f"Opinion | {TITLE}", f"{TITLE} | Editorial", TITLE])
def test_the_kind_of_text_is_no_part_of_the_headline(printed: str) -> None:
    assert read(STORY, printed, stated=printed).title == TITLE


def test_a_layer_that_asks_for_consent_is_no_text_of_a_short_page() -> None:
    asks = "<h2>We need your consent</h2><p>To read the Gull Post for nothing, let us follow you over the web. You may also pay us.</p>"
    found = read(
        f"<div class='player'><video src='/clip.mp4'></video></div><div class='consent-layer'>{asks}</div>"
    )
    assert "consent" not in found.text
    assert "follow you" not in found.text


def test_a_name_around_everything_leaves_the_other_names_their_meaning() -> None:
    told = "".join(f"<p>{p} {p}</p>" for p in PARAGRAPHS)
    asked = "".join(
        f"<p>This paper keeps crumbs of the kind {n} on your machine, for as long as you let it do so.</p>"
        for n in range(7)
    )
    found = read(
        f"<div class='print-area'><div class='w'>{told}</div><div class='modal'><div>{asked}</div></div></div>"
    )
    assert "crumbs" not in found.text
    assert found.text.count(PARAGRAPHS[0]) == 2


def test_a_name_below_the_story_is_its_author_where_only_the_site_is_named() -> None:
    found = read(f"{STORY}<p>Jo Tern</p>")
    assert (found.authors, found.text) == (("Jo Tern",), WHOLE)


@pytest.mark.parametrize(
    ("top", "head", "expected"),
    [
        ('<div class="related-x"><p>By Ann Tide • 4 March 2026</p></div>', "", ["Ann Tide"]),
        ("<p>by AnnT, Mar 4th 2026</p>", "", ["AnnT"]),
        ("<p>Ann Tide, Bo Mast | 4 March 2026</p>", "", ["Ann Tide", "Bo Mast"]),
        ("", '<meta name="author" content="Ann Tide, Chief Harbour Officer">', ["Ann Tide"]),
        ("", '<meta name="author" content="Ann Tide, Head of Cranes">', ["Ann Tide"]),
        ("", '<meta name="author" content="Ann Tide Staff Writer">', ["Ann Tide"]),
        ("", '<meta name="author" content="Ann Tide - Quay Post Editorial Team">', ["Ann Tide"]),
        ("", '<meta name="author" content="Ann Tide"><meta name="byl" content="ann-tide">', ["Ann Tide"]),
        ("", '<meta name="author" content="page.head.extra.author">', []),
        ('<p class="author">Log out</p><p class="byline">By Ann Tide</p>', "", ["Ann Tide"]),
        (
            '<p class="byline">By Ann Tide</p>',
            '<meta property="og:site_name" content="The Quay Post &amp; Gazette"><meta name="author" content=", The Quay Post &amp; Gazette">',
            ["Ann Tide"],
        ),
        (
            '<p class="byline">By Ann Tide</p>',
            '<meta name="author" content="PQP - Coordenadoria de TI">',
            ["Ann Tide"],
        ),
    ],
)
def test_who_wrote_it(top: str, head: str, expected: list[str]) -> None:
    assert list(article(H1 + top, head).authors) == expected

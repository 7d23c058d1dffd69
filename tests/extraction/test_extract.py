"""`extract(page)`: outcomes for pages that are no articles, and fields with their evidence."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from pipelines.extraction.extract import extract
from pipelines.items import EXTRACTORS, Hints, Outcome, Page

STORY = """<!doctype html><html lang="en-GB"><head><title>Harbour crane topples | The Quay Post</title>
<link rel="canonical" href="https://quaypost.example/harbour/crane-topples">
<meta property="og:site_name" content="The Quay Post"><meta property="og:image" content="/img/crane.jpg">
<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle",
"headline": "Harbour crane topples", "datePublished": "2026-03-04T05:06:07+02:00",
"dateModified": "2026-03-04T09:00:00Z", "author": [{"@type": "Person", "name": "Ann A. Tide"},
{"@type": "Person", "name": "Bo Mast"}], "articleSection": "Harbour", "keywords": ["cranes", "wind"],
"isAccessibleForFree": false}]}</script></head><body><h1>Harbour crane topples</h1><article>
<p>The tallest crane of the harbour fell over during the storm on Tuesday night, and nobody was hurt.</p>
<p>Engineers will look at its foundations today, said the harbour master, who had warned of the wind.</p>
<p>The crane had stood at the north quay since 1961 and was the first that ran on electricity.</p>
</article></body></html>"""


def page(body, url="https://quaypost.example/harbour/crane-topples?utm_source=feed", **more):
    body = body.encode() if isinstance(body, str) else body
    return Page(url=url, body=body, fetched_at="2026-03-05T00:00:00+00:00", **more)


def test_an_article_with_all_its_fields():
    article = extract(page(gzip.compress(STORY.encode()), headers=(("Content-Encoding", "gzip"),)))
    assert article.outcome is None
    assert article.url == "https://quaypost.example/harbour/crane-topples"
    assert article.title == "Harbour crane topples"
    assert article.authors == ("Ann A. Tide", "Bo Mast")
    assert (article.published_at, article.published_from) == ("2026-03-04T05:06:07+02:00", "json-ld")
    assert article.modified_at == "2026-03-04T09:00:00+00:00"
    assert article.section == "Harbour"
    assert article.tags == ("cranes", "wind")
    assert article.language == "en"
    assert article.image_url == "https://quaypost.example/img/crane.jpg"
    assert article.access == "paywalled"
    assert article.text.split("\n\n")[0].startswith("The tallest crane")
    assert article.word_count == len(article.text.split())
    assert article.content_hash
    assert article.extractor


def test_hints_fill_what_the_page_does_not_say():
    bare = STORY[: STORY.index("<script")] + STORY[STORY.index("</head>") :]
    hints = Hints(via="feed", published_at="2026-03-04T03:06:07Z", authors=("Cy Keel",), section="Docks")
    article = extract(page(bare, hints=hints))
    assert (article.published_at, article.published_from) == ("2026-03-04T03:06:07+00:00", "feed")
    assert article.authors == ("Cy Keel",)
    assert article.section == "Docks"
    assert article.access is None


def test_an_immediate_refresh_sends_on():
    article = extract(
        page('<html><head><meta http-equiv="refresh" content="0; URL=/moved/here"></head></html>')
    )
    assert article.outcome is Outcome.NOT_ARTICLE
    assert article.found == ("https://quaypost.example/moved/here",)
    assert "moved/here" in article.reason


def test_a_video_page_with_a_cookie_bar_is_no_consent_wall():
    bar = "<div><p>We and our 84 partners store and access information on your device, such as cookies.</p></div>"
    player = "<h1>Watch: the crane comes down</h1><div class='video-player'><p>The crane falls in four minutes.</p></div>"
    article = extract(
        page(f"<html><body>{bar}{player}</body></html>", url="https://quaypost.example/video/crane")
    )
    assert article.outcome is Outcome.NOT_ARTICLE
    assert "video page" in article.reason
    wall = extract(page(f"<html><body>{bar}</body></html>"))
    assert (wall.outcome, wall.reason) == (Outcome.EMPTY, "a consent wall in place of the article")


def test_an_arrow_to_the_top_is_no_text_and_a_line_of_stars_between_scenes_is():
    body = STORY.replace("<p>Engineers", "<p>* * *</p><p>Engineers").replace(
        "</article>", "<p>^</p></article>"
    )
    article = extract(page(body))
    assert "* * *" in article.text
    assert article.text.endswith("electricity.")


def test_a_story_that_fell_into_a_box_of_links_is_found_all_the_same():
    broken = (
        '<body><div class="breadcrumb"><a href="/s>Harbour</a></div><div class="page">'  # one quote is lost
    )
    body = STORY.replace("<body>", broken).replace("<article>", '<div class="article-body">')
    article = extract(page(body))
    assert article.outcome is None, article.reason
    assert "ran on electricity" in article.text


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", Outcome.EMPTY),
        (b"   \n", Outcome.EMPTY),
        (b"\0" * 9, Outcome.NOT_ARTICLE),
        (b"<html></html>", Outcome.EMPTY),
        (b"<!-- -->", Outcome.EMPTY),
        (b"%PDF-1.7 binary", Outcome.NOT_ARTICLE),
        (b"<p" * 5000, Outcome.EMPTY),
        (b"<div>" * 100_000, Outcome.EMPTY),
        (b'<script type="application/ld+json">[[[[1, "x", {"@type": []}]]]</script>', Outcome.EMPTY),
    ],
)
def test_bad_input_has_an_outcome_with_a_reason(body, outcome):
    article = extract(page(body))
    assert article.outcome is outcome
    assert article.reason
    assert not article.reason.startswith("extraction failed")


def test_damaged_compression_says_so():
    article = extract(page(gzip.compress(STORY.encode())[:300], headers=(("Content-Encoding", "gzip"),)))
    assert article.outcome is Outcome.EMPTY
    assert "gzip" in article.reason


NORTH = [
    "The harbour council of Norvik said on Tuesday that its patrol boats had met nobody in the fog for a week.",
    "A spokesman added that the boats would go out again on Friday, when the weather is expected to be better.",
    "Fishermen have asked for the patrols since two of them were lost north of the lighthouse in January.",
    "Nothing of the sort has happened since then, according to the council, which will meet again next month.",
]
NAMES = {
    "telling": "breadcrumb util-tools article-photo caption byline login-social comment-write body",
    "legacy": "loc print_area img_box img_txt writer sns_login reply_write article_txt",
    "hashed": "css-1x css-2y css-3z css-4q css-5w css-6e css-7r css-8t",
}
MARKUPS = {name: dict(zip("abcdefgh", classes.split(), strict=True)) for name, classes in NAMES.items()}


@pytest.mark.parametrize("extractor", EXTRACTORS)
@pytest.mark.parametrize("bodies", ["p", "br"])
@pytest.mark.parametrize("markup", MARKUPS)
def test_the_residue_of_a_page_with_everything_around_the_story(markup, bodies, extractor):
    """Breadcrumb, print widget, headline again, caption twice, byline, prompts to log in, policy line."""
    c = MARKUPS[markup]
    caption = "A patrol boat in the harbour of Norvik on Monday. [YONHAP]"
    if bodies == "p":
        body = (
            "".join(f"<p>{text}</p>" for text in NORTH)
            + "<p>BY MICHAEL TIDE [tide.michael@quaypost.example]</p>"
        )
    else:
        body = "<br><br>".join([*NORTH, "BY MICHAEL TIDE [tide.michael@quaypost.example]"])
    html = f"""<html lang="en"><head><title>Patrols meet nobody in the fog | The Quay Post</title>
<meta property="og:title" content="Patrols meet nobody in the fog"><meta property="og:site_name" content="The Quay Post">
<meta property="article:published_time" content="2026-03-04T05:06:07+09:00"></head><body>
<div class="{c["a"]}"><a href="/">Home</a> &gt; <a href="/national">National</a> &gt; <a href="/north">North Quay</a></div>
<h1>Patrols meet nobody in the fog</h1>
<div class="{c["b"]}"><a href="#">print</a> <a href="#">dictionary</a> <a href="#">print</a></div>
<div class="{c["c"]}"><img src="/1.jpg" alt="{caption}"><p class="{c["d"]}">{caption}</p></div>
<div class="{c["h"]}">{body}</div>
<div class="{c["f"]}"><p>Log in to Twitter or Facebook account to connect with the Quay Post</p>
<a href="#">help-image Social comment?</a><button>lock icon</button></div>
<div class="{c["g"]}"><p>To write comments, please log in to one of the accounts.</p>
<p><a href="/policy">Standards Board Policy</a> (0/250자)</p></div></body></html>"""
    given = page(html, url="https://quaypost.example/2026/03/04/national/north/Patrols-meet-nobody/123456")
    article = extract(replace(given, extractor=extractor))
    assert article.outcome is None
    assert article.title == "Patrols meet nobody in the fog"
    assert article.text == "\n\n".join(NORTH)
    assert [a.casefold() for a in article.authors] == ["michael tide"]
    assert article.image_caption == "A patrol boat in the harbour of Norvik on Monday."
    assert article.image_credit == "YONHAP"


@pytest.mark.parametrize("left_out", ["<body>", "</head><body>", "<head>", "</body></html>"])
def test_a_page_whose_optional_tags_are_left_out_is_read_alike(left_out):
    short = STORY.replace(left_out, "")
    if "<body>" in left_out:
        short = short.replace("<h1>", "<header>The Quay Post</header><main><h1>")
    assert extract(page(short)).text == extract(page(STORY)).text != ""


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("We value your privacy. We and our 812 partners store information on your device.", "consent"),
        ("Please log in to continue reading this story.", "login"),
        ("Checking your browser before accessing the site.", "captcha"),
        ("Sorry, this page could not be found.", "error page"),
    ],
)
def test_a_wall_in_an_articles_clothes_is_named(sentence, reason):
    clothes = STORY[: STORY.index("<article>")].replace("Harbour crane topples", "The Quay Post")
    found = extract(page(f"{clothes}<article><p>{sentence}</p></article></body></html>"))
    assert found.outcome is Outcome.EMPTY
    assert reason in found.reason


CARDS = [
    ("Ferry line to open in spring", "After four years the council has agreed on a line across the bay."),
    ("Baker finds a ring in the dough", "It had been missing since the harbour festival of last summer."),
    ("Choir sings in the empty pool", "Nobody had told the swimmers, and some of them stayed to listen."),
    ("Nine herons counted at the mill", "The bird watchers had hoped for three and had packed for a day."),
]


def texts_of(body: str, **head: str) -> str:
    meta = "".join(f'<meta property="{name}" content="{value}">' for name, value in head.items())
    html = f'<html lang="en"><head><title>Patrols meet nobody</title>{meta}</head><body>{body}</body></html>'
    article = extract(page(html, url="https://quaypost.example/2026/03/04/patrols-meet-nobody"))
    assert article.outcome is None
    return article.text


def test_cards_of_other_stories_under_the_text_are_left_out():
    story = "".join(f"<p>{text}</p>" for text in NORTH)
    cards = "".join(
        f'<div class="k7"><div class="k8"><h3><a href="/{n}">{title}</a></h3></div><p class="k9">{text}</p></div>'
        for n, (title, text) in enumerate(CARDS)
    )
    body = f'<div class="w"><h1>Patrols meet nobody</h1>{story}{cards}</div>'
    assert texts_of(body) == "\n\n".join(NORTH)


def test_linked_headings_over_most_of_the_text_are_its_own():
    """A list of places or books, each heading a link: no cards."""
    cards = "".join(
        f'<h3><a href="/{n}">{title}</a></h3><p>{text} {" ".join(NORTH[:3])}</p>'
        for n, (title, text) in enumerate(CARDS)
    )
    body = f"<article><h1>Patrols meet nobody</h1><p>{NORTH[0]}</p>{cards}</article>"
    found = texts_of(body)
    assert all(text in found for _, text in CARDS)


FOLLOWING = "".join(
    f'<article class="box next post-{n}"><p>{" ".join(text for _, text in CARDS)} Number {n} of {n + 4}.</p></article>'
    for n in range(3)
)


@pytest.mark.parametrize(
    "label", ['<h3 class="related-title">You might enjoy</h3>', "<h3>You may also like</h3>"]
)
def test_whole_articles_after_the_story_are_left_out(label):
    body = (
        '<div class="w"><article class="box whole"><h1>Patrols meet nobody</h1>'
        f"<p>{' '.join(NORTH)}</p></article>{label}{FOLLOWING}</div>"
    )
    assert texts_of(body) == " ".join(NORTH)


def test_the_posts_of_a_live_blog_are_articles_of_the_story():
    """They outweigh the introduction, and no label leads to other stories."""
    posts = "".join(
        f'<article class="post post-{n}"><h2>{title}</h2><p>{text} {NORTH[n]}</p><p>{NORTH[n - 1]}</p></article>'
        for n, (title, text) in enumerate(CARDS)
    )
    body = f'<div class="w"><article class="intro"><h1>Patrols meet nobody</h1><p>{NORTH[0]} {NORTH[1]} {NORTH[2]}</p></article>{posts}</div>'
    found = texts_of(body)
    assert all(text in found for _, text in CARDS)


def test_a_trial_offer_after_the_story_is_left_out():
    story = "".join(f"<p>{text}</p>" for text in NORTH)
    offer = f'<div class="k9"><p class="k8">Two weeks of our newsletter</p><p>{CARDS[1][1]}</p><p>{CARDS[2][1]}</p></div>'
    body = f'<article><h1>Patrols meet nobody</h1><div class="k7">{story}</div>{offer}</article>'
    assert texts_of(body) == "\n\n".join(NORTH)


def test_who_did_what_and_who_is_pictured_are_no_text():
    first, *rest = NORTH
    lines = [
        "04/03/2026 - By: Ann Castle - Category: Sea - Tags: fog",
        first,
        "Pictured left, is the harbour master of Norvik.",
        *rest,
    ]
    lines += ["Text: Ann Castle, Photos: Piet van Oord", "More on this from the patrol boats at any hour:"]
    after = '<ul><li><a href="/1">Live from the boats</a></li></ul>'
    body = "".join(f"<p>{line}</p>" for line in lines)
    assert texts_of(f"<article><h1>Patrols meet nobody</h1>{body}{after}</article>") == "\n\n".join(NORTH)


@pytest.mark.parametrize(
    "box",
    [
        '<form action="/report"><p>{}</p><input name="where"><button>Send</button></form>',
        '<div class="toolbar"><p>{}</p></div>',
        '<div role="dialog"><p>{}</p></div>',
        '<div class="article-meta"><p>{}</p></div>',
    ],
)
def test_forms_tools_and_lines_about_the_article_are_no_text(box):
    told = "Tell us what you saw on the quay that evening, and our desk will call you back."
    article = extract(page(STORY.replace("</article>", box.format(told) + "</article>")))
    assert article.outcome is None
    assert told not in article.text

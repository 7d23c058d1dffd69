"""The address a page states as its own, where it sends its reader on, and junk in what it states."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import extract
from pipelines.items import Hints, Page

TEXT = "".join(
    f"<p>Beekeeper {n} told the fair that the hives came well through the frost, and that the first honey of the year will "
    "be sold on the square from Easter on, in jars that the school has painted.</p>"
    for n in range(8)
)
TITLE = "Beekeepers show the first honey of the year"
URL = "https://www.heath-herald.example/news/2026/beekeepers-show-first-honey"


def read(head="", top="", title=TITLE, url=URL, headers=(), h1=True, after="", hints=None):
    html = f"<html lang='en'><head><title>{title}</title>{head}</head><body><article>{f'<h1>{title}</h1>' if h1 else ''}{top}{TEXT}</article>{after}</body></html>"
    return extract(
        Page(
            url=url,
            body=html.encode(),
            headers=headers,
            fetched_at="2026-04-02T09:00:00Z",
            hints=hints or Hints(),
        )
    )


def canonical(href):
    return f'<link rel="canonical" href="{href}">'


@pytest.mark.parametrize(
    "markup",
    [
        canonical(href)
        for href in (
            "/", "/news/", "/news/2026", "/undefined", "/news/undefined", "null", "/news/null", "#", "#top", "", "about:blank",
            "/news/{{ slug }}", "{{canonical_url}}", "https://www.heath-herald.example/%URL%", "/news/${slug}", "/[slug]", "/:slug",
            "/category/animals", "/animals", "/404", "/error", "https://[bad/", "javascript:void(0)", "https://localhost/news/x",
            "https://staging.heath-herald.example/news/2026/beekeepers-show-first-honey", "https://agency.example/honey",
        )
    ]
    + [
        f"<noscript>{canonical('/news/2026/other-story-of-the-day')}</noscript>",
        canonical("/news/2026/one-other-story") + canonical("/news/2026/two-other-stories"),
        canonical("/news/2026/one-other-story") + canonical(URL),
    ],
)  # fmt: skip
def test_what_cannot_be_an_articles_address_is_not_taken(markup):
    assert read(markup).url == URL


@pytest.mark.parametrize(
    "markup", [f'<div class="embed">{canonical("/video/17")}</div>', f"<p>{canonical('/poll/3')}</p>"]
)
def test_a_canonical_link_in_the_text_is_an_embeds(markup):
    assert read(after=markup).url == URL


@pytest.mark.parametrize(
    ("url", "href", "expected"),
    [
        (URL + "?from=front", URL, URL),
        (URL + "/amp", URL, URL),
        (URL + "/2", URL, URL),
        ("https://heath-herald.example/?p=17", URL, URL),
        (
            URL,
            "/animals/honey-2026-first-jars",
            "https://www.heath-herald.example/animals/honey-2026-first-jars",
        ),
        (
            "https://www.heath-herald.example/story.php?id=5",
            "/story.php",
            "https://www.heath-herald.example/story.php?id=5",
        ),
    ],
)
def test_what_can_be_is(url, href, expected):
    assert read(canonical(href), url=url).url == expected


ON = "https://www.heath-herald.example/news/2026/honey"


@pytest.mark.parametrize("value", ["0; url=/news/2026/honey", "0;URL='/news/2026/honey'", "5; url=/news/2026/honey", "1,/news/2026/honey", "0; /news/2026/honey"])  # fmt: skip
@pytest.mark.parametrize("where", ["header", "meta"])
def test_a_refresh_sends_on(value, where):
    headers = (("Refresh", value),) if where == "header" else ()
    head = f'<meta http-equiv="Refresh" content="{value}">' if where == "meta" else ""
    assert read(head, headers=headers).found == (ON,)


@pytest.mark.parametrize(
    "head",
    [
        '<noscript><meta http-equiv="refresh" content="0;url=/enable-scripts"></noscript>',
        '<!--[if lt IE 9]><meta http-equiv="refresh" content="0;url=/old-browser"><![endif]-->',
        '<meta http-equiv="refresh" content="0; url=">',
        f'<meta http-equiv="refresh" content="0; url={URL}#top">',
        '<meta http-equiv="refresh" content="300; url=/news">',
        '<meta http-equiv="refresh" content="0; url=javascript:reload()">',
        '<meta http-equiv="refresh" content="0; url=https://[bad/">',
        '<template><meta http-equiv="refresh" content="0;url=/other"></template>',
    ],
)
def test_what_is_no_refresh_of_the_page_leaves_the_article(head):
    article = read(head)
    assert (article.outcome, article.found) == (None, ())


@pytest.mark.parametrize(
    "junk",
    [
        "Untitled Document",
        "undefined",
        "null",
        "[object Object]",
        "Ohne Titel",
        "Sans titre",
        "無題ドキュメント",
        "{{ title }}",
        "No title | Heath Herald",
    ],
)
def test_no_title_is_none(junk):
    assert read(title=junk, h1=False, hints=Hints(via="feed", title=TITLE)).title == TITLE


@pytest.mark.parametrize(
    "stated",
    ["&lt;b&gt;Honey&lt;/b&gt; &amp;amp; wax", "Honey &lt;span class='x'&gt;&amp;amp; wax&lt;/span&gt;"],
)
def test_markup_in_a_title_is_not_its_words(stated):
    assert (
        read(f'<meta property="og:title" content="{stated}">', title="Fair", h1=False).title == "Honey & wax"
    )


def author(name):
    return f'<meta name="author" content="{name}">'


@pytest.mark.parametrize("name", ["admin", "Administrator", "undefined", "null", "[object Object]", "{{ author }}", "wp-admin", "Unknown", "a.moll@heath.example"])  # fmt: skip
def test_no_author_is_none(name):
    assert read(author(name)).authors == ()


@pytest.mark.parametrize(
    "name",
    [
        "&lt;a href='/a'&gt;Ana Moll&lt;/a&gt;",
        "a.moll@heath.example (Ana Moll)",
        "Ana Moll @anamoll",
        "Ana Moll (Photos: Bo Lind)",
        "Ana Moll, 12 min read",
    ],
)
def test_what_stands_beside_a_stated_name_is_none(name):
    assert read(author(name)).authors == ("Ana Moll",)


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("Ana Moll 12 minutes ago", ("Ana Moll",)),
        ("Ana Moll, 12 min read", ("Ana Moll",)),
        ("Ana Moll vor 3 Stunden", ("Ana Moll",)),
        ("By Ana Moll | Reuters", ("Ana Moll",)),
        ("Ana Moll @anamoll", ("Ana Moll",)),
        ("By Ana Moll (Photos: Bo Lind)", ("Ana Moll",)),
        ("By Ana Moll<br>Animals correspondent", ("Ana Moll",)),
        ('<a href="/a/1">Ana Moll</a><a href="/a/2">Bo Lind</a>', ("Ana Moll", "Bo Lind")),
        ("von Ana Moll und Bo Lind", ("Ana Moll", "Bo Lind")),
    ],
)
def test_a_byline_names_its_authors_only(byline, expected):
    assert read(top=f'<p class="byline">{byline}</p>').authors == expected


@pytest.mark.parametrize("box", ['<div class="more"><a rel="author" href="/x">Cy Dunn</a> Ferry strike ends</div>', '<p><a href="/author/cy">Cy Dunn</a> on the long winter of the ferry</p>'])  # fmt: skip
def test_another_storys_author_is_not_this_ones(box):
    assert read(after=box).authors == ()


def test_microdata_of_the_article_count():
    person = '<span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">Ana Moll</b></span>'
    review = '<div itemprop="review" itemscope itemtype="https://schema.org/Review"><i itemprop="author">Cy Dunn</i></div>'
    item = f'<div itemscope itemtype="https://schema.org/NewsArticle"><meta itemprop="isAccessibleForFree" content="false">{review}{person}<h1>{TITLE}</h1>{TEXT}</div>'
    article = read(top=item, h1=False)
    assert (article.authors, article.access) == (("Ana Moll",), "paywalled")


@pytest.mark.parametrize("address", ["data:image/png;base64,iVBO", "blob:x", "/img/blank.gif", "undefined", "/1x1.gif", "https://pixel.example/t?x=1", "/assets/placeholder.png"])  # fmt: skip
def test_no_picture_is_none(address):
    assert read(f'<meta property="og:image" content="{address}">').image_url == ""
    head = (
        f'<meta property="og:image" content="{address}"><meta name="twitter:image" content="/img/honey.jpg">'
    )
    assert read(head).image_url == "https://www.heath-herald.example/img/honey.jpg"

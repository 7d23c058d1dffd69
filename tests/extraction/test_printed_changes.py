"""When an article was changed, where only a printed time says so."""

from __future__ import annotations

import pytest

from pipelines.extraction.extract import extract
from pipelines.items import Page

TEXT = "".join(
    f"<p>In year {n} the harbour paid {n * 7} pounds for stone from the north quarry.</p>"
    for n in range(1, 9)
)
PUBLISHED = '<time class="published" datetime="2026-11-20T08:00:00+01:00">20 November, 8.00</time>'
CHANGED = "2026-11-21T09:30:00+01:00"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f'{PUBLISHED} <time class="updated" datetime="{CHANGED}">21 November, 9.30</time>', CHANGED),
        (f'{PUBLISHED} Updated <time datetime="{CHANGED}">21 November, 9.30</time>', CHANGED),
        (f'{PUBLISHED} <span class="date-modified"><time datetime="{CHANGED}">21.11.</time></span>', CHANGED),
        (f'{PUBLISHED} <time itemprop="dateModified" datetime="{CHANGED}">21 November</time>', CHANGED),
        (f'{PUBLISHED} aktualisiert <time datetime="{CHANGED}">21. November, 9.30</time>', CHANGED),
        (f'{PUBLISHED} <time class="updated" datetime="2026-11-19T09:30:00+01:00">19 November</time>', None),
        (f'{PUBLISHED} <time class="updated" datetime="2031-11-19">later</time>', None),
        (f'{PUBLISHED} <time datetime="{CHANGED}">21 November, 9.30</time>', None),
        (PUBLISHED, None),
    ],
)
def test_a_printed_time_of_a_change(line: str, found: str | None) -> None:
    html = f"<html lang=en><head><title>The wall</title></head><body><article><h1>The wall of the harbour</h1><p>{line}</p>{TEXT}</article></body></html>"
    page = Page(url="https://d.example/news/wall", body=html.encode(), fetched_at="2026-11-25T10:00:00+00:00")
    article = extract(page)
    assert article.modified_at == found
    assert article.published_at == "2026-11-20T08:00:00+01:00"

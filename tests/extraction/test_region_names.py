"""How the words of region kinds stand in class and id names: whole, as beginnings, last, with something behind them."""

from __future__ import annotations

import pytest

from pipelines.extraction.content.regions import RegionKind, find_named_region


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("factbox", RegionKind.FACTBOX),
        ("factboxWide", RegionKind.FACTBOX),
        ("story_factboxes", RegionKind.FACTBOX),
        ("myfactbox", None),
        ("fact-box", RegionKind.FACTBOX),
        ("info-kastens", RegionKind.FACTBOX),
        ("info", None),
        ("article-lead", RegionKind.STANDFIRST),
        ("lead", RegionKind.STANDFIRST),
        ("storyLead", RegionKind.STANDFIRST),
        ("lead-story", None),
        ("leads", None),
        ("articleBody", RegionKind.BODY),
        ("ArticleBody2", RegionKind.BODY),
        ("ARTICLEBody", RegionKind.BODY),
        ("ad", RegionKind.AD),
        ("ads-of-the-town", RegionKind.AD),
        ("adverb", None),
        ("", None),
        ("12", None),
    ],
)
def test_a_name_states_a_region_by_its_words(names: str, kind: RegionKind | None) -> None:
    assert find_named_region(names).kind == kind

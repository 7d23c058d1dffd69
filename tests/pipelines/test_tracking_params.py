"""Which parameters of an address say nothing about the page: by name alone, or by name and value."""

from __future__ import annotations

import pytest

from pipelines.urls.normalize import clean, key

PAGE = "https://daily.example/article.php"


@pytest.mark.parametrize(
    "name",
    """ref source from via campaign campaign_id share shared share_id gift sessionid session_id newsletterid nl_id
    email_id emailid puid notification_id src medium channel origin mod ref_page refer referrer sref cmp cid
    push_id ncid icid feed""".split(),
)
def test_a_number_is_an_articles_own_name(name: str) -> None:
    first, second = f"{PAGE}?{name}=1000", f"{PAGE}?{name}=1001"
    assert len({key(first), key(second), key(PAGE)}) == 3
    assert clean(first) == first


@pytest.mark.parametrize(
    "value",
    [
        "1", "07", "2026-11-25", "20261125-03", "harbour-board-votes", "google-buys-a-quay", "home-for-sale",
        "mail_theft_in_port", "story.html", "bericht.php", "1000.html", "a1b2c3", "Hafen", "港口", "x" * 80,
        "front-line-report-from-the-quay", "politik/hafen", "", "550e8400-e29b-41d4-a716-446655440000",
        "https://daily.example/news/quay", "twitter%20files%20released",
    ],
)  # fmt: skip
def test_a_value_that_is_no_channel_stays(value: str) -> None:
    for name in ("ref", "source", "from", "via", "campaign"):
        assert key(f"{PAGE}?{name}={value}") != key(PAGE)
        assert clean(f"{PAGE}?{name}={value}") == f"{PAGE}?{name}={value}"


@pytest.mark.parametrize(
    "value",
    [
        "twitter", "Twitter", "rss", "newsletter", "facebook.com", "www.facebook.com", "t.co", "home", "share", "push",
        "l.instagram.com", "news.google.com", "https%3A%2F%2Fwww.google.com%2F", "https://t.co", "twitter_share",
        "newsletter-daily", "home_top", "rss-feed", "hp", "topstories", "bücher.example".replace("ü", "ue"),
    ],
)  # fmt: skip
def test_a_channel_or_host_says_where_a_reader_came_from(value: str) -> None:
    for name in ("ref", "source", "from", "via", "campaign", "REF"):
        assert key(f"{PAGE}?{name}={value}&id=7") == key(f"{PAGE}?id=7")


@pytest.mark.parametrize(
    "pair",
    """utm_source=1000 utm_id=5 fbclid=9 gclid=1 dclid=2 msclkid=3 mc_cid=4 mtm_campaign=5 pk_campaign=6 igshid=7
    twclid=8 yclid=9 at_medium=10 wt_mc=11 ns_campaign=12 xtor=RSS-1 smid=tw-share ncid=txtlnk ocid=socialflow
    cmpid=99 spm=1.2.3 replytocom=12 _ga=1.2 itm_source=x hsa_acc=1""".split(),
)
def test_sure_names_are_dropped_with_any_value(pair: str) -> None:
    assert key(f"{PAGE}?{pair}&id=7") == key(f"{PAGE}?id=7")
    assert clean(f"{PAGE}?{pair}&id=7") == f"{PAGE}?id=7"


@pytest.mark.parametrize(
    "name", ["mc_id", "at_id", "ns_id", "wt_id", "at_article", "pid", "aid", "idxno", "nid"]
)
def test_a_name_that_only_begins_like_tracking_stays(name: str) -> None:
    assert key(f"{PAGE}?{name}=5") != key(f"{PAGE}?{name}=6")


def test_where_a_reader_came_from_may_be_a_whole_address() -> None:
    assert key(f"{PAGE}?id=7&referrer=https%3A%2F%2Fother.example%2Fa%2Fb") == key(f"{PAGE}?id=7")


def test_the_address_shown_is_one_that_answered() -> None:
    """It differs from the one asked for by sure tracking only."""
    assert clean(f"{PAGE}?id=7&ref=rss&utm_source=x") == f"{PAGE}?id=7&ref=rss"

"""How Scrapy's parts that reach the web are loaded."""

from __future__ import annotations

from scrapy.utils import deprecate
from tldextract import TLDExtract

from crawler import settings
from crawler.politeness.connections import HttpHandler, without_deprecated_classes


def test_whose_domain_a_cookie_names_is_asked_of_no_server() -> None:
    assert settings.COOKIES_ENABLED
    assert TLDExtract().suffix_list_urls == (), "as Scrapy's CookiesMiddleware makes it"


def test_classes_of_old_names_are_left_out_for_us_alone() -> None:
    with without_deprecated_classes():
        assert deprecate.create_deprecated_class("Old", HttpHandler) is HttpHandler
    assert deprecate.create_deprecated_class("Old", HttpHandler) is not HttpHandler

"""Which requests of a page are answered when it is rendered. Pure."""

from __future__ import annotations

from typing import NamedTuple

from pipelines.urls import normalize

LOADED = frozenset({"script", "xhr", "fetch", "document", "stylesheet"})
"""What is loaded, by the browser's names of kinds. Pictures, fonts, films, beacons and sockets tell a text nothing."""

PICTURED = frozenset({"image", "font"})
"""What is loaded too where a picture of the page is taken."""

TRACKERS = frozenset(
    [
        "2mdn.net",
        "adform.net",
        "adnxs.com",
        "adobedtm.com",
        "amazon-adsystem.com",
        "bing.com",
        "chartbeat.com",
        "chartbeat.net",
        "clarity.ms",
        "comscore.com",
        "criteo.com",
        "criteo.net",
        "demdex.net",
        "doubleclick.net",
        "facebook.com",
        "facebook.net",
        "google-analytics.com",
        "googleadservices.com",
        "googlesyndication.com",
        "googletagmanager.com",
        "googletagservices.com",
        "hotjar.com",
        "ioam.de",
        "mathtag.com",
        "moatads.com",
        "mxpnl.com",
        "newrelic.com",
        "nr-data.net",
        "omtrdc.net",
        "optimizely.com",
        "outbrain.com",
        "parsely.com",
        "permutive.com",
        "piano.io",
        "pubmatic.com",
        "quantserve.com",
        "rubiconproject.com",
        "scorecardresearch.com",
        "segment.com",
        "segment.io",
        "sentry.io",
        "taboola.com",
        "tiktok.com",
        "twitter.com",
        "yandex.ru",
    ]
)
"""Sites that measure readers or sell advertising, which no text comes from."""


class Wanted(NamedTuple):
    """A request of a page: its kind and method as the browser names them, and whether a frame in the page makes it."""

    url: str
    kind: str
    method: str = "GET"
    in_frame: bool = False


def why_refuse(wanted: Wanted, page: str, pictured: bool) -> str:
    """Why a request of a page is not answered; "" when it is. `pictured`: a picture of the page is taken."""
    if not normalize.is_http(wanted.url):
        return "no web address"
    if wanted.method not in ("GET", "HEAD"):
        return f"{wanted.method} could change something"
    if wanted.kind not in LOADED and not (pictured and wanted.kind in PICTURED):
        return f"{wanted.kind} is not needed"
    if normalize.site_of(wanted.url) in TRACKERS:
        return "it measures readers or sells advertising"
    if (wanted.in_frame or wanted.kind == "document") and not normalize.same_site(wanted.url, page):
        return "a frame of another site"
    return ""

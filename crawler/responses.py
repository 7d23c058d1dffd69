"""Small functions on requests and responses that spiders, listings and middlewares share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.sources.login import login_of
from pipelines import timestamps
from pipelines.items import Page
from pipelines.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.http import Request, Response
    from twisted.python.failure import Failure

    from crawler.sources.model import Source
    from pipelines.archive.records import Task
    from pipelines.items import Noarchive


LOGIN_HEADERS = "login_headers"
"""The key of a request's `meta` with the names of the headers that carry a login."""


def pace_of(source: Source | None) -> tuple[float | None, int | None]:
    """The delay and concurrency that a source's file sets."""
    return (source.delay, source.concurrency) if source else (None, None)


def homes_of(source: Source | None, given: str = "") -> tuple[str, ...]:
    """The hosts whose private addresses a request may reach: of its source's home, and of the URL that a person gave."""
    found = (normalize.host_of(url) for url in (source.home if source else "", given))
    return tuple(host for host in found if host)


def conditional(etag: str, last_modified: str) -> dict[str, str]:
    """Headers that ask for the page only if it changed."""
    headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in headers.items() if value}


def is_conditional(request: Request | None) -> bool:
    """Whether a request asks for its page only if that changed: only then a 304 says that all is read."""
    names = ("If-None-Match", "If-Modified-Since")
    return request is not None and any(request.headers.get(name) for name in names)


def header_of(response: Response, name: str) -> str:
    """A response header's first value as text."""
    return (response.headers.get(name) or b"").decode("latin-1")


def ip_of(response: Response) -> str:
    """The IP address of the host that answered; empty behind a proxy, whose address says nothing."""
    proxied = response.request is not None and response.request.meta.get("proxy")
    return "" if proxied or response.ip_address is None else str(response.ip_address)


def manners_of(source: Source | None, given: str = "") -> dict[str, Any]:
    """What a request for a source carries in its `meta`: its pace, its homes and its login."""
    login = login_of(source)
    manners: dict[str, Any] = {"pace": pace_of(source), "homes": homes_of(source, given)}
    return manners if login is None else {**manners, "login": login}


def sent_headers(request: Request | None) -> Iterator[tuple[str, str]]:
    """The headers of a request as captures keep them: without those of a login."""
    secret = {name.lower() for name in request.meta.get(LOGIN_HEADERS, ())} if request is not None else set()
    return (header for header in headers_of(request) if header[0].lower() not in secret)


def received_headers(response: Response, request: Request | None) -> Iterator[tuple[str, str]]:
    """The headers of a response as captures keep them: without the cookies that renew a login."""
    secret = request is not None and LOGIN_HEADERS in request.meta
    return (header for header in headers_of(response) if not (secret and header[0].lower() == "set-cookie"))


def headers_of(message: Response | Request | None) -> Iterator[tuple[str, str]]:
    """The headers of a response or request, one pair a value."""
    for name, values in message.headers.items() if message is not None else ():
        for value in values:
            yield name.decode("latin-1"), value.decode("latin-1")


def page_of(
    response: Response,
    task: Task,
    source: Source | None,
    noarchive: Noarchive,
    extractor: str,
    url: str = "",
    *,
    assets: bool = False,
) -> Page:
    """The page of a task, with everything that extraction and its capture need; of a further page, with its `url`.

    `extractor` is who finds the text where the source names none, `assets` whether assets are kept where it says nothing.
    """
    return Page(
        url=url or task.url,
        body=response.body,
        source_id=task.source_id,
        final_url=response.url,
        status=response.status,
        headers=tuple(received_headers(response, response.request)),
        fetched_at=timestamps.now(),
        hints=task.hints,
        home=source.home if source else "",
        language=source.language if source else "",
        rules=source.rules if source else (),
        request_headers=tuple(sent_headers(response.request)),
        ip=ip_of(response),
        extractor=(source.extractor if source else None) or extractor,
        noarchive=noarchive,
        assets=assets if source is None or source.assets is None else source.assets,
        hops=response.meta.get("hops", ()),
    )


def moved_for_good(response: Response) -> str:
    """The final URL, where every redirect on the way to it was permanent; else empty.

    A URL that differs only by `www.` or `https` is the same one.
    """
    meta = response.request.meta if response.request is not None else {}
    asked = meta.get("redirect_urls") or [response.url]
    for_good = all(reason in (301, 308) for reason in meta.get("redirect_reasons", ()))
    return response.url if for_good and normalize.key(response.url) != normalize.key(asked[0]) else ""


def other_port(request: Request) -> int | None:
    """The port of its own host that a request was redirected to; None when it was not, or to the web's usual ports."""
    first = (request.meta.get("redirect_urls") or [request.url])[0]
    port = port_of(request.url)
    same_host = normalize.host_of(request.url) == normalize.host_of(first)
    return port if same_host and port not in {80, 443, port_of(first)} else None


def port_of(url: str) -> int:
    """The port that a URL leads to; 0 where it names one that cannot be."""
    try:
        parts = urlsplit(url)
        return (443 if parts.scheme == "https" else 80) if parts.port is None else parts.port
    except ValueError:
        return 0


def error_of(failure: Failure) -> BaseException:
    """The exception in a Failure; Twisted allows for none."""
    return failure.value or RuntimeError("failed without an error")

"""Sends one's own cookies and headers to the site they are for, and to no other host.

What is sent so is taken out of what captures keep: see `crawler.responses.sent_headers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.http.cookies import CookieJar

from crawler.responses import LOGIN_HEADERS
from crawler.sources.login import read_login
from pipelines.urls import normalize

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

    from crawler.sources.login import Login, Session


class LoginMiddleware:
    """Keeps one jar of cookies a login, apart from all others; what the site sets anew holds for this crawl."""

    def __init__(self) -> None:
        self.sessions: dict[Login, Session] = {}
        self.jars: dict[Login, CookieJar] = {}

    def process_request(self, request: Request) -> None:
        login: Login | None = request.meta.get("login")
        if login is None:
            return
        for name in request.meta.pop(LOGIN_HEADERS, ()):  # of the request that was redirected here
            request.headers.pop(name, None)
        own = is_for(login, request.url)
        request.meta["dont_merge_cookies"] = own
        if not own:
            return
        session, jar = self._open(login)
        request.headers.pop("Cookie", None)
        jar.add_cookie_header(request)
        for name, value in session.headers:
            request.headers[name] = value
        request.meta[LOGIN_HEADERS] = ("Cookie", *(name for name, _ in session.headers))

    def process_response(self, request: Request, response: Response) -> Response:
        if LOGIN_HEADERS in request.meta:
            self._open(request.meta["login"])[1].extract_cookies(response, request)
        return response

    def _open(self, login: Login) -> tuple[Session, CookieJar]:
        if login not in self.jars:
            session, jar = read_login(login), CookieJar()
            for cookie in session.cookies:
                jar.set_cookie(cookie)
            self.sessions[login], self.jars[login] = session, jar
        return self.sessions[login], self.jars[login]


def is_for(login: Login, url: str) -> bool:
    """Whether a login may be sent to an address: of the same site, and by https where its home is read so. Pure."""
    encrypted = url.startswith("https:") or not login.home.startswith("https:")
    return encrypted and normalize.same_site(login.home, url)

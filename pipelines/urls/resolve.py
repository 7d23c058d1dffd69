"""The one way by which an address from outside comes in: resolved against a base, checked, refused with a reason.

A feed, sitemap, page, robots.txt or redirect may write anything where an address belongs. What is taken is an absolute
web address that requests, comparisons and joins accept; what is refused costs that one address. Nothing else joins
addresses. No function here raises.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from pipelines.urls.normalize import BLANK, LONGEST, clean, host_of, is_home, is_http, key, same_site

_PLAIN = re.compile(r"https?://[a-z0-9.-]+(?::[1-9][0-9]{0,4})?/[A-Za-z0-9\-._~/!$'()*+,;=:?&]*").fullmatch
_QUOTED = re.compile(r"""(?:<(?:URL:)?([^<>]*)>|"([^"]*)"|'([^']*)'|“([^”]*)”)""", re.I).fullmatch
_LINE_BREAKS = str.maketrans("", "", "\t\r\n")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.I).match
_PORT_OR_PATH = re.compile(r"[0-9]{1,5}(?:[/?#]|$)").match
_WEB_SCHEME = re.compile(r"(https?):/*", re.I).match
_NO_HOST = re.compile(r"(?:https?:)?[/\\]{2,}", re.I).fullmatch
_HOST_FIRST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::[0-9]*)?(?=[/?#]|$)").match
_BRACES = re.compile(r"%(7[BbDd])")
# What template languages leave when a name was not filled in: {{ name }}, {% tag %}, ${name}, <%= name %>, %NAME%, {name}.
_TEMPLATE = re.compile(
    r"\{\{|\}\}|\{%|%\}|[$#]\{|<[%?$#]|[%?]>|\[\[|\]\]|\{[A-Za-z_][A-Za-z_. -]{0,40}\}"
    r"|%[A-Z][A-Z0-9_]{2,40}%(?![0-9A-Fa-f]{2})"
)
_TEMPLATE_SIGN = re.compile(r"[{}<>\[\]%]").search
_NOTHING = frozenset({"undefined", "null", "none", "nan", "nil", "false", "true", "about:blank"})


class Resolved(NamedTuple):
    """An absolute web address, or "" with the reason why there is none."""

    url: str
    refused: str = ""


def resolve(base: str, text: str) -> str:
    """The absolute web address that `text`, found at `base`, stands for; "" when it stands for none."""
    return text if _PLAIN(text) and is_http(text) else read_address(base, text).url


def read_address(base: str, text: str) -> Resolved:
    """As `resolve`, with the reason in words when there is not a web address.

    Characters that steer a terminal or turn the direction of writing are percent-encoded, as browsers do it.
    User names and passwords are left out: what is archived here is public, and no resolver knows `user:password@host`.
    """
    text = text.strip(BLANK)
    quoted = _QUOTED(text)
    if quoted:
        text = next(part for part in quoted.groups() if part is not None).strip(BLANK)
    if not text.isprintable():
        text = _UNSEEN.sub(_quote, text.translate(_LINE_BREAKS))
    refused = _refuse_text(text)
    if refused:
        return Resolved("", refused)
    try:
        joined = urljoin(base, _complete(base, text))
    except ValueError:
        return Resolved("", "is not a web address")
    return _check(joined)


def _quote(match: re.Match[str]) -> str:
    return quote(match[0])


def _refuse_text(text: str) -> str:
    if not text:
        return "is empty"
    if len(text) > LONGEST:
        return f"is longer than {LONGEST:,} characters"
    if not text.isascii() and _SURROGATE.search(text):
        return "has half a character in it"
    if _is_template(text):
        return "is a template that was not filled in"
    if text.lower() in _NOTHING or text.startswith("[object"):
        return "is the word for nothing of a programming language"
    return "names no host" if _NO_HOST(text) else ""


def _is_template(text: str) -> bool:
    if not _TEMPLATE_SIGN(text):
        return False
    return _TEMPLATE.search(_BRACES.sub(_brace, text) if "%7" in text else text) is not None


def _brace(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _complete(base: str, text: str) -> str:
    """Mend what browsers mend: backslashes, the number of slashes; and add the scheme where a host comes first."""
    if text.startswith("/") and "\\" not in text and not text.startswith("//"):
        return text
    end = re.search(r"[?#]", text)
    cut = end.start() if end else len(text)
    text = text[:cut].replace("\\", "/") + text[cut:]
    web = _WEB_SCHEME(text)
    if web:
        slashes = len(web[0]) - len(web[1]) - 1
        return text if slashes in (0, 2) else f"{web[1]}://{text[web.end() :]}"
    if text.startswith("//"):
        return "//" + text.lstrip("/")
    host = _HOST_FIRST(text)
    if host and _names_host(base, host[0]):
        return f"{urlsplit(base).scheme or 'https'}://{text}"
    return text


def _names_host(base: str, first: str) -> bool:
    """Whether a first segment with a dot is a host rather than a file: `www.daily.example`, or one of the base's site."""
    return first.lower().startswith("www.") or same_site(f"http://{first}/", base)


def _check(url: str) -> Resolved:
    try:
        parts = urlsplit(url)
    except ValueError:
        return Resolved("", "is not a web address")
    scheme = _SCHEME(url)
    if parts.scheme not in ("http", "https"):
        if scheme and _PORT_OR_PATH(url[scheme.end() :]):
            return Resolved("", "has no scheme before its host")
        return Resolved("", f"is no web address ({parts.scheme[:20]}:)" if scheme else "is no web address")
    host = parts.netloc.rpartition("@")[2]
    port = host.rpartition(":")[2] if ":" in host.rpartition("]")[2] else ""
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        return Resolved("", f"names a port that cannot be ({port[:20]})")
    if ":" in host.removesuffix(f":{port}") and not host.startswith("["):
        return Resolved("", "names two ports")
    if host != parts.netloc or host.endswith(":"):
        url = _with_netloc(url, parts, host.removesuffix(":"))
    if len(url) > LONGEST:
        return Resolved("", f"is longer than {LONGEST:,} characters")
    if _is_template(url):  # joining may bring its signs together
        return Resolved("", "is a template that was not filled in")
    if not host_of(url):
        return Resolved("", "names no host that can exist" if host else "names no host")
    return Resolved(url)


def _with_netloc(url: str, parts: SplitResult, netloc: str) -> str:
    head, _, rest = url.partition(parts.netloc)
    return f"{head}{netloc}{rest}"


def canonical(page_url: str, rel_canonical: str) -> str | None:
    """Return the address that a page states as its own; None when it is not credible.

    It is credible when it is a web address on the same site, and not the home page when the page is none:
    some publishers' templates name the home page on every article.
    """
    target = resolve(page_url, rel_canonical)
    if not target or not key(target) or not same_site(page_url, target):
        return None
    if is_home(target) and not is_home(page_url):
        return None
    return clean(target)

"""Keys by which URLs are compared, and clean URLs to show and cite.

A page is always requested by the URL as it was found; `key` is only for comparing. Folding too much loses
an article (two pages share a key and one is never fetched), folding too little costs one fetch, after which
the text shows the two to be the same. So a parameter is dropped only when its name is known to mean nothing, or when
its name can mean something and its value is a channel (`ref=rss`; `ref=1000` stays).

Every function takes any text, however broken, and returns; none raises.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit, urlunsplit

from pipelines.urls.public_suffixes import count_suffix_labels
from pipelines.urls.tracking_params import VIEWS, is_surely_tracking, is_tracking

LONGEST = 8192
"""Characters. Common servers refuse a request line longer than 8 KiB, so no article has a longer URL."""

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/!$&'()*+,;=:@]*").fullmatch
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9\-._~/!$'()*+,;=:@?]*").fullmatch
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.\-]{0,251}[a-z0-9_])?").fullmatch
_SLASHES = re.compile(r"/{2,}")
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*", re.IGNORECASE)
_AMPERSANDS = re.compile(r"^(?:amp;)+")
_SECRET_VALUE = re.compile(
    r"([?&;](?:access_?|api_?|auth_?)?(?:token|key|secret|password|passwd|pwd|signature|sig|session|auth)=)[^&;#\s\"']+",
    re.I,
)
_SECRET = re.compile(r"(?<=//)[^/?#\s]*@")
BLANK = " \t\r\n\f\v\0\u00a0\u200b\u200e\u200f\u2028\u2029\u3000\ufeff"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_FORMS = frozenset({"www", "m", "mobile", "amp"})
_HOME_PATHS = frozenset({"", "/", "/index.html", "/index.htm", "/index.php", "/default.aspx"})


def key(url: str) -> str:
    """Return the form in which URLs are compared: `example.org/news/1?id=7`, without a scheme; "" for no web address.

    Folded: scheme, `www.`, mobile and AMP hosts, default port, user name, fragment, tracking and session
    parameters, parameter order, AMP and print forms, trailing and doubled slashes, `index.html`, IDN and
    percent-encoding. Kept: the case of the path, and every parameter not known to be meaningless.
    `key("https://" + key(url)) == key(url)`.
    """
    parts = _split(url)
    if parts is None:
        return ""
    address = _address(parts)
    if not address:
        return ""
    query = _key_query(parts.query) if parts.query else ""
    return f"{address}{_key_path(parts.path)}?{query}" if query else address + _key_path(parts.path)


def clean(url: str) -> str:
    """Return the URL without tracking parameters, fragment and user name, to be shown and cited.

    A parameter stays when only its value tells that it is tracking (`ref=rss`): it was in the address that answered.
    Any other text comes back unchanged, without the blanks around it.
    """
    parts = _split(url)
    if parts is None:
        return url.strip(BLANK)
    query = parts.query
    if query:
        query = "&".join(
            pair for pair in query.split("&") if pair and not is_surely_tracking(*_name_value(pair))
        )
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def site_of(url: str) -> str:
    """Return the registrable domain (`bbc.co.uk`), or the whole host where there is none; "" for junk.

    `localhost` and IP addresses are their own site. A host below `.example`, or any
    other ending no registry knows, gives its last two labels.
    """
    host = host_of(url)
    return _site(host) if host else ""


def same_site(a: str, b: str) -> bool:
    """Whether two URLs belong to one registrable domain."""
    site = site_of(a)
    return bool(site) and site == site_of(b)


def host_of(url: str) -> str:
    """Return the host in lower case and ASCII (`xn--...`), without port and brackets; "" when there is none."""
    parts = _split(url)
    return _host(_hostname(parts.netloc)) if parts else ""


def is_home(url: str) -> bool:
    """Whether it is the address of a site's home page."""
    parts = _split(url)
    return parts is not None and parts.path.lower() in _HOME_PATHS and not _key_query(parts.query)


def is_http(url: str) -> bool:
    """Whether this is an absolute http or https URL with a host that can exist."""
    return bool(host_of(url))


def without_secrets(text: str) -> str:
    """Return the text without `user:password@` and the values of `token=` and the like in its URLs, for messages and logs."""
    return _SECRET_VALUE.sub(r"\1...", _SECRET.sub("", text))


def key_hash(key: str) -> int:
    """Return the first 8 bytes of the key's SHA-256 as a signed integer, which fits an SQLite INTEGER."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _split(url: str) -> SplitResult | None:
    if len(url) > LONGEST:
        return None
    url = url.strip(BLANK)
    if url[:4].lower() != "http":
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  a port that is no number raises here
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.netloc else None


def _hostname(netloc: str) -> str:
    bare = netloc.rpartition("@")[2]
    if bare.startswith("["):
        return bare.partition("]")[0] + "]"
    return bare.partition(":")[0]


@lru_cache(maxsize=8192)
def _host(name: str) -> str:
    name = name.rstrip(".").lower()
    if name.startswith("["):
        try:
            return ip_address(name.strip("[]")).compressed
        except ValueError:
            return ""
    if not name.isascii():
        import idna  # its tables take a few milliseconds to load, and few addresses need them

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except UnicodeError:  # idna.IDNAError is one
            return ""
    return name if _HOST(name) and ".." not in name else ""


@lru_cache(maxsize=8192)
def _site(host: str) -> str:
    if ":" in host or host.replace(".", "").isdigit():
        return host
    labels = host.split(".")
    suffix = max(count_suffix_labels(host), 1)
    return host if suffix >= len(labels) else ".".join(labels[-suffix - 1 :])


@lru_cache(maxsize=8192)
def _folded_host(host: str) -> str:
    """Return the host without `www`, mobile and AMP labels, as far as a registrable name remains."""
    if ":" in host:
        return f"[{host}]"
    site = _site(host)
    if host == site or not host.endswith(f".{site}"):
        return host
    labels = [label for label in host[: -len(site) - 1].split(".") if label not in _HOST_FORMS]
    return ".".join([*labels, site])


def _address(parts: SplitResult) -> str:
    host = _host(_hostname(parts.netloc))
    if not host:
        return ""
    host = _folded_host(host)
    port = parts.port if ":" in parts.netloc else None
    if port is None or port == _DEFAULT_PORTS[parts.scheme] or port in (80, 443):
        return host
    return f"{host}:{port}"


def _key_path(path: str) -> str:
    if not _PLAIN_PATH(path):
        path = _escape(path, "/!$&'()*+,;=:@")
    if ";" in path:
        path = _SESSION.sub("", path)
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if "/." in path:
        path = _without_dots(path)
    path = path.rstrip("/")
    if "amp" in path or "/index.htm" in path:
        path = _without_forms(path)
    return path


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def _without_forms(path: str) -> str:
    """Return the path without AMP marks and `index.html`, until nothing changes: `/amp/story/amp` is one article too."""
    while True:
        before = path
        if path.endswith((".amp.html", ".amp.htm")):
            stem, _, suffix = path.rpartition(".amp.")
            path = f"{stem}.{suffix}"
        for ending in ("/amp", ".amp", "/index.html", "/index.htm"):
            path = path.removesuffix(ending).rstrip("/")
        if path.startswith("/amp/"):
            path = path[4:]
        if path == before:
            return path


def _key_query(query: str) -> str:
    kept = []
    for pair in query.split("&"):
        # A page's own HTML, written into a feed as it stood: `&amp;id=7`.
        pair = _AMPERSANDS.sub("", pair)
        if not pair:
            continue
        name, value = _name_value(pair)
        if is_tracking(name, value):
            continue
        views = VIEWS.get(name)
        if views is not None and value in views:
            continue
        kept.append(pair if _PLAIN_QUERY(pair) else _escape(pair, "/!$'()*+,;=:@?"))
    kept.sort()
    return "&".join(kept)


def _name_value(pair: str) -> tuple[str, str]:
    name, _, value = _AMPERSANDS.sub("", pair).partition("=")
    name, value = name.lower(), value.lower()
    if "%" in pair or "+" in pair:
        return unquote_plus(name), unquote_plus(value)
    return name, value


def _escape(text: str, safe: str) -> str:
    """Return one spelling of percent-encoding: unreserved characters bare, the rest as upper-case UTF-8 escapes."""
    return quote(_ESCAPE.sub(_one_escape, text), safe=safe + "%", errors="surrogatepass")


def _one_escape(match: re.Match[str]) -> str:
    digits = match[1]
    if not digits:
        return "%25"
    character = chr(int(digits, 16))
    return character if character in _UNRESERVED else match[0].upper()

"""Who wrote it: names out of JSON-LD, meta tags and printed bylines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.extraction import grammar, jsonld
from pipelines.extraction.document import squeeze, text_of
from pipelines.extraction.headline import site_names
from pipelines.extraction.words import split as words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from pipelines.extraction.blocks import Block
    from pipelines.extraction.document import Document
    from pipelines.items import Hints

_META = (
    "author",
    "article:author",
    "article:author_name",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "cxenseparse:author",
    "citation_author",
    "byl",
    "authors",
    "twitter:creator:name",
    "dcsext.author",
)
_BY = re.compile(
    r"^\W*(?:(?:written|words|story|text|posted|reported|reporting|article|edited|review|interview|ein \w+|eine \w+) (?:and \w+ )?"
    r"(?:by|von)|by|von|vom|par|por|di|av|af|door|przez|autor(?:in|en|es|a)?|auteurs?|autore|authors?|texte?|texto|tekst|skribent|"
    r"от|автор(?:ы|и)?|текст|作者|责编|责任编辑|責任編輯|编辑|文|記者|记者|撰文|著者|글|tác giả|oleh|yazar|penulis|reporter|كتب|كتبت|بقلم|מאת|โดย|लेखक|του|της|a cura di|redacción|redaktion)\s*[:：|・]?\s*(?<=[\s:：|・])",
    re.I,
)
_SPLIT = re.compile(
    r"\s*(?:[;|•·]|,|，|、|\s/\s|\s(?:and|und|et|y|e|og|och|ja|en|и|та|i|dan|và|ve|και|şi|și)\s|\s?&\s?|\s(?:with|mit|avec)\s)\s*",
    re.I,
)
_STOP = re.compile(
    r"\s+[–—|•·\-]\s+.*$|\s*[|•·].*$|\s*\((?:text|foto|photo|fotos|bild|video|dpa|afp|reuters|ap)\b.*$|\s*(?:published|updated|posted|reviewed|medically|fact[- ]checked|last|edited|"
    r"aktualisiert|veröffentlicht|publié|mis à jour|publicado|actualizado|pubblicato|\d{1,2}[./]\d|\d{4}).*$",
    re.I,
)
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "du",
        "des",
        "d'",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "zu",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "af",
        "av",
        "y",
        "e",
        "i",
        "und",
        "the",
    ]
)
_ROLE = re.compile(
    r"\b(?:staff|writers?|reporters?|editors?|correspond\w*|journalists?|contributors?|author|columnist|producer|team|newsroom|desk|bureau|redaktion|redakteur\w*|"
    r"redacción|rédaction|redazione|redação|redactie|redakcja|редакция|агентство|news|press|media|online|magazine|agency|agentur|agence|agencia|"
    r"md|m\.d\.|phd|ph\.d\.?|mba|rd|rdn|cfp|cpa|esq|jr|dds|reviewed|checked|by|photo\w*|foto\w*)\b|編集部|記者|记者|기자|通讯员|特派員",
    re.I,
)
_ROLE_ONLY = re.compile(
    r"^(?:(?:senior|chief|staff|associate|managing|contributing|deputy|special|political|foreign|sports?|business|health|science|tech\w*|our|for|the)\s+)*"
    r"(?:writers?|reporters?|editors?(?: in chief)?|correspondents?|journalists?|contributors?|author|columnist|producer|md|m\.d\.?|phd|ph\.d\.?|mba|rdn?|cfp|cpa|esq|jr|"
    r"journalistin|redakteur(?:in)?|freier? \w+|\w*korrespondent(?:in)?|reporterin|redactor[ae]?|periodista|journaliste)\.?$",
    re.I,
)
_AGENCIES = frozenset(
    [
        "afp",
        "ap",
        "dpa",
        "reuters",
        "efe",
        "ansa",
        "apa",
        "sda",
        "kna",
        "epd",
        "sid",
        "tass",
        "pti",
        "ani",
        "ians",
        "lusa",
        "belga",
        "xinhua",
        "yonhap",
        "kyodo",
        "jiji",
        "tt",
        "ntb",
        "ritzau",
        "stt",
    ]
)
_PROFILE = re.compile(
    r"/(?:authors?|auteurs?|autor(?:en|es|in)?|autore|people|person|staff|profile?s?|team|by|writers?|reporters?|journalist\w*|contributors?|redakt\w*|columnist\w*|creators?|users?|member)s?[/?=]",
    re.I,
)


def find(document: Document, hints: Hints, blocks: list[Block], at: int, first: int) -> tuple[str, ...]:
    """The authors in their order, without repeats: people and desks; the site itself only when nobody else is named.

    `at` is the number of the block that ends the headline, `first` that of the text's first block.
    """
    site = site_names(document) | _host_names(document.url)
    stated = _from_jsonld(document)
    people = _tidy(stated, site)
    if people and not all(_is_desk(p) for p in people):
        return people
    meta = _tidy([v for name in _META for v in document.meta.get(name, ())], site)
    if meta and not all(_is_desk(p) for p in meta):
        return meta
    lines, strong = _printed(blocks, at, first)
    printed = _tidy(lines, site)
    if printed and not all(_is_desk(p) for p in printed) and (strong or not (people or meta)):
        return printed
    told = _tidy(list(hints.authors), site)
    return told or people or meta or printed or _tidy(stated or document.meta.get("author", []), set())


def _host_names(url: str) -> set[str]:
    """The host as a name: `www.example.org` is known as `example org` and as `example`."""
    host = re.sub(r"^www\.", "", url.split("//", 1)[-1].split("/", 1)[0].lower())
    label = re.sub(r"\.(?:com?|org|net|gov|ac)?\.?[a-z]+$", "", host)
    return {" ".join(words(host)), " ".join(words(label)), " ".join(words("www." + host))}


def _is_desk(name: str) -> bool:
    """Whether a name is that of an organisation or a desk and not of a person."""
    return (
        name.casefold() in _AGENCIES
        or bool(_ROLE.search(name))
        or len(name.split()) > 5
        or (name.isascii() and " " not in name)
    )


def _from_jsonld(document: Document) -> list[str]:
    value = document.article.get("author") or document.article.get("creator")
    by_id = {
        n["@id"]: n
        for n in document.nodes
        if isinstance(n.get("@id"), str) and (n.get("name") or n.get("givenName"))
    }
    return [t for item in (value if isinstance(value, list) else [value]) for t in _names(item, by_id)]


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> list[str]:
    if not isinstance(value, dict):
        return jsonld.texts(value)
    if not value.get("name") and isinstance(value.get("@id"), str):
        value = by_id.get(value["@id"], value)
    if not value.get("name") and value.get("familyName"):
        return [f"{jsonld.text(value.get('givenName'))} {jsonld.text(value.get('familyName'))}".strip()]
    name = value.get("name")
    return [t for part in name for t in _names(part, {})] if isinstance(name, list) else jsonld.texts(name)


def _printed(blocks: list[Block], at: int, first: int) -> tuple[list[str], bool]:
    """Names in bylines: marked as such, linked to a profile, or in a line that begins as bylines do.

    The second value says whether more than a class name speaks for them.
    """
    start = max(0, at - 6) if at >= 0 else 0
    stop = min(len(blocks), max(at + 14, first + 2))
    for block in blocks[start:stop]:
        marked = _marked(block)
        if len(block.text) > 160 or (block.kind == "h" and block.level < 3):
            continue
        linked = [text_of(a) for a in block.element.iter("a") if _profile(a)]
        linked = [name for name in linked if _looks_like_name(name, marked)]
        if linked:
            return linked, True
        by = _BY.match(block.text)
        if by or marked:
            text = _STOP.sub("", block.text[by.end() :] if by else block.text)
            names = [n for n in _SPLIT.split(text) if _looks_like_name(n, bool(by and marked), bool(by))]
            if names and (marked or len(text) < 80):
                return names, bool(by)
    return [], False


def _profile(link: _Element) -> bool:
    return "author" in (link.get("rel") or "") or bool(_PROFILE.search((link.get("href") or "") + "/"))


def _marked(block: Block) -> bool:
    """Whether a block's class or itemprop says that it names an author."""
    zone = block.zone
    while zone is not None:
        if zone.kind == "author":
            return True
        zone = zone.outer
    element = block.element
    return "author" in (element.get("itemprop") or "")


def _looks_like_name(text: str, loosely: bool = False, by: bool = False) -> bool:
    """Two to five capitalised words, or a few ideographs; `loosely` also takes one word."""
    text = text.strip(" ,.:")
    if _BY.match(text + " "):
        return False
    if (
        not 2 <= len(text) <= 50
        or re.search(r"[\d@/:?!]", text)
        or _ROLE_ONLY.match(text)
        or grammar.LABEL.match(text)
    ):
        return False
    if "\u3040" <= text[0] <= "\u9fff" or "\uac00" <= text[0] <= "\ud7af":
        return (loosely or by) and len(text) <= 12
    parts = text.split()
    if len(parts) > 5 or (len(parts) == 1 and not loosely):
        return False
    return (
        all(p[0].isupper() or p.casefold() in _PARTICLES or not p[0].isascii() for p in parts)
        and not parts[-1][0].islower()
    )


def only_the_site(names: Iterable[str], document: Document) -> bool:
    """Whether nobody is named but the site itself."""
    site = site_names(document) | _host_names(document.url)
    return all(" ".join(words(name)) in site for name in names)


def tidy(found: Iterable[str]) -> tuple[str, ...]:
    """Names out of lines: split, without what stands around them, without repeats."""
    return _tidy(found, set())


def of_bylines(blocks: Iterable[Block], document: Document) -> tuple[str, ...]:
    """Names in the lines that were taken out of the text as bylines."""
    site = site_names(document)
    found: list[str] = []
    for block in blocks:
        if block.why not in ("byline", "source") or len(block.text) > 150:
            continue
        line = re.sub(r"[\[(<]?[^\s\[(<]+@[^\s\])>]+[\])>]?", "", block.text).strip("()（）[] ")
        by = _BY.match(line)
        if len(line) < 60 and (block.why == "byline" or (block.why == "source" and by)):
            text = _STOP.sub("", line[by.end() :] if by else line).strip("()[] ")
            found += [n for n in _SPLIT.split(text) if _looks_like_name(n, by=bool(by))]
    return _tidy(found, site)


def _tidy(found: Iterable[str], site: set[str]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for raw in found:
        raw = squeeze(raw[:2000])
        if "://" in raw or raw.startswith("www.") or raw.isdigit() or ("@" in raw and " " not in raw):
            continue
        raw = re.sub(r"\s*\S+@\S+\s*", " ", raw)
        for part in _SPLIT.split(_BY.sub("", raw)):
            name = _trim(part)
            if not name or len(name) > 80 or _ROLE_ONLY.match(name) or "@" in name or name.isdigit():
                continue
            key = " ".join(words(name))
            hosts = [h for h in site if " " in h and len(h) > 5]
            if key not in site and not any(
                f" {h} " in f" {key} " for h in hosts if h.split()[-1] in _ENDINGS
            ):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())


_ENDINGS = frozenset(
    [
        "com",
        "org",
        "net",
        "de",
        "uk",
        "fr",
        "es",
        "it",
        "jp",
        "kr",
        "cn",
        "in",
        "id",
        "ru",
        "ua",
        "br",
        "mx",
        "za",
        "au",
        "ca",
        "ch",
        "at",
        "nl",
        "be",
        "se",
        "no",
        "dk",
        "fi",
        "pl",
        "cz",
    ]
)


def _trim(name: str) -> str:
    """Without marks around it, but with the point of a last initial."""
    name = name.strip(' ,-–—|:;"()[]')
    if name.isupper() and " " in name and name.isascii():  # capitals are a matter of type
        name = name.title()
    return name if re.search(r"\b\w\.$", name) else name.rstrip(".")

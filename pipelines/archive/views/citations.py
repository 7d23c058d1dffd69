"""Cite an article: plain, BibTeX, RIS and CSL-JSON. Pure; every value is escaped for its format."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

FORMATS = {
    "txt": ("Plain", "text/plain"),
    "bib": ("BibTeX", "application/x-bibtex"),
    "ris": ("RIS", "application/x-research-info-systems"),
    "json": ("CSL-JSON", "application/vnd.citationstyles.csl+json"),
}
"""File ending to name and media type."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation needs. `published` is a time or day in ISO 8601 or None, `seen` the day we archived it."""

    id: int
    title: str
    authors: tuple[str, ...]
    source: str
    url: str
    published: str | None
    seen: str
    section: str = ""
    language: str = ""


def cite(article: Cited, form: str) -> str:
    """The citation in one of `FORMATS`."""
    return {"txt": plain, "bib": bibtex, "ris": ris, "json": csl_json}[form](article)


def plain(article: Cited) -> str:
    """One line: authors, title, source, date, address, the day it was archived."""
    day = _day(article.published)
    parts = [
        _joined(article.authors),
        f"“{_line(article.title)}”",
        _line(article.source),
        f"{day.day} {day:%B %Y}" if day else "no date",
    ]
    seen = _day(article.seen)
    kept = f" (archived {seen.day} {seen:%B %Y})" if seen else ""
    return ". ".join(part for part in parts if part) + f". {_line(article.url)}{kept}"


def bibtex(article: Cited) -> str:
    """An `@article` entry; letters outside ASCII stay as they are (biber and today's BibTeX read UTF-8)."""
    day, seen = _day(article.published), _day(article.seen)
    fields = {
        "author": " and ".join("{" + _tex(author) + "}" for author in article.authors),
        "title": "{" + _tex(article.title) + "}",
        "journal": _tex(article.source),
        "date": day.isoformat() if day else "",
        "year": str(day.year) if day else "",
        "month": f"{day:%b}".lower() if day else "",
        "url": _tex_url(article.url),
        "urldate": seen.isoformat() if seen else "",
        "language": _tex(article.language),
    }
    lines = [
        f"  {name} = {value if name == 'month' else '{' + value + '}'}"
        for name, value in fields.items()
        if value
    ]
    return f"@article{{{_key(article)},\n" + ",\n".join(lines) + "\n}\n"


def ris(article: Cited) -> str:
    """A NEWS record; lines end in CR LF, as the format asks."""
    day, seen = _day(article.published), _day(article.seen)
    lines = [("TY", "NEWS"), *(("AU", author) for author in article.authors), ("TI", article.title)]
    lines += [("T2", article.source), ("SE", article.section), ("LA", article.language)]
    if day:
        lines += [("PY", str(day.year)), ("DA", f"{day:%Y/%m/%d}")]
    if seen:
        lines.append(("Y2", f"{seen:%Y/%m/%d}"))
    lines += [("UR", article.url), ("ID", str(article.id))]
    return "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in lines if value) + "ER  - \r\n"


def csl_json(article: Cited) -> str:
    """A list of one item, as citation managers take it in."""
    day, seen = _day(article.published), _day(article.seen)
    item: dict[str, object] = {
        "id": str(article.id),
        "type": "article-newspaper",
        "title": article.title,
        "container-title": article.source,
        "URL": article.url,
    }
    if article.authors:
        item["author"] = [{"literal": author} for author in article.authors]
    if day:
        item["issued"] = {"date-parts": [[day.year, day.month, day.day]]}
    if seen:
        item["accessed"] = {"date-parts": [[seen.year, seen.month, seen.day]]}
    if article.section:
        item["section"] = article.section
    if article.language:
        item["language"] = article.language
    return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def _line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())


def _joined(authors: tuple[str, ...]) -> str:
    names = [_line(author) for author in authors]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}" if names else ""


_tex_signs = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip


def _tex(text: str) -> str:
    return "".join(_tex_signs.get(c, c) for c in _line(text))


def _tex_url(url: str) -> str:
    """Signs in an address mean themselves to BibTeX, except those that would end the field."""
    return "".join(f"%{ord(c):02X}" if c in "{}\\" else c for c in "".join(_line(url).split()))


def _key(article: Cited) -> str:
    """Source, year and number: unique in the archive, and plain ASCII."""
    day = _day(article.published)
    flat = unicodedata.normalize("NFKD", article.source).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^a-z0-9]', '', flat.lower()) or 'article'}{day.year if day else ''}-{article.id}"

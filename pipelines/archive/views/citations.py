"""Citations of an article: plain, BibTeX, RIS and CSL-JSON, each value escaped for its format. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass

from pipelines.timestamps import parse_day

FORMATS = {
    "txt": ("Plain", "text/plain"),
    "bib": ("BibTeX", "application/x-bibtex"),
    "ris": ("RIS", "application/x-research-info-systems"),
    "json": ("CSL-JSON", "application/vnd.citationstyles.csl+json"),
}
"""File name extension to name and media type."""


@dataclass(frozen=True, slots=True)
class CitedArticle:
    """The fields of a citation. `published` is an ISO 8601 time or day or None, `seen` the day we archived it."""

    id: int
    title: str
    authors: tuple[str, ...]
    source: str
    url: str
    published: str | None
    seen: str
    section: str = ""
    language: str = ""
    rights: str = ""
    """What the page asked for: `articles.rights`."""


def cite(article: CitedArticle, form: str) -> str:
    """The citation in the format of `FORMATS` with this extension."""
    return {"txt": plain, "bib": bibtex, "ris": ris, "json": csl_json}[form](article)


def plain(article: CitedArticle) -> str:
    """One line: authors, title, source, date, address, the day it was archived."""
    day = parse_day(article.published)
    parts = [
        _join_names(article.authors),
        f"“{_on_one_line(article.title)}”",
        _on_one_line(article.source),
        f"{day.day} {day:%B %Y}" if day else "no date",
    ]
    seen = parse_day(article.seen)
    kept = f" (archived {seen.day} {seen:%B %Y})" if seen else ""
    return ". ".join(part for part in parts if part) + f". {_on_one_line(article.url)}{kept}"


def bibtex(article: CitedArticle) -> str:
    """An `@article` entry in UTF-8, which biber and current BibTeX read."""
    day, seen = parse_day(article.published), parse_day(article.seen)
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
        "note": _tex(_rights_note(article)),
    }
    lines = [
        f"  {name} = {value if name == 'month' else '{' + value + '}'}"
        for name, value in fields.items()
        if value
    ]
    return f"@article{{{_key(article)},\n" + ",\n".join(lines) + "\n}\n"


def ris(article: CitedArticle) -> str:
    """A NEWS record; lines end in CR LF, as the format requires."""
    day, seen = parse_day(article.published), parse_day(article.seen)
    lines = [("TY", "NEWS"), *(("AU", author) for author in article.authors), ("TI", article.title)]
    lines += [("T2", article.source), ("SE", article.section), ("LA", article.language)]
    if day:
        lines += [("PY", str(day.year)), ("DA", f"{day:%Y/%m/%d}")]
    if seen:
        lines.append(("Y2", f"{seen:%Y/%m/%d}"))
    lines.append(("N1", _rights_note(article)))
    lines += [("UR", article.url), ("ID", str(article.id))]
    return "".join(f"{tag}  - {_on_one_line(value)}\r\n" for tag, value in lines if value) + "ER  - \r\n"


def csl_json(article: CitedArticle) -> str:
    """A list of one item, which citation managers import."""
    return json.dumps([csl_item(article)], ensure_ascii=False, indent=2) + "\n"


def csl_item(article: CitedArticle) -> dict[str, object]:
    """An item of CSL-JSON."""
    day, seen = parse_day(article.published), parse_day(article.seen)
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
    if article.rights:
        item["note"] = _rights_note(article)
    return item


def _rights_note(article: CitedArticle) -> str:
    return f"rights: {article.rights}" if article.rights else ""


def _on_one_line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())


def _join_names(authors: tuple[str, ...]) -> str:
    names = [_on_one_line(author) for author in authors]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}" if names else ""


_tex_signs = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip


def _tex(text: str) -> str:
    return "".join(_tex_signs.get(c, c) for c in _on_one_line(text))


def _tex_url(url: str) -> str:
    """BibTeX takes the signs of an address as they are, except those that would end the field."""
    return "".join(f"%{ord(c):02X}" if c in "{}\\" else c for c in "".join(_on_one_line(url).split()))


def _key(article: CitedArticle) -> str:
    """Source, year and number: unique in the archive, and plain ASCII."""
    day = parse_day(article.published)
    flat = unicodedata.normalize("NFKD", article.source).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^a-z0-9]', '', flat.lower()) or 'article'}{day.year if day else ''}-{article.id}"

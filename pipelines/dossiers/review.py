"""A dossier as one HTML file to hand on: contents, full texts, notes, citations, digests. It needs nothing but itself. Pure.

A publisher who asks that no copy be kept (`noarchive`) has their texts read here, not handed on: such an article is named and
cited, without its text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from pipelines.archive.views.blocks import split_blocks
from pipelines.archive.views.citations import plain
from pipelines.dossiers.join import PlacedNote, State, cut_at_marks
from pipelines.dossiers.review_style import POLICY, STYLE
from pipelines.urls.normalize import is_http

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipelines.archive.views.article import Capture
    from pipelines.archive.views.by_address import ManifestOfVersion
    from pipelines.desk.dossier_records import Dossier
    from pipelines.desk.passages import Span
    from pipelines.dossiers.join import Entry

STATES: Final = {
    State.CHANGED: "Its publisher changed it since it was saved: these are the words of now.",
    State.DIFFERENT: "These are not the words that were saved, which this archive does not hold.",
    State.REREAD: "The version saved, as other rules have read it since.",
    State.NO_VERSION: "The version saved is not in this archive: these are the words of now.",
    State.MISSING: "This article is not in the archive that this file was made from. Its headline, source and time are those saved.",
}
NO_COPY: Final = "The publisher asks that no copy be kept (noarchive), so the text is not handed on: read it at its address."


class Evidence(NamedTuple):
    """What the archive can prove of the version shown: the capture of its page, the manifest that covers it."""

    capture: Capture | None = None
    manifest: ManifestOfVersion | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What a press review is made of. `when` and `day` write times for people.

    `notes` and `evidence` are by the numbers of the dossier's items. Without `texts` there are headlines and citations alone.
    """

    dossier: Dossier
    entries: Sequence[Entry]
    archive: str
    made_at: str
    when: Callable[[str | None], str]
    day: Callable[[str | None], str]
    texts: bool = True
    with_notes: bool = True
    notes: Mapping[int, Sequence[PlacedNote]] = field(default_factory=dict)
    evidence: Mapping[int, Evidence] = field(default_factory=dict)

    def has_text(self, entry: Entry) -> bool:
        """Whether the file has the text of an article."""
        return self.texts and entry.shown is not None and not _asks_for_no_copy(entry)


def _asks_for_no_copy(entry: Entry) -> bool:
    return entry.article is not None and "noarchive" in entry.article.rights


def as_file(review: Review, back: str = "") -> str:
    """The whole file; `back` is the address of the dossier's page, for the page that shows it."""
    title = escape(review.dossier.name)
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">',
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        f'<nav class="screen" aria-label="Way back"><a href="{escape(back)}">Back to the dossier</a></nav>'
        if back
        else "",
        f'<header>\n<h1 dir="auto">{title}</h1>',
        _lines(review.dossier.about),
        f'<p class="soft">{_count(review.entries)} · put together with Clippings · {escape(review.when(review.made_at))}</p>',
        "</header>\n<main>",
        _contents(review),
        *(_article(review, place, entry) for place, entry in enumerate(review.entries, 1)),
        _holdings(review),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(filter(None, parts))


def _count(entries: Sequence[Entry]) -> str:
    sources = {entry.source_name for entry in entries if entry.source_name}
    articles = f"{len(entries):,} {'article' if len(entries) == 1 else 'articles'}"
    return f"{articles} of {len(sources):,} {'source' if len(sources) == 1 else 'sources'}"


def _contents(review: Review) -> str:
    lines = []
    for place, entry in enumerate(review.entries, 1):
        if entry.state == State.FORGOTTEN:
            lines.append(f'<li><span class="soft">Taken out on {_taken_out(review, entry)}</span></li>')
            continue
        about = " · ".join(filter(None, (escape(entry.source_name), escape(review.day(entry.published_at)))))
        lines.append(
            f'<li><div><a href="#a{place}" dir="auto">{escape(entry.title or entry.item.url)}</a>'
            f'<span class="soft">{about}</span></div></li>'
        )
    return (
        '<nav aria-labelledby="contents"><h2 id="contents">Contents</h2>\n<ol>'
        + "\n".join(lines)
        + "</ol></nav>"
    )


def _taken_out(review: Review, entry: Entry) -> str:
    return escape(review.day(entry.item.forgotten_at))


def _article(review: Review, place: int, entry: Entry) -> str:
    if entry.state == State.FORGOTTEN:
        return f'<article id="a{place}"><p class="soft">An article was taken out of this dossier on {_taken_out(review, entry)}.</p></article>'
    row = entry.article.row if entry.article else {}
    language = f' lang="{escape(row["language"])}"' if row.get("language") else ""
    placed = review.notes.get(entry.item.id, ()) if review.with_notes else ()
    parts = [
        f'<article id="a{place}" aria-labelledby="h{place}">',
        f'<p class="soft">{escape(entry.source_name)} · {escape(review.when(entry.published_at))}</p>',
        f'<h2 id="h{place}" dir="auto"{language}>{escape(entry.title or entry.item.url)}</h2>',
        _authors(entry),
        f'<p class="flag">{escape(STATES[entry.state])}</p>' if entry.state in STATES else "",
        _dossier_note(review, entry),
        _text(review, entry, language, placed),
        _notes(review, placed),
        _facts(review, entry),
        "</article>",
    ]
    return "\n".join(filter(None, parts))


def _authors(entry: Entry) -> str:
    authors = entry.article.authors if entry.article else ()
    return f'<p dir="auto">{escape(", ".join(authors))}</p>' if authors else ""


def _dossier_note(review: Review, entry: Entry) -> str:
    item = entry.item
    tags = f'<p class="soft">{escape(", ".join(item.tags))}</p>' if item.tags else ""
    if not review.with_notes or not item.note:
        return tags
    by = f" by {escape(item.edited_by)}" if item.edited_by else ""
    return f'<aside aria-label="Note"><p class="soft">Note{by}</p>{_lines(item.note)}</aside>{tags}'


def _text(review: Review, entry: Entry, language: str, placed: Sequence[PlacedNote]) -> str:
    if entry.shown is None or not review.texts:
        return ""
    if not review.has_text(entry):
        return f'<p class="flag">{escape(NO_COPY)}</p>'
    marks = [(one.span, one.note.id) for one in placed if one.span]
    at = len(entry.shown.title) + 1
    parts = [f'<div class="text" dir="auto"{language}>']
    if entry.shown.standfirst:
        standfirst = _marked(entry.shown.standfirst, at, marks)
        parts.append(f'<p class="standfirst">{standfirst}</p>')
    at += len(entry.shown.standfirst) + 1
    for kind, blocks in groupby(split_blocks(entry.shown.text), key=lambda block: block.kind):
        inner = []
        for block in blocks:
            inner.append(_marked(block.text, at, marks))
            at += len(block.text) + 1
        parts.append(_blocks(kind, inner))
    return "\n".join([*parts, "</div>"])


def _blocks(kind: str, inner: Sequence[str]) -> str:
    if kind == "item":
        return "<ul>" + "".join(f"<li>{text}</li>" for text in inner) + "</ul>"
    paragraphs = "".join(f"<p>{text}</p>" for text in inner)
    if kind == "heading":
        return "".join(f"<h3>{text}</h3>" for text in inner)
    if kind == "quotation":
        return f"<blockquote>{paragraphs}</blockquote>"
    return f'<aside aria-label="Note by the newsroom">{paragraphs}</aside>' if kind == "note" else paragraphs


def _marked(block: str, at: int, marks: Sequence[tuple[Span, int]]) -> str:
    pieces = cut_at_marks(block, at, marks)
    return "".join(
        f"<mark>{escape(piece.text)}</mark>" if piece.notes else escape(piece.text) for piece in pieces
    )


def _notes(review: Review, placed: Sequence[PlacedNote]) -> str:
    parts = []
    for one in placed:
        quote = (
            f'<blockquote dir="auto">{escape(one.note.quotation.quote)}</blockquote>'
            if one.note.quotation.quote
            else ""
        )
        lost = (
            f'<p class="flag">These words do not stand in the version above; they were marked on {escape(review.when(one.note.made_at))}.</p>'
            if one.lost
            else ""
        )
        by = f" by {escape(one.note.edited_by)}" if one.note.edited_by else ""
        parts.append(
            f'<aside aria-label="Note on the article"><p class="soft">{"Marked" if quote else "Note"}{by}</p>{quote}{lost}{_lines(one.note.note)}</aside>'
        )
    return "".join(parts)


def _facts(review: Review, entry: Entry) -> str:
    item, found = entry.item, review.evidence.get(entry.item.id, Evidence())
    address = (
        f'<a href="{escape(item.url)}" rel="noreferrer noopener nofollow external">{escape(item.url)}</a>'
        if is_http(item.url)
        else escape(item.url)
    )
    facts = [("Address", address), ("Cite", escape(plain(entry.cited())))]
    if entry.article:
        facts.append(("First archived", escape(review.when(entry.article.row["first_seen_at"]))))
    if entry.article and entry.shown:
        number, count = entry.shown.number, len(entry.article.versions)
        facts.append(
            ("Version", f"{number} of {count}, first seen {escape(review.when(entry.shown.seen_at))}")
        )
        facts.append(("Words, SHA-256", f"<code>{entry.shown.words_sha256}</code>"))
    if found.capture and found.capture.sha256:
        facts.append(("Page, SHA-256", f"<code>{escape(found.capture.sha256)}</code>"))
    if found.manifest:
        stamped = (
            f", time stamp of {escape(review.when(found.manifest.stamped_at))}"
            if found.manifest.stamped_at
            else ""
        )
        facts.append(
            ("Manifest", f"{found.manifest.number}, root <code>{escape(found.manifest.root)}</code>{stamped}")
        )
    if entry.corrected and (fields := _corrected_fields(entry)):
        facts.append(("Corrected", f"by a person: {fields}"))
    rights = entry.article.rights if entry.article else ()
    if rights:
        facts.append(("Rights", escape(", ".join(rights))))
    if entry.article and entry.article.row["access"] == "paywalled":
        facts.append(("Access", "paywalled: the text may be a part"))
    added = f" by {escape(item.added_by)}" if item.added_by else ""
    facts.append(("Saved", f"{escape(review.when(item.added_at))}{added}"))
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts) + "</dl>"


def _corrected_fields(entry: Entry) -> str:
    made = entry.corrected
    named = (
        ("headline", made and made.title),
        ("authors", made and made.authors),
        ("time of publication", made and made.published_at),
    )
    return ", ".join(name for name, value in named if value is not None)


def _holdings(review: Review) -> str:
    """What the file holds, in sentences."""
    entries = [entry for entry in review.entries if entry.state != State.FORGOTTEN]
    texts = sum(review.has_text(entry) for entry in entries)
    refused = sum(_asks_for_no_copy(entry) for entry in entries)
    missing = sum(entry.state == State.MISSING for entry in entries)
    mining = sum("tdm-reservation" in entry.article.rights for entry in entries if entry.article)
    said = [
        f"It has the full text of {texts:,} of {len(entries):,} articles as the archive {review.archive} holds it, no picture, no script,"
        " and asks nobody for anything.",
        "Rights in the texts are the publishers': whoever hands it on needs the right to.",
    ]
    if refused:
        said.append(
            f"{_of(refused)} no copy to be kept (noarchive), and {'is' if refused == 1 else 'are'} here without text."
        )
    if mining:
        said.append(
            f"{_of(mining)} text and data mining to be reserved (tdm-reservation): heed it before you analyse this file."
        )
    if missing:
        said.append(
            f"{missing:,} {'is' if missing == 1 else 'are'} not in that archive, and here by headline, source and time."
        )
    if not review.with_notes:
        said.append("The notes of the dossier are left out.")
    said.append(
        "A digest of words is the SHA-256 of headline, standfirst and text, joined by the character U+001F."
    )
    return (
        '<section aria-labelledby="holds"><h2 id="holds">What this file holds</h2>\n'
        + "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
        + "</section>"
    )


def _of(count: int) -> str:
    return "The publisher of 1 asks" if count == 1 else f"The publishers of {count:,} ask"


def _lines(text: str) -> str:
    return f'<p class="lines" dir="auto">{escape(text)}</p>' if text else ""

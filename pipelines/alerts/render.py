"""A report as people and programs read it: plain text, HTML, JSON, and an Atom feed. Pure.

No address of this machine is in it: the archive is linked only where its settings name an address for others.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from pipelines.atom import FeedEntry, atom_feed
from pipelines.clean_text import clean_text
from pipelines.urls.normalize import is_http

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.desk.records import Event, Report

FULL: Final = 50
"""Events of a report that are shown with their words; the others have a line each."""
LISTED: Final = 2000
"""Events of a report that a mail lists; the others are counted."""
CONTEXT: Final = 80
"""Letters of unchanged text that stand on each side of a change."""
VERBS: Final = {"new": "New", "revised": "Changed", "gone": "Gone"}
COUNTED: Final = {"new": "new", "revised": "changed", "gone": "gone"}


@dataclass(frozen=True, slots=True)
class ArchiveAddress:
    """Where others read the archive: the address of `clippings browse` behind its web server; "" for nowhere."""

    base: str = ""

    def of(self, archive: str, article: int) -> str:
        """The address of an article's page, "" where there is none."""
        if not self.base:
            return ""
        name = "".join(
            chr(byte) if (chr(byte).isalnum() and byte < 128) or byte in b"_-" else f"~{byte:02X}"
            for byte in archive.rpartition(".")[0].encode()
        )
        return f"{self.base.rstrip('/')}/-/clippings/{name}/article/{article}"


def subject(report: Report) -> str:
    """`Harbour: 2 new, 1 changed`."""
    counted = Counter(event.kind for event in report.events)
    words = ", ".join(f"{counted[kind]} {word}" for kind, word in COUNTED.items() if counted[kind])
    return _line(f"{report.alert}: {words or 'nothing left to tell'}")


def heading(event: Event) -> str:
    """What happened, in words: `Changed (headline, text)`."""
    kinds = [kind for kind in event.kinds if kind != "gone"]
    return VERBS[event.kind] + (f" ({', '.join(kinds)})" if kinds else "")


def as_text(report: Report, address: ArchiveAddress, *, test: bool = False) -> str:
    """The report as plain text, for a mail, a terminal and a chat."""
    lines = [f"A test of the alert {report.alert}; nothing of it is noted." if test else subject(report), ""]
    for event in report.events[:FULL]:
        lines += [*_event_lines(event, address.of(report.archive, event.article_id)), ""]
    rest = report.events[FULL:LISTED]
    lines += [_line(f"{heading(event)}: {event.title or '(no headline)'}  {event.url}") for event in rest]
    if len(report.events) > LISTED:
        lines.append(f"and {len(report.events) - LISTED:,} more, which the archive shows by the same search")
    lines += [f"One article was taken out of this report on {day}." for day in report.forgotten]
    lines += [
        "-- ",
        _line(f"Alert {report.alert}: {report.query or 'all of its sources'}"),
        f"Report {report.uid}",
    ]
    return "\n".join(lines) + "\n"


def _event_lines(event: Event, archived: str) -> Iterator[str]:
    yield _line(f"{heading(event)}: {event.title or '(no headline)'}")
    if _hides_old_title(event):
        yield _line(f"  Before: {event.old_title}")
    yield _line("  " + " · ".join(_about(event)))
    words = "".join(text for text, _ in event.excerpt)
    if event.places:
        for part, runs in event.places:
            yield _line(f"  {part}: {''.join(_wdiff(op, text) for op, text in shorten(runs))}")
    elif words.strip():
        yield _line(f"  {words}")
    yield _line(f"  {event.url}")
    if archived:
        yield f"  As archived: {archived}"


def _hides_old_title(event: Event) -> bool:
    """Whether the words that changed do not show the headline as it was."""
    return bool(event.old_title) and all(part != "headline" for part, _ in event.places)


def _about(event: Event) -> Iterator[str]:
    yield event.source_name or event.source
    if event.kind == "new" and event.published_at:
        yield f"published {_minute(event.published_at)}"
    yield f"seen {_minute(event.at)} UTC"
    if event.authors:
        yield ", ".join(event.authors)


def _wdiff(op: str, text: str) -> str:
    return {"removed": f"[-{text}-]", "added": f"{{+{text}+}}"}.get(op, text)


def shorten(runs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The runs of a change, with `CONTEXT` letters of what stayed the same beside each change."""
    for number, (op, text) in enumerate(runs):
        if op != "same" or len(text) <= 2 * CONTEXT:
            yield op, text
            continue
        before = text[:CONTEXT] if number else ""
        after = text[-CONTEXT:] if number < len(runs) - 1 else ""
        yield op, f"{before} … {after}"


def event_html(event: Event, archived: str) -> str:
    """One event as HTML that a mail or a feed shows: its words, what was changed marked, and both links."""
    parts = []
    if _hides_old_title(event):
        parts.append(f"<p>Before: <del>{_html(event.old_title)}</del></p>")
    if event.places:
        for part, runs in event.places:
            words = "".join(_marked(op, text) for op, text in shorten(runs))
            parts.append(f'<p dir="auto"><small>{_html(part)}:</small> {words}</p>')
    elif any(text.strip() for text, _ in event.excerpt):
        words = "".join(f"<mark>{_html(text)}</mark>" if hit else _html(text) for text, hit in event.excerpt)
        parts.append(f'<p dir="auto">{words}</p>')
    links = [f'<a href="{_html(event.url)}">At the publisher</a>'] if is_http(event.url) else []
    links += [f'<a href="{_html(archived)}">As archived</a>'] if archived else []
    about = " · ".join([*map(_html, _about(event)), *links])
    return "".join([*parts, f"<p><small>{about}</small></p>"])


def _marked(op: str, text: str) -> str:
    tag = {"removed": "del", "added": "ins"}.get(op)
    return f"<{tag}>{_html(text)}</{tag}>" if tag else _html(text)


def as_html(report: Report, address: ArchiveAddress) -> str:
    """The report as the HTML part of a mail."""
    parts = [f"<h1>{_html(subject(report))}</h1>"]
    for event in report.events[:FULL]:
        archived = address.of(report.archive, event.article_id)
        title = _html(f"{heading(event)}: {event.title or '(no headline)'}")
        parts.append(f'<h2 dir="auto">{title}</h2>{event_html(event, archived)}')
    if rest := report.events[FULL:LISTED]:
        items = (
            f"<li>{_html(heading(event))}: {_html(event.title)} {_html(event.url)}</li>" for event in rest
        )
        parts.append(f"<ul>{''.join(items)}</ul>")
    if len(report.events) > LISTED:
        parts.append(
            f"<p>and {len(report.events) - LISTED:,} more, which the archive shows by the same search</p>"
        )
    parts += [f"<p>One article was taken out of this report on {day}.</p>" for day in report.forgotten]
    parts.append(
        f"<p><small>Alert {_html(report.alert)}: {_html(report.query)} · Report {report.uid}</small></p>"
    )
    return f'<!doctype html><html lang="en"><body>{"".join(parts)}</body></html>'


def as_dict(report: Report, address: ArchiveAddress, *, test: bool = False) -> dict[str, Any]:
    """The report for programs, as a webhook gets it."""
    return {
        "report": report.uid,
        "alert": report.alert,
        "query": report.query,
        "archive": report.archive,
        "made_at": report.made_at,
        "test": test,
        "events": [
            _event_dict(event, address.of(report.archive, event.article_id)) for event in report.events
        ],
        "forgotten": list(report.forgotten),
    }


def _event_dict(event: Event, archived: str) -> dict[str, Any]:
    return {
        "event": event.kind,
        "kinds": list(event.kinds),
        "url": event.url,
        "title": event.title,
        "old_title": event.old_title or None,
        "source": event.source,
        "source_name": event.source_name,
        "authors": list(event.authors),
        "language": event.language or None,
        "published_at": event.published_at or None,
        "seen_at": event.at,
        "version": event.number,
        "excerpt": "".join(text for text, _ in event.excerpt),
        "changes": [
            {"part": part, "runs": [{"op": op, "text": text} for op, text in runs]}
            for part, runs in event.places
        ],
        "article": event.article_id,
        "archived": archived or None,
    }


def as_feed(alert: str, desk: str, events: Iterable[tuple[Event, str]]) -> bytes:
    """The feed of an alert, from events with their address in the archive. `desk` is the desk's uid."""
    entries = [
        FeedEntry(
            key=f"clippings {desk} {alert} {event.key}",
            title=_line(f"{heading(event)}: {event.title}" if event.kind != "new" else event.title),
            link=event.url if is_http(event.url) else "",
            updated=event.at,
            published=event.published_at or None,
            authors=event.authors or (event.source_name or event.source,),
            summary="",
            categories=(event.source_name or event.source, *event.kinds),
            content=event_html(event, archived),
            related=archived,
        )
        for event, archived in events
    ]
    return atom_feed(key=f"clippings {desk} {alert}", title=f"Clippings: {alert}", entries=entries)


def _minute(text: str) -> str:
    return text[:16].replace("T", " ")


def _line(text: str) -> str:
    return (
        " ".join(clean_text(text).split())
        if not text.startswith("  ")
        else "  " + " ".join(clean_text(text).split())
    )


def _html(text: str) -> str:
    return escape(clean_text(text))

"""The stories as written in `articles/*.md`: a `# ` headline, `key: value` lines, then paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

ARTICLES = Path(__file__).parent / "articles"
KEYS = {"slug", "age", "edited", "section", "by", "email", "tags", "standfirst", "caption", "credit", "flags"}
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "y": timedelta(days=365)}
INLINE = re.compile(r"\[([^\]]+)\]\(([^)]+)\)|\*([^*]+)\*")


@dataclass(frozen=True)
class Story:
    """One story. `age` is how long before the server's start it came out; `flags` say how it is served."""

    title: str
    blocks: tuple[str, ...]
    slug: str
    age: timedelta
    section: str
    edited: timedelta | None = None
    by: tuple[str, ...] = ()
    email: str = ""
    tags: tuple[str, ...] = ()
    standfirst: str = ""
    caption: str = ""
    credit: str = ""
    flags: dict[str, str] = field(default_factory=dict)


def plain(block: str) -> str:
    """A block without its inline marks: `[text](address)` and `*stress*` leave their text."""
    return INLINE.sub(lambda m: m[1] or m[3], block)


def load(name: str) -> list[Story]:
    """All stories of one file, in its order."""
    text = (ARTICLES / f"{name}.md").read_text("utf-8")
    return [_borrowed(_story(part)) for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]]


def _borrowed(story: Story) -> Story:
    """A story flagged `text=file/slug` runs that story's text: wire copy."""
    if "text" not in story.flags:
        return story
    file, slug = story.flags["text"].split("/")
    return replace(story, blocks=next(s.blocks for s in load(file) if s.slug == slug))


def duration(text: str) -> timedelta:
    """`90m`, `5h`, `3d`, `2y`."""
    return float(text[:-1]) * UNITS[text[-1]]


def _story(text: str) -> Story:
    head, _, body = text.partition("\n\n")
    title, *lines = head.splitlines()
    keys = dict(line.split(": ", 1) for line in lines)
    if unknown := keys.keys() - KEYS:
        raise ValueError(f"{title}: unknown keys {unknown}")
    return Story(
        title=title.strip(),
        blocks=tuple(block.strip() for block in re.split(r"\n\s*\n", body) if block.strip()),
        slug=keys["slug"],
        age=duration(keys["age"]),
        edited=duration(keys["edited"]) if "edited" in keys else None,
        section=keys["section"],
        by=_split(keys.get("by", "")),
        email=keys.get("email", ""),
        tags=_split(keys.get("tags", "")),
        standfirst=keys.get("standfirst", ""),
        caption=keys.get("caption", ""),
        credit=keys.get("credit", ""),
        flags={name: value for name, _, value in (f.partition("=") for f in keys.get("flags", "").split())},
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())

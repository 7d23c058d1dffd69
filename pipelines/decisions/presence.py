"""Whether an article is still on its site, by answers that need not come in the order in which they were given. Pure."""

from __future__ import annotations

from typing import NamedTuple

from pipelines.decisions.change_kinds import ChangeKind


class Presence(NamedTuple):
    """What the archive knows: when the page was last asked for, and since when it is gone; None while it is there."""

    checked_at: str
    gone_at: str | None


class PresenceEvent(NamedTuple):
    """A change of it: the article is gone or back."""

    kind: ChangeKind
    at: str


class JudgedAnswer(NamedTuple):
    """What the archive knows after an answer, and what has changed by it."""

    presence: Presence
    events: tuple[PresenceEvent, ...] = ()


def judge_answer(known: Presence, at: str, *, found: bool) -> JudgedAnswer:
    """What an answer given at the time `at` says of an article: its page was `found`, or was not there.

    An imported answer may be years older than the last one, and then the last one holds. An old page of an article that
    is gone can only say that it was there at that time: it is gone since the last answer then, or since it was gone first,
    if that was later.
    """
    if at < known.checked_at:
        if found and known.gone_at is not None and known.gone_at < at:
            events = (PresenceEvent(ChangeKind.BACK, at), PresenceEvent(ChangeKind.GONE, known.checked_at))
            return JudgedAnswer(known._replace(gone_at=known.checked_at), events)
        return JudgedAnswer(known)
    if found:
        back = (PresenceEvent(ChangeKind.BACK, at),) if known.gone_at is not None else ()
        return JudgedAnswer(Presence(at, None), back)
    if known.gone_at is not None:
        return JudgedAnswer(known._replace(checked_at=at))
    return JudgedAnswer(Presence(at, at), (PresenceEvent(ChangeKind.GONE, at),))

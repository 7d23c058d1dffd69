"""Whether an article is still on its site, by answers in any order."""

from __future__ import annotations

import pytest

from pipelines.decisions.change_kinds import ChangeKind
from pipelines.decisions.presence import JudgedAnswer, Presence, PresenceEvent, judge_answer

Y2019, Y2021, Y2023, Y2025 = (f"{year}-05-01T09:00:00.000+00:00" for year in (2019, 2021, 2023, 2025))
THERE, GONE, GONE_LONG = Presence(Y2023, None), Presence(Y2023, Y2023), Presence(Y2025, Y2021)


@pytest.mark.parametrize(
    ("known", "at", "found", "now", "events"),
    [
        (THERE, Y2025, True, Presence(Y2025, None), []),
        (THERE, Y2025, False, Presence(Y2025, Y2025), [(ChangeKind.GONE, Y2025)]),
        (GONE, Y2025, False, Presence(Y2025, Y2023), []),
        (GONE, Y2025, True, Presence(Y2025, None), [(ChangeKind.BACK, Y2025)]),
        # older than the last look
        (THERE, Y2019, True, THERE, []),
        (THERE, Y2019, False, THERE, []),
        (GONE, Y2019, True, GONE, []),
        (GONE, Y2019, False, GONE, []),
        (GONE_LONG, Y2023, False, GONE_LONG, []),
        (
            GONE_LONG,
            Y2023,
            True,
            Presence(Y2025, Y2025),
            [(ChangeKind.BACK, Y2023), (ChangeKind.GONE, Y2025)],
        ),
    ],
)
def test_the_last_answer_holds(
    known: Presence, at: str, found: bool, now: Presence, events: list[tuple[ChangeKind, str]]
) -> None:
    assert judge_answer(known, at, found=found) == JudgedAnswer(now, tuple(PresenceEvent(*e) for e in events))

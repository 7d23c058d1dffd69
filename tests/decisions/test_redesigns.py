"""Two extractors on a few pages a day: which pages, what counts as a redesign, and the way from crawls to the alarm."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle, islice

import pytest

from pipelines.decisions.anomalies.agreements import MONTH, find_redesign
from pipelines.decisions.anomalies.alarms import ADVICE, drop_effects, find_alarms
from pipelines.decisions.anomalies.source_days import Alarm, Day
from pipelines.decisions.second_reading import ONE_IN, is_read_by_both

MONDAY = date(2026, 3, 2)
STEADY = [(0.98, 0.97, 0.99), (1.0, 0.97, 0.98)]
WILD = [(0.98, 0.55, 0.99), (0.97, 0.98, 0.7)]


def days(*parts: tuple[int, list[tuple[float, ...]]]) -> list[Day]:
    """Days in order: of each part so many, their agreements in turn."""
    drawn = [values for count, choices in parts for values in islice(cycle(choices), count)]
    return [Day((MONDAY + timedelta(days=n)).isoformat(), agreements=v) for n, v in enumerate(drawn)]


def told(history: list[Day]) -> list[tuple[int, str]]:
    """Judge day by day: (number of the day, `since`) where the alarm opened, (number, "") where it ended."""
    since, found = "", []
    for n in range(1, len(history) + 1):
        alarm = find_redesign(history[:n], since)
        now = alarm.since if alarm else ""
        if bool(now) != bool(since):
            found.append((n - 1, now))
        since = since if now and since else now
    return found


def day_of(number: int) -> str:
    return (MONDAY + timedelta(days=number)).isoformat()


@pytest.mark.parametrize(
    ("past", "after", "most"),
    [
        (STEADY, [(0.8, 0.82, 0.79)], 3),
        (STEADY, [(0.9, 0.91, 0.9)], 3),
        (STEADY, [(0.0, 0.98, 0.1)], 5),
        (STEADY, [(0.6,)], 7),
        (WILD, [(0.4, 0.5, 0.45)], 8),
    ],
)
def test_a_fall_is_told_within_days_and_from_its_first_day(
    past: list[tuple[float, ...]], after: list[tuple[float, ...]], most: int
) -> None:
    opened = told(days((40, past), (14, after)))
    assert len(opened) == 1
    number, since = opened[0]
    assert 40 < number < 40 + most
    assert since == day_of(40)


@pytest.mark.parametrize(
    "history",
    [
        days((200, STEADY)),
        days((200, WILD)),
        days((40, STEADY), (1, [(0.2, 0.3, 0.1)]), (40, STEADY)),
        days((40, STEADY), (60, [(0.98, 0.3, 0.97), (0.98, 0.99, 0.97)])),
        days((40, STEADY), (60, [(0.96, 0.97, 0.96)])),
        days((40, [(0.7, 0.72, 0.69)]), (60, [(0.99, 1.0, 0.98)])),
        days((10, STEADY), (60, [(0.5, 0.6, 0.4)])),
        days((200, [()])),
        days((40, STEADY), (60, [()])),
    ],
    ids=["steady", "wild", "one day", "an odd page", "a little", "a rise", "young", "nothing", "no more"],
)
def test_what_is_no_redesign_is_not_told(history: list[Day]) -> None:
    assert told(history) == []


def test_it_ends_when_the_pages_agree_again() -> None:
    (opened, _), (ended, now) = told(days((40, STEADY), (10, [(0.5, 0.6, 0.4)]), (20, STEADY)))
    assert (opened < 50 <= ended < 54, now) == (True, "")


def test_after_a_month_a_lower_agreement_is_the_usual_one() -> None:
    (opened, _), (ended, now) = told(days((40, STEADY), (120, [(0.8, 0.82, 0.81)])))
    assert opened < 44
    assert (ended, now) == (40 + MONTH, "")


def test_it_says_how_much_and_what_to_do() -> None:
    found = find_redesign(days((40, STEADY), (3, [(0.5, 0.6, 0.4)])), "")
    words = "Our rules and trafilatura agree on 50% of its text, in the middle of 9 pages; 98% is usual."
    assert found == Alarm("redesign", day_of(40), words)
    assert "clippings fetch --explain --compare URL" in ADVICE["redesign"]


def test_a_wall_is_one_alarm_not_two() -> None:
    usual = Day("", articles=9, pages=10, words=400.0, agreements=(0.98, 0.97, 0.99))
    wall = Day("", articles=9, pages=10, prompts=9, alike=9, words=40.0, agreements=(0.6, 0.5, 0.6))
    history = [
        Day(**{**{name: getattr(made, name) for name in Day.__slots__}, "day": day_of(n)})
        for n, made in enumerate([usual] * 40 + [wall] * 3)
    ]
    found = find_alarms(history, {})
    assert {"prompts", "redesign"} <= {alarm.kind for alarm in found}
    assert [alarm.kind for alarm in drop_effects(found, {})] == ["prompts"]


def test_three_pages_a_day_and_one_in_fifty_beyond() -> None:
    keys = [f"daily.example/{n}" for n in range(5000)]
    assert all(is_read_by_both(key, "2026-03-02", compared, 3) for key in keys[:9] for compared in range(3))
    beyond = [key for key in keys if is_read_by_both(key, "2026-03-02", 3, 3)]
    assert 0.5 < len(beyond) * ONE_IN / len(keys) < 1.5
    assert beyond == [key for key in keys if is_read_by_both(key, "2026-03-02", 700, 3)], "by its key alone"
    assert beyond != [key for key in keys if is_read_by_both(key, "2026-03-03", 3, 3)], "another day, others"
    assert not any(is_read_by_both(key, "2026-03-02", 0, 0) for key in keys), "0 is none"

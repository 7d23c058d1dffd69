"""Attention over time: the same figures as plain SQL has, and days on which nothing could be seen are no zeros."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from pipelines.archive.search.match import Filters
from pipelines.archive.search.timeline import period
from pipelines.archive.views.attention import (
    MOST_LINES,
    Asked,
    Period,
    choose_unit,
    describe_gaps,
    is_partial,
    list_lines,
    list_periods,
    read_attention,
)
from pipelines.archive.views.attention_chart import make_chart
from pipelines.archive.views.days import lay_out, read_calendar, read_papers
from pipelines.archive.views.seen_days import find_seen_days, read_days_seen_of_any, read_seen_days
from tests.archives import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.archive.search.timeline import Unit

UNSEEN = ("2026-10-05", "2026-10-18")
"""The days on which no crawl ran, two ISO weeks; their articles are lost."""
QUERIES = ("council", "harbour", "title:law")
PAPERS = ("valley-tribune", "elbe-kurier")
LOOK = "INSERT INTO _source_daily_stats VALUES (?, ?, 3, 3, ?, 0, 0, 0, 0, 0, 0, 0, 0, 400)"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build(tmp_path_factory.mktemp("attention") / "archive.db", 500)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM articles WHERE substr(published_at, 1, 10) BETWEEN ? AND ?", UNSEEN)
        sources = [key for (key,) in db.execute("SELECT id FROM sources")]
        for after in range(92):
            day = (date(2026, 8, 21) + timedelta(days=after)).isoformat()
            if not UNSEEN[0] <= day <= UNSEEN[1]:
                db.executemany(LOOK, [(key, day, 0) for key in sources])
        db.commit()
    return path


@pytest.fixture(scope="module")
def db(archive: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(archive)) as found:
        yield found


def count_in_sql(
    db: sqlite3.Connection, query: str, unit: Unit, sources: tuple[str, ...] = (), since: str = ""
) -> Counter[str]:
    """Articles by the first day of their period, of `articles` and its search index alone."""
    where = f"AND source_id IN ({', '.join('?' * len(sources))})" if sources else ""
    found = "id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)" if query else "? = ''"
    sql = f"SELECT coalesce(published_day, substr(first_seen_at, 1, 10)) FROM articles WHERE {found} {where}"
    days = (day for (day,) in db.execute(sql, [query, *sources]))
    return Counter(period(day, unit)[0] for day in days if day >= since)


@pytest.mark.parametrize("sources", [(), PAPERS])
@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_the_figures_are_those_of_plain_sql(
    db: sqlite3.Connection, unit: Unit, sources: tuple[str, ...]
) -> None:
    found = read_attention(db, Asked(QUERIES, Filters(source=sources), unit))
    assert [line.name for line in found.lines] == list(QUERIES)
    everything = count_in_sql(db, "", unit, sources, found.since)
    for line in (*found.lines, found.whole):
        expected = count_in_sql(db, line.query, unit, sources, found.since)
        assert line.total == expected.total() > 0
        for place, one in enumerate(found.periods):
            assert (line.counts[place] or 0) == expected[one.since]
            assert line.archived[place] == everything[one.since]
            share = line.share(place)
            assert share == (expected[one.since] / everything[one.since] if everything[one.since] else None)
    assert (
        sum(one.days for one in found.periods)
        == (date.fromisoformat(found.until) - date.fromisoformat(found.since)).days + 1
    )


def test_each_source_has_a_line_of_its_own(db: sqlite3.Connection) -> None:
    found = read_attention(db, Asked(("council",), Filters(source=PAPERS), "week"))
    assert [line.name for line in found.lines] == ["Valley Tribune", "Elbe-Kurier"]
    for line in found.lines:
        assert line.total == count_in_sql(db, "council", "week", line.sources).total()
    together = read_attention(db, Asked(("council",), Filters(source=PAPERS), "week", each_source=False))
    assert [line.total for line in together.lines] == [sum(line.total for line in found.lines)]
    everything = read_attention(db, Asked((), Filters(), "month"))
    assert everything.lines == ()
    assert everything.whole.total == db.execute("SELECT count(*) FROM articles").fetchone()[0]


def test_what_could_not_be_seen_is_no_zero(db: sqlite3.Connection) -> None:
    found = read_attention(db, Asked(("council", "nothingatall"), Filters(), "week"))
    for line in (*found.lines, found.whole):
        unseen = [one.since for one, count in zip(found.periods, line.counts, strict=True) if count is None]
        assert unseen == ["2026-10-05", "2026-10-12"]
    assert found.lines[1].total == 0
    assert found.lines[1].counts.count(0) == len(found.periods) - 2
    chart = make_chart(found, share=True)
    assert {chart.days[place] for place in chart.gaps} == {"2026-10-05", "2026-10-12"}
    first, gaps, *_ = sorted(describe_gaps(found), key=lambda text: "grey" in text)[::-1]
    assert first.startswith("In 2 weeks (grey) nothing could be seen")
    assert gaps


def test_days_that_are_missing_within_a_period_are_said(db: sqlite3.Connection) -> None:
    found = read_attention(db, Asked(("council",), Filters(since="2026-09-01", until="2026-10-31"), "month"))
    assert "In 1 month some of the days could not be seen, 14 in all." in describe_gaps(found)
    october = len(found.periods) - 1
    assert is_partial(found, found.lines[0], october)
    assert not is_partial(found, found.lines[0], october - 1)


def test_a_period_that_is_not_over_is_said(db: sqlite3.Connection) -> None:
    asked = Filters(since="2026-11-04", until="2026-11-20")
    found = read_attention(db, Asked(("council",), asked, "week"))
    assert [(one.since, one.days, one.length) for one in found.periods] == [
        ("2026-11-02", 5, 7),
        ("2026-11-09", 7, 7),
        ("2026-11-16", 5, 7),
    ]
    assert [is_partial(found, found.whole, place) for place in range(3)] == [True, False, True]
    said = " ".join(describe_gaps(found))
    assert "The first week counts 5 of its 7 days, from 2026-11-04." in said
    assert "The last week counts 5 of its 7 days, to 2026-11-20." in said
    assert "The last crawl was on 2026-11-20" in said


@pytest.mark.parametrize(
    ("looks", "held", "alarms", "seen"),
    [
        ([], [], [], set()),
        (["2026-10-01", "2026-10-03"], [], [], {"2026-10-01", "2026-10-03"}),
        ([], ["2026-10-02"], [], {"2026-10-02"}),
        (["2026-10-01", "2026-10-02"], [], [("2026-10-02", "9999")], {"2026-10-01"}),
        (["2026-10-02", "2026-10-03"], [], [("2026-10-02", "2026-10-03")], {"2026-10-03"}),
        (["2026-10-02"], ["2026-10-02"], [("2026-10-01", "9999")], {"2026-10-02"}),
    ],
)
def test_a_day_was_seen_by_a_look_or_has_articles(
    looks: list[str], held: list[str], alarms: list[tuple[str, str]], seen: set[str]
) -> None:
    assert find_seen_days(looks, held, alarms) == seen


def test_a_source_that_fails_sees_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(build(tmp_path / "archive.db", 3))) as db:
        db.execute("DELETE FROM articles")
        db.execute("DELETE FROM alarms")
        db.executemany(LOOK, [("elbe-kurier", "2026-11-01", 3), ("elbe-kurier", "2026-11-02", 2)])
        db.executemany(LOOK, [("valley-tribune", day, 0) for day in ("2026-11-01", "2026-11-03")])
        span = ("2026-11-01", "2026-11-30")
        assert read_seen_days(db, PAPERS, *span) == {
            "elbe-kurier": {"2026-11-02"},
            "valley-tribune": {"2026-11-01", "2026-11-03"},
        }
        db.execute(
            "INSERT INTO alarms (source_id, kind, since, until, raised_at, words, advice, evidence)"
            " VALUES ('valley-tribune', 'listing', '2026-11-03', NULL, '2026-11-03', '', '', '[]')"
        )
        assert read_seen_days(db, PAPERS, *span)["valley-tribune"] == {"2026-11-01"}
        assert read_days_seen_of_any(db, *span) == {"2026-11-01", "2026-11-02"}


@pytest.mark.parametrize(
    ("unit", "first", "last", "periods"),
    [
        ("day", "2026-02-28", "2026-03-01", [("2026-02-28", 1, 1), ("2026-03-01", 1, 1)]),
        ("week", "2026-01-01", "2026-01-05", [("2025-12-29", 4, 7), ("2026-01-05", 1, 7)]),
        ("month", "2024-02-10", "2024-03-31", [("2024-02-01", 20, 29), ("2024-03-01", 31, 31)]),
        ("month", "9999-12-30", "9999-12-31", [("9999-12-01", 2, 31)]),
        ("week", "9999-12-30", "9999-12-31", [("9999-12-27", 2, 5)]),
    ],
)
def test_periods_are_those_of_the_calendar(
    unit: Unit, first: str, last: str, periods: list[tuple[str, int, int]]
) -> None:
    found = list_periods(unit, first, last)
    assert [(one.since, one.days, one.length) for one in found] == periods
    assert isinstance(found[0], Period)


@pytest.mark.parametrize(
    ("unit", "first", "last", "chosen", "said"),
    [
        (None, "2026-10-01", "2026-10-20", "day", ""),
        (None, "2026-01-01", "2026-10-20", "week", ""),
        (None, "2020-01-01", "2026-10-20", "month", ""),
        ("day", "2025-01-01", "2026-10-20", "day", ""),
        (
            "day",
            "2000-01-01",
            "2026-10-20",
            "month",
            "By day these would be 9,790 periods; it is counted by month.",
        ),
        (
            "day",
            "2015-01-01",
            "2026-10-20",
            "week",
            "By day these would be 4,311 periods; it is counted by week.",
        ),
    ],
)
def test_too_many_periods_are_counted_by_a_coarser_unit(
    unit: Unit | None, first: str, last: str, chosen: str, said: str
) -> None:
    assert choose_unit(unit, first, last) == (chosen, said)


def test_a_span_of_two_thousand_years_is_cut(db: sqlite3.Connection) -> None:
    found = read_attention(db, Asked(("council",), Filters(since="0001-01-01"), "month"))
    assert "These are the last 800 months" in found.problem
    assert 780 < len(found.periods) <= 801
    assert found.lines[0].total == count_in_sql(db, "council", "month").total()


def test_more_lines_than_a_reader_can_tell_apart_are_said() -> None:
    names = {f"paper-{n}": f"Paper {n}" for n in range(9)}
    lines, said = list_lines(Asked(("a",), Filters(source=tuple(names))), names)
    assert [line.name for line in lines] == [f"Paper {n}" for n in range(MOST_LINES)]
    assert said == ["These would be 9 lines; the first 6 are counted."]
    both, said = list_lines(
        Asked(("a", " b  c", "a"), Filters(source=("paper-1", "paper-2")), each_source=True), names
    )
    assert [line.name for line in both] == ["a · Paper 1", "a · Paper 2", "b c · Paper 1", "b c · Paper 2"]
    assert said == []


def test_a_calendar_has_each_day_once_and_its_gaps(db: sqlite3.Connection) -> None:
    months = read_calendar(db, "2026-09-01", "2026-11-20")
    assert [month.month for month in months] == ["2026-11", "2026-10", "2026-09"]
    days = [one for month in months for week in month.weeks for one in week if one is not None]
    assert len({one.day for one in days}) == len(days) == 81
    counts = count_in_sql(db, "", "day")
    for one in days:
        unseen = UNSEEN[0] <= one.day <= UNSEEN[1]
        assert one.articles == (None if unseen else counts[one.day])
    assert {one.level for one in days} <= {0, 1, 2, 3, 4}
    assert all(len(week) == 7 for month in months for week in month.weeks)
    mondays = [week[0] for month in months for week in month.weeks if week[0]]
    assert {date.fromisoformat(one.day).weekday() for one in mondays} == {0}
    assert lay_out({}, "2026-11-01", "2026-11-01")[0].weeks[0][6] == ("2026-11-01", None, 0)


def test_a_days_papers_have_all_its_articles(db: sqlite3.Connection) -> None:
    day, articles = count_in_sql(db, "", "day").most_common(1)[0]
    papers = read_papers(db, day, most=100)
    assert sum(paper.articles for paper in papers) == articles == sum(len(one.headlines) for one in papers)
    assert [paper.articles for paper in papers] == sorted((paper.articles for paper in papers), reverse=True)
    ids = {one.article_id for paper in papers for one in paper.headlines}
    assert len(ids) == articles
    beside = read_papers(db, UNSEEN[0], PAPERS, most=1)
    assert [(one.source, one.articles, one.was_seen) for one in beside] == [(key, 0, False) for key in PAPERS]

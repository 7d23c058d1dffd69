"""Raise alarms on simulated sources: how soon a trouble is found, and how many alarms are false.

120 days of 40 sources, of 1 to 80 articles a day with weekends, trends and chance; twelve of them have what the list
below says from a day on. Repeated with other chances.

    python -m bench alarms [--runs 10] [--seed 0] [--show]

The judgements of pipelines/decisions/anomalies/ were tuned on seeds 0 to 9. What they are worth is measured on others:
`--seed 1000 --runs 30`.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from statistics import median

from bench.harness import argument_parser
from pipelines.decisions.anomalies.alarms import drop_effects, find_alarms
from pipelines.decisions.anomalies.article_counts import part_of_usual
from pipelines.decisions.anomalies.source_days import Day

FIRST = date(2026, 3, 2)
DAYS, SOURCES = 120, 40
TROUBLES: dict[str, set[str]] = {
    "dry-up": {"fewer"},
    "slow decline": {"fewer"},
    "redesign to empty bodies": {"empty"},
    "consent wall": {"prompts", "alike", "shorter"},
    "byline lost": {"unsigned"},
    "feed moved": {"fewer"},  # the listing's own alarm needs no series; here it moved without an error
    "holiday dip": set(),
    "weekday pattern": set(),
    "burst": set(),
    "late start": set(),
    "flapping": {"failed"},
    "paywall": {"paywalled"},
}
"""What is planted, and by which alarms it may be known; none where it is no trouble."""


def count(chance: random.Random, mean: float, spread: float) -> int:
    """A number of articles: Poisson, its mean itself uncertain so that the variance is `spread` times the mean."""
    if mean <= 0:
        return 0
    rate = chance.gammavariate(mean / (spread - 1), spread - 1) if spread > 1 else mean
    total, clock = 0, chance.expovariate(1)
    while clock < rate:
        total, clock = total + 1, clock + chance.expovariate(1)
    return total


def binomial(chance: random.Random, n: int, p: float) -> int:
    return sum(chance.random() < p for _ in range(n))


def series(chance: random.Random, trouble: str, began: int, mean: float) -> list[Day | None]:
    """The days of one source; None where no crawl followed it."""
    weekend = 0.05 if trouble == "weekday pattern" else chance.choice([0.3, 0.6, 1.0])
    trend = chance.uniform(-0.001, 0.002)
    spread = chance.choice([1.0, 1.3, 2.0])
    unsigned, paywalled, failing = chance.uniform(0, 0.4), chance.choice([0, 0, 0.3]), chance.uniform(0, 0.03)
    length = chance.uniform(250, 900)
    days: list[Day | None] = []
    for n in range(DAYS):
        at = FIRST + timedelta(days=n)
        bad = trouble and n >= began
        expected = mean * (weekend if at.weekday() >= 5 else 1.0) * (1 + trend * n)
        if bad and trouble == "dry-up":
            expected = 0
        if bad and trouble == "feed moved":
            expected *= 0.1
        if bad and trouble == "slow decline":
            expected *= max(0.1, 1 - 0.02 * (n - began))
        if trouble == "holiday dip" and began <= n < began + 5:
            expected *= 0.35
        if trouble == "burst" and began <= n < began + 3:
            expected *= 6
        if (trouble == "late start" and n < 60) or chance.random() < 0.01:
            days.append(None)
            continue
        articles = count(chance, expected, spread)
        if trouble == "late start" and n == 60:
            articles += round(7 * mean)
        pages = articles + count(chance, 0.1 * mean, 1.0)
        failed = binomial(chance, pages, failing)
        if bad and trouble == "flapping" and (n - began) % 4 < 2:
            failed = binomial(chance, pages, 0.9)
        articles = max(0, min(articles, pages - failed))
        day = Day(
            at.isoformat(),
            articles=articles,
            pages=pages,
            failed=failed,
            paywalled=binomial(chance, articles, paywalled),
            unsigned=binomial(chance, articles, unsigned),
            undated=binomial(chance, articles, 0.02),
            alike=binomial(chance, articles, 0.03),
            empty=binomial(chance, pages - articles - failed, 0.1) if pages > articles + failed else 0,
            words=length * chance.lognormvariate(0, 0.5 / max(1, articles) ** 0.5),
        )
        if bad and trouble == "redesign to empty bodies":
            empty = binomial(chance, articles, 0.95)
            left = articles - empty
            day = replace(
                day,
                articles=left,
                empty=day.empty + empty,
                unsigned=min(left, day.unsigned),
                undated=min(left, day.undated),
                paywalled=min(left, day.paywalled),
                alike=min(left, day.alike),
            )
        if bad and trouble == "consent wall":
            walls = binomial(chance, articles, 0.9)
            day = replace(day, prompts=walls, alike=walls, words=60.0)
        if bad and trouble == "byline lost":
            day = replace(day, unsigned=articles)
        if bad and trouble == "paywall":
            day = replace(day, paywalled=binomial(chance, articles, 0.9))
        days.append(day)
    return days


def run(seed: int, show: bool) -> tuple[dict[str, int | None], Counter[str], int, int]:
    """(days to detection by trouble, false alarms by kind, source-days judged, alarms of planted sources in all)."""
    chance = random.Random(seed)
    planted = dict(zip(chance.sample(range(SOURCES), len(TROUBLES)), TROUBLES, strict=True))
    began = {n: chance.randint(60, 80) for n in planted}
    means = [chance.choice([1, 2, 4, 8, 15, 30, 80]) for _ in range(SOURCES)]
    for n in planted:
        means[n] = chance.choice([4, 8, 15, 30])
    all_days = [series(chance, planted.get(n, ""), began.get(n, 0), means[n]) for n in range(SOURCES)]
    opened: list[dict[str, str]] = [{} for _ in range(SOURCES)]
    found: dict[str, int | None] = dict.fromkeys(TROUBLES)
    false: Counter[str] = Counter()
    judged = storms = 0
    for today in range(1, DAYS + 1):
        histories = [[day for day in days[:today] if day] for days in all_days]
        parts: dict[int, float] = {}

        def peers(
            window: int, parts: dict[int, float] = parts, histories: list[list[Day]] = histories
        ) -> float:
            if window not in parts:
                known = [part for h in histories if (part := part_of_usual(h, window)) is not None]
                parts[window] = median(known) if len(known) >= 4 else 1.0
            return parts[window]

        for n, history in enumerate(histories):
            if not history or all_days[n][today - 1] is None:
                continue
            judged += 1
            alarms = drop_effects(find_alarms(history, opened[n], peers), opened[n])
            trouble = planted.get(n, "")
            for alarm in alarms:
                if alarm.kind in opened[n]:
                    continue
                right = trouble and today > began[n] and alarm.kind in TROUBLES[trouble]
                if right:
                    storms += 1
                    if found[trouble] is None:
                        found[trouble] = today - began[n]
                else:
                    false[f"{alarm.kind} ({trouble or 'well'})"] += 1
                if show:
                    print(
                        f"day {today:3} source {n:2} {trouble or 'well':26} {'' if right else 'FALSE '}{alarm}"
                    )
            opened[n] = {alarm.kind: alarm.since for alarm in alarms}
    return found, false, judged, storms


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="the first run's; each run has the next one")
    parser.add_argument("--show", action="store_true", help="print every alarm")
    args = parser.parse_args()
    delays: dict[str, list[int | None]] = {trouble: [] for trouble in TROUBLES}
    false: Counter[str] = Counter()
    judged = storms = 0
    for seed in range(args.seed, args.seed + args.runs):
        found, wrong, days, right = run(seed, args.show)
        false.update(wrong)
        judged, storms = judged + days, storms + right
        for trouble, delay in found.items():
            delays[trouble].append(delay)
    print(f"{'planted':28} found   days until found: median, most")
    for trouble, kinds in TROUBLES.items():
        if kinds:
            known = [delay for delay in delays[trouble] if delay is not None]
            print(
                f"{trouble:28} {len(known)}/{args.runs}   {median(known) if known else '-':>6}  {max(known, default=0):>4}"
            )
        else:
            wrong_here = sum(n for name, n in false.items() if name.endswith(f"({trouble})"))
            print(f"{trouble:28} no trouble; alarms: {wrong_here}")
    years = judged / 365
    print(f"right alarms {storms} for {args.runs * sum(1 for k in TROUBLES.values() if k)} troubles")
    print(
        f"false alarms {false.total()} in {years:.0f} source years: {false.total() / years:.3f} a source and year,"
        f" one in {years / max(1, false.total()):.0f} years"
    )
    for name, times in false.most_common():
        print(f"  {times:3} {name}")

"""Days until a redesign is told, and false alarms, where two extractors read a few pages of a site a day.

    python -m bench redesigns DIR [--sites 10] [--runs 20] [--sweep] [--show]

DIR is a folder of pages with known answers that have a `site`, eight a site. A simulated site publishes its pages,
shuffled, over `QUIET` days; then it is redesigned in one of five ways. All alarms that look at the text are judged day by
day as after a crawl, and beside them the alarm of the two extractors alone. Quiet years have no redesign. There one page
in `ODD` is of another kind, its agreement as far from its site's middle as that of a page in another folder (`--odd`) is
from its own, and on one day in `ODD` all pages are: galleries, live blogs, a supplement.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from bench.harness import argument_parser
from bench.quality import page_of
from bench.redesigned import REDESIGNS, Teaser, redesign
from pipelines.archive.tables.daily_stats import beginning_of
from pipelines.decisions.anomalies import agreements
from pipelines.decisions.anomalies.alarms import drop_effects, find_alarms
from pipelines.decisions.anomalies.source_days import Day
from pipelines.extraction.decoding import decode_body, decode_text
from pipelines.extraction.extract import extract
from pipelines.extraction.extractor_agreement import measure_agreement
from pipelines.extraction.interstitials import begins_with_prompt
from pipelines.extraction.tokens import agreement, split_sentences

if TYPE_CHECKING:
    from pipelines.items import Page

FIRST = date(2026, 3, 2)
QUIET, AFTER, YEAR = 40, 14, 365
A_DAY, COMPARED = 6, 3
"""Articles of a simulated site a day, and how many of them both extractors read."""
ODD = 12
LEAST_LINE = 80  # characters of a line of which a teaser is made
AS_IT_IS = "as it is"
FALLS = (0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)
"""Values of `agreements.FALL` that `--sweep` tries."""


class Read(NamedTuple):
    """What is known of a page once it is read. `right` is the F1 of the text archived against the answer."""

    agreement: float | None
    text: str
    right: float


Sites = dict[str, dict[str, list[Read]]]
"""By site and redesign, the pages."""


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", type=int, default=10, help="sites that are redesigned, evenly chosen")
    parser.add_argument(
        "--odd",
        type=Path,
        action="append",
        default=[],
        help="a folder of pages, of which some sites have several",
    )
    parser.add_argument("--runs", type=int, default=20, help="simulations of each site and redesign")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path, help="a file that keeps what the pages gave, for the next call")
    parser.add_argument("--sweep", action="store_true", help="try other falls of the agreement as well")
    args = parser.parse_args()
    if args.kept and args.kept.exists():
        sites, odd = load(args.kept)
    else:
        sites, odd = read_sites(args.folder, args.sites), read_odd(args.odd)
        if args.kept:
            args.kept.write_text(json.dumps([sites, odd]), encoding="utf-8")
    print(f"{len(sites)} sites, {len(odd)} pages of other kinds")
    report_redesigns(sites, args.runs, args.seed)
    report_quiet_years(sites, odd, args.runs, args.seed)
    if args.sweep:
        sweep(sites, odd, args.runs, args.seed)


def load(file: Path) -> tuple[Sites, list[float]]:
    sites, odd = json.loads(file.read_text("utf-8"))
    return {
        site: {kind: [Read(*page) for page in pages] for kind, pages in kinds.items()}
        for site, kinds in sites.items()
    }, odd


def read_rows(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The articles among the answers, by site."""
    found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for line in (folder / "truth.jsonl").read_text("utf-8").split("\n"):
        row = json.loads(line) if line else {}
        if row.get("text") and row.get("url"):
            found[row.get("site") or str(urlsplit(row["url"]).hostname)].append(row)
    return found


def read_sites(folder: Path, count: int) -> Sites:
    """Read the pages of `count` sites, as they are and after each redesign."""
    rows = {site: own for site, own in read_rows(folder).items() if len(own) >= 8}
    sites: Sites = {}
    for site in [*rows][:: max(1, len(rows) // count)][:count]:
        kinds = sites.setdefault(site, {kind: [] for kind in (AS_IT_IS, *REDESIGNS)})
        for row in rows[site][:8]:
            page = page_of(folder, row)
            others = [other for other in rows[site] if other is not row]
            teasers = [_make_teaser(other["text"]) for other in others]
            source = decode_text(decode_body(page.body, page.headers), page.headers)[0]
            kinds[AS_IT_IS].append(read_page(page, row["text"]))
            for kind in REDESIGNS:
                body = redesign(source, kind, row["text"], teasers)
                if body is not None:
                    headers = (("content-type", "text/html; charset=utf-8"),)
                    kinds[kind].append(read_page(replace(page, body=body, headers=headers), row["text"]))
    return sites


def _make_teaser(text: str) -> Teaser:
    """The text's first words as a headline, and two sentences of it."""
    line = next((line for line in text.split("\n") if len(line) > LEAST_LINE), text)
    return Teaser(" ".join(text.split()[:7]), ". ".join(split_sentences(line)[:2]).strip())


def read_page(page: Page, answer: str) -> Read:
    article = extract(page)
    if article.outcome is not None:
        return Read(None, "", 0.0)
    return Read(measure_agreement(page), article.text, agreement(article.text, answer))


def read_odd(folders: list[Path]) -> list[float]:
    """How far the agreement of pages is from the middle of their site's; of sites with four pages and more."""
    found: list[float] = []
    for place in folders:
        for own in read_rows(place).values():
            if len(own) < 4:
                continue
            read = (measure_agreement(page_of(place, row)) for row in own[:8])
            values = [value for value in read if value is not None]
            found += [value - median(values) for value in values if values]
    return found


# --- simulation


def make_day(number: int, pages: list[Read], chance: random.Random, usual: list[Read]) -> Day:
    """One day of a site: some of its pages, a few of them read by both."""
    chosen = [chance.choice(pages) for _ in range(A_DAY)]
    held = [page for page in chosen if page.text]
    begins = {beginning_of(page.text) for page in usual}
    shared = [beginning_of(page.text) for page in pages]
    alike = [p for p in held if shared.count(beginning_of(p.text)) > 1 and beginning_of(p.text) not in begins]
    compared = [page.agreement for page in held if page.agreement is not None][:COMPARED]
    return Day(
        (FIRST + timedelta(days=number)).isoformat(),
        articles=len(held),
        pages=A_DAY,
        empty=A_DAY - len(held),
        alike=len(alike),
        prompts=sum(begins_with_prompt(page.text) for page in held),
        words=median([len(page.text.split()) for page in held] or [0]),
        agreements=tuple(compared),
    )


def days_until_told(
    kinds: dict[str, list[Read]], kind: str, chance: random.Random, others: bool = True
) -> dict[str, int]:
    """Days from a redesign until each kind of alarm: of the agreement alone under `redesign`, `any` the first of all.

    Without `others` only the former is judged, which takes a tenth of the time.
    """
    usual = kinds[AS_IT_IS]
    days = [make_day(n, usual, chance, usual) for n in range(QUIET)]
    told: dict[str, int] = {}
    for n in range(AFTER):
        days.append(make_day(QUIET + n, kinds[kind], chance, usual))
        if "redesign" not in told and agreements.find_redesign(days, ""):
            told["redesign"] = n + 1
        if others and "any" not in told:
            for alarm in drop_effects(find_alarms(days, {}), {}):
                told.setdefault("any", n + 1)
                told.setdefault(f"first: {alarm.kind}", n + 1)
        if "redesign" in told and (not others or "any" in told):
            break
    return told


def redesign_all(
    sites: Sites, kind: str, runs: int, seed: int, others: bool = True
) -> dict[str, list[dict[str, int]]]:
    """The days until each site's redesign is told, a run each."""
    return {
        site: [days_until_told(kinds, kind, random.Random(f"{seed}{site}{n}"), others) for n in range(runs)]
        for site, kinds in sites.items()
    }


def report_redesigns(sites: Sites, runs: int, seed: int) -> None:
    head = f"{'redesign':22} {'agreement':>17} {'F1 of the text':>15}   told by the agreement; days   by any alarm; days   first of all"
    print(head)
    for kind in REDESIGNS:
        told = redesign_all(sites, kind, runs, seed)
        before, after = ([p for k in sites.values() for p in k[name]] for name in (AS_IT_IS, kind))
        level = [fmean(p.agreement or 0 for p in pages) for pages in (before, after)]
        right = [fmean(p.right for p in pages) for pages in (before, after)]
        kinds_told: defaultdict[str, int] = defaultdict(int)
        for run in (run for runs_ in told.values() for run in runs_):
            firsts = [name for name in run if name.startswith("first: ")]
            if firsts:
                kinds_told[min(firsts, key=lambda name: run[name]).removeprefix("first: ")] += 1
        most = ", ".join(f"{name} {n}" for name, n in sorted(kinds_told.items(), key=lambda x: -x[1]))
        print(
            f"{kind:22} {level[0]:8.3f} {level[1]:8.3f} {right[0]:7.3f} {right[1]:7.3f}   "
            f"{_told(told, 'redesign')}   {_told(told, 'any')}   {most}"
        )


def _told(told: dict[str, list[dict[str, int]]], name: str) -> str:
    """On how many sites it was told in most runs, and after how many days: in the middle, at most."""
    found = [site for site, runs in told.items() if sum(name in run for run in runs) * 2 > len(runs)]
    days = [run[name] for site in found for run in told[site] if name in run]
    return f"{len(found):2} of {len(told)}: {median(days) if days else 0:4.1f}, {max(days, default=0):2}"


def count_false_alarms(sites: Sites, odd: list[float], runs: int, seed: int) -> tuple[int, int]:
    """(false alarms of the agreement, simulated years) of sites that are not redesigned."""
    false = 0
    for site, kinds in sites.items():
        values = [page.agreement for page in kinds[AS_IT_IS] if page.agreement is not None]
        for n in range(runs):
            chance = random.Random(f"{seed}{site}{n}quiet")
            days: list[Day] = []
            since = ""
            for number in range(YEAR):
                day = (FIRST + timedelta(days=number)).isoformat()
                days.append(Day(day, agreements=_draw_quiet(values, odd, chance)))
                alarm = agreements.find_redesign(days[-80:], since)
                false += bool(alarm) and not since
                since = alarm.since if alarm else ""
    return false, len(sites) * runs


def _draw_quiet(values: list[float], odd: list[float], chance: random.Random) -> tuple[float, ...]:
    odd_day = chance.random() * ODD < 1
    middle = median(values)
    return tuple(
        max(0.0, min(1.0, middle + chance.choice(odd)))
        if odd and (odd_day or chance.random() * ODD < 1)
        else chance.choice(values)
        for _ in range(COMPARED)
    )


def report_quiet_years(sites: Sites, odd: list[float], runs: int, seed: int) -> None:
    false, years = count_false_alarms(sites, odd, runs, seed)
    print(f"quiet years: {false} false alarms in {years} source years, {false / years:.3f} a source and year")


def sweep(sites: Sites, odd: list[float], runs: int, seed: int) -> None:
    """The table for other values of `agreements.FALL`."""
    print(f"{'fall':>6} {'false a year':>12}  " + "  ".join(f"{kind:>21}" for kind in REDESIGNS))
    for fall in FALLS:
        agreements.FALL = fall
        false, years = count_false_alarms(sites, odd, runs, seed)
        cells = []
        for kind in REDESIGNS:
            told = redesign_all(sites, kind, runs, seed, others=False)
            cells.append(_told(told, "redesign"))
        print(f"{fall:6} {false / years:12.3f}  " + "  ".join(f"{cell:>21}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()

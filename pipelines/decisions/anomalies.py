"""What is unlike a source's own past: from its days to alarms. Pure.

A source is compared with itself only: with its last eight weeks, weekday by weekday for the number of articles.
Sums over windows of one to twenty-eight days are tested, so that a sudden end and a slow decline both show. An alarm
stays until its source is well again for some days: a source that comes and goes has one alarm, not twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import exp, lgamma, log
from statistics import median
from typing import TYPE_CHECKING

from pipelines.timestamps import days_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PAST = 56
"""Crawled days that make a source's past: eight weeks, each weekday eight times."""
YOUNG_COUNTS, YOUNG_SHARES = 21, 14
"""Crawled days a source must have before its number of articles, and its shares, are judged."""
RARE = 1e-5
"""The chance below which so few articles are no accident; the tests of a year are many."""
RARE_SHARE = 1e-6
"""The same for shares, which are judged in eight ways a day."""


@dataclass(frozen=True, slots=True)
class Day:
    """One source on one day (`YYYY-MM-DD`, UTC) on which a crawl followed it.

    `pages` are URLs that were come to, `articles` those of them that were new; the others count what went wrong
    among the pages or the articles. `words` is the median length of the articles. `alike` counts articles that
    begin like another one of these days, `prompts` those that begin by asking the reader for something.
    """

    day: str
    articles: int = 0
    pages: int = 0
    failed: int = 0
    refused: int = 0
    empty: int = 0
    paywalled: int = 0
    untitled: int = 0
    unsigned: int = 0
    undated: int = 0
    alike: int = 0
    prompts: int = 0
    words: float = 0.0

    @property
    def bodies(self) -> int:
        """Pages in which a text was looked for and that are new to us."""
        return self.articles + self.empty


@dataclass(frozen=True, slots=True)
class Alarm:
    """`kind` is a key of `ADVICE`; `since` the first bad day; `words` say what is unlike the past."""

    kind: str
    since: str
    words: str


@dataclass(frozen=True, slots=True)
class Share:
    """A kind of trouble that is a share: `part` of `whole`, two names of `Day`; `least` is how much it must rise."""

    kind: str
    part: str
    whole: str
    least: float
    words: str


SHARES = (
    Share("failed", "failed", "pages", 0.25, "pages failed"),
    Share("refused", "refused", "pages", 0.25, "pages are closed by robots.txt"),
    Share("empty", "empty", "bodies", 0.25, "pages gave no text"),
    Share("prompts", "prompts", "articles", 0.2, "texts begin with a prompt (cookies, login, subscription)"),
    Share("alike", "alike", "articles", 0.25, "texts begin like another one"),
    Share("paywalled", "paywalled", "articles", 0.3, "articles are behind a paywall"),
    Share("untitled", "untitled", "articles", 0.25, "articles have no title"),
    Share("unsigned", "unsigned", "articles", 0.35, "articles have no author"),
    Share("undated", "undated", "articles", 0.25, "articles have no date"),
)

ADVICE = {
    "listing": "A feed or sitemap it lived on no longer answers. Look for where it went: clippings add URL finds the new one.",
    "moved": "Put the new address into its seed file. The old one works only as long as the site sends on from it.",
    "stale": "A feed or sitemap has stopped being updated while others go on. Look for its successor: clippings add URL.",
    "failed": "Open one of the pages in a browser. If it shows, the site may refuse us: raise `delay` in its seed file, set CONTACT.",
    "refused": "Its robots.txt has changed. Ask the publisher, or leave the closed part out with ignore_urls.",
    "empty": "The site may have been rebuilt. Open one of the pages; if the text is there, give its place with [[rules]] body.",
    "prompts": "The site shows a wall in place of the article. Open one of the pages; prune the wall with [[rules]] prune.",
    "alike": "A block of the template is taken for text. Open two of the pages; leave the block out with [[rules]] prune.",
    "shorter": "Only the beginning of the articles may be read. Compare one with its page; give the text's place with [[rules]] body.",
    "paywalled": "The publisher may have closed its articles. What is free is still archived; nothing is bypassed.",
    "untitled": "The site may have been rebuilt. Give the headline's place with [[rules]] title.",
    "unsigned": "The byline may have moved. Give its place with [[rules]] authors.",
    "undated": "The date may have moved. Give its place with [[rules]] date.",
    "fewer": "Open the site: if it goes on publishing, its feeds or sections have moved; clippings add URL looks for them.",
}
"""What to try, by kind of alarm; in the order in which causes come before their effects."""

EFFECTS = {
    "listing": {"fewer", "stale"},
    "stale": {"fewer"},
    "failed": {"fewer", "empty"},
    "refused": {"fewer"},
    "empty": {"fewer", "shorter", "alike"},
    "prompts": {"alike", "shorter", "paywalled", "untitled", "unsigned", "undated"},
    "paywalled": {"shorter"},
}
"""What follows from a trouble, and needs no alarm of its own while that lasts."""


def alarms_of(
    days: Sequence[Day], open_alarms: Mapping[str, str], peers: Callable[[int], float] = lambda window: 1.0
) -> list[Alarm]:
    """The alarms of one source after the last of `days`, in the order of `ADVICE`, one a cause.

    `days` are its crawled days in order, complete ones only. `open_alarms` maps the kinds that are open to their
    `since`; those not in the result are over. `peers(window)` is what part of their usual number of articles comparable
    sources had in the last so many days: on a holiday everyone has less.
    """
    found = [alarm for share in SHARES if (alarm := _share(share, days, open_alarms.get(share.kind, "")))]
    if alarm := _shorter(days, open_alarms.get("shorter", "")):
        found.append(alarm)
    if alarm := _fewer(days, open_alarms.get("fewer", ""), peers):
        found.append(alarm)
    return found


def one_a_cause(found: Sequence[Alarm], open_alarms: Mapping[str, str]) -> list[Alarm]:
    """Leave out what follows from another alarm, unless it was raised before that one was."""
    kinds = {alarm.kind for alarm in found}
    effects = {effect for kind in kinds for effect in EFFECTS.get(kind, ())}
    order = list(ADVICE)
    kept = [alarm for alarm in found if alarm.kind not in effects or alarm.kind in open_alarms]
    return sorted(kept, key=lambda alarm: order.index(alarm.kind))


# --- the number of articles

WINDOWS = ((2, 0.0), (3, 0.0), (4, 0.0), (5, 0.0), (7, 0.25), (10, 0.35), (14, 0.45), (21, 0.5), (28, 0.55))
"""(days, the most of the usual number that is still a trouble): a few days without much are a holiday."""


@dataclass(frozen=True, slots=True)
class Usual:
    """How many articles a source has: on each weekday (Monday first), and how widely that spreads (1: as chance has it)."""

    weekdays: tuple[float, ...]
    spread: float

    def over(self, days: Sequence[Day]) -> float:
        """The number to be expected on these days together."""
        return sum(self.weekdays[_weekday(day.day)] for day in days)


def usual(past: Sequence[Day]) -> Usual:
    """The usual number by weekday. Bursts are cut to three times the median, so that they make no new normal."""
    counts = [day.articles for day in past]
    cap = 3 * median(counts) + 3
    cut = [min(count, cap) for count in counts]
    mean = sum(cut) / len(cut)
    sums, times = [2 * mean] * 7, [2.0] * 7  # two days of the mean: a weekday seen twice is not yet known
    for day, count in zip(past, cut, strict=True):
        sums[_weekday(day.day)] += count
        times[_weekday(day.day)] += 1
    weekdays = tuple(total / n for total, n in zip(sums, times, strict=True))
    pulls = [
        (count - weekdays[_weekday(day.day)]) ** 2 / max(weekdays[_weekday(day.day)], 0.25)
        for day, count in zip(past, cut, strict=True)
    ]
    return Usual(weekdays, max(0.6, sum(pulls) / len(pulls)))


def part_of_usual(days: Sequence[Day], window: int) -> float | None:
    """What part of its usual number a source had in the last `window` days; None when it is too young or too small."""
    past = days[:-window][-PAST:]
    if len(past) < YOUNG_COUNTS:
        return None
    expected = usual(past).over(days[-window:])
    return sum(day.articles for day in days[-window:]) / expected if expected >= 3 else None


def _fewer(days: Sequence[Day], since: str, peers: Callable[[int], float]) -> Alarm | None:
    if since:
        return _fewer_still(days, since, peers)
    for window, most in WINDOWS:
        past, recent = days[:-window][-PAST:], days[-window:]
        if len(past) < YOUNG_COUNTS:
            break
        known = usual(past)
        expected = known.over(recent) * max(0.1, min(1.0, peers(window)))
        had = sum(day.articles for day in recent)
        if had <= most * expected and _chance_of_so_few(had, expected, known.spread) < RARE:
            most_a_day = 0.8 if had else 0.0
            bad = [day.articles <= most_a_day * known.weekdays[_weekday(day.day)] for day in days]
            since = days[_run_of(bad, window)].day
            if _fewer_still(days, since, peers):  # else it is over, though the window still has it
                return _fewer_alarm(since, had, expected, window)
    return None


def _fewer_still(days: Sequence[Day], since: str, peers: Callable[[int], float]) -> Alarm | None:
    """An open alarm is over when three days or more, with three articles expected, bring three quarters of the usual."""
    past = [day for day in days if day.day < since][-PAST:]
    recent = [day for day in days if day.day >= since]
    if len(past) < YOUNG_COUNTS or not recent:
        return None
    known = usual(past)
    last = _enough(recent, 5, lambda part: known.over(part) >= 3)
    expected = known.over(last) * max(0.1, min(1.0, peers(len(last))))
    if sum(day.articles for day in last) >= 0.75 * expected:
        return None
    had = sum(day.articles for day in recent)
    if len(recent) >= PAST and had > 0.2 * known.over(recent):
        return None  # after eight weeks, this is the usual
    return _fewer_alarm(since, had, known.over(recent), len(recent))


def _fewer_alarm(since: str, had: int, expected: float, window: int) -> Alarm:
    span = "one day" if window == 1 else f"{window} days"
    if not had:
        return Alarm("fewer", since, f"No article in {span}; about {expected:.0f} are usual.")
    return Alarm("fewer", since, f"{had} articles in {span}; about {expected:.0f} are usual.")


# --- shares


def _share(share: Share, days: Sequence[Day], since: str) -> Alarm | None:
    if since:
        return _share_still(share, days, since)
    for window in (1, 2, 3, 5, 7, 14, 28):
        past, recent = days[:-window], days[-window:]
        if len(past) < YOUNG_SHARES:
            break
        part, whole = _sums(share, recent)
        if whole < 6:
            continue
        before = _usual_share(share, past)
        if before is None:
            continue
        if part / window <= 2 * _sums(share, past[-PAST:])[0] / len(past[-PAST:]):
            continue  # not more of them, only less of the others
        if (
            part / whole >= min(before + share.least, 0.95)
            and _chance_of_so_many(part, whole, before) < RARE_SHARE
        ):
            bad = [getattr(d, share.part) > before * getattr(d, share.whole) for d in days]
            first = _run_of(bad, window)
            if _share_still(share, days, days[first].day):  # else it is over, though the window still has it
                return _share_alarm(share, days[first].day, part, whole, before)
    return None


def _share_still(share: Share, days: Sequence[Day], since: str) -> Alarm | None:
    past = [day for day in days if day.day < since]
    recent = [day for day in days if day.day >= since]
    before = _usual_share(share, past)
    if before is None or not recent:
        return None
    last = _enough(recent, 5, lambda part: _sums(share, part)[1] >= 5)
    part, whole = _sums(share, last)
    if not whole:  # nothing came in that could show it
        return None if len(last) >= 28 else _share_alarm(share, since, *_sums(share, recent), before)
    if part / whole < before + share.least / 3:
        return None
    part, whole = _sums(share, recent)
    return None if len(recent) > PAST * 2 else _share_alarm(share, since, part, whole, before)


def _share_alarm(share: Share, since: str, part: int, whole: int, before: float) -> Alarm:
    return Alarm(share.kind, since, f"{part} of {whole} {share.words}; usual are at most {before:.0%}.")


def _usual_share(share: Share, past: Sequence[Day]) -> float | None:
    """The share that weeks of the past reached, the worst week left out; None without enough of a past."""
    past = past[-PAST:]
    if len(past) < YOUNG_SHARES or _sums(share, past)[1] < 20:
        return None
    weeks = [_sums(share, past[start : start + 7]) for start in range(0, len(past), 7)]
    shares = sorted(part / whole for part, whole in weeks if whole >= 3)
    part, whole = _sums(share, past)
    highest = shares[-2] if len(shares) > 2 else max(shares, default=0.0)
    return max(highest, part / whole if len(shares) <= 2 else 0.0, 0.02)


def _sums(share: Share, days: Sequence[Day]) -> tuple[int, int]:
    return sum(getattr(day, share.part) for day in days), sum(getattr(day, share.whole) for day in days)


# --- the length of articles


def _shorter_still(days: Sequence[Day], since: str) -> Alarm | None:
    past = [day for day in days if day.day < since][-PAST:]
    recent = [day for day in days if day.day >= since]
    last = _enough(recent, 5, lambda part: sum(day.articles for day in part) >= 5)
    before, now = _words(past), _words(last)
    if not before or not now or now >= 0.7 * before or len(recent) > PAST:
        return None
    return _shorter_alarm(since, now, before)


def _shorter(days: Sequence[Day], since: str) -> Alarm | None:
    if since:
        return _shorter_still(days, since)
    for window in (2, 3, 5, 7, 14):
        earlier, recent = list(days[:-window][-PAST:]), list(days[-window:])
        if len(earlier) < YOUNG_SHARES:
            break
        if sum(day.articles for day in recent) < 8:
            continue
        before, now = _words(earlier), _words(recent)
        weeks = [_words(earlier[start : start + 7]) for start in range(0, len(earlier), 7)]
        least = min((words for words in weeks if words), default=0.0)
        if now and now < 0.45 * before and now < 0.75 * least and _shorter_still(days, recent[0].day):
            return _shorter_alarm(recent[0].day, now, before)
    return None


def _words(days: Sequence[Day]) -> float:
    """The length of the middle article, roughly: each day's median, as often as it had articles."""
    lengths = [day.words for day in days for _ in range(min(day.articles, 50))]
    return median(lengths) if lengths else 0.0


def _shorter_alarm(since: str, now: float, before: float) -> Alarm:
    return Alarm("shorter", since, f"Texts have {now:.0f} words in the middle; {before:.0f} are usual.")


# --- listings


@dataclass(frozen=True, slots=True)
class ListingState:
    """A feed, sitemap or section page as it is now; times as in the archive, empty when never."""

    url: str
    kind: str
    error: str
    found_at: str
    checked_at: str
    answered_at: str
    newest_at: str
    moved_to: str = ""


def listing_alarms(
    listings: Sequence[ListingState], newest: Sequence[str], today: str
) -> Iterator[tuple[Alarm, list[str]]]:
    """Alarms with the listings they are about. `newest` are the days of the source's last articles, in order.

    A listing is gone when it once answered and has not for two days; stale when it has named nothing new for
    two weeks and six times the source's usual pause, while the source went on and the listing used to be fresh;
    moved when the site says so.
    """
    lately = days_before(today, 2)
    gone = [
        listing
        for listing in listings
        if listing.error
        and listing.answered_at
        and listing.answered_at[:10] <= lately <= listing.checked_at[:10]
    ]
    if gone:
        since = min(listing.answered_at[:10] for listing in gone)
        words = f"{gone[0].kind} {gone[0].url}: {gone[0].error}"
        yield Alarm("listing", since, words + _more(len(gone))), [listing.url for listing in gone]
    moved = [listing for listing in listings if listing.moved_to and not listing.error]
    if moved:
        words = f"{moved[0].kind} {moved[0].url} has moved for good, to {moved[0].moved_to}"
        urls = [url for listing in moved for url in (listing.moved_to, listing.url)]
        yield Alarm("moved", today, words + _more(len(moved))), urls
    if len(newest) < 10:
        return
    pause = (date.fromisoformat(newest[-1]) - date.fromisoformat(newest[0])).days / (len(newest) - 1)
    limit = days_before(today, max(14, round(6 * pause)))
    stale = [
        listing
        for listing in listings
        if listing.kind != "section"
        and not listing.error
        and listing.found_at[:10] < listing.newest_at[:10] <= limit < newest[-1]
        and listing.checked_at[:10] >= lately
    ]
    if stale and any(listing.newest_at[:10] > limit for listing in listings):
        since = min(listing.newest_at[:10] for listing in stale)
        words = f"{stale[0].kind} {stale[0].url} has named nothing new since {stale[0].newest_at[:10]}"
        yield Alarm("stale", since, words + _more(len(stale))), [listing.url for listing in stale]


def _more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""


# --- small statistics


def _weekday(day: str) -> int:
    return date.fromisoformat(day).weekday()


def _enough(days: Sequence[Day], least: int, enough: Callable[[Sequence[Day]], bool]) -> Sequence[Day]:
    """The last `least` days, or as many more as are enough to judge by."""
    for count in range(least, len(days)):
        if enough(days[-count:]):
            return days[-count:]
    return days


def _run_of(bad: Sequence[bool], window: int) -> int:
    """Where the trouble of the last `window` days began: at its first bad day, or with those right before it."""
    first = next((n for n in range(len(bad) - window, len(bad)) if bad[n]), len(bad) - window)
    while first > 0 and bad[first - 1]:
        first -= 1
    return first


def _chance_of_so_few(had: int, expected: float, spread: float) -> float:
    """The chance of at most `had` where `expected` are usual and the variance is `spread` times that."""
    rate, most = expected / spread, had / spread
    if rate <= 0:
        return 1.0
    return sum(exp(k * log(rate) - rate - lgamma(k + 1)) for k in range(int(most) + 1))


def _chance_of_so_many(part: int, whole: int, share: float) -> float:
    """The chance of `part` or more of `whole` where each is one with probability `share`."""
    share = min(share, 0.95)
    return sum(
        exp(
            lgamma(whole + 1)
            - lgamma(k + 1)
            - lgamma(whole - k + 1)
            + k * log(share)
            + (whole - k) * log(1 - share)
        )
        for k in range(part, whole + 1)
    )

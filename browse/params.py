"""The parameters of an address, read and written: a search, what narrows it, its order and page; a span of coverage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from browse.param_checks import describe_unused_params
from pipelines.archive.search.match import Filters
from pipelines.archive.search.query import split_query
from pipelines.archive.views.coverage import COUNTS
from pipelines.timestamps import (
    DurationError,
    days_before,
    iso,
    local_now,
    parse_since,
    parse_since_day,
    parse_until_day,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from datasette.utils.asgi import Request

    from pipelines.archive.search.search import Sort
    from pipelines.archive.search.timeline import Unit

    Pairs = list[tuple[str, str]]

FACETS = ("source", "section", "author", "language", "tag")
STATES = ("changed", "gone", "paywalled")
PER_PAGE = 20
SORTS = {"relevance": "Best first", "newest": "Newest first", "archived": "Last archived first"}
LAST_PAGE = 500
MOST_VALUES = 50
"""Values of one facet that are used."""
SEARCH_NAMES = (
    "q",
    "versions",
    "forms",
    *FACETS,
    "since",
    "until",
    "archived",
    *STATES,
    "sort",
    "page",
    "unit",
    "share",
    "fold",
    "each",
    "by",
)
SEARCH_CHOICES = {
    "sort": tuple(SORTS),
    "unit": ("day", "week", "month"),
    "by": ("source", "month"),
    **dict.fromkeys((*STATES, "share", "versions", "forms", "fold", "each"), ("1", "0")),
}
COVERAGE_NAMES = ("source", "since", "until", "outcome", "reason", "page")
COVERAGE_CHOICES = {"outcome": COUNTS[1:]}
COVERAGE_DAYS = 14
"""Days of coverage that a page shows when its address names none."""


@dataclass(frozen=True, slots=True)
class SearchParams:
    """A search. `problem` says, in sentences, which parameters could not be used."""

    query: str
    filters: Filters
    sort: Sort = "relevance"
    page: int = 1
    unit: Unit | None = None
    share: bool = False
    problem: str = ""
    fold: bool = False

    @property
    def words(self) -> str:
        """The query without `in:versions` and `in:forms`."""
        return split_query(self.query).words

    @property
    def in_versions(self) -> bool:
        """Whether superseded versions are searched too."""
        return split_query(self.query).versions

    @property
    def in_forms(self) -> bool:
        """Whether words are found in their other forms too."""
        return split_query(self.query).forms

    def as_words(self, words: str) -> Pairs:
        """The parameters of the search for other words, written out: no form is added to them."""
        query = split_query(self.query)._replace(forms=False).with_words(words)
        return replace(self, query=query, page=1).params

    @property
    def params(self) -> Pairs:
        """The parameters that lead here again, without defaults."""
        pairs = [("q", self.query)] if self.query else []
        for kind in FACETS:
            pairs += [(kind, value) for value in getattr(self.filters, kind)]
        pairs += [
            (name, getattr(self.filters, name)) for name in ("since", "until") if getattr(self.filters, name)
        ]
        if self.filters.archived_since:
            pairs.append(("archived", self.filters.archived_since))
        for state in STATES:
            wanted = getattr(self.filters, state)
            if wanted is not None:
                pairs.append((state, "1" if wanted else "0"))
        if self.sort != "relevance":
            pairs.append(("sort", self.sort))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        if self.unit:
            pairs.append(("unit", self.unit))
        if self.share:
            pairs.append(("share", "1"))
        if self.fold:
            pairs.append(("fold", "1"))
        return pairs

    def search_params(self) -> Pairs:
        """The parameters of the search alone, for its other forms: no page, no unit."""
        return replace(self, page=1, unit=None, share=False, fold=False).params

    def form_params(self) -> Pairs:
        """The parameters that a form on the page of results keeps."""
        return replace(self, page=1, unit=None, share=False).params

    def with_fold(self, fold: bool) -> Pairs:
        """The parameters with one hit a story, or a hit an article."""
        return replace(self, fold=fold, page=1).params

    def file_params(self) -> Pairs:
        """The parameters of a file of all articles: their order is that of archiving."""
        return replace(self, sort="relevance", page=1, unit=None, share=False, fold=False).params

    def toggled(self, kind: str, value: str) -> Pairs:
        """The parameters with one value of a facet added, or removed if it is among them."""
        have = getattr(self.filters, kind)
        values = tuple(v for v in have if v != value) if value in have else (*have, value)
        return self._filtered({kind: values})

    def without(self, kind: str) -> Pairs:
        """The parameters without one filter; `days` means `since` and `until`."""
        blank = Filters()
        names = ("since", "until") if kind == "days" else (kind,)
        return self._filtered({name: getattr(blank, name) for name in names})

    def with_state(self, state: str) -> Pairs:
        """The parameters narrowed to `changed`, `gone` or `paywalled` articles."""
        return self._filtered({state: True})

    def _filtered(self, values: dict[str, Any]) -> Pairs:
        return replace(self, filters=replace(self.filters, **values), page=1).params

    def new_since(self, since: str) -> Pairs:
        """The parameters narrowed to what was archived after a time, the last archived first."""
        filters = replace(self.filters, archived_since=since)
        return replace(self, filters=filters, sort="archived", page=1).params

    def with_sort(self, sort: str) -> Pairs:
        """The parameters in another order."""
        return replace(self, sort=cast("Sort", sort), page=1).params

    def on_page(self, page: int) -> Pairs:
        """The parameters of another page."""
        return replace(self, page=page).params

    def in_days(self, since: str, until: str, source: str = "") -> Pairs:
        """The parameters of the search narrowed to a span of days and perhaps a source, for a bar of the chart."""
        before, after = _around_days(self, source)
        days = [(name, day) for name, day in (("since", since), ("until", until)) if day]
        return [*before, *days, *after]

    def counted_by(self, unit: str, *, share: bool) -> Pairs:
        """The parameters of the same chart by another unit, or with shares."""
        return replace(self, unit=cast("Unit", unit), share=share, page=1).params

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return self.filters != Filters()

    @property
    def chosen(self) -> Pairs:
        """Facet and value of every facet filter that is set."""
        return [(kind, value) for kind in FACETS for value in getattr(self.filters, kind)]


@lru_cache(maxsize=100)
def _around_days(search: SearchParams, source: str) -> tuple[Pairs, Pairs]:
    """The parameters before and after the days, of the search alone and perhaps one source: a chart asks for hundreds of links. Pure."""
    filters = replace(search.filters, since="", until="")
    if source:
        filters = replace(filters, source=(source,))
    pairs = replace(search, filters=filters).search_params()
    place = sum(name == "q" or name in FACETS for name, _ in pairs)
    return pairs[:place], pairs[place:]


@dataclass(frozen=True, slots=True)
class CoverageParams:
    """Days (`YYYY-MM-DD`, both inclusive), and perhaps a source, an outcome and a reason; '' stands for all."""

    since: str
    until: str
    source: str
    outcome: str = ""
    reason: str = ""
    page: int = 1
    problem: str = ""

    def params(self, **other: Any) -> Pairs:
        """The parameters that lead here again, with other values for some."""
        values = {name: getattr(self, name) for name in COVERAGE_NAMES if name != "page"} | other
        return [(name, str(value)) for name in COVERAGE_NAMES if (value := values.get(name)) and value != 1]


def parse_search_params(request: Request, several: Collection[str] = FACETS) -> SearchParams:
    """Read the address. No address can fail: `problem` names what was not used. `several` may stand in it several times."""
    args = request.args
    since, until, problems = parse_days(args.get("since"), args.get("until"))
    problems += describe_unused_params(params_of(request), SEARCH_NAMES, SEARCH_CHOICES, several)
    facets: dict[str, Any] = {kind: tuple(dict.fromkeys(args.getlist(kind)))[:MOST_VALUES] for kind in FACETS}
    states: dict[str, Any] = {state: {"1": True, "0": False}.get(args.get(state) or "") for state in STATES}
    archived = _parse_moment(args.get("archived") or "", problems)
    filters = Filters(**facets, **states, since=since, until=until, archived_since=archived)
    sort = args.get("sort") or "relevance"
    unit = args.get("unit")
    query = " ".join((args.get("q") or "").split())
    if query:
        asked = split_query(query)
        versions, forms = (args.get(name) == "1" for name in ("versions", "forms"))
        if (versions and not asked.versions) or (forms and not asked.forms):
            asked = asked._replace(versions=asked.versions or versions, forms=asked.forms or forms)
            query = asked.with_words(asked.words)
    return SearchParams(
        query,
        filters,
        cast("Sort", sort if sort in SORTS else "relevance"),
        parse_page(args.get("page")),
        cast("Unit", unit) if unit in SEARCH_CHOICES["unit"] else None,
        args.get("share") == "1",
        " ".join(problems),
        args.get("fold") == "1",
    )


def _parse_moment(text: str, problems: list[str]) -> str:
    """The time that a text means, as ISO 8601 in UTC; "" for none, and for one that adds to `problems`."""
    try:
        return iso(parse_since(text, local_now())) if text.strip() else ""
    except DurationError as error:
        problems.append(f"{error}.")
        return ""


def parse_coverage_params(request: Request, today: str) -> CoverageParams:
    """Read the address. Without days it means the two weeks up to `today`, the day of the last crawl.

    And the day after it: east of us that day has begun, and newspapers there bear its date.
    """
    search = parse_search_params(request)
    until = search.filters.until or max(days_before(today, -1), search.filters.since)
    since = search.filters.since or days_before(min(until, today), COVERAGE_DAYS - 1)
    outcome = request.args.get("outcome") or ""
    _, _, problems = parse_days(request.args.get("since"), request.args.get("until"))
    problems += describe_unused_params(params_of(request), COVERAGE_NAMES, COVERAGE_CHOICES)
    return CoverageParams(
        since,
        until,
        request.args.get("source") or "",
        outcome if outcome in COUNTS[1:] else "",
        request.args.get("reason") or "",
        search.page,
        " ".join(problems),
    )


def params_of(request: Request) -> Pairs:
    """All names and values of the address."""
    return parse_qsl(request.query_string, keep_blank_values=True)


def parse_page(text: str | None) -> int:
    """The number of a page, 1 to `LAST_PAGE`; 1 for what is no number."""
    return min(max(int(text), 1), LAST_PAGE) if text and text.isdecimal() and len(text) < 10 else 1


def parse_hit(text: str | None) -> int:
    """The place of a hit in its search, from 1; 0 for what is none."""
    return min(int(text), LAST_PAGE * PER_PAGE) if text and text.isdecimal() and len(text) < 10 else 0


def parse_days(since: str | None, until: str | None) -> tuple[str, str, list[str]]:
    """Both days (`YYYY-MM-DD` or ''), the earlier first, and what is wrong with them."""
    now = local_now()
    problems = []
    days = []
    for text, read in ((since or "", parse_since_day), (until or "", parse_until_day)):
        try:
            days.append(read(text, now) if text.strip() else "")
        except DurationError as error:
            days.append("")
            problems.append(f"{error}.")
    first, last = days
    if first and last and first > last:
        first, last = last, first
        problems.append("The first day was after the last; they have changed places.")
    return first, last, problems

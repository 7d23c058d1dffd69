"""What a reader asked for, as the address says it: the search, what narrows it, its order and page."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from pipelines.archive.search.match import Filters

if TYPE_CHECKING:
    from datasette.utils.asgi import Request

    from pipelines.archive.search.search import Sort
    from pipelines.archive.search.timeline import Unit

MANY = ("source", "section", "author", "language", "tag")
STATES = ("changed", "gone", "paywalled")
PER_PAGE = 20
SORTS = {"relevance": "Best first", "newest": "Newest first", "archived": "Last archived first"}
LAST_PAGE = 500


@dataclass(frozen=True, slots=True)
class SearchParams:
    """A search. `problem` says what in the address itself could not be used."""

    query: str
    filters: Filters
    sort: Sort = "relevance"
    page: int = 1
    unit: Unit | None = None
    share: bool = False
    problem: str = ""

    @property
    def params(self) -> list[tuple[str, str]]:
        """The parameters that lead here again; those that say nothing are left out."""
        pairs = [("q", self.query)] if self.query else []
        for kind in MANY:
            pairs += [(kind, value) for value in getattr(self.filters, kind)]
        pairs += [
            (name, getattr(self.filters, name)) for name in ("since", "until") if getattr(self.filters, name)
        ]
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
        return pairs

    def search_params(self) -> list[tuple[str, str]]:
        """The search alone, for its other forms: no page, no unit."""
        return replace(self, page=1, unit=None, share=False).params

    def toggled(self, kind: str, value: str) -> list[tuple[str, str]]:
        """The parameters with one value more, or less if it was there."""
        have = getattr(self.filters, kind)
        values = tuple(v for v in have if v != value) if value in have else (*have, value)
        return self._filtered({kind: values})

    def without(self, kind: str) -> list[tuple[str, str]]:
        """The parameters without one kind of narrowing; `days` is both days."""
        blank = Filters()
        names = ("since", "until") if kind == "days" else (kind,)
        return self._filtered({name: getattr(blank, name) for name in names})

    def with_state(self, state: str) -> list[tuple[str, str]]:
        """The parameters narrowed to `changed`, `gone` or `paywalled` articles."""
        return self._filtered({state: True})

    def _filtered(self, values: dict[str, Any]) -> list[tuple[str, str]]:
        return replace(self, filters=replace(self.filters, **values), page=1).params

    def with_sort(self, sort: str) -> list[tuple[str, str]]:
        """The parameters in another order."""
        return replace(self, sort=cast("Sort", sort), page=1).params

    def on_page(self, page: int) -> list[tuple[str, str]]:
        """The parameters of another page."""
        return replace(self, page=page).params

    def in_days(self, since: str, until: str, source: str = "") -> list[tuple[str, str]]:
        """The search narrowed to a span and perhaps a source, as a click on a bar asks."""
        filters = replace(self.filters, since=since, until=until)
        if source:
            filters = replace(filters, source=(source,))
        return replace(self, filters=filters, page=1, unit=None, share=False).params

    def counted_by(self, unit: str, *, share: bool) -> list[tuple[str, str]]:
        """The chart of the same search by another unit, or as shares."""
        return replace(self, unit=cast("Unit", unit), share=share, page=1).params

    @property
    def narrowed(self) -> bool:
        """Whether anything but the words narrows the search."""
        return self.filters != Filters()

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Kind and value of every list-like narrowing in force."""
        return [(kind, value) for kind in MANY for value in getattr(self.filters, kind)]


def parse_search_params(request: Request) -> SearchParams:
    """Read the address. Whatever it says, this gives a search; what could not be used is in `problem`."""
    args = request.args
    problems: list[str] = []
    many = {kind: tuple(dict.fromkeys(args.getlist(kind)))[:50] for kind in MANY}
    days = {}
    for name in ("since", "until"):
        text = (args.get(name) or "").strip()
        days[name] = _day(text)
        if text and not days[name]:
            problems.append(f"“{text[:40]}” is not a day; write it like 2026-11-23.")
    if days["since"] and days["until"] and days["since"] > days["until"]:
        days["since"], days["until"] = days["until"], days["since"]
        problems.append("The first day was after the last; they have changed places.")
    states = {state: {"1": True, "0": False}.get(args.get(state) or "") for state in STATES}
    known = {field.name for field in fields(Filters)}
    assert known == {*MANY, *days, *states}
    filters = Filters(**many, **days, **states)  # type: ignore[arg-type]
    sort = args.get("sort") or "relevance"
    unit = args.get("unit")
    page = args.get("page") or "1"
    return SearchParams(
        " ".join((args.get("q") or "").split()),
        filters,
        cast("Sort", sort if sort in SORTS else "relevance"),
        min(max(int(page), 1), LAST_PAGE) if page.isdecimal() and len(page) < 10 else 1,
        cast("Unit", unit) if unit in ("day", "week", "month") else None,
        args.get("share") == "1",
        " ".join(problems),
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""

"""A chart as SVG: presentation attributes only, so that a page's policy needs no styles, and no script.

Colours stand out from white and from black paper alike (3:1 and more), and each line has dashes and markers of its own and
its name at its end: nobody needs to tell colours apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from pipelines.charts.scales import period_labels, shorten, spread, ticks
from pipelines.clean_text import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipelines.charts.chart import Chart, Series

    Height = Callable[[float], float]

WIDTH = 860
LEFT, RIGHT, TOP = 56, 190, 14
PLOT, ROW, ROW_TITLE, AXIS, NOTE = 260, 56, 20, 24, 18
"""Heights in pixels: of the lines' plot, a row of bars and its name, the axis of days, a note."""
FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK JP', 'DejaVu Sans', Helvetica, Arial, sans-serif"
PAPER, INK = "#ffffff", "#1d1c1a"
"""Of a file of its own; in a page the text has the page's colour and the paper is the page."""
NAME_LETTERS = 21
MOST_MARKERS = 40


class Look(NamedTuple):
    """How a line looks: colour, dashes (`stroke-dasharray`), marker."""

    colour: str
    dashes: str
    marker: str


LOOKS = (
    Look("#2f7fc1", "", "circle"),
    Look("#c7601a", "7 3", "square"),
    Look("#2a8a5b", "2 3", "triangle"),
    Look("#a85aa5", "9 3 2 3", "diamond"),
    Look("#8d7a12", "4 4", "cross"),
    Look("#7b7b7b", "12 4", "ring"),
)
"""Six looks; after Okabe and Ito, darkened or lightened until white and black paper both carry them."""
BAR = "#2f7fc1"


def draw_svg(chart: Chart, *, alone: bool = True, key: str = "chart") -> str:
    """The chart; `alone` as a file with paper and notes, else as a part of a page. `key` begins the ids in it."""
    notes = chart.notes if alone else ()
    head = 30 if alone else 0
    height = (
        head
        + TOP
        + (PLOT if chart.lines else 0)
        + len(chart.rows) * (ROW + ROW_TITLE)
        + AXIS
        + len(notes) * NOTE
        + 12
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="{"group" if any(row.links for row in chart.rows) else "img"}" aria-labelledby="{key}-title {key}-desc" font-family={quoteattr(FONT)} font-size="13"'
        f' fill="currentColor"' + (f' color="{INK}"' if alone else "") + ">",
        f'<title id="{key}-title">{_text(chart.title)}</title>',
        f'<desc id="{key}-desc">{_text(chart.description)}</desc>',
    ]
    if alone:
        parts.append(f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>')
        parts.append(
            f'<text x="{LEFT}" y="20" font-size="16" font-weight="bold">{_text(shorten(chart.title, 84))}</text>'
        )
    bottom = height - len(notes) * NOTE - AXIS - 12
    parts += _draw_gaps(chart, head + TOP, bottom)
    top = head + TOP
    if chart.lines:
        parts += _draw_lines(chart, top)
        top += PLOT
    for row in chart.rows:
        parts += _draw_row(chart, row, top + ROW_TITLE)
        top += ROW + ROW_TITLE
    parts += _draw_days(chart, bottom)
    for number, note in enumerate(notes):
        y = bottom + AXIS + 18 + number * NOTE
        parts.append(
            f'<text x="{LEFT}" y="{y}" font-size="11.5" opacity="0.85">{_text(shorten(note, 130))}</text>'
        )
    return "\n".join([*parts, "</svg>"])


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    """The text on one line, without signs that XML knows not."""
    return " ".join(clean_text(text).split())


def _end(chart: Chart) -> int:
    """Where the plot ends; right of it stand the names of lines."""
    return WIDTH - (RIGHT if chart.lines else 16)


def _step(chart: Chart) -> float:
    return (_end(chart) - LEFT) / max(len(chart.days), 1)


def _middle(chart: Chart, place: int) -> float:
    return LEFT + _step(chart) * (place + 0.5)


def _draw_gaps(chart: Chart, top: float, bottom: float) -> Iterator[str]:
    """Grey bands, neighbours as one."""
    step = _step(chart)
    for first, last in _runs(sorted(chart.gaps)):
        yield (
            f'<rect x="{LEFT + step * first:.1f}" y="{top:.1f}" width="{step * (last - first + 1):.1f}"'
            f' height="{bottom - top:.1f}" opacity="0.16"><title>Nothing could be seen here.</title></rect>'
        )


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


def _draw_lines(chart: Chart, top: float) -> Iterator[str]:
    most = max((value for line in chart.lines for value in line.values if value is not None), default=0)
    scale = ticks(most, whole=not chart.percent)
    height = PLOT - 20.0

    def y(value: float) -> float:
        return top + height * (1 - value / scale[-1])

    for value in scale:
        yield (
            f'<line x1="{LEFT}" x2="{_end(chart)}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="currentColor"'
            f' stroke-opacity="{0.55 if not value else 0.16}"/>'
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end" font-size="12">{_number(value, chart.percent)}</text>'
        )
    ends = []
    for number, line in enumerate(chart.lines):
        look = LOOKS[number % len(LOOKS)]
        numbers = [value for value in line.values if value is not None]
        yield f'<g fill="none" stroke="{look.colour}" stroke-width="2">'
        yield from _draw_path(line, look, chart, y)
        yield from _draw_markers(line, look, chart, y)
        yield "</g>"
        ends.append(y(numbers[-1] if numbers else 0))
    for number, (line, at) in enumerate(
        zip(chart.lines, spread(ends, 17, top + 6, top + height), strict=True)
    ):
        look = LOOKS[number % len(LOOKS)]
        x = _end(chart) + 8
        yield f'<g fill="none" stroke="{look.colour}" stroke-width="2"><path d="M{x} {at:.1f}h22" stroke-dasharray="{look.dashes or "none"}"/>'
        yield f"{_marker(look, x + 11, at)}</g>"
        yield f'<text x="{x + 28}" y="{at + 4:.1f}">{_text(shorten(line.name, NAME_LETTERS))}<title>{_text(line.name)}</title></text>'


def _draw_path(line: Series, look: Look, chart: Chart, y: Height) -> Iterator[str]:
    """The line, broken where there is no number."""
    for first, last in _runs([place for place, value in enumerate(line.values) if value is not None]):
        d = "".join(
            f"{'M' if place == first else 'L'}{_middle(chart, place):.1f} {y(line.values[place] or 0):.1f}"
            for place in range(first, last + 1)
        )
        yield f'<path d="{d}" stroke-dasharray="{look.dashes or "none"}" stroke-linejoin="round"/>'


def _draw_markers(line: Series, look: Look, chart: Chart, y: Height) -> Iterator[str]:
    """A marker for each of a few periods, else for every so many; hollow where the number is of a part of the period."""
    every = 1 if len(line.values) <= MOST_MARKERS else len(line.values) // (MOST_MARKERS // 2)
    last = max((place for place, value in enumerate(line.values) if value is not None), default=-1)
    for place, value in enumerate(line.values):
        alone = value is not None and all(
            line.values[near] is None for near in (place - 1, place + 1) if 0 <= near < len(line.values)
        )
        if value is None or not (place % every == 0 or place == last or alone):
            continue
        partial = bool(line.partial) and line.partial[place]
        words = f"{line.name}: {_number(value, chart.percent)}, {chart.unit} from {chart.days[place]}" + (
            ", of which a part was seen" if partial else ""
        )
        mark = _marker(look, _middle(chart, place), y(value), hollow=partial)
        yield f"<g>{mark}<title>{_text(words)}</title></g>"


def _marker(look: Look, x: float, y: float, *, hollow: bool = False) -> str:
    fill = "none" if hollow or look.marker in ("cross", "ring") else look.colour
    shape = {
        "circle": f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"',
        "ring": f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"',
        "square": f'<path d="M{x - 3.5:.1f} {y - 3.5:.1f}h7v7h-7z"',
        "triangle": f'<path d="M{x:.1f} {y - 4.5:.1f}l4.5 8h-9z"',
        "diamond": f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z"',
        "cross": f'<path d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"',
    }[look.marker]
    return f'{shape} fill="{fill}" stroke-dasharray="none"/>'


def _draw_row(chart: Chart, row: Series, top: float) -> Iterator[str]:
    """A row of bars below its name, with its largest number at the side."""
    most = max((value for one in chart.rows for value in one.values if value is not None), default=0) or 1
    step = _step(chart)
    yield f'<text x="{LEFT}" y="{top - 5:.1f}" font-weight="bold" font-size="12.5">{_text(shorten(row.name, 60))}</text>'
    yield (
        f'<text x="{LEFT - 6}" y="{top + 10:.1f}" text-anchor="end" font-size="12">{_number(most, chart.rows_percent)}</text>'
        f'<text x="{LEFT - 6}" y="{top + ROW - 8:.1f}" text-anchor="end" font-size="12">0</text>'
        f'<path d="M{LEFT} {top + ROW - 8:.1f}H{_end(chart)}" stroke="currentColor" stroke-opacity="0.55"/>'
    )
    for place, value in enumerate(row.values):
        if not value:
            continue
        tall = max((ROW - 8) * value / most, 1)
        partial = bool(row.partial) and row.partial[place]
        look = f'fill="{BAR}"' if not partial else f'fill="{BAR}" fill-opacity="0.35" stroke="{BAR}"'
        words = f"{row.name}: {_number(value, chart.rows_percent)}, {chart.unit} from {chart.days[place]}"
        bar = (
            f'<rect x="{LEFT + step * place + step * 0.06:.2f}" y="{top + ROW - 8 - tall:.2f}" width="{step * 0.88:.2f}"'
            f' height="{tall:.2f}" {look}><title>{_text(words)}</title></rect>'
        )
        link = row.links[place] if row.links else ""
        label = quoteattr(_clean(words))
        yield f'<a href={quoteattr(_clean(link))} tabindex="-1" aria-label={label}>{bar}</a>' if link else bar


def _draw_days(chart: Chart, top: float) -> Iterator[str]:
    for place, label in period_labels(chart.days, chart.unit, 8):
        x = _middle(chart, place)
        yield (
            f'<path d="M{x:.1f} {top}v5" stroke="currentColor"/>'
            f'<text x="{x:.1f}" y="{top + 18}" text-anchor="middle" font-size="12">{label}</text>'
        )


def _number(value: float, percent: bool) -> str:
    """`1,234`; `0.42 %` with no more decimals than it needs."""
    return f"{value:,.0f}" if not percent else f"{value * 100:.3g} %"

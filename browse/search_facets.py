"""What a search can be narrowed by, and the forms of its words, each with the search that a click on it leads to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from browse import formatting
from pipelines.archive.search.query import MAX_WORDS, words, write_query
from pipelines.archive.search.spellings import fold_spelling

if TYPE_CHECKING:
    from browse.params import Pairs, SearchParams
    from pipelines.archive.search.search import Results

FACETS = {"source": "Source", "section": "Section", "language": "Language", "author": "Author", "tag": "Tag"}
UNFOLDED = 8
"""Values of a facet that a page shows at once; the others are folded away."""
LISTED = 60
"""Values of a facet that a page has at most."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet. `params` are those of the search with this value added, or removed if it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool
    params: Pairs


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet of a results page. `more` counts further values; `sampled` as in `FacetCounts`, where it applies."""

    kind: str
    label: str
    values: tuple[FacetValue, ...]
    more: int
    sampled: int


def list_facets(params: SearchParams, found: Results, sources: dict[str, str]) -> list[Facet]:
    """Each facet with its values, the chosen ones first even where no article has them any more."""
    facets = []
    for kind, label in FACETS.items():
        counted = dict(getattr(found.counts, kind))
        chosen = getattr(params.filters, kind)
        shown = {value: _as_counted(kind, value, counted) for value in chosen}
        values = [(value, counted.get(shown[value], 0)) for value in chosen]
        values += [(value, count) for value, count in counted.items() if value not in shown.values()]
        if len(values) < 2 and not chosen:
            continue
        labels = sources if kind == "source" else {}
        facets.append(
            Facet(
                kind,
                label,
                tuple(
                    FacetValue(
                        value,
                        labels.get(value) or formatting.value(kind, shown.get(value, value)),
                        count,
                        value in chosen,
                        params.toggled(kind, value),
                    )
                    for value, count in values[:LISTED]
                ),
                more=max(len(values) - LISTED, 0),
                sampled=found.counts.sampled if found.counts and kind in ("author", "tag") else 0,
            )
        )
    return facets


class ShownForms(NamedTuple):
    """A word of the query, and each form that was added with the parameters of the search without it (none: too many)."""

    word: str
    forms: tuple[tuple[str, Pairs], ...]


def list_forms(params: SearchParams, found: Results) -> list[ShownForms]:
    """The forms of words that were added. Leaving one out writes the others out."""
    removable = found.node is not None and len(words(found.node, dropped=True)) <= MAX_WORDS
    return [
        ShownForms(
            word,
            tuple(
                (form, params.as_words(write_query(found.node, form)) if found.node and removable else [])
                for form in forms
            ),
        )
        for word, forms in found.added
    ]


def _as_counted(kind: str, value: str, counted: dict[str, int]) -> str:
    """The spelling by which a chosen section or tag is counted; the value itself where none is."""
    if kind not in ("section", "tag") or value in counted:
        return value
    folded = fold_spelling(value)
    return next((name for name in counted if fold_spelling(name) == folded), value)

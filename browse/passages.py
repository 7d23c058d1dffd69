"""An article's text in pieces, with the searched words and the passages that notes are on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.dossiers.join import cut_at_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.archive.search.results import Pieces
    from pipelines.dossiers.join import PlacedNote


class TextPiece(NamedTuple):
    """A piece of a text. `hit`: a searched word; `notes` are on it, and those in `begins` begin with it."""

    text: str
    hit: bool
    notes: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()


def lay_notes(parts: Iterable[Pieces], placed: Sequence[PlacedNote]) -> list[list[TextPiece]]:
    """Headline, standfirst and blocks, cut where passages begin and end: together they are the `plain_text` of a version."""
    marks = [(one.span, one.note.id) for one in placed if one.span]
    begun: set[int] = set()
    laid, at = [], 0
    for pieces in parts:
        row: list[TextPiece] = []
        for text, hit in pieces:
            for piece in cut_at_marks(text, at, marks):
                begins = tuple(number for number in piece.notes if number not in begun)
                begun.update(begins)
                row.append(TextPiece(piece.text, hit, piece.notes, begins))
            at += len(text)
        laid.append(row)
        at += 1
    return laid

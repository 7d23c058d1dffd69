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


def lay_notes(
    parts: Iterable[Pieces], own: Iterable[str], placed: Sequence[PlacedNote]
) -> list[list[TextPiece]]:
    """Headline, standfirst and blocks, cut where passages begin and end.

    `own` are the same parts as the version has them, together its `plain_text`: a headline that a person corrected has none
    of its passages.
    """
    marks = [(one.span, one.note.id) for one in placed if one.span]
    begun: set[int] = set()
    laid, at = [], 0
    for pieces, text_of_version in zip(parts, own, strict=True):
        row: list[TextPiece] = []
        same = "".join(text for text, _ in pieces) == text_of_version
        place = at
        for text, hit in pieces:
            if not same:
                row.append(TextPiece(text, hit))
                continue
            for piece in cut_at_marks(text, place, marks):
                begins = tuple(number for number in piece.notes if number not in begun)
                begun.update(begins)
                row.append(TextPiece(piece.text, hit, piece.notes, begins))
            place += len(text)
        laid.append(row)
        at += len(text_of_version) + 1
    return laid

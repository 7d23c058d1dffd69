"""The difference of two versions, for pages: what `pipelines.decisions.word_diff` makes of their texts."""

from __future__ import annotations

from pipelines.decisions.changed_words import Place
from pipelines.decisions.word_diff import Paragraph, Run, compare_texts, compare_words

__all__ = ["Paragraph", "Place", "Run", "compare_texts", "compare_words"]

"""The errors of an export that a person can mend; each message says what is wrong and what to do."""

from __future__ import annotations


class ExportError(ValueError):
    """The export cannot be made as asked."""

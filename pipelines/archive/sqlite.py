"""sqlite-utils, loaded without numpy and pandas.

sqlite-utils imports both when they are installed, to store their types; that takes longer than all else that a command
does before it works, and no row of ours has such a value.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def as_if_missing(*names: str) -> Iterator[None]:
    """Let an import of these packages fail, as where they are not installed. One that is loaded stays as it is."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python marks them
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with as_if_missing("numpy", "pandas"):
    from sqlite_utils import Database, Migrations


__all__ = ["Database", "Migrations", "as_if_missing"]

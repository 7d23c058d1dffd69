"""Patterns that are compiled when they are first used. Knows nobody.

Compiling takes Python 5 to 100 ms for a pattern of many words or scripts, and most commands use none of these.
"""

from __future__ import annotations

import re
from typing import Any, cast


def compile_when_used(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`. After its first use a method costs what a compiled pattern's costs."""
    return cast("re.Pattern[str]", _Pattern(pattern, flags))


class _Pattern:
    def __init__(self, pattern: str, flags: int) -> None:
        self._pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._pattern, self._flags)
        for method in ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)

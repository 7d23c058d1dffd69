"""Type the mistakes that newcomers make: the line that answers each, its exit code, and that nothing was made.

python -m bench mistakes
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.mistakes import MISTAKES, beginner


def main() -> int:
    """Print each mistake and its answer; exit with 1 when one is not answered as it should be."""
    argparse.ArgumentParser(
        prog="python -m bench mistakes", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    ).parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, beginner(Path(folder)) as newcomer:
        for mistake in MISTAKES:
            answer = newcomer.make(mistake)
            lines = answer.printed.strip().splitlines() or [""]
            right = answer.code == mistake.code and not answer.made
            right = right and mistake.says.format(port=newcomer.port) in answer.printed
            wrong += not right
            print(f"$ clippings {mistake.typed.format(port=newcomer.port)}")
            print(f"  {lines[0]}{f'  (and {len(lines) - 1} lines more)' if len(lines) > 1 else ''}")
            made = f"made {', '.join(answer.made)}" if answer.made else "nothing made"
            print(f"  exit {answer.code}, {made}{'' if right else '   <-- WRONG'}\n")
    print(f"{len(MISTAKES)} mistakes, {wrong} answered wrongly")
    return 1 if wrong else 0

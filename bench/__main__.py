"""Run a measurement: `python -m bench NAME [FOLDER] [OPTION]...`; without a name, list them."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path


def measurements() -> dict[str, str]:
    """Return the first line of the docstring of each module that has a `main`, by name. Nothing is imported."""
    found = {}
    for file in sorted(Path(__file__).parent.glob("[!_]*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            found[file.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def main() -> int:
    known = measurements()
    name, *words = sys.argv[1:] or [""]
    if name not in known:
        print("usage: python -m bench NAME [FOLDER] [OPTION]...   (--help after a name says more)\n")
        print("\n".join(f"  {name:15} {line}" for name, line in known.items()))
        return 0 if name in ("", "-h", "--help") else 2
    sys.argv = [f"bench {name}", *words]
    code = importlib.import_module(f"bench.{name}").main()
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())

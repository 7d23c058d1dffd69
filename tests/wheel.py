"""The wheel that users install, built from a checkout without any network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("crawler", "pipelines", "browse")


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder, by the setuptools of this environment; returns its path.

    It is built from a copy, so that the checkout gets no build/ and no egg-info. The copy has more than belongs into it.
    """
    source = folder / "source"
    source.mkdir(parents=True)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests/newspaper/sites", source / "tests/newspaper/sites")
    shutil.copytree(ROOT / "docs", source / "docs", ignore=shutil.ignore_patterns("pictures"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=source, capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return folder / done.stdout.splitlines()[-1]

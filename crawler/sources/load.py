"""The sources in seeds/: every TOML file, OPML list and text list in it, and all that is wrong with them."""

from __future__ import annotations

import difflib
import errno
import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crawler.sources.lists import read_list, read_opml
from crawler.sources.login import check_login, is_cookie_file
from crawler.sources.match_url import assign_source
from crawler.sources.model import Source, SourceProblem
from crawler.sources.toml import read_toml, write_toml
from crawler.wording import name_some
from pipelines.clean_text import quote_value
from pipelines.urls.normalize import is_http, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# Files in which people keep lists; without a problem of their own they would be skipped in silence.
_MISTAKEN = frozenset({".csv", ".tsv", ".json", ".yaml", ".yml", ".xls", ".xlsx", ".ods", ".doc", ".docx"})


@dataclass(frozen=True, slots=True)
class LoadedSources:
    """The sources that can be crawled, in order of id, and what is wrong with the others.

    `unknown` are the ids that were asked for and are in no file; each is a problem too.
    """

    sources: list[Source] = field(default_factory=list)
    problems: list[SourceProblem] = field(default_factory=list)
    unknown: tuple[str, ...] = ()


def load_sources(folder: Path, only: Sequence[str] = ()) -> LoadedSources:
    """Every source in the folder, or the ones named in `only`; a broken file costs only itself.

    A site with a TOML file of its own is taken from that file, whatever the lists say of it. With `only`, the
    problems of other files are left out, and an id that is not there is a problem.
    """
    if not folder.is_dir():
        message = "is not a folder" if folder.exists() else "does not exist"
        return LoadedSources(
            problems=[SourceProblem(folder, message, "Name the folder with your sources: --seeds DIR.")]
        )
    written, listed, problems = _read(folder)
    sources, doubled = _without_doubles(written)
    problems += doubled
    taken = {key(source.home) for source in sources} | {source.id for source in sources}
    for source in _merged(listed):
        if key(source.home) not in taken and source.id not in taken:
            sources.append(source)
    sources.sort(key=lambda source: source.id)
    if only:
        return _chosen(folder, sources, problems, only)
    if not sources and not problems:
        problems.append(
            SourceProblem(folder, "holds no source", "Add one: clippings add https://www.example.org/")
        )
    return LoadedSources(sources, problems)


def assign_sources(urls: Sequence[str], folder: Path) -> tuple[list[Source], list[tuple[str, str]]]:
    """File each URL under its source: (the sources, [(source id, URL)]). Raises `ValueError` for no web address.

    The folder may be missing: a URL of no source in it is filed under its host's name.
    """
    bad = [url for url in urls if not is_http(url)]
    if bad:
        raise ValueError(
            f"{quote_value(bad[0])} is not a web address; it must begin with http:// or https://"
        )
    listed = load_sources(folder).sources if folder.is_dir() and any(folder.iterdir()) else []
    sources = {source.id: source for source in listed}
    assigned = [(assign_source(url, sources.values()), url) for url in urls]
    used = {source.id: source for source, _ in assigned}
    return list(used.values()), [(source.id, url) for source, url in assigned]


def write_source(source: Source, folder: Path) -> Path:
    """Write `<id>.toml` into the folder, which is made when missing; returns its path.

    Raises `FileExistsError` rather than touch a file that is there, and other `OSError`s.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source.id}.toml"
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(write_toml(source))
    return path


def _read(folder: Path) -> tuple[list[Source], list[Source], list[SourceProblem]]:
    """Sources with a file of their own, sources from lists, and problems."""
    written: list[Source] = []
    listed: list[Source] = []
    problems: list[SourceProblem] = []
    try:
        paths = sorted(
            path for path in folder.rglob("*.*") if not path.is_dir() and not _is_hidden(folder, path)
        )
    except OSError as error:
        return [], [], [SourceProblem(folder, f"cannot be read ({error.strerror})", "Check its permissions.")]
    for path in paths:
        suffix = path.suffix.lower()
        if suffix == ".toml":
            source, wrong = read_toml(path)
            if source is not None:
                wrong, notes = check_login(source, time.time())
                written += [] if wrong else [replace(source, notes=(*source.notes, *notes))]
        elif suffix in (".opml", ".xml"):  # .xml: what some feed readers call their export
            found, wrong = read_opml(path)
            listed += found
        elif suffix == ".txt" and is_cookie_file(path):
            wrong = [SourceProblem(path, "is a file of cookies", "Put it beside seeds/, not into it.")]
        elif suffix == ".txt":
            found, wrong = read_list(path)
            listed += found
        elif suffix in _MISTAKEN:
            wrong = [
                SourceProblem(path, "is not a list Clippings reads", "Write .toml, .opml or .txt files.")
            ]
        else:
            continue
        problems += wrong
    return written, listed, problems


def _is_hidden(folder: Path, path: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _without_doubles(written: list[Source]) -> tuple[list[Source], list[SourceProblem]]:
    """The first file of each site; a second one for the same home page, or of the same name, is a problem."""
    kept: dict[str, Source] = {}
    ids: dict[str, Source] = {}
    problems = []
    for source in written:
        named = ids.setdefault(source.id, source)
        if named is not source and named.file and source.file:
            problems.append(
                SourceProblem(source.file, f"{named.file} has the same name", "Rename one of the two.")
            )
            continue
        first = kept.setdefault(key(source.home), source)
        if first is not source and first.file and source.file:
            problems.append(
                SourceProblem(
                    source.file,
                    f"{first.file.name} follows this site already",
                    "Delete one of the two.",
                    "home",
                )
            )
    return list(kept.values()), problems


def _merged(listed: list[Source]) -> Iterable[Source]:
    """Sources of one id from several lists, made one."""
    by_id: dict[str, Source] = {}
    for source in listed:
        known = by_id.get(source.id)
        if known is None:
            by_id[source.id] = source
            continue
        by_id[source.id] = replace(
            source if source.discover and not known.discover else known,
            feeds=tuple(dict.fromkeys(known.feeds + source.feeds)),
            sitemaps=tuple(dict.fromkeys(known.sitemaps + source.sitemaps)),
            sections=tuple(dict.fromkeys(known.sections + source.sections)),
            language=known.language or source.language,
            discover=known.discover or source.discover,
        )
    return by_id.values()


def _chosen(
    folder: Path, sources: list[Source], problems: list[SourceProblem], only: Sequence[str]
) -> LoadedSources:
    ids = {source.id for source in sources}
    concerned = [problem for problem in problems if problem.file.stem in only]
    broken = {problem.file.stem for problem in concerned}
    unknown = tuple(wanted for wanted in dict.fromkeys(only) if wanted not in ids and wanted not in broken)
    for wanted in unknown:
        near = difflib.get_close_matches(wanted, ids, n=3)
        if near:
            remedy = f"Did you mean {' or '.join(near)}?"
        elif ids:
            remedy = f"There are: {name_some(sorted(ids))}."
        else:
            remedy = "Add one: clippings add https://www.example.org/"
        concerned.append(SourceProblem(folder, f"no source is called {quote_value(wanted)}", remedy))
    return LoadedSources([source for source in sources if source.id in only], concerned, unknown)

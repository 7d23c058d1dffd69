"""Measure what single rules of the text are worth, and where their constants stand.

    python -m bench rules DIR [--rule NAME]... [--stage NAME]... [--set NAME]... [--half 0|1]
    python -m bench rules DIR --constant MODULE.NAME --values V,V,V [--set NAME]...

DIR is a folder of pages with known answers, as for `text`. A row a rule and a set: the pages that it changes, those that
become better and worse by it and their sites, and what it adds to F1 and clean. A rule is left out on the pages on which
it finds something; on the others it cannot change anything. A stage of the text is left out on all pages. With `--constant`, a row a value instead: F1 and clean of
each set, beside those of the value that stands in the program.

Pages are read one by one: what the memory of a site changes is not in these figures.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.harness import argument_parser
from bench.quality import TEXT_STAGES, page_of, prediction, stages_without
from bench.text import TEXT_SETS, Compared, Scores, load_judge, read_rows, score_page, summarize
from pipelines.extraction.extract import ALL_STAGES, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.text import Row
    from pipelines.extraction.extract import Stages

_CONTENT = "pipelines.extraction.content"
_SAME = 1e-9


class Rule(NamedTuple):
    """A function that finds something, and what it returns where it finds nothing."""

    module: str
    function: str
    nothing: Any = False


RULES = {
    "link line": Rule(f"{_CONTENT}.edge_lines", "_is_link_line"),
    "contact": Rule(f"{_CONTENT}.edge_lines", "_is_contact"),
    "signature": Rule(f"{_CONTENT}.edge_lines", "_is_signature"),
    "credits": Rule(f"{_CONTENT}.edge_lines", "_is_credits"),
    "name alone": Rule(f"{_CONTENT}.edge_lines", "_is_name"),
    "author's note": Rule(f"{_CONTENT}.edge_lines", "_begins_with_name"),
    "prompt": Rule(f"{_CONTENT}.edge_lines", "_is_prompt"),
    "linked sentences": Rule(f"{_CONTENT}.insets", "_find_linked_sentences", set()),
    "list of the story": Rule(f"{_CONTENT}.insets", "_is_list_of_story"),
    "box": Rule(f"{_CONTENT}.insets", "_judge_box", None),
    "label before the rest": Rule(f"{_CONTENT}.insets", "_announces_others"),
    "table of links": Rule(f"{_CONTENT}.insets", "_is_table_of_links"),
    "pager": Rule(f"{_CONTENT}.line_filters", "_is_pager"),
    "pulled quotation": Rule(f"{_CONTENT}.line_filters", "_is_pulled_quote"),
    "headline again": Rule(f"{_CONTENT}.line_filters", "_repeats"),
    "mislabelled": Rule(f"{_CONTENT}.main_content", "_may_be_mislabelled"),
    "apart from the story": Rule(f"{_CONTENT}.main_content", "_stands_apart"),
    "intro named teaser": Rule("pipelines.extraction.metadata.standfirst", "_is_intro_teaser"),
    "next story": Rule(f"{_CONTENT}.story_end", "_begins_story"),
    "path": Rule(f"{_CONTENT}.edge_lines", "_is_path"),
    "parted": Rule(f"{_CONTENT}.edge_lines", "_is_parted"),
    "footnotes": Rule(f"{_CONTENT}.edge_lines", "_find_footnotes", []),
    "labels of boxes": Rule(f"{_CONTENT}.line_filters", "find_labels_of_boxes", []),
    "subtitle": Rule("pipelines.extraction.metadata.standfirst", "_is_subtitle"),
    "rights": Rule(f"{_CONTENT}.main_content", "_states_rights"),
    "bullets": Rule("pipelines.extraction.metadata.standfirst", "_find_bullets", set()),
    "cut off": Rule(f"{_CONTENT}.story_end", "_are_cut_off"),
}


def main() -> None:
    parser = argument_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rule", dest="rules", action="append", choices=tuple(RULES))
    parser.add_argument("--stage", dest="stages", action="append", default=[], choices=TEXT_STAGES)
    parser.add_argument("--constant", help="as content.edge_lines._TAIL_LINK")
    parser.add_argument("--values", default="", help="with --constant, separated by commas")
    parser.add_argument("--set", dest="sets", action="append", choices=TEXT_SETS, help="only this set")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only every other site")
    args = parser.parse_args()
    judge = load_judge(args.folder)
    found = read_rows(args.folder, args.half)
    rows = [(name, row) for name in args.sets or TEXT_SETS if name != "sites" for row in found.get(name, [])]
    if args.constant:
        sweep(judge, rows, args.constant, [float(value) for value in args.values.split(",") if value])
        return
    print(
        "| rule | set | changed | better | worse | sites better / worse | F1 | clean |\n" + "|---" * 8 + "|"
    )
    names = args.rules or (() if args.stages else tuple(RULES))
    with_rules, fired = measure_with_rules(judge, rows, names)
    for name in names:
        rule = RULES[name]
        with replaced(rule.module, rule.function, lambda *_, nothing=rule.nothing: nothing):
            without = {n: read_and_score(judge, rows[n][1]) for n in fired[name]}
        for line in format_rule(name, rows, with_rules, without):
            print(line, flush=True)
    for stage in args.stages:
        stages = stages_without(frozenset([stage]))
        without = {n: read_and_score(judge, row, stages) for n, (_, row) in enumerate(rows)}
        for line in format_rule(stage, rows, with_rules, without):
            print(line, flush=True)


def measure_with_rules(
    judge: Any, rows: list[tuple[str, Row]], names: tuple[str, ...]
) -> tuple[list[Scores], dict[str, list[int]]]:
    """Return the scores of all pages, and for each rule the numbers of the pages on which it finds something."""
    fired: dict[str, list[int]] = {name: [] for name in names}
    scores = []
    for n, (_, row) in enumerate(rows):
        seen: set[str] = set()
        undo = [watch(RULES[name], name, seen) for name in names]
        scores.append(read_and_score(judge, row))
        for put_back in undo:
            put_back()
        for name in seen:
            fired[name].append(n)
    return scores, fired


def watch(rule: Rule, name: str, seen: set[str]) -> Callable[[], None]:
    """Note when a rule finds something; return what ends this."""
    module = importlib.import_module(rule.module)
    original = getattr(module, rule.function)

    def watched(*values: Any) -> Any:
        found = original(*values)
        if found:
            seen.add(name)
        return found

    setattr(module, rule.function, watched)
    return lambda: setattr(module, rule.function, original)


@contextmanager
def replaced(module_name: str, name: str, value: Any) -> Iterator[None]:
    """Put another value in the place of a module's name for a while."""
    module = importlib.import_module(module_name)
    original = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, original)


def read_and_score(judge: Any, row: Row, stages: Stages = ALL_STAGES) -> Scores:
    """Return the scores of a page as the program reads it now."""
    article = run(page_of(row.folder, row.answer), stages).article
    return score_page(judge, row, prediction(row.answer, article))


def format_rule(
    name: str, rows: list[tuple[str, Row]], after: list[Scores], without: dict[int, Scores]
) -> Iterator[str]:
    """Yield a line for each set that a rule changes."""
    for dataset in dict.fromkeys(dataset for dataset, _ in rows):
        own = [n for n, (other, _) in enumerate(rows) if other == dataset]
        pages = [Compared(rows[n][1], without.get(n, after[n]), after[n]) for n in own]
        better = [p for p in pages if p.after["F1"] > p.before["F1"] + _SAME]
        worse = [p for p in pages if p.after["F1"] < p.before["F1"] - _SAME]
        if not better and not worse:
            continue
        sites = " / ".join(str(len({p.row.site for p in some})) for some in (better, worse))
        one, other = (summarize(dataset, [getattr(p, side) for p in pages]) for side in ("before", "after"))
        yield (
            f"| {name} | {dataset} | {len(better) + len(worse)} | {len(better)} | {len(worse)} | {sites} "
            f"| {other['F1'] - one['F1']:+.4f} | {other['clean'] - one['clean']:+.4f} |"
        )


def sweep(judge: Any, rows: list[tuple[str, Row]], constant: str, values: list[float]) -> None:
    """Print F1 and clean of each set for each value of a constant."""
    place, _, name = constant.rpartition(".")
    module = f"pipelines.extraction.{place}"
    stands = getattr(importlib.import_module(module), name)
    datasets = list(dict.fromkeys(dataset for dataset, _ in rows))
    print(f"| {name} | " + " | ".join(datasets) + " |\n" + "|---" * (1 + len(datasets)) + "|")
    for value in dict.fromkeys([*values, stands]):
        with replaced(module, name, value):
            scores = [(dataset, read_and_score(judge, row)) for dataset, row in rows]
        means = [summarize(dataset, [s for own, s in scores if own == dataset]) for dataset in datasets]
        cells = " | ".join(f"{mean['F1']:.4f} / {mean['clean']:.3f}" for mean in means)
        print(f"| {value:g}{' *' if value == stands else ''} | {cells} |", flush=True)


if __name__ == "__main__":
    main()

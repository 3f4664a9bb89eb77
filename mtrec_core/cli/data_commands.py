"""`import` and `check`: from files to a dataset that can be trained. No torch here."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from mtrec_core.cli.arguments import DATASET_FILE, find_dataset
from mtrec_core.cli.output import console, plain_table, print_json
from mtrec_core.data.issues import Issue
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import SPLIT_NAMES, DatasetSpec
from mtrec_core.home import Home

if TYPE_CHECKING:
    from mtrec_core.data.profile import Profile

LEVEL_COLOURS = {"blocking": "bold red", "warning": "yellow", "info": "cyan"}


def import_tables(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, TSV, Parquet, JSONL or XLSX, plain or gzip.", show_default=False),
    ],
    name: Annotated[
        str, typer.Option("--name", help="What the dataset is called from then on.", show_default=False)
    ],
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Leave the tables where they are; all must lie in one folder.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Make a dataset of tables by guessing what they hold.

    The guess (entities, keys, texts, tasks) goes into a dataset.toml, with the reasons, plain enough to
    correct by hand. The tables are copied beside it. A column of events such as view, cart, purchase becomes
    a task per event.

    \b
    Examples:
      python -m mtrec_core import users.csv items.csv purchases.csv --name shop
      python -m mtrec_core import interactions.parquet --name big --in-place
    """
    from mtrec_core.data.importing import import_dataset

    home = Home.from_environment()
    spec = import_dataset(
        [file.expanduser() for file in files], name, home.root / "datasets", copy=not in_place
    )
    written = spec.folder / DATASET_FILE
    reasons = [
        line[4:] for line in written.read_text(encoding="utf-8").splitlines() if line.startswith("# - ")
    ]
    if as_json:
        print_json({"dataset": name, "file": str(written), **description(spec), "reasons": reasons})
        return
    out = console()
    out.print(f"Dataset {name}, guessed from {len(files)} files")
    print_description(out, spec)
    out.print("\nWhy")
    for reason in reasons:
        out.print(f"  {reason}", markup=False)
    out.print(f"\nCorrect {written} where the guess is wrong,", soft_wrap=True, markup=False)
    out.print(f"then: python -m mtrec_core check {name}", markup=False)


def check_dataset(
    dataset: Annotated[
        str,
        typer.Argument(
            help="A dataset folder, its dataset.toml, or the name of an imported one.", show_default=False
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Look for what would spoil a training of a dataset.

    Such as values of the wrong type, labels that leak, keys that fit nothing. Each finding says where it is
    and how to mend it. Exit code 2 when something blocks a training, else 0.

    \b
    Examples:
      python -m mtrec_core check sample_data/shop
      python -m mtrec_core check shop --json
    """
    from mtrec_core.data.checks.run import check
    from mtrec_core.data.profile import profile
    from mtrec_core.data.spec_file import load_dataset_spec

    spec = load_dataset_spec(find_dataset(dataset, Home.from_environment()))
    issues = check(spec)
    blocked = any(issue.level == "blocking" for issue in issues)
    numbers = None if blocked else profile(spec)
    if as_json:
        print_json(
            {
                "dataset": spec.name,
                "folder": str(spec.folder),
                "blocked": blocked,
                "issues": [issue.to_json() for issue in issues],
                "profile": numbers.to_json() if numbers else None,
                **description(spec),
            }
        )
    else:
        out = console()
        out.print(f"Dataset {spec.name} in {spec.folder}", soft_wrap=True)
        print_description(out, spec)
        if numbers:
            print_splits(out, numbers)
        print_issues(out, issues)
        if not blocked:
            out.print(f"\nReady: python -m mtrec_core train {dataset}", soft_wrap=True)
    if blocked:
        raise typer.Exit(2)


def description(spec: DatasetSpec) -> dict[str, Any]:
    """Entities and tasks of a dataset as plain values."""
    return {
        "entities": {
            entity.name: {
                "table": entity.table,
                "key": entity.key,
                "text": entity.text,
                "categorical": list(entity.categorical),
                "numeric": list(entity.numeric),
                "history": entity.history.table if entity.history else None,
            }
            for entity in spec.entities.values()
        },
        "tasks": {
            task.name: {
                "title": task.title,
                "kind": task.kind,
                "table": task.table,
                "inputs": list(task.inputs),
                "label": task.label,
            }
            for task in spec.tasks.values()
        },
    }


def print_description(out: Console, spec: DatasetSpec) -> None:
    """The entities and the tasks as two tables."""
    entities = [
        (
            entity.name,
            entity.table or "in the fact tables",
            entity.key or "",
            entity.text or "",
            ", ".join((*entity.categorical, *entity.numeric)),
        )
        for entity in spec.entities.values()
    ]
    tasks = [
        (task.name, TASK_KINDS[task.kind].title, task.table, " + ".join(task.inputs), task.label or "")
        for task in spec.tasks.values()
    ]
    out.print()
    out.print(plain_table(("entity", "table", "key", "text", "features"), entities))
    out.print()
    out.print(plain_table(("task", "kind", "table", "inputs", "label"), tasks))


def print_splits(out: Console, numbers: "Profile") -> None:
    """How many labelled rows of each task train, choose and judge the model, and how they were drawn."""
    rows = [
        (task.name, *(f"{task.splits[split]:,}" for split in SPLIT_NAMES), task.split_text)
        for task in numbers.tasks
    ]
    out.print()
    out.print(plain_table(("task", *SPLIT_NAMES, "split"), rows, right=SPLIT_NAMES))


def print_issues(out: Console, issues: Sequence[Issue]) -> None:
    """One paragraph per issue, blocking ones first."""
    out.print()
    if not issues:
        out.print("Nothing to object to.")
        return
    for issue in issues:
        place = ", ".join(
            part
            for part in (
                f"task {issue.task}" if issue.task else "",
                issue.table,
                f"column {issue.column}" if issue.column else "",
                f"rows {', '.join(map(str, issue.rows))}" if issue.rows else "",
            )
            if part
        )
        line = Text.assemble((f"{issue.level}: ", LEVEL_COLOURS[issue.level]), issue.text)
        out.print(line)
        if place:
            out.print(f"  where: {place}", markup=False)
        if issue.examples:
            out.print(f"  such as: {' | '.join(issue.examples)}", markup=False)
        out.print(f"  mend: {issue.fix}", markup=False)
    count = {level: sum(issue.level == level for issue in issues) for level in LEVEL_COLOURS}
    out.print(f"\n{count['blocking']} blocking, {count['warning']} warnings, {count['info']} to know.")

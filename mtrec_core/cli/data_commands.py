"""`import` and `check`: from files to a dataset that can be trained. No torch here."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from mtrec_core.cli.arguments import DATASET_FILE, find_dataset
from mtrec_core.cli.output import console, plain_table, print_json
from mtrec_core.data.issues import Issue
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import UserError
from mtrec_core.home import Home

LEVEL_COLOURS = {"blocking": "bold red", "warning": "yellow", "info": "cyan"}
NAME_RULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def import_tables(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, TSV, Parquet, JSONL or XLSX, plain or gzip.", show_default=False),
    ],
    name: Annotated[
        str, typer.Option("--name", help="What the dataset is called from then on.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace an imported dataset of that name.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Make a dataset of tables by guessing what they hold.

    The guess (entities, keys, texts, tasks) goes into a dataset.toml, plain enough to correct by hand.
    The tables stay where they are. A column of events such as view, cart, purchase becomes a task per event.

    \b
    Examples:
      python -m mtrec_core import users.csv items.csv purchases.csv --name shop
      python -m mtrec_core import courses.xlsx --name courses
    """
    from mtrec_core.data.detect import detect_dataset
    from mtrec_core.data.spec_writer import write_dataset_spec

    home = Home.from_environment()
    if not NAME_RULE.fullmatch(name):
        raise UserError(
            f"--name {name!r}: use letters, digits, - and _ only, at most 64, such as --name my_shop."
        )
    folder = home.root / "datasets" / name
    if (folder / DATASET_FILE).exists() and not force:
        raise UserError(
            f"There is a dataset {name} already, in {folder}. Choose another --name, or replace it with "
            "--force."
        )
    detected = detect_dataset([path.expanduser() for path in files], name)
    written = write_dataset_spec(detected.spec, home.datasets / name, detected.notes)
    if as_json:
        print_json(
            {
                "dataset": name,
                "file": str(written),
                **description(detected.spec),
                "notes": list(detected.notes),
            }
        )
        return
    out = console()
    out.print(f"Dataset {name} is in {written}", soft_wrap=True)
    print_description(out, detected.spec)
    for sentence in detected.notes:
        out.print(f"Note: {sentence}", markup=False)
    out.print(
        f"\nCorrect the file where the guess is wrong, then: python -m mtrec_core check {name}",
        soft_wrap=True,
    )


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
    if as_json:
        numbers = None if blocked else profile(spec)
        print_json(
            {
                "dataset": spec.name,
                "folder": str(spec.folder),
                "blocked": blocked,
                "issues": [issue.to_json() for issue in issues],
                "profile": numbers,
                **description(spec),
            }
        )
    else:
        out = console()
        out.print(f"Dataset {spec.name} in {spec.folder}", soft_wrap=True)
        print_description(out, spec)
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

"""What the commands' arguments mean: datasets, runs, lists of names and numbers. No torch here."""

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtrec_core.errors import UserError
from mtrec_core.home import Home

if TYPE_CHECKING:
    from mtrec_core.store.records import RunRecord

DATASET_FILE = "dataset.toml"


def find_dataset(named: str, home: Home) -> Path:
    """The folder of a dataset: given as a folder, as its `dataset.toml`, or by the name of an import."""
    path = Path(named).expanduser()
    if path.name == DATASET_FILE and path.is_file():
        return path.parent.resolve()
    if (path / DATASET_FILE).is_file():
        return path.resolve()
    imported = home.root / "datasets" / named
    if "/" not in named and (imported / DATASET_FILE).is_file():
        return imported
    if path.is_dir():
        raise UserError(
            f"The folder {path} holds no {DATASET_FILE}. Write one by hand (docs/design.md shows how), or "
            f"let `python -m mtrec_core import {path}/FILES --name NAME` guess it from the tables."
        )
    if path.is_file():
        raise UserError(
            f"{path} is a table, not a dataset. Make a dataset of it first: "
            f"python -m mtrec_core import {path} --name {path.name.split('.')[0]}"
        )
    known = imported_datasets(home)
    near = difflib.get_close_matches(named, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    listed = f" Imported so far: {', '.join(known)}." if known else " Nothing has been imported so far."
    raise UserError(
        f"There is no dataset {named}: no folder, no {DATASET_FILE} and no imported dataset.{hint}{listed}"
    )


def imported_datasets(home: Home) -> list[str]:
    """Names of the datasets that `import` has made, sorted."""
    return sorted(path.parent.name for path in (home.root / "datasets").glob(f"*/{DATASET_FILE}"))


def find_run(named: str, home: Home) -> "RunRecord":
    """The run with that id, with an id that begins so, or the newest for `last`."""
    from mtrec_core.store.store import Store

    with Store.open(home.database_url) as store:
        return store.get_run(named)


def split_names(text: str, option: str) -> tuple[str, ...]:
    """`a, b` as (a, b); UserError for an empty list."""
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise UserError(f"{option} is empty; write names with commas between them, such as {option} a,b.")
    return names


def named_numbers(text: str, option: str) -> dict[str, float]:
    """`purchase=1,ad_click=0.5` as a dict; UserError says which part isn't NAME=NUMBER."""
    numbers: dict[str, float] = {}
    for part in split_names(text, option):
        name, equals, value = part.partition("=")
        try:
            numbers[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise UserError(
                f"{option}: '{part}' is not NAME=NUMBER; write for instance {option} purchase=1,ad_click=0.5."
            )
    return numbers


def assignments(pairs: Sequence[str]) -> dict[str, str]:
    """`["training.epochs=3"]` as a dict; UserError says which one isn't NAME=VALUE."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UserError(f"--set: '{pair}' is not NAME=VALUE; write for instance --set training.epochs=3.")
        values[name.strip()] = value.strip()
    return values


def check_task_names(names: Iterable[str], known: Iterable[str], option: str) -> None:
    """UserError for a name that is no task of the dataset, with the nearest one."""
    tasks = list(known)
    for name in names:
        if name not in tasks:
            near = difflib.get_close_matches(name, tasks, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UserError(
                f"{option} names the task {name}, which the dataset lacks.{hint} "
                f"Its tasks: {', '.join(tasks)}."
            )

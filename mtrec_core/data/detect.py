"""Tables in, a guessed dataset out: things, their features and tasks, each with its reason. No torch here.

In four steps: measure the columns (`looks`), find keys and what points to them (`references`), sort the
columns of each table (`event_tables`), write entities and tasks (`guess_features`, `guess_labels`,
`guess_tasks`). The guess is meant to be corrected by hand; `import` writes it with its reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mtrec_core.data.event_tables import ASKING, event_table
from mtrec_core.data.guess_features import Features, guess_features
from mtrec_core.data.guess_labels import LabelGuess, any_label, named_label, task_name
from mtrec_core.data.guess_tasks import Tasks, declared_split, tasks_of_events
from mtrec_core.data.nothing_found import why_nothing
from mtrec_core.data.references import Found, Thing, find_things
from mtrec_core.data.roles import PROFILE_WORDS, with_article, words_of
from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, TaskSpec
from mtrec_core.data.table_looks import TableLook, Tables, look_at_files
from mtrec_core.errors import DataError

HISTORY_BY_TIME = 20
HISTORY_WITHOUT_TIME = 50
"""Without an order the window can't prefer the latest events, so it takes more of them."""


@dataclass(frozen=True, kw_only=True)
class DetectedDataset:
    """A guess, and one line for each decision in it."""

    spec: DatasetSpec
    notes: list[str]


def detect_dataset(files: Sequence[Path], name: str) -> DetectedDataset:
    """Guess a dataset from files.

    `spec.folder` and `spec.tables` are the folder of the first file. Raises DataError for files that are no
    tables, and when nothing in them looks like something to predict.
    """
    return detect_in(look_at_files(list(files)), Path(files[0]).parent, name)


def detect_in(tables: Tables, folder: Path, name: str) -> DetectedDataset:
    """The same for tables that are read and measured already."""
    found = find_things(tables.looks)
    notes = [*tables.notes, *found.notes]
    tasks = Tasks()
    for look in tables.looks:
        if look.file not in {thing.file for thing in found.things.values()}:
            events = event_table(look, found, notes)
            if events:
                tasks_of_events(events, tasks)
    for look in tables.looks:
        _tasks_of_thing(look, found, tasks)
    _drop_spares(tasks)
    if not tasks.found:
        raise DataError(why_nothing(tables.looks))
    looks = {look.file: look for look in tables.looks}
    measured = len(notes)
    entities = _entities(found, looks, tasks.found, notes)
    _drop_tasks_of_nothing(tasks, entities)
    if not tasks.found:
        raise DataError(why_nothing(tables.looks, [*notes[measured:], *tasks.notes]))
    used = {entity for task in tasks.found.values() for entity in task.inputs}
    entities = {entity: spec for entity, spec in entities.items() if entity in used}
    spec = DatasetSpec(name=name, folder=folder, tables=folder, entities=entities, tasks=tasks.found)
    spec = replace(spec, entities=_with_histories(spec, found, looks, notes))
    return DetectedDataset(spec=spec, notes=notes + tasks.notes)


def _tasks_of_thing(look: TableLook, found: Found, tasks: Tasks) -> None:
    """Labels in the table of a thing: what names give away, else anything if the table stands alone."""
    thing = next((thing for thing in found.things.values() if thing.file == look.file), None)
    if thing is None:
        return
    columns = [column for column in look.columns.values() if column.name != thing.key]
    labels = [guess for column in columns if (guess := named_label(column))]
    if look.file in found.alone:
        prose = any(column.is_prose for column in columns)
        if prose:
            labels = [guess for column in columns if (guess := any_label(column))]
        elif not labels and columns and (last := any_label(columns[-1])):
            labels = [last]
    else:
        labels = [guess for guess in labels if guess.kind in ("binary", "multiclass", "multilabel")]
        labels = [
            guess for guess in labels if thing.role == "user" or guess.kind != "binary" or guess.is_outcome
        ]
        if not labels and thing.role == "user":
            labels = _profile_label(look)
    for guess in labels:
        task = TaskSpec(
            name=task_name(guess.column),
            title=f"{task_name(guess.column)} of {with_article(thing.name)}".replace("_", " ").capitalize(),
            kind="regression" if guess.kind == "ranking" else guess.kind,
            table=look.file,
            test_table=look.test_file,
            inputs=(thing.name,),
            columns=(thing.key or thing.name,),
            label=guess.column,
            positive=guess.positive,
            separator=guess.separator,
            wanted=guess.wanted,
            split=declared_split(look),
        )
        tasks.add(task, f"'{guess.column}' is its label, {guess.why}")


def _profile_label(look: TableLook) -> list[LabelGuess]:
    for wanted in PROFILE_WORDS:
        for column in look.columns.values():
            if wanted in words_of(column.name) and (guess := any_label(column)):
                return [replace(guess, why="a fact about a person, and nothing else there is to predict")]
    return []


def _drop_spares(tasks: Tasks) -> None:
    """Drop the retrieval out of a table of ratings where another table says what was taken."""
    for name in tasks.only_if_alone:
        task = tasks.found[name]
        if any(
            t.kind == "retrieval" and t.inputs == task.inputs for n, t in tasks.found.items() if n != name
        ):
            tasks.drop(name, f"{task.table} is for ratings only: another table says what was taken.")


def _drop_tasks_of_nothing(tasks: Tasks, entities: dict[str, EntitySpec]) -> None:
    """Drop tasks about a thing of which the tables say nothing: no key, no text, no feature."""
    for name, task in list(tasks.found.items()):
        empty = next(
            (
                thing
                for thing in task.inputs
                if not (e := entities[thing]).key and not (e.text or e.categorical or e.numeric)
            ),
            None,
        )
        if empty:
            tasks.drop(name, f"{task.table}: no task '{name}', since no column could describe its '{empty}'.")


def _entities(
    found: Found, looks: dict[str, TableLook], tasks: dict[str, TaskSpec], notes: list[str]
) -> dict[str, EntitySpec]:
    labels = {(task.table, task.label) for task in tasks.values() if task.label}
    entities: dict[str, EntitySpec] = {}
    for thing in found.things.values():
        features = _features(thing, looks, labels)
        notes += features.notes
        entities[thing.name] = EntitySpec(
            name=thing.name,
            table=thing.file,
            key=thing.key,
            text=features.text,
            categorical=features.categorical,
            numeric=features.numeric,
        )
    return entities


def _features(thing: Thing, looks: dict[str, TableLook], labels: set[tuple[str, str]]) -> Features:
    if thing.file:
        look = looks[thing.file]
        left_out = {label for table, label in labels if table == thing.file} | {thing.key or ""}
        return guess_features(look.columns.values(), left_out, thing.file)
    columns = []
    for name in thing.described_by:
        columns += [look.columns[name] for look in looks.values() if name in look.columns][:1]
    return guess_features(columns, {label for _, label in labels}, thing.name)


def _with_histories(
    spec: DatasetSpec, found: Found, looks: dict[str, TableLook], notes: list[str]
) -> dict[str, EntitySpec]:
    """Entities that ask again and again, with what they took before."""
    entities = dict(spec.entities)
    for name, entity in spec.entities.items():
        events = [
            task
            for task in spec.tasks.values()
            if task.kind == "retrieval" and task.inputs[0] == name and len(set(task.inputs)) > 1
            if entity.key and found.things[name].role not in ASKING
            if looks[task.table].columns[task.columns[0]].repeats >= 2
        ]
        if not events:
            continue
        task = max(events, key=lambda task: (task.time is not None, looks[task.table].rows))
        size = HISTORY_BY_TIME if task.time else HISTORY_WITHOUT_TIME
        history = HistorySpec(table=task.table, item=task.columns[-1], time=task.time, max=size)
        entities[name] = replace(entity, history=history)
        order = (
            f"before the moment, by '{task.time}'"
            if task.time
            else "in training rows, since there is no time"
        )
        notes.append(f"The history of {with_article(name)} is what {task.table} says {order}.")
    return entities

"""Checks of histories: they must know what comes before what, hold known things, and not always be empty."""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from mtrec_core.data.checks.declared import history_item_names
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.times import moment, unit_of
from mtrec_core.data.checks.wording import listed, one, quoted, share
from mtrec_core.data.issues import Issue, first_rows, shorten
from mtrec_core.data.reading import FIRST_ROW, NO_TIME

NEARLY_ALL = 0.95


def untimed_history(material: Material) -> Iterator[Issue]:
    """A history without a time column beside tasks that have one."""
    for entity in material.spec.entities.values():
        history = entity.history
        if history is None or history.time is not None:
            continue
        timed = [
            task for task in material.spec.tasks.values() if task.time and entity.name in task.query_inputs
        ]
        if not timed:
            continue
        same = next((task.time for task in timed if task.table == history.table), None)
        hint = f'Add time = "{same}" to the history' if same else "Name the time column of the history"
        yield Issue(
            level="warning",
            code="untimed_history",
            table=history.table,
            column=history.item,
            text=f"The history of '{entity.name}' ({history.table}) has no time, but "
            f"{listed(task.name for task in timed)} have one: a training row would see events that came "
            "after it, and validation and test rows would not.",
            fix=f"{hint}, so that only earlier events count; or take the history out.",
        )


def history_target(material: Material) -> Iterator[Issue]:
    """A history whose item column belongs to no entity, or whose items no task knows."""
    for entity in material.spec.entities.values():
        history = entity.history
        if history is None:
            continue
        target = material.spec.entities.get(material.spec.item_entity_of(history))
        if target is None:
            yield Issue(
                level="blocking",
                code="history_target",
                table=history.table,
                column=history.item,
                text=f"The history of '{entity.name}' holds '{history.item}' of {history.table}, but no "
                "entity is called so or has it as its key.",
                fix=f"Set `item` of the history to one of the entities: {listed(material.spec.entities)}.",
            )
            continue
        if target.table is not None or not (target.text or target.categorical or target.numeric):
            continue
        names = history_item_names(material.spec, history)
        column = next((name for name in names if name in material.names(history.table)), None)
        coded = material.coded(history.table, column) if column else None
        if coded is None or column is None or material.dataset is None:
            continue
        is_known = pc.is_in(coded.values, material.dataset.entities[target.name].keys)
        known = np.append(np.asarray(is_known), True)
        strange = np.flatnonzero(~known[coded.codes_R])
        if len(strange) == 0:
            continue
        examples = shorten(coded.values.filter(pc.invert(is_known)).to_pylist())
        yield Issue(
            level="blocking" if len(strange) == len(coded.codes_R) else "warning",
            code="history_target",
            table=history.table,
            column=column,
            rows=first_rows(strange + FIRST_ROW),
            text=f"{share(len(strange), len(coded.codes_R))} events in the history of '{entity.name}' are "
            f"about {one(target.name)} that no task's table describes, such as {quoted(examples)}; they are "
            "left out.",
            fix=f"Give '{target.name}' a table of its own with all of them, or compare how the keys are "
            "written.",
            examples=examples,
        )


def empty_history(material: Material) -> Iterator[Issue]:
    """A task whose rows nearly all have no event before them."""
    if material.dataset is None:
        return
    for task in material.dataset.tasks.values():
        for position, ends_R in task.history_end_R.items():
            entity = material.dataset.entities[task.spec.inputs[position]]
            if entity.histories is None or entity.spec.history is None:
                continue
            starts_R = entity.histories.starts_N1[task.inputs[position]]
            empty = np.flatnonzero(ends_R <= starts_R)
            if len(empty) <= NEARLY_ALL * len(ends_R):
                continue
            rows = material.rows(task.spec)
            file, numbers = rows.place_compiled(empty) if rows else ("", ())
            spans = _spans(
                material, task.spec.table, task.spec.time, entity.spec.history.table, entity.spec.history.time
            )
            yield Issue(
                level="warning",
                code="empty_history",
                task=task.spec.name,
                table=file,
                column=task.spec.time or "",
                rows=numbers,
                text=f"{share(len(empty), len(ends_R))} rows of task '{task.spec.name}' have no event of "
                f"{entity.spec.history.table} before them, so the history of '{entity.spec.name}' says "
                f"nothing.{spans}",
                fix="Compare the keys and the times of both tables: their units (seconds, milliseconds), "
                "their days, and whether the events begin before the rows.",
            )


def _spans(material: Material, task_file: str, task_time: str | None, file: str, time: str | None) -> str:
    """From when to when both tables go; "" where one has no time."""
    spans = []
    for name, column in ((file, time), (task_file, task_time)):
        time_R = material.times(name, column) if column else None
        known = time_R[time_R != NO_TIME] if time_R is not None else np.zeros(0, np.int64)
        if column is None or time_R is None or len(known) == 0:
            return ""
        unit = unit_of(material.tables.column(name, column), time_R)
        spans.append(f"{moment(int(known.min()), unit)} to {moment(int(known.max()), unit)}")
    return f" Its events go from {spans[0]}, the rows from {spans[1]}."

"""Checks that cells are of the type that is needed: labels, numbers, times. No torch here."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.checks.declared import inline_files, task_files
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import listed, quoted, share
from mtrec_core.data.issues import Issue, shorten
from mtrec_core.data.keys import first_rows as first_row_of_each
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.labels import NO, YES
from mtrec_core.data.reading import FIRST_ROW, numbers, times
from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import DataError, WrongCellsError


def label_type(material: Material) -> Iterator[Issue]:
    """Labels that are not numbers, or not yes and no, where the kind of task needs them."""
    for task in material.spec.tasks.values():
        form = TASK_KINDS[task.kind].label
        if form in ("number", "grade"):
            yield from _labels_that_are_no_numbers(material, task)
        elif form == "zero_one":
            yield from _labels_that_are_no_answers(material, task)


def _labels_that_are_no_numbers(material: Material, task: TaskSpec) -> Iterator[Issue]:
    rows = material.rows(task)
    if rows is None or task.label not in rows.fact.names:
        return
    try:
        numbers(rows.fact.column(task.label), task.label)
    except WrongCellsError as error:
        file, place = rows.place(np.array(error.rows) - FIRST_ROW)
        yield Issue(
            level="blocking",
            code="label_type",
            task=task.name,
            table=file,
            column=task.label,
            rows=place,
            text=f"The label '{task.label}' of the {task.kind} task '{task.name}' must be a number, but "
            f"{share(error.count, len(rows))} rows hold something else, first in row {place[0]}: "
            f"{quoted(shorten(error.cells), 1)}.",
            fix="Write numbers, or empty cells for what is unknown. If the labels are names, the kind is "
            "'multiclass'.",
            examples=shorten(error.cells),
        )


def _labels_that_are_no_answers(material: Material, task: TaskSpec) -> Iterator[Issue]:
    rows = material.rows(task)
    if rows is None or task.label not in rows.fact.names:
        return
    coded = rows.fact.coded(task.label)
    used = first_row_of_each(coded.codes_R, len(coded.values)) >= 0
    if task.positive is not None:
        found = coded.values.filter(pa.array(used)).to_pylist()
        if task.positive in found or not found:
            return
        yield Issue(
            level="blocking",
            code="label_type",
            task=task.name,
            table=task.table,
            column=task.label,
            text=f"No row of task '{task.name}' has {task.label} = '{task.positive}', the value that counts "
            "as yes.",
            fix=f"Set `positive` to one of the values that the column holds: {listed(found)}.",
            examples=shorten(found),
        )
        return
    answers = pc.is_in(pc.utf8_lower(coded.values), pa.array((*YES, *NO)))
    is_wrong = np.append(~np.asarray(answers) & used, False)
    wrong = np.flatnonzero(is_wrong[coded.codes_R])
    if len(wrong) == 0:
        return
    file, place = rows.place(wrong)
    examples = shorten(coded.values.filter(pa.array(is_wrong[:-1])).to_pylist())
    if used.sum() == 2:
        choices = listed(coded.values.filter(pa.array(used)).to_pylist())
        fix = f"Say which value counts as yes: set `positive` to one of {choices}."
    else:
        fix = "Set `positive` to the value that counts as yes; or use the kind 'multiclass' or 'regression'."
    yield Issue(
        level="blocking",
        code="label_type",
        task=task.name,
        table=file,
        column=task.label,
        rows=place,
        text=f"The label '{task.label}' of the yes/no task '{task.name}' must be 0 or 1, true or false, yes "
        f"or no, but {share(len(wrong), len(rows))} rows hold something else, first in row {place[0]}: "
        f"{quoted(examples, 1)}.",
        fix=fix,
        examples=examples,
    )


def number_type(material: Material) -> Iterator[Issue]:
    """Text in a column that is declared as numeric."""
    for entity in material.spec.entities.values():
        files = (entity.table,) if entity.table else inline_files(material.spec, entity)
        for column in entity.numeric:
            for file in files:
                if column not in material.names(file):
                    continue
                cells = material.tables.column(file, column)
                if pa.types.is_temporal(cells.type):
                    continue
                try:
                    numbers(cells, column)
                except WrongCellsError as error:
                    yield Issue(
                        level="blocking",
                        code="number_type",
                        table=file,
                        column=column,
                        rows=error.rows,
                        text=f"'{column}' is declared as numeric for entity '{entity.name}', but "
                        f"{share(error.count, len(cells))} rows of {file} hold something else, first in row "
                        f"{error.rows[0]}: {quoted(shorten(error.cells), 1)}.",
                        fix=f"Write numbers or empty cells, or move '{column}' to `categorical`.",
                        examples=shorten(error.cells),
                    )


def time_type(material: Material) -> Iterator[Issue]:
    """Cells of a time column that are neither a date nor a number."""
    for file, column, purpose, task in time_columns(material):
        try:
            times(material.tables.column(file, column), column)
        except WrongCellsError as error:
            total = len(material.tables.column(file, column))
            yield Issue(
                level="blocking",
                code="time_type",
                task=task,
                table=file,
                column=column,
                rows=error.rows,
                text=f"'{column}', {purpose}, must hold dates or numbers, but {share(error.count, total)} "
                f"rows of {file} hold something else, first in row {error.rows[0]}: "
                f"{quoted(shorten(error.cells), 1)}.",
                fix="Write times as 2024-01-31 or 2024-01-31 18:30:00, all in the same way; empty cells "
                "are allowed.",
                examples=shorten(error.cells),
            )
        except DataError as error:
            yield Issue(
                level="blocking",
                code="time_type",
                task=task,
                table=file,
                column=column,
                text=f"'{column}', {purpose}, can't be read as times in {file}. {error}",
                fix="Write times as 2024-01-31 or 2024-01-31 18:30:00, all in the same way; empty cells "
                "are allowed.",
            )


def time_columns(material: Material) -> Iterator[tuple[str, str, str, str]]:
    """(file, column, what for, task or "") of the time columns that are there, each column of a file once."""
    seen: set[tuple[str, str]] = set()
    named = [
        (file, task.time, f"the time of task '{task.name}'", task.name)
        for task in material.spec.tasks.values()
        for file in task_files(task)
    ]
    named += [
        (entity.history.table, entity.history.time, f"the time of the history of '{entity.name}'", "")
        for entity in material.spec.entities.values()
        if entity.history
    ]
    for file, column, purpose, task in named:
        if column is not None and column in material.names(file) and (file, column) not in seen:
            seen.add((file, column))
            yield file, column, purpose, task

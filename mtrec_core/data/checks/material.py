"""What the checks look at: tables read once, a task's rows with their place in the files. No torch here.

Whatever can't be had (a missing file, an absent column) is None here, and the checks that need it stay
silent: the checks of the tables report it.

Shape suffix: R = rows of a task that passed `where`; those of them with all keys are the compiled rows.
"""

from functools import cached_property

import numpy as np
import pyarrow as pa

from mtrec_core.data.checks.declared import (
    Use,
    declared_columns,
    declared_files,
    key_column_names,
    task_files,
    text_columns,
)
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.dataset import Dataset
from mtrec_core.data.issues import first_rows
from mtrec_core.data.keys import Coded
from mtrec_core.data.labels import Labels, read_labels, where_possible
from mtrec_core.data.reading import FIRST_ROW, times
from mtrec_core.data.schema import DatasetSpec, EntitySpec, TaskSpec
from mtrec_core.data.tables import Fact, Tables
from mtrec_core.data.templates import render
from mtrec_core.errors import DataError, EmptyTableError


class FactRows:
    """The rows of a task as they stand in its files, before rows without a key are left out."""

    def __init__(self, task: TaskSpec, fact: Fact, keys: tuple[Coded | None, ...]) -> None:
        self.task = task
        self.fact = fact
        self.keys = keys
        """Per input the keys; None where their column isn't there, and for an entity without a key."""

    def __len__(self) -> int:
        return len(self.fact)

    @cached_property
    def complete_R(self) -> np.ndarray:
        """bool: whether a row has all its keys; the others are left out of training."""
        complete_R = np.ones(len(self), bool)
        for coded in self.keys:
            if coded is not None:
                complete_R &= coded.codes_R >= 0
        return complete_R

    def place(self, positions: np.ndarray) -> tuple[str, tuple[int, ...]]:
        """The file and the row numbers of some rows (ascending): those of the first file that has any."""
        size = self.fact.size_of_first
        in_first = positions[positions < size]
        number = 0 if len(in_first) or not len(positions) else 1
        inside = in_first if number == 0 else positions - size
        return self.fact.files[number], first_rows(self.fact.source_rows(number)[inside[:20]] + FIRST_ROW)

    def place_compiled(self, compiled: np.ndarray) -> tuple[str, tuple[int, ...]]:
        """The same for positions among the compiled rows."""
        return self.place(np.flatnonzero(self.complete_R)[compiled])


class Material:
    """Tables, rows, labels, texts and the compiled dataset; each is made when a check first asks for it."""

    def __init__(self, spec: DatasetSpec) -> None:
        self.spec = spec
        self.tables = Tables(spec)
        self.missing: list[str] = []
        """Files that aren't there."""
        self.failures: dict[str, str] = {}
        """File -> why it can't be read."""
        self.empty: list[str] = []
        """Files without rows."""
        for file in declared_files(spec):
            self._read(file)
        self._rows: dict[str, FactRows | None] = {}
        self._labels: dict[str, Labels | None] = {}
        self._texts: dict[str, pa.Array | None] = {}
        self.problem = ""
        """Why the dataset can't be compiled; "" where it can or where something else is in the way."""

    def _read(self, file: str) -> None:
        if not (self.spec.tables / file).is_file():
            self.missing.append(file)
            return
        try:
            self.tables.table(file)
        except EmptyTableError:
            self.empty.append(file)
        except DataError as error:
            self.failures[file] = str(error)

    def is_readable(self, file: str) -> bool:
        """Whether the file is a table with rows."""
        return file not in self.missing and file not in self.failures and file not in self.empty

    def names(self, file: str) -> list[str]:
        """The columns of a file; none where it can't be read."""
        return self.tables.names(file) if self.is_readable(file) else []

    def has(self, use: Use) -> bool:
        """Whether a declared column stands in one of its places, or one of these can't be looked at."""
        return any(not self.is_readable(file) or name in self.names(file) for file, name in use.places)

    def coded(self, file: str, name: str) -> Coded | None:
        """A column by its canonical texts."""
        return self.tables.coded(file, name) if name in self.names(file) else None

    def times(self, file: str, name: str) -> np.ndarray | None:
        """int64: a column as times; None also where a cell is no time."""
        if name not in self.names(file):
            return None
        try:
            return times(self.tables.column(file, name), name)
        except DataError:
            return None

    def rows(self, task: TaskSpec) -> FactRows | None:
        """The rows of a task; None where a file or a column of `where` is missing, or where no row passes."""
        if task.name not in self._rows:
            self._rows[task.name] = self._find_rows(task)
        return self._rows[task.name]

    def _find_rows(self, task: TaskSpec) -> FactRows | None:
        files = task_files(task)
        if any(name not in self.names(file) for file in files for name in task.where):
            return None
        if not all(self.is_readable(file) for file in files):
            return None
        try:
            fact = Fact(self.tables, files, task.where)
        except DataError:
            return None
        return FactRows(
            task, fact, tuple(self._keys(task, fact, position) for position in range(len(task.inputs)))
        )

    def _keys(self, task: TaskSpec, fact: Fact, position: int) -> Coded | None:
        names = key_column_names(self.spec, task, position)
        column = next((name for name in names if name in fact.names), None)
        return fact.coded(column) if column else None

    def labels(self, task: TaskSpec) -> Labels | None:
        """The labels of a task's rows with all classes that occur; None where they are of the wrong type."""
        if task.name not in self._labels:
            rows = self.rows(task)
            has_column = task.label is None or (rows is not None and task.label in rows.fact.names)
            try:
                labels = read_labels(task, rows.fact) if rows and has_column else None
                earlier = self.labels(self.spec.tasks[task.after]) if task.after else None
                self._labels[task.name] = where_possible(labels, earlier) if labels and earlier else labels
            except DataError:
                self._labels[task.name] = None
        return self._labels[task.name]

    def texts(self, entity: EntitySpec) -> pa.Array | None:
        """The text of each row of the entity's own table, or of each thing (by code) of an inline entity."""
        if entity.name not in self._texts:
            self._texts[entity.name] = self._find_texts(entity)
        return self._texts[entity.name]

    def _find_texts(self, entity: EntitySpec) -> pa.Array | None:
        columns = text_columns(entity)
        if entity.text is None or not columns:
            return None
        if entity.table is None:
            compiled = self.dataset.entities.get(entity.name) if self.dataset else None
            return compiled.texts if compiled else None
        if not all(column in self.names(entity.table) for column in columns):
            return None
        return render(entity.text, self.tables.table(entity.table))

    def key_column(self, task: TaskSpec, position: int) -> str:
        """The column in a task's table that holds the keys of an input; "" for an entity without a key."""
        names = key_column_names(self.spec, task, position)
        return next((name for name in names if name in self.names(task.table)), "")

    @cached_property
    def is_whole(self) -> bool:
        """Whether all that the declaration names is there, so that the dataset can be compiled."""
        if self.missing or self.failures or self.empty:
            return False
        if not all(self.has(use) for use in declared_columns(self.spec)):
            return False
        return all(self.rows(task) is not None for task in self.spec.tasks.values())

    @cached_property
    def dataset(self) -> Dataset | None:
        """The compiled dataset."""
        if not self.is_whole:
            return None
        try:
            return compile_dataset(self.spec)
        except DataError as error:
            self.problem = str(error)
            return None

"""The tables of a dataset in compiling: each file read once, each column coded once. No torch here."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.keys import Coded, code_column, concat_coded
from mtrec_core.data.reading import as_text, numbers, read_table, table_columns, times
from mtrec_core.data.schema import DatasetSpec, EntitySpec, Where
from mtrec_core.data.templates import template_columns
from mtrec_core.errors import DataError, WrongCellsError


def mentioned_columns(spec: DatasetSpec) -> set[str]:
    """Every column name that a dataset's declaration uses or could use, whatever the table."""
    names: set[str] = set()
    for entity in spec.entities.values():
        names |= {entity.name, *feature_columns(entity)}
        if entity.key:
            names.add(entity.key)
        if entity.history:
            names |= {entity.history.item, *entity.history.where}
            names |= {entity.history.time} if entity.history.time else set()
    for task in spec.tasks.values():
        names |= {*task.columns, *task.context, *task.where}
        split = spec.split_of(task)
        names |= {name for name in (task.label, task.group, task.time, split.column) if name}
    return names


def feature_columns(entity: EntitySpec) -> tuple[str, ...]:
    """The columns from which an entity's text and features are made, each once."""
    return tuple(dict.fromkeys((*template_columns(entity.text), *entity.categorical, *entity.numeric)))


class Tables:
    """Columns of the dataset's files by file name and column name."""

    def __init__(self, spec: DatasetSpec | None = None, loaded: Mapping[str, pa.Table] | None = None) -> None:
        """The files of a dataset, or tables in memory by the names that messages call them."""
        self._folder = spec.tables if spec else Path()
        self._mentioned = mentioned_columns(spec) if spec else set()
        self._tables: dict[str, pa.Table] = dict(loaded or {})
        self._names = {name: table.column_names for name, table in self._tables.items()}
        self._coded: dict[tuple[str, str], Coded] = {}
        self._times: dict[tuple[str, str], np.ndarray] = {}

    def names(self, file: str) -> list[str]:
        """The columns of a file."""
        if file not in self._names:
            self._names[file] = table_columns(self._folder / file)
        return self._names[file]

    def table(self, file: str) -> pa.Table:
        """The columns of a file that the declaration mentions."""
        if file not in self._tables:
            names = self.names(file)
            wanted = [name for name in names if name in self._mentioned] or names[:1]
            self._tables[file] = read_table(self._folder / file, wanted)
        return self._tables[file]

    def column(self, file: str, name: str) -> pa.ChunkedArray:
        """A column as it was read; DataError if the file lacks it."""
        if name not in self.names(file):
            raise DataError(missing_column(file, name, self.names(file)))
        return self.table(file)[name]

    def coded(self, file: str, name: str) -> Coded:
        """A column by its canonical texts."""
        if (file, name) not in self._coded:
            self._coded[file, name] = code_column(self.column(file, name))
        return self._coded[file, name]

    def times(self, file: str, name: str) -> np.ndarray:
        """int64: a column as times; NO_TIME where the cell is empty."""
        if (file, name) not in self._times:
            try:
                self._times[file, name] = times(self.column(file, name), name)
            except DataError as error:
                raise _in_file(file, error) from None
        return self._times[file, name]

    def numbers(self, file: str, name: str, rows: np.ndarray | None) -> np.ndarray:
        """float64: a column as numbers, of some rows or of all. DataError names the row in the file."""
        column = self.column(file, name)
        if rows is None or pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
            if rows is not None:
                mask = np.zeros(len(column), bool)
                mask[rows] = True
                column = pc.if_else(pa.array(mask), column.cast(pa.string()), pa.scalar(None, pa.string()))
            try:
                values = numbers(column, name)
            except DataError as error:
                raise _in_file(file, error) from None
            return values if rows is None else values[rows]
        return numbers(column.take(pa.array(rows)), name)

    def rows_where(self, file: str, where: Where) -> np.ndarray | None:
        """int64: the rows of a file that a filter lets through; None means all."""
        if not where:
            return None
        mask = np.ones(self.table(file).num_rows, bool)
        for name, allowed in where.items():
            coded = self.coded(file, name)
            wanted = np.append(np.asarray(pc.is_in(coded.values, pa.array(allowed, pa.string()))), False)
            mask &= wanted[coded.codes_R]
            if not mask.any():
                found = ", ".join(coded.values.slice(0, 5).to_pylist())
                raise DataError(
                    f"No row of {file} has {name} = {' or '.join(allowed)}; it holds {found or 'nothing'}."
                )
        return np.flatnonzero(mask)


class Fact:
    """The rows of a fact table that passed the filter, and below them those of a test table."""

    def __init__(self, tables: Tables, files: Sequence[str], where: Where) -> None:
        self._tables = tables
        self.files = tuple(files)
        self._rows = [tables.rows_where(file, where) for file in files]

    def __len__(self) -> int:
        return sum(self._sizes())

    def _sizes(self) -> list[int]:
        pairs = zip(self.files, self._rows, strict=True)
        return [self._tables.table(file).num_rows if rows is None else len(rows) for file, rows in pairs]

    @property
    def names(self) -> list[str]:
        """The columns that all its files have."""
        return [
            name
            for name in self._tables.names(self.files[0])
            if all(name in self._tables.names(f) for f in self.files)
        ]

    @property
    def size_of_first(self) -> int:
        """How many rows come from the fact table itself; the others are those of the test table."""
        return self._sizes()[0]

    def keep(self, mask: np.ndarray) -> None:
        """Leaves out the rows where the mask is False."""
        if mask.all():
            return
        sizes = self._sizes()
        for position, part in enumerate(np.split(mask, np.cumsum(sizes)[:-1])):
            kept = np.flatnonzero(part)
            rows = self._rows[position]
            self._rows[position] = kept if rows is None else rows[kept]

    def source_rows(self, position: int) -> np.ndarray:
        """int64: the rows in file number `position` of its files."""
        rows = self._rows[position]
        return np.arange(self._tables.table(self.files[position]).num_rows) if rows is None else rows

    def place(self, row: int) -> tuple[str, int]:
        """The file of a row and its position there."""
        for position, size in enumerate(self._sizes()):
            if row < size:
                return self.files[position], int(self.source_rows(position)[row])
            row -= size
        raise IndexError(row)

    def coded(self, name: str) -> Coded:
        """A column by its canonical texts; codes of both files share the values."""
        parts = []
        for file, rows in zip(self.files, self._rows, strict=True):
            coded = self._tables.coded(file, name)
            parts.append(coded if rows is None else coded.take(rows))
        return concat_coded(parts)

    def column(self, name: str) -> pa.ChunkedArray:
        """A column as it was read; text if the two files disagree about its type."""
        parts = []
        for file, rows in zip(self.files, self._rows, strict=True):
            column = self._tables.column(file, name)
            parts.append(column if rows is None else column.take(pa.array(rows)))
        return stack_columns(parts)

    def numbers(self, name: str) -> np.ndarray:
        """float64, NaN where empty."""
        pairs = zip(self.files, self._rows, strict=True)
        parts = [self._tables.numbers(file, name, rows) for file, rows in pairs]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def times(self, name: str) -> np.ndarray:
        """int64, NO_TIME where empty."""
        parts = []
        for file, rows in zip(self.files, self._rows, strict=True):
            values = self._tables.times(file, name)
            parts.append(values if rows is None else values[rows])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def stack_columns(parts: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Columns one below the other, as text if their types differ; columns of nulls take the others' type."""
    kinds = {part.type for part in parts if not pa.types.is_null(part.type)}
    if not kinds:
        return pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.null())
    if len(kinds) > 1 or pa.types.is_dictionary(next(iter(kinds))):
        chunks = [as_text(part) for part in parts]
        return pa.chunked_array(chunks, pa.string())
    kind = kinds.pop()
    return pa.chunked_array([chunk for part in parts for chunk in part.cast(kind).chunks], kind)


def missing_column(file: str, name: str, known: Sequence[str]) -> str:
    """The sentence for a column that a file lacks."""
    close = get_close_matches(name, known, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return f"{file} has no column '{name}'; its columns are: {', '.join(known)}.{hint}"


def _in_file(file: str, error: DataError) -> DataError:
    """The same error with the file's name before it."""
    if isinstance(error, WrongCellsError):
        return WrongCellsError(f"{file}: {error}", rows=error.rows, cells=error.cells, count=error.count)
    return DataError(f"{file}: {error}")


def find_key_column(entity: EntitySpec, declared: str, file: str, names: Sequence[str]) -> str:
    """The column in a fact table that holds the keys of an entity.

    The declared one, else the entity's key, else the column called like the entity; DataError if absent.
    """
    candidates = [declared] if declared else [name for name in (entity.key, entity.name) if name]
    for name in candidates:
        if name in names:
            return name
    wanted = " or ".join(f"'{name}'" for name in candidates)
    raise DataError(
        f"{file} has no column {wanted} with keys of '{entity.name}'; its columns are: {', '.join(names)}. "
        "Rename the right one, or name it under `columns` of the task in dataset.toml."
    )

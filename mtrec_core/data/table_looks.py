"""The brought files as measured tables; a test file joins the file that it belongs to. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from mtrec_core.data.looks import ColumnLook, look_at
from mtrec_core.data.reading import read_table
from mtrec_core.data.roles import plain_name, singular
from mtrec_core.errors import DataError

TEST_WORDS = frozenset({"test", "testing", "holdout", "heldout"})
TRAIN_WORDS = frozenset({"train", "training"})
VALIDATION_WORDS = frozenset({"validation", "valid", "val", "dev"})
SAMPLE_ROWS = 200_000
"""How many rows decide whether one column follows from another."""
FOLLOWS = 1.02
"""A column follows from a key if there are at most so many pairs per key; a few typing errors are allowed."""


@dataclass(frozen=True, kw_only=True)
class TableLook:
    """A table with all of its columns measured."""

    file: str
    """Name of the file, as a task will name it."""
    path: Path
    data: pa.Table
    columns: dict[str, ColumnLook]
    test_file: str | None = None
    """A second file with the same columns that holds the test rows."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.data.num_rows

    @property
    def stem(self) -> str:
        """What the file is about: its name without endings, and without train or test."""
        return "_".join(_stem_words(self.file)) or "table"

    @property
    def thing(self) -> str:
        """The word for one row: `purchases.csv` gives purchase."""
        words = _stem_words(self.file) or ["row"]
        return "_".join([*words[:-1], singular(words[-1])])

    def follows(self, column: str, key: str) -> bool:
        """Whether a key tells what stands in the column, as a product's number tells its title."""
        sample = self.data.select([key, column]).slice(0, SAMPLE_ROWS)
        pairs = sample.group_by([key, column]).aggregate([]).num_rows
        keys = sample.group_by([key]).aggregate([]).num_rows
        return keys < 0.8 * sample.num_rows and pairs <= FOLLOWS * keys


@dataclass(kw_only=True)
class Tables:
    """All tables, and what was noticed while they were read."""

    looks: list[TableLook] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look_at_files(files: Sequence[Path]) -> Tables:
    """Read and measure the files. DataError for none, for two of one name, and for one that is no table.

    A `.txt` that is no table, such as a README, is left out with a note.
    """
    if not files:
        raise DataError("No file was given; name one or several tables, such as items.csv purchases.csv.")
    names = [path.name for path in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"Two files are called {twice[0]}; give each table a name of its own.")
    tables = Tables()
    for path in files:
        try:
            data = read_table(path)
        except DataError:
            if path.suffix.lower() not in (".txt", ".md"):
                raise
            data = pa.table({})
        if data.num_columns < 2 and path.suffix.lower() in (".txt", ".md"):
            tables.notes.append(f"{path.name} is left out: it is a text, not a table.")
            continue
        columns = {name: look_at(name, data.column(name)) for name in data.column_names}
        tables.looks.append(TableLook(file=path.name, path=path, data=data, columns=columns))
    if not tables.looks:
        raise DataError(f"None of the files is a table: {', '.join(names)}.")
    _pair_test_files(tables)
    return tables


def _pair_test_files(tables: Tables) -> None:
    by_part: dict[tuple[str, ...], dict[str, TableLook]] = {}
    for look in tables.looks:
        by_part.setdefault((*_stem_words(look.file), *look.columns), {})[_part(look.file)] = look
    for parts in by_part.values():
        if "train" not in parts or len(parts) < 2:
            continue
        train = parts["train"]
        at = tables.looks.index(train)
        if "test" in parts:
            test = parts["test"]
            tables.looks[at] = TableLook(
                file=train.file, path=train.path, data=train.data, columns=train.columns, test_file=test.file
            )
            tables.looks.remove(test)
            tables.notes.append(f"{test.file} holds the test rows of {train.file}: same columns, same name.")
        if "validation" in parts:
            tables.looks.remove(parts["validation"])
            tables.notes.append(
                f"{parts['validation'].file} is not used: validation rows are drawn from {train.file}; "
                "append it there to keep its rows."
            )


def _part(file: str) -> str:
    words = set(plain_name(file).split("_"))
    for part, known in (("test", TEST_WORDS), ("validation", VALIDATION_WORDS), ("train", TRAIN_WORDS)):
        if words & known:
            return part
    return "train"


def _stem_words(file: str) -> list[str]:
    words = plain_name(file.split(".")[0]).split("_")
    return [word for word in words if word not in TEST_WORDS | TRAIN_WORDS | VALIDATION_WORDS]

"""What a page shows of a table: its columns with type, gaps, distinct values and examples. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mtrec_core.data.issues import shorten
from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.table_looks import TableLook

EXAMPLES_FROM = 200
MOST_VALUES = 50
"""A column with so few distinct values names them all, so that a person can choose among them."""


@dataclass(frozen=True, kw_only=True)
class ColumnFacts:
    """A column in numbers and examples."""

    name: str
    cells: str
    """whole, number, yes_no, time or text."""
    distinct: int
    missing: float
    """Share of empty cells."""
    examples: tuple[str, ...]
    values: tuple[str, ...]
    """All distinct values where these are few, else ()."""


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """A table in numbers."""

    file: str
    rows: int
    columns: tuple[ColumnFacts, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the file's order."""
        return tuple(column.name for column in self.columns)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "TableFacts":
        """The facts that `to_json` wrote."""
        columns = tuple(
            ColumnFacts(
                **{**column, "examples": tuple(column["examples"]), "values": tuple(column["values"])}
            )
            for column in content["columns"]
        )
        return TableFacts(file=content["file"], rows=content["rows"], columns=columns)


def facts_of(look: TableLook) -> TableFacts:
    """The facts of a measured table."""
    return TableFacts(
        file=look.file, rows=look.rows, columns=tuple(map(_facts_of_column, look.columns.values()))
    )


def _facts_of_column(look: ColumnLook) -> ColumnFacts:
    some = look.values[:EXAMPLES_FROM].to_pylist()
    return ColumnFacts(
        name=look.name,
        cells=look.cells,
        distinct=look.distinct,
        missing=1 - look.present / look.rows if look.rows else 0.0,
        examples=shorten(some)[:3],
        values=tuple(some) if look.distinct <= MOST_VALUES else (),
    )


def find_facts(tables: Sequence[TableFacts], file: str) -> TableFacts | None:
    """The facts of one file."""
    return next((table for table in tables if table.file == file), None)

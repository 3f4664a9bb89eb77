"""Small datasets written to a temporary folder."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from mtrec_core.data.schema import DatasetSpec, EntitySpec, SplitSpec, TaskSpec

Columns = Mapping[str, Sequence[object]]
MakeSpec = Callable[..., DatasetSpec]


@pytest.fixture
def make_spec(tmp_path: Path) -> MakeSpec:
    """make_spec(tables, entities, tasks, split) writes the tables as CSV; None is an empty cell."""

    def make(
        tables: Mapping[str, Columns],
        entities: Sequence[EntitySpec],
        tasks: Sequence[TaskSpec],
        split: SplitSpec | None = None,
    ) -> DatasetSpec:
        for name, columns in tables.items():
            with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows(
                    ["" if cell is None else cell for cell in row]
                    for row in zip(*columns.values(), strict=True)
                )
        return DatasetSpec(
            name="small",
            folder=tmp_path,
            tables=tmp_path,
            entities={entity.name: entity for entity in entities},
            tasks={task.name: task for task in tasks},
            split=split or SplitSpec(),
        )

    return make

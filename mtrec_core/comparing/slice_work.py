"""Measures a run's slices beside the pages, and reads what came of it. No torch here.

    python -m mtrec_core.comparing.slice_work ANSWER RUN_FOLDER DATASET TASK METRIC

Pages start it and look for ANSWER, a JSON file with the slices of all families: who looks at one of them
looks at the next.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError, MtrecError
from mtrec_core.evaluation.draws import Drawn
from mtrec_core.evaluation.slices_file import FILE, Slice, load_members, load_task_lines, measure_slices
from mtrec_core.evaluation.whole_json import write_whole_json


def measure(folder: Path, dataset: str, task: str, metric: str) -> list[Slice]:
    """A task's metric in every slice that the run kept; DataError where it kept none."""
    spec = load_dataset_spec(dataset).tasks.get(task)
    if spec is None:
        raise DataError(f"The dataset {dataset} has no task {task!r} any more.")
    lines = load_task_lines(folder / "predictions.parquet", task)
    return measure_slices(spec, lines, load_members(folder / FILE, task), metric)


def to_json(slices: Sequence[Slice]) -> list[dict[str, Any]]:
    """As the answer holds them."""
    return [
        {
            "family": one.family,
            "value": one.value,
            "units": one.units,
            "drawn": one.drawn and {**vars(one.drawn), "draws_S": one.drawn.draws_S.tolist()},
        }
        for one in slices
    ]


def from_json(content: Sequence[Mapping[str, Any]]) -> list[Slice]:
    """What `to_json` made."""
    return [
        Slice(
            family=one["family"],
            value=one["value"],
            units=one["units"],
            drawn=one["drawn"] and _drawn(one["drawn"]),
        )
        for one in content
    ]


def _drawn(content: Mapping[str, Any]) -> Drawn:
    return Drawn(
        task=content["task"],
        metric=content["metric"],
        value=content["value"],
        draws_S=np.asarray(content["draws_S"], dtype=np.float64),
        users=content["users"],
        rows=content["rows"],
    )


def main() -> None:
    """Writes {"slices": [...], "problem": sentence} to the answer's file, whole or not at all."""
    answer, folder = (Path(argument) for argument in sys.argv[1:3])
    try:
        content: dict[str, Any] = {"slices": to_json(measure(folder, *sys.argv[3:6])), "problem": ""}
    except (MtrecError, OSError, ValueError) as error:
        content = {"slices": [], "problem": str(error)}
    write_whole_json(content, answer)


if __name__ == "__main__":
    main()

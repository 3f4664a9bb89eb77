"""What a study leaves behind: a JSON file with each seed's numbers, command and machine. No torch here."""

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import Machine
from mtrec_core.errors import DataError, StorageError
from mtrec_core.evaluation.compare import Spread, mean_and_spread, over_seeds
from mtrec_core.results import Metrics

FOLDER = Path(__file__).parent / "results"
"""Where the records lie that docs/benchmarks.md is made of."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """By how much the model differs from a baseline on the same rows, in the headline metric."""

    value: float
    """Model less baseline, in the metric's own direction."""
    low: float
    high: float
    """Ends of the 95 % interval: paired bootstrap over users."""
    users: int


@dataclass(frozen=True, kw_only=True)
class TaskNumbers:
    """One task of one run, on the test set."""

    kind: str
    headline: str
    split: str
    """How the rows were split, in words."""
    test: Metrics
    before: Metrics
    """The same model before training."""
    baselines: dict[str, Metrics]
    differences: dict[str, Difference]
    """Baseline -> difference; a baseline whose rows can't be paired is left out."""


@dataclass(frozen=True, kw_only=True)
class SeedRun:
    """One training."""

    seed: int
    alone: str
    """The one task of a run for comparison; "" for a model of all tasks."""
    seconds: float
    """From the first table read to the last baseline."""
    rows_per_second: float
    steps: int
    best_step: int
    notes: tuple[str, ...]
    tasks: dict[str, TaskNumbers]


@dataclass(frozen=True, kw_only=True)
class StudyRecord:
    """Several trainings of one thing."""

    name: str
    """Of the file."""
    study: str
    """Key in `benchmarks.study_table.STUDIES`."""
    command: str
    made: str
    """Day, such as 2026-01-31."""
    device: str
    machine: Machine
    settings: dict[str, Any]
    """What differs from the program's defaults, by dotted name."""
    titles: dict[str, str]
    """Task -> title."""
    runs: tuple[SeedRun, ...]

    @property
    def joint(self) -> tuple[SeedRun, ...]:
        """The models of all tasks, a seed each."""
        return tuple(run for run in self.runs if not run.alone)

    def spreads(self) -> dict[str, dict[str, Spread]]:
        """Task -> metric -> mean and spread of the test values over the seeds."""
        return over_seeds([{name: task.test for name, task in run.tasks.items()} for run in self.joint])

    def alone(self, task: str, metric: str) -> Spread | None:
        """The metric of the models that learned only this task; None where there are none."""
        values = [run.tasks[task].test[metric] for run in self.runs if run.alone == task]
        return mean_and_spread(values) if values else None

    def to_json(self) -> dict[str, Any]:
        """Plain dicts; `summary` repeats what follows from `runs`, for those who read the file."""
        summary = {
            task: {
                metric: {"mean": spread.mean, "deviation": spread.deviation, "seeds": spread.count}
                for metric, spread in metrics.items()
            }
            for task, metrics in self.spreads().items()
        }
        return {**dataclasses.asdict(self), "summary": summary}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "StudyRecord":
        """The record that `to_json` wrote."""
        values = {name: value for name, value in content.items() if name != "summary"}
        values["machine"] = Machine(**content["machine"])
        values["runs"] = tuple(_run(run) for run in content["runs"])
        return StudyRecord(**values)


def _run(content: Mapping[str, Any]) -> SeedRun:
    tasks = {name: _task(task) for name, task in content["tasks"].items()}
    return SeedRun(**{**content, "notes": tuple(content["notes"]), "tasks": tasks})


def _task(content: Mapping[str, Any]) -> TaskNumbers:
    differences = {name: Difference(**value) for name, value in content["differences"].items()}
    return TaskNumbers(**{**content, "differences": differences})


def write_record(content: Mapping[str, Any], path: Path) -> None:
    """Writes a record, whole or not at all; numbers keep six significant digits."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        part.write_text(json.dumps(_rounded(content), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise StorageError(f"Can't write the record {path}: {error.strerror}.") from error


def read_record(path: Path) -> dict[str, Any]:
    """A record as it stands in its file; DataError when it is no JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a record of a benchmark: {error}.") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} is not a record of a benchmark: it holds no JSON object.")
    return content


def _rounded(value: Any) -> Any:
    """The same value with floats of six significant digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_rounded(part) for part in value]
    return value

"""What a run ends with, and the form in which commands and pages read it. No torch here."""

from dataclasses import dataclass
from typing import Any

Metrics = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class TaskResult:
    """One task's numbers on the test set."""

    kind: str
    headline: str
    """Name of the metric that stands for the task."""
    test: Metrics
    before: Metrics
    """The same model before training."""
    validation: Metrics
    """At the step that was kept."""
    baselines: dict[str, Metrics]
    """Baseline -> its metrics on test."""
    split: str
    """How the rows were split, in words."""


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """A run that is over."""

    run: str
    state: str
    seconds: float
    """From the first table read to the last number, this process."""
    rows_per_second: float
    """Rows seen by training per second of the loop, validations included."""
    best_step: int
    steps: int
    device: str
    tasks: dict[str, TaskResult]
    notes: tuple[str, ...] = ()
    """What a person should know: texts cut off, tasks left out."""

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars; tasks hold kind, headline, test, before, validation, baselines,
        split."""
        return {
            "run": self.run,
            "state": self.state,
            "seconds": round(self.seconds, 3),
            "rows_per_second": round(self.rows_per_second, 1),
            "best_step": self.best_step,
            "steps": self.steps,
            "device": self.device,
            "notes": list(self.notes),
            "tasks": {
                name: {
                    "kind": task.kind,
                    "headline": task.headline,
                    "test": task.test,
                    "before": task.before,
                    "validation": task.validation,
                    "baselines": task.baselines,
                    "split": task.split,
                }
                for name, task in self.tasks.items()
            },
        }

    @staticmethod
    def from_json(content: dict[str, Any]) -> "RunResult":
        """The result that `to_json` wrote."""
        tasks = {name: TaskResult(**task) for name, task in content["tasks"].items()}
        return RunResult(**{**content, "tasks": tasks, "notes": tuple(content["notes"])})

"""What a run's record says of its tasks, weights and test metrics. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.store.records import RunRecord

Split = Literal["validation", "test"]
"""Where a result was measured. What is chosen, such as a grouping or weights, is chosen on validation."""


@dataclass(frozen=True, kw_only=True)
class ComparedTask:
    """A task that some of the runs have a result for."""

    name: str
    kind: str
    headline: str
    metrics: tuple[str, ...]
    """All test metrics that some run has, in the order of METRICS."""


def label(run: RunRecord) -> str:
    """`#12 name`, short enough for a legend."""
    name = run.name or run.dataset
    return f"#{run.number} {name if len(name) <= 32 else name[:31] + '…'}"


def task_results(run: RunRecord) -> Mapping[str, Mapping[str, Any]]:
    """Task -> its part of the result; nothing while there is none."""
    tasks: Mapping[str, Mapping[str, Any]] = (run.result or {}).get("tasks", {})
    return tasks


def value_on(split: Split, run: RunRecord, task: str, metric: str) -> float | None:
    """The metric on a split; None where the run has none."""
    value = task_results(run).get(task, {}).get(split, {}).get(metric)
    return None if value is None else float(value)


def test_value(run: RunRecord, task: str, metric: str) -> float | None:
    """The metric on the test set; None where the run has none."""
    return value_on("test", run, task, metric)


def compared_tasks(runs: Sequence[RunRecord]) -> list[ComparedTask]:
    """The tasks with test metrics, in the order of the table of kinds, then as they were declared."""
    found: dict[str, dict[str, Any]] = {}
    for run in runs:
        for name, task in task_results(run).items():
            if task["test"]:
                known = found.setdefault(
                    name, {"kind": task["kind"], "headline": task["headline"], "held": set()}
                )
                known["held"] |= set(task["test"])
    order = list(TASK_KINDS)
    return [
        ComparedTask(
            name=name,
            kind=task["kind"],
            headline=task["headline"],
            metrics=tuple(metric for metric in METRICS if metric in task["held"]),
        )
        for name, task in sorted(found.items(), key=lambda item: order.index(item[1]["kind"]))
    ]


def trained_tasks(run: RunRecord) -> tuple[str, ...]:
    """The tasks that the run trains, as its result or else its configuration and data say."""
    if task_results(run):
        return tuple(task_results(run))
    if run.task:
        return (run.task,)
    return tuple(run.config.get("tasks") or run.config.get("weights") or ())


def weights(run: RunRecord) -> dict[str, float]:
    """Task -> weight in the loss at the run's end: 1 where none was given."""
    given = run.weights_now or run.config.get("weights", {})
    return {task: float(given.get(task, 1.0)) for task in trained_tasks(run)}


def higher_is_better(metric: str) -> bool:
    """Whether more is better; of what is no metric, such as a loss, less is."""
    return metric in METRICS and METRICS[metric].higher_is_better


def metric_title(metric: str) -> str:
    """`RMSE ↓`: the title, with an arrow where lower is better."""
    if metric not in METRICS:
        return f"{metric} ↓"
    title = METRICS[metric].title
    return title if METRICS[metric].higher_is_better else f"{title} ↓"

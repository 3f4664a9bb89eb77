"""What `train` says at its end, for people and for machines. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from mtrec_core.cli.output import (
    ABSENT,
    console,
    duration,
    metric_title,
    plain_table,
    results_table,
    with_spread,
)
from mtrec_core.data.schema import DatasetSpec


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One of the runs that a command has trained."""

    task: str | None
    seed: int
    result: dict[str, Any]
    """`RunResult.to_json()`"""


def summary_json(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The last joint run's result; beside it the spread over seeds and the single-task runs, if there are."""
    joint = [one.result for one in outcomes if one.task is None]
    summary = dict(joint[-1] if joint else outcomes[-1].result)
    if len(joint) > 1:
        summary["seeds"] = {"runs": [result["run"] for result in joint], "test": spread_over_seeds(joint)}
    alone = [one for one in outcomes if one.task is not None]
    if alone:
        summary["single_task"] = [
            {"run": one.result["run"], "task": one.task, "seed": one.seed, "tasks": one.result["tasks"]}
            for one in alone
        ]
    return summary


def spread_over_seeds(results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float | None]]]:
    """Task -> metric -> mean and sample standard deviation of the test values of several runs."""
    from mtrec_core.evaluation.compare import over_seeds

    spreads = over_seeds(
        [{name: task["test"] for name, task in result["tasks"].items()} for result in results]
    )
    return {
        task: {metric: {"mean": one.mean, "deviation": one.deviation} for metric, one in metrics.items()}
        for task, metrics in spreads.items()
    }


def print_results(outcomes: Sequence[Outcome], spec: DatasetSpec) -> None:
    """For people: the table, how the rows were split, the single-task runs beside the joint ones."""
    completed = [one for one in outcomes if one.result["state"] == "completed"]
    joint = [one for one in completed if one.task is None]
    alone = [one for one in completed if one.task is not None] if joint else []
    results = [one.result for one in joint or completed]
    if not results:
        return
    out = console()
    titles = {name: task.title for name, task in spec.tasks.items()}
    out.print(results_table(results, titles))
    if alone:
        out.print("\nEach task alone, at the same settings")
        out.print(_single_task_table(results, alone, titles))
    out.print("\nHow rows were split")
    for name, task in results[0]["tasks"].items():
        out.print(f"  {name}: {task['split']}", markup=False)
    runs = ", ".join(result["run"] for result in results)
    seconds = duration(sum(one.result["seconds"] for one in outcomes))
    out.print(f"\nRun {runs} took {seconds} on {results[0]['device']}. Ask it:", markup=False)
    out.print(f"  python -m mtrec_core recommend {results[-1]['run']} --help", markup=False)


def _single_task_table(
    results: Sequence[Mapping[str, Any]], alone: Sequence[Outcome], titles: Mapping[str, str]
) -> Table:
    """One row per task: the joint model, the model of its own, the relative gain of learning together."""
    from mtrec_core.evaluation.compare import gain, mean_and_spread

    rows = []
    for name, task in results[0]["tasks"].items():
        metric = task["headline"]
        together = [result["tasks"][name]["test"].get(metric) for result in results]
        own = [one.result["tasks"][name]["test"].get(metric) for one in alone if one.task == name]
        values = [[value for value in group if value is not None] for group in (together, own)]
        if not all(values):
            continue
        relative = gain(metric, *(mean_and_spread(group).mean for group in values))
        shown = ABSENT if relative is None else f"{relative:+.1%}"
        rows.append((titles.get(name) or name, metric_title(metric), *map(with_spread, values), shown))
    headers = ("task", "metric", "together", "alone", "gain")
    return plain_table(headers, rows, right=headers[2:])

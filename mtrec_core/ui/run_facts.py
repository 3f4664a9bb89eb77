"""What pages say about a run beside its curves: its name, its tasks, their baselines. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.evaluation.baselines.table import BASELINES
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.palette import task_colour
from mtrec_core.ui.charts.panels import TaskLine
from mtrec_core.ui.texts import _


@dataclass(frozen=True, kw_only=True)
class BestBaseline:
    """The best baseline of a task on test."""

    key: str
    value: float
    run_number: int
    """Of the run that measured it."""

    @property
    def title(self) -> str:
        return BASELINES[self.key].title if self.key in BASELINES else self.key


def run_title(run: RunRecord) -> str:
    """#12 Shop, equal weights"""
    return f"#{run.number} {run.name or run.dataset}"


def trained_tasks(run: RunRecord, spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The tasks that the run trains, in the order of the dataset's declaration."""
    asked, weights = run.config.get("tasks") or (), run.config.get("weights") or {}
    return tuple(
        name for name in spec.get("tasks", {}) if (not asked or name in asked) and weights.get(name, 1) > 0
    )


def best_baseline(run: RunRecord, task: str) -> BestBaseline | None:
    """The best baseline of the task's headline metric, where the run has measured any."""
    found = (run.result or {}).get("tasks", {}).get(task)
    if not found:
        return None
    values = {
        key: metrics[found["headline"]]
        for key, metrics in found["baselines"].items()
        if metrics.get(found["headline"]) is not None
    }
    if not values:
        return None
    pick = max if METRICS[found["headline"]].higher_is_better else min
    best = pick(values, key=lambda key: values[key])
    return BestBaseline(key=best, value=values[best], run_number=run.number)


def baselines(run: RunRecord, others: Sequence[RunRecord]) -> dict[str, BestBaseline]:
    """Task -> its best baseline: the run's own, else that of the newest run on the same rows (same data, same
    data settings, same seed of the split)."""
    found: dict[str, BestBaseline] = {}
    for source in (run, *others):
        if source.id != run.id and not _same_rows(run, source):
            continue
        for task in (source.result or {}).get("tasks", {}):
            if task not in found and (best := best_baseline(source, task)) is not None:
                found[task] = best
    return found


def _same_rows(run: RunRecord, other: RunRecord) -> bool:
    return (
        run.dataset_fingerprint == other.dataset_fingerprint
        and run.config.get("data") == other.config.get("data")
        and run.seed == other.seed
    )


def task_lines(
    run: RunRecord, spec: Mapping[str, Any], known: Mapping[str, BestBaseline], dark: bool
) -> list[TaskLine]:
    """What the panels of the run's tasks say; colours go by all tasks of the dataset."""
    tasks = spec.get("tasks", {})
    lines = []
    for name in trained_tasks(run, spec):
        kind = TASK_KINDS[tasks[name]["kind"]]
        baseline = known.get(name)
        lines.append(
            TaskLine(
                name=name,
                title=tasks[name].get("title") or name,
                colour=task_colour(name, list(tasks), dark),
                headline=kind.headline,
                headline_title=METRICS[kind.headline].title,
                higher_is_better=kind.higher_is_better,
                baseline=baseline.value if baseline else None,
                baseline_title=_("baseline: {name} (test)").format(name=baseline.title) if baseline else "",
            )
        )
    return lines

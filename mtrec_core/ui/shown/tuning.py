"""Test metrics of the model as it began and as training left it, task by task. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtrec_core.comparing.run_values import (
    compared_tasks,
    higher_is_better,
    label,
    metric_title,
    task_results,
    test_value,
)
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.before_after import Change, ChangePanel, before_after
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _

MOST_TOLD = 4
"""Of more tasks the sentence gives no numbers."""


@dataclass(frozen=True, kw_only=True)
class _Learned:
    """One metric of one task in one run."""

    task: str
    metric: str
    run: RunRecord
    before: float
    after: float

    @property
    def gain(self) -> float:
        """How far it moved, better counted up."""
        return (self.after - self.before) * (1 if higher_is_better(self.metric) else -1)


def before_value(run: RunRecord, task: str, metric: str) -> float | None:
    """The untrained model's metric on the test set; None where it was not measured."""
    value = task_results(run).get(task, {}).get("before", {}).get(metric)
    return None if value is None else float(value)


def tuning_shown(runs: Sequence[RunRecord], titles: TaskTitles, dark: bool) -> Shown:
    """The headline metrics as a chart; the table holds all metrics that were measured twice."""
    rows = _learned(runs)
    tasks = compared_tasks(runs)
    panels = []
    for task in tasks:
        own = [row for row in rows if (row.task, row.metric) == (task.name, task.headline)]
        lanes = tuple(
            Change(
                series=label(row.run),
                short=f"#{row.run.number}",
                colour=run_colour(row.run, dark),
                before=row.before,
                after=row.after,
            )
            for row in own
        )
        if lanes:
            title = f"{titles.of_task(task.name)} · {metric_title(task.headline)}"
            panels.append(ChangePanel(title=title, lanes=lanes))
    table = pd.DataFrame(
        [
            {
                "task": titles.of_task(row.task),
                "metric": metric_title(row.metric),
                "run": label(row.run),
                "before": row.before,
                "after": row.after,
                "change": row.after - row.before,
                "verdict": _verdict(row),
            }
            for row in rows
        ]
    )
    headlines = {task.name: task.headline for task in tasks}
    says = _says([row for row in rows if headlines[row.task] == row.metric], titles)
    figure = before_after(panels, dark) if panels else None
    return Shown(figure=figure, made=table, says=says, file="before-and-after")


def _learned(runs: Sequence[RunRecord]) -> list[_Learned]:
    rows = []
    for task in compared_tasks(runs):
        for metric in task.metrics:
            for run in runs:
                before, after = before_value(run, task.name, metric), test_value(run, task.name, metric)
                if before is not None and after is not None:
                    rows.append(_Learned(task=task.name, metric=metric, run=run, before=before, after=after))
    return rows


def _verdict(row: _Learned) -> str:
    if row.gain == 0:
        return _("the same")
    return _("better") if row.gain > 0 else _("worse")


def _says(rows: Sequence[_Learned], titles: TaskTitles) -> str:
    """Per task the run that gained most, or of many tasks how many gained; then what training made worse."""
    parts = []
    tasks = list(dict.fromkeys(row.task for row in rows))
    if len(tasks) > MOST_TOLD:
        better = sum(row.gain > 0 for row in rows)
        parts.append(_("{better} of {all} values became better.").format(better=better, all=len(rows)))
        tasks = []
    for task in tasks:
        best = max((row for row in rows if row.task == task), key=lambda row: row.gain)
        text = _("{task}: {metric} from {before:.4f} to {after:.4f} (#{number}).")
        parts.append(
            text.format(
                task=titles.of_task(task),
                metric=metric_title(best.metric),
                before=best.before,
                after=best.after,
                number=best.run.number,
            )
        )
    worse = [f"{titles.of_task(row.task)} (#{row.run.number})" for row in rows if row.gain < 0]
    if worse:
        parts.append(_("Worse than before training: {tasks}.").format(tasks=", ".join(worse)))
    return " ".join(parts)

"""Which settings differ, and how they go with the metrics. No torch here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from mtrec_core.comparing.run_values import compared_tasks, label, metric_title, test_value
from mtrec_core.comparing.settings import differing_settings
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.parallel import Axis, parallel, usable
from mtrec_core.ui.shown.shown import Shown, TaskTitles
from mtrec_core.ui.texts import _

MOST_AXES = 12
FIRST_AXES = 5
"""Settings that are drawn before anyone chose: more axes stand too close on a small screen."""
FEWEST_RUNS = 3


def differences_shown(runs: Sequence[RunRecord]) -> Shown:
    """A row per setting that is not the same in all runs, a column per run."""
    differing = differing_settings(runs)
    table = pd.DataFrame(
        [
            {"setting": name, **{label(run): _word(values[run.id]) for run in runs}}
            for name, values in differing.items()
        ]
    )
    says = _("{count} settings differ: {names}.").format(count=len(differing), names=", ".join(differing))
    return Shown(made=table, says=says if differing else _("All settings are the same."), file="settings")


@dataclass(frozen=True, kw_only=True)
class ParallelAxes:
    """What can be drawn of runs side by side."""

    runs: tuple[RunRecord, ...]
    """Those that have every metric."""
    settings: tuple[Axis, ...]
    metrics: tuple[Axis, ...]

    def titles(self) -> list[str]:
        """The axes, in their order."""
        return [axis.title for axis in (*self.settings, *self.metrics)]

    def first(self, metric: str) -> list[str]:
        """The axes that are drawn before anyone chose: settings, the seed last, and the metric looked at."""
        settings = sorted((axis.title for axis in self.settings), key=lambda title: title == "seed")
        chosen = {*settings[:FIRST_AXES], metric}
        return [title for title in self.titles() if title in chosen]


def parallel_axes(runs: Sequence[RunRecord], task: str, metric: str) -> ParallelAxes:
    """Differing settings, then each task's headline metric. Runs that lack a metric are left out."""
    tasks = [
        one
        for one in compared_tasks(runs)
        if any(test_value(run, one.name, one.headline) is not None for run in runs)
    ]
    drawn = [
        run
        for run in runs
        if test_value(run, task, metric) is not None
        and all(test_value(run, one.name, one.headline) is not None for one in tasks)
    ]
    settings = [
        Axis(
            title=name.removeprefix("training.").removeprefix("model."),
            values=tuple(values[run.id] for run in drawn),
        )
        for name, values in differing_settings(drawn).items()
    ]
    settings = [axis for axis in settings if usable(axis)][:MOST_AXES]
    metrics = [
        Axis(
            title=metric_axis(one.name, one.headline),
            values=tuple(test_value(run, one.name, one.headline) for run in drawn),
        )
        for one in tasks
    ]
    return ParallelAxes(runs=tuple(drawn), settings=tuple(settings), metrics=tuple(metrics))


def metric_axis(task: str, metric: str) -> str:
    """How an axis of a metric is called."""
    return f"{task} {metric_title(metric)}"


def parallel_shown(
    axes: ParallelAxes, chosen: Collection[str], task: str, metric: str, titles: TaskTitles, dark: bool
) -> Shown:
    """The chosen axes, a line per run tinted by one metric; the table holds all axes."""
    drawn, settings = axes.runs, axes.settings
    colour = Axis(
        title=f"{titles.of_task(task)} {metric_title(metric)}",
        values=tuple(test_value(run, task, metric) for run in drawn),
    )
    table = pd.DataFrame(
        {
            "run": [label(run) for run in drawn],
            **{axis.title: list(axis.values) for axis in (*settings, *axes.metrics)},
        }
    )
    shown = [axis for axis in (*settings, *axes.metrics) if axis.title in chosen]
    fitting = len(drawn) >= FEWEST_RUNS and settings and len(shown) > 1
    says = _("{count} runs by {settings}.").format(
        count=len(drawn), settings=", ".join(axis.title for axis in settings) or _("no setting")
    )
    figure = parallel(shown, colour, dark) if fitting else None
    return Shown(figure=figure, made=table, says=says, file="parallel-coordinates")


def _word(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)

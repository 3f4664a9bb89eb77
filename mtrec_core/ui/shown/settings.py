"""Which settings differ, and how they go with the metrics. No torch here."""

from collections.abc import Sequence

import pandas as pd

from mtrec_core.comparing.run_values import compared_tasks, label, metric_title, test_value
from mtrec_core.comparing.settings import differing_settings
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.parallel import Axis, parallel, usable
from mtrec_core.ui.shown.shown import Shown, TaskTitles
from mtrec_core.ui.texts import _

MOST_AXES = 12
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


def parallel_shown(
    runs: Sequence[RunRecord], task: str, metric: str, titles: TaskTitles, dark: bool
) -> Shown:
    """Differing settings, then each task's headline metric, as axes; tinted by one metric. Runs that lack a
    metric are left out."""
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
            title=f"{one.name} {metric_title(one.headline)}",
            values=tuple(test_value(run, one.name, one.headline) for run in drawn),
        )
        for one in tasks
    ]
    colour = Axis(
        title=f"{titles.of_task(task)} {metric_title(metric)}",
        values=tuple(test_value(run, task, metric) for run in drawn),
    )
    table = pd.DataFrame(
        {
            "run": [label(run) for run in drawn],
            **{axis.title: list(axis.values) for axis in [*settings, *metrics]},
        }
    )
    fitting = len(drawn) >= FEWEST_RUNS and settings
    says = _("{count} runs by {settings}.").format(
        count=len(drawn), settings=", ".join(axis.title for axis in settings) or _("no setting")
    )
    figure = parallel([*settings, *metrics], colour, dark) if fitting else None
    return Shown(figure=figure, made=table, says=says, file="parallel-coordinates")


def _word(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)

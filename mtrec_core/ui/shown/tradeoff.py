"""Two or three tasks' metrics against each other. No torch here."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtrec_core.comparing.run_values import higher_is_better, label, metric_title, test_value, weights
from mtrec_core.evaluation.draws_file import RunDraws
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.tradeoff import Mark, Measured, front, tradeoff
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _

Choice = tuple[str, str]
"""(task, metric)"""


def complete(runs: Sequence[RunRecord], choices: Sequence[Choice]) -> list[RunRecord]:
    """The runs that have a value for every choice."""
    return [run for run in runs if all(test_value(run, *choice) is not None for choice in choices)]


def tradeoff_shown(
    runs: Sequence[RunRecord],
    choices: Sequence[Choice],
    draws: Mapping[str, RunDraws],
    titles: TaskTitles,
    dark: bool,
) -> Shown:
    """x, y and, with a third choice, colour; only runs that have all of them, in their order."""
    drawn = complete(runs, choices)
    measured = [_measured(drawn, choice, draws, titles) for choice in choices]
    marks = [
        Mark(
            run_id=run.id,
            short=f"#{run.number}",
            label=label(run),
            colour=run_colour(run, dark),
            hover=" · ".join(f"{task} {weight:g}" for task, weight in weights(run).items()),
        )
        for run in drawn
    ]
    best = front(measured).tolist() if drawn else []
    table = pd.DataFrame(
        [
            {
                "run": label(run),
                **{
                    f"{one.title}{end}": values[place]
                    for one in measured
                    for end, values in (("", one.values), (" low", one.low), (" high", one.high))
                },
                "on_front": best[place],
                "weights": ", ".join(f"{task}={weight:g}" for task, weight in weights(run).items()),
            }
            for place, run in enumerate(drawn)
        ]
    )
    on = [f"#{run.number}" for run, wins in zip(drawn, best, strict=True) if wins]
    says = _(
        "{runs}: no other of the {count} runs is at least as good in {metrics} and better in one."
    ).format(runs=", ".join(on), count=len(drawn), metrics=_(" and ").join(one.title for one in measured))
    third = measured[2] if len(measured) > 2 else None
    figure = tradeoff(marks, measured[0], measured[1], third, dark) if drawn else None
    return Shown(figure=figure, made=table, says=says if drawn else "", file="trade-off")


def _measured(
    runs: Sequence[RunRecord], choice: Choice, draws: Mapping[str, RunDraws], titles: TaskTitles
) -> Measured:
    task, metric = choice
    ends = [
        drawn.interval() if (drawn := draws.get(run.id, {}).get(choice)) is not None else (None, None)
        for run in runs
    ]
    return Measured(
        title=f"{titles.of_task(task)} {metric_title(metric).rstrip(' ↓')}",
        higher_is_better=higher_is_better(metric),
        values=tuple(test_value(run, task, metric) or 0.0 for run in runs),
        low=tuple(low for low, _high in ends),
        high=tuple(high for _low, high in ends),
    )

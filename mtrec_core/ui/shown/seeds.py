"""Mean and spread over seeds. No torch here."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtrec_core.comparing.intervals import compare_drawn, mean_draws
from mtrec_core.comparing.run_values import compared_tasks, metric_title, test_value
from mtrec_core.comparing.seeds import SeedGroup
from mtrec_core.evaluation.draws_file import RunDraws
from mtrec_core.ui.charts.dots import Dot, dot_rows
from mtrec_core.ui.shown.results import verdict
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _


def seeds_shown(
    groups: Sequence[SeedGroup],
    base: SeedGroup,
    task: str,
    metric: str,
    draws: Mapping[str, RunDraws],
    titles: TaskTitles,
    members: bool,
    dark: bool,
) -> Shown:
    """One metric of each group as mean and standard deviation over its seeds, the members as small lines."""
    dots = []
    for group in groups:
        spread = group.spread(task, metric)
        if spread is None:
            continue
        values = [value for run in group.members if (value := test_value(run, task, metric)) is not None]
        deviation = spread.deviation
        dots.append(
            Dot(
                row=group.label,
                series=group.label,
                colour=run_colour(group.first, dark),
                value=spread.mean,
                low=None if deviation is None else spread.mean - deviation,
                high=None if deviation is None else spread.mean + deviation,
                members=tuple(values) if members and len(values) > 1 else (),
                hover=_("{count} seeds").format(count=spread.count),
            )
        )
    title = f"{titles.of_task(task)} · {metric_title(metric)}"
    figure = (
        dot_rows(dots, x_title=title, zero=False, dark=dark).update_layout(showlegend=False) if dots else None
    )
    says = "; ".join(
        f"{group.label}: {spread.text()}" for group in groups if (spread := group.spread(task, metric))
    )
    return Shown(
        figure=figure, made=seeds_table(groups, base, draws, titles), says=f"{title}. {says}.", file="seeds"
    )


def seeds_table(
    groups: Sequence[SeedGroup], base: SeedGroup, draws: Mapping[str, RunDraws], titles: TaskTitles
) -> pd.DataFrame:
    """A row per task, headline metric and group: mean and spread over seeds, difference over users."""
    rows = []
    for task in compared_tasks([run for group in groups for run in group.members]):
        for group in groups:
            spread = group.spread(task.name, task.headline)
            if spread is None:
                continue
            own, other = (mean_draws(one.members, draws, task.name, task.headline) for one in (group, base))
            found = (
                compare_drawn(own, other)
                if own is not None and other is not None and group is not base
                else None
            )
            rows.append(
                {
                    "task": titles.of_task(task.name),
                    "metric": metric_title(task.headline),
                    "runs": group.label,
                    "mean": spread.mean,
                    "deviation": spread.deviation,
                    "seeds": spread.count,
                    "difference": None if found is None else found.value,
                    "difference_low": None if found is None else found.low,
                    "difference_high": None if found is None else found.high,
                    "verdict": _("baseline") if group is base else ("" if found is None else verdict(found)),
                }
            )
    return pd.DataFrame(rows)

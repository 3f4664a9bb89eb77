"""Whether training together helped or hurt each task. No torch here."""

from collections.abc import Sequence

import pandas as pd

from mtrec_core.comparing.run_values import metric_title
from mtrec_core.comparing.transfer import DeltaM, TaskTransfer, Transfer, trainable_part
from mtrec_core.ui.charts.dots import Dot, dot_rows
from mtrec_core.ui.shown.results import verdict
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _

DELTA_M = "Δm"


def transfer_shown(found: Sequence[Transfer], titles: TaskTitles, dark: bool) -> Shown:
    """Relative gain of joint models over models of one task, and its mean, Delta-m; a series per
    configuration."""
    dots = []
    for one in found:
        series = f"{one.group.label} · {_(trainable_part(one.group.first))}"
        colour = run_colour(one.group.first, dark)
        dots += [
            _task_dot(row, series, colour, titles) for row in one.tasks if row.difference.gain is not None
        ]
        if one.delta_m is not None and one.delta_m.tasks > 1:
            dots.append(_mean_dot(one.delta_m, series, colour))
    dots.sort(key=lambda dot: dot.row == _mean_row())  # below the tasks, also those of other configurations
    title = _("Gain by training together; left of 0 is negative transfer")
    figure = dot_rows(dots, x_title=title, zero=True, percent=True, dark=dark) if dots else None
    return Shown(
        figure=figure, made=_table(found, titles), says=_says(found, titles), file="together-or-alone"
    )


def _mean_row() -> str:
    return _("{name} · mean of the tasks").format(name=DELTA_M)


def _task_dot(row: TaskTransfer, series: str, colour: str, titles: TaskTitles) -> Dot:
    low, high = row.gained.interval() if row.gained is not None else (None, None)
    return Dot(
        row=f"{titles.of_task(row.task)} · {metric_title(row.metric)}",
        series=series,
        colour=colour,
        value=row.difference.gain or 0.0,
        low=low,
        high=high,
        hollow=row.difference.better is None,
        members=tuple(value for value in row.gains if value is not None) if len(row.gains) > 1 else (),
        hover=_("together {together}, alone {alone} ({numbers})").format(
            together=row.together.text(),
            alone=row.alone.text(),
            numbers=", ".join(f"#{single.number}" for _joint, single in row.pairs),
        ),
    )


def _mean_dot(found: DeltaM, series: str, colour: str) -> Dot:
    return Dot(
        row=_mean_row(),
        series=series,
        colour=colour,
        value=found.value,
        low=found.low,
        high=found.high,
        hollow=found.better is None,
        members=found.by_seed if len(found.by_seed) > 1 else (),
        hover=_("{count} tasks").format(count=found.tasks),
    )


def _table(found: Sequence[Transfer], titles: TaskTitles) -> pd.DataFrame:
    rows = []
    for one in found:
        about = {"runs": one.group.label, "encoder": _(trainable_part(one.group.first))}
        for row in one.tasks:
            low, high = row.gained.interval() if row.gained is not None else (None, None)
            rows.append(
                {
                    **about,
                    "task": titles.of_task(row.task),
                    "metric": metric_title(row.metric),
                    "untrained": row.before,
                    "alone": row.alone.mean,
                    "alone_deviation": row.alone.deviation,
                    "alone_runs": ", ".join(f"#{single.number}" for _joint, single in row.pairs),
                    "together": row.together.mean,
                    "together_deviation": row.together.deviation,
                    "difference": row.difference.value,
                    "difference_low": row.difference.low,
                    "difference_high": row.difference.high,
                    "gain": row.difference.gain,
                    "gain_low": low,
                    "gain_high": high,
                    "verdict": verdict(row.difference),
                    "seeds_better": f"{row.seeds_better} / {len(row.gains)}",
                    "otherwise": _("alike") if row.like else _("other settings or seed"),
                }
            )
        mean = one.delta_m
        if mean is not None and mean.tasks > 1:
            better = sum(value > 0 for value in mean.by_seed)
            rows.append(
                {
                    **about,
                    "task": _("all"),
                    "metric": DELTA_M,
                    "gain": mean.value,
                    "gain_low": mean.low,
                    "gain_high": mean.high,
                    "verdict": _verdict_of_mean(mean),
                    "seeds_better": f"{better} / {len(mean.by_seed)}",
                }
            )
    return pd.DataFrame(rows)


def _verdict_of_mean(found: DeltaM) -> str:
    if found.low is None:
        return _("no interval")
    if found.better is None:
        return _("may be chance")
    return _("better") if found.better else _("worse")


def _says(found: Sequence[Transfer], titles: TaskTitles) -> str:
    rows = [(one, row) for one in found for row in one.tasks]
    hurt = [(one, row) for one, row in rows if row.difference.better is False]
    helped = [(one, row) for one, row in rows if row.difference.better is True]

    def listed(chosen: Sequence[tuple[Transfer, TaskTransfer]]) -> str:
        return ", ".join(
            f"{titles.of_task(row.task)} (#{one.group.first.number}, {row.difference.gain or 0.0:+.1%})"
            for one, row in chosen
        )

    parts = []
    if hurt:
        parts.append(_("Training together clearly hurts {tasks}.").format(tasks=listed(hurt)))
    if helped:
        parts.append(_("It clearly helps {tasks}.").format(tasks=listed(helped)))
    unsure = len(rows) - len(hurt) - len(helped)
    if unsure:
        parts.append(_("{count} of {all} comparisons may be chance.").format(count=unsure, all=len(rows)))
    for one in found:
        mean = one.delta_m
        if mean is not None and mean.tasks > 1:
            ends = "" if mean.low is None else f" ({mean.low:+.1%} … {mean.high:+.1%})"
            text = _("Mean gain {name} of {runs} over {count} tasks: {value}{ends}.")
            parts.append(
                text.format(
                    name=DELTA_M,
                    runs=one.group.label,
                    count=mean.tasks,
                    value=f"{mean.value:+.1%}",
                    ends=ends,
                )
            )
    return " ".join(parts)

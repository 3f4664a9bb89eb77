"""Configurations over their seeds in two or three metrics, with the front and its knee. No torch here."""

import pandas as pd

from mtrec_core.comparing.run_values import higher_is_better, metric_title
from mtrec_core.comparing.sweep_front import Front, FrontPoint
from mtrec_core.evaluation.compare import Spread
from mtrec_core.ui.charts.tradeoff import Mark, Measured, tradeoff
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _


def front_shown(found: Front, titles: TaskTitles, dark: bool) -> Shown:
    """A point per configuration: its mean over seeds, bars of one standard deviation."""
    points = found.points
    marks = [
        Mark(
            run_id=point.group.first.id,
            short=_short(point),
            label=point.group.label,
            colour=run_colour(point.group.first, dark),
            hover=_weights(point),
        )
        for point in points
    ]
    axes = [_measured(found, place, titles) for place in range(len(found.choices))]
    figure = None
    if points:
        third = axes[2] if len(axes) > 2 else None
        figure = tradeoff(
            marks, axes[0], axes[1], third, dark, knee=None if found.knee is None else found.knee.model
        )
    return Shown(figure=figure, made=_table(found, titles), says=_says(found, axes), file="front")


def _spreads(point: FrontPoint, found: Front) -> tuple[Spread, ...]:
    return point.validation if found.split == "validation" else point.test


def _measured(found: Front, place: int, titles: TaskTitles) -> Measured:
    task, metric = found.choices[place]
    spreads = [_spreads(point, found)[place] for point in found.points]
    return Measured(
        title=f"{titles.of_task(task)} {metric_title(metric).rstrip(' ↓')}",
        higher_is_better=higher_is_better(metric),
        values=tuple(spread.mean for spread in spreads),
        low=tuple(None if one.deviation is None else one.mean - one.deviation for one in spreads),
        high=tuple(None if one.deviation is None else one.mean + one.deviation for one in spreads),
    )


def _short(point: FrontPoint) -> str:
    return f"#{point.group.first.number}"


def _weights(point: FrontPoint) -> str:
    return " · ".join(f"{task} {weight:g}" for task, weight in point.weights.items())


def _table(found: Front, titles: TaskTitles) -> pd.DataFrame:
    rows = []
    for place, point in enumerate(found.points):
        row: dict[str, object] = {"runs": point.group.label, "weights": _weights(point)}
        for at, (task, metric) in enumerate(found.choices):
            title = f"{titles.of_task(task)} {metric_title(metric)}"
            for split, spreads in ((_("validation"), point.validation), (_("test"), point.test)):
                row[f"{title}, {split}"] = spreads[at].mean
                row[f"{title}, {split}, deviation"] = spreads[at].deviation
        row["seeds"] = str(point.validation[0].count)
        row["on_front"] = point.on_front
        row["knee"] = found.knee is not None and found.knee.model == place
        rows.append(row)
    return pd.DataFrame(rows)


def _says(found: Front, axes: list[Measured]) -> str:
    on = [_short(point) for point in found.points if point.on_front]
    if not on:
        return ""
    metrics = _(" and ").join(one.title for one in axes)
    parts = [
        _(
            "{points}: by the mean over seeds no other is at least as good in {metrics} and better in one."
        ).format(points=", ".join(on), metrics=metrics)
    ]
    if found.knee is None:
        parts.append(_("No knee: too few points on the front, or none above the line through its extremes."))
    else:
        point = found.points[found.knee.model]
        parts.append(
            _("The knee is {point} ({weights}): it gives up least for what it gains.").format(
                point=_short(point), weights=_weights(point)
            )
        )
    return " ".join(parts)

"""A task's metric in parts of its test set. No torch here."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtrec_core.comparing.intervals import Difference, compare_drawn
from mtrec_core.comparing.run_values import label, metric_title
from mtrec_core.evaluation.slices_file import Slice
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.dots import Dot, dot_rows
from mtrec_core.ui.shown.results import verdict
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _


def slices_shown(
    runs: Sequence[RunRecord],
    base: RunRecord,
    found: Mapping[str, Sequence[Slice]],
    task: str,
    metric: str,
    family: str,
    titles: TaskTitles,
    dark: bool,
) -> Shown:
    """The metric of each run in each slice of a family, with its interval; `found` by run id."""
    by_value = {
        run.id: {one.value: one for one in found.get(run.id, ()) if one.family == family} for run in runs
    }
    values = list(dict.fromkeys(value for slices in by_value.values() for value in slices))
    dots, rows = [], []
    for value in values:
        units = max(slices[value].units for slices in by_value.values() if value in slices)
        row = f"{value} · {units:,}".replace(",", "\u202f")
        for run in runs:
            one = by_value[run.id].get(value)
            if one is None or one.drawn is None:
                continue
            low, high = one.drawn.interval()
            dots.append(
                Dot(
                    row=row,
                    series=label(run),
                    colour=run_colour(run, dark),
                    value=one.drawn.value,
                    low=low,
                    high=high,
                )
            )
            difference = _difference(one, by_value[base.id].get(value)) if run.id != base.id else None
            rows.append(
                {
                    "task": titles.of_task(task),
                    "metric": metric_title(metric),
                    "slice": family,
                    "value": value,
                    "rows": one.units,
                    "users": one.drawn.users,
                    "run": label(run),
                    "metric_value": one.drawn.value,
                    "low": low,
                    "high": high,
                    "difference": None if difference is None else difference.value,
                    "difference_low": None if difference is None else difference.low,
                    "difference_high": None if difference is None else difference.high,
                    "verdict": _("baseline")
                    if run.id == base.id
                    else ("" if difference is None else verdict(difference)),
                }
            )
    title = f"{titles.of_task(task)} · {metric_title(metric)}"
    figure = dot_rows(dots, x_title=title, zero=False, dark=dark) if dots else None
    return Shown(figure=figure, made=pd.DataFrame(rows), says=_says(rows, title), file=f"slices-{task}")


def _difference(one: Slice, other: Slice | None) -> Difference | None:
    if other is None or other.drawn is None or one.drawn is None:
        return None
    return compare_drawn(one.drawn, other.drawn)


def _says(rows: Sequence[Mapping[str, object]], title: str) -> str:
    if not rows:
        return _("{title}: no slice is large enough for the metric.").format(title=title)
    ordered = sorted(rows, key=lambda row: float(str(row["metric_value"])))
    low, high = ordered[0], ordered[-1]
    text = _(
        "{title} lies between {low:.4f} ({low_run}, {low_value}) and {high:.4f} ({high_run}, {high_value})."
    )
    return text.format(
        title=title,
        low=low["metric_value"],
        low_run=low["run"],
        low_value=low["value"],
        high=high["metric_value"],
        high_run=high["run"],
        high_value=high["value"],
    )

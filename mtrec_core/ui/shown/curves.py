"""Curves of runs over each other, per task. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mtrec_core.comparing.run_values import higher_is_better, metric_title
from mtrec_core.comparing.seeds import SeedGroup
from mtrec_core.store.curves import Curve, CurveKey
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.compared_curves import Line, Look, Panel, compared_curves
from mtrec_core.ui.charts.palette import run_style
from mtrec_core.ui.shown.shown import Shown, TaskTitles
from mtrec_core.ui.texts import _

XAxis = Literal["step", "epoch", "rows", "time"]
X_TITLES: dict[XAxis, str] = {
    "step": _("Step"),
    "epoch": _("Epoch"),
    "rows": _("Rows seen"),
    "time": _("Minutes of training"),
}


@dataclass(frozen=True, kw_only=True)
class CurveChoice:
    """What of the curves is drawn, and how."""

    tasks: Mapping[str, str]
    """Task -> the metric in its right panel."""
    x: XAxis = "step"
    smoothing: float = 0.0
    log_x: bool = False
    log_y: bool = False
    members: bool = False
    """Draw each seed of a group as well as their mean."""


def curves_shown(
    groups: Sequence[SeedGroup],
    curves: Mapping[CurveKey, Curve],
    choice: CurveChoice,
    titles: TaskTitles,
    dark: bool,
) -> Shown:
    """A line per group (mean and spread over its seeds) in two panels per task: loss, and a metric."""
    rows = []
    for task, metric in choice.tasks.items():
        title = titles.of_task(task)
        wanted = (
            ("train", "loss", _("{task}: loss")),
            ("validation", metric, "{metric}"),  # beside the task, in the same row
        )
        rows.append(
            tuple(
                Panel(
                    title=text.format(task=title, metric=metric_title(name)),
                    lines=tuple(
                        line
                        for group in groups
                        for line in _lines(group, curves, (task, split, name), choice, dark)
                    ),
                )
                for split, name, text in wanted
            )
        )
    look = Look(
        x_title=X_TITLES[choice.x], smoothing=choice.smoothing, log_x=choice.log_x, log_y=choice.log_y
    )
    pairs = [(left, right) for left, right in rows]
    return Shown(
        figure=compared_curves(pairs, look, dark),
        made=lambda: curves_table([run for group in groups for run in group.members], curves, choice),
        says=_says(groups, curves, choice, titles),
        file="curves",
    )


def x_values(curve: Curve, run: RunRecord, x: XAxis) -> np.ndarray:
    """The curve's places on the x axis that was chosen."""
    if x == "step":
        return curve.steps
    if x == "epoch":
        return curve.epochs
    if x == "rows":
        return curve.steps * int(run.config.get("training", {}).get("batch_size", 1))
    return curve.seconds / 60


def curves_table(
    runs: Sequence[RunRecord], curves: Mapping[CurveKey, Curve], choice: CurveChoice
) -> pd.DataFrame:
    """Every point of every line, unsmoothed."""
    parts = []
    for run in runs:
        for task, metric in choice.tasks.items():
            for split, name in (("train", "loss"), ("validation", metric)):
                curve = curves.get(CurveKey(run.id, task, split, name))
                if curve is None:
                    continue
                parts.append(
                    pd.DataFrame(
                        {
                            "run": f"#{run.number}",
                            "name": run.name,
                            "seed": run.seed,
                            "task": task,
                            "split": split,
                            "metric": name,
                            "step": curve.steps,
                            "epoch": curve.epochs,
                            "rows": x_values(curve, run, "rows"),
                            "seconds": curve.seconds,
                            "value": curve.values,
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"run": [], "value": []})


def _lines(
    group: SeedGroup,
    curves: Mapping[CurveKey, Curve],
    wanted: tuple[str, str, str],
    choice: CurveChoice,
    dark: bool,
) -> list[Line]:
    task, split, name = wanted
    found = [(run, curves.get(CurveKey(run.id, task, split, name))) for run in group.members]
    known = [(run, curve) for run, curve in found if curve is not None and len(curve)]
    style = run_style(group.first.number, dark)
    if not known:
        return []
    if len(known) == 1:
        run, curve = known[0]
        x = x_values(curve, run, choice.x)
        return [Line(label=group.label, colour=style.colour, dash=style.dash, x_P=x, y_P=curve.values)]
    lines = []
    if choice.members:
        lines = [
            Line(
                label=group.label,
                colour=style.colour,
                dash=style.dash,
                x_P=x_values(curve, run, choice.x),
                y_P=curve.values,
                quiet=True,
            )
            for run, curve in known
        ]
    x, mean, low, high = _mean(known, choice.x)
    return [
        *lines,
        Line(
            label=group.label, colour=style.colour, dash=style.dash, x_P=x, y_P=mean, low_P=low, high_P=high
        ),
    ]


def _mean(
    known: Sequence[tuple[RunRecord, Curve]], x: XAxis
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean, lowest and highest over seeds at the first member's places, as far as every member has come."""
    places = [x_values(curve, run, x).astype(np.float64) for run, curve in known]
    end = min(place[-1] for place in places)
    at = places[0][places[0] <= end]
    values = np.stack(
        [np.interp(at, place, curve.values) for place, (_run, curve) in zip(places, known, strict=True)]
    )
    return at, values.mean(axis=0), values.min(axis=0), values.max(axis=0)


def _says(
    groups: Sequence[SeedGroup], curves: Mapping[CurveKey, Curve], choice: CurveChoice, titles: TaskTitles
) -> str:
    """For each task which run reached the best value of its metric on validation."""
    sentences = []
    for task, metric in choice.tasks.items():
        sign = 1 if higher_is_better(metric) else -1
        best: tuple[float, RunRecord, int] | None = None
        for run in (run for group in groups for run in group.members):
            curve = curves.get(CurveKey(run.id, task, "validation", metric))
            if curve is None or not np.isfinite(curve.values).any():
                continue
            place = int(np.nanargmax(sign * curve.values))
            value = float(curve.values[place])
            if best is None or sign * value > sign * best[0]:
                best = (value, run, int(curve.steps[place]))
        if best is not None:
            sentences.append(
                _("{task}: #{number} reaches the best {metric}, {value:.4f} at step {step}.").format(
                    task=titles.of_task(task),
                    number=best[1].number,
                    metric=metric_title(metric).rstrip(" ↓"),
                    value=best[0],
                    step=best[2],
                )
            )
    if not sentences:
        return _("No run has been validated yet.")
    return " ".join([*sentences, _("Left: losses on training rows; right: on validation.")])

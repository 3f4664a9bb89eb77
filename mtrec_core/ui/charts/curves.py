"""The curves of one run: a row per task, then total, weights and learning rate. No torch here.

P = points of a curve, S = stretches that shares are averaged over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtrec_core.store.curves import Curve
from mtrec_core.ui.charts.curve_traces import (
    CurveView,
    Trace,
    XAxis,
    best_star,
    corners,
    level_trace,
    line_trace,
    measured_trace,
    smoothed_traces,
    x_values,
)
from mtrec_core.ui.charts.downsampling import thin
from mtrec_core.ui.charts.palette import QUIET, faint
from mtrec_core.ui.charts.panels import Figure, Mark, Panel, TaskLine, panel_figure
from mtrec_core.ui.texts import _

Curves = Mapping[tuple[str, str, str], Curve]
"""(task, split, name) -> curve of one run."""
STRETCHES = 240
"""Shares are drawn as means over so many stretches of the run: single steps would flicker."""
_ABOUT_X: dict[XAxis, str] = {"step": _("step"), "epoch": _("epoch"), "time": _("minutes of training")}


@dataclass(frozen=True, kw_only=True)
class WeightChange:
    """The task weights were changed while the run went on."""

    step: int
    before: Mapping[str, float]
    after: Mapping[str, float]


def run_figure(
    curves: Curves,
    tasks: Sequence[TaskLine],
    view: CurveView,
    *,
    best_step: int | None = None,
    changes: Sequence[WeightChange] = (),
    more: Sequence[Panel] = (),
) -> tuple[Figure, dict[str, Any]]:
    """The figure of a run, and the layout values that differ on a narrow page. `more` stand below all,
    from row `rows_of(tasks)` on."""
    panels: list[Panel] = []
    for task in tasks:
        panels += _task_panels(len(panels) // 2, curves, task, view, best_step)
    row = len(tasks)
    panels += [_total_panel(row, curves, tasks, view), _weight_panel(row, curves, tasks, view)]
    panels += [_rate_panel(row + 1, curves, view), _monitor_panel(row + 1, curves, view, best_step), *more]
    marks = [
        Mark(x=at, text=_("weights"), detail=changed_weights(change), dash="dash")
        for change in changes
        if (at := place_of(change.step, curves, view.x)) is not None
    ]
    if best_step and (at := place_of(best_step, curves, view.x)) is not None:
        marks.append(Mark(x=at, text=_("best"), detail=_("Best step so far: {step}").format(step=best_step)))
    return panel_figure(panels, x_title=_ABOUT_X[view.x], marks=marks, dark=view.dark)


def rows_of(tasks: Sequence[TaskLine]) -> int:
    """How many rows of panels the figure has: the tasks', total and weights, step size and monitor."""
    return len(tasks) + 2


def changed_weights(change: WeightChange) -> str:
    """purchase 1 → 2, ad_click 1 → 0.5"""
    parts = [
        f"{task} {change.before.get(task, 1):g} → {weight:g}"
        for task, weight in change.after.items()
        if weight != change.before.get(task, 1)
    ]
    return _("From step {step}: {weights}").format(step=change.step, weights=", ".join(parts))


def place_of(step: int, curves: Curves, x: XAxis) -> float | None:
    """Where a step lies on the chosen axis; None before there is a curve that tells."""
    if x == "step":
        return float(step)
    known = curves.get(("", "train", "total_loss"))
    if known is None or not len(known):
        return None
    return float(np.interp(step, known.steps, x_values(known, x)))


def _task_panels(
    row: int, curves: Curves, task: TaskLine, view: CurveView, best_step: int | None
) -> list[Panel]:
    loss: list[Trace] = []
    train = curves.get((task.name, "train", "loss"))
    if train is not None:
        loss += smoothed_traces(train, task.colour, view, _("loss on training rows"))
    held_out = curves.get((task.name, "validation", "loss"))
    if held_out is not None:
        loss.append(measured_trace(held_out, task.colour, view, _("loss on validation"), dash="dot"))
    quality: list[Trace] = []
    learned = curves.get((task.name, "train", task.headline))
    if learned is not None:
        quality.append(measured_trace(learned, task.colour, view, _("training rows"), dash="dot"))
    measured = curves.get((task.name, "validation", task.headline))
    if measured is not None:
        quality.append(measured_trace(measured, task.colour, view, _("validation")))
        quality += best_star(measured, task.colour, view, best_step)
        if task.baseline is not None and len(measured):
            longest = train if train is not None and len(train) else measured
            x = x_values(longest, view.x)
            quality.append(level_trace(task.baseline, x, QUIET[view.dark], task.baseline_title))
    swatch = f'<span style="color:{task.colour}">●</span>'
    direction = "" if task.higher_is_better else " " + _("(lower is better)")
    return [
        Panel(title=f"{swatch} <b>{task.title}</b> · {_('loss')}", row=row, column=0, traces=tuple(loss)),
        Panel(title=f"{task.headline_title}{direction}", row=row, column=1, traces=tuple(quality)),
    ]


def contributions(curves: Curves, tasks: Sequence[str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(last place [S] of each stretch among the points of the total, task -> float64 [S]): the mean weighted
    loss that each task adds to the total. They sum to the mean total, as shares do to 1."""
    total = curves[("", "train", "total_loss")]
    edges = np.unique(np.linspace(0, len(total), min(STRETCHES, len(total)) + 1).astype(int))
    sizes = np.diff(edges)
    found = {}
    for task in tasks:
        share = curves.get((task, "train", "share"))
        if share is None:
            continue
        at = np.searchsorted(total.steps, share.steps).clip(max=len(total) - 1)
        known = (total.steps[at] == share.steps) & np.isfinite(share.values) & np.isfinite(total.values[at])
        stretch = np.searchsorted(edges, at[known], side="right") - 1
        added = share.values[known] * total.values[at[known]]
        found[task] = np.bincount(stretch, weights=added, minlength=len(sizes)) / sizes
    return edges[1:] - 1, found


def _total_panel(row: int, curves: Curves, tasks: Sequence[TaskLine], view: CurveView) -> Panel:
    traces = []
    total = curves.get(("", "train", "total_loss"))
    if total is not None and len(total):
        places, added = contributions(curves, [task.name for task in tasks])
        x = x_values(total, view.x)[places]
        whole = np.maximum(sum(added.values(), np.zeros(len(places))), 1e-12)
        for task in tasks:
            if task.name in added:
                part = added[task.name]
                traces.append(
                    {
                        "type": "scatter", "mode": "lines", "x": x, "y": part, "name": task.title,
                        "line": {"color": task.colour, "width": 0.5}, "stackgroup": "total",
                        "fillcolor": faint(task.colour, 0.75), "customdata": 100 * part / whole,
                        "hovertemplate": "%{y:.3g} (%{customdata:.0f} %)",
                    }
                )  # fmt: skip
    title = f"<b>{_('Total loss')}</b> · {_('what each task adds')}"
    return Panel(title=title, row=row, column=0, traces=tuple(traces), y_from_zero=True)


def _weight_panel(row: int, curves: Curves, tasks: Sequence[TaskLine], view: CurveView) -> Panel:
    traces = []
    for task in tasks:
        curve = curves.get((task.name, "train", "weight"))
        if curve is not None and len(curve):
            kept = corners(curve.values)
            line = line_trace(x_values(curve, view.x)[kept], curve.values[kept], task.colour, task.title)
            line["line"]["shape"] = "hv"
            traces.append(line)
    title = f"<b>{_('Weights')}</b> · {_('as the loss takes them')}"
    return Panel(title=title, row=row, column=1, traces=tuple(traces), y_from_zero=True)


def _rate_panel(row: int, curves: Curves, view: CurveView) -> Panel:
    traces = []
    rate = curves.get(("", "train", "learning_rate"))
    effective = curves.get(("", "train", "effective_learning_rate"))
    if rate is not None:
        kept = thin(x_values(rate, view.x), rate.values)
        traces.append(line_trace(kept.x, kept.y, QUIET[view.dark], _("learning rate")))
    if effective is not None and rate is not None and list(effective.values) != list(rate.values):
        kept = thin(x_values(effective, view.x), effective.values)
        words = _("effective: times the mean weight")
        traces.append(line_trace(kept.x, kept.y, QUIET[view.dark], words, dash="dot"))
    return Panel(
        title=f"<b>{_('Learning rate')}</b>", row=row, column=0, traces=tuple(traces), y_from_zero=True
    )


def _monitor_panel(row: int, curves: Curves, view: CurveView, best_step: int | None) -> Panel:
    traces = []
    curve = curves.get(("", "validation", "monitor"))
    if curve is not None:
        colour = QUIET[view.dark]
        traces.append(measured_trace(curve, colour, view, _("validation")))
        traces += best_star(curve, colour, view, best_step)
    title = f"<b>{_('What picks the best step')}</b>"
    return Panel(title=title, row=row, column=1, traces=tuple(traces))

"""The curves of a run that trains: how the reader looks at them, and the figure. No torch here."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mtrec_core.store.records import EventRecord
from mtrec_core.ui import formats, links
from mtrec_core.ui.charts.conflict import (
    conflict_parts,
    gradient_panels,
    matrix_figure,
    strongest_conflict,
)
from mtrec_core.ui.charts.curve_traces import CurveView, XAxis
from mtrec_core.ui.charts.curves import Curves, WeightChange, rows_of, run_figure
from mtrec_core.ui.charts.panels import TaskLine
from mtrec_core.ui.live_plot import live_plot
from mtrec_core.ui.live_run import Seen
from mtrec_core.ui.texts import _, terms

INTERVALS = ("1", "2", "5", "15")
"""Seconds between two looks."""
_X_TITLES: dict[XAxis, str] = {"step": _("Step"), "epoch": _("Epoch"), "time": _("Time")}


def choose_interval() -> int | None:
    """Seconds between two looks, or None while the reader has switched it off; the link holds it."""
    live = st.toggle(
        _("Live"),
        value=True,
        key="live",
        bind="query-params",
        help=_("Renews this page by itself while the run goes on."),
    )
    links.begin("every", INTERVALS, INTERVALS[1])
    every = st.segmented_control(
        _("Every"),
        INTERVALS,
        required=True,
        format_func=lambda seconds: _("{n} s").format(n=seconds),
        key="every",
        disabled=not live,
        label_visibility="collapsed",
    )
    links.keep("every", every, INTERVALS[1])
    return int(every or INTERVALS[1]) if live else None


def choose_view(dark: bool) -> CurveView:
    """The row of choices above the curves; the link holds them."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="curve_choices"):
        links.begin("x", _X_TITLES, "step")
        x = st.segmented_control(
            _("Horizontal axis"),
            list(_X_TITLES),
            format_func=_X_TITLES.__getitem__,
            required=True,
            key="x",
        )
        links.keep("x", x, "step")
        smoothing = st.slider(
            _("Smoothing"),
            0.0,
            0.95,
            0.6,
            0.05,
            key="smoothing",
            bind="query-params",
            width=200,
            help=_("Weight of the moving average over losses. The pale line is what was measured."),
        )
    return CurveView(x=x or "step", smoothing=smoothing, dark=dark)


def show(run_id: str, seen: Seen, tasks: Sequence[TaskLine], view: CurveView) -> None:
    """The figure, with a text that says what it shows."""
    best = best_step(seen.curves)
    figure, narrow = run_figure(
        seen.curves,
        tasks,
        view,
        best_step=best,
        changes=weight_changes(seen.events),
        more=gradient_panels(rows_of(tasks), seen.curves, tasks, view),
    )
    live_plot(figure, key=f"curves_{run_id}", alt=in_words(seen.curves, tasks, best), narrow=narrow)
    with st.container(horizontal=True, gap="medium"):
        st.caption(
            _(
                "Left: training rows, each step pale and smoothed strong; dotted, validation. Right: "
                "validation; dotted, training rows. Star: best step. Dashed: baseline."
            ),
            help=f"{terms['baseline']}  \n{terms['best_step']}",
        )


def conflicts(run_id: str, curves: Curves, tasks: Sequence[TaskLine], dark: bool) -> None:
    """Which tasks pull the shared parameters together; nothing before two were compared."""
    titles = {task.name: task.title for task in tasks}
    figure = matrix_figure(curves, titles, dark)
    if figure is None:
        return
    with st.expander(_("Which tasks pull together, which apart"), icon=":material/call_split:"):
        st.caption(
            _("Cosine between the tasks' gradients over what they share, mean of the last comparisons."),
            help=terms["conflict"],
        )
        live_plot(figure, key=f"conflict_{run_id}", alt=strongest_conflict(curves, titles))
        st.caption(_("Where in the model: share of the compared steps in which two tasks pull apart."))
        st.dataframe(
            conflict_parts([(task, name, curve) for (task, _split, name), curve in curves.items()], titles),
            hide_index=True,
            column_config={
                "share": st.column_config.ProgressColumn(
                    _("Steps in conflict"), format="percent", min_value=0.0, max_value=1.0
                ),
                "part": _("Part of the model"),
                "pair": _("Conflicts most"),
                "cosine": st.column_config.NumberColumn(_("Its cosine"), format="%+.2f"),
            },
        )


def best_step(curves: Curves) -> int | None:
    """The step that validation liked best so far."""
    monitor = curves.get(("", "validation", "monitor"))
    if monitor is None or not np.isfinite(monitor.values).any():
        return None
    return int(monitor.steps[int(np.nanargmax(monitor.values))])


def weight_changes(events: Sequence[EventRecord]) -> list[WeightChange]:
    """When the task weights were changed while the run went on."""
    return [
        WeightChange(step=event.payload["step"], before=event.payload["before"], after=event.payload["after"])
        for event in events
        if event.kind == "weights"
    ]


def in_words(curves: Curves, tasks: Sequence[TaskLine], best: int | None) -> str:
    """What the figure says, for those who can't see it."""
    parts = []
    for task in tasks:
        loss, metric = (
            _last(curves, task.name, "train", "loss"),
            _last(curves, task.name, "validation", task.headline),
        )
        parts.append(
            _("{task}: training loss {loss}, {metric} on validation {value}.").format(
                task=task.title,
                loss=formats.metric(loss),
                metric=task.headline_title,
                value=formats.metric(metric),
            )
        )
    if best is not None:
        parts.append(_("Best step so far: {step}").format(step=best))
    return " ".join(parts)


def _last(curves: Curves, task: str, split: str, name: str) -> float | None:
    curve = curves.get((task, split, name))
    return float(curve.values[-1]) if curve is not None and len(curve) else None

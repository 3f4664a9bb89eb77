"""What one model does under many preferences, drawn into the trade-off of runs. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from mtrec_core.comparing.run_values import Split, label, metric_title
from mtrec_core.evaluation.preference_front import PreferenceFront, PreferencePoint
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.shown.tradeoff import Choice
from mtrec_core.ui.texts import _


def with_learned_fronts(
    shown: Shown,
    runs: Sequence[RunRecord],
    fronts: Mapping[str, PreferenceFront],
    choices: Sequence[Choice],
    split: Split,
    titles: TaskTitles,
    dark: bool,
) -> Shown:
    """The trade-off with a line for each run whose model was asked for many preferences; `fronts` by run id.
    A run that lacks one of the metrics gets none."""
    figure = go.Figure(shown.figure)
    rows, named = [], []
    for run in runs:
        points = _measured(fronts.get(run.id), choices, split)
        if not points:
            continue
        named.append(f"#{run.number}")
        figure.add_trace(
            go.Scatter(
                x=[found[0] for _point, found in points],
                y=[found[1] for _point, found in points],
                mode="lines+markers",
                marker={"symbol": "diamond", "size": 8, "color": run_colour(run, dark)},
                line={"color": run_colour(run, dark), "width": 1.5},
                customdata=[[None, label(run), _words(point)] for point, _found in points],
                hovertemplate=(
                    "<b>%{customdata[1]}</b><br>%{x:.4f} · %{y:.4f}<br>%{customdata[2]}<extra></extra>"
                ),
                showlegend=False,
            )
        )
        for point, found in points:
            rows.append(
                {"run": label(run), "preference": _words(point)}
                | {
                    f"{titles.of_task(task)} {metric_title(metric)}": value
                    for (task, metric), value in zip(choices, found, strict=True)
                }
            )
    if not named:
        return shown
    says = _("Diamonds: the one model of {runs} under preferences from one task to another.").format(
        runs=", ".join(named)
    )
    table = pd.concat([shown.table, pd.DataFrame(rows)], ignore_index=True)
    return replace(shown, figure=figure, made=table, says=f"{shown.says} {says}".strip())


def _measured(
    front: PreferenceFront | None, choices: Sequence[Choice], split: Split
) -> list[tuple[PreferencePoint, list[float]]]:
    """The points with their values, in the order of the grid; none unless all are known."""
    found = []
    for point in front.points if front else ():
        values = [
            value for task, metric in choices if (value := point.value(split, task, metric)) is not None
        ]
        if len(values) < len(choices):
            return []
        found.append((point, values))
    return found


def _words(point: PreferencePoint) -> str:
    return " · ".join(f"{task} {share:.2f}" for task, share in point.preference.items())

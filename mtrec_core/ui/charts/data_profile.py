"""Charts of a dataset's profile, from the numbers of `data.profile.Profile.to_json`. No torch, no streamlit.

Each has beside it a sentence that says what it shows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mtrec_core.ui import formats
from mtrec_core.ui.charts.palette import QUIET, faint, task_colour
from mtrec_core.ui.texts import _
from mtrec_core.ui.theme import template

HEIGHT = 280
LEGEND_ROW = 19
"""Pixels of a line in a legend: names as long as those of tasks stand below each other."""


def _figure(dark: bool, x: str, y: str, height: int = HEIGHT) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        template=template(dark), height=height, showlegend=False, xaxis_title=x, yaxis_title=y,
        hovermode="x unified", margin={"t": 12},
    )  # fmt: skip
    return figure


def _with_legend(figure: go.Figure) -> go.Figure:
    """The figure with a legend that takes no room from the lines."""
    return figure.update_layout(showlegend=True, height=HEIGHT + LEGEND_ROW * len(figure.data))


def long_tails(tasks: Sequence[Mapping[str, Any]], names: Sequence[str], dark: bool) -> go.Figure | None:
    """Share of the rows against share of the things, most popular first; None where no task has a tail."""
    figure = _figure(dark, _("Share of the things, most popular first"), _("Share of the rows"))
    tailed = [task for task in tasks if task["tail"]]
    if not tailed:
        return None
    for task in tailed:
        x, y = np.array([(0.0, 0.0), *task["tail"]["curve"]]).T
        figure.add_scatter(
            x=x, y=y, mode="lines", name=task["title"],
            line={"color": task_colour(task["name"], names, dark), "width": 2},
            hovertemplate="%{y:.0%}",
        )  # fmt: skip
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=_("all alike"), hoverinfo="skip",
        line={"color": QUIET[dark], "width": 1, "dash": "dot"},
    )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    return _with_legend(figure)


def long_tail_words(tasks: Sequence[Mapping[str, Any]]) -> str:
    """How popular the popular things are."""
    return " ".join(
        _("{task}: the top tenth of {n} things has {share} of the rows.").format(
            task=task["title"],
            n=formats.whole(task["tail"]["things"]),
            share=formats.share(task["tail"]["top_10"]),
        )
        for task in tasks
        if task["tail"]
    )


def activity(tasks: Sequence[Mapping[str, Any]], names: Sequence[str], dark: bool) -> go.Figure | None:
    """Rows over time; None where no task has a time."""
    timed = [task for task in tasks if task["activity"]]
    if not timed:
        return None
    figure = _figure(dark, _("Start of the {unit}").format(unit=timed[0]["activity"]["unit"]), _("Rows"))
    for task in timed:
        moments = task["activity"]["moments"]
        figure.add_scatter(
            x=[moment["start"] for moment in moments],
            y=np.array([moment["rows"] for moment in moments]),
            mode="lines",
            name=task["title"],
            line={"color": task_colour(task["name"], names, dark), "width": 2},
        )
    figure.update_yaxes(rangemode="tozero")
    return _with_legend(figure)


def activity_words(tasks: Sequence[Mapping[str, Any]]) -> str:
    """From when to when the tasks have rows."""
    return " ".join(
        _("{task}: {rows} from {first} to {last}, by the {unit}.").format(
            task=task["title"],
            rows=formats.rows(sum(moment["rows"] for moment in task["activity"]["moments"])),
            first=task["activity"]["moments"][0]["start"],
            last=task["activity"]["moments"][-1]["start"],
            unit=task["activity"]["unit"],
        )
        for task in tasks
        if task["activity"]
    )


def labels(task: Mapping[str, Any], names: Sequence[str], dark: bool) -> go.Figure | None:
    """Rows per label value, class, tag or range; None for a task without labels."""
    bars = task["bars"]
    if not bars:
        return None
    colour = task_colour(task["name"], names, dark)
    many = len(bars) > 8
    figure = _figure(dark, "", "", height=HEIGHT if not many else 24 * len(bars) + 60)
    values, counts = [_shown(task, bar["label"]) for bar in bars], np.array([bar["count"] for bar in bars])
    is_classes = task["kind"] in ("multiclass", "multilabel")
    if is_classes:
        figure.add_bar(y=values, x=counts, orientation="h", marker_color=colour, name=_("Rows"))
        figure.update_yaxes(autorange="reversed", type="category")
        figure.update_layout(hovermode="closest", height=max(160, 24 * len(bars) + 60))
    else:
        figure.add_bar(x=values, y=counts, marker_color=colour, name=_("Rows"))
        figure.update_xaxes(type="category")
        figure.update_layout(height=HEIGHT)
    figure.update_layout(bargap=0.18)
    return figure


def _shown(task: Mapping[str, Any], label: str) -> str:
    if task["kind"] == "binary":
        return {"0": _("no"), "1": _("yes")}.get(label, label)
    return label


def label_words(task: Mapping[str, Any]) -> str:
    """The label rate, spread or number of classes in a sentence."""
    label, missing = task["label"], task["missing_labels"]
    gaps = _(" {share} of the rows have no label.").format(share=formats.share(missing)) if missing else ""
    if task["kind"] == "binary" and label:
        return _("{share} yes.").format(share=formats.share(label["mean"], 1)) + gaps
    if label:
        low, high = label["quantiles"][0], label["quantiles"][-1]
        return (
            _("Mean {mean}, from {low} to {high}.").format(
                mean=formats.metric(label["mean"], 2), low=f"{low:g}", high=f"{high:g}"
            )
            + gaps
        )
    if task["bars"]:
        top = task["bars"][0]
        return (
            _("Most often {label}: {rows}.").format(label=top["label"], rows=formats.rows(top["count"]))
            + gaps
        )
    return _("Each row is a pair that went together; there is no label.")


def text_lengths(entities: Sequence[Mapping[str, Any]], dark: bool) -> go.Figure | None:
    """Tokens per text of each thing: range, middle half and median; None where nothing has a text."""
    with_text = [entity for entity in entities if entity["text"] and entity["text"]["tokens"]["quantiles"]]
    if not with_text:
        return None
    figure = _figure(dark, _("Tokens per text (estimated)"), "", height=70 + 42 * len(with_text))
    for entity in with_text:
        quantiles = entity["text"]["tokens"]["quantiles"]
        colour = QUIET[dark]
        name = entity["name"]
        for low, high, width, opacity in ((1, 5, 8, 0.45), (2, 4, 16, 0.9)):
            figure.add_scatter(
                x=[quantiles[low], quantiles[high]], y=[name, name], mode="lines", hoverinfo="skip",
                line={"color": faint(colour, opacity), "width": width},
            )  # fmt: skip
        figure.add_scatter(
            x=[quantiles[3]], y=[name], mode="markers", name=name,
            marker={"color": template(dark).layout.font.color, "size": 10, "symbol": "line-ns-open",
                    "line": {"width": 3}},
            hovertemplate=_("median %{x:.0f} tokens") + "<extra></extra>",
        )  # fmt: skip
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(rangemode="tozero")
    return figure


def text_words(entities: Sequence[Mapping[str, Any]]) -> str:
    """How long the texts are and how many there are to encode."""
    return " ".join(
        _("{name}: {n} distinct texts, half of them up to {tokens} tokens.").format(
            name=entity["name"],
            n=formats.whole(entity["text"]["distinct"]),
            tokens=formats.whole(entity["text"]["tokens"]["quantiles"][3]),
        )
        for entity in entities
        if entity["text"] and entity["text"]["tokens"]["quantiles"]
    )


LEAST_RANGE = 0.1
"""So far the axis of empty cells goes at least, so that few of them look few."""


def missing_values(entities: Sequence[Mapping[str, Any]], dark: bool) -> go.Figure | None:
    """Share of empty cells per column of a thing; None where nothing is missing."""
    gaps = [
        (f"{entity['name']}.{column}", share)
        for entity in entities
        for column, share in entity["missing"].items()
        if share > 0
    ]
    if not gaps:
        return None
    gaps.sort(key=lambda gap: -gap[1])
    figure = _figure(dark, _("Share of empty cells"), "", height=96 + 26 * len(gaps))
    figure.add_bar(
        y=[name for name, _share in gaps], x=np.array([share for _name, share in gaps]), orientation="h",
        marker_color=QUIET[dark], hovertemplate="%{y}: %{text}<extra></extra>", textposition="outside",
        text=[formats.share(share, 1) for _name, share in gaps], cliponaxis=False,
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(tickformat=".0%", range=[0, max(LEAST_RANGE, 1.15 * gaps[0][1])])
    figure.update_layout(hovermode="closest", bargap=0.35)
    return figure

"""Sliders that mix the tasks' scores, and what the mix is worth on validation. No model is asked here.

The values come from scores that the run kept of its validation lists, so list and metric move at once.
"""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from mtrec_core.evaluation.fusion import FUSION_WEIGHTS
from mtrec_core.inference.asked import Offers
from mtrec_core.ui import formats, try_models
from mtrec_core.ui.charts.palette import task_colour
from mtrec_core.ui.texts import _
from mtrec_core.ui.theme import template
from mtrec_core.ui.try_models import Chosen

HOW = _(
    "One order from several tasks' scores: each is brought to the same scale, then weighted. The leading "
    "task's 100 first candidates are reordered."
)
STEPS = 17
"""Points of the curve along one weight."""


def slider_key(task: str) -> str:
    """Of the widget, and of the link."""
    return f"mix_{task}"


def mixed_tasks(models: Sequence[Chosen]) -> tuple[str, ...]:
    """The tasks that some of the models can fuse for a user, the recommending one first."""
    return tuple(dict.fromkeys(task for model in models for task in try_models.fusion(model).tasks))


def sliders(models: Sequence[Chosen], offers: Offers, dark: bool) -> dict[str, float]:
    """Task -> weight, as the reader sets them; the leading task alone at first."""
    tasks = mixed_tasks(models)
    if len(tasks) < 2:
        return dict.fromkeys(tasks, 1.0)
    with st.container(border=True):
        head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
        with head:
            st.markdown("**" + _("Mix the tasks") + "**", help=HOW, width="content")
            _rules(models[0], tasks)
        setting, worth = st.columns([1.15, 1], gap="large", vertical_alignment="center")
        with setting:
            weights = {task: _slider(task, place == 0, offers) for place, task in enumerate(tasks)}
        with worth:
            for model in (found for found in models if try_models.fusion(found).tasks):
                _worth(model, weights, several=len(models) > 1)
        if len(models) == 1:
            with st.expander(_("How this metric moves along each weight"), icon=":material/show_chart:"):
                _curve(models[0], weights, offers, dark)
    return weights


def weights_of(model: Chosen, weights: Mapping[str, float]) -> dict[str, float]:
    """The weights of the tasks that a model has; its leading task alone where none of them counts."""
    tasks = try_models.fusion(model).tasks
    own = {task: weights.get(task, 0.0) for task in tasks}
    if not any(own.values()):
        return {task: float(place == 0) for place, task in enumerate(tasks)}
    return own


def _slider(task: str, leads: bool, offers: Offers) -> float:
    title = offers.tasks[task].title if task in offers.tasks else task
    return st.slider(
        title, -1.0, 1.0, 1.0 if leads else 0.0, 0.05, key=slider_key(task), bind="query-params",
        help=_("How much a standard deviation of this score counts. Below 0, what scores high sinks."),
    )  # fmt: skip


def _rules(model: Chosen, tasks: Sequence[str]) -> None:
    lists = try_models.fusion(model)
    with st.container(horizontal=True, width="content", gap="small"):
        alone = {task: float(place == 0) for place, task in enumerate(tasks)}
        st.button(_("Reset"), key="mix_reset", on_click=_set, args=(alone,), type="tertiary")
        for rule in FUSION_WEIGHTS.values():
            found = lists.weights(rule.key)
            most = max(abs(weight) for weight in found.values())
            scaled = {task: round(20 * weight / most) / 20 for task, weight in found.items()}
            st.button(
                _(rule.title), key=f"mix_{rule.key}_rule", on_click=_set, args=(scaled,), type="tertiary",
                help=_(rule.use),
            )  # fmt: skip


def _set(weights: Mapping[str, float]) -> None:
    for task, weight in weights.items():
        st.session_state[slider_key(task)] = weight


def _worth(model: Chosen, weights: Mapping[str, float], several: bool) -> None:
    lists = try_models.fusion(model)
    own = weights_of(model, weights)
    leading = lists.tasks[0]
    value, alone = lists.validation_metric(own), lists.validation_metric({leading: 1.0})
    label = _("NDCG@10 of this mix on validation")
    change = value - alone
    st.metric(
        f"{model.title}: {label}" if several else label,
        formats.metric(value),
        delta=formats.difference(change) if abs(change) >= 5e-5 else None,
        help=_(
            "How near the top the items stand that users chose next, over {n} users of the validation "
            "part. The "
            "change is against {task} alone. A mix that you choose by this number looks better here than "
            "it is; judge it on new data."
        ).format(n=formats.whole(lists.scores["row"].nunique()), task=leading),
    )


def _curve(model: Chosen, weights: Mapping[str, float], offers: Offers, dark: bool) -> None:
    lists = try_models.fusion(model)
    own = weights_of(model, weights)
    figure = go.Figure()
    now = lists.validation_metric(own)
    for task in lists.tasks[1:]:
        places = [-1 + 2 * step / (STEPS - 1) for step in range(STEPS)]
        mixes = [own | {task: place} for place in places]
        values = [lists.validation_metric(mix) if any(mix.values()) else None for mix in mixes]
        colour = task_colour(task, model.all_tasks, dark)
        title = offers.tasks[task].title if task in offers.tasks else task
        figure.add_scatter(x=places, y=values, mode="lines", name=title, line={"color": colour, "width": 2})
        figure.add_scatter(
            x=[own[task]], y=[now], mode="markers", marker={"color": colour, "size": 11},
            name=_("now"), showlegend=False,
        )  # fmt: skip
    figure.update_layout(template=template(dark), height=220, showlegend=len(lists.tasks) > 2)
    figure.update_xaxes(title=_("Weight, the others as they are"))
    figure.update_yaxes(title=_("NDCG@10"), rangemode="tozero")
    st.plotly_chart(figure, theme=None, key="mix_curve", config={"displayModeBar": False})
    best = max((value, place) for value, place in zip(values, places, strict=True) if value is not None)
    st.caption(
        _("Along {task} it is best at {place}: {value}.").format(
            task=title, place=f"{best[1]:g}", value=formats.metric(best[0])
        )
    )

"""Compare's trade-off: the scatter, and what a click on a point offers. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.between import config_between
from mtrec_core.comparing.run_values import Split, compared_tasks, label, metric_title, weights
from mtrec_core.comparing.seeds import seed_groups
from mtrec_core.comparing.settings import differing_settings
from mtrec_core.comparing.sweep_front import front
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import (
    compare_chart,
    compare_loaders,
    compare_queue,
    compare_results,
    frame,
    links,
    loaders,
)
from mtrec_core.ui.shown.front import front_shown
from mtrec_core.ui.shown.learned_front import with_learned_fronts
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.shown.tradeoff import Choice, complete, tradeoff_shown
from mtrec_core.ui.texts import _

CHART = "chart_trade-off"
NONE = "none"


def show(view: frame.Frame, runs: Sequence[RunRecord], titles: TaskTitles) -> None:
    """Axes, scatter, then the panel of the point that was clicked."""
    tasks = compared_tasks(runs)
    options = [
        f"{task.name}/{metric}"
        for task in tasks
        for metric in (task.headline, *_others(task.headline, task.metrics))
    ]
    headlines = [f"{task.name}/{task.headline}" for task in tasks]
    if len(headlines) < 2:
        st.info(
            _("A trade-off needs runs with test results of two tasks or more."), icon=":material/balance:"
        )
        return
    x, y, colour = _axes(options, headlines, titles)
    if x == y:
        st.info(_("Choose two different metrics."), icon=":material/balance:")
        return
    choices: list[Choice] = [_choice(word) for word in ((x, y) if colour == NONE else (x, y, colour))]
    drawn = complete(runs, choices)
    if not drawn:
        st.info(_("No chosen run has test results of both."), icon=":material/balance:")
        return
    groups = seed_groups(drawn)
    over_seeds = len(groups) > 1 and st.toggle(
        _("Means over seeds, with the knee"), len(groups) < len(drawn), key="frontseeds", bind="query-params"
    )
    if over_seeds:
        on_test = st.toggle(
            _("On test"),
            key="fronttest",
            bind="query-params",
            help=_("Weights are chosen by the front, so it is one of validation unless asked otherwise."),
        )
        split: Split = "test" if on_test else "validation"
        shown = front_shown(front(groups, choices, split), titles, view.dark)
        asked, drawn = drawn, [group.first for group in groups]
    else:
        found = compare_results.judged(view, drawn)
        split, asked = "test", drawn
        shown = tradeoff_shown(drawn, choices, found.draws, titles, view.dark)
    shown = with_learned_fronts(
        shown, asked, compare_loaders.learned_fronts(asked), choices, split, titles, view.dark
    )
    st.markdown(shown.says.replace("#", "\\#"))
    event = st.plotly_chart(
        shown.figure,
        theme=None,
        key=CHART,
        on_select="rerun",
        selection_mode="points",
        config=compare_chart.config(shown),
        alt=shown.says,
    )
    if over_seeds:
        st.caption(
            _(
                "A point is a configuration, its bars one standard deviation over seeds. The knee lies "
                "farthest above the line (or plane) through the front's extremes, each metric scaled to 0..1 "
                "(Das, 1999)."
            )
        )
    clicked = [point["customdata"][0] for point in event.selection.points if point.get("customdata")]
    _panel(view, drawn, clicked)
    traded = list(dict.fromkeys(task for task, _metric in choices))
    if len(traded) > 1:
        compare_queue.weights(view, drawn[0], traded, min(run.seed for run in drawn))
    compare_chart.numbers(shown)


def _others(headline: str, metrics: Sequence[str]) -> list[str]:
    return [metric for metric in metrics if metric != headline]


def _choice(word: str) -> Choice:
    task, _slash, metric = word.partition("/")
    return task, metric


def _axes(options: list[str], headlines: list[str], titles: TaskTitles) -> tuple[str, str, str]:
    def title(word: str) -> str:
        if word == NONE:
            return _("nothing")
        task, metric = _choice(word)
        return f"{titles.of_task(task)} · {metric_title(metric)}"

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        links.begin("across", options, headlines[0])
        x = st.selectbox(_("Across"), options, format_func=title, key="across", width=300)
        links.keep("across", x, headlines[0])
        links.begin("up", options, headlines[1])
        y = st.selectbox(_("Up"), options, format_func=title, key="up", width=300)
        links.keep("up", y, headlines[1])
        links.begin("tint", [NONE, *options], NONE)
        colour = st.selectbox(
            _("Colour"),
            [NONE, *options],
            format_func=title,
            key="tint",
            width=300,
            help=_("A third metric; it counts for the front as well."),
        )
        links.keep("tint", colour, NONE)
    return x or options[0], y or options[1], colour or NONE


def _panel(view: frame.Frame, drawn: Sequence[RunRecord], clicked: Sequence[str]) -> None:
    """What can be done with a point, clicked or chosen: open, clone, or train something between it and
    another."""
    by_id = {run.id: run for run in drawn}
    pointed = clicked[0] if clicked and clicked[0] in by_id else None
    if pointed != st.session_state.get("point_clicked"):
        st.session_state["point_clicked"] = pointed
        st.session_state["point"] = pointed
    if st.session_state.get("point") not in by_id:
        st.session_state["point"] = None
    chosen = st.selectbox(
        _("Point"),
        list(by_id),
        index=None,
        format_func=lambda run_id: label(by_id[run_id]),
        placeholder=_("Click a point above, or choose its run here"),
        key="point",
        width=420,
        help=_("Open or clone its run, or train one with weights between two points."),
    )
    if chosen is None:
        return
    run = by_id[chosen]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(f"**{label(run)}**".replace("#", "\\#"), width="content")
            st.page_link(
                "pages/3_Monitor.py",
                label=_("Open"),
                icon=":material/monitoring:",
                query_params={"run": run.id},
            )
            st.page_link(
                "pages/2_Train.py",
                label=_("Clone"),
                icon=":material/content_copy:",
                query_params={"clone": run.id},
            )
        _between(view, run, [one for one in drawn if one.id != run.id])


def _between(view: frame.Frame, run: RunRecord, others: Sequence[RunRecord]) -> None:
    same = [other for other in others if other.dataset_fingerprint == run.dataset_fingerprint]
    fitting = [other for other in same if weights(other) != weights(run)]
    if not fitting:
        st.caption(
            _("No other run in the chart has other weights on the same data, so nothing lies between.")
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        other = st.selectbox(
            _("A run between this one and"), fitting, format_func=label, key=f"between_{run.id}", width=300
        )
        share = st.slider(
            _("How far towards it"), 0.05, 0.95, 0.5, 0.05, key="between_share", width=240, format="percent"
        )
        config = config_between(run, other, share)
        pressed = st.button(
            _("Queue this run"), type="primary", icon=":material/playlist_add:", key="queue_between"
        )
    lines = [f"{task} **{weight:g}**" for task, weight in config.weights.items()]
    st.markdown(_("Its weights: {weights}").format(weights=" · ".join(lines)))
    unlike = [
        name
        for name in differing_settings([run, other])
        if not name.startswith(("weights.", "seed", "tasks"))
    ]
    if unlike:
        st.caption(
            _("These settings differ between the two; it takes those of {run}: {names}.").format(
                run=label(run).replace("#", "\\#"), names=", ".join(unlike)
            )
        )
    if pressed:
        from mtrec_core.jobs import requests
        from mtrec_core.jobs.plan import TrainRequest
        from mtrec_core.jobs.supervisor import ensure_supervisor

        with frame.guarded():
            queued = requests.submit(TrainRequest(config=config), view.store, view.home)[-1]
            ensure_supervisor(view.home)
            loaders.runs.clear()
            st.success(_("#{number} waits in the queue.").format(number=queued.number).replace("#", "\\#"))
            st.page_link(
                "pages/3_Monitor.py",
                label=_("Watch it"),
                icon=":material/monitoring:",
                query_params={"run": queued.id},
            )

"""Compare's buttons that queue a study: subsets of tasks, or weights over a grid. No torch here."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.jobs.plan import PlannedRun
from mtrec_core.jobs.studies import (
    default_orders,
    experiment_of,
    look_up,
    queue_study,
    subset_plan,
    subsets_to_train,
)
from mtrec_core.jobs.sweeps import sweep_plan
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import frame, loaders
from mtrec_core.ui.texts import _


def subsets(view: frame.Frame, base: RunRecord, tasks: Sequence[str], seed: int) -> None:
    """Offers to train subsets of the tasks with the settings of `base`, from a seed on."""
    with st.popover(_("Train subsets"), icon=":material/playlist_add:"):
        seeds = st.number_input(_("Seeds"), min_value=1, max_value=20, value=2, key="subset_seeds")
        larger = st.checkbox(
            _("Larger subsets as well"),
            True,
            key="subset_larger",
            help=_("Single tasks and pairs tell who helps whom; what each task adds needs larger ones."),
        )
        with frame.guarded():
            chosen = subsets_to_train(tasks, default_orders(tasks) if larger else 0)
            plans = subset_plan(_config(base, tasks, seed), chosen, seeds)
            title = _("{dataset}: affinity of {tasks}").format(dataset=base.dataset, tasks=", ".join(tasks))
            _button(view, base, plans, title, "affinity")


def weights(view: frame.Frame, base: RunRecord, tasks: Sequence[str], seed: int) -> None:
    """Offers to train the tasks under weights over a grid, with the settings of `base`, from a seed on."""
    with st.popover(_("Sweep weights"), icon=":material/playlist_add:"):
        points = st.number_input(_("Points along each side"), 2, 20, 5, key="sweep_points")
        seeds = st.number_input(_("Seeds"), min_value=1, max_value=20, value=2, key="sweep_seeds")
        with frame.guarded():
            plans = sweep_plan(_config(base, tasks, seed), tasks, points, seeds)
            title = _("{dataset}: weights of {tasks}").format(dataset=base.dataset, tasks=", ".join(tasks))
            _button(view, base, plans, title, "sweep")


def _config(base: RunRecord, tasks: Sequence[str], seed: int) -> RunConfig:
    """Without baselines, which a study has no use for; what decides the models is as in `base`."""
    config = RunConfig.from_json(base.config)
    config = replace(config, tasks=tuple(tasks), weights={}, name=base.dataset, seed=seed)
    return with_settings(config, {"evaluation.baselines": False})


def _button(view: frame.Frame, base: RunRecord, plans: Sequence[PlannedRun], title: str, kind: str) -> None:
    st.caption(
        _("{count} runs with the settings of #{number}, from seed {seed} on, less those there are already.")
        .format(count=len(plans), number=base.number, seed=plans[0].config.seed)
        .replace("#", "\\#")
    )
    if not st.button(_("Queue them"), type="primary", key=f"queue_{kind}"):
        return
    from mtrec_core.jobs.supervisor_state import ensure_supervisor

    with frame.guarded():
        study = look_up(plans, load_dataset_spec(base.config["dataset"]), view.store)
        experiment = experiment_of(study, view.store, title, kind)
        queued = queue_study(study, view.store, view.home, experiment)
        if queued:
            ensure_supervisor(view.home)
        loaders.runs.clear()
        st.success(_("{count} runs wait in the queue.").format(count=len(queued)))

"""Train: weigh the tasks, choose settings, see what it will cost, queue the run."""

import dataclasses

import streamlit as st

from mtrec_core.jobs.plan import TrainRequest
from mtrec_core.ui import frame, train_begin, train_need, train_page, train_panels, train_queue
from mtrec_core.ui.method_words import method_of, options_of, with_method
from mtrec_core.ui.texts import _
from mtrec_core.ui.train_form import read_form
from mtrec_core.ui.train_link import link_of

view = frame.begin(_("Train"))
st.title(_("Train"), anchor=False)
with frame.guarded():
    spec = train_begin.choose_dataset(view.home)
    if spec is not None:
        train_begin.begin_form(spec, view)
        turn, start = st.session_state["train:turn"], st.session_state["train:start"]
        train_page.queued_note(view)
        begin_at = st.container()

        st.subheader(_("Task weights"), anchor=False)
        # What was measured for the form as it stood at the last change; its shape is checked again below.
        last = st.session_state.get("train:config", start)
        known = train_need.found(last, view.home) if last.dataset == str(spec.folder) else None
        weights, objective = train_panels.weights_panel(spec, known, view.dark, turn)

        st.subheader(_("Settings"), anchor=False)
        values = train_panels.settings_panel(spec, st.session_state["train:errors"], turn)
        config, errors = read_form(start, values)
        if errors != st.session_state["train:errors"]:
            st.session_state["train:errors"] = errors
            st.rerun()
        name, seeds, seed, single = train_page.extras(turn)
        method, options = method_of(objective), options_of(objective)
        config = dataclasses.replace(
            config,
            objective=with_method(config.objective, method, options),
            weights=weights,
            name=name or spec.name,
            seed=seed,
        )
        request = TrainRequest(config=config, seeds=seeds, single_task=single)
        st.session_state["train:config"] = config
        with begin_at:
            train_page.sources(spec, view, config)
        train_begin.keep_link({"dataset": spec.folder.name, **link_of(config, spec, seeds, single)})

        st.subheader(_("Before you start"), anchor=False)
        if not any(weight > 0 for weight in weights.values()):
            st.error(_("Every weight is 0; give at least one task a weight."), icon=":material/error:")
        else:
            warnings = train_need.data_state(spec, view.home)
            measured, tight = (None, []) if errors else train_need.panel(config, view.home)
            if measured is not None and known is None:
                st.rerun()
            train_page.same_elsewhere(request)
            train_page.submit_button(request, view, [*warnings, *tight], bool(errors))

        st.subheader(_("Queue"), anchor=False)
        train_queue.live_panel(view)

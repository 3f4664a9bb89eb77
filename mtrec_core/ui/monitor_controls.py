"""What a person may ask of a run: stop, kill, cancel, resume, extend. No torch here.

The buttons stand outside of what renews itself, so that a tick never swallows a click.
"""

from collections.abc import Callable

import streamlit as st

from mtrec_core.jobs import requests
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.ui import frame, loaders
from mtrec_core.ui.texts import _

MOST_EPOCHS = 100.0


def show(view: frame.Frame, run: RunRecord) -> None:
    """The buttons that make sense in the run's state."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_controls"):
        if run.state is RunState.QUEUED:
            _cancel(view, run)
        elif not run.state.is_over:
            _stop(view, run)
            _kill(view, run)
        else:
            _go_on(view, run)
            if run.state is RunState.COMPLETED:
                st.page_link(
                    "pages/5_Try.py",
                    label=_("Try it"),
                    icon=":material/touch_app:",
                    query_params={"run": run.id},
                )
            st.page_link(
                "pages/4_Compare.py",
                label=_("Compare"),
                icon=":material/compare_arrows:",
                query_params={"runs": run.id},
            )


def _cancel(view: frame.Frame, run: RunRecord) -> None:
    if st.button(_("Take out of the queue"), icon=":material/close:", key="cancel"):
        _ask(lambda: requests.cancel(view.store, run.id))


def _stop(view: frame.Frame, run: RunRecord) -> None:
    help_text = _("Ends the training after a checkpoint; the run can go on from there later.")
    pressed = st.button(
        _("Stop"),
        icon=":material/stop_circle:",
        key="stop",
        help=help_text,
        type="primary",
        disabled=run.state is RunState.STOPPING,
    )
    if pressed:
        _ask(lambda: requests.stop(view.store, run.id))


def _kill(view: frame.Frame, run: RunRecord) -> None:
    with st.popover(_("Kill"), icon=":material/power_off:"):
        st.write(
            _(
                "Ends the run's processes at once. What was learned since the last validation is lost. "
                "Stop is the gentle way."
            )
        )
        if st.button(_("Kill the run"), icon=":material/power_off:", key="kill"):
            _ask(lambda: requests.kill(view.store, run.id))


def _go_on(view: frame.Frame, run: RunRecord) -> None:
    if run.state is not RunState.COMPLETED:
        help_text = _("Goes on from its last checkpoint, or from the start if it has none.")
        if st.button(_("Resume"), icon=":material/resume:", key="resume", help=help_text, type="primary"):
            _ask(lambda: requests.resume(view.store, run.id))
    with st.popover(_("Extend"), icon=":material/add_circle:"):
        st.write(_("Goes on training for more epochs than were planned, from its last checkpoint."))
        more = st.number_input(_("More epochs"), 0.5, MOST_EPOCHS, 2.0, 0.5, key="more_epochs")
        if st.button(_("Train on"), icon=":material/play_arrow:", key="extend", type="primary"):
            _ask(lambda: requests.resume(view.store, run.id, more_epochs=more))


def _ask(wish: Callable[[], object]) -> None:
    """Does what was asked and draws the page anew, from what the store says now; an error stays as its
    sentence."""
    with frame.guarded():
        try:
            wish()
        finally:
            loaders.run.clear()
            loaders.runs.clear()
        st.rerun()

"""The task weights of a run: sliders that change them while it trains. No torch here."""

from collections.abc import Mapping, Sequence

import streamlit as st

from mtrec_core.jobs import requests
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.ui import frame
from mtrec_core.ui.charts.panels import TaskLine
from mtrec_core.ui.method_words import WEIGHT_WORDS
from mtrec_core.ui.texts import _, terms

MOST = 5.0
"""The end of a slider; a run that was started with a higher weight gets a longer one."""


def weights_now(run: RunRecord, tasks: Sequence[TaskLine]) -> dict[str, float]:
    """The weights that the run trains with."""
    given: Mapping[str, float] = run.weights_now or run.config.get("weights") or {}
    return {task.name: float(given.get(task.name, 1.0)) for task in tasks}


@st.fragment
def show(view: frame.Frame, run: RunRecord, tasks: Sequence[TaskLine]) -> None:
    """Sliders for a run that trains, a list for others."""
    st.markdown(f"**{_('Task weights')}**", help=terms["weight"])
    now = weights_now(run, tasks)
    method = requests.method_of_run(run)
    if not method.takes_weights:
        st.caption(f"{method.title}. {WEIGHT_WORDS[method.user_weights]}")
        return
    if method.key != "fixed":
        st.caption(f"{method.title}. {WEIGHT_WORDS[method.user_weights]}")
    _colour_labels(tasks)
    goes_on = run.state in (RunState.RUNNING, RunState.STARTING)
    changeable = goes_on and not requests.has_trained(run)
    wanted = {
        task.name: st.slider(
            task.title, 0.0, max(MOST, 2 * now[task.name]), now[task.name], 0.05,
            key=f"weight_{run.id}_{task.name}_{now[task.name]:g}", disabled=not changeable,
        )
        for task in tasks
    }  # fmt: skip
    if not changeable:
        st.caption(_("Weights can be changed while the run trains."))
        return
    changed = {name: weight for name, weight in wanted.items() if weight != now[name]}
    pressed = st.button(
        _("Apply"), icon=":material/bolt:", type="primary", width="stretch",
        key="apply", disabled=not changed or not any(wanted.values()),
        help=_("The running training takes them from its next step on; the curves mark the moment."),
    )  # fmt: skip
    if pressed:
        with frame.guarded():
            requests.set_weights(view.store, run.id, wanted)
            st.toast(_("The training takes the new weights at its next step."), icon=":material/bolt:")
    elif not any(wanted.values()):
        st.caption(_("One task needs a weight above 0."))


def _colour_labels(tasks: Sequence[TaskLine]) -> None:
    """A dot in the task's colour before each slider's name."""
    rules = [
        f'[class*="st-key-weight_"][class*="_{task.name}_"] [data-testid="stWidgetLabel"] p::before '
        f'{{ content: "● "; color: {task.colour}; }}'
        for task in tasks
    ]
    st.html(f"<style>{' '.join(rules)}</style>")

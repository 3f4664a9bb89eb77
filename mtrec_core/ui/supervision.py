"""Whether a supervisor takes runs from the queue, and the button that starts one. No torch here."""

import streamlit as st

from mtrec_core.errors import MtrecError
from mtrec_core.home import Home
from mtrec_core.jobs.supervisor_state import SupervisorState, ensure_supervisor
from mtrec_core.store.states import RunState
from mtrec_core.ui import loaders, permission
from mtrec_core.ui.texts import _, n_, terms


def in_sidebar(home: Home) -> None:
    """One line while it is there; a banner with a button while it is not."""
    state = loaders.supervisor(home)
    if state.alive:
        free = sum(slot.run_id is None for slot in state.slots)
        told = n_("{free} of {n} slot free", "{free} of {n} slots free", len(state.slots))
        st.caption(
            ":green[●] " + told.format(free=free, n=len(state.slots)),
            help=f"{terms['supervisor']}  \n{terms['slot']}",
        )
        return
    with st.container(border=True, key="no_supervisor"):
        st.caption(":orange[●] " + not_there(home, state), help=terms["supervisor"])
        start_button(home, "start_supervisor")


def not_there(home: Home, state: SupervisorState) -> str:
    """What it means that there is none."""
    waiting = sum(run.state is RunState.QUEUED for run in loaders.runs(home.database_url))
    if waiting:
        text = n_("{n} run waits, but nothing starts it.", "{n} runs wait, but nothing starts them.", waiting)
        return text.format(n=waiting)
    return _("Nothing takes runs from the queue.") if state.pid else _("The queue sleeps until it is needed.")


def start_button(home: Home, key: str) -> None:
    """Starts the supervisor in a process of its own, which outlives this page."""
    if not st.button(_("Start it"), icon=":material/play_arrow:", key=key, width="stretch"):
        return
    try:
        permission.demand(home)
        with st.spinner(_("Starting")):
            ensure_supervisor(home)
    except MtrecError as error:
        st.error(str(error), icon=":material/error:")
        return
    loaders.supervisor.clear()
    st.rerun()

"""The queue: what trains in which slot, what waits in which order, and how to change that. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.errors import MtrecError
from mtrec_core.jobs import requests
from mtrec_core.jobs.supervisor_state import Slot, supervisor_state
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.ui import frame, loaders, states
from mtrec_core.ui.run_facts import run_title
from mtrec_core.ui.texts import _, n_, sentence, terms

LOOK_SECONDS = 2.0


@st.fragment(run_every=LOOK_SECONDS)
def live_panel(view: frame.Frame) -> None:
    """The queue, renewed by itself while something is in it."""
    with frame.guarded():
        panel(view)


def panel(view: frame.Frame) -> None:
    """Slots above, then the waiting runs in their order."""
    active = loaders.active_runs(view.home.database_url)
    state = supervisor_state(view.store, view.home)
    if not state.alive:
        st.caption(_("No supervisor is running yet; the first run that is queued starts one."))
    _slots(active, state.slots)
    waiting = sorted((run for run in active if run.state is RunState.QUEUED), key=lambda run: run.queue_place)
    if not waiting:
        st.caption(_("Nothing waits."))
        return
    st.markdown(f"**{n_('{n} run waits', '{n} runs wait', len(waiting)).format(n=len(waiting))}**")
    for place, run in enumerate(waiting):
        _row(view, run, place, len(waiting))


def _slots(active: list[RunRecord], slots: Sequence[Slot]) -> None:
    by_id = {run.id: run for run in active}
    with st.container(horizontal=True, gap="small"):
        for slot in slots:
            run = by_id.get(slot.run_id or "")
            with st.container(border=True, width=230, gap="small"):
                st.markdown(f"**{slot.name}**", help=terms["slot"])
                if run is None:
                    st.caption(_("free"))
                else:
                    st.page_link(
                        "pages/3_Monitor.py", label=sentence(run_title(run)),
                        icon=states.STATES[run.state].icon, query_params={"run": run.id},
                    )  # fmt: skip


def _row(view: frame.Frame, run: RunRecord, place: int, count: int) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{place + 1}. **{sentence(run_title(run))}** · {sentence(run.dataset)}", width="stretch")
        moves = (("first", ":material/vertical_align_top:", _("To the front"), place == 0),
                 ("up", ":material/arrow_upward:", _("Earlier"), place == 0),
                 ("down", ":material/arrow_downward:", _("Later"), place == count - 1))  # fmt: skip
        for move, icon, title, off in moves:
            if st.button(
                "", icon=icon, key=f"queue:{move}:{run.id}", help=title, disabled=off, type="tertiary"
            ):
                _do(view, run, move)
        if st.button(
            "", icon=":material/close:", key=f"queue:cancel:{run.id}", help=_("Cancel"), type="tertiary"
        ):
            _do(view, run, "cancel")


def _do(view: frame.Frame, run: RunRecord, what: str) -> None:
    try:
        if what == "cancel":
            requests.cancel(view.store, run.id)
        else:
            view.store.move_in_queue(run.id, what)  # type: ignore[arg-type]
    except MtrecError as error:  # it began a moment ago
        st.toast(str(error), icon=":material/error:")
    loaders.runs.clear()
    st.rerun()

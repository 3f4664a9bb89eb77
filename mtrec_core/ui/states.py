"""How pages show the state of a run: a word, an icon, a colour and what it means. No torch here."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from mtrec_core.store.states import RunState
from mtrec_core.ui.texts import _


@dataclass(frozen=True, kw_only=True)
class StateLook:
    """One row of the table of states."""

    title: str
    icon: str
    colour: Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]
    meaning: str


STATES: dict[RunState, StateLook] = {
    RunState.QUEUED: StateLook(
        title=_("waits"), icon=":material/schedule:", colour="gray", meaning=_("Waits for a free slot.")
    ),
    RunState.STARTING: StateLook(
        title=_("starts"),
        icon=":material/hourglass_top:",
        colour="blue",
        meaning=_("Reads the tables and prepares the texts; training begins after that."),
    ),
    RunState.RUNNING: StateLook(
        title=_("trains"), icon=":material/play_circle:", colour="blue", meaning=_("Is training.")
    ),
    RunState.STOPPING: StateLook(
        title=_("stops"),
        icon=":material/pending:",
        colour="orange",
        meaning=_("Was asked to stop and saves a checkpoint first."),
    ),
    RunState.COMPLETED: StateLook(
        title=_("completed"), icon=":material/check_circle:", colour="green", meaning=_("Ended by itself.")
    ),
    RunState.STOPPED: StateLook(
        title=_("stopped"),
        icon=":material/stop_circle:",
        colour="orange",
        meaning=_("Was stopped by a person; it can go on from its checkpoint."),
    ),
    RunState.FAILED: StateLook(
        title=_("failed"), icon=":material/error:", colour="red", meaning=_("Ended by an error.")
    ),
    RunState.LOST: StateLook(
        title=_("lost"),
        icon=":material/link_off:",
        colour="red",
        meaning=_("Its process is gone without a word: it was killed, or the machine went down."),
    ),
}


def badge(state: RunState) -> None:
    """The state as a coloured badge."""
    look = STATES[state]
    st.badge(look.title, icon=look.icon, color=look.colour, help=look.meaning)

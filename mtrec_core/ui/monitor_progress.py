"""The progress card of a run: how far it is, how fast, and whether it still lives. No torch here."""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from mtrec_core.store.records import RunProgress, RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.ui import formats
from mtrec_core.ui.states import STATES
from mtrec_core.ui.texts import _, n_, terms

SILENT_SECONDS = 30.0
"""A run that trains and says nothing for so long deserves a word."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of the card."""

    label: str
    value: str
    help: str


def show(run: RunRecord, waiting_before: int, now: datetime) -> None:
    """The card. `waiting_before` is how many runs stand before it in the queue."""
    with st.container(border=True, key="progress_card"):
        st.progress(fraction(run), text=headline(run, waiting_before))
        with st.container(horizontal=True, gap="small", key="progress_figures"):
            for figure in figures(run, now):
                st.metric(figure.label, figure.value, help=figure.help, width=98)
    silent = silence(run, now)
    if silent is not None and silent > SILENT_SECONDS:
        st.warning(
            _(
                "No sign of life for {age}. A long step or a busy disk can do that; if it stays so, kill "
                "the run and resume it from its checkpoint."
            ).format(age=formats.seconds(silent)),
            icon=":material/warning:",
        )


def fraction(run: RunRecord) -> float:
    """How much of the run's present stage is done, between 0 and 1."""
    progress = run.progress
    if run.state is RunState.COMPLETED:
        return 1.0
    if progress is None or run.state is RunState.QUEUED:
        return 0.0
    if progress.total:
        return min(progress.done / progress.total, 1.0)
    return min(progress.step / progress.total_steps, 1.0) if progress.total_steps else 0.0


def headline(run: RunRecord, waiting_before: int) -> str:
    """What the run does right now, in a sentence."""
    progress = run.progress
    if run.state is RunState.QUEUED:
        if not waiting_before:
            return _("Next in the queue; starts as soon as a slot is free")
        return n_(
            "Waits: {n} run stands before it", "Waits: {n} runs stand before it", waiting_before
        ).format(n=waiting_before)
    if run.state.is_over or progress is None:
        return STATES[run.state].meaning  # the reason stands above
    if progress.total:
        return _("{stage} · {done} of {total}").format(
            stage=progress.text, done=formats.whole(progress.done), total=formats.whole(progress.total)
        )
    if progress.stage == "train" and progress.total_steps:
        return _("Training · step {step} of {total} · {share}").format(
            step=formats.whole(progress.step),
            total=formats.whole(progress.total_steps),
            share=formats.share(progress.step / progress.total_steps),
        )
    return progress.text


def figures(run: RunRecord, now: datetime) -> list[Figure]:
    """The numbers that make sense in the run's state."""
    progress = run.progress or RunProgress(stage="", text="")
    found = []
    if not run.state.is_over:
        found.append(
            Figure(
                label=_("Time left"),
                value=formats.seconds(progress.eta_seconds),
                help=_("Until the last step, validations counted, at the speed of the last half minute."),
            )
        )
    found.append(
        Figure(
            label=_("Time so far"),
            value=formats.seconds(run.seconds(now)),
            help=_("Since it was started, or taken up again."),
        )
    )
    if progress.total_steps:
        epoch = f"{progress.epoch:.1f} / {progress.epochs:g}"
        found.append(Figure(label=_("Epoch"), value=epoch, help=terms["epoch"]))
    speed = run.rows_per_second if run.state.is_over else progress.rows_per_second
    found.append(
        Figure(
            label=_("Speed"),
            value=formats.rows(speed, per_second=True),
            help=_("Training rows per second, all tasks together."),
        )
    )
    if progress.memory_bytes and not run.state.is_over:
        found.append(
            Figure(
                label=_("Memory"),
                value=formats.size(progress.memory_bytes),
                help=_("Held by the run's processes."),
            )
        )
    if progress.patience_left is not None and not run.state.is_over:
        found.append(
            Figure(label=_("Patience left"), value=str(progress.patience_left), help=terms["patience"])
        )
    silent = silence(run, now)
    if silent is not None:
        age = formats.seconds(silent)
        found.append(Figure(label=_("Sign of life"), value=age, help=terms["sign_of_life"]))
    return found


def silence(run: RunRecord, now: datetime) -> float | None:
    """Seconds since the run's process last showed a sign of life; None when none is expected."""
    if run.state.is_over or run.process is None:
        return None
    return max((now - run.process.beat).total_seconds(), 0.0)

"""The Train page's preflight: what a run will need, and what stands in its way. No torch here."""

import streamlit as st

from mtrec_core.config import RunConfig
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.home import Home
from mtrec_core.jobs import preflight
from mtrec_core.jobs.preflight import Estimate, Measured
from mtrec_core.jobs.side_work import Answer, forget, look
from mtrec_core.ui import data_checks, data_work, formats
from mtrec_core.ui.texts import _, n_


def found(config: RunConfig, home: Home) -> Measured | None:
    """The measurement of such a run, where there is one."""
    answer = look(data_work.folder(home), preflight.measurement_key(config))
    return (
        preflight.measured(answer.content)
        if answer and answer.state == "done" and not answer.problem
        else None
    )


def panel(config: RunConfig, home: Home) -> tuple[Measured | None, list[str]]:
    """What the run needs, or the button that measures it; and what to be warned of."""
    folder = data_work.folder(home)
    key = preflight.measurement_key(config)
    answer = look(folder, key)
    if answer is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            asked = st.button(_("Measure"), icon=":material/speed:", key="train:measure")
            st.caption(
                _("Runs a few steps of exactly this model in a process of its own, without keeping it. Then "
                  "time and memory are known instead of guessed. Free memory now: {free}.").format(
                    free=formats.size(preflight.free_memory())
                )
            )  # fmt: skip
        if asked:
            preflight.measure(config, home, folder)
            st.rerun()
        return None, []
    if answer.state == "working":
        data_work.wait_for(str(folder), key, _("Measuring a few steps"))
        if st.button(_("Stop measuring"), key="train:measure:stop"):
            forget(folder, key)
            st.rerun()
        return None, []
    if answer.state == "failed" or answer.problem:
        return _not_measured(home, key, answer)
    measured = preflight.measured(answer.content)
    needed = preflight.estimate(measured, config)
    _figures(measured, needed, config)
    if st.button(_("Measure again"), icon=":material/refresh:", key="train:measure:again", type="tertiary"):
        forget(folder, key)
        preflight.measure(config, home, folder)
        st.rerun()
    return measured, _warnings(needed)


def _not_measured(home: Home, key: str, answer: Answer) -> tuple[None, list[str]]:
    st.error(answer.problem, icon=":material/error:")
    if st.button(_("Try again"), key="train:measure:retry"):
        forget(data_work.folder(home), key)
        st.rerun()
    return None, [_("The few steps to measure could not be run, so the training will most likely fail too.")]


def _figures(measured: Measured, needed: Estimate, config: RunConfig) -> None:
    memory = _("GPU memory") if needed.on_gpu else _("Memory")
    cards = (
        (_("Time"), formats.seconds(needed.seconds),
         _("{train} in steps and validations, {text} reading texts, {rest} reading tables and testing. "
           "Measured on {n} steps; other work on this machine makes it longer.").format(
               train=formats.seconds(needed.seconds_training), text=formats.seconds(needed.seconds_text),
               rest=formats.seconds(needed.seconds_judging), n=measured.steps_measured)),
        (memory, formats.size(needed.memory_bytes),
         _("The most that the steps took. Free now: {free}.").format(free=formats.size(needed.free_bytes))),
        (_("Free now"), formats.size(needed.free_bytes), _("Of the device that the run would use.")),
        (_("Steps"), formats.whole(needed.steps),
         _("{time} each, {n} in one pass over the data.").format(
             time=formats.seconds(measured.seconds_per_step), n=formats.whole(measured.steps_per_epoch))),
        (_("Texts to read"), formats.whole(measured.missing_texts),
         _("Of {all} distinct ones; the others were read before.").format(
             all=formats.whole(measured.distinct_texts))),
        (_("Parameters"), formats.whole(measured.parameters), _("Numbers that are learned.")),
    )  # fmt: skip
    with st.container(horizontal=True, gap="large"):
        for label, value, text in cards:
            st.metric(label, value, help=text, width="content")
    notes = [measured.device]
    if config.evaluation.baselines:
        notes.append(_("The baselines come on top: some seconds to minutes, on the CPU."))
    if config.text.trainable == "last_k":
        notes.append(_("Measured with all of the encoder's layers running; the run itself is quicker."))
    st.caption(" · ".join(notes))


def _warnings(needed: Estimate) -> list[str]:
    if not needed.is_tight:
        return []
    return [
        _("The run needs {needed} and {free} are free. Lower batch_size, max_length or width, or close other "
          "programs.").format(needed=formats.size(needed.memory_bytes), free=formats.size(needed.free_bytes))
    ]  # fmt: skip


def data_state(spec: DatasetSpec, home: Home) -> list[str]:
    """Says how the data's checks ended; what of it to be warned of."""
    key, answer = data_work.examine(home, spec)
    if answer.state == "working":
        data_work.wait_for(str(data_work.folder(home)), key, _("Checking the data"))
        return []
    if answer.problem:
        st.warning(answer.problem, icon=":material/warning:")
        return []
    issues = data_checks.issues_of(answer.content["issues"])
    blocking = [issue for issue in issues if issue.level == "blocking"]
    words = data_checks.count_words(issues) or _("nothing to object to")
    st.markdown(f":material/fact_check: {_('Checks of the data: {words}.').format(words=words)}")
    if not blocking:
        return []
    count = n_("{n} finding blocks a training", "{n} findings block a training", len(blocking))
    return [f"{count.format(n=len(blocking))}: {blocking[0].text} {blocking[0].fix}"]

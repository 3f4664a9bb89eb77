"""The words of what `evaluation.alerts` finds. No torch here."""

from collections.abc import Mapping, Sequence

import streamlit as st

from mtrec_core.evaluation.alerts import Alert
from mtrec_core.ui import formats
from mtrec_core.ui.texts import _

ICONS = {"error": ":material/error:", "warning": ":material/warning:", "info": ":material/info:"}

TEXTS: dict[str, str] = {
    "not_finite": _(
        "**{task}: the loss is not a number since step {step}.** The parameters are spoilt from there on. "
        "Stop the run and train again with a lower learning rate (training.learning_rate)."
    ),
    "diverges": _(
        "**{task}: the loss diverges.** It was {before} around step {step} and is {now} now. Lower this "
        "task's weight, or train again with a lower learning rate (training.learning_rate)."
    ),
    "task_worse": _(
        "**{task} gets worse while the total loss improves.** On validation it went from {before} at step "
        "{step} to {now}: the other tasks win at its cost. Give it more weight."
    ),
    "plateau": _(
        "**Validation has not gained in its last {validations} measurements.** The best step is {step}, and "
        "its parameters are kept. You can stop the run without losing anything."
    ),
}
"""Rule -> what is seen and what to do about it."""


def sentence(alert: Alert, titles: Mapping[str, str]) -> str:
    """An alert in words; `titles` are those of the tasks."""
    numbers = {name: formats.metric(value) for name, value in alert.numbers.items() if name != "validations"}
    return TEXTS[alert.rule].format(
        task=titles.get(alert.task, alert.task) or _("Total loss"),
        step=formats.whole(alert.step),
        validations=formats.whole(alert.numbers.get("validations")),
        before=numbers.get("before", ""),
        now=numbers.get("now", ""),
    )


def show(alerts: Sequence[Alert], titles: Mapping[str, str]) -> None:
    """One box per alert."""
    boxes = {"error": st.error, "warning": st.warning, "info": st.info}
    for alert in alerts:
        boxes[alert.level](sentence(alert, titles), icon=ICONS[alert.level])

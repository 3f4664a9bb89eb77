"""The Train page's panels: task weights and settings. No torch here.

The session holds the weights under `train:weights` and the configuration that the form began with under
`train:start`; a new `train:turn` draws every field anew.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mtrec_core.config import RunConfig
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.jobs.preflight import Measured
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.ui import train_method, train_weights
from mtrec_core.ui.charts.palette import task_colour
from mtrec_core.ui.method_words import with_method
from mtrec_core.ui.texts import _, terms
from mtrec_core.ui.train_form import (
    BASIC,
    SECTION_TITLES,
    FormField,
    by_section,
    form_fields,
    option_title,
    option_words,
    value_of,
)


def weights_panel(
    spec: DatasetSpec, found: Measured | None, dark: bool, turn: int
) -> tuple[dict[str, float], ObjectiveSettings]:
    """The formula, the method and the sliders; the weights, and the objective with that method."""
    start: RunConfig = st.session_state["train:start"]
    weights: dict[str, float] = st.session_state["train:weights"]
    drawing = st.container()
    method, options = train_method.choose(start, spec, turn)
    objective = with_method(start.objective, method, options)
    off = objective.weighting == "equal"
    locked = {task for task in weights if st.session_state.get(f"train:{turn}:lock:{task}")}
    _presets(weights, locked, found, turn, off)
    names = list(spec.tasks)
    halves = st.columns(2, gap="large") if len(names) > 3 else [st.container()]
    for place, task in enumerate(names):
        with halves[place * len(halves) // len(names)]:
            _weight_row(spec, task, place, turn, task_colour(task, names, dark), off)
    with drawing:
        drawn = train_weights.terms_of(weights, off, dark)
        st.html(train_weights.formula_html(drawn, off or method.takes_weights))
    return weights, objective


def _presets(
    weights: dict[str, float], locked: set[str], found: Measured | None, turn: int, off: bool
) -> None:
    later = _("Measure the run first, below: it tells the first losses and the rows.")
    ready = found is not None
    buttons = (
        ("equal", _("Equal"), _("1 for every task."), True),
        ("normalise", _("Normalise"), _("Keeps the ratios and makes the mean weight 1."), True),
        ("loss", _("By inverse first loss"), _("Each task then adds as much to the total at first."), ready),
        ("rows", _("By data size"), _("In proportion to the training rows."), ready),
    )
    with st.container(horizontal=True):
        for key, title, text, usable in buttons:
            st.button(
                title, key=f"train:{turn}:preset:{key}", help=text if usable else later,
                disabled=off or not usable,
                on_click=_set_weights, args=(_preset(key, weights, locked, found), turn),
            )  # fmt: skip


def _preset(
    key: str, weights: dict[str, float], locked: set[str], found: Measured | None
) -> dict[str, float]:
    if key == "equal":
        return train_weights.equal(weights, locked)
    if key == "normalise":
        return train_weights.normalised(weights, locked)
    if found is None:
        return weights
    if key == "loss":
        return train_weights.by_inverse_loss(weights, found.initial_losses, locked)
    return train_weights.by_data_size(weights, found.rows, locked)


def _set_weights(weights: Mapping[str, float], turn: int) -> None:
    st.session_state["train:weights"] = dict(weights)
    for task, weight in weights.items():
        st.session_state[f"train:{turn}:number:{task}"] = weight
        st.session_state[f"train:{turn}:slider:{task}"] = min(weight, train_weights.SLIDER_MOST)


def _take(source: str, task: str, turn: int) -> None:
    """A moved slider or a typed number becomes the weight, and the other one follows."""
    value = st.session_state[f"train:{turn}:{source}:{task}"]
    weights = dict(st.session_state["train:weights"])
    if value is not None:  # an emptied field says nothing; the weight stays
        weights[task] = max(0.0, min(train_weights.MOST, float(value)))
    _set_weights(weights, turn)


def _weight_row(spec: DatasetSpec, task: str, place: int, turn: int, colour: str, off: bool) -> None:
    """Colour, slider, number, lock."""
    weight = st.session_state["train:weights"][task]
    st.session_state.setdefault(f"train:{turn}:slider:{task}", min(weight, train_weights.SLIDER_MOST))
    st.session_state.setdefault(f"train:{turn}:number:{task}", weight)
    fixed = off or bool(st.session_state.get(f"train:{turn}:lock:{task}"))
    words = f"{spec.tasks[task].title}. {terms['weight']} {_('0 leaves the task out.')}"
    with st.container(
        horizontal=True, vertical_alignment="bottom", gap="small", key=f"weight_row_{turn}_{task}"
    ):
        st.html(train_weights.mark_html(colour), width="content")
        st.slider(
            f"{train_weights.symbol(place)} · {task}", 0.0, train_weights.SLIDER_MOST, step=0.05,
            key=f"train:{turn}:slider:{task}", on_change=_take, args=("slider", task, turn),
            disabled=fixed, help=words,
        )  # fmt: skip
        st.number_input(
            _("Weight of {task}").format(task=task), 0.0, train_weights.MOST, None, 0.1, "%.4g",
            key=f"train:{turn}:number:{task}", on_change=_take, args=("number", task, turn),
            disabled=fixed, label_visibility="collapsed", width=110,
        )  # fmt: skip
        st.markdown(":material/lock:" if fixed else ":gray[:material/lock_open:]", width="content")
        st.toggle(
            _("Lock {task}").format(task=task), key=f"train:{turn}:lock:{task}", disabled=off,
            help=_("Lock: presets and Normalise leave this weight as it is."),
            label_visibility="collapsed", width="content",
        )  # fmt: skip


def settings_panel(spec: DatasetSpec, errors: Mapping[str, str], turn: int) -> dict[str, Any]:
    """The form of all settings; what stands in it, by dotted name."""
    start: RunConfig = st.session_state["train:start"]
    fields = form_fields(spec)
    values: dict[str, Any] = {}
    for name, cell in zip(BASIC, _cells(len(BASIC)), strict=True):
        with cell:
            values[name] = _ask(fields[name], value_of(start, name), errors.get(name, ""), turn)
    rest = [name for name in fields if name not in BASIC]
    changed = [name for name in rest if name in errors]
    with st.expander(_("Advanced"), expanded=bool(changed), icon=":material/tune:"):
        for section, items in by_section(fields, rest).items():
            st.markdown(f"**{SECTION_TITLES[section]}**")
            for item, cell in zip(items, _cells(len(items)), strict=True):
                with cell:
                    values[item.name] = _ask(
                        item, value_of(start, item.name), errors.get(item.name, ""), turn
                    )
    return values


def _cells(count: int) -> Iterator[DeltaGenerator]:
    """Row by row, so that what stands side by side begins at the same height, and a phone keeps the order."""
    for place in range(0, count, 3):
        yield from st.columns(3, gap="medium")[: count - place]


def _ask(field: FormField, value: Any, error: str, turn: int) -> Any:
    """One field, and below it what is wrong with it."""
    key = f"train:{turn}:set:{field.name}"
    answer: Any
    if field.form == "switch":
        answer = st.toggle(field.label, value=bool(value), key=key, help=field.help)
    elif field.form == "choice":
        options = list(dict.fromkeys([*field.options, value]))
        answer = st.selectbox(
            field.label, options, index=options.index(value), key=key, help=field.help,
            format_func=lambda option: option_title(field.name, option),
        )  # fmt: skip
        words = option_words(field.name, answer)
        if words:
            st.caption(words)
    elif field.form == "open_choice":
        options = list(dict.fromkeys([*field.options, str(value)]))
        answer = st.selectbox(
            field.label, options, index=options.index(str(value)), key=key, help=field.help,
            accept_new_options=True,
        )  # fmt: skip
    elif field.form == "whole":
        answer = st.number_input(
            field.label, value=int(value), step=int(field.step), key=key, help=field.help, format="%d"
        )
    elif field.form == "number":
        answer = st.number_input(
            field.label, value=float(value), step=field.step, key=key, help=field.help, format="%.6g"
        )
    else:
        answer = st.text_input(field.label, value=str(value), key=key, help=field.help)
    if error:
        st.error(error, icon=":material/error:")
    return value if answer is None else answer

"""The Train page's choice of how the tasks' losses or gradients are weighed. No torch here."""

from typing import Any, Literal, get_origin

import streamlit as st

from mtrec_core.config import RunConfig
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import SettingError
from mtrec_core.objective.method_options import Options
from mtrec_core.objective.methods import MethodChoice, setting_of
from mtrec_core.objective.option_text import option_fields, options_text, read_options
from mtrec_core.settings import SettingField
from mtrec_core.ui.method_words import (
    key_of,
    method_of,
    method_title,
    method_words,
    methods_by_key,
    options_of,
)
from mtrec_core.ui.texts import _


def choose(start: RunConfig, spec: DatasetSpec, turn: int) -> tuple[MethodChoice, str]:
    """The method and its options as the setting's text."""
    rows = methods_by_key()
    begin = key_of(method_of(start.objective))
    key = st.selectbox(
        _("How the losses or the gradients are weighed"),
        list(rows),
        index=list(rows).index(begin),
        format_func=lambda key: method_title(rows[key]),
        key=f"train:{turn}:method",
        help=_("Methods that find weights by themselves work on top of yours."),
    )
    row = rows[key]
    st.caption(method_words(row))
    given = options_of(start.objective) if key == begin else ""
    return row, _ask_options(row, given, spec, turn)


def _ask_options(row: MethodChoice, given: str, spec: DatasetSpec, turn: int) -> str:
    fields = option_fields(row.options)
    if not fields:
        return ""
    now = read_options(row.options, given, f"{setting_of(row)}_options")
    columns = st.columns(max(3, len(fields)), gap="medium")
    values = {}
    for place, item in enumerate(fields):
        key = f"train:{turn}:option:{key_of(row)}:{item.name}"
        with columns[place]:
            values[item.name] = _ask(item, getattr(now, item.name), spec, key)
    try:
        return _text_of(row.options, values, row)
    except SettingError as error:
        st.error(str(error), icon=":material/error:")
        return given


def _text_of(kind: type[Options], values: dict[str, Any], row: MethodChoice) -> str:
    words = " ".join(f"{name}={value}" for name, value in values.items())
    return options_text(read_options(kind, words, f"{setting_of(row)}_options"))


def _ask(item: SettingField, value: Any, spec: DatasetSpec, key: str) -> Any:
    label = item.name.replace("_", " ").capitalize()
    extent = _("Allowed: {range}.").format(range=item.bounds.words) if item.bounds.words else ""
    words = f"{item.help} {extent}"
    if item.type is str:  # the only texts are names of tasks
        tasks = ["", *spec.tasks]
        place = tasks.index(value) if value in tasks else 0
        first = _("the first one")
        return st.selectbox(label, tasks, place, lambda task: task or first, key=key, help=words)
    if get_origin(item.type) is Literal:
        return st.selectbox(label, item.choices, item.choices.index(value), key=key, help=words)
    if item.type is int:
        return st.number_input(label, value=int(value), step=1, key=key, help=words)
    return st.number_input(label, value=float(value), step=0.1, format="%.6g", key=key, help=words)

"""The form of a declaration: a column of a table, and what is held out of a task. No torch here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import streamlit as st

from mtrec_core.data.schema import SplitKind, SplitSpec, TaskSpec
from mtrec_core.ui.texts import _

SPLITS: dict[str, str] = {
    "auto": _("By time where there is one, else by chance"),
    "time": _("By time: the last rows are held out"),
    "user": _("By user: some users are held out whole"),
    "leave_last_out": _("The last one or two of each user"),
    "random": _("By chance"),
    "column": _("By a column that says train or test"),
}
"""Kind of split -> words."""

assert set(SPLITS) == set(get_args(SplitKind))


def choose_column(
    title: str, value: str | None, names: Sequence[str], key: str, nothing: str, help_text: str | None = None
) -> str | None:
    """A column by its name; None for `nothing`."""
    options = ["", *dict.fromkeys([*names, *([value] if value else [])])]
    chosen = st.selectbox(
        title,
        options,
        index=options.index(value or ""),
        format_func=lambda name: name or nothing,
        key=key,
        help=help_text,
    )
    return chosen or None


def choose_split(task: TaskSpec, names: Sequence[str], base: str, whole: SplitSpec) -> SplitSpec | None:
    """The task's own split; None while it is that of the whole dataset."""
    current = task.split or whole
    left, middle, right = st.columns([0.5, 0.25, 0.25])
    kind = left.selectbox(
        _("Held out for validation and test"),
        list(SPLITS),
        index=list(SPLITS).index(current.kind),
        format_func=lambda key: SPLITS[key],
        key=f"{base}:split",
    )
    validation = middle.number_input(
        _("Validation"), 0.0, value=float(current.validation), key=f"{base}:split:validation", step=0.05,
        format="%g", help=_("A share of the rows below 1, or a number of rows."),
    )  # fmt: skip
    test = right.number_input(
        _("Test"), 0.0, value=float(current.test), key=f"{base}:split:test", step=0.05,
        format="%g", help=_("A share of the rows below 1, or a number of rows."),
    )  # fmt: skip
    column = current.column
    if kind == "column":
        column = choose_column(_("Column of the split"), current.column, names, f"{base}:split:column", "–")
    by = current.by
    if kind == "user" and by is None:
        by = task.inputs[0]
    made = replace(
        current,
        kind=kind,  # type: ignore[arg-type]
        validation=validation,
        test=test,
        column=column if kind == "column" else None,
        by=by if kind in ("user", "random") else None,
    )
    return None if task.split is None and made == whole else made

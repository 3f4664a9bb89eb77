"""The form of a declaration: its tasks. No torch here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import streamlit as st

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec, TaskSpec
from mtrec_core.data.table_facts import TableFacts, find_facts
from mtrec_core.ui.data_edit import show_problems
from mtrec_core.ui.data_problems import Problem
from mtrec_core.ui.data_task_changes import without_task
from mtrec_core.ui.data_task_split import choose_column, choose_split
from mtrec_core.ui.texts import _


def tasks(
    spec: DatasetSpec, tables: Sequence[TableFacts], turn: int, problems: Sequence[Problem]
) -> DatasetSpec:
    """All tasks; the declaration as it was changed."""
    found = dict(spec.tasks)
    removed = ""
    for task in spec.tasks.values():
        wrong = any(problem.place == f"task.{task.name}" for problem in problems)
        with st.expander(
            f"**{task.title}** · {TASK_KINDS[task.kind].title} · {' + '.join(task.inputs)}",
            expanded=wrong,
            icon=":material/error:" if wrong else ":material/target:",
        ):
            show_problems(problems, f"task.{task.name}")
            found[task.name] = _task(spec, task, tables, turn)
            if st.button(
                _("Remove this task"),
                key=f"edit:{turn}:{task.name}:remove",
                icon=":material/delete:",
                type="tertiary",
            ):
                removed = task.name
    changed = replace(spec, tasks=found)
    return without_task(changed, removed) if removed else changed


def _task(spec: DatasetSpec, task: TaskSpec, tables: Sequence[TableFacts], turn: int) -> TaskSpec:
    base = f"edit:{turn}:task:{task.name}"
    table = find_facts(tables, task.table)
    names = list(table.names) if table else []
    left, right = st.columns(2)
    title = left.text_input(_("Title"), value=task.title, key=f"{base}:title")
    kind = right.selectbox(
        _("Kind"),
        list(TASK_KINDS),
        index=list(TASK_KINDS).index(task.kind),
        format_func=lambda key: f"{TASK_KINDS[key].title} ({key})",
        key=f"{base}:kind",
        help="  \n".join(f"**{row.title}**: {row.summary}" for row in TASK_KINDS.values()),
    )
    inputs = tuple(
        st.multiselect(
            _("Inputs"),
            list(dict.fromkeys([*spec.entities, *task.inputs])),
            default=list(dict.fromkeys(task.inputs)),
            key=f"{base}:inputs",
            help=_("The things that the task is about. For retrieval the last one is what is ranked."),
        )
    )
    if inputs == tuple(dict.fromkeys(task.inputs)):
        inputs, columns = task.inputs, task.columns
    else:
        columns = tuple(spec.entities[name].key or name for name in inputs)
    chosen = _label(task, kind, table, base)
    time = choose_column(_("Time"), task.time, names, f"{base}:time", _("no time"))
    group = task.group
    if kind in ("binary", "ranking"):
        group = choose_column(
            _("Group"),
            task.group,
            names,
            f"{base}:group",
            _("no group"),
            _("Equal values make one list: the search of a ranking, the user of a grouped AUC."),
        )
    context = tuple(
        st.multiselect(
            _("Context"),
            list(dict.fromkeys([*names, *task.context])),
            default=list(task.context),
            key=f"{base}:context",
            help=_("Columns of the row that are known before the outcome, such as a position or an hour."),
        )
    )
    if task.where:
        shown = "; ".join(f"{column} = {', '.join(values)}" for column, values in task.where.items())
        st.caption(_("Rows where {condition}").format(condition=shown))
    return replace(
        task,
        title=title.strip() or task.name,
        kind=kind,
        inputs=inputs,
        columns=columns,
        label=chosen.label,
        positive=chosen.positive,
        separator=chosen.separator,
        time=time,
        group=group if kind in ("binary", "ranking") else None,
        context=context,
        split=choose_split(task, names, base, spec.split),
        seen=task.seen if kind == "retrieval" else TaskSpec.seen,
        min_count=task.min_count if kind == "multilabel" else TaskSpec.min_count,
        wanted=_wanted(task, base) if kind in ("binary", "regression") else TaskSpec.wanted,
        after=_after(spec, task, base) if kind == "binary" else None,
    )


def _label(task: TaskSpec, kind: str, table: TableFacts | None, base: str) -> TaskSpec:
    """The task with the label of its kind, and what else is to be known to read it."""
    if TASK_KINDS[kind].label == "none":
        return replace(task, label=None, positive=None, separator=TaskSpec.separator)
    left, right = st.columns(2)
    with left:
        label = choose_column(
            _("Label"), task.label, list(table.names) if table else [], f"{base}:label", "–"
        )
    column = next((item for item in table.columns if item.name == label), None) if table else None
    positive, separator = None, TaskSpec.separator
    if kind == "binary" and column and column.values and column.cells != "yes_no":
        plain = _("as it says: 1, true, yes")
        current = task.positive if label == task.label and task.positive in column.values else ""
        positive = right.selectbox(
            _("Counts as yes"),
            ["", *column.values],
            index=["", *column.values].index(current or ""),
            format_func=lambda value: value or plain,
            key=f"{base}:positive:{label}",
        )
    if kind == "multilabel":
        separator = right.text_input(
            _("Between two tags"), value=task.separator, key=f"{base}:separator", max_chars=3
        )
    return replace(task, label=label, positive=positive or None, separator=separator or TaskSpec.separator)


def _wanted(task: TaskSpec, base: str) -> Literal["high", "low"]:
    chosen = st.segmented_control(
        _("What is good news"),
        ["high", "low"],
        default=task.wanted,
        required=True,
        format_func=lambda word: {"high": _("a high prediction"), "low": _("a low one")}[word],
        key=f"{base}:wanted",
        help=_("Low for a risk, such as a return. Mixed with other tasks, its weight is then below 0."),
    )
    return "low" if chosen == "low" else "high"


def _after(spec: DatasetSpec, task: TaskSpec, base: str) -> str | None:
    """The task before this one: of the yes/no tasks of its table."""
    others = [
        other.name
        for other in spec.tasks.values()
        if other.kind == "binary" and other.name != task.name and other.table == task.table
    ]
    options = ["", *dict.fromkeys([*others, *([task.after] if task.after else [])])]
    if len(options) == 1:
        return None
    nothing = _("no other task")
    chosen = st.selectbox(
        _("Comes after"),
        options,
        index=options.index(task.after or ""),
        format_func=lambda name: spec.tasks[name].title if name in spec.tasks else name or nothing,
        key=f"{base}:after",
        help=_(
            "The task whose yes comes first on the same rows, such as the click before a purchase. Where it "
            "says no, an empty label here counts as no."
        ),
    )
    return chosen or None

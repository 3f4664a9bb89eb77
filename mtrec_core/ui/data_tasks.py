"""The form of a declaration: its tasks. No torch here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

import streamlit as st

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec, SplitKind, SplitSpec, TaskSpec
from mtrec_core.data.table_facts import TableFacts, find_facts
from mtrec_core.ui.data_edit import show_problems
from mtrec_core.ui.data_roles import Problem, kinds_for, new_task, pivot, without_task
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
    time = _column(_("Time"), task.time, names, f"{base}:time", _("no time"))
    group = task.group
    if kind in ("binary", "ranking"):
        group = _column(
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
        split=_split(task, names, base, spec.split),
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
        label = _column(_("Label"), task.label, list(table.names) if table else [], f"{base}:label", "–")
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


def _column(
    title: str, value: str | None, names: Sequence[str], key: str, nothing: str, help_text: str | None = None
) -> str | None:
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


def _split(task: TaskSpec, names: Sequence[str], base: str, whole: SplitSpec) -> SplitSpec | None:
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
        help=_("A share of the rows below 1, or a number of rows."),
    )  # fmt: skip
    test = right.number_input(
        _("Test"), 0.0, value=float(current.test), key=f"{base}:split:test", step=0.05,
        help=_("A share of the rows below 1, or a number of rows."),
    )  # fmt: skip
    column = current.column
    if kind == "column":
        column = _column(_("Column of the split"), current.column, names, f"{base}:split:column", "–")
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


def add_task(spec: DatasetSpec, tables: Sequence[TableFacts]) -> DatasetSpec | None:
    """The declaration with one more task, once it is asked for."""
    with st.popover(_("Add a task"), icon=":material/add:"):
        file = st.selectbox(_("Table"), [table.file for table in tables], key="add:table")
        table = find_facts(tables, file) if file else None
        if table is None:
            return None
        pairs = _("each row is a pair that went together")
        label = st.selectbox(
            _("What to predict"),
            ["", *table.names],
            format_func=lambda name: name or pairs,
            key=f"add:label:{file}",
        )
        column = next((item for item in table.columns if item.name == label), None)
        kinds = kinds_for(column) if column else ["retrieval"]
        kind = st.selectbox(
            _("Kind"), kinds, format_func=lambda key: TASK_KINDS[key].title, key=f"add:kind:{file}:{label}"
        )
        name = st.text_input(_("Name"), value=label or file.split(".")[0], key=f"add:name:{file}:{label}")
        if st.button(_("Add"), type="primary", key="add:go") and name.strip():
            return new_task(spec, table, label or "", kind or "multiclass", name.strip())
    return None


def split_events(spec: DatasetSpec, tables: Sequence[TableFacts]) -> DatasetSpec | None:
    """The declaration with a task per kind of event, once it is asked for."""
    pairs = {task.table: task for task in spec.tasks.values() if len(task.inputs) >= 2}
    events = {
        table.file: [item for item in table.columns if item.cells == "text" and 2 <= len(item.values) <= 30]
        for table in tables
        if table.file in pairs
    }
    events = {file: columns for file, columns in events.items() if columns}
    if not events:
        return None
    with st.popover(_("Split an event column into tasks"), icon=":material/call_split:"):
        st.caption(_("A column such as view, cart, purchase becomes a task for each value that you choose."))
        file = st.selectbox(_("Table"), list(events), key="pivot:table")
        columns = {column.name: column for column in events[file]}
        name = st.selectbox(_("Event column"), list(columns), key=f"pivot:column:{file}")
        values = st.multiselect(
            _("Events"), columns[name].values, default=columns[name].values[:3], key=f"pivot:{file}:{name}"
        )
        if st.button(_("Make tasks"), type="primary", key="pivot:go") and values:
            return pivot(spec, pairs[file], name, values)
    return None

"""What stands in the way of a declaration, beside where it can be mended. No torch, no streamlit here."""

from collections.abc import Sequence
from dataclasses import dataclass

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec, EntitySpec, TaskSpec
from mtrec_core.data.spec_rules import check_after, check_entity, check_history, check_split, check_task
from mtrec_core.data.table_facts import ColumnFacts, TableFacts, find_facts
from mtrec_core.data.templates import parse_template
from mtrec_core.errors import DataError
from mtrec_core.ui.data_roles import TYPES, columns_of, is_yes_no, template_names
from mtrec_core.ui.texts import _


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something in a declaration that can't be as it is."""

    place: str
    """`entity.NAME`, `task.NAME` or `split`."""
    text: str


def problems(spec: DatasetSpec, tables: Sequence[TableFacts]) -> list[Problem]:
    """What stands in the way of a declaration, thing by thing and task by task."""
    found: list[Problem] = []
    for entity in spec.entities.values():
        place = _("The thing '{name}'").format(name=entity.name)
        try:
            check_entity(entity, place)
            check_history(spec, entity, place)
            if entity.text:
                parse_template(entity.text)
        except DataError as error:
            found.append(Problem(place=f"entity.{entity.name}", text=str(error)))
            continue
        texts = _wrong_features(entity, columns_of(spec, entity, tables))
        found += [Problem(place=f"entity.{entity.name}", text=text) for text in texts]
    for task in spec.tasks.values():
        place = _("The task '{name}'").format(name=task.name)
        try:
            check_task(task, place, spec.entities, columns_given=True)
            check_after(spec, task, place)
            if task.split:
                check_split(task.split, place, spec.entities)
        except DataError as error:
            found.append(Problem(place=f"task.{task.name}", text=str(error)))
            continue
        table = find_facts(tables, task.table)
        texts = _wrong_columns(spec, task, table) if table else []
        found += [Problem(place=f"task.{task.name}", text=text) for text in texts]
    try:
        check_split(spec.split, _("The split"), spec.entities)
    except DataError as error:
        found.append(Problem(place="split", text=str(error)))
    if not spec.tasks:
        found.append(Problem(place="split", text=_("There is no task; add what the model shall predict.")))
    return found


def _wrong_features(entity: EntitySpec, columns: Sequence[ColumnFacts]) -> list[str]:
    known = {column.name: column for column in columns}
    texts = []
    for name in entity.numeric:
        column = known.get(name)
        if column and column.cells in ("text", "time"):
            texts.append(
                _("'{column}' has the role Number, but it holds {type} such as {examples}. "
                  "Make it a category or a text.").format(
                    column=name, type=TYPES[column.cells], examples=_quoted(column)
                )
            )  # fmt: skip
    texts += [
        _("The text names a column '{column}' that there is not; there are {known}.").format(
            column=name, known=", ".join(known)
        )
        for name in template_names(entity.text)
        if known and name not in known
    ]
    key = known.get(entity.key or "")
    if entity.table and key and key.missing > 0:
        texts.append(
            _("'{column}' is the key, but some of its cells are empty; each row needs one.").format(
                column=key.name
            )
        )
    return texts


def _wrong_columns(spec: DatasetSpec, task: TaskSpec, table: TableFacts) -> list[str]:
    known = {column.name: column for column in table.columns}
    keys = [
        column
        for name, column in zip(task.inputs, task.columns, strict=True)
        if spec.entities[name].key and column not in known
    ]
    texts = [_missing(column, table) for column in keys]
    label = known.get(task.label or "")
    if task.label and label is None:
        texts.append(_missing(task.label, table))
    if task.time and task.time not in known:
        texts.append(_missing(task.time, table))
    if task.group and task.group not in known:
        texts.append(_missing(task.group, table))
    if label:
        form = TASK_KINDS[task.kind].label
        if form in ("number", "grade") and label.cells not in ("whole", "number", "yes_no"):
            texts.append(
                _("'{column}' holds {type} such as {examples}; this kind of task needs numbers.").format(
                    column=label.name, type=TYPES[label.cells], examples=_quoted(label)
                )
            )
        if form == "zero_one" and not task.positive and not is_yes_no(label):
            texts.append(
                _(
                    "'{column}' holds {examples}; say which value counts as yes, or choose another kind."
                ).format(column=label.name, examples=_quoted(label))
            )
        if form == "zero_one" and task.positive and label.values and task.positive not in label.values:
            texts.append(
                _("No cell of '{column}' is '{positive}'; there are {examples}.").format(
                    column=label.name, positive=task.positive, examples=_quoted(label)
                )
            )
    time = known.get(task.time or "")
    if time and time.cells in ("text", "yes_no"):
        texts.append(
            _("'{column}' is to be the time, but it holds {type} such as {examples}.").format(
                column=time.name, type=TYPES[time.cells], examples=_quoted(time)
            )
        )
    return texts


def _quoted(column: ColumnFacts) -> str:
    return ", ".join(f"'{example}'" for example in column.examples)


def _missing(column: str, table: TableFacts) -> str:
    return _("{file} has no column '{column}'; its columns are {known}.").format(
        file=table.file, column=column, known=", ".join(table.names)
    )

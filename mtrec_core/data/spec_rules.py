"""What must hold inside a `dataset.toml`, whatever its tables hold. No torch here."""

from pathlib import PurePath

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec, EntitySpec, SplitSpec, TaskSpec
from mtrec_core.data.templates import parse_template
from mtrec_core.data.toml_section import suggestion
from mtrec_core.errors import DataError


def check_entity(entity: EntitySpec, place: str) -> None:
    """DataError unless the entity can be told apart and described."""
    if entity.table:
        _check_file_name(entity.table, place)
    if entity.table and not entity.key:
        raise DataError(
            f"{place} has a table of its own, so it needs 'key', the column that identifies a row."
        )
    if entity.text:
        try:
            parse_template(entity.text)
        except DataError as error:
            raise DataError(f"'text' in {place}: {error}") from None
    if not entity.key:
        if not (entity.text or entity.categorical or entity.numeric):
            raise DataError(f"{place} needs a 'key', or a text or features that tell its things apart.")
        if entity.history:
            raise DataError(f"{place} has a history but no 'key' by which to find its events.")
    both = set(entity.categorical) & set(entity.numeric)
    if both:
        raise DataError(f"'{min(both)}' in {place} is listed as categorical and as numeric; choose one.")


def check_history(spec: DatasetSpec, entity: EntitySpec, place: str) -> None:
    """DataError unless the items of the entity's history are things that the dataset knows."""
    history = entity.history
    if history is None:
        return
    _check_file_name(history.table, f"history in {place}")
    if not spec.item_entity_of(history):
        raise DataError(
            f"history in {place}: '{history.item}' is neither an entity nor the key of one; "
            f"entities here: {', '.join(spec.entities)}.{suggestion(history.item, spec.entities)}"
        )


def check_task(task: TaskSpec, place: str, entities: dict[str, EntitySpec], *, columns_given: bool) -> None:
    """DataError unless the task has what its kind needs and its inputs are entities."""
    _check_file_name(task.table, place)
    if task.test_table:
        _check_file_name(task.test_table, place)
    if not task.inputs:
        raise DataError(
            f"{place} needs 'inputs', the entities that it is about; known: {', '.join(entities)}."
        )
    for name in task.inputs:
        if name not in entities:
            known = ", ".join(entities)
            raise DataError(
                f"Unknown input '{name}' in {place}; entities here: {known}.{suggestion(name, entities)}"
            )
    if len(task.columns) != len(task.inputs):
        raise DataError(
            f"{place} has {len(task.inputs)} inputs but {len(task.columns)} 'columns'; give one for each."
        )
    if len(set(task.inputs)) < len(task.inputs) and not columns_given:
        raise DataError(
            f"{place} names an entity twice; say with 'columns' where the table holds each of them."
        )
    kind = TASK_KINDS[task.kind]
    if kind.label == "none" and task.label:
        raise DataError(
            f"{place} is retrieval, where each row is a positive: drop 'label' and choose rows with 'where'."
        )
    if kind.label != "none" and not task.label:
        raise DataError(f"{place} is {task.kind} and needs 'label', the column to predict.")
    if task.kind == "retrieval" and len(task.inputs) < 2:
        raise DataError(
            f"{place} is retrieval and needs two inputs or more: who or what asks, and last the target."
        )
    if task.kind == "ranking" and not task.group:
        raise DataError(f"{place} is ranking and needs 'group', the column whose equal values make one list.")
    if task.label and task.label in task.context:
        raise DataError(f"'{task.label}' in {place} is the label; it can't stand in 'context' too.")


SAME_ROWS = ("table", "test_table", "inputs", "columns", "where", "time", "context", "split")
"""What a task and the one that it comes after have in common."""


def check_after(spec: DatasetSpec, task: TaskSpec, place: str) -> None:
    """DataError unless the task before this one is another yes/no task of the same rows."""
    if task.after is None:
        return
    others = [name for name, other in spec.tasks.items() if other.kind == "binary" and name != task.name]
    if task.after not in others:
        raise DataError(
            f"'after' in {place} is '{task.after}', which is no other binary task; those here: "
            f"{', '.join(others) or 'none'}.{suggestion(task.after, others)}"
        )
    earlier = spec.tasks[task.after]
    for name in SAME_ROWS:
        mine, theirs = getattr(task, name), getattr(earlier, name)
        if mine != theirs:
            raise DataError(
                f"{place} comes after '{earlier.name}', so both must tell of the same rows in the same way, "
                f"but '{name}' is {_shown(mine)} here and {_shown(theirs)} there; make it the same, or drop "
                "'after'."
            )
    passed = {task.name}
    while earlier.after in spec.tasks:
        if earlier.name in passed:
            raise DataError(f"'after' in {place} leads in a circle; drop it in the task that comes first.")
        passed.add(earlier.name)
        earlier = spec.tasks[earlier.after]


def _shown(value: object) -> str:
    """A field as a person would write it."""
    if not value:
        return "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value.kind if isinstance(value, SplitSpec) else str(value)


def check_split(split: SplitSpec, place: str, entities: dict[str, EntitySpec]) -> None:
    """DataError unless the split says all that its kind needs."""
    if split.kind == "column" and not split.column:
        raise DataError(f"{place} is by column and needs 'column', which holds train, validation or test.")
    if split.column and split.kind != "column":
        raise DataError(f'{place} names a column; that goes with kind = "column".')
    if split.by and split.by not in entities:
        known = ", ".join(entities)
        raise DataError(
            f"Unknown entity '{split.by}' in {place}; known: {known}.{suggestion(split.by, entities)}"
        )
    shares = [part for part in (split.train, split.validation, split.test) if part is not None and part < 1]
    if sum(shares) > 1:
        raise DataError(f"The shares in {place} add up to {sum(shares):g}; they must leave rows for train.")


def _check_file_name(name: str, place: str) -> None:
    if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
        raise DataError(
            f"The table '{name}' in {place} leaves the folder of tables; set 'tables' to another folder."
        )

"""The sections of a `dataset.toml`: things, histories, splits, tasks. No torch here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import EntitySpec, HistorySpec, SplitKind, SplitSpec, TaskSpec, Where
from mtrec_core.data.spec_rules import check_entity, check_split, check_task
from mtrec_core.data.toml_section import Section, suggestion
from mtrec_core.errors import DataError

ENTITY_KEYS = ("table", "key", "text", "categorical", "numeric", "history", "id_embedding")
HISTORY_KEYS = ("table", "item", "time", "max", "where")
SPLIT_KEYS = ("kind", "validation", "test", "train", "by", "column", "seed")
TASK_KEYS = (
    *(
        "title",
        "kind",
        "table",
        "inputs",
        "columns",
        "label",
        "positive",
        "context",
        "group",
        "time",
        "where",
    ),
    *("test_table", "separator", "min_count", "seen", "wanted", "after", "split"),
)
ONLY_FOR = {
    "positive": ("binary",),
    "separator": ("multilabel",),
    "min_count": ("multilabel",),
    "seen": ("retrieval",),
    "wanted": ("binary", "regression"),
    "after": ("binary",),
}
"""Task key -> the kinds of task that it means something for."""


def read_entity(name: str, values: Mapping[str, Any], path: Path) -> EntitySpec:
    """One `[entity.NAME]`."""
    place = f"[entity.{name}] of {path}"
    section = Section(values, place, ENTITY_KEYS)
    entity = EntitySpec(
        name=name,
        table=section.text("table"),
        key=section.text("key"),
        text=section.text("text"),
        categorical=section.names("categorical"),
        numeric=section.names("numeric"),
        history=_history(section.values["history"], place) if "history" in section else None,
        id_embedding=section.flag("id_embedding", EntitySpec.id_embedding),
    )
    check_entity(entity, place)
    return entity


def _history(values: object, place: str) -> HistorySpec:
    section = Section(values, f"history in {place}", HISTORY_KEYS)
    return HistorySpec(
        table=section.required_text("table"),
        item=section.required_text("item"),
        time=section.text("time"),
        max=section.whole("max", HistorySpec.max, least=1),
        where=_where(section),
    )


def read_split(values: object, place: str) -> SplitSpec:
    """A `[split]` table, or the bare name of a kind of split."""
    section = Section({"kind": values} if isinstance(values, str) else values, place, SPLIT_KEYS)
    kind = section.text("kind") or "auto"
    kinds = get_args(SplitKind)
    if kind not in kinds:
        raise DataError(
            f"Unknown kind of split '{kind}' in {place}; known: {', '.join(kinds)}.{suggestion(kind, kinds)}"
        )
    return SplitSpec(
        kind=kind,  # type: ignore[arg-type]
        validation=section.number("validation", SplitSpec.validation),
        test=section.number("test", SplitSpec.test),
        train=section.number("train", 0) if "train" in section else None,
        by=section.text("by"),
        column=section.text("column"),
        seed=section.whole("seed", SplitSpec.seed, least=0),
    )


def read_task(name: str, values: Mapping[str, Any], entities: dict[str, EntitySpec], path: Path) -> TaskSpec:
    """One `[task.NAME]`; `entities` are those of the file."""
    place = f"[task.{name}] of {path}"
    section = Section(values, place, TASK_KEYS)
    kind = section.required_text("kind")
    if kind not in TASK_KINDS:
        known = ", ".join(TASK_KINDS)
        raise DataError(f"Unknown kind '{kind}' in {place}; known: {known}.{suggestion(kind, TASK_KINDS)}")
    for key, kinds in ONLY_FOR.items():
        if key in section and kind not in kinds:
            named = " and ".join(f'"{known}"' for known in kinds)
            raise DataError(
                f"'{key}' in {place} has a meaning for kind {named} only; this task is \"{kind}\"."
            )
    inputs = section.names("inputs")
    task = TaskSpec(
        name=name,
        kind=kind,
        title=section.text("title") or name.replace("_", " ").capitalize(),
        table=section.required_text("table"),
        inputs=inputs,
        columns=section.names("columns") or tuple(_key_column(entities, entity) for entity in inputs),
        label=section.text("label"),
        positive=_cell(section.values["positive"], section, "positive") if "positive" in section else None,
        context=section.names("context"),
        group=section.text("group"),
        time=section.text("time"),
        where=_where(section),
        test_table=section.text("test_table"),
        separator=section.text("separator") or TaskSpec.separator,
        min_count=section.whole("min_count", TaskSpec.min_count, least=1),
        seen=_either(section, "seen", "filter", "keep"),  # type: ignore[arg-type]
        wanted=_either(section, "wanted", "high", "low"),  # type: ignore[arg-type]
        after=section.text("after"),
        split=read_split(section.values["split"], f"split in {place}") if "split" in section else None,
    )
    check_task(task, place, entities, columns_given="columns" in section)
    if task.split:
        check_split(task.split, f"split in {place}", entities)
    return task


def _either(section: Section, key: str, usual: str, other: str) -> str:
    """One of two words; the first where the key is missing."""
    word = section.text(key) or usual
    if word not in (usual, other):
        raise DataError(
            f"'{key}' in {section.place} should be \"{usual}\" or \"{other}\", but it is '{word}'."
        )
    return word


def _key_column(entities: dict[str, EntitySpec], name: str) -> str:
    """Where a task finds an input unless it says so itself: the entity's key, else its name."""
    entity = entities.get(name)
    return (entity.key if entity else None) or name


def _where(section: Section) -> Where:
    """Column -> allowed cells; one value stands for a list of one."""
    conditions = section.values.get("where", {})
    if not isinstance(conditions, Mapping):
        raise section.wrong("where", 'a table such as { event = ["view", "cart"] }')
    return {
        column: tuple(
            _cell(value, section, "where") for value in (cells if isinstance(cells, list) else [cells])
        )
        for column, cells in conditions.items()
    }


def _cell(value: object, section: Section, key: str) -> str:
    """A value as the text that `data.reading.as_text` gives for such a cell."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise section.wrong(key, "texts, numbers or true/false")

"""What a dataset declares: entities, tasks and splits, as read from `dataset.toml`. No torch here.

The classes hold what the file says; `data.spec_file` reads and writes it, `data.compile` turns it with
the tables into integer codes.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SplitKind = Literal["auto", "time", "user", "leave_last_out", "random", "column"]
SPLIT_NAMES = ("train", "validation", "test")
"""The position in this tuple is the code in `TaskData.split`; -1 marks a row that no split uses."""

Where = dict[str, tuple[str, ...]]
"""Column -> the values (as text) that a row may have there; rows with other values are left out."""


@dataclass(frozen=True, kw_only=True)
class HistorySpec:
    """What an entity did before: the items of an event table, strictly before the moment of the row."""

    table: str
    item: str
    """Name of the item's column in `table`, or of the item's entity."""
    time: str | None = None
    """Column that orders the events; without it all training rows count, less the row's own target."""
    max: int = 20
    """How many of the latest events are kept."""
    where: Where = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EntitySpec:
    """A thing: a user, an item, an ad, a query, an answer template."""

    name: str
    table: str | None = None
    """File of the entity's own table; None means inline, with its columns in the fact tables."""
    key: str | None = None
    """Column that identifies the thing; None (inline only) means that equal features are the same thing."""
    text: str | None = None
    """Template of what the encoder reads, such as `{title}. {brand}`; an empty cell leaves its words out."""
    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    history: HistorySpec | None = None
    id_embedding: bool = True
    """Whether a vector of its own may be learned for each key (never for an entity without a key)."""


@dataclass(frozen=True, kw_only=True)
class SplitSpec:
    """How the rows of a task are divided into train, validation and test."""

    kind: SplitKind = "auto"
    validation: float = 0.1
    """Share of rows (below 1) or number of rows (1 and more)."""
    test: float = 0.1
    """Share of rows (below 1) or number of rows (1 and more)."""
    train: float | None = None
    """None takes all that is left; else share or number, and the rest of the rows is not used."""
    by: str | None = None
    """Entity that is kept whole (`user`), or within which rows are drawn (`random`)."""
    column: str | None = None
    """For kind `column`: the column that holds train, validation or test (or valid, dev, val)."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """A relation between entities with a label: one thing that the model learns to predict."""

    name: str
    kind: str
    """A key of `data.kinds.TASK_KINDS`."""
    table: str
    inputs: tuple[str, ...]
    """Names of entities. For `retrieval` the last one is the target, those before it the query side."""
    title: str = ""
    columns: tuple[str, ...] = ()
    """Key column in `table` of each input, in the same order; default: the entity's key, else its name."""
    label: str | None = None
    positive: str | None = None
    """Binary only: the label value that counts as yes, when the values are not 0/1, true/false or yes/no."""
    context: tuple[str, ...] = ()
    """Columns of the fact that are known before the outcome, such as position or hour."""
    group: str | None = None
    """Column that groups rows: the list of a `ranking`, the user of GAUC."""
    time: str | None = None
    where: Where = field(default_factory=dict)
    test_table: str | None = None
    """A second file whose rows are the test set; the rows of `table` are then train and validation only."""
    separator: str = "|"
    """Multilabel only: what stands between two tags of a cell."""
    min_count: int = 10
    """Multilabel only: tags with fewer training rows are not predicted."""
    seen: Literal["filter", "keep"] = "filter"
    """Retrieval only: whether targets that the query side had in train are left out of the ranking."""
    wanted: Literal["high", "low"] = "high"
    """Binary and regression only: which predictions are good news; `low` for a risk, such as that of a
    return. A rule that fuses tasks gives such a task a negative weight."""
    after: str | None = None
    """Binary only: the task that comes first on the same rows, such as `click` for a purchase. A yes here
    needs a yes there, so where that one says no, an empty cell of this label counts as no."""
    split: SplitSpec | None = None
    """Overrides the dataset's split for this task."""

    @property
    def target(self) -> str | None:
        """The entity that a retrieval task ranks; None for the other kinds."""
        return self.inputs[-1] if self.kind == "retrieval" else None

    @property
    def query_inputs(self) -> tuple[str, ...]:
        """The inputs that are known before the prediction: all but the target of a retrieval task."""
        return self.inputs[:-1] if self.kind == "retrieval" else self.inputs


@dataclass(frozen=True, kw_only=True)
class DatasetSpec:
    """A dataset folder: its tables, its entities, its tasks."""

    name: str
    folder: Path
    """Where `dataset.toml` lies."""
    tables: Path
    """Where the tables lie; the same folder unless the file says otherwise."""
    entities: dict[str, EntitySpec]
    tasks: dict[str, TaskSpec]
    license: str = ""
    description: str = ""
    split: SplitSpec = field(default_factory=SplitSpec)
    settings: dict[str, str | int | float | bool] = field(default_factory=dict)
    """`[settings]` of the file: what a run on this dataset takes instead of the program's defaults, by
    dotted name (`"training.epochs" = 12`). A preset or a setting given by the user wins over it."""

    def split_of(self, task: TaskSpec) -> SplitSpec:
        """The split that applies to a task: its own, else the dataset's."""
        return task.split or self.split

    def first_of_chain(self, task: str) -> str:
        """The task at the beginning of the chain that `after` makes; the task itself without one."""
        while (earlier := self.tasks[task].after) is not None:
            task = earlier
        return task

    def item_entity_of(self, history: HistorySpec) -> str:
        """The entity whose keys a history holds.

        It is the entity called `history.item`, else the one whose key is that column, else the one that a
        task with the same table finds in that column; "" when none fits (the checks report it).
        """
        if history.item in self.entities:
            return history.item
        for entity in self.entities.values():
            if entity.key == history.item:
                return entity.name
        for task in self.tasks.values():
            if task.table == history.table and history.item in task.columns:
                return task.inputs[task.columns.index(history.item)]
        return ""

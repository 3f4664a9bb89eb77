"""Tasks from a table of events: who meets what, what came of it, what happened. No torch here."""

from dataclasses import dataclass, field, replace

from mtrec_core.data.event_order import time_column
from mtrec_core.data.event_tables import ASKING, EventTable
from mtrec_core.data.guess_labels import LabelGuess, any_label, named_label, task_name
from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.reading import as_text
from mtrec_core.data.references import GROUP_ROOTS
from mtrec_core.data.roles import (
    CONTEXT_WORDS,
    EVENT_NAMES,
    EVENT_VALUES,
    has_word,
    is_key_name,
    key_root,
    plain_name,
    with_article,
)
from mtrec_core.data.schema import SplitSpec, TaskSpec, Where
from mtrec_core.data.table_looks import TableLook

FEWEST_EVENTS = 20


@dataclass(kw_only=True)
class Tasks:
    """Tasks by name, and why."""

    found: dict[str, TaskSpec] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    only_if_alone: set[str] = field(default_factory=set)
    """Retrievals out of ratings: dropped where another table says what was taken."""

    def add(self, task: TaskSpec, why: str, *, spare: bool = False) -> None:
        """Add a task under a free name."""
        name = task.name
        if name in self.found:
            name = f"{plain_name(task.table.split('.')[0])}_{name}"
        while name in self.found:
            name += "_2"
        self.found[name] = replace(task, name=name)
        if spare:
            self.only_if_alone.add(name)
        self.notes.append(f"Task '{name}' ({task.kind}) from {task.table}: {why}.")

    def drop(self, name: str, note: str) -> None:
        """Take a task back; the note says why, in place of the one why it was added."""
        del self.found[name]
        self.notes = [kept for kept in self.notes if not kept.startswith(f"Task '{name}' ")] + [note]


def tasks_of_events(events: EventTable, tasks: Tasks) -> None:
    """All tasks that a table of events suggests."""
    look, ordered = events.look, events.ordered()
    time, is_place = time_column(events)
    split = declared_split(look)
    if split is None and is_place:
        split = SplitSpec(kind="leave_last_out")
        counted = f"'{time}' counts the events of each {ordered[0].thing}"
        tasks.notes.append(f"{look.file}: {counted}; the last ones are held out.")
    base = TaskSpec(
        name="",
        kind="retrieval",
        table=look.file,
        test_table=look.test_file,
        inputs=tuple(reference.thing for reference in ordered),
        columns=tuple(reference.column for reference in ordered),
        time=time,
        split=split,
    )
    if _pivot(events, base, tasks):
        return
    free = [column for column in events.free if column.name != time]
    labels = [guess for column in free if (guess := named_label(column))]
    if events.is_flat or (len(ordered) == 1 and not labels):
        labels = [guess for column in free if (guess := any_label(column))]
    owned = [guess for name in events.owners if (guess := named_label(look.columns[name]))]
    for guess in (*labels, *owned):
        _label_task(events, base, guess, tasks)
    is_offer = any(guess.is_outcome for guess in labels)
    asks = any(events.things[name].role in ASKING for name in base.inputs)
    is_about_text = events.text_thing is not None and bool(labels) and not asks and not events.is_commented
    if len(ordered) >= 2 and not is_offer and not is_about_text:
        target = base.inputs[-1]
        asking = with_article(" and ".join(base.inputs[:-1]))
        why = f"each row is {with_article(target)} that went with {asking}"
        title = (
            f"Related {target}s" if len(set(base.inputs)) == 1 else f"{target.capitalize()} recommendation"
        )
        rated = any(guess.kind == "regression" for guess in labels)
        name = look.thing if look.thing.replace("_", "").isalpha() else f"next_{target}"
        tasks.add(replace(base, name=name, title=title.replace("_", " ")), why, spare=rated)
    _note_unused(events, base, tasks)


def _note_unused(events: EventTable, base: TaskSpec, tasks: Tasks) -> None:
    mine = [task for task in tasks.found.values() if task.table == base.table]
    used = {
        column for task in mine for column in (task.label, task.time, task.group, *task.context) if column
    }
    unused = [column.name for column in events.free if column.name not in used]
    if mine and unused:
        tasks.notes.append(
            f"{base.table}: not used: {', '.join(unused)}. Known before the outcome? Then it fits 'context'."
        )


def declared_split(look: TableLook) -> SplitSpec | None:
    """A split by a column that says train or test, if the table has one."""
    for column in look.columns.values():
        if column.is_split:
            return SplitSpec(kind="column", column=column.name)
    return None


def _label_task(events: EventTable, base: TaskSpec, guess: LabelGuess, tasks: Tasks) -> None:
    things = events.things
    inputs, columns, kind = base.inputs, base.columns, guess.kind
    asks = any(things[name].role in ASKING for name in inputs)
    about = events.owners.get(guess.column)
    group = None
    if about:
        inputs, columns = (about.thing,), (about.column,)
    elif events.text_thing and not asks:
        inputs, columns = (events.text_thing,), (events.text_thing,)
    elif kind == "ranking":
        group = _list_column(events, base)
        if group is None or len(inputs) < 2:
            kind = "regression"
        else:
            order = sorted(
                range(len(inputs)), key=lambda n: (things[inputs[n]].role not in ASKING, n < len(inputs) - 1)
            )
            inputs, columns = tuple(inputs[n] for n in order), tuple(columns[n] for n in order)
    elif kind == "binary":
        people = [column for name, column in zip(inputs, columns, strict=True) if things[name].role == "user"]
        group = people[0] if people else None
    taken = {guess.column, base.time, *base.columns}
    context = tuple(
        column.name
        for column in events.free
        if has_word(column.name, CONTEXT_WORDS) and column.name not in taken
    )
    task = replace(
        base,
        name=task_name(guess.column),
        title=task_name(guess.column).replace("_", " ").capitalize(),
        kind=kind,
        inputs=inputs,
        columns=columns,
        label=guess.column,
        positive=guess.positive,
        separator=guess.separator,
        wanted=guess.wanted,
        group=group,
        context=context,
        split=None if base.split and base.split.kind == "leave_last_out" else base.split,
    )
    tasks.add(task, f"'{guess.column}' is its label, {guess.why}")


def _list_column(events: EventTable, base: TaskSpec) -> str | None:
    """The column whose equal values make one list of a ranking: the search, else the query itself."""
    occasions = [
        c for c in events.free if is_key_name(c.name) and c.repeats > 1.2 and key_root(c.name) in GROUP_ROOTS
    ]
    if occasions:
        return occasions[0].name
    for name, column in zip(base.inputs, base.columns, strict=True):
        thing = events.things[name]
        if thing.role in ASKING:
            return column if thing.key else next(iter(thing.described_by), None)
    return None


def _pivot(events: EventTable, base: TaskSpec, tasks: Tasks) -> bool:
    """Split a table with an event column into one task per kind of event; False if it has none."""
    for column in events.free:
        if plain_name(column.name) not in EVENT_NAMES or column.distinct > 30:
            continue
        meanings: dict[str, list[str]] = {}
        for value in column.values.to_pylist():
            meaning = EVENT_VALUES.get(value.lower(), EVENT_VALUES.get(plain_name(value)))
            if meaning:
                meanings.setdefault(meaning, []).append(value)
        known = sum(len(values) for values in meanings.values())
        if len(meanings) >= 2 and known >= column.distinct / 2 and len(base.inputs) >= 2:
            _event_tasks(events, base, column, meanings, tasks)
            return True
    return False


def _event_tasks(
    events: EventTable, base: TaskSpec, column: ColumnLook, meanings: dict[str, list[str]], tasks: Tasks
) -> None:
    cells = as_text(events.look.data.column(column.name)).value_counts().to_pylist()
    rows = {cell["values"]: int(cell["counts"]) for cell in cells}
    target = base.inputs[-1]
    offered = meanings.get("impression")
    for meaning, values in meanings.items():
        count = sum(rows[value] for value in values)
        if meaning in ("impression", "rejection") or count < FEWEST_EVENTS:
            tasks.notes.append(f"{base.table}: no task for '{', '.join(values)}' ({count} rows).")
            continue
        if meaning == "click" and offered and len(values) == 1:
            where: Where = {column.name: (*offered, *values)}
            task = replace(
                base,
                name="click",
                title="Click",
                kind="binary",
                label=column.name,
                positive=values[0],
                where=where,
                split=None,
            )
            tasks.add(task, f"'{values[0]}' against '{', '.join(offered)}' in '{column.name}'")
            continue
        title = f"Next {target} to {meaning}" if meaning != "favourite" else f"Next favourite {target}"
        task = replace(base, name=meaning, title=title, where={column.name: tuple(values)})
        tasks.add(task, f"the rows where '{column.name}' is {' or '.join(values)}")

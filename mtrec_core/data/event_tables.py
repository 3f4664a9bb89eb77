"""The columns of a table of events or texts, sorted: things, their facts, texts, the rest. No torch here."""

from dataclasses import dataclass

from mtrec_core.data.guess_labels import any_label, named_label
from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.references import Found, Reference, Thing
from mtrec_core.data.roles import is_key_name, role_of, words_of
from mtrec_core.data.table_looks import TableLook

ASKING = ("query", "question")
"""Roles of things that ask: they stand first, and their text is written before the event."""


@dataclass(frozen=True, kw_only=True)
class EventTable:
    """A table of events with everything known about its columns."""

    look: TableLook
    references: list[Reference]
    things: dict[str, Thing]
    text_thing: str | None
    """The inline thing that the table's own texts make, if it has any."""
    owners: dict[str, Reference]
    """Column -> the thing that tells what stands in it, such as a product's price in each purchase."""
    free: list[ColumnLook]
    """Columns that are neither references, nor texts, nor owned."""

    @property
    def is_flat(self) -> bool:
        """Whether nothing in the table has a key: texts or rows, and what is said about them."""
        return all(self.things[reference.thing].key is None for reference in self.references)

    @property
    def is_commented(self) -> bool:
        """Whether the texts were written afterwards, about two things that met: a review of a purchase."""
        asks = self.text_thing and self.things[self.text_thing].role in ASKING
        return bool(self.text_thing) and not asks and len(self.references) > 2

    def ordered(self) -> list[Reference]:
        """References with the asking side first and the target last; without the text of a comment."""
        references = self.references
        if self.is_commented:
            references = [reference for reference in references if reference.thing != self.text_thing]
        target = max(references, key=self._target_score)
        rest = [reference for reference in references if reference is not target]
        rest.sort(key=lambda reference: self.things[reference.thing].role not in ASKING)
        return [*rest, target]

    def _target_score(self, reference: Reference) -> tuple[int, bool, float]:
        thing = self.things[reference.thing]
        by_role = {"item": 2, "ad": 2, "answer": 2, "user": -1, "query": -2, "question": -2}.get(
            thing.role, 0
        )
        described = thing.file is not None or bool(thing.described_by)
        column = self.look.columns.get(reference.column)
        return by_role, described, -float(column.distinct) if column else 0.0


def event_table(look: TableLook, found: Found, notes: list[str]) -> EventTable | None:
    """Sort the columns of a table that is not a thing's own; None if there is nothing to make a task of.

    Adds the inline thing that the table's own texts make, and to inline things what describes them.
    """
    references = list(found.references[look.file])
    row_id = found.row_ids.get(look.file)
    rest = [
        column
        for column in look.columns.values()
        if column.name != row_id and column.name not in {reference.column for reference in references}
    ]
    owners = _owners(look, references, rest, found, notes)
    rest = [column for column in rest if column.name not in owners]
    texts = [column for column in rest if _asks(column)] or [column for column in rest if column.is_prose]
    dropped = [column.name for column in rest if column.is_prose and column not in texts]
    if dropped:
        notes.append(
            f"{look.file}: {', '.join(dropped)} is not used: it was written after the question was put."
        )
    text_thing = None
    if texts:
        text_thing = _text_thing(look, texts, found)
        references.append(Reference(thing=text_thing, column=text_thing))
        notes.append(
            f"{look.file}: {', '.join(column.name for column in texts)} is the text of a '{text_thing}'."
        )
    elif not references:
        text_thing = _row_thing(look, rest, found)
        references.append(Reference(thing=text_thing, column=text_thing))
        notes.append(f"{look.file}: each row is a thing of its own, '{text_thing}'.")
    taken = {column.name for column in texts} | set(dropped)
    if text_thing:
        taken |= set(found.things[text_thing].described_by)
    return EventTable(
        look=look,
        references=references,
        things=found.things,
        text_thing=text_thing,
        owners=owners,
        free=[column for column in rest if column.name not in taken],
    )


def _owners(
    look: TableLook, references: list[Reference], rest: list[ColumnLook], found: Found, notes: list[str]
) -> dict[str, Reference]:
    """Columns that follow from a key: facts about that thing, repeated in each of its rows."""
    owners: dict[str, Reference] = {}
    for column in rest:
        if column.distinct < 2 or column.is_time:
            continue
        keys = [reference for reference in references if look.follows(column.name, reference.column)]
        if not keys:
            continue
        owner = min(keys, key=lambda reference: look.columns[reference.column].distinct)
        owners[column.name] = owner
        thing = found.things[owner.thing]
        if thing.file:
            notes.append(
                f"{look.file}: '{column.name}' is not used: it belongs to a {thing.name}, into {thing.file}."
            )
        elif column.name not in thing.described_by and not named_label(column):
            thing.described_by.append(column.name)
            notes.append(f"{look.file}: '{column.name}' describes the {thing.name}: each has only one.")
    return owners


def _asks(column: ColumnLook) -> bool:
    """Whether a column holds what somebody typed: the words of a search, a question."""
    if column.cells != "text" or column.distinct <= 10 or is_key_name(column.name):
        return False
    last = "".join(words_of(column.name)[-1:])
    ends_well = role_of(last) in ASKING or last in ("text", "term")
    return ends_well and role_of(column.name) in ASKING


def _text_thing(look: TableLook, texts: list[ColumnLook], found: Found) -> str:
    role = next((role for column in texts if (role := role_of(column.name)) in ASKING), "")
    columns = [column.name for column in texts]
    name = role or (look.thing if look.thing.isalpha() else "text")
    while name in found.things and found.things[name].described_by != columns:
        name += "_2"
    found.things[name] = Thing(name=name, role=role, file=None, key=None, described_by=columns)
    return name


def _row_thing(look: TableLook, rest: list[ColumnLook], found: Found) -> str:
    """A table without keys and texts: every row is a thing, described by all columns but the labels."""
    labels = {column.name for column in rest if named_label(column)}
    if not labels and rest and any_label(rest[-1]):
        labels = {rest[-1].name}
    name = look.thing if look.thing.isalpha() else "row"
    while name in found.things:
        name += "_2"
    columns = [column.name for column in rest if column.name not in labels]
    found.things[name] = Thing(name=name, role="", file=None, key=None, described_by=columns)
    return name

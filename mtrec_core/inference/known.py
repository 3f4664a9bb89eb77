"""The things that a question names: a user by key, a typed history, a typed text; errors for unknown ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
import pyarrow.compute as pc

from mtrec_core.data.dataset import Dataset
from mtrec_core.data.rows import append_entity
from mtrec_core.data.templates import template_columns
from mtrec_core.errors import UserError
from mtrec_core.inference.roles import lacks, person_of, specs

MOST_COMPARED = 20_000
"""Keys among which a similar one is looked for."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A dataset that has what was asked for, and where it stands."""

    dataset: Dataset
    codes: dict[str, int]
    """Entity -> code."""
    had: np.ndarray
    """int32: items of a typed history; empty for a person by key."""


def code_of(dataset: Dataset, entity: str, key: str) -> int:
    """The code of a thing by its key; UserError with similar keys when it is unknown."""
    keys = dataset.entities[entity].keys
    code = int(pc.index(keys, str(key).strip()).as_py())
    if code >= 0:
        return code
    close = get_close_matches(str(key), keys.slice(0, MOST_COMPARED).to_pylist(), n=3)
    hint = (
        f" Did you mean {' or '.join(close)}?" if close else f" There are {len(keys):,}, such as {keys[0]}."
    )
    raise UserError(f"There is no {entity} '{key}' in the data that this run was trained on.{hint}")


def person_by(
    dataset: Dataset, user: str | None, history: Sequence[str] | None, anonymous: bool = False
) -> Given:
    """A known user, somebody with a typed history, or, if that will do, nobody in particular.

    UserError for both or neither, an unknown user or item, and when the dataset has no users or histories.
    """
    person = person_of(dataset)
    if not person:
        raise lacks(dataset, "is about users, customers or the like")
    if user is not None and history is not None:
        raise UserError("A user and a typed history are two answers to the same question; give one of them.")
    nothing = np.zeros(0, np.int32)
    if user is not None:
        return Given(dataset=dataset, codes={person: code_of(dataset, person, user)}, had=nothing)
    if history is None and not anonymous:
        raise UserError("Say for whom: a user's key, or a history of item keys.")
    if history is not None and not history:
        raise UserError("The typed history is empty; name at least one item.")
    items = had_entity(dataset)
    if history is not None and not items:
        raise UserError(
            f"'{person}' has no history in this dataset, so none can be typed; name a {person} by its key."
        )
    had = [code_of(dataset, items, key) for key in history or ()]
    extended, code = append_entity(dataset, person, {}, [str(key).strip() for key in history or ()])
    return Given(dataset=extended, codes={person: code}, had=np.array(had, np.int32))


def had_entity(dataset: Dataset) -> str:
    """The entity that a person's history holds; "" without persons or histories."""
    person = dataset.entities.get(person_of(dataset))
    return "" if person is None or person.histories is None else person.histories.item_entity


def events_of(dataset: Dataset, person: str, code: int) -> np.ndarray:
    """int32: the items of a person's history, the oldest first; none without histories."""
    histories = dataset.entities[person].histories if person else None
    if histories is None:
        return np.zeros(0, np.int32)
    return histories.items_E[histories.starts_N1[code] : histories.starts_N1[code + 1]]


def without_events(given: Given, person: str, places: Sequence[int]) -> Given:
    """What was given, with some events of the person's history taken out; UserError for a place without one.

    What the model learned from them in training stays, and so does what counts as seen.
    """
    if not places:
        return given
    code = given.codes[person]
    count = len(events_of(given.dataset, person, code))
    for place in places:
        if not 0 <= place < count:
            raise UserError(f"The history has {count} events, so there is none at place {place} to remove.")
    entity = given.dataset.entities[person]
    histories = entity.histories
    assert histories is not None, "events were found"
    gone = histories.starts_N1[code] + np.unique(np.array(places, np.int64))
    starts_N1 = histories.starts_N1.copy()
    starts_N1[code + 1 :] -= len(gone)
    shorter = replace(
        histories,
        starts_N1=starts_N1,
        items_E=np.delete(histories.items_E, gone),
        time_E=None if histories.time_E is None else np.delete(histories.time_E, gone),
    )
    changed = replace(entity, histories=shorter)
    dataset = replace(given.dataset, entities={**given.dataset.entities, person: changed})
    return replace(given, dataset=dataset)


def with_typed(given: Given, entity: str, text: str) -> Given:
    """What was given, and a typed text; it fills the first column of the entity's template."""
    if not text.strip():
        raise UserError(f"The {entity} is empty; type some words.")
    column = template_columns(given.dataset.entities[entity].spec.text)[0]
    dataset, code = append_entity(given.dataset, entity, {column: text.strip()})
    return Given(dataset=dataset, codes=given.codes | {entity: code}, had=given.had)


def task_named(dataset: Dataset, name: str) -> str:
    """The name, if the run has such a task; UserError with the nearest one."""
    if name in dataset.tasks:
        return name
    names = [spec.name for spec in specs(dataset)]
    close = get_close_matches(name, names, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise UserError(f"The run has no task {name}.{hint} Its tasks: {', '.join(names)}.")

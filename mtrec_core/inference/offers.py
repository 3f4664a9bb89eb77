"""What a model can be asked: by its tasks, and by what is known of its data."""

from collections.abc import Callable

import numpy as np

from mtrec_core.data.dataset import Dataset
from mtrec_core.data.schema import TaskSpec
from mtrec_core.data.tables import feature_columns
from mtrec_core.errors import UserError
from mtrec_core.inference.asked import Kind, Offers, TaskOffer
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.known import had_entity
from mtrec_core.inference.past import thing
from mtrec_core.inference.roles import (
    advertising_task,
    answering_task,
    describing_tasks,
    person_of,
    profiling_tasks,
    recommending_task,
    relating_task,
    search_task,
)
from mtrec_core.inference.why import history_reader

MOST_TO_CHOOSE = 500
"""Things of a kind that a page gets to choose from; any other may be named by its key."""


def offers_of(engine: Engine) -> Offers:
    """What the run's tasks can answer, and what a question may name."""
    dataset = engine.dataset
    person = person_of(dataset)
    recommends = _task_or_none(lambda: recommending_task(dataset))
    searches = _task_or_none(lambda: search_task(dataset)[0])
    relates = _task_or_none(lambda: relating_task(dataset))
    item = served_item(dataset)
    leading = recommends or searches or next(iter(dataset.tasks))
    planned = bool(person) and person in engine.bundle.plan.entities
    reader = history_reader(engine, leading) if planned else None
    return Offers(
        dataset=dataset.spec.name,
        tasks={name: _task_offer(engine, data.spec) for name, data in dataset.tasks.items()},
        recommends=recommends,
        searches=searches,
        relates=relates,
        answers=_task_or_none(lambda: answering_task(dataset)[0]),
        advertises=_task_or_none(lambda: advertising_task(dataset)[0]),
        profiles=_profiles(dataset),
        describes=tuple(describing_tasks(dataset, item)) if item else (),
        person=_kind(dataset, person),
        item=_kind(dataset, item),
        remembers=had_entity(dataset),
        memory=engine.bundle.plan.entities[person].history_length if reader else 0,
        reader=reader.way if reader else "",
    )


def served_item(dataset: Dataset) -> str:
    """The entity that is recommended, else related, else searched for; "" for none."""
    ranked = _task_or_none(lambda: recommending_task(dataset)) or _task_or_none(
        lambda: relating_task(dataset)
    )
    if ranked:
        return str(dataset.tasks[ranked].spec.target)
    return _task_or_none(lambda: search_task(dataset)[2])


def _task_or_none(find: Callable[[], str]) -> str:
    try:
        return find()
    except UserError:
        return ""


def _profiles(dataset: Dataset) -> tuple[str, ...]:
    try:
        return tuple(profiling_tasks(dataset))
    except UserError:
        return ()


def _kind(dataset: Dataset, entity: str) -> Kind | None:
    if not entity:
        return None
    known = dataset.entities[entity]
    codes = np.arange(len(known))
    if known.histories is not None:
        events = np.diff(known.histories.starts_N1)
        codes = np.argsort(-events, kind="stable")
    first = tuple(thing(dataset, entity, int(code)) for code in codes[:MOST_TO_CHOOSE])
    return Kind(name=entity, count=len(known), first=first)


def _task_offer(engine: Engine, spec: TaskSpec) -> TaskOffer:
    """A retrieval needs no column for what it ranks; unknown things may bring their features."""
    entities = engine.dataset.spec.entities
    needs: list[str] = []
    may_have: list[str] = []
    declared = spec.columns or ("",) * len(spec.inputs)
    for name, column in list(zip(spec.inputs, declared, strict=True))[: len(spec.query_inputs)]:
        entity = entities[name]
        features = feature_columns(entity)
        if entity.key is None and not column:
            needs += features
        else:
            needs.append(column or entity.key or name)
            may_have += features
    may_have += [*spec.context, *([spec.time] if spec.time else [])]
    return TaskOffer(
        kind=spec.kind,
        title=spec.title or spec.name,
        inputs=spec.inputs,
        needs=tuple(dict.fromkeys(needs)),
        may_have=tuple(name for name in dict.fromkeys(may_have) if name not in needs),
        usual=dict(engine.bundle.snapshot.contexts[spec.name].shown),
    )

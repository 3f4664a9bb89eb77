"""Which task of a dataset answers which question, by what the tasks' inputs are. No torch here.

| question | tasks |
|---|---|
| items for a person | retrieval with the person alone on the query side |
| items for a search | ranking, else retrieval, with a typed text among what is known |
| answer to a question | retrieval from a typed text to what is not recommended to persons |
| related things | retrieval from a thing to others of its kind |
| ads for a person | binary over the person and another thing, best one that is not recommended anyway |
| profile | the other kinds, with the person as only input |
"""

from collections.abc import Collection, Iterable

from mtrec_core.data.dataset import Dataset, EntityData
from mtrec_core.data.schema import TaskSpec
from mtrec_core.data.templates import template_columns
from mtrec_core.errors import UserError

PERSON_NAMES = ("user", "customer", "client", "member", "visitor", "shopper", "reader", "student", "person")
"""An entity with one of these in its name is taken for the person who is served."""


def person_of(dataset: Dataset) -> str:
    """The entity that is served: with a history, else named like a person, else what asks; "" for none."""
    asking = {name for spec in specs(dataset) if spec.kind == "retrieval" for name in spec.query_inputs}
    found: list[tuple[bool, bool, bool, str]] = []
    for name, entity in dataset.entities.items():
        is_input = any(name in spec.inputs for spec in specs(dataset))
        has_history = entity.histories is not None
        is_named = any(word in name.lower() for word in PERSON_NAMES)
        asks = (
            name in asking and not _ranks(dataset, name) and (entity.texts is None or _has_features(entity))
        )
        if entity.spec.key is not None and is_input and (has_history or is_named or asks):
            found.append((has_history, is_named, asks, name))
    return max(found, key=lambda row: row[:3])[3] if found else ""


def recommending_tasks(dataset: Dataset) -> list[str]:
    """The retrieval tasks from the person to things; the first one leads."""
    person = person_of(dataset)
    return [
        spec.name
        for spec in specs(dataset)
        if spec.kind == "retrieval" and spec.query_inputs == (person,) and spec.target != person
    ]


def recommending_task(dataset: Dataset) -> str:
    """The leading task that recommends things to a person; UserError when there is none."""
    found = recommending_tasks(dataset)
    if not found:
        raise lacks(dataset, "recommends things to users (retrieval with the inputs user, item)")
    return found[0]


def search_task(dataset: Dataset) -> tuple[str, str, str]:
    """The task that orders things by a typed text, the text's entity and the things; UserError for none."""
    recommended = {dataset.tasks[name].spec.target for name in recommending_tasks(dataset)}
    for kind in ("ranking", "retrieval"):
        for spec in specs(dataset):
            if spec.kind != kind or (kind == "retrieval" and recommended and spec.target not in recommended):
                continue
            others = [name for name in spec.inputs if name not in (spec.target, person_of(dataset))]
            typed = [name for name in others if is_typed(dataset, name)]
            typed.sort(key=lambda name: dataset.entities[name].spec.key is not None)
            things = [name for name in spec.inputs if name not in (*typed[:1], person_of(dataset))]
            if typed and len(things) == 1:
                return spec.name, typed[0], things[0]
    raise lacks(
        dataset, "orders items by a text (ranking with the inputs query, item, or retrieval query, item)"
    )


def answering_task(dataset: Dataset) -> tuple[str, str]:
    """The task that finds an answer to a typed question, and the question's entity; UserError for none."""
    recommended = {dataset.tasks[name].spec.target for name in recommending_tasks(dataset)}
    found = [
        spec
        for spec in specs(dataset)
        if spec.kind == "retrieval"
        and len(spec.query_inputs) == 1
        and is_typed(dataset, spec.query_inputs[0])
        and spec.target not in {*recommended, *spec.query_inputs}
    ]
    if not found:
        raise lacks(dataset, "finds answers to questions (retrieval with the inputs question, answer)")
    keyless = [spec for spec in found if dataset.entities[spec.query_inputs[0]].spec.key is None]
    spec = (keyless or found)[0]
    return spec.name, spec.query_inputs[0]


def relating_task(dataset: Dataset) -> str:
    """The task from a thing to related ones of its kind; UserError when there is none."""
    for spec in specs(dataset):
        if spec.kind == "retrieval" and spec.query_inputs == (spec.target,):
            return spec.name
    raise lacks(dataset, "relates items to items (retrieval with the inputs item, item)")


def advertising_task(dataset: Dataset) -> tuple[str, str]:
    """The yes/no task about the person and another thing, and that thing; UserError when there is none."""
    person = person_of(dataset)
    recommended = {dataset.tasks[name].spec.target for name in recommending_tasks(dataset)}
    found = [
        (spec.name, name)
        for spec in specs(dataset)
        if spec.kind == "binary" and len(spec.inputs) == 2 and spec.inputs.count(person) == 1
        for name in spec.inputs
        if name != person
    ]
    if not found:
        raise lacks(dataset, "tells a user's yes or no to an ad (binary with the inputs user, ad)")
    return next((pair for pair in found if pair[1] not in recommended), found[0])


def profiling_tasks(dataset: Dataset) -> list[str]:
    """The tasks whose only input is the person; UserError when there is none."""
    person = person_of(dataset)
    found = [spec.name for spec in specs(dataset) if spec.kind != "retrieval" and spec.inputs == (person,)]
    if not found:
        raise lacks(dataset, "tells something about a user alone (any kind with the input user)")
    return found


def describing_tasks(dataset: Dataset, entity: str) -> list[str]:
    """The tasks whose only input is a thing of this kind, such as the tags of an item."""
    return [spec.name for spec in specs(dataset) if spec.kind != "retrieval" and spec.inputs == (entity,)]


def scoring_tasks(
    dataset: Dataset, candidate: str, known: Collection[str], told: Collection[str]
) -> list[str]:
    """The tasks that give one number to each candidate when the `known` entities are given.

    `told` are those of the known that say something; a task that only reads the others is left out.
    """
    found = []
    for spec in specs(dataset):
        if spec.kind == "retrieval":
            ranks, given = spec.target == candidate, set(spec.query_inputs)
        else:
            ranks = spec.kind in ("ranking", "binary", "regression") and spec.inputs.count(candidate) == 1
            given = set(spec.inputs) - {candidate}
        if ranks and given <= set(known) and given & set(told):
            found.append(spec.name)
    return found


def is_typed(dataset: Dataset, name: str) -> bool:
    """Whether somebody may type it: a text, and neither the person nor a thing with features and key."""
    entity = dataset.entities[name]
    return (
        entity.histories is None
        and name != person_of(dataset)
        and bool(template_columns(entity.spec.text))
        and (entity.spec.key is None or not _has_features(entity))
    )


def lacks(dataset: Dataset, what: str) -> UserError:
    """The error for a question that no task of the run answers; it names what is there."""
    tasks = "; ".join(
        f"{spec.name} ({spec.kind} with the inputs {', '.join(spec.inputs)})" for spec in specs(dataset)
    )
    return UserError(f"No task of this run {what}. Its tasks are: {tasks}.")


def specs(dataset: Dataset) -> Iterable[TaskSpec]:
    """The declarations of the tasks that were trained."""
    return (data.spec for data in dataset.tasks.values())


def _ranks(dataset: Dataset, name: str) -> bool:
    return any(spec.target == name for spec in specs(dataset))


def _has_features(entity: EntityData) -> bool:
    return bool(entity.spec.categorical or entity.spec.numeric)

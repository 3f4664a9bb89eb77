"""The answer template that fits a typed question, and what the model says about a person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtrec_core.data.dataset import Dataset
from mtrec_core.inference.asked import ProfileValue
from mtrec_core.inference.candidates import made_rows
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.known import Given, code_of, person_by, with_typed, without_events
from mtrec_core.inference.recommend import best_of
from mtrec_core.inference.roles import answering_task, describing_tasks, person_of, profiling_tasks


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A template, the best one first."""

    answer: str
    """Its key."""
    text: str
    score: float
    """Probability among all templates: the softmax of the task's scores."""


def answer(engine: Engine, question: str, n: int = 1) -> list[Answer]:
    """The n templates that fit best; UserError for an empty question and when no task finds answers."""
    task, typed = answering_task(engine.dataset)
    nothing = Given(dataset=engine.dataset, codes={}, had=np.zeros(0, np.int32))
    given = with_typed(nothing, typed, question)
    target = str(engine.dataset.tasks[task].spec.target)
    templates = engine.dataset.entities[target]
    codes = np.arange(len(templates), dtype=np.int32)
    scores_N = engine.candidate_scores(given.dataset, task, given.codes, target, codes).astype(np.float64)
    shares_N = np.exp(scores_N - scores_N.max())
    shares_N /= shares_N.sum()
    found = []
    for code in best_of(scores_N, n, codes[:0]).tolist():
        key = templates.keys[code].as_py()
        text = "" if templates.texts is None else templates.texts[code].as_py()
        found.append(Answer(answer=key, text=text or key, score=float(shares_N[code])))
    return found


def profile(
    engine: Engine,
    *,
    user: str | None = None,
    history: Sequence[str] | None = None,
    without: Sequence[int] = (),
) -> dict[str, ProfileValue]:
    """Task -> probability of a yes, number, or class or tag -> probability; with the history of now.

    `without`: places of events that are taken out of it.
    """
    tasks = profiling_tasks(engine.dataset)
    given = person_by(engine.dataset, user, history)
    given = without_events(given, person_of(engine.dataset), without)
    return {task: _value(engine, given.dataset, task, given.codes) for task in tasks}


def describe(engine: Engine, entity: str, key: str) -> dict[str, ProfileValue]:
    """The same for a thing that is no person, from the tasks about it alone; {} where there are none."""
    codes = {entity: code_of(engine.dataset, entity, key)}
    tasks = describing_tasks(engine.dataset, entity)
    return {task: _value(engine, engine.dataset, task, codes) for task in tasks}


def _value(engine: Engine, dataset: Dataset, task: str, codes: dict[str, int]) -> ProfileValue:
    inputs = {name: np.full(1, code, np.int32) for name, code in codes.items()}
    rows = made_rows(dataset, task, inputs, engine.bundle.snapshot.contexts[task])
    scores_K = engine.row_scores(rows, task)[0]
    classes = dataset.tasks[task].classes
    if not classes:
        return float(scores_K[0])
    order = np.argsort(-scores_K, kind="stable").tolist()
    return {classes[place]: float(scores_K[place]) for place in order}

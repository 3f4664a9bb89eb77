"""Items for a person or a search, ads for a person, things related to a thing.

Shape suffixes: N = things of a kind, P = the pool that is fused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mtrec_core.errors import UserError
from mtrec_core.evaluation.fusion import LEARNED, fuse_scores, fusion_weights
from mtrec_core.evaluation.fusion_file import POOL, load_fusion
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.known import (
    Given,
    code_of,
    had_entity,
    person_by,
    with_typed,
    without_events,
)
from mtrec_core.inference.roles import (
    advertising_task,
    lacks,
    person_of,
    recommending_task,
    relating_task,
    scoring_tasks,
    search_task,
)

Seen = Literal["filter", "keep"]


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """One thing of a list, the best first."""

    item: str
    """Its key."""
    score: float
    """What the list is ordered by: the leading task's score, or the fused one."""
    scores: dict[str, float]
    """Task -> score, of every task that can judge the pair: probability, number in its own unit, or fit."""
    text: str
    """What the encoder read of it; its key where it has no text."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is ranked, by which task, and what is known."""

    leading: str
    tasks: tuple[str, ...]
    """Those that can score a candidate, the leading one first."""
    candidate: str
    given: Given
    without: tuple[int, ...] = ()
    """Places of the events that were taken out of the person's history."""


def recommend(
    engine: Engine,
    *,
    user: str | None = None,
    history: Sequence[str] | None = None,
    query: str | None = None,
    n: int = 5,
    fuse: str | Mapping[str, float] | None = None,
    seen: Seen | None = None,
) -> list[Recommendation]:
    """The n best items, out of the whole catalogue; items that training never saw too, by their text.

    `seen`: whether items that the person had are left out; None: by the task's own rule (never for a search).
    `fuse`: weights per task, or a rule of `evaluation.fusion`; the leading task's POOL best are reordered.
    UserError for an unknown user, item or task, and when the run has no such task.
    """
    request = request_for(engine, user, history, query)
    weights = None if fuse is None else _weights(engine, request, fuse)
    pool_P, table = first_candidates(engine, request, max(n, POOL) if weights else n, seen)
    order = table[request.leading] if weights is None else fuse_scores(table, weights)
    return _listed(engine, request.candidate, pool_P, order, table, n)


def first_candidates(
    engine: Engine, request: Request, count: int, seen: Seen | None = None
) -> tuple[np.ndarray, pd.DataFrame]:
    """int64 codes of the leading task's first ones, and a column per task with their scores."""
    scores_N = _leading_scores(engine, request)
    pool_P = best_of(scores_N, count, left_out(engine, request, seen))
    return pool_P, _all_scores(engine, request, pool_P, scores_N)


def rank_ads(
    engine: Engine,
    *,
    user: str | None = None,
    history: Sequence[str] | None = None,
    n: int = 5,
    without: Sequence[int] = (),
) -> list[Recommendation]:
    """The n ads that a person is most likely to click, of all there are, in the usual context."""
    request = ads_for(engine, user, history, without)
    scores_N = _leading_scores(engine, request)
    first = best_of(scores_N, n, np.zeros(0, np.int64))
    table = pd.DataFrame({request.leading: scores_N[first].astype(float)})
    return _listed(engine, request.candidate, first, table[request.leading], table, n)


def related(engine: Engine, *, item: str, n: int = 5, seen: Seen | None = None) -> list[Recommendation]:
    """The n things that go best with a thing. `seen`: whether known pairs are left out, as above."""
    task = relating_task(engine.dataset)
    candidate = str(engine.dataset.tasks[task].spec.target)
    code = code_of(engine.dataset, candidate, item)
    given = Given(dataset=engine.dataset, codes={candidate: code}, had=np.zeros(0, np.int32))
    request = Request(leading=task, tasks=(task,), candidate=candidate, given=given)
    scores_N = _leading_scores(engine, request)
    first = best_of(scores_N, n, np.append(left_out(engine, request, seen), code))
    table = pd.DataFrame({task: scores_N[first].astype(float)})
    return _listed(engine, candidate, first, table[task], table, n)


def best_of(scores_N: np.ndarray, count: int, without: np.ndarray) -> np.ndarray:
    """int64: the things with the highest scores, falling, less those `without`; equal ones by their code."""
    scores_N = scores_N.astype(np.float64, copy=True)
    scores_N[without] = -np.inf
    count = min(count, int(np.isfinite(scores_N).sum()))
    if count == 0:
        return np.zeros(0, np.int64)
    first = np.sort(np.argpartition(-scores_N, count - 1)[:count])
    return first[np.argsort(-scores_N[first], kind="stable")]


def request_for(
    engine: Engine,
    user: str | None,
    history: Sequence[str] | None,
    query: str | None,
    without: Sequence[int] = (),
) -> Request:
    """What such a question ranks, by which task. `without`: places of events, from the person's oldest (0)
    on, that are taken out of the history; UserError for a place that isn't there, and as in `recommend`."""
    dataset, person = engine.dataset, person_of(engine.dataset)
    if query is None:
        leading = recommending_task(dataset)
        candidate = str(dataset.tasks[leading].spec.target)
        given = person_by(dataset, user, history)
        told = known = {person}
    else:
        leading, typed, candidate = search_task(dataset)
        is_named = user is not None or history is not None
        if person:
            given = person_by(dataset, user, history, anonymous=True)
        elif is_named:
            raise lacks(dataset, "is about users, customers or the like")
        else:
            given = Given(dataset=dataset, codes={}, had=np.zeros(0, np.int32))
        given = with_typed(given, typed, query)
        told, known = {typed} | ({person} if is_named else set()), {typed, person}
    given = without_events(given, person, without)
    tasks = scoring_tasks(dataset, candidate, known, told)
    ordered = (leading, *(task for task in tasks if task != leading))
    return Request(leading=leading, tasks=ordered, candidate=candidate, given=given, without=tuple(without))


def ads_for(
    engine: Engine, user: str | None, history: Sequence[str] | None, without: Sequence[int] = ()
) -> Request:
    """What `rank_ads` ranks, by which task; UserError as in `request_for`."""
    task, candidate = advertising_task(engine.dataset)
    given = person_by(engine.dataset, user, history)
    given = without_events(given, person_of(engine.dataset), without)
    return Request(leading=task, tasks=(task,), candidate=candidate, given=given, without=tuple(without))


def _weights(engine: Engine, request: Request, fuse: str | Mapping[str, float]) -> dict[str, float]:
    """Task -> weight; UserError for a task that can't judge this kind of candidate."""
    for task in () if isinstance(fuse, str) else fuse:
        if task in engine.dataset.tasks and task not in request.tasks:
            spec = engine.dataset.tasks[task].spec
            raise UserError(
                f"The task {task} ({spec.kind} with the inputs {', '.join(spec.inputs)}) can't score each "
                f"{request.candidate} for {' and '.join(request.given.codes)}; "
                f"these can: {', '.join(request.tasks)}."
            )
    if fuse == LEARNED:
        lists = load_fusion(engine.bundle.folder)
        if set(lists.tasks) != set(request.tasks):
            raise UserError(
                "Weights are learned for what is recommended to a user without a query; here, give the "
                "weights or take equal ones."
            )
        return lists.weights(LEARNED)
    return fusion_weights(fuse, {task: engine.bundle.evidence[task] for task in request.tasks})


def _leading_scores(engine: Engine, request: Request) -> np.ndarray:
    return _scores(
        engine, request, request.leading, np.arange(len(engine.dataset.entities[request.candidate]))
    )


def _scores(engine: Engine, request: Request, task: str, codes: np.ndarray) -> np.ndarray:
    given = request.given
    return engine.candidate_scores(
        given.dataset, task, given.codes, request.candidate, codes.astype(np.int32)
    )


def _all_scores(engine: Engine, request: Request, pool_P: np.ndarray, scores_N: np.ndarray) -> pd.DataFrame:
    columns = {request.leading: scores_N[pool_P].astype(float)}
    for task in request.tasks:
        if task != request.leading:
            columns[task] = _scores(engine, request, task, pool_P).astype(float) if len(pool_P) else pool_P
    return pd.DataFrame(columns)


def left_out(engine: Engine, request: Request, seen: Seen | None) -> np.ndarray:
    """int64: codes of the candidates that a list does not show, since the person had them."""
    spec = engine.dataset.tasks[request.leading].spec
    rule = seen or (spec.seen if spec.kind == "retrieval" else "keep")
    if rule == "keep":
        return np.zeros(0, np.int64)
    code = request.given.codes[spec.inputs[0]]
    pairs = engine.bundle.snapshot.seen.get(request.leading)
    known = np.zeros(0, np.int64) if pairs is None else pairs.of(code).astype(np.int64)
    had = request.given.had if request.candidate == had_entity(engine.dataset) else known[:0]
    return np.union1d(known, had).astype(np.int64)


def _listed(
    engine: Engine, candidate: str, codes: np.ndarray, order: pd.Series, table: pd.DataFrame, n: int
) -> list[Recommendation]:
    entity = engine.dataset.entities[candidate]
    found = []
    for place in np.argsort(-order.to_numpy(), kind="stable")[:n].tolist():
        key = entity.keys[int(codes[place])].as_py()
        text = "" if entity.texts is None else entity.texts[int(codes[place])].as_py()
        found.append(
            Recommendation(
                item=key,
                score=float(order.iloc[place]),
                scores={str(task): float(table[task].iloc[place]) for task in table},
                text=text or key,
            )
        )
    return found

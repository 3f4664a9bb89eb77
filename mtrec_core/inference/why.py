"""Why a list looks as it does: what each past event of the person does to each thing of it.

Two different measures, which need not agree. Attention is the share that the history reader gave to an
event: where it looked. The effect is what happens to a thing's value when the event is taken out of the
history and the rest is read anew: what it changed. Neither says why the person acts so, and what the model
learned from the event in training stays in its parameters.

Shape suffixes: V = variants of a history, L = places of a window, I = things of the list, N = all targets,
B = V x I rows, variant by variant.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor, nn

from mtrec_core.inference.asked import Effect, Explained, Why
from mtrec_core.inference.candidates import made_rows
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.known import code_of, events_of
from mtrec_core.inference.past import past_events
from mtrec_core.inference.recommend import Request, Seen, left_out
from mtrec_core.inference.roles import person_of
from mtrec_core.model.batches import TaskBatch, make_batch
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.model.step_vectors import StepVectors
from mtrec_core.model.towers import HistoryReader
from mtrec_core.training.predict import in_units


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """Of each variant: the whole history, then without each event, then none at all."""

    value_VI: np.ndarray
    rank_VI: np.ndarray | None
    attention_IL: np.ndarray | None
    """Of the whole history; one row for all things where the reader knows no candidate."""


def explain(engine: Engine, request: Request, items: Sequence[str], seen: Seen | None = None) -> Why:
    """What the events that the model reads do to `items` (keys), by the request's leading task.

    UserError for an unknown item. Without events `Why.things` is empty.
    """
    dataset, person, task = request.given.dataset, person_of(engine.dataset), request.leading
    spec = dataset.tasks[task].spec
    codes_I = np.array([code_of(dataset, request.candidate, key) for key in items], np.int32)
    code, reader = request.given.codes.get(person, -1), history_reader(engine, task)
    nothing = Why(task=task, kind=spec.kind, reader="", shared_attention=False, events=(), things=())
    if reader is None or code < 0 or person not in spec.query_inputs or not len(codes_I):
        return nothing
    memory = engine.bundle.plan.entities[person].history_length
    events = past_events(dataset, person, code, memory, memory, request.without)
    if not events:
        return nothing
    with engine.ready(dataset) as model, _watched(reader) as attentions:
        if spec.kind == "retrieval":
            measured = _of_retrieval(model, engine, request, len(events), codes_I, attentions, seen)
        else:
            measured = _of_rows(model, engine, request, len(events), codes_I, attentions)
    return Why(
        task=task,
        kind=spec.kind,
        reader=reader.way,
        shared_attention=measured.attention_IL is not None and len(measured.attention_IL) == 1,
        events=events,
        things=tuple(_explained(key, place, len(events), measured) for place, key in enumerate(items)),
    )


def history_reader(engine: Engine, task: str) -> HistoryReader | None:
    """What reads the person's history for a task; None where nothing does."""
    person = person_of(engine.dataset)
    return engine.model.tower_set(engine.model.set_of[task]).reader(person) if person else None


@contextmanager
def _watched(reader: nn.Module) -> Iterator[list[Tensor | None]]:
    """Collects the attention that the reader gives back, call by call."""
    attentions: list[Tensor | None] = []

    def keep(_module: nn.Module, _inputs: Any, output: tuple[Tensor, Tensor | None]) -> None:
        attentions.append(output[1])

    handle = reader.register_forward_hook(keep)
    try:
        yield attentions
    finally:
        handle.remove()


def _of_retrieval(
    model: MultiTaskModel,
    engine: Engine,
    request: Request,
    count: int,
    codes_I: np.ndarray,
    attentions: list[Tensor | None],
    seen: Seen | None,
) -> _Measured:
    """The probability among all targets that training knew of, and the place in the list as it is shown."""
    task = request.leading
    windows_VL = _windows(engine, request, count, np.full(1, -1, np.int32))
    given = {name: np.full(len(windows_VL), code, np.int32) for name, code in request.given.codes.items()}
    batch = _batch(engine, request, given, windows_VL)
    rows_VD = model.rows(batch, StepVectors(model, {task: batch}))
    targets_ND = model.whole_catalogue(model.set_of[task], request.candidate)
    scores_VN = (model.retrieval_head(task).queries(rows_VD) @ targets_ND.T).float()
    scores_VN = scores_VN[:, : len(engine.dataset.entities[request.candidate])]
    value_VI = scores_VN.softmax(dim=1).cpu().numpy()[:, codes_I]
    scores = scores_VN.cpu().numpy().astype(np.float64)
    shown_VI = scores[:, codes_I]
    gone = left_out(engine, request, seen)
    scores[:, gone[gone < scores.shape[1]]] = -np.inf
    rank_VI = 1 + (scores[:, None, :] > shown_VI[:, :, None]).sum(axis=2)
    attention = attentions[0]
    return _Measured(
        value_VI=value_VI,
        rank_VI=rank_VI,
        attention_IL=None if attention is None else attention[:1].float().cpu().numpy(),
    )


def _of_rows(
    model: MultiTaskModel,
    engine: Engine,
    request: Request,
    count: int,
    codes_I: np.ndarray,
    attentions: list[Tensor | None],
) -> _Measured:
    """The task's score of each thing under each variant. Here the reader may know the thing it reads for."""
    task, dataset = request.leading, request.given.dataset
    histories = dataset.entities[person_of(engine.dataset)].histories
    assert histories is not None, "its events were found"
    own_I = np.full(len(codes_I), -1, np.int32)
    if request.candidate == histories.item_entity and (
        not histories.ordered or dataset.tasks[task].spec.time is None
    ):
        own_I = codes_I  # training left a row's own item out of such a history
    windows_BL = _windows(engine, request, count, own_I)
    variants = len(windows_BL) // len(codes_I)
    given = {name: np.full(len(windows_BL), code, np.int32) for name, code in request.given.codes.items()}
    batch = _batch(engine, request, given | {request.candidate: np.tile(codes_I, variants)}, windows_BL)
    values = in_units(model({task: batch})[task].float(), model.plan.tasks[task])[:, 0].cpu().numpy()
    attention = attentions[0]
    return _Measured(
        value_VI=values.reshape(variants, len(codes_I)),
        rank_VI=None,
        attention_IL=None if attention is None else attention[: len(codes_I)].float().cpu().numpy(),
    )


def _batch(
    engine: Engine, request: Request, inputs: dict[str, np.ndarray], windows_BL: np.ndarray
) -> TaskBatch:
    """The rows with these histories of the person instead of the one that it has."""
    task, dataset = request.leading, request.given.dataset
    spec = dataset.tasks[task].spec
    named = {name: inputs[name] for name in spec.query_inputs}
    made = made_rows(dataset, task, named, engine.bundle.snapshot.contexts[task])
    batch = make_batch(made, made.tasks[task], np.arange(len(windows_BL)))
    place = spec.query_inputs.index(person_of(engine.dataset))
    return replace(batch, windows={**batch.windows, place: windows_BL})


def _windows(engine: Engine, request: Request, count: int, own_I: np.ndarray) -> np.ndarray:
    """int32 [V x len(own), L]. Where one of the last `count` events is taken out, an older one moves up."""
    person, dataset = person_of(engine.dataset), request.given.dataset
    histories = dataset.entities[person].histories
    assert histories is not None, "its events were found"
    events, length = events_of(dataset, person, request.given.codes[person]), histories.max_length
    less = [np.delete(events, place) for place in range(len(events) - count, len(events))]
    rows = []
    for variant in (events, *less, events[:0]):
        for own in own_I:
            kept = variant[variant != own][-length:]
            rows.append(np.concatenate([np.full(length - len(kept), -1, np.int32), kept]))
    return np.stack(rows).astype(np.int32)


def _explained(key: str, place: int, count: int, measured: _Measured) -> Explained:
    ranks, attention = measured.rank_VI, measured.attention_IL
    looked = None if attention is None else attention[min(place, len(attention) - 1), -count:]
    effects = tuple(
        Effect(
            attention=None if looked is None else float(looked[event]),
            without=float(measured.value_VI[1 + event, place]),
            rank_without=None if ranks is None else int(ranks[1 + event, place]),
        )
        for event in range(count)
    )
    return Explained(
        key=key,
        value=float(measured.value_VI[0, place]),
        rank=None if ranks is None else int(ranks[0, place]),
        value_without_history=float(measured.value_VI[-1, place]),
        effects=effects,
    )

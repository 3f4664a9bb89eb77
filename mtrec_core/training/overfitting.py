"""What tells overfitting beside metrics on validation: losses there, headline metrics on training rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mtrec_core.data.dataset import Dataset
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.model.batches import make_batch
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.task_losses import loss_size, task_loss
from mtrec_core.training.predict import SCORES_PER_BLOCK, limited_rows, predict_rows
from mtrec_core.training.sampler import NegativeSampler

MOST_ROWS = 1024
"""Rows of a task that are looked at, the same each time."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How well the model fits both sides."""

    losses: dict[str, float]
    """Task -> mean loss on validation, as training computes it but without dropout."""
    learned: dict[str, dict[str, float]]
    """Task -> headline metric -> value on training rows."""


def measure_fit(
    model: MultiTaskModel,
    dataset: Dataset,
    tasks: Sequence[str],
    objective: ObjectiveSettings,
    negatives: Mapping[str, NegativeSampler],
    most_rows: int = MOST_ROWS,
) -> Fit:
    """Losses on validation rows and headline metrics on training rows, with the texts as last computed.

    A retrieval task has no headline metric on training rows: what it learned from is what its lists leave
    out. None has one while the encoder learns, since the texts of training rows would have to be read for
    it. A retrieval task that is trained against drawn targets meets the same draw each time.
    """
    with model.fixed():
        losses = {
            task: loss
            for task in tasks
            if (loss := _loss(model, dataset, task, objective, negatives.get(task), most_rows)) is not None
        }
        if model.features.texts.live is not None:
            return Fit(losses=losses, learned={})
        pointwise = [task for task in tasks if dataset.tasks[task].spec.kind != "retrieval"]
        return Fit(
            losses=losses, learned={task: _headline(model, dataset, task, most_rows) for task in pointwise}
        )


def _headline(model: MultiTaskModel, dataset: Dataset, task: str, most_rows: int) -> dict[str, float]:
    data = dataset.tasks[task]
    rows = limited_rows(data, "train", most_rows)
    found = evaluate(data.spec, predict_rows(model, dataset, task, "train", rows))
    headline = TASK_KINDS[data.spec.kind].headline
    return {headline: found[headline]} if headline in found else {}


def _loss(
    model: MultiTaskModel,
    dataset: Dataset,
    task: str,
    objective: ObjectiveSettings,
    sampler: NegativeSampler | None,
    most_rows: int,
) -> float | None:
    data, plan = dataset.tasks[task], model.plan.tasks[task]
    rows = limited_rows(data, "validation", most_rows)
    block = max(1, len(rows))
    if plan.kind == "retrieval" and sampler is None:
        block = max(1, SCORES_PER_BLOCK // len(dataset.entities[plan.target]))
    total = units = 0.0
    for begin in range(0, len(rows), block):
        batch = make_batch(dataset, data, rows[begin : begin + block])
        if sampler is not None:
            batch = batch.with_negatives(sampler.draw(0), sampler.log_expected_N)
        size = loss_size(plan, batch, objective).value
        total += float(task_loss(plan, batch, model({task: batch})[task], objective)) * size
        units += size
    return total / units if units else None

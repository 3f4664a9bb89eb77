"""A model's predictions table for a split of the tasks.

Shape suffixes: B = rows, K = classes or tags, L = lists of a block, N = targets, D = width.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from mtrec_core.data.dataset import Dataset, TaskData
from mtrec_core.evaluation.pointwise import pointwise_predictions
from mtrec_core.evaluation.predictions import empty_predictions
from mtrec_core.evaluation.ranking_lists import RankingLists, build_lists, ranked_predictions
from mtrec_core.model.batches import make_batch
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.model.plan import TaskPlan
from mtrec_core.model.step_vectors import StepVectors

ROWS_PER_BATCH = 2048
SCORES_PER_BLOCK = 8_000_000
"""Scores of a retrieval block held at a time (lists x targets): 32 MB."""


def predict(
    model: MultiTaskModel,
    dataset: Dataset,
    tasks: Sequence[str],
    split: str,
    list_length: int,
    limit: int = 0,
) -> pd.DataFrame:
    """The predictions table of several tasks; `limit` takes at most that many rows or lists of each, drawn
    once."""
    with model.fixed():
        tables = [
            _predict_retrieval(model, dataset, build_lists(dataset, task, split, limit), list_length)
            if dataset.tasks[task].spec.kind == "retrieval"
            else predict_rows(model, dataset, task, split, limited_rows(dataset.tasks[task], split, limit))
            for task in tasks
        ]
    tables = [table for table in tables if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else empty_predictions()


def score_rows(model: MultiTaskModel, dataset: Dataset, task: str, rows: np.ndarray) -> np.ndarray:
    """float32 [len(rows), K] of a task that is no retrieval: probabilities, the number in its own unit, or
    the ranking score. Call inside `model.fixed()`."""
    data, plan = dataset.tasks[task], model.plan.tasks[task]
    parts = []
    for begin in range(0, len(rows), ROWS_PER_BATCH):
        batch = make_batch(dataset, data, rows[begin : begin + ROWS_PER_BATCH])
        parts.append(in_units(model({task: batch})[task].float(), plan).cpu().numpy())
    return np.concatenate(parts) if parts else np.empty((0, plan.outputs), np.float32)


def in_units(output_BK: Tensor, plan: TaskPlan) -> Tensor:
    """A head's outputs as probabilities or the number in its own unit; a ranking's score stays as it is."""
    if plan.kind == "multiclass":
        return output_BK.softmax(dim=-1)
    if plan.kind in ("binary", "multilabel"):
        return output_BK.sigmoid()
    if plan.kind == "regression":
        return output_BK * plan.label_spread + plan.label_mean
    return output_BK


def predict_rows(
    model: MultiTaskModel, dataset: Dataset, task: str, split: str, rows: np.ndarray
) -> pd.DataFrame:
    """The predictions table of given rows of a task that is no retrieval."""
    scores_BK = score_rows(model, dataset, task, rows)
    scores = scores_BK if dataset.tasks[task].classes else scores_BK[:, 0]
    return pointwise_predictions(dataset, task, split, rows, scores)


def _predict_retrieval(
    model: MultiTaskModel, dataset: Dataset, lists: RankingLists, list_length: int
) -> pd.DataFrame:
    return ranked_predictions(lists, list_scores(model, dataset, lists.spec.name, lists.row_L), list_length)


def list_scores(model: MultiTaskModel, dataset: Dataset, task: str, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Blocks float32 [L, N]: scores of the whole catalogue for the query of each row. Inside
    `model.fixed()`."""
    data, plan = dataset.tasks[task], model.plan.tasks[task]
    catalogue_ND = model.whole_catalogue(model.set_of[task], plan.target)
    block = max(1, min(ROWS_PER_BATCH, SCORES_PER_BLOCK // max(len(catalogue_ND), 1)))
    for begin in range(0, len(rows), block):
        batch = make_batch(dataset, data, rows[begin : begin + block])
        rows_BD = model.rows(batch, StepVectors(model, {task: batch}))
        yield (model.retrieval_head(task).queries(rows_BD) @ catalogue_ND.T).float().cpu().numpy()


def limited_rows(data: TaskData, split: str, limit: int) -> np.ndarray:
    """Rows of a split, at most `limit`; a ranking task keeps its lists whole."""
    rows = data.rows(split)
    if not limit or len(rows) <= limit:
        return rows
    generator = np.random.default_rng(0)
    if data.spec.kind != "ranking":
        return np.sort(generator.choice(rows, size=limit, replace=False))
    keys = (data.group_R if data.group_R is not None else data.inputs[0])[rows]
    distinct = np.unique(keys)
    mean_length = len(rows) / len(distinct)
    kept = generator.choice(
        distinct, size=max(1, min(len(distinct), int(limit / mean_length))), replace=False
    )
    return rows[np.isin(keys, kept)]

"""What a run leaves behind for fusion: its tasks' scores on the same lists, and the evidence for each task.

Shape suffixes: B = rows, P = candidates of a list.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.dataset import Dataset
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.evaluation.baselines.constant import constant
from mtrec_core.evaluation.baselines.popularity import popularity, target_counts
from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.evaluation.fusion import TaskEvidence
from mtrec_core.evaluation.fusion_file import COLUMNS, POOL
from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.evaluation.ranking_lists import build_lists, ranked_predictions
from mtrec_core.inference.candidates import made_rows, usual_context
from mtrec_core.inference.roles import person_of, recommending_tasks, scoring_tasks
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.training.predict import list_scores, score_rows

MOST_LISTS = 500


def fusion_scores(
    model: MultiTaskModel, dataset: Dataset, split: str, most_lists: int = MOST_LISTS
) -> pd.DataFrame:
    """The table of `evaluation.fusion_file`: without rows when no task recommends things to persons.

    A person has the history that the list's row had, and tasks with a context take the usual one.
    """
    leading = recommending_tasks(dataset)[:1]
    if not leading:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in COLUMNS.items()})
    task, person = leading[0], person_of(dataset)
    candidate = str(dataset.tasks[task].spec.target)
    lists = build_lists(dataset, task, split, most_lists)
    others = [name for name in scoring_tasks(dataset, candidate, {person}, {person}) if name != task]
    with model.fixed():
        ranked = ranked_predictions(lists, list_scores(model, dataset, task, lists.row_L), POOL)
        table = ranked[["row", "item", "target", "task", "score"]]
        tables = [table]
        for other in others:
            scores = _scores_of(model, dataset, other, task, table)
            tables.append(table.assign(task=other, score=scores))
    return pd.concat(tables, ignore_index=True)


def _scores_of(
    model: MultiTaskModel, dataset: Dataset, other: str, task: str, table: pd.DataFrame
) -> np.ndarray:
    """float32, one per line of the table: another task's scores of its pairs, a list at a time."""
    data, context = dataset.tasks[task], usual_context(dataset.tasks[other])
    person, candidate = data.spec.inputs
    keys = dataset.entities[candidate].keys
    codes = pc.index_in(pa.array(table["item"], pa.string()), value_set=keys).to_numpy(zero_copy_only=False)
    row_of_line = table["row"].to_numpy()
    starts = np.flatnonzero(np.diff(row_of_line, prepend=-1))
    scores = np.empty(len(table), np.float32)
    for begin, end in zip(starts, np.append(starts[1:], len(table)), strict=True):
        row = row_of_line[begin]
        ends = {person: int(data.history_end_R[0][row])} if 0 in data.history_end_R else {}
        codes_P = codes[begin:end].astype(np.int32)
        one = {person: data.inputs[0][row : row + 1]}
        if dataset.tasks[other].spec.kind == "retrieval":
            rows = made_rows(dataset, other, one, context, ends)
            scores[begin:end] = next(iter(list_scores(model, rows, other, np.arange(1))))[0, codes_P]
        else:
            rows = made_rows(dataset, other, one | {candidate: codes_P}, context, ends)
            scores[begin:end] = score_rows(model, rows, other, np.arange(len(codes_P)))[:, 0]
    return scores


def gather_evidence(
    dataset: Dataset, tasks: Sequence[str], validation: Mapping[str, Mapping[str, float]]
) -> dict[str, TaskEvidence]:
    """Training rows, headline metric on validation, and what a simple baseline reaches there; never test."""
    found = {}
    for task in tasks:
        kind = TASK_KINDS[dataset.tasks[task].spec.kind]
        found[task] = TaskEvidence(
            rows=len(dataset.tasks[task].rows("train")),
            headline=float(validation.get(task, {}).get(kind.headline, np.nan)),
            baseline=_simple_baseline(dataset, task),
            higher_is_better=kind.higher_is_better,
            wanted=dataset.tasks[task].spec.wanted,
        )
    return found


def _simple_baseline(dataset: Dataset, task: str) -> float:
    """The headline metric of popularity, or of the same answer for all, whichever is better."""
    problem = Problem(dataset=dataset, task=task, splits=("validation",))
    spec, kind = problem.spec, TASK_KINDS[problem.spec.kind]
    if spec.kind == "retrieval":
        counts_N = target_counts(problem)
        tables = [
            problem.ranking(
                lambda rows_B: np.tile(counts_N, (len(rows_B), 1)), "validation", limit=MOST_LISTS
            )
        ]
    elif spec.kind == "ranking":
        same = problem.predictions(lambda rows_B: np.zeros(len(rows_B), np.float32))
        tables = [table for table in (same, popularity(problem)) if table is not None]
    else:
        simple = [constant(problem)]
        if spec.kind in ("binary", "regression"):
            simple.append(popularity(problem))
        tables = [table for table in simple if table is not None]
    values = [evaluate(spec, table).get(kind.headline, np.nan) for table in tables]
    known = [value for value in values if np.isfinite(value)]
    return float((max if kind.higher_is_better else min)(known)) if known else float("nan")

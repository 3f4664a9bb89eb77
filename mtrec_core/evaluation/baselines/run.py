"""Runs the baselines of a task. No torch here."""

from collections.abc import Callable
from importlib import import_module

import pandas as pd

from mtrec_core.data.dataset import Dataset
from mtrec_core.errors import UserError
from mtrec_core.evaluation.baselines.config import BaselineSettings
from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.evaluation.baselines.table import BASELINES, Baseline


def baseline_predictions(
    dataset: Dataset,
    task: str,
    splits: tuple[str, ...] = ("validation", "test"),
    seed: int = 0,
    settings: BaselineSettings | None = None,
) -> dict[str, pd.DataFrame]:
    """Baseline key -> its predictions on the splits, for every baseline that fits the task.

    All of them learn from the train rows; validation only chooses among a few variants of TF-IDF + linear.
    """
    if task not in dataset.tasks:
        raise UserError(f"Unknown task '{task}'; known here: {', '.join(sorted(dataset.tasks))}.")
    problem = Problem(
        dataset=dataset, task=task, splits=tuple(splits), seed=seed, settings=settings or BaselineSettings()
    )
    found = {}
    for baseline in BASELINES.values():
        if problem.spec.kind in baseline.kinds:
            predictions = scorer_of(baseline)(problem)
            if predictions is not None:
                found[baseline.key] = predictions
    return found


def scorer_of(baseline: Baseline) -> Callable[[Problem], pd.DataFrame | None]:
    """The function behind a row of the table."""
    module, name = baseline.target.split(":")
    function: Callable[[Problem], pd.DataFrame | None] = getattr(import_module(module), name)
    return function

"""What computes the metrics of `evaluation.metric_table` from predictions. No torch here."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import MtrecError, UserError
from mtrec_core.evaluation.measures import Measure
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.evaluation.ranking import coverage, ranking_measures, retrieval_measures
from mtrec_core.evaluation.row_measures import (
    binary_measures,
    multiclass_measures,
    multilabel_measures,
    regression_measures,
)

MEASURES: dict[str, Callable[[TaskSpec, pd.DataFrame], dict[str, Measure]]] = {
    "retrieval": lambda spec, predictions: retrieval_measures(predictions),
    "multiclass": lambda spec, predictions: multiclass_measures(predictions),
    "binary": lambda spec, predictions: binary_measures(predictions, grouped=spec.group is not None),
    "regression": lambda spec, predictions: regression_measures(predictions),
    "multilabel": lambda spec, predictions: multilabel_measures(predictions),
    "ranking": lambda spec, predictions: ranking_measures(predictions),
}


def evaluate(spec: TaskSpec, predictions: pd.DataFrame, catalogue: int | None = None) -> dict[str, float]:
    """The metrics of one task on one split, in the order of METRICS.

    A metric that is undefined here (AUC with one class, for instance) is left out, never NaN; so is coverage
    when `catalogue`, the number of items that could be shown, isn't given. Rows without a target don't count.
    """
    known = _with_target(spec, predictions)
    if known.empty:
        return {}
    values = {name: measure.value() for name, measure in MEASURES[spec.kind](spec, known).items()}
    if spec.kind == "retrieval" and catalogue:
        values["coverage@10"] = coverage(known, catalogue)
    return {name: values[name] for name in METRICS if name in values and np.isfinite(values[name])}


def measures(spec: TaskSpec, predictions: pd.DataFrame) -> dict[str, Measure]:
    """Every metric that can be counted again with other weights of the users, of one task on one split."""
    return MEASURES[spec.kind](spec, _with_target(spec, predictions))


def measure(spec: TaskSpec, predictions: pd.DataFrame, metric: str) -> Measure:
    """One metric in the form that `evaluation.bootstrap` needs; UserError for one that has no such form."""
    known = measures(spec, predictions)
    if metric not in known:
        raise UserError(
            f"Metric '{metric}' of task '{spec.name}' can't be taken per user; these can: {', '.join(known)}."
        )
    return known[metric]


def per_user(spec: TaskSpec, predictions: pd.DataFrame, metric: str) -> pd.Series:
    """The metric of each user alone, by the user's key; users for whom it is undefined are left out."""
    chosen = measure(spec, predictions, metric)
    return pd.Series(chosen.per_user(), index=chosen.users, name=metric).dropna()


def _with_target(spec: TaskSpec, predictions: pd.DataFrame) -> pd.DataFrame:
    known = predictions[predictions["target"].notna()]
    wrong = int((~np.isfinite(known["score"].to_numpy())).sum())
    if wrong:
        raise MtrecError(
            f"Task '{spec.name}': {wrong} of {len(known)} scores are not finite numbers. "
            "If a model gave them, its training diverged; lower training.learning_rate."
        )
    return known

"""Metrics of kinds of task that answer row by row: classes, yes or no, numbers and tags. No torch here.

Shape suffixes: n = lines of the predictions table, R = rows of the task, C = classes or tags, U = users.
"""

import numpy as np
import pandas as pd
from scipy import sparse

from mtrec_core.evaluation.calibration import calibration_error
from mtrec_core.evaluation.measures import (
    Measure,
    OrderMeasure,
    Steps,
    SumMeasure,
    mean_of_sums,
    ratio,
    user_codes,
)
from mtrec_core.evaluation.ranking import graded_ndcg

SMALLEST = 1e-7
"""Probabilities are kept this far from 0 and 1 in a log loss, about the precision of float32."""


def multiclass_measures(predictions: pd.DataFrame) -> dict[str, Measure]:
    """A row has one line per class; without a true one it counts as wrong. Of classes with an equal score the
    one whose name comes first is taken."""
    row_n, rows = pd.factorize(predictions["row"])
    class_n, classes = pd.factorize(predictions["item"], sort=True)
    user_R = predictions["user"][~predictions["row"].duplicated()]
    score_RC = np.full((len(rows), len(classes)), -np.inf)
    score_RC[row_n, class_n] = predictions["score"].to_numpy()
    true_n = predictions["target"].to_numpy() > 0
    true_R = np.full(len(rows), -1)
    true_R[row_n[true_n]] = class_n[true_n]

    true_score_R = np.where(true_R >= 0, score_RC[np.arange(len(rows)), true_R], -np.inf)
    above_R = (score_RC > true_score_R[:, None]).sum(axis=1)
    tied_RC = (score_RC == true_score_R[:, None]) & (np.arange(len(classes)) < true_R[:, None])
    place_R = above_R + tied_RC.sum(axis=1)
    guess_R = score_RC.argmax(axis=1)
    right_R = guess_R == true_R
    measures: dict[str, Measure] = {
        "accuracy": SumMeasure.mean(user_R, right_R),
        "macro_f1": _macro_f1(
            user_R,
            found=(np.flatnonzero(right_R), true_R[right_R]),
            guessed=(np.arange(len(rows)), guess_R),
            true=(row_n[true_n], class_n[true_n]),
            classes=len(classes),
        ),
        "log_loss": SumMeasure.mean(user_R, -np.log(np.clip(true_score_R, SMALLEST, 1))),
    }
    if len(classes) > 5:
        measures["top5_accuracy"] = SumMeasure.mean(user_R, place_R < 5)
    return measures


def binary_measures(predictions: pd.DataFrame, grouped: bool) -> dict[str, Measure]:
    """Accuracy says yes from a probability of 0.5 on. GAUC is there where rows are `grouped`: the mean AUC of
    the groups that hold both answers, weighted by their rows (Zhu et al., KDD 2017)."""
    user_n = predictions["user"]
    target_n = predictions["target"].to_numpy().astype(np.float64)
    score_n = predictions["score"].to_numpy().astype(np.float64)
    sure_n = np.clip(np.where(target_n > 0, score_n, 1 - score_n), SMALLEST, 1)
    auc = OrderMeasure.of_lines(user_n, target_n, score_n, Steps.auc)
    measures: dict[str, Measure] = {
        "auc": auc,
        "pr_auc": OrderMeasure.of_lines(user_n, target_n, score_n, Steps.average_precision),
        "log_loss": SumMeasure.mean(user_n, -np.log(sure_n)),
        "accuracy": SumMeasure.mean(user_n, (score_n >= 0.5) == (target_n > 0)),
        "ece": calibration_error(user_n, target_n, score_n),
    }
    if grouped:
        measures["gauc"] = _mean_weighted_by_rows(auc)
    return measures


def regression_measures(predictions: pd.DataFrame) -> dict[str, Measure]:
    """In the label's own unit."""
    user_n = predictions["user"]
    target_n = predictions["target"].to_numpy().astype(np.float64)
    error_n = predictions["score"].to_numpy() - target_n
    ones_n = np.ones(len(target_n))
    centred_n = target_n - target_n.mean() if len(target_n) else target_n
    for_r2 = np.stack([error_n**2, centred_n**2, centred_n, ones_n], axis=1)
    return {
        "rmse": SumMeasure.of_units(user_n, np.stack([error_n**2, ones_n], axis=1), _root_of_mean),
        "mae": SumMeasure.mean(user_n, np.abs(error_n)),
        "r2": SumMeasure.of_units(user_n, for_r2, _explained),
    }


def multilabel_measures(predictions: pd.DataFrame) -> dict[str, Measure]:
    """A row has one line per tag; F1 says yes from a probability of 0.5 on.

    mAP is the mean over tags of their average precision; a tag that no row has is left out. NDCG@5 ranks the
    tags of a row; a row without tags is left out.
    """
    row_n = pd.factorize(predictions["row"])[0]
    tag_n, tags = pd.factorize(predictions["item"])
    target_n, score_n = predictions["target"].to_numpy(), predictions["score"].to_numpy()
    user_R = predictions["user"][~predictions["row"].duplicated()]
    true_n, guessed_n = target_n > 0, score_n >= 0.5
    ndcg_R = graded_ndcg(row_n, true_n.astype(np.float64), score_n, 5)
    tagged_R = ~np.isnan(ndcg_R)
    macro_f1 = _macro_f1(
        user_R,
        found=(row_n[true_n & guessed_n], tag_n[true_n & guessed_n]),
        guessed=(row_n[guessed_n], tag_n[guessed_n]),
        true=(row_n[true_n], tag_n[true_n]),
        classes=len(tags),
    )
    return {
        "map": OrderMeasure.of_lines(predictions["user"], target_n, score_n, Steps.average_precision, tag_n),
        "macro_f1": macro_f1,
        "micro_f1": SumMeasure(users=macro_f1.users, sums_UM=macro_f1.sums_UM, finish=_micro_f1_from_counts),
        "ndcg@5": SumMeasure.mean(user_R[tagged_R], ndcg_R[tagged_R]),
    }


Cells = tuple[np.ndarray, np.ndarray]
"""(row, class) of each cell that counts."""


def _macro_f1(user_R: pd.Series, found: Cells, guessed: Cells, true: Cells, classes: int) -> SumMeasure:
    """The mean F1 over the classes that occur or are guessed, from three counts per class."""
    code_R, users = user_codes(user_R)
    row = np.concatenate([found[0], guessed[0], true[0]])
    column = np.concatenate([found[1], guessed[1] + classes, true[1] + 2 * classes])
    counts_UM = sparse.coo_array((np.ones(len(row)), (code_R[row], column)), shape=(len(users), 3 * classes))
    return SumMeasure(users=users, sums_UM=counts_UM.tocsr(), finish=_macro_f1_from_counts)


def _macro_f1_from_counts(counts: np.ndarray) -> np.ndarray:
    found, guessed, true = np.split(counts, 3, axis=-1)
    f1 = np.nan_to_num(ratio(2 * found, guessed + true))
    return ratio(f1.sum(axis=-1), (guessed + true > 0).sum(axis=-1))


def _micro_f1_from_counts(counts: np.ndarray) -> np.ndarray:
    found, guessed, true = (part.sum(axis=-1) for part in np.split(counts, 3, axis=-1))
    return ratio(2 * found, guessed + true)


def _root_of_mean(sums: np.ndarray) -> np.ndarray:
    return np.sqrt(mean_of_sums(sums))


def _explained(sums: np.ndarray) -> np.ndarray:
    """R2 = 1 - squared errors / squared distances from the mean; undefined where all labels are alike."""
    squared_error, squared, centred, rows = np.moveaxis(sums, -1, 0)
    around_mean = squared - np.nan_to_num(ratio(centred**2, rows))
    return 1 - ratio(squared_error, np.where(around_mean > 1e-12 * (1 + squared), around_mean, 0))


def _mean_weighted_by_rows(auc: OrderMeasure) -> SumMeasure:
    auc_U, rows_U = auc.per_user(), np.bincount(auc.user_n, minlength=len(auc.users))
    defined_U = ~np.isnan(auc_U)
    sums_UM = np.stack([np.where(defined_U, auc_U, 0) * rows_U, defined_U * rows_U], axis=1)
    return SumMeasure(users=auc.users, sums_UM=sums_UM, finish=mean_of_sums)

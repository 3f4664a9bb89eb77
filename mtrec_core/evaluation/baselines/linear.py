"""Linear models on sparse rows, one way of fitting per form of label. No torch here.

Shape suffixes: B = rows, V = columns of the matrix, C = outputs (classes or tags, else one).
"""

import warnings
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp
from scipy.special import expit, log_softmax, softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import LinearSVC

Link = Literal["identity", "sigmoid", "softmax"]

CALIBRATION_CELLS = 500_000


@dataclass(frozen=True, kw_only=True)
class LinearModel:
    """score = link(slope * (x W + b) + offset), then cut to [low, high]."""

    weights_VC: np.ndarray
    intercept_C: np.ndarray
    link: Link
    slope: float = 1.0
    offset: float = 0.0
    low: float = -np.inf
    high: float = np.inf

    def decide(self, features_BV: sp.csr_matrix) -> np.ndarray:
        """float32 [B, C], before slope and link."""
        return np.asarray(features_BV @ self.weights_VC + self.intercept_C, dtype=np.float32)

    def score(self, features_BV: sp.csr_matrix) -> np.ndarray:
        """float32 [B, C]"""
        scores_BC = self.slope * self.decide(features_BV) + self.offset
        if self.link == "softmax":
            return softmax(scores_BC, axis=1)
        return expit(scores_BC) if self.link == "sigmoid" else np.clip(scores_BC, self.low, self.high)


def fit_number(features_BV: sp.csr_matrix, label_B: np.ndarray, alpha: float) -> LinearModel:
    """Ridge regression; never beyond the numbers seen in train."""
    ridge = Ridge(alpha=alpha, solver="sparse_cg", tol=1e-3, max_iter=200).fit(features_BV, label_B)
    return LinearModel(
        weights_VC=ridge.coef_.reshape(-1, 1),
        intercept_C=np.array([ridge.intercept_], dtype=np.float64),
        link="identity",
        low=float(label_B.min()),
        high=float(label_B.max()),
    )


def fit_binary(features_BV: sp.csr_matrix, label_B: np.ndarray, strength: float) -> LinearModel:
    """Logistic regression; `strength` is scikit-learn's C, larger fits closer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=strength, solver="liblinear", tol=1e-3).fit(features_BV, label_B)
    return LinearModel(weights_VC=fitted.coef_.T, intercept_C=fitted.intercept_, link="sigmoid")


def fit_classes(
    features_BV: sp.csr_matrix, class_B: np.ndarray, classes: int, strength: float
) -> LinearModel:
    """Linear support vectors, one class against the rest; a class without rows stays behind all others."""
    present = np.unique(class_B)
    svm = _svm(strength).fit(features_BV, class_B)
    weights_VC = np.zeros((features_BV.shape[1], classes), np.float32)
    intercept_C = np.full(classes, -2.0)
    two = len(present) == 2
    weights_VC[:, present] = np.stack([-svm.coef_[0], svm.coef_[0]], axis=1) if two else svm.coef_.T
    intercept_C[present] = [-svm.intercept_[0], svm.intercept_[0]] if two else svm.intercept_
    return LinearModel(weights_VC=weights_VC, intercept_C=intercept_C, link="softmax", slope=4.0)


def fit_tags(features_BV: sp.csr_matrix, has_BC: np.ndarray, strength: float) -> LinearModel:
    """Linear support vectors, one per tag; a tag that all or no rows have gets its constant."""
    weights_VC = np.zeros((features_BV.shape[1], has_BC.shape[1]), np.float32)
    intercept_C = np.where(has_BC.any(axis=0), 1.0, -1.0)
    for tag in np.flatnonzero(has_BC.any(axis=0) & ~has_BC.all(axis=0)):
        svm = _svm(strength).fit(features_BV, has_BC[:, tag])
        weights_VC[:, tag], intercept_C[tag] = svm.coef_[0], svm.intercept_[0]
    return LinearModel(weights_VC=weights_VC, intercept_C=intercept_C, link="sigmoid", slope=2.0)


def calibrate(model: LinearModel, features_BV: sp.csr_matrix, has_BC: np.ndarray) -> LinearModel:
    """Slope (but for classes also an offset) that make probabilities of distances, from held-out rows.

    One temperature for all classes (Guo et al., ICML 2017); one logistic curve for yes or no, and for all
    tags (Platt, 1999). As in Platt, targets stay a little short of 0 and 1, so that few rows without an error
    don't make a certainty.
    """
    decisions_BC = model.decide(features_BV)
    if model.link == "softmax":
        known = has_BC.any(axis=1)
        slope = _temperature(decisions_BC[known], has_BC[known]) if known.any() else model.slope
        return replace(model, slope=slope)
    distance_P, has_P = decisions_BC.ravel(), has_BC.ravel()
    if len(has_P) > CALIBRATION_CELLS:
        drawn = np.random.default_rng(0).choice(len(has_P), CALIBRATION_CELLS, replace=False)
        distance_P, has_P = distance_P[drawn], has_P[drawn]
    if has_P.all() or not has_P.any():
        return model
    target_P = np.where(has_P, 1 - 1 / (has_P.sum() + 2), 1 / ((~has_P).sum() + 2))
    yes_P = np.repeat([True, False], len(has_P))
    curve = LogisticRegression(C=1e6).fit(
        np.tile(distance_P, 2)[:, None], yes_P, sample_weight=np.concatenate([target_P, 1 - target_P])
    )
    slope, offset = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    return replace(model, slope=slope, offset=offset) if slope > 0 else model


def _temperature(decisions_BC: np.ndarray, has_BC: np.ndarray) -> float:
    """The slope with the least log loss; a share 1 / (B + 2) of each target is spread over all classes."""
    spread = 1 / (len(has_BC) + 2)
    slopes = 2.0 ** np.arange(-1, 6.5, 0.5)
    losses = []
    for slope in slopes:
        logs_BC = log_softmax(slope * decisions_BC, axis=1)
        losses.append(-(1 - spread) * logs_BC[has_BC].mean() - spread * logs_BC.mean())
    return float(slopes[int(np.argmin(losses))])


def _svm(strength: float) -> LinearSVC:
    return LinearSVC(C=strength, dual=True, tol=1e-2, max_iter=200, random_state=0)

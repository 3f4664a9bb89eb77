"""Weights of several sources learned from answers that are known, none of them below 0. No torch here.

Stacking (Wolpert, Neural Networks 1992) with weights that may not be negative (Breiman, Machine Learning
1996): sources of one thing agree so much that free weights would play one off against the other. Where the
answers leave the weights open, as between two equal sources, they stay alike: a small penalty on their
distance from equal ones sees to that.

Shape suffixes: n = lines, R = sources, G = groups.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mtrec_core.errors import UserError

PENALTY = 1e-4
"""Times the squared distance of the weights from equal ones."""

LossAndSlopes = tuple[float, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Stacked:
    """What was learned: answer = link(intercept + sum_r weight_r x_r)."""

    weight_R: np.ndarray
    """0 or more."""
    intercept: float = 0.0


def stack_yes_no(x_nR: np.ndarray, yes_n: np.ndarray) -> Stacked:
    """Logistic: p = sigmoid(b + sum_r w_r x_r), by maximum likelihood. UserError without both answers."""
    if yes_n.all() or not yes_n.any():
        raise UserError(
            "The weights can't be learned: all validation rows have the same answer. Take equal weights."
        )

    def loss(b: float, w_R: np.ndarray) -> tuple[float, float, np.ndarray]:
        logit_n = b + x_nR @ w_R
        wrong_n = 1 / (1 + np.exp(-np.clip(logit_n, -500, 500))) - yes_n
        value = float((np.logaddexp(0, logit_n) - yes_n * logit_n).mean())
        return value, float(wrong_n.mean()), x_nR.T @ wrong_n / len(wrong_n)

    return _minimised(loss, x_nR.shape[1], has_intercept=True)


def stack_choices(x_nR: np.ndarray, chosen_n: np.ndarray, group_n: np.ndarray) -> Stacked:
    """Conditional logistic: in each group p(line) = softmax(sum_r w_r x_r), by maximum likelihood over the
    chosen lines. A group without one doesn't count; UserError when none has."""
    groups = int(group_n.max(initial=-1)) + 1
    chosen_G = np.bincount(group_n, weights=chosen_n, minlength=groups)
    total = float(chosen_G.sum())
    if not total:
        raise UserError(
            "The weights can't be learned: no validation list holds anything relevant. Take equal weights."
        )

    def loss(_b: float, w_R: np.ndarray) -> tuple[float, float, np.ndarray]:
        z_n = x_nR @ w_R
        most_G = np.full(groups, -np.inf)
        np.maximum.at(most_G, group_n, z_n)
        e_n = np.exp(z_n - most_G[group_n])
        sum_G = np.bincount(group_n, weights=e_n, minlength=groups)
        log_p_n = z_n - most_G[group_n] - np.log(sum_G)[group_n]
        expected_n = e_n / sum_G[group_n] * chosen_G[group_n]
        return float(-(chosen_n * log_p_n).sum() / total), 0.0, x_nR.T @ (expected_n - chosen_n) / total

    return _minimised(loss, x_nR.shape[1], has_intercept=False)


def stack_numbers(x_nR: np.ndarray, number_n: np.ndarray) -> Stacked:
    """Least squares: y = b + sum_r w_r x_r. The loss is counted in variances of the answers."""
    spread = float(number_n.std())
    if not spread > 0:
        raise UserError(
            "The weights can't be learned: all validation rows have the same number. Take equal weights."
        )
    mean_R, mean = x_nR.mean(axis=0), float(number_n.mean())
    centred_nR, away_n = (x_nR - mean_R) / spread, (number_n - mean) / spread

    def loss(_b: float, w_R: np.ndarray) -> tuple[float, float, np.ndarray]:
        error_n = centred_nR @ w_R - away_n
        return float((error_n**2).mean() / 2), 0.0, centred_nR.T @ error_n / len(error_n)

    found = _minimised(loss, x_nR.shape[1], has_intercept=False)
    return Stacked(weight_R=found.weight_R, intercept=float(mean - mean_R @ found.weight_R))


def _minimised(
    loss: Callable[[float, np.ndarray], tuple[float, float, np.ndarray]], sources: int, has_intercept: bool
) -> Stacked:
    """The weights at or above 0, and the intercept, of the least penalised loss; the losses are convex."""
    equal_R = np.full(sources, 1 / sources)

    def penalised(theta: np.ndarray) -> LossAndSlopes:
        value, slope_b, slope_R = loss(theta[0], theta[1:])
        away_R = theta[1:] - equal_R
        slopes = np.concatenate([[slope_b], slope_R + 2 * PENALTY * away_R])
        return value + PENALTY * float((away_R**2).sum()), slopes

    bounds = [(None, None) if has_intercept else (0.0, 0.0), *[(0.0, None)] * sources]
    found = minimize(
        penalised,
        np.concatenate([[0.0], equal_R]),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-8},
    )
    return Stacked(weight_R=np.maximum(found.x[1:], 0.0), intercept=float(found.x[0]))

"""Metrics in a form that can be counted again with other weights of the users. No torch here.

A metric is either a function of sums over users (`SumMeasure`) or of the order of scores (`OrderMeasure`).
Both give their value, their value per user, and their values for many draws of users, for an interval.

Shape suffixes: U = users, n = lines or units, M = sums per user, S = draws of users, G = segments, K = steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import sparse

Finish = Callable[[np.ndarray], np.ndarray]
"""From sums [..., M] to values [...]; NaN where the metric is undefined."""


class Measure(Protocol):
    """One metric of one predictions table."""

    @property
    def users(self) -> pd.Index:
        """The distinct users; their positions are the rows of `weights_US`."""
        ...

    def value(self) -> float:
        """The metric; NaN where it is undefined."""
        ...

    def per_user(self) -> np.ndarray:
        """float64 [U]: the metric of each user alone, NaN where it is undefined."""
        ...

    def resampled(self, weights_US: np.ndarray) -> np.ndarray:
        """float64 [S]: the metric when user u counts `weights[u, s]` times."""
        ...


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """numerator / denominator, NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator != 0, numerator / denominator, np.nan)


def mean_of_sums(sums: np.ndarray) -> np.ndarray:
    """The mean from the sums (values, units)."""
    return ratio(sums[..., 0], sums[..., 1])


def user_codes(user_n: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """(code of each line, the distinct users in the order of their codes)."""
    code_n, users = pd.factorize(user_n)
    return code_n, pd.Index(users)


@dataclass(frozen=True, kw_only=True)
class SumMeasure:
    """A metric that follows from sums, such as a mean over lists or an F1 from its counts."""

    users: pd.Index
    sums_UM: np.ndarray | sparse.csr_array
    finish: Finish

    @staticmethod
    def of_units(user_n: pd.Series, parts_nM: np.ndarray, finish: Finish) -> "SumMeasure":
        """From the parts that each unit (row or list) adds to the sums of its user."""
        code_n, users = user_codes(user_n)
        parts_nM = np.asarray(parts_nM, dtype=np.float64)
        columns = [np.bincount(code_n, weights=part_n, minlength=len(users)) for part_n in parts_nM.T]
        return SumMeasure(users=users, sums_UM=np.stack(columns, axis=1), finish=finish)

    @staticmethod
    def mean(user_n: pd.Series, value_n: np.ndarray) -> "SumMeasure":
        """The mean over units."""
        return SumMeasure.of_units(user_n, np.stack([value_n, np.ones(len(value_n))], axis=1), mean_of_sums)

    def value(self) -> float:
        """The metric over all users."""
        return float(self.finish(np.asarray(self.sums_UM.sum(axis=0))))

    def per_user(self) -> np.ndarray:
        """The metric from each user's own sums."""
        sums_UM = self.sums_UM if isinstance(self.sums_UM, np.ndarray) else self.sums_UM.toarray()
        return self.finish(sums_UM)

    def resampled(self, weights_US: np.ndarray) -> np.ndarray:
        """The metric from weighted sums."""
        return self.finish((self.sums_UM.T @ weights_US).T)


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Lines in falling order of score, summed up per step: a step is a score that a positive line has.

    Each segment closes with one more step for what comes after its last positive. Sorted once, every draw of
    users then costs a few sparse products and a running sum over the steps.
    """

    positives_KU: sparse.csr_array
    """Positive lines of each step by user."""
    negatives_KU: sparse.csr_array
    """Negative lines after the step before, up to those with the step's own score, by user."""
    tied_KU: sparse.csr_array
    """Negative lines with the step's own score, by user."""
    first_G: np.ndarray
    """int64 [G]: each segment's first step."""
    segment_K: np.ndarray

    @staticmethod
    def sort(
        positive_n: np.ndarray, score_n: np.ndarray, segment_n: np.ndarray, user_n: np.ndarray, users: int
    ) -> "Steps":
        """Sort lines by falling score within segments 0, 1, ..."""
        segments = int(segment_n.max(initial=0)) + 1
        _, level_n = np.unique(-score_n, return_inverse=True)
        stride = int(level_n.max(initial=0)) + 2
        key_n = segment_n.astype(np.int64) * stride + level_n
        closing_G = np.arange(1, segments + 1) * stride - 1
        step_K = np.union1d(key_n[positive_n], closing_G)
        at_n = np.searchsorted(step_K, key_n)

        def by_user(chosen_n: np.ndarray) -> sparse.csr_array:
            place = (at_n[chosen_n], user_n[chosen_n])
            return sparse.csr_array((np.ones(len(place[0])), place), shape=(len(step_K), users))

        return Steps(
            positives_KU=by_user(positive_n),
            negatives_KU=by_user(~positive_n),
            tied_KU=by_user(~positive_n & (step_K[at_n] == key_n)),
            first_G=np.searchsorted(step_K, np.arange(segments) * stride),
            segment_K=step_K // stride,
        )

    def auc(self, weights_US: np.ndarray) -> np.ndarray:
        """float64 [S, G]: share of (positive, negative) pairs in the right order, ties half; else NaN."""
        positive_SK = _by_step(self.positives_KU, weights_US)
        negative_SK = _by_step(self.negatives_KU, weights_US)
        above_SK = self._running_sum(negative_SK) - _by_step(self.tied_KU, weights_US) / 2
        wrong_SG = self._per_segment(positive_SK * above_SK)
        return 1 - ratio(wrong_SG, self._per_segment(positive_SK) * self._per_segment(negative_SK))

    def average_precision(self, weights_US: np.ndarray) -> np.ndarray:
        """float64 [S, G]: mean over positives of the precision at their score; NaN without positives."""
        positive_SK = _by_step(self.positives_KU, weights_US)
        found_SK = self._running_sum(positive_SK)
        wrong_SK = self._running_sum(_by_step(self.negatives_KU, weights_US))
        precision_SK = np.nan_to_num(ratio(found_SK, found_SK + wrong_SK))
        return ratio(self._per_segment(positive_SK * precision_SK), self._per_segment(positive_SK))

    def _running_sum(self, values_SK: np.ndarray) -> np.ndarray:
        """The sum up to each step, from the start of its segment."""
        sums_SK = np.cumsum(values_SK, axis=1)
        if len(self.first_G) > 1:
            before_SG = sums_SK[:, self.first_G] - values_SK[:, self.first_G]
            sums_SK -= before_SG[:, self.segment_K]
        return sums_SK

    def _per_segment(self, values_SK: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values_SK, self.first_G, axis=1)


@dataclass(frozen=True, kw_only=True)
class OrderMeasure:
    """A metric of the order of scores, AUC or average precision: the mean over the segments that have one."""

    users: pd.Index
    user_n: np.ndarray
    """int64 [n]: codes in `users`."""
    positive_n: np.ndarray
    score_n: np.ndarray
    segment_n: np.ndarray
    """int64 [n]: codes of what is averaged over, such as tags; all 0 for one order of all lines."""
    statistic: Callable[[Steps, np.ndarray], np.ndarray]
    """`Steps.auc` or `Steps.average_precision`."""

    @staticmethod
    def of_lines(
        user_n: pd.Series,
        target_n: np.ndarray,
        score_n: np.ndarray,
        statistic: Callable[[Steps, np.ndarray], np.ndarray],
        segment_n: np.ndarray | None = None,
    ) -> "OrderMeasure":
        """From lines with a target above 0 (positive) or not."""
        code_n, users = user_codes(user_n)
        return OrderMeasure(
            users=users,
            user_n=code_n,
            positive_n=target_n > 0,
            score_n=score_n,
            segment_n=np.zeros(len(code_n), dtype=np.int64) if segment_n is None else segment_n,
            statistic=statistic,
        )

    def value(self) -> float:
        """The metric with every line counted once."""
        return float(_mean_of_defined(self._unweighted(self.segment_n))[0])

    def per_user(self) -> np.ndarray:
        """The metric over each user's own lines, all segments together."""
        return self._unweighted(self.user_n)[0]

    def resampled(self, weights_US: np.ndarray) -> np.ndarray:
        """The metric with weighted lines."""
        return _mean_of_defined(self.statistic(self._steps, weights_US))

    @cached_property
    def _steps(self) -> Steps:
        return Steps.sort(self.positive_n, self.score_n, self.segment_n, self.user_n, len(self.users))

    def _unweighted(self, segment_n: np.ndarray) -> np.ndarray:
        nobody_n = np.zeros(len(segment_n), dtype=np.int64)
        steps = Steps.sort(self.positive_n, self.score_n, segment_n, nobody_n, 1)
        return self.statistic(steps, np.ones((1, 1)))


def _by_step(lines_KU: sparse.csr_array, weights_US: np.ndarray) -> np.ndarray:
    """float64 [S, K]"""
    return np.ascontiguousarray((lines_KU @ weights_US).T)


def _mean_of_defined(values_SG: np.ndarray) -> np.ndarray:
    """float64 [S]: the mean over segments without those that are NaN; NaN where none is left."""
    defined_SG = ~np.isnan(values_SG)
    return ratio(np.where(defined_SG, values_SG, 0).sum(axis=1), defined_SG.sum(axis=1))

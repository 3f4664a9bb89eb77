"""How sure a difference between two models is: the paired bootstrap over users. No torch here.

Shape suffixes: S = draws, U = users.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.evaluation.metrics import measure

DRAWS_AT_ONCE = 32


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A difference of two models in one metric, with its interval."""

    metric: str
    a: float
    b: float
    difference: float
    """a - b, in the metric's own direction: for an error less is better."""
    low: float
    high: float
    users: int
    """How many users were drawn from; each is drawn with all of its rows or lists."""

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    @property
    def better(self) -> str:
        """'a' or 'b' where the difference is clear, else ''."""
        if not self.is_clear:
            return ""
        return "a" if (self.difference > 0) == METRICS[self.metric].higher_is_better else "b"


def paired_interval(
    spec: TaskSpec,
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: str,
    samples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """The difference of a metric between two predictions tables of the same rows.

    Users are drawn with replacement, as many as there are, each with all of its rows, the same draw for both
    tables (Efron & Tibshirani 1993, the percentile interval). Rows of one user hang together, so drawing rows
    would give intervals that are too narrow. UserError when the tables differ in their rows, when one holds
    several tasks or splits, or when the metric is undefined for them.
    """
    first, second = _same_rows(spec, a, b)
    of_a, of_b = measure(spec, first, metric), measure(spec, second, metric)
    users = len(of_a.users)
    if users < 2:
        raise UserError(f"Task '{spec.name}' has {users} user in these rows; an interval needs 2 or more.")
    value_a, value_b = of_a.value(), of_b.value()
    if not (np.isfinite(value_a) and np.isfinite(value_b)):
        raise UserError(f"Metric '{metric}' is undefined on these rows of task '{spec.name}'.")
    draws = draw_users(users, samples, seed)
    parts = [of_a.resampled(weights_US) - of_b.resampled(weights_US) for weights_US in draws]
    tail = (1 - level) / 2
    low, high = np.nanquantile(np.concatenate(parts), [tail, 1 - tail])
    return Interval(
        metric=metric,
        a=value_a,
        b=value_b,
        difference=value_a - value_b,
        low=float(low),
        high=float(high),
        users=users,
    )


def draw_users(users: int, samples: int, seed: int) -> Iterator[np.ndarray]:
    """float64 [U, S]: how often each user was drawn, in blocks of draws."""
    rng = np.random.default_rng(seed)
    for first in range(0, samples, DRAWS_AT_ONCE):
        weights_US = np.empty((users, min(DRAWS_AT_ONCE, samples - first)))
        for draw in range(weights_US.shape[1]):
            weights_US[:, draw] = np.bincount(rng.integers(0, users, size=users), minlength=users)
        yield weights_US


def _same_rows(spec: TaskSpec, a: pd.DataFrame, b: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables in the same order of lines; of retrieval only relevant ones, the others differ."""
    for table in (a, b):
        held = table[["task", "split"]].drop_duplicates().to_numpy().tolist()
        if len(held) != 1 or held[0][0] != spec.name:
            raise UserError(
                f"To compare task '{spec.name}' each table must hold this task and one split; it holds "
                f"{', '.join('/'.join(pair) for pair in held) or 'no rows'}."
            )
    if spec.kind == "retrieval":
        a, b = a[a["target"] > 0], b[b["target"] > 0]
    first, second = (table.sort_values(["row", "item"], ignore_index=True) for table in (a, b))
    for column in ("split", "row", "item", "user", "target"):
        if len(first) != len(second) or not first[column].equals(second[column]):
            raise UserError(
                f"The predictions of task '{spec.name}' can't be compared: column '{column}' differs "
                f"({len(first)} and {len(second)} lines). Both runs must use the same dataset, split and "
                "split seed."
            )
    return first, second

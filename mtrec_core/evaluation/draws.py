"""A metric under many draws of users, kept per run, so that any runs can be compared at once. No torch here.

`bootstrap.paired_interval` draws users anew for each pair of models. Here each model's metric is kept for
each draw: the draws follow from the seed and the number of users, so two models judged on the same rows met
the same draws, and their difference in each draw is a subtraction. Comparing many runs then costs as much as
reading them.

Shape suffixes: S = draws, U = users.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.bootstrap import Interval, draw_users
from mtrec_core.evaluation.measures import Measure
from mtrec_core.evaluation.metrics import measures

SAMPLES = 1000
"""Draws of users behind each interval."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One metric of one model on the rows of one task and split."""

    task: str
    metric: str
    value: float
    draws_S: np.ndarray
    """float64 [S]: the metric in each draw; NaN in draws where it is undefined."""
    users: int
    rows: str
    """Hex digest of the rows and their targets: only models with the same can be compared draw by draw."""

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The percentile interval of the metric itself."""
        return _percentiles(self.draws_S, level)


def draw_metrics(
    spec: TaskSpec, predictions: pd.DataFrame, metrics: Collection[str] | None = None, samples: int = SAMPLES
) -> list[Drawn]:
    """Every metric (or those named) of one task on one split, under the same draws of its users.

    The predictions hold this task and split only. Metrics that are undefined here, or that concern fewer than
    two users, are left out.
    """
    lines = _ordered(spec, predictions)
    if lines.empty:
        return []
    chosen = {
        name: measure
        for name, measure in measures(spec, lines).items()
        if (metrics is None or name in metrics) and np.isfinite(measure.value())
    }
    drawn = _under_draws(chosen, samples)
    rows = _digest(lines)
    return [
        Drawn(
            task=spec.name,
            metric=name,
            value=chosen[name].value(),
            draws_S=draws_S,
            users=len(chosen[name].users),
            rows=rows,
        )
        for name, draws_S in drawn.items()
    ]


def difference(a: Drawn, b: Drawn, level: float = 0.95) -> Interval:
    """a - b with its interval, as `bootstrap.paired_interval` gives it; UserError when the rows differ."""
    if (a.task, a.metric) != (b.task, b.metric):
        raise ValueError(f"{a.metric} of {a.task} can't be set against {b.metric} of {b.task}.")
    if a.rows != b.rows or len(a.draws_S) != len(b.draws_S):
        raise UserError(
            f"The models were judged on different rows of task '{a.task}': no interval. Both need the same "
            "data, the same split and the same split seed."
        )
    low, high = _percentiles(a.draws_S - b.draws_S, level)
    return Interval(
        metric=a.metric,
        a=a.value,
        b=b.value,
        difference=a.value - b.value,
        low=low,
        high=high,
        users=a.users,
    )


def mean_over(members: Sequence[Drawn]) -> Drawn:
    """The mean of several models of the same thing, such as seeds, draw by draw; UserError as in
    `difference`."""
    for member in members[1:]:
        difference(members[0], member)
    return replace(
        members[0],
        value=float(np.mean([member.value for member in members])),
        draws_S=np.mean([member.draws_S for member in members], axis=0),
    )


def _ordered(spec: TaskSpec, predictions: pd.DataFrame) -> pd.DataFrame:
    """The lines in an order that does not depend on the model; of retrieval the relevant ones."""
    held = predictions[["task", "split"]].drop_duplicates().to_numpy().tolist()
    if len(held) > 1 or (held and held[0][0] != spec.name):
        raise ValueError(f"Predictions of {held} where only task {spec.name} and one split are expected.")
    kept = predictions[predictions["target"].notna()]
    if spec.kind == "retrieval":
        kept = kept[kept["target"] > 0]
    return kept.sort_values(["row", "item"], ignore_index=True)


def _under_draws(chosen: Mapping[str, Measure], samples: int) -> dict[str, np.ndarray]:
    """The metrics with two users or more; those that count the same users share the work of drawing them."""
    parts: dict[str, list[np.ndarray]] = {
        name: [] for name, measure in chosen.items() if len(measure.users) > 1
    }
    for users in {len(chosen[name].users) for name in parts}:
        same = [name for name in parts if len(chosen[name].users) == users]
        for weights_US in draw_users(users, samples, 0):
            for name in same:
                parts[name].append(chosen[name].resampled(weights_US))
    return {name: np.concatenate(blocks) for name, blocks in parts.items()}


def _digest(lines: pd.DataFrame) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for column in ("row", "item", "user", "target"):
        digest.update(pd.util.hash_array(lines[column].to_numpy(), categorize=True).tobytes())
    return digest.hexdigest()


def _percentiles(values_S: np.ndarray, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low, high = np.nanquantile(values_S, [tail, 1 - tail])
    return float(low), float(high)

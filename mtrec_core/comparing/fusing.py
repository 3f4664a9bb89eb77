"""Runs fused into one, or the tasks of a run: weights from validation, the answer from test. No torch here.

It works from what runs keep in their folders: predictions on validation and test, scores of lists. No model
is called.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from mtrec_core.comparing.run_values import label, task_results
from mtrec_core.config import RunConfig
from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.bootstrap import Interval, paired_interval
from mtrec_core.evaluation.found_value import FoundValue, compare_found_value
from mtrec_core.evaluation.fused import Blend, fused_table, learned_blend
from mtrec_core.evaluation.fusion import FUSION_WEIGHTS, LEARNED, TaskEvidence, fusion_weights
from mtrec_core.evaluation.fusion_methods import FusionMethod, fusion_method
from mtrec_core.evaluation.metric_table import METRICS, headline
from mtrec_core.evaluation.metrics import measure
from mtrec_core.evaluation.scored_lines import ScoredLines
from mtrec_core.store.records import RunRecord

ORDER_METRICS = (
    "ndcg@10", "recall@10", "hit@10", "mrr", "accuracy@1", "top5_accuracy",
    "auc", "gauc", "pr_auc", "map", "ndcg@5",
)  # fmt: skip
"""Metrics that need no probability."""

Weights = str | Mapping[str, float]
"""A key of FUSION_WEIGHTS, or source -> weight."""


@dataclass(frozen=True, kw_only=True)
class Fused:
    """A fusion beside the best of its sources."""

    task: str
    metric: str
    weighing: str
    """Key of FUSION_WEIGHTS, or "given"."""
    blend: Blend
    validation: dict[str, float]
    """Source -> the metric on validation, in the order in which the sources were named."""
    test: dict[str, float]
    """The same on test."""
    best: str
    """The source that is best on validation; the fusion is set against it."""
    fused_validation: float
    on_test: Interval
    """The fusion (a) less the best source (b) on test, paired bootstrap over users."""
    value: FoundValue | None = None
    """The value that both find on test, where items were given one."""

    @property
    def verdict(self) -> str:
        """ "better", "worse", or "may be chance"."""
        return {"a": "better", "b": "worse", "": "may be chance"}[self.on_test.better]

    def to_json(self) -> dict[str, Any]:
        """Plain values, for machines and for pages."""
        return {
            "task": self.task,
            "metric": self.metric,
            "method": self.blend.method,
            "weighing": self.weighing,
            "weights": self.blend.weights,
            "slope": self.blend.slope,
            "intercept": self.blend.intercept,
            "validation": {"sources": self.validation, "fused": self.fused_validation},
            "test": {"sources": self.test, "fused": self.on_test.a},
            "best": self.best,
            "difference": self.on_test.difference,
            "low": self.on_test.low,
            "high": self.on_test.high,
            "users": self.on_test.users,
            "verdict": self.verdict,
            "value": self.value and vars(self.value),
        }


def demand_alike(runs: Sequence[RunRecord], task: str) -> None:
    """UserError with the reason unless the runs were trained and judged on the same rows of the task."""
    if len({run.id for run in runs}) < 2:
        raise UserError("A fusion of runs needs two different runs or more.")
    first = runs[0]
    for run in runs:
        known = [name for name, found in task_results(run).items() if found["test"]]
        if task not in known:
            reason = f"its tasks: {', '.join(known)}" if known else f"it is {run.state.value}"
            raise UserError(f"Run {run.id} has no test results of the task {task} ({reason}).")
        if run.dataset_fingerprint != first.dataset_fingerprint:
            raise UserError(
                f"{label(first)} and {label(run)} can't be fused: they saw different data "
                f"({first.dataset} {first.dataset_fingerprint[:8]}, {run.dataset} "
                f"{run.dataset_fingerprint[:8]}). What one trained on may be what the other is tested on."
            )
        rows, other = (asdict(RunConfig.from_json(one.config).data) for one in (first, run))
        differing = [
            f"data.{name} is {value} and {other[name]}"
            for name, value in rows.items()
            if other[name] != value
        ]
        if differing:
            raise UserError(
                f"{label(first)} and {label(run)} can't be fused: their rows were chosen or divided in "
                f"different ways ({', '.join(differing)}). What one trained on may be what the other is "
                "tested on."
            )


def chosen_metric(spec: TaskSpec, method: FusionMethod, metric: str = "") -> str:
    """The metric to judge by, the headline where none is named; UserError for one that does not fit."""
    name = metric or headline(spec.kind).name
    if name not in METRICS or spec.kind not in METRICS[name].kinds:
        fitting = ", ".join(key for key, known in METRICS.items() if spec.kind in known.kinds)
        raise UserError(f"The task {spec.name} ({spec.kind}) has no metric '{name}'; it has {fitting}.")
    if name.endswith("_seen_kept"):
        raise UserError(
            f"{name} can't be taken of a fusion: it reorders lists from which seen items are left out."
        )
    order_is_enough = name in ORDER_METRICS or (name, spec.kind) == ("accuracy", "multiclass")
    if method.gives_order_only and not order_is_enough:
        raise UserError(
            f"{method.title} gives an order, and {METRICS[name].title} needs a probability or a number. Take "
            "the weighted average (mean), or another metric."
        )
    return name


def make_blend(
    weighing: Weights,
    method: str,
    validation: Callable[[], ScoredLines],
    evidence: Callable[[], Mapping[str, TaskEvidence]],
    names: Sequence[str],
) -> Blend:
    """The weights of a fusion; what is not needed for them is not asked for."""
    fusion_method(method)
    if weighing == LEARNED:
        return learned_blend(validation(), method)
    if method == "utility":
        if isinstance(weighing, str) and weighing != "equal":
            raise UserError("An expected value takes equal weights or given ones.")
        powers = dict.fromkeys(names, 1.0) if isinstance(weighing, str) else weighing
        fusion_weights(powers, dict.fromkeys(names, NOTHING_KNOWN))  # UserError for an unknown name
        return Blend(method=method, weights={name: float(powers.get(name, 0.0)) for name in names})
    known = evidence() if isinstance(weighing, str) and weighing in FUSION_WEIGHTS else {}
    about = {name: known.get(name, NOTHING_KNOWN) for name in names}
    return Blend(method=method, weights=fusion_weights(weighing, about))


NOTHING_KNOWN = TaskEvidence(rows=0, headline=0.0, baseline=0.0, higher_is_better=True)


def judge(
    validation: ScoredLines,
    test: ScoredLines,
    blend: Blend,
    weighing: Weights,
    metric: str,
    alone: Callable[[ScoredLines, str], pd.DataFrame],
    values: Mapping[str, float] | None = None,
) -> Fused:
    """The fusion against its best source. `alone`: the predictions table of one source by itself."""
    spec = test.spec
    tables = {name: alone(validation, name) for name in validation.names}
    on_validation = {name: measure(spec, table, metric).value() for name, table in tables.items()}
    pick = max if METRICS[metric].higher_is_better else min
    best = pick(on_validation, key=lambda name: on_validation[name])
    on_test = {name: alone(test, name) for name in test.names}
    fused, fused_test = (fused_table(lines, blend, values) for lines in (validation, test))
    return Fused(
        task=spec.name,
        metric=metric,
        weighing=weighing if isinstance(weighing, str) else "given",
        blend=blend,
        validation=on_validation,
        test={name: measure(spec, table, metric).value() for name, table in on_test.items()},
        best=best,
        fused_validation=measure(spec, fused, metric).value(),
        on_test=paired_interval(spec, fused_test, on_test[best], metric),
        value=None if values is None else compare_found_value(fused_test, on_test[best], values),
    )

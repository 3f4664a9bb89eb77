"""Fuses the scores that several tasks give to the same candidates into one order. No torch here.

Scores of different tasks have different units, so each task's scores of one list are standardised first: z
= (score - mean) / standard deviation over the list's candidates. A weight then means the same for each
task: how much a standard deviation counts. A negative weight lets what the task scores high sink, such as
the risk that a purchase is sent back. Min-max would let one outlier press all others together; a rank
would forget how far ahead the first one is.
"""

import difflib
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mtrec_core.errors import UserError


@dataclass(frozen=True, kw_only=True)
class TaskEvidence:
    """What is known of a task when weights are chosen."""

    rows: int
    """Training rows with a label."""
    headline: float
    """Headline metric on validation."""
    baseline: float
    """The same metric of the best baseline, or of chance."""
    higher_is_better: bool
    """Of the metric."""
    wanted: Literal["high", "low"] = "high"
    """Whether high scores are good news; a rule gives a task whose low ones are a negative weight."""


Evidence = Mapping[str, TaskEvidence]


@dataclass(frozen=True, kw_only=True)
class FusionRule:
    """One row of the table of fusion weights."""

    key: str
    title: str
    use: str
    """What it does and when to take it, in one sentence."""
    formula: str
    """The size of w_r before all are divided by their sum; n_r training rows."""
    source: str
    options: tuple[str, ...] = ()
    weigh: Callable[[Evidence], dict[str, float]] | None
    """None: the weights come from scores and answers (`fused.learned_blend`), not from what is known of a
    task."""


def equal_weights(evidence: Evidence) -> dict[str, float]:
    """The same size for each task."""
    return _shares(_signed(dict.fromkeys(evidence, 1.0), evidence))


def weights_by_validation(evidence: Evidence) -> dict[str, float]:
    """In proportion to the share of the way from the baseline to a perfect value that the task went.

    (headline - baseline) / (1 - baseline) where higher is better and 1 is perfect,
    (baseline - headline) / baseline for an error. A task behind its baseline gets 0; if all are, equal.
    """
    gains = {task: _gain(known) for task, known in evidence.items()}
    return _shares(_signed(gains if any(gains.values()) else dict.fromkeys(evidence, 1.0), evidence))


def weights_by_volume(evidence: Evidence) -> dict[str, float]:
    """In proportion to log(1 + training rows), so that a large task leads but doesn't silence the others."""
    volumes = {task: math.log1p(known.rows) for task, known in evidence.items()}
    return _shares(_signed(volumes, evidence))


LEARNED = "learned"

FUSION_WEIGHTS: dict[str, FusionRule] = {
    rule.key: rule
    for rule in (
        FusionRule(
            key="equal",
            title="Equal",
            use="Each counts the same: hard to beat where all are about as good.",
            formula="1",
            source="-",
            weigh=equal_weights,
        ),
        FusionRule(
            key="validation",
            title="By validation performance",
            use="Counts what was gained over a simple baseline on validation; nothing for what is behind it.",
            formula="(m_r - baseline_r) / (perfect - baseline_r), m_r the headline metric",
            source="-",
            weigh=weights_by_validation,
        ),
        FusionRule(
            key="volume",
            title="By data volume",
            use="Counts the training rows: where some were trained on little.",
            formula="log(1 + n_r)",
            source="-",
            weigh=weights_by_volume,
        ),
        FusionRule(
            key=LEARNED,
            title="Learned on validation",
            use="Fits the answers of the validation rows: needs enough of them; judge it on test.",
            formula="the likeliest w_r >= 0 of a logistic model (lists: conditional; numbers: least squares)",
            source="Wolpert, Neural Networks 1992; Breiman, Machine Learning 1996",
            weigh=None,
        ),
    )
}
"""Weights may also be given: a number per task or run."""


def fusion_weights(choice: str | Mapping[str, float], evidence: Evidence) -> dict[str, float]:
    """Task -> weight, sizes with sum 1: by a rule of FUSION_WEIGHTS that needs no scores, or as given (0 for
    one not named)."""
    if isinstance(choice, str):
        if choice not in FUSION_WEIGHTS:
            raise UserError(
                f"Unknown fusion '{choice}'; known here: {', '.join(FUSION_WEIGHTS)}, or weights such as "
                f"{'=1,'.join(evidence)}=1."
            )
        weigh = FUSION_WEIGHTS[choice].weigh
        if weigh is None:
            raise ValueError(f"The rule {choice} needs scores and answers.")
        return weigh(evidence)
    _check(choice, evidence)
    return _shares({task: float(choice.get(task, 0.0)) for task in evidence})


def fuse_scores(scores: pd.DataFrame, weights: Mapping[str, float]) -> pd.Series:
    """One score per candidate: the weighted sum of its standardised scores, the weights' sizes with sum 1.

    `scores` has a row per candidate of ONE list and a column per task; weights need not sum to 1. A missing
    score (NaN) counts as the mean of the list; a task that gives all candidates the same changes nothing.
    """
    _check(weights, scores.columns)
    fused = pd.Series(0.0, index=scores.index)
    for task, weight in _shares(dict(weights)).items():
        column = scores[task].astype("float64")
        fused += weight * _standardised(column, column.mean(), column.std(ddof=0))
    return fused


def _standardised(score: pd.Series, mean: pd.Series | float, spread: pd.Series | float) -> pd.Series:
    """(score - mean) / spread; 0 where the score is missing or all candidates of the list have the same."""
    z = (score - mean) / np.where(np.asarray(spread) > 1e-12 * np.maximum(1.0, np.abs(mean)), spread, np.nan)
    return z.fillna(0.0)


def _signed(sizes: Mapping[str, float], evidence: Evidence) -> dict[str, float]:
    """Below 0 for tasks whose low scores are wanted."""
    return {task: -size if evidence[task].wanted == "low" else size for task, size in sizes.items()}


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights divided by the sum of their sizes; equal ones if they are all 0."""
    total = sum(abs(weight) for weight in weights.values())
    if total > 0:
        return {task: weight / total for task, weight in weights.items()}
    return dict.fromkeys(weights, 1.0 / max(1, len(weights)))


def _gain(known: TaskEvidence) -> float:
    if known.higher_is_better:
        room, way = 1.0 - known.baseline, known.headline - known.baseline
    else:
        room, way = known.baseline, known.baseline - known.headline
    gain = way / room if room > 0 else 0.0
    return max(0.0, gain) if math.isfinite(gain) else 0.0


def _check(weights: Mapping[str, float], tasks: Collection[str]) -> None:
    known = [str(task) for task in tasks]
    for task, weight in weights.items():
        if task not in known:
            close = difflib.get_close_matches(task, known, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise UserError(f"Unknown task '{task}' in the fusion; known here: {', '.join(known)}.{hint}")
        if not math.isfinite(weight):
            raise UserError(f"The fusion weight of '{task}' is {weight}; it must be a number.")
    if not any(weight for weight in weights.values()):
        raise UserError(f"The fusion needs a weight other than 0; tasks known here: {', '.join(known)}.")

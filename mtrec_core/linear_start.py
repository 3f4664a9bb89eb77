"""Heads that read n-grams begin as a linear model of them, which training then improves on.

The model starts where TF-IDF + linear ends: what rare words say of a weak signal is there from the first step
and need not be learned in the few passes that suit a pretrained encoder.

Shape suffixes: B = rows, V = buckets of one entity, or of all of them side by side, C = outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import scipy.sparse as sp
from torch import nn

from mtrec_core.data.dataset import Dataset, TaskData
from mtrec_core.evaluation.baselines.linear_choice import fit_linear
from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.model.entity_features import EntityFeatures
from mtrec_core.model.heads import NgramHead, PointwiseHead
from mtrec_core.model.multitask import MultiTaskModel

STRENGTHS: dict[str, tuple[float, ...]] = {
    "binary": (0.1, 0.3, 1.0, 3.0),
    "multiclass": (0.1, 0.3),
    "multilabel": (0.1, 0.3),
    "regression": (3.0, 10.0, 30.0, 100.0),
}
"""As for the baseline, but none that follows the training rows closely: the rest of the network learns from
what is left of them."""


def start_as_linear(model: MultiTaskModel, dataset: Dataset, seed: int) -> None:
    """Fits ridge, logistic regression or support vectors to the training rows of each task whose head reads
    n-grams, and writes them into the head. Validation chooses the strength.

    Left as they are: rankings, whose scores have no scale; a task whose probability is multiplied by that of
    the one before it; one from which nothing linear can be learned.
    """
    for task, module in model.ngram_heads.items():
        plan = model.plan.tasks[task]
        if plan.kind not in STRENGTHS or (model.chain == "product" and plan.after):
            continue
        heads = cast(nn.ModuleDict, module)
        problem = Problem(dataset=dataset, task=task, splits=(), seed=seed)
        columns = NgramColumns(
            features=model.features,
            task=problem.data,
            entities=tuple(heads),
            buckets=model.settings.ngram_buckets,
        )
        fitted = fit_linear(problem, columns.matrix, STRENGTHS)
        if fitted is None:
            continue
        weights_VC = fitted.slope * np.asarray(fitted.weights_VC, np.float64) / plan.label_spread
        intercept_C = fitted.slope * fitted.intercept_C + fitted.offset
        for head, part_VC in zip(heads.values(), np.split(weights_VC, len(heads)), strict=True):
            cast(NgramHead, head).begin(part_VC)
        cast(PointwiseHead, model.heads[task]).begin((intercept_C - plan.label_mean) / plan.label_spread)


@dataclass(frozen=True, kw_only=True)
class NgramColumns:
    """The n-grams that the heads of a task read, as a matrix."""

    features: EntityFeatures
    task: TaskData
    entities: Sequence[str]
    buckets: int

    def matrix(self, rows_B: np.ndarray) -> sp.csr_matrix:
        """float32 [B, V]: the buckets of each entity in turn."""
        return sp.hstack([self._of(entity, rows_B) for entity in self.entities], format="csr")

    def _of(self, entity: str, rows_B: np.ndarray) -> sp.csr_matrix:
        """An entity that is an input twice counts twice."""
        total = sp.csr_matrix((len(rows_B), self.buckets), dtype=np.float32)
        for name, codes_R in zip(self.task.spec.inputs, self.task.inputs, strict=True):
            bags = self.features.ngram_bags(entity, codes_R[rows_B]) if name == entity else None
            if bags is not None:
                found, weights, offsets = (part.cpu().numpy() for part in bags)
                starts = np.append(offsets, len(found))
                total = total + sp.csr_matrix((weights, found, starts), shape=total.shape)
        return total

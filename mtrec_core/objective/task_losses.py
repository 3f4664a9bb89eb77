"""From the model's outputs for a batch to each task's loss, and what that loss is divided by."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtrec_core.model.batches import TaskBatch
from mtrec_core.model.plan import TaskPlan
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.losses import (
    binary_loss,
    listwise_loss,
    multiclass_loss,
    multilabel_loss,
    pairwise_loss,
    regression_loss,
    retrieval_loss,
)


def task_loss(plan: TaskPlan, batch: TaskBatch, output: Tensor, settings: ObjectiveSettings) -> Tensor:
    """The scalar loss of a task's rows. Every row of the batch has a label; the sampler leaves the others
    out."""
    labels_B = torch.from_numpy(batch.labels_B).to(output.device)
    output = output.float()
    match plan.kind:
        case "retrieval":
            target_B = (
                torch.zeros_like(labels_B, dtype=torch.long)
                if batch.negatives_S is not None
                else labels_B.long()
            )
            return retrieval_loss(output, target_B)
        case "multiclass":
            return multiclass_loss(output, labels_B.long(), settings.label_smoothing)
        case "binary":
            return binary_loss(output, labels_B)
        case "regression":
            return regression_loss(
                output, (labels_B - plan.label_mean) / plan.label_spread, settings.huber_delta
            )
        case "multilabel":
            assert batch.tags_BK is not None
            return multilabel_loss(output, torch.from_numpy(batch.tags_BK).to(output.device))
        case "ranking":
            assert batch.groups_B is not None
            list_B = torch.from_numpy(batch.groups_B).to(output.device)
            loss = listwise_loss if settings.ranking_loss == "listwise" else pairwise_loss
            return loss(output, labels_B, list_B)
    raise ValueError(f"no loss for kind {plan.kind}")


@dataclass(frozen=True, kw_only=True)
class LossSize:
    """What `task_loss` divides its sum by: max(units, least, 1). Both add up over parts of a batch."""

    units: float
    least: float = 0.0

    @property
    def value(self) -> float:
        """The divisor of this part's own loss."""
        return max(self.units, self.least, 1.0)


def loss_size(plan: TaskPlan, batch: TaskBatch, settings: ObjectiveSettings) -> LossSize:
    """The divisor of the batch's `task_loss`: rows, tags set, lists or pairs."""
    if plan.kind == "multilabel":
        assert batch.tags_BK is not None
        return LossSize(units=float(batch.tags_BK.sum()), least=float(len(batch)))
    if plan.kind != "ranking":
        return LossSize(units=float(len(batch)))
    assert batch.groups_B is not None
    if settings.ranking_loss == "listwise":
        return LossSize(units=float(len(np.unique(batch.groups_B[batch.labels_B > 0]))))
    together_BB = batch.groups_B[:, None] == batch.groups_B[None, :]
    return LossSize(units=float((together_BB & (batch.labels_B[:, None] > batch.labels_B[None, :])).sum()))

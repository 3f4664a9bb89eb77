"""From the model's outputs for a batch to each task's loss."""

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

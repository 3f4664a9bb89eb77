"""The loss of each kind of task.

Shape suffixes: B = rows, C = classes or tags, N = targets.
"""

import torch
from torch import Tensor
from torch.nn import functional


def retrieval_loss(scores_BN: Tensor, target_B: Tensor) -> Tensor:
    """Softmax over the targets: mean of -log p(target)."""
    return functional.cross_entropy(scores_BN, target_B)


def multiclass_loss(logits_BC: Tensor, class_B: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy; `smoothing` spreads that share of the target over all classes."""
    return functional.cross_entropy(logits_BC, class_B, label_smoothing=smoothing)


def binary_loss(logits_B1: Tensor, label_B: Tensor) -> Tensor:
    """Binary cross-entropy of 0/1 labels."""
    return functional.binary_cross_entropy_with_logits(logits_B1.squeeze(-1), label_B)


def regression_loss(value_B1: Tensor, standardised_B: Tensor, delta: float) -> Tensor:
    """Huber: e^2 / 2 up to |e| = delta, delta (|e| - delta / 2) beyond; both sides in standard deviations."""
    return functional.huber_loss(value_B1.squeeze(-1), standardised_B, delta=delta)


def multilabel_loss(logits_BC: Tensor, tags_BC: Tensor) -> Tensor:
    """Binary cross-entropy per tag, summed over all, per tag set: sum / max(number of tags set, rows).

    So a task of hundreds of rare tags weighs about as much as one choice among them would.
    """
    total = functional.binary_cross_entropy_with_logits(logits_BC, tags_BC, reduction="sum")
    return total / tags_BC.sum().clamp(min=len(tags_BC))


def listwise_loss(score_B1: Tensor, grade_B: Tensor, list_B: Tensor) -> Tensor:
    """Softmax over each list against its grades (ListNet, Cao et al., ICML 2007): -sum p log q, mean over
    the lists that have a grade above 0, with p in proportion to 2^grade - 1."""
    score_B = score_B1.squeeze(-1).float()
    gain_B = 2.0**grade_B - 1
    lists = int(list_B.max()) + 1
    total = torch.zeros(lists, device=score_B.device).index_add_(0, list_B, gain_B)
    highest = torch.full((lists,), -torch.inf, device=score_B.device).scatter_reduce(
        0, list_B, score_B.detach(), "amax", include_self=False
    )
    shifted_B = score_B - highest[list_B]
    normaliser = torch.zeros(lists, device=score_B.device).index_add_(0, list_B, shifted_B.exp())
    log_q_B = shifted_B - normaliser.log()[list_B]
    useful = total > 0
    p_B = gain_B / total.clamp(min=1e-9)[list_B]
    return -(p_B * log_q_B).sum() / useful.sum().clamp(min=1)


def pairwise_loss(score_B1: Tensor, grade_B: Tensor, list_B: Tensor) -> Tensor:
    """Mean of log(1 + e^-(s_i - s_j)) over the pairs of a list with grade_i > grade_j (RankNet, Burges et
    al., 2005)."""
    score_B = score_B1.squeeze(-1)
    better_BB = (list_B.unsqueeze(1) == list_B.unsqueeze(0)) & (grade_B.unsqueeze(1) > grade_B.unsqueeze(0))
    better, worse = better_BB.nonzero(as_tuple=True)
    if len(better) == 0:
        return score_B.sum() * 0
    return functional.softplus(score_B[worse] - score_B[better]).mean()

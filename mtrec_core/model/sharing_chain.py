"""Structures for tasks that follow one another on the same rows, such as click and purchase.

Which task follows which is a matter of the dataset (`after` in `dataset.toml`), which sees to it that both
tell of the same rows. So the earlier task's own interaction and layers can run on the later one's rows. A
task outside every chain has a block of its own above the common entity towers, in both structures.

Shape suffixes: B = rows, D = width.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing import Block


class Transfer(nn.Module):
    """One vector of a row, from what the earlier task knows of it (z) and what the task makes of it (q)."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.carry = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout))
        self.value = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.query = nn.Linear(width, width, bias=False)

    def forward(self, own_BD: Tensor, earlier_BD: Tensor) -> Tensor:
        """[B, D]"""
        both_2BD = torch.stack([self.carry(earlier_BD), own_BD])
        fit_2B = (self.key(both_2BD) * self.query(both_2BD)).sum(dim=-1) / own_BD.shape[-1] ** 0.5
        return (fit_2B.softmax(dim=0).unsqueeze(-1) * self.value(both_2BD)).sum(dim=0)


class AdaptiveTransfer(nn.Module):
    """Adaptive information transfer (AITM; Xi et al., KDD 2021).

    z_t = x_t + sum_u w_u V u over u in {p, q}: q = block_t(x_t) is the task's own view, p = g(z_s) what is
    carried over from the earlier task s on the same row, w = softmax(<K u, Q u> / sqrt(D)). A task without an
    earlier one has z_t = q. The paper does not add x_t; its additional loss, which punishes a probability
    above the earlier one's, is left out.
    """

    def __init__(self, tasks: Sequence[str], settings: ModelSettings, after: Mapping[str, str]) -> None:
        super().__init__()
        width, dropout = settings.width, settings.dropout
        self.blocks = nn.ModuleDict({task: Block(width, dropout) for task in tasks})
        self.transfers = nn.ModuleDict({task: Transfer(width, dropout) for task in tasks if task in after})

    def forward(self, rows_BD: Tensor, task: str, earlier_BD: Tensor | None = None) -> Tensor:
        """[B, D]; `earlier_BD` is z of the task before this one, of the same rows."""
        own_BD = self.blocks[task](rows_BD)
        if earlier_BD is None:
            return own_BD
        return rows_BD + self.transfers[task](own_BD, earlier_BD)


def logit_of_both(first_B1: Tensor, second_B1: Tensor) -> Tensor:
    """The logit of sigmoid(a) sigmoid(b), without a difference of near numbers:
    -log(e^-a + e^-b + e^-(a + b)).

    ESMM (Ma et al., SIGIR 2018): with a the logit of a click and b that of a conversion once there is a
    click, p(click and conversion) = pCTR pCVR, over all impressions.
    """
    parts = torch.stack([-first_B1, -second_B1, -first_B1 - second_B1])
    return -torch.logsumexp(parts, dim=0)

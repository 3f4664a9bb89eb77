"""Small networks side by side, in one batched product per layer.

Shape suffixes: B = rows, D = width, E = experts.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu


class Experts(nn.Module):
    """Networks of two layers: f_e(x) = V_e gelu(W_e x + b_e) + c_e, for e = 1, ..., E."""

    def __init__(self, count: int, width: int, dropout: float) -> None:
        super().__init__()
        self.inner_EDD = nn.Parameter(torch.empty(count, width, width))
        self.inner_bias_ED = nn.Parameter(torch.zeros(count, width))
        self.outer_EDD = nn.Parameter(torch.empty(count, width, width))
        self.outer_bias_ED = nn.Parameter(torch.zeros(count, width))
        self.dropout = nn.Dropout(dropout)
        for weights in (self.inner_EDD, self.outer_EDD):
            for expert in weights:
                nn.init.xavier_uniform_(expert)

    def __len__(self) -> int:
        return len(self.inner_EDD)

    def forward(self, rows_EBD: Tensor) -> Tensor:
        """[E, B, D]: expert e on the rows at e."""
        inner_EBD = torch.baddbmm(self.inner_bias_ED.unsqueeze(1), rows_EBD, self.inner_EDD)
        return torch.baddbmm(self.outer_bias_ED.unsqueeze(1), self.dropout(gelu(inner_EBD)), self.outer_EDD)

    def on(self, rows_BD: Tensor) -> Tensor:
        """[E, B, D]: every expert on the same rows."""
        return self(rows_BD.expand(len(self), -1, -1))


def run_together(groups: Sequence[Experts], rows: Sequence[Tensor]) -> list[Tensor]:
    """[E, B, D] of each group on its rows [B, D]; the experts of all groups run in one product."""
    rows_EBD = torch.cat(
        [rows_BD.expand(len(group), -1, -1) for group, rows_BD in zip(groups, rows, strict=True)]
    )
    inner_EBD = torch.baddbmm(
        torch.cat([group.inner_bias_ED for group in groups]).unsqueeze(1),
        rows_EBD,
        torch.cat([group.inner_EDD for group in groups]),
    )
    outer_EBD = torch.baddbmm(
        torch.cat([group.outer_bias_ED for group in groups]).unsqueeze(1),
        groups[0].dropout(gelu(inner_EBD)),
        torch.cat([group.outer_EDD for group in groups]),
    )
    return list(outer_EBD.split([len(group) for group in groups]))


def mix(logits_BE: Tensor, experts_EBD: Tensor) -> Tensor:
    """[B, D]: each row's experts, weighed by the softmax of the row's logits."""
    return torch.einsum("be,ebd->bd", logits_BE.softmax(dim=-1), experts_EBD)

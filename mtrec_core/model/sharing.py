"""What the tasks share between the entities' vectors and the heads.

Shape suffixes: B = rows, D = width, E = experts.
"""

from collections.abc import Sequence
from importlib import import_module

import torch
from torch import Tensor, nn

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing_table import sharing_choice


class Block(nn.Module):
    """A residual two-layer network: x + W2 gelu(W1 norm(x))."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )

    def forward(self, rows_BD: Tensor) -> Tensor:
        """[B, D]"""
        return rows_BD + self.net(rows_BD)


class Single(nn.Module):
    """A block per task: nothing is shared (the entities' towers aren't either)."""

    def __init__(self, tasks: Sequence[str], settings: ModelSettings) -> None:
        super().__init__()
        self.blocks = nn.ModuleDict({task: Block(settings.width, settings.dropout) for task in tasks})

    def forward(self, rows_BD: Tensor, task: str) -> Tensor:
        """[B, D]"""
        return self.blocks[task](rows_BD)


class SharedBottom(nn.Module):
    """One block for all tasks (Caruana, 1997)."""

    def __init__(self, tasks: Sequence[str], settings: ModelSettings) -> None:
        super().__init__()
        self.block = Block(settings.width, settings.dropout)

    def forward(self, rows_BD: Tensor, task: str) -> Tensor:
        """[B, D]"""
        return self.block(rows_BD)


class MixtureOfExperts(nn.Module):
    """Multi-gate mixture of experts (Ma et al., KDD 2018): h_t = sum_e softmax(W_t x)_e f_e(x).

    All experts run in one batched matrix product. As in the other structures here the input is added to the
    result.
    """

    def __init__(self, tasks: Sequence[str], settings: ModelSettings) -> None:
        super().__init__()
        width, experts = settings.width, settings.experts
        self.norm = nn.LayerNorm(width)
        self.inner_EDD = nn.Parameter(torch.empty(experts, width, width))
        self.inner_bias_ED = nn.Parameter(torch.zeros(experts, width))
        self.outer_EDD = nn.Parameter(torch.empty(experts, width, width))
        self.outer_bias_ED = nn.Parameter(torch.zeros(experts, width))
        self.gates = nn.ModuleDict({task: nn.Linear(width, experts) for task in tasks})
        self.dropout = nn.Dropout(settings.dropout)
        for weights in (self.inner_EDD, self.outer_EDD):
            for expert in weights:
                nn.init.xavier_uniform_(expert)

    def forward(self, rows_BD: Tensor, task: str) -> Tensor:
        """[B, D]"""
        normed_BD = self.norm(rows_BD)
        inner_EBD = torch.baddbmm(
            self.inner_bias_ED.unsqueeze(1), normed_BD.expand(len(self.inner_EDD), -1, -1), self.inner_EDD
        )
        hidden_EBD = self.dropout(nn.functional.gelu(inner_EBD))
        experts_EBD = torch.baddbmm(self.outer_bias_ED.unsqueeze(1), hidden_EBD, self.outer_EDD)
        gate_BE = self.gates[task](normed_BD).softmax(dim=-1)
        return rows_BD + torch.einsum("be,ebd->bd", gate_BE, experts_EBD)


def build_sharing(key: str, tasks: Sequence[str], settings: ModelSettings) -> nn.Module:
    """The structure of a row of the table; SettingError lists the known ones."""
    module, name = sharing_choice(key).target.split(":")
    structure: nn.Module = getattr(import_module(module), name)(tasks, settings)
    return structure

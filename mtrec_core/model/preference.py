"""What the tasks are worth to each other, as an input of the model: one model for all trade-offs.

Shape suffixes: B = rows of a task, or entities, D = width, T = tasks.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


class Preference(nn.Module):
    """x + x * sum_t (T r_t - 1) a_t + sum_t (T r_t - 1) b_t, elementwise, a and b learned and 0 at first.

    r holds a share per task, which sum up to 1; where all are alike nothing is added. Ruchte & Grabocka
    (COSMOS, ICDM 2021) put r beside the input of their network; here it bends the vector of each entity as it
    leaves its tower, and that of each row before the sharing structure (as FiLM does: Perez et al., AAAI
    2018), so that numbers which tasks fight over can go to the one that is worth more.
    """

    def __init__(self, tasks: Sequence[str], width: int) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.scale_TD = nn.Parameter(torch.zeros(len(self.tasks), width))
        self.shift_TD = nn.Parameter(torch.zeros(len(self.tasks), width))

    def forward(self, rows_BD: Tensor, shares: Mapping[str, float]) -> Tensor:
        """[B, D] for [B, D]"""
        count = len(self.tasks)
        centred_T = torch.tensor([count * shares[task] - 1 for task in self.tasks]).to(self.scale_TD)
        return rows_BD + rows_BD * (centred_T @ self.scale_TD) + centred_T @ self.shift_TD

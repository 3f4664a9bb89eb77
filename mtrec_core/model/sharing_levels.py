"""Structures of several levels: progressive layered extraction, and cross-stitch networks.

Both let every task's layers read the row of the task at hand, as its interaction made it: that needs none of
the other tasks' inputs, so it works between tasks about different things.

Shape suffixes: B = rows, D = width, E = experts, T = tasks.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.experts import Experts, mix, run_together


class ExtractionLevel(nn.Module):
    """One level of customised gate control: experts of each task's own, and shared ones."""

    def __init__(self, tasks: Sequence[str], settings: ModelSettings, is_last: bool) -> None:
        super().__init__()
        width, own, shared = settings.width, settings.task_experts, settings.experts
        self.norm = nn.LayerNorm(width)
        self.gates = nn.ModuleDict({task: nn.Linear(width, own + shared) for task in tasks})
        self.shared_gate = None if is_last else nn.Linear(width, own * len(tasks) + shared)
        self.own = nn.ModuleDict({task: Experts(own, width, settings.dropout) for task in tasks})
        self.shared = Experts(shared, width, settings.dropout)

    def forward(
        self, own: Mapping[str, Tensor], shared_BD: Tensor, to: Sequence[str]
    ) -> tuple[dict[str, Tensor], Tensor]:
        """The next [B, D] of the tasks in `to`, and of what is shared; the last level leaves that alone."""
        speaking = list(to) if self.shared_gate is None else list(own)
        normed = {task: self.norm(own[task]) for task in speaking}
        normed_BD = self.norm(shared_BD)
        *spoken, shared_EBD = run_together(
            [*(self._own(task) for task in speaking), self.shared], [*normed.values(), normed_BD]
        )
        of = dict(zip(speaking, spoken, strict=True))
        found = {
            task: own[task] + mix(self.gates[task](normed[task]), torch.cat([of[task], shared_EBD]))
            for task in to
        }
        if self.shared_gate is not None:
            shared_BD = shared_BD + mix(self.shared_gate(normed_BD), torch.cat([*spoken, shared_EBD]))
        return found, shared_BD

    def _own(self, task: str) -> Experts:
        experts = self.own[task]
        assert isinstance(experts, Experts)
        return experts


class ProgressiveExtraction(nn.Module):
    """Progressive layered extraction (Tang et al., RecSys 2020).

    Level l: h_t <- h_t + sum_e softmax(W_t h_t)_e f_e, over the experts f_e(h_t) of the task's own and the
    shared ones f_e(s); s <- s + the same over the experts of all tasks. Both start as the row; the last level
    has no s. One level is CGC of the paper. The paper does not add h_t and s.
    """

    def __init__(self, tasks: Sequence[str], settings: ModelSettings) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        last = settings.sharing_levels - 1
        self.levels = nn.ModuleList(
            ExtractionLevel(tasks, settings, is_last=at == last) for at in range(settings.sharing_levels)
        )

    def forward(self, rows_BD: Tensor, task: str) -> Tensor:
        """[B, D]. Only what the task's result depends on is computed."""
        own, shared_BD = dict.fromkeys(self.tasks, rows_BD), rows_BD
        for left, level in zip(reversed(range(len(self.levels))), self.levels, strict=True):
            own, shared_BD = level(own, shared_BD, self.tasks if left > 1 else (task,))
        return own[task]


OWN_SHARE = 0.9
"""What a task takes of its own layer at first; the others share the rest. As in the paper."""


class StitchedLayer(nn.Module):
    """A network per task, and the weights by which each task takes from all of them."""

    def __init__(self, tasks: int, settings: ModelSettings) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(settings.width)
        self.networks = Experts(tasks, settings.width, settings.dropout)
        others = (1 - OWN_SHARE) / max(tasks - 1, 1)
        start_TT = torch.full((tasks, tasks), others).fill_diagonal_(OWN_SHARE if tasks > 1 else 1.0)
        self.stitch_TTD = nn.Parameter(start_TT.unsqueeze(-1).repeat(1, 1, settings.width))

    def forward(self, rows_TBD: Tensor) -> Tensor:
        """[T, B, D]: what each task's network makes of its rows, before the stitch."""
        return self.networks(self.norm(rows_TBD))


class CrossStitch(nn.Module):
    """Cross-stitch networks (Misra et al., CVPR 2016), with a stitch per number of the vector.

    Each layer: h_t <- h_t + sum_s a_ts * f_s(h_s), with f_s the network of task s and a_ts learned; all h
    start as the row. In the paper a stitch joins the whole activations; here h_t is added outside it.
    """

    def __init__(self, tasks: Sequence[str], settings: ModelSettings) -> None:
        super().__init__()
        self.place = {task: at for at, task in enumerate(tasks)}
        self.layers = nn.ModuleList(
            StitchedLayer(len(tasks), settings) for _ in range(settings.sharing_levels)
        )

    def forward(self, rows_BD: Tensor, task: str) -> Tensor:
        """[B, D]"""
        at = self.place[task]
        rows_TBD = rows_BD.expand(len(self.place), -1, -1)
        for layer in self.layers[:-1]:
            rows_TBD = rows_TBD + torch.einsum("tsd,sbd->tbd", layer.stitch_TTD, layer(rows_TBD))
        last = self.layers[-1]
        assert isinstance(last, StitchedLayer)
        return rows_TBD[at] + torch.einsum("sd,sbd->bd", last.stitch_TTD[at], last(rows_TBD))

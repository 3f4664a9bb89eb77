"""What the tasks share between the entities' vectors and the heads: the structures of one level.

`sharing_levels` holds those of several, `sharing_chain` those for tasks that follow one another.

A step brings each task's own rows, so a structure gets the rows of one task, as its interaction made them,
and the task's name. In each the input is added to the result: a task can pass a structure that does not help.

Shape suffixes: B = rows, D = width.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module

from torch import Tensor, nn

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.experts import Experts, mix
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


class OwnBlocks(nn.Module):
    """A block per task. With entity towers of its own for each task nothing is shared (`single`); with common
    towers it is what ESMM shares: the vectors below, not the networks above."""

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
    """Multi-gate mixture of experts (Ma et al., KDD 2018): h_t = x + sum_e softmax(W_t x)_e f_e(x).

    All experts run in one batched matrix product. The paper does not add x.
    """

    def __init__(self, tasks: Sequence[str], settings: ModelSettings) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(settings.width)
        self.gates = nn.ModuleDict({task: nn.Linear(settings.width, settings.experts) for task in tasks})
        self.experts = Experts(settings.experts, settings.width, settings.dropout)

    def forward(self, rows_BD: Tensor, task: str) -> Tensor:
        """[B, D]"""
        normed_BD = self.norm(rows_BD)
        return rows_BD + mix(self.gates[task](normed_BD), self.experts.on(normed_BD))


def build_sharing(
    key: str, tasks: Sequence[str], settings: ModelSettings, after: Mapping[str, str] | None = None
) -> nn.Module:
    """The structure of a row of the table; SettingError lists the known ones. `after`: task -> the one that
    comes before it, for a structure that carries something over."""
    choice = sharing_choice(key)
    module, name = choice.target.split(":")
    build = getattr(import_module(module), name)
    structure: nn.Module = (
        build(tasks, settings, after or {}) if choice.chain == "transfer" else build(tasks, settings)
    )
    return structure

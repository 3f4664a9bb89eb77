"""What a sharing structure costs: its parameters, and the multiply-adds of one row. Counted, not timed.

Shape suffix: D = width.
"""

from dataclasses import dataclass
from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing import build_sharing
from mtrec_core.model.sharing_table import SHARING

TASKS = ("first", "second", "third", "fourth")
AFTER = {"second": "first"}
"""For structures of tasks that follow one another; a row of `second` also runs what is `first`'s."""


@dataclass(frozen=True, kw_only=True)
class StructureCost:
    """Of a structure at the default settings with four tasks, without towers and heads."""

    parameters: int
    row: int
    """Multiply-adds for a row of the task that needs the most."""

    def text(self) -> str:
        """Such as `66k, 66k`."""
        return f"{self.parameters / 1000:,.0f}k, {self.row / 1000:,.0f}k"


@cache
def structure_cost(key: str) -> StructureCost:
    """The cost of a row of the table of sharing structures."""
    settings, chain = ModelSettings(), SHARING[key].chain
    structure = build_sharing(key, TASKS, settings, AFTER)
    x_1D = torch.zeros(1, settings.width)
    with torch.no_grad(), FlopCounterMode(display=False) as counted:
        earlier_1D = structure(x_1D, "first") if chain else None
        if chain == "transfer":
            structure(x_1D, "second", earlier_1D)
        else:
            structure(x_1D, "second")
    return StructureCost(
        parameters=sum(part.numel() for part in structure.parameters()), row=counted.get_total_flops() // 2
    )

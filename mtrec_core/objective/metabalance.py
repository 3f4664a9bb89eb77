"""MetaBalance (He et al., WWW 2022): the helpers' gradients are brought to the length of the target's.

For each tensor that the tasks share, with m_k the running mean of |g_k| there, m <- beta m + (1 - beta) |g|
from 0: the gradient of helper k is multiplied by relax m_target / m_k + 1 - relax, the target's by 1. The
means are divided by 1 - beta^n, which changes nothing where both tasks were seen n times.

Shape suffixes: B = tensors, K = tasks.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtrec_core.objective.method_options import MetaBalanceOptions
from mtrec_core.objective.states import State


class MetaBalance:
    """The running means, by tensor and task."""

    def __init__(self, options: MetaBalanceOptions) -> None:
        self.options = options
        self.means: dict[str, Tensor] = {}
        """TENSOR/TASK -> [running sum, how often it was seen]."""

    def weights_BK(
        self, lengths_BK: Tensor, tensors: Sequence[str], tasks: Sequence[str], target: str
    ) -> Tensor:
        """float64 [B, K]: what each task's part of each tensor's gradient is multiplied by; `lengths_BK`
        holds the parts' lengths, 0 where a task does not reach a tensor."""
        means_BK = torch.stack(
            [
                torch.stack(
                    [self._mean(f"{tensor}/{task}", length) for task, length in zip(tasks, row, strict=True)]
                )
                for tensor, row in zip(tensors, lengths_BK.double(), strict=True)
            ]
        )
        aim_B1 = means_BK[:, [list(tasks).index(target)]]
        relax = self.options.relax
        scaled_BK = relax * aim_B1 / means_BK.clamp(min=1e-12) + 1 - relax
        alone_BK = (aim_B1 <= 0) | (means_BK <= 0)  # nothing to be compared with
        return torch.where(alone_BK, 1.0, scaled_BK)

    def state(self) -> State:
        """The running means."""
        return dict(self.means)

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        self.means = dict(state)

    def _mean(self, place: str, length: Tensor) -> Tensor:
        """The mean with what is seen now; 0 before anything was."""
        mean, count = self.means.get(place, torch.zeros(2, dtype=torch.float64))
        if float(length) > 0:
            beta = self.options.beta
            mean, count = beta * mean + (1 - beta) * length.cpu(), count + 1
            self.means[place] = torch.stack([mean, count])
        return mean / (1 - self.options.beta**count) if count else mean

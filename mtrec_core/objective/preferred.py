"""COSMOS and PBI: scalarisations that train one model for all preferences. A preference r is drawn at each
step, and the model reads it.

v_k = r_k L_k / L_k(0) is the loss of task k as a share of its first, times the task's share of the
preference. Both papers ask for losses of like size, which those of a retrieval and of a yes/no are not. And
both want the losses to lie on the ray of r itself, on which the task that matters most has the largest loss:
right for finding a spread of models, wrong for whoever asks for one. Here all v_k should be alike, as in
Mahapatra & Rajan (EPO, ICML 2020): the more a task is worth, the lower its loss.


Shape suffix: K = tasks with rows in the step.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch.distributions import Dirichlet
from torchjd.scalarization import COSMOS, PBI, Scalarizer

from mtrec_core.objective.loss_weightings import slopes
from mtrec_core.objective.method_options import PreferenceOptions
from mtrec_core.objective.states import State, numbers, part_numbers


class Preferred:
    """Weights by the slopes of a scalarisation of the v_k; remembers each task's first loss."""

    def __init__(
        self, options: PreferenceOptions, scalarizer: Callable[[float, torch.Tensor], Scalarizer]
    ) -> None:
        """`scalarizer`: from the penalty and a weight for each v_k."""
        self.options = options
        self.scalarizer = scalarizer
        self.first: dict[str, float] = {}

    def draw(self, tasks: Sequence[str]) -> dict[str, float]:
        """Task -> share, from a Dirichlet distribution; tasks come in the order of their names."""
        concentration_T = torch.full((len(tasks),), self.options.concentration, dtype=torch.float64)
        return dict(zip(tasks, Dirichlet(concentration_T).sample().tolist(), strict=True))

    def weights(self, losses: Mapping[str, float], preference: Mapping[str, float]) -> dict[str, float]:
        """r_k / L_k(0) times the slope in v_k."""
        for task, loss in losses.items():
            self.first.setdefault(task, loss)
        scales = {task: preference[task] / self.first[task] for task in losses}
        evenly_K = torch.ones(len(losses), dtype=torch.float64)
        found = slopes(
            self.scalarizer(self.options.penalty, evenly_K),
            {task: scales[task] * losses[task] for task in losses},
        )
        return {task: scales[task] * slope for task, slope in found.items()}

    def state(self) -> State:
        """The first losses."""
        return numbers(self.first, "first")

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        self.first = part_numbers(state, "first")


class Cosmos(Preferred):
    """COSMOS (Ruchte & Grabocka, ICDM 2021): S = sum_k v_k - lambda cos(1, v)."""

    def __init__(self, options: PreferenceOptions) -> None:
        super().__init__(options, COSMOS)


class BoundaryIntersection(Preferred):
    """PBI (MOEA/D, Zhang & Li, IEEE TEVC 2007): S = d_1 + theta d_2, with u = 1 / sqrt(K): d_1 = v u, d_2 =
    |v - d_1 u|. Up to theta = 1 / sqrt(K - 1) no task is trained uphill; the paper takes 5."""

    def __init__(self, options: PreferenceOptions) -> None:
        super().__init__(options, PBI)

"""A sharing structure of the program, trained on two synthetic tasks.

    x [100 numbers] -> linear layer to the structure's width -> structure -> a linear head per task

Shape suffixes: B = rows of a step, N = test rows, F = numbers of a row, D = width, T = the two tasks.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.synthetic_tasks import RelatedTasks
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing import build_sharing
from mtrec_core.model.sharing_table import SHARING

TASKS = ("first", "second")
TEST_ROWS = 10_000
LEARNING_RATE = 3e-3
WIDEST = 256


class SyntheticModel(nn.Module):
    """Both tasks read the same rows. A structure whose tasks share nothing has an input layer per task."""

    def __init__(self, sharing: str, features: int, settings: ModelSettings) -> None:
        super().__init__()
        self.inputs = nn.ModuleDict(
            {name: nn.Linear(features, settings.width) for name in _input_names(sharing)}
        )
        self.sharing = build_sharing(sharing, TASKS, settings)
        self.heads = nn.ModuleDict({task: nn.Linear(settings.width, 1) for task in TASKS})

    def forward(self, x_BF: Tensor) -> Tensor:
        """[B, T]"""
        of = {name: layer(x_BF) for name, layer in self.inputs.items()}
        outputs = [self.heads[task](self.sharing(of.get(task, of.get("both")), task)) for task in TASKS]
        return torch.cat(outputs, dim=1)


def _input_names(sharing: str) -> tuple[str, ...]:
    return TASKS if SHARING[sharing].separate_towers else ("both",)


def parameters_of(model: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(part.numel() for part in model.parameters())


def settings_within(sharing: str, options: Mapping[str, int], features: int, budget: int) -> ModelSettings:
    """The settings whose width brings the model's parameters nearest to the budget."""

    def distance(width: int) -> int:
        settings = _settings(width, options)
        return abs(parameters_of(SyntheticModel(sharing, features, settings)) - budget)

    return _settings(min(range(4, WIDEST), key=distance), options)


def _settings(width: int, options: Mapping[str, int]) -> ModelSettings:
    """Without dropout: every row is seen once, so nothing can be learned by heart."""
    return ModelSettings(width=width, dropout=0.0, **options)  # type: ignore[arg-type]


def trained_error(
    sharing: str, settings: ModelSettings, tasks: RelatedTasks, steps: int, batch_size: int, seed: int
) -> float:
    """Error on test rows after training on fresh rows in each step, both tasks counting the same.

    The mean square distance to the labels without noise, as a share of their variance. For a seed every
    structure sees the same rows in the same order.
    """
    draw = np.random.default_rng((seed, 1))
    x_NF = draw.standard_normal((TEST_ROWS, tasks.directions_TF.shape[1]))
    truth_NT = tasks.truth(x_NF)
    mean_T, spread_T = truth_NT.mean(axis=0), truth_NT.std(axis=0)
    torch.manual_seed(seed)
    model = SyntheticModel(sharing, x_NF.shape[1], settings)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=LEARNING_RATE, total_steps=steps, pct_start=0.1
    )
    for _ in range(steps):
        x_BF, labels_BT = tasks.draw(batch_size, draw)
        target_BT = torch.from_numpy((labels_BT - mean_T) / spread_T).float()
        loss = (model(torch.from_numpy(x_BF).float()) - target_BT).square().mean(dim=0).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.inference_mode():
        found_NT = model(torch.from_numpy(x_NF).float()).double().numpy()
    return float(np.square(found_NT - (truth_NT - mean_T) / spread_T).mean())

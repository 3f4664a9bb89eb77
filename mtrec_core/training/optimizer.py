"""Optimizer and step-size schedule."""

import math
from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from mtrec_core.training.config import TrainingSettings


def build_optimizer(model: nn.Module, encoder: nn.Module | None, settings: TrainingSettings) -> Optimizer:
    """AdamW (fused) or SGD with momentum 0.9 over what learns.

    Groups: weights with decay, tables of vectors with their own, biases and norms without; the encoder's parameters
    likewise with its own step size. `settings.learning_rate` is each group's peak, kept as `peak_lr`.
    """
    groups = _groups(model, settings, settings.learning_rate)
    if encoder is not None:
        groups += _groups(encoder, settings, settings.encoder_learning_rate)
    for group in groups:
        group["peak_lr"] = group["lr"]
    if settings.optimizer == "sgd":
        return SGD(groups, momentum=0.9, fused=True)
    return AdamW(groups, fused=True)


def _groups(module: nn.Module, settings: TrainingSettings, learning_rate: float) -> list[dict]:
    tables = {
        id(part.weight) for part in module.modules() if isinstance(part, nn.Embedding | nn.EmbeddingBag)
    }
    decayed, table, plain = [], [], []
    for parameter in module.parameters():
        if not parameter.requires_grad:
            continue
        if id(parameter) in tables:
            table.append(parameter)
        elif parameter.ndim >= 2:
            decayed.append(parameter)
        else:
            plain.append(parameter)
    found = ((decayed, settings.weight_decay), (table, settings.id_weight_decay), (plain, 0.0))
    return [
        {"params": parameters, "lr": learning_rate, "weight_decay": decay} for parameters, decay in found if parameters
    ]


def schedule_factor(step: int, total_steps: int, settings: TrainingSettings) -> float:
    """What the peak step size is multiplied by at step 0, 1, ..."""
    warmup = int(settings.warmup * total_steps)
    if step < warmup:
        return (step + 1) / warmup
    if settings.schedule == "constant":
        return 1.0
    done = min((step - warmup) / max(total_steps - warmup, 1), 1.0)
    if settings.schedule == "linear":
        return 1.0 - done
    return 0.5 * (1 + math.cos(math.pi * done))


def set_learning_rate(optimizer: Optimizer, factor: float) -> float:
    """Sets every group to its peak times `factor`; the first group's step size comes back."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak_lr"] * factor
    return float(optimizer.param_groups[0]["lr"])


class WeightAverage:
    """A running average of the parameters that learn, with bias correction: avg = sum d^(t-i) (1-d) p_i / (1 - d^t).

    Polyak & Juditsky (1992); as it is used for evaluation in much of deep learning.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], decay: float) -> None:
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self.decay = decay
        self.steps = 0
        self.sums = [torch.zeros_like(parameter) for parameter in self.parameters]

    @torch.no_grad()
    def update(self) -> None:
        """Takes the parameters as they stand after a step."""
        self.steps += 1
        torch._foreach_mul_(self.sums, self.decay)
        torch._foreach_add_(self.sums, [parameter.data for parameter in self.parameters], alpha=1 - self.decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchanges the parameters with their average; a second call restores them exactly."""
        if not self.steps:
            return
        correction = 1 - self.decay**self.steps
        if not hasattr(self, "_kept"):
            self._kept = [parameter.detach().clone() for parameter in self.parameters]
            for parameter, total in zip(self.parameters, self.sums, strict=True):
                parameter.copy_(total / correction)
        else:
            for parameter, kept in zip(self.parameters, self._kept, strict=True):
                parameter.copy_(kept)
            del self._kept

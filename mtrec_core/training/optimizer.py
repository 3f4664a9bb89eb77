"""Optimizer and step-size schedule."""

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from mtrec_core.model.heads import NgramHead
from mtrec_core.training.config import TrainingSettings


def build_optimizer(model: nn.Module, encoder: nn.Module | None, settings: TrainingSettings) -> Optimizer:
    """AdamW (fused) or SGD with momentum 0.9 over the parameters of `model` that learn.

    Groups: weights with decay, tables of vectors with their own, biases and norms without; heads that read
    n-grams, and those of `encoder`, a part of the model, likewise with their own step sizes. The peak is
    kept as the group's `peak_lr`.
    """
    inner = dict(encoder.named_parameters()) if encoder is not None else {}
    inside = {id(parameter) for parameter in inner.values()}
    by_ngrams = {
        f"{at}.{name}": part
        for at, module in model.named_modules()
        if isinstance(module, NgramHead)
        for name, part in module.named_parameters()
    }
    inside |= {id(parameter) for parameter in by_ngrams.values()}
    outer = {name: part for name, part in model.named_parameters() if id(part) not in inside}
    tables = {id(part.weight) for part in model.modules() if isinstance(part, nn.Embedding | nn.EmbeddingBag)}
    groups = _groups(outer, tables, settings, settings.learning_rate)
    groups += _groups(by_ngrams, tables, settings, settings.ngram_learning_rate)
    if encoder is not None:
        groups += _groups(inner, tables, settings, settings.encoder_learning_rate)
    if settings.optimizer == "sgd":
        return SGD(groups, momentum=0.9, fused=True)
    return AdamW(groups, fused=True)


def _groups(
    parameters: Mapping[str, nn.Parameter], tables: set[int], settings: TrainingSettings, learning_rate: float
) -> list[dict[str, Any]]:
    decayed: list[nn.Parameter] = []
    table: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    for name, parameter in parameters.items():
        if parameter.requires_grad:
            is_weight = parameter.ndim >= 2 and "bias" not in name.rpartition(".")[2]
            place = table if id(parameter) in tables else decayed if is_weight else plain
            place.append(parameter)
    found = ((decayed, settings.weight_decay), (table, settings.id_weight_decay), (plain, 0.0))
    return [
        {"params": part, "lr": learning_rate, "peak_lr": learning_rate, "weight_decay": decay}
        for part, decay in found
        if part
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
    """A running average of the parameters that learn, with bias correction: avg = sum d^(t-i) (1-d) p_i / (1
    - d^t).

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
        torch._foreach_add_(
            self.sums, [parameter.data for parameter in self.parameters], alpha=1 - self.decay
        )

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The parameters hold their average inside the block, and exactly what they were after it."""
        if not self.steps:
            yield
            return
        kept = [parameter.detach().clone() for parameter in self.parameters]
        correction = 1 - self.decay**self.steps
        with torch.no_grad():
            for parameter, total in zip(self.parameters, self.sums, strict=True):
                parameter.copy_(total / correction)
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, value in zip(self.parameters, kept, strict=True):
                    parameter.copy_(value)

"""Whether the tasks pull the shared parameters the same way: norms and cosines of their gradients.

Shape suffixes: T = tasks, P = numbers in the shared parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class GradientReport:
    """Of the tasks' losses as they are, before any weight."""

    norms: dict[str, float]
    """Task -> length of its gradient."""
    cosines: dict[tuple[str, str], float]
    """Two tasks, in the order of the losses -> cosine between their gradients: below 0 they conflict. Pairs
    with a gradient of length 0 are left out."""


def network_parameters(model: nn.Module, encoder: nn.Module | None) -> list[nn.Parameter]:
    """What learns and may be shared: all but the encoder and the tables of vectors.

    A backward pass per task through the encoder would cost more than the step itself. In tables (own vectors,
    categories, n-grams) the tasks' rows hardly meet.
    """
    left_out = {id(parameter) for parameter in encoder.parameters()} if encoder is not None else set()
    for module in model.modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            left_out |= {id(parameter) for parameter in module.parameters()}
    return [part for part in model.parameters() if part.requires_grad and id(part) not in left_out]


def compare_gradients(losses: Mapping[str, Tensor], parameters: Sequence[nn.Parameter]) -> GradientReport:
    """Compares the gradients of the losses over those of the parameters that two tasks or more reach.

    `losses` are scalars whose graph is kept for the step that follows; no `.grad` changes.
    """
    tasks = list(losses)
    found = [
        torch.autograd.grad(losses[task], parameters, retain_graph=True, allow_unused=True) for task in tasks
    ]
    shared = [place for place, parts in enumerate(zip(*found, strict=True)) if _reached(parts) > 1]
    if not shared:
        return GradientReport(norms=dict.fromkeys(tasks, 0.0), cosines={})
    gradient_TP = torch.stack(
        [_flat([parts[place] for place in shared], parameters, shared) for parts in found]
    )
    products_TT = (gradient_TP @ gradient_TP.T).double()
    norms_T = products_TT.diagonal().clamp(min=0).sqrt()
    cosines_TT = (products_TT / (norms_T[:, None] * norms_T)).clamp(-1, 1).tolist()
    norms = dict(zip(tasks, norms_T.tolist(), strict=True))
    return GradientReport(
        norms=norms,
        cosines={
            (tasks[one], tasks[other]): cosines_TT[one][other]
            for one, other in combinations(range(len(tasks)), 2)
            if norms[tasks[one]] > 0 and norms[tasks[other]] > 0
        },
    )


def _reached(parts: Sequence[Tensor | None]) -> int:
    return sum(part is not None for part in parts)


def _flat(
    parts: Sequence[Tensor | None], parameters: Sequence[nn.Parameter], places: Sequence[int]
) -> Tensor:
    """float32 [P]; zeros where a task does not reach a parameter."""
    return torch.cat(
        [
            (torch.zeros_like(parameters[place]) if part is None else part).flatten().float()
            for part, place in zip(parts, places, strict=True)
        ]
    )

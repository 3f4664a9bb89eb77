"""Whether the tasks pull the shared parameters the same way: norms and cosines of their gradients.

Shape suffixes: T = tasks, P = numbers in the shared parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor, nn

from mtrec_core.objective.jacobian import Cut, Representation


@dataclass(frozen=True, kw_only=True)
class GradientReport:
    """Of the tasks' losses as they are, before any weight."""

    norms: dict[str, float]
    """Task -> length of its gradient."""
    cosines: dict[tuple[str, str], float]
    """Two tasks, in the order of the losses -> cosine between their gradients: below 0 they conflict. Pairs
    with a gradient of length 0 are left out."""
    by_part: dict[str, dict[tuple[str, str], float]]
    """Part of the model -> cosines over it alone; pairs that do not meet there are left out."""


def network_parts(model: nn.Module, encoder: nn.Module | None) -> dict[str, list[nn.Parameter]]:
    """What learns and may be shared, by part of the model: all but the encoder and the tables of vectors.

    A backward pass per task through the encoder would cost more than the step itself. In tables (own vectors,
    categories, n-grams) the tasks' rows hardly meet. Parts are `tower of ENTITY`, `history of ENTITY`,
    `sharing`, and `rest`.
    """
    left_out = {id(parameter) for parameter in encoder.parameters()} if encoder is not None else set()
    for module in model.modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            left_out |= {id(parameter) for parameter in module.parameters()}
    parts: dict[str, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and id(parameter) not in left_out:
            parts.setdefault(_part_of(name), []).append(parameter)
    return parts


def compare_gradients(
    losses: Mapping[str, Tensor],
    parts: Mapping[str, Sequence[nn.Parameter]],
    representation: Representation | None = None,
) -> GradientReport:
    """Compares the gradients of the losses over those of the parameters that two tasks or more reach.

    `losses` are scalars whose graph is kept for the step that follows, also where `representation` cut it; no
    `.grad` changes.
    """
    tasks = list(losses)
    parameters = [parameter for part in parts.values() for parameter in part]
    cuts = representation.cuts if representation is not None else []
    rows = [_gradient(losses[task], parameters, cuts) for task in tasks]
    columns = iter(zip(*rows, strict=True))
    whole_TT = torch.zeros(len(tasks), len(tasks), dtype=torch.float64)
    by_part = {}
    for name, part in parts.items():
        products_TT = torch.zeros_like(whole_TT)
        for parameter, column in zip(part, columns, strict=False):
            if _reached(column) > 1:
                gradient_TP = torch.stack([_flat(row, parameter) for row in column])
                products_TT += (gradient_TP @ gradient_TP.T).double().cpu()
        whole_TT += products_TT
        cosines = _cosines(products_TT, tasks)
        if cosines:
            by_part[name] = cosines
    norms_T = whole_TT.diagonal().clamp(min=0).sqrt()
    return GradientReport(
        norms=dict(zip(tasks, norms_T.tolist(), strict=True)),
        cosines=_cosines(whole_TT, tasks),
        by_part=by_part,
    )


def _part_of(name: str) -> str:
    """The part that a parameter of the multi-task model belongs to, by its name there."""
    match name.split("."):
        case ["sets", _set, "towers", entity, *_]:
            return f"tower of {entity}"
        case ["sets", _set, "readers" | "norms", entity, *_]:
            return f"history of {entity}"
        case ["sharing", *_]:
            return "sharing"
    return "rest"


def _cosines(products_TT: Tensor, tasks: Sequence[str]) -> dict[tuple[str, str], float]:
    norms_T = products_TT.diagonal().clamp(min=0).sqrt()
    cosines_TT = (products_TT / (norms_T[:, None] * norms_T)).clamp(-1, 1).tolist()
    long = (norms_T > 0).tolist()
    return {
        (tasks[one], tasks[other]): cosines_TT[one][other]
        for one, other in combinations(range(len(tasks)), 2)
        if long[one] and long[other]
    }


def _gradient(
    loss: Tensor, parameters: Sequence[nn.Parameter], cuts: Sequence[Cut]
) -> tuple[Tensor | None, ...]:
    """The loss's gradient by parameter, on through the cuts; None where it does not reach one."""
    tensors = [*parameters, *(cut.leaf for cut in cuts)]
    found = torch.autograd.grad(loss, tensors, retain_graph=True, allow_unused=True)
    above, leaves = found[: len(parameters)], found[len(parameters) :]
    reached = [(cut.made, part) for cut, part in zip(cuts, leaves, strict=True) if part is not None]
    if not reached:
        return above
    made, parts = zip(*reached, strict=True)
    below = torch.autograd.grad(made, parameters, parts, retain_graph=True, allow_unused=True)
    return tuple(
        other if one is None else one if other is None else one + other
        for one, other in zip(above, below, strict=True)
    )


def _reached(parts: Sequence[Tensor | None]) -> int:
    return sum(part is not None for part in parts)


def _flat(row: Tensor | None, parameter: nn.Parameter) -> Tensor:
    """float32 [P]; zeros where a task does not reach the parameter."""
    return (torch.zeros_like(parameter) if row is None else row).flatten().float()

"""The tasks' gradients over what they share, and one gradient made of them.

Where the encoder is frozen, what the tasks share is read off where the entities' vectors leave their towers:
the graph is cut there, each task goes back as far as the cut, and one gradient goes on from it. Elsewhere,
and in a run of several processes, the gradients are those of the parameters.

Shape suffixes: K = tasks, P = numbers in all that is shared, B = tensors.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Cut:
    """A tensor of the graph and the leaf that stands in for it above."""

    name: str
    towers: tuple[str, ...]
    """The parts of the model below it."""
    made: Tensor
    leaf: Tensor


@dataclass
class Representation:
    """What a forward pass cuts, in its order."""

    cuts: list[Cut] = field(default_factory=list)

    def cut(self, name: str, towers: Sequence[str], made: Tensor) -> Tensor:
        """The leaf to go on with; the tensor itself where nothing below it learns."""
        if not made.requires_grad:
            return made
        leaf = made.detach().requires_grad_()
        self.cuts.append(Cut(name, tuple(towers), made, leaf))
        return leaf

    def pass_on(self) -> None:
        """Sends what a backward pass left at the cuts further down."""
        reached = [cut for cut in self.cuts if cut.leaf.grad is not None]
        if reached:
            torch.autograd.backward([cut.made for cut in reached], [cut.leaf.grad for cut in reached])


@dataclass(frozen=True)
class Block:
    """The tasks' gradients over one tensor."""

    name: str
    rows: list[Tensor | None]
    """[K], each of the tensor's shape; None where a task does not reach it."""
    shared: bool
    """Whether two tasks or more reach it, or towers below it."""
    measured: bool
    """Whether it is part of what methods look at. Parameters above a cut are not: they only follow."""
    put: Callable[[Tensor], None]
    """Takes the combined gradient."""


class Jacobian:
    """A row per task, in blocks."""

    def __init__(self, tasks: Sequence[str], blocks: Sequence[Block], below: Callable[[], None]) -> None:
        self.tasks = list(tasks)
        self.blocks = list(blocks)
        self.below = below
        """Sends what was put at the cuts further down."""

    @property
    def seen(self) -> list[Block]:
        """The shared blocks that methods look at."""
        return [block for block in self.blocks if block.shared and block.measured]

    def gramian_KK(self) -> Tensor:
        """float64, on the CPU: the products of the tasks' gradients."""
        found_KK = torch.zeros(len(self.tasks), len(self.tasks), dtype=torch.float64)
        for block in self.seen:
            there = [place for place, row in enumerate(block.rows) if row is not None]
            rows = torch.stack([row.flatten().float() for row in block.rows if row is not None])
            found_KK[torch.tensor(there)[:, None], torch.tensor(there)] += (rows @ rows.T).double().cpu()
        return found_KK

    def lengths_BK(self) -> Tensor:
        """float64 [B, K] over the shared blocks that methods look at."""
        return torch.tensor(
            [
                [0.0 if row is None else float(row.float().norm()) for row in block.rows]
                for block in self.seen
            ],
            dtype=torch.float64,
        ).reshape(len(self.seen), len(self.tasks))

    def matrix_KP(self, places: Sequence[int]) -> Tensor:
        """float32: the rows of some tasks over what methods look at."""
        return torch.stack(
            [
                torch.cat([_filled(block.rows, place).flatten().float() for block in self.seen])
                for place in places
            ]
        )

    def put_weighted(self, weights: Sequence[float], own: Sequence[float] | None = None) -> None:
        """Each shared block gets the weighted sum of its rows; what one task alone reaches gets that task's
        gradient times its number in `own`, 1 where that is not given."""
        alone = own or [1.0] * len(self.tasks)
        for block in self.blocks:
            block.put(_weighted(block.rows, weights if block.shared else alone))
        self.below()

    def put_by_block(self, weights_BK: Tensor) -> None:
        """As `put_weighted`, with weights for each block that methods look at. What only follows gets the
        plain sum."""
        own = iter(weights_BK.tolist())
        for block in self.blocks:
            row = next(own) if block.shared and block.measured else [1.0] * len(self.tasks)
            block.put(_weighted(block.rows, row))
        self.below()

    def put_numbers(self, direction_P: Tensor, weights: Sequence[float]) -> None:
        """What methods look at gets the given numbers; what only follows, the weighted sum."""
        start = 0
        for block in self.blocks:
            if block.shared and block.measured:
                like = _some(block.rows)
                block.put(direction_P[start : start + like.numel()].view_as(like).to(like.dtype))
                start += like.numel()
            else:
                block.put(_weighted(block.rows, weights if block.shared else [1.0] * len(self.tasks)))
        self.below()


def jacobian_of(
    losses: Mapping[str, Tensor],
    parameters: Sequence[nn.Parameter],
    representation: Representation | None,
    share: float = 1.0,
    add: Callable[[list[list[Tensor | None]], list[Tensor]], None] | None = None,
) -> Jacobian:
    """The gradients of the losses. What is put is added to the parameters' `.grad`, times `share`.

    `add` sums rows over the processes of a run, in place. A cut needs `representation`, which the forward
    pass filled.
    """
    cuts = representation.cuts if representation is not None else []
    tensors = [*(cut.leaf for cut in cuts), *parameters]
    rows: list[list[Tensor | None]] = [
        list(torch.autograd.grad(loss, tensors, retain_graph=number + 1 < len(losses), allow_unused=True))
        if loss.requires_grad
        else [None for _tensor in tensors]
        for number, loss in enumerate(losses.values())
    ]
    if add is not None:
        add(rows, tensors)
    columns = [list(column) for column in zip(*rows, strict=True)]
    reach = _reach(cuts, columns)
    passed_on: list[tuple[Tensor, Tensor]] = []
    blocks = [
        Block(
            name=cut.name,
            rows=column,
            shared=any(len(reach[tower]) > 1 for tower in cut.towers),
            measured=True,
            put=lambda gradient, cut=cut: passed_on.append((cut.made, gradient)),  # type: ignore[misc]
        )
        for cut, column in zip(cuts, columns, strict=False)
        if any(row is not None for row in column)
    ]
    blocks += [
        Block(
            name=str(number),
            rows=column,
            shared=sum(row is not None for row in column) > 1,
            measured=not cuts,
            put=lambda gradient, parameter=parameter: _add_gradient(parameter, gradient, share),  # type: ignore[misc]
        )
        for number, (parameter, column) in enumerate(zip(parameters, columns[len(cuts) :], strict=True))
        if any(row is not None for row in column)
    ]

    def below() -> None:
        if passed_on:
            made, gradients = zip(*passed_on, strict=True)
            torch.autograd.backward(made, [gradient * share for gradient in gradients])

    return Jacobian(list(losses), blocks, below)


def _reach(cuts: Sequence[Cut], columns: Sequence[Sequence[Tensor | None]]) -> dict[str, set[int]]:
    """Tower -> places of the tasks that reach it."""
    found: dict[str, set[int]] = {}
    for cut, column in zip(cuts, columns, strict=False):
        for tower in cut.towers:
            found.setdefault(tower, set()).update(
                place for place, row in enumerate(column) if row is not None
            )
    return found


def _weighted(rows: Sequence[Tensor | None], weights: Sequence[float]) -> Tensor:
    total: Tensor | None = None
    for row, weight in zip(rows, weights, strict=True):
        if row is not None:
            total = row * weight if total is None else total.add_(row, alpha=weight)
    assert total is not None
    return total


def _filled(rows: Sequence[Tensor | None], place: int) -> Tensor:
    row = rows[place]
    return torch.zeros_like(_some(rows)) if row is None else row


def _some(rows: Sequence[Tensor | None]) -> Tensor:
    return next(row for row in rows if row is not None)


@torch.no_grad()
def _add_gradient(parameter: nn.Parameter, gradient: Tensor, share: float) -> None:
    gradient = gradient * share if share != 1 else gradient
    parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient

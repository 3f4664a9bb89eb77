"""Adversarial training: the passes over a step's rows whose mean loss is trained.

A pass is the model's losses with something added to the texts (`model.text_shift`). The tasks' losses are
means over passes, and go through `Objective.step` once: every weighting and aggregation sees what is trained,
and builds its state up once a step.

Shape suffixes: U = texts read together, L = tokens (1 where a text is one vector), E = numbers of each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Protocol, cast

import torch
from torch import Tensor

from mtrec_core.errors import SettingError
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.model.text_shift import TextShift
from mtrec_core.objective.adversaries import adversary_choice
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.jacobian import Representation
from mtrec_core.objective.method_options import AscentOptions, FgmOptions, NoOptions
from mtrec_core.objective.option_text import read_options


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One forward pass over the rows of a step."""

    losses: dict[str, Tensor]
    shift: TextShift | None
    """What was added to the texts; None where nothing could be."""
    representation: Representation | None
    """What was cut on the way."""

    def uphill(self, weights: Mapping[str, float]) -> list[Tensor]:
        """For each piece [U, L, E] of the texts the direction, of length 1 for each text, in which the
        weighted sum of the losses grows fastest; 0 for a text on which no loss depends."""
        assert self.shift is not None
        pieces = self.shift.pieces
        parts = [loss * weights[task] for task, loss in self.losses.items() if loss.requires_grad]
        if not pieces or not parts:
            return [torch.zeros_like(piece) for piece in pieces]
        total = sum(parts[1:], start=parts[0])
        cuts = self.representation.cuts if self.representation is not None else []
        if not cuts:
            found = torch.autograd.grad(total, pieces, retain_graph=True, allow_unused=True)
        else:
            above = torch.autograd.grad(
                total, [cut.leaf for cut in cuts], retain_graph=True, allow_unused=True
            )
            reached = [(cut.made, part) for cut, part in zip(cuts, above, strict=True) if part is not None]
            if not reached:
                return [torch.zeros_like(piece) for piece in pieces]
            made, below = zip(*reached, strict=True)
            found = torch.autograd.grad(made, pieces, below, retain_graph=True, allow_unused=True)
        return [
            torch.zeros_like(piece) if part is None else of_length_one(part)
            for piece, part in zip(pieces, found, strict=True)
        ]


Look = Callable[[TextShift | None], Pass]
"""A forward pass over the step's rows; each drops the same numbers."""


class Adversary(Protocol):
    """Finds what is added to the texts of a step."""

    looks_on: bool
    """Whether it makes more than the plain pass."""

    def passes(self, look: Look, weights: Mapping[str, float], step: int) -> list[Pass]:
        """The passes whose mean loss is trained; `weights` are the user's."""
        ...


class Plain:
    """The texts as they are."""

    looks_on = False

    def __init__(self, options: NoOptions, seed: int) -> None: ...

    def passes(self, look: Look, weights: Mapping[str, float], step: int) -> list[Pass]:
        """One pass."""
        return [look(None)]


class Fgm:
    """r = eps g / |g| (Miyato et al., ICLR 2017, eq. 6). The mean of the clean and the disturbed loss is
    trained where the paper has the sum, so that learning rates mean the same as without."""

    looks_on = True

    def __init__(self, options: FgmOptions, seed: int) -> None:
        self.options = options

    def passes(self, look: Look, weights: Mapping[str, float], step: int) -> list[Pass]:
        """The clean one and the one with r."""
        clean = look(TextShift())
        return [clean, look(TextShift([self.options.eps * up for up in clean.uphill(weights)]))]


class Pgd:
    """r <- P(r + a g / |g|), P the projection on the ball of radius eps (Madry et al., ICLR 2018), in the
    Euclidean norm and from 0, not from a random point."""

    looks_on = True

    def __init__(self, options: AscentOptions, seed: int) -> None:
        self.options = options

    def passes(self, look: Look, weights: Mapping[str, float], step: int) -> list[Pass]:
        """The one after the last step."""
        now = look(TextShift())
        for _ in range(self.options.steps):
            now = look(TextShift(stepped(now, weights, self.options)))
        return [now]


class FreeLb:
    """The mean gradient over the points on the way uphill (Zhu et al., ICLR 2020, algorithm 1), from
    r ~ U(-eps, eps) / sqrt(numbers of the text). As there, all passes of a step drop the same numbers."""

    looks_on = True

    def __init__(self, options: AscentOptions, seed: int) -> None:
        self.options = options
        self.seed = seed

    def passes(self, look: Look, weights: Mapping[str, float], step: int) -> list[Pass]:
        """One at each point."""
        generator = torch.Generator().manual_seed((self.seed + 1) * 1_000_003 + step)
        found = [look(TextShift(drawn=self.options.eps, generator=generator))]
        while len(found) < self.options.steps:
            found.append(look(TextShift(stepped(found[-1], weights, self.options))))
        return found


def make_adversary(settings: ObjectiveSettings, seed: int) -> Adversary:
    """The one that the settings choose."""
    choice = adversary_choice(settings.adversary)
    options = read_options(choice.options, settings.adversary_options, "objective.adversary_options")
    module, name = choice.target.split(":")
    return cast(Adversary, getattr(import_module(module), name)(options, seed))


def demand_texts(settings: ObjectiveSettings, model: MultiTaskModel, processes: int) -> None:
    """SettingError where there is an adversary and no text to disturb, or rows are spread over processes."""
    if settings.adversary == "none":
        return
    if not any(entity.has_text for entity in model.plan.entities.values()):
        raise SettingError(
            f"objective.adversary={settings.adversary} disturbs texts, but no entity of the trained tasks "
            "has one. Give an entity a `text` in dataset.toml, or set objective.adversary=none."
        )
    if processes > 1:
        raise SettingError(
            f"objective.adversary={settings.adversary} needs all rows that read a text in one process, but "
            f"training.processes is {processes}. Set it to 1, or set objective.adversary=none."
        )


def stepped(now: Pass, weights: Mapping[str, float], options: AscentOptions) -> list[Tensor]:
    """What was added in a pass after one more step uphill, shortened to eps."""
    assert now.shift is not None
    length = options.eps * options.step_size
    return [
        projected(piece.detach() + length * up, options.eps)
        for piece, up in zip(now.shift.pieces, now.uphill(weights), strict=True)
    ]


def projected(shares_ULE: Tensor, eps: float) -> Tensor:
    """The nearest point within eps of 0, for each text."""
    length_U11 = shares_ULE.flatten(1).norm(dim=1)[:, None, None]
    return shares_ULE * (eps / length_U11.clamp(min=1e-30)).clamp(max=1)


def of_length_one(gradient_ULE: Tensor) -> Tensor:
    """Each text's part scaled to length 1; 0 stays 0, and tiny numbers don't vanish when squared."""
    largest_U11 = gradient_ULE.abs().amax(dim=(1, 2), keepdim=True)
    near_one_ULE = torch.where(largest_U11 > 0, gradient_ULE / largest_U11, 0.0)
    return near_one_ULE / near_one_ULE.flatten(1).norm(dim=1)[:, None, None].clamp(min=1)


def mean_losses(passes: Sequence[Pass]) -> dict[str, Tensor]:
    """Task -> mean loss over the passes."""
    if len(passes) == 1:
        return passes[0].losses
    return {task: torch.stack([one.losses[task] for one in passes]).mean() for task in passes[0].losses}


def joined_cuts(passes: Sequence[Pass]) -> Representation | None:
    """The cuts of all passes, each under a name of its own; None where nothing was cut."""
    if passes[0].representation is None:
        return None
    joined = Representation()
    for number, one in enumerate(passes):
        assert one.representation is not None
        joined.cuts += [
            replace(cut, name=f"pass {number} {cut.name}") if number else cut
            for cut in one.representation.cuts
        ]
    return joined

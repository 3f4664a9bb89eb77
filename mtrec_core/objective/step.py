"""The only door between the tasks' losses and the parameters' gradients."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from mtrec_core.objective.aggregations import aggregation_choice
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.gradient_methods import GradientMethod, nearest_weights
from mtrec_core.objective.jacobian import Jacobian, jacobian_of
from mtrec_core.objective.main_task import demand_main_task
from mtrec_core.objective.option_text import read_options
from mtrec_core.objective.preferences import shares_of, wanted_preference
from mtrec_core.objective.states import State
from mtrec_core.objective.step_parts import Backward, DivergenceError, StepInputs, StepReport, report_of
from mtrec_core.objective.weightings import weighting_choice


@dataclass(kw_only=True)
class Objective:
    """Weights the losses by hand and by method, sends gradients back, and reports.

    The user's weights scale the losses before the method sees them. A task without rows, of weight 0 or loss
    0, or whose gradient over what is shared is 0, is left out of the method and counts as the user says; one
    task alone is trained plainly.
    """

    settings: ObjectiveSettings
    weights: dict[str, float]
    """The user's; whoever replaces them while a run goes on changes the steps from then on."""
    tasks: Sequence[str]
    """All that are trained, in the dataset's order."""
    seed: int = 0
    learner: Any = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.weighting = weighting_choice(settings.weighting)
        self.aggregation = aggregation_choice(settings.aggregation)
        self.by_gradient = bool(self.aggregation.library)
        if self.by_gradient:
            options = read_options(self.aggregation.options, settings.aggregation_options, "")
            self.learner = GradientMethod(self.aggregation, options)
        else:
            options = read_options(self.weighting.options, settings.weighting_options, "")
            module, name = self.weighting.target.split(":")
            self.learner = getattr(import_module(module), name)(options)
        self.main = demand_main_task(options, self.tasks)

    @property
    def needs_gradients(self) -> bool:
        """Whether a step makes a gradient per task."""
        return self.by_gradient or self.weighting.reads != "losses"

    @property
    def looks_again(self) -> bool:
        """Whether `look_again` is wanted after an update."""
        return self.weighting.key == "famo"

    def step(self, inputs: StepInputs, backward: Backward) -> StepReport:
        """Puts the step's gradients into the parameters. DivergenceError when a loss is infinite or no
        number."""
        for task, value in inputs.losses.items():
            if value != value or value in (float("inf"), float("-inf")):
                raise DivergenceError(
                    f"The loss of task {task} is {value}: training diverged. "
                    "Lower training.learning_rate, or set training.clip_norm=1 and training.precision=fp32."
                )
        given = self.given(inputs.losses)
        counting = sorted(task for task, loss in inputs.losses.items() if given[task] and loss > 0)
        with _drawing(self.seed, inputs.number):
            if self.needs_gradients and len(counting) > 1:
                found = self._by_gradients(inputs, given, counting, backward)
            else:
                found = self._by_losses(inputs, given, counting, backward)
        return report_of(inputs.losses, given, found)

    def look_again(self, losses: Mapping[str, float]) -> None:
        """Shows the weighting what the losses of the step's rows have become."""
        given = self.given(losses)
        seen = {
            task: given[task] * losses[task] for task in sorted(losses) if given[task] and losses[task] > 0
        }
        if len(seen) > 1:
            self.learner.look_again(seen)

    def state(self) -> State:
        """What the method built up, for a checkpoint."""
        held: State = self.learner.state()
        return held

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        if state:
            with _drawing(self.seed, 0):  # the library's objects may draw while they lay out their state
                self.learner.load_state(state)

    def given(self, tasks: Iterable[str]) -> dict[str, float]:
        """Task -> the user's weight as it counts."""
        if self.weighting.key == "equal":
            return dict.fromkeys(tasks, 1.0)
        given = {task: self.weights.get(task, 1.0) for task in tasks}
        if not self.weighting.reads_preference:
            return given
        counting = [weight for task in self.tasks if (weight := self.weights.get(task, 1.0))]
        return {task: sum(counting) / len(counting) if weight else 0.0 for task, weight in given.items()}

    def preference(self, step: int) -> dict[str, float]:
        """Task -> its share of what a step trains for. A task of weight 0 has none. Empty where the model
        reads no preference."""
        if not self.wanted_preference:
            return {}
        with _drawing(self.seed, step):
            drawn = self.learner.draw(sorted(self.tasks))
        return shares_of({task: drawn[task] * (self.weights.get(task, 1.0) > 0) for task in self.tasks})

    @property
    def wanted_preference(self) -> dict[str, float]:
        """What the model is asked for when it is not trained, by the weights as they are now."""
        return wanted_preference(self.settings, self.weights, self.tasks)

    def _normalised(self, weights: Mapping[str, float]) -> dict[str, float]:
        """With a mean size of 1, if the settings say so."""
        size = sum(map(abs, weights.values()))
        if not self.settings.normalise or not size:
            return dict(weights)
        return {task: weight * len(weights) / size for task, weight in weights.items()}

    def _by_losses(
        self, inputs: StepInputs, given: Mapping[str, float], counting: Sequence[str], backward: Backward
    ) -> dict[str, float]:
        found: dict[str, float] = {}
        if len(counting) > 1:
            found = self._normalised(self._found_by_losses(inputs, given, counting))
        parts = [
            loss * (given[task] * found.get(task, 1.0)) for task, loss in inputs.parts.items() if given[task]
        ]
        if parts:
            backward.total(sum(parts[1:], start=parts[0]))
            if inputs.representation is not None:
                inputs.representation.pass_on()
        return found

    def _found_by_losses(
        self, inputs: StepInputs, given: Mapping[str, float], counting: Sequence[str]
    ) -> dict[str, float]:
        if self.weighting.reads_preference:
            drawn = self.preference(inputs.number)
            losses = {task: inputs.losses[task] for task in counting}
            preferred: dict[str, float] = self.learner.weights(
                losses, shares_of({task: drawn[task] for task in counting})
            )
            return preferred
        seen = {task: given[task] * inputs.losses[task] for task in counting}
        found: dict[str, float] = self.learner.weights(seen, inputs.epoch)
        return found

    def _by_gradients(
        self, inputs: StepInputs, given: Mapping[str, float], counting: Sequence[str], backward: Backward
    ) -> dict[str, float]:
        elsewhere = torch.zeros(())  # rows of the task are with other processes only
        scaled = {
            task: inputs.parts[task] * given[task] if task in inputs.parts else elsewhere for task in counting
        }
        jacobian = jacobian_of(
            scaled, backward.parameters, inputs.representation, backward.share, backward.add
        )
        gramian_KK = jacobian.gramian_KK()
        pulling = [task for place, task in enumerate(counting) if gramian_KK[place, place] > 0]
        weights = dict.fromkeys(counting, 1.0)
        if len(pulling) < 2:
            _put(jacobian, weights, backward.keeps)
            return weights
        if not self.by_gradient:
            return self._weigh_gradients(inputs, given, jacobian, gramian_KK, pulling, backward.keeps)
        method: GradientMethod = self.learner
        # By name, the main task at the head where the method has one.
        order = sorted(pulling, key=lambda task: (task != self.main, task))
        places = [counting.index(task) for task in order]
        part_KK = gramian_KK[places][:, places]
        if self.aggregation.per_number:
            direction_P = method.direction(jacobian, places, order)
            products_K = jacobian.matrix_KP(places) @ direction_P
            weights |= dict(zip(order, nearest_weights(part_KK, products_K), strict=True))
            if backward.keeps:
                jacobian.put_numbers(direction_P, list(weights.values()))
            return weights
        by_number = self.aggregation.by_parameter
        found = (
            method.weights_by_number(jacobian, places, order) if by_number else method.weights(part_KK, order)
        )
        named = dict(zip(order, found, strict=True))
        weights |= named if self.aggregation.own_length else self._normalised(named)
        _put(jacobian, weights, backward.keeps)
        return weights

    def _weigh_gradients(
        self,
        inputs: StepInputs,
        given: Mapping[str, float],
        jacobian: Jacobian,
        gramian_KK: Tensor,
        pulling: Sequence[str],
        keeps: bool,
    ) -> dict[str, float]:
        """GradNorm and MetaBalance: weightings that look at gradients."""
        tasks = jacobian.tasks
        lengths = dict(zip(tasks, gramian_KK.diagonal().clamp(min=0).sqrt().tolist(), strict=True))
        if self.weighting.reads == "lengths":
            seen = {task: given[task] * inputs.losses[task] for task in pulling}
            weights = dict.fromkeys(tasks, 1.0) | self._normalised(self.learner.weights(seen, lengths))
            if keeps:
                jacobian.put_weighted(list(weights.values()), own=list(weights.values()))
            return weights
        target = self.main if self.main in pulling else pulling[0]
        lengths_BK = jacobian.lengths_BK()
        weights_BK = self.learner.weights_BK(
            lengths_BK, [block.name for block in jacobian.seen], tasks, target
        )
        if keeps:
            jacobian.put_by_block(weights_BK)
        longer_K = (weights_BK * lengths_BK).norm(dim=0)
        return {
            task: float(longer) / lengths[task] if lengths[task] else 1.0
            for task, longer in zip(tasks, longer_K, strict=True)
        }


@contextmanager
def _drawing(seed: int, step: int) -> Iterator[None]:
    """Random numbers that follow from seed and step: a resumed run draws what an unbroken one draws, and
    dropout is none the wiser."""
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed((seed + 1) * 1_000_003 + step)
    try:
        yield
    finally:
        torch.default_generator.set_state(before)


def _put(jacobian: Jacobian, weights: Mapping[str, float], keeps: bool) -> None:
    if keeps:
        jacobian.put_weighted(list(weights.values()))

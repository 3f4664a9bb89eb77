"""Aggregations from torchjd, on the Jacobian of a step.

All but two look at nothing but the products of the gradients. They get a K x K matrix R with R R^T = G, which
has the gradients' lengths and angles, so that no P-wide matrix is built; the answer is a weight per task.

Shape suffixes: K = tasks, P = numbers in all that is shared.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import torchjd.aggregation
from torch import Tensor
from torchjd.aggregation import Aggregator, WeightedAggregator

from mtrec_core.errors import SettingError
from mtrec_core.objective.aggregations import AggregationChoice
from mtrec_core.objective.jacobian import Jacobian
from mtrec_core.objective.method_options import (
    AlignedOptions,
    CagradOptions,
    ExcessOptions,
    FairGradOptions,
    GradVacOptions,
    MgdaOptions,
    NashOptions,
    NoOptions,
    Options,
    PcdOptions,
)
from mtrec_core.objective.states import State, name_of, tasks_of


class GradientMethod:
    """A row of the table at work: an object of the library for each set of tasks that a step has rows of."""

    def __init__(self, choice: AggregationChoice, options: Options) -> None:
        self.choice = choice
        self.options = options
        self.aggregators: dict[tuple[str, ...], Aggregator] = {}

    def weights(self, gramian_KK: Tensor, tasks: Sequence[str]) -> list[float]:
        """The weight of each task, whose gradients are none of length 0; with the main task first, where
        the method has one."""
        aggregator = self._of(tuple(tasks))
        if not isinstance(self.options, PcdOptions):  # it keeps lengths from step to step
            # Only the mean length of 1 keeps solvers from taking small gradients for none.
            gramian_KK = gramian_KK / gramian_KK.diagonal().mean()
        reduced_KK = root_of(gramian_KK)
        with _quietly():
            if isinstance(aggregator, WeightedAggregator):
                return [float(weight) for weight in aggregator.weighting(reduced_KK)]
            direction_K = aggregator(reduced_KK)
        return nearest_weights(gramian_KK, reduced_KK @ direction_K)

    def direction(self, jacobian: Jacobian, places: Sequence[int], tasks: Sequence[str]) -> Tensor:
        """float32 [P]: for methods that treat each number of the gradients on its own."""
        direction_P: Tensor = self._of(tuple(tasks))(jacobian.matrix_KP(places))
        return direction_P

    def weights_by_number(
        self, jacobian: Jacobian, places: Sequence[int], tasks: Sequence[str]
    ) -> list[float]:
        """The weight of each task from a method that must see the parameters' own numbers."""
        aggregator = self._of(tuple(tasks))
        assert isinstance(aggregator, WeightedAggregator)
        return [float(weight) for weight in aggregator.weighting(jacobian.matrix_KP(places))]

    def state(self) -> State:
        """What the library's objects built up."""
        return {
            f"{attribute}/{name_of(tasks)}": torch.as_tensor(
                getattr(self._keeper(aggregator), attribute)
            ).clone()
            for tasks, aggregator in self.aggregators.items()
            for attribute in self.choice.keeps
            if getattr(self._keeper(aggregator), attribute) is not None
        }

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave."""
        for tasks in dict.fromkeys(tasks_of(name.split("/", 1)[1]) for name in state):
            held = {attribute: state.get(f"{attribute}/{name_of(tasks)}") for attribute in self.choice.keeps}
            aggregator = self._of(tasks)
            squares = held.get("_sq_grad_sum")
            # The library's objects lay out their state at the first call, by the shape of what they see.
            with _quietly():
                aggregator(
                    torch.eye(len(tasks), dtype=torch.float64)
                    if squares is None
                    else torch.ones_like(squares)
                )
            for attribute, value in held.items():
                keeper = self._keeper(aggregator)
                setattr(keeper, attribute, _as_held(value, getattr(keeper, attribute)))

    def _of(self, tasks: tuple[str, ...]) -> Aggregator:
        if tasks not in self.aggregators:
            self.aggregators[tasks] = build_aggregator(self.choice, self.options, len(tasks))
        return self.aggregators[tasks]

    @staticmethod
    def _keeper(aggregator: Aggregator) -> Any:
        assert isinstance(aggregator, WeightedAggregator)
        return getattr(aggregator, "gramian_weighting", aggregator.weighting)


@contextmanager
def _quietly() -> Iterator[None]:
    """Without cvxpy's advice on how Nash-MTL's problem is written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _as_held(value: Tensor | None, like: Any) -> Any:
    """An array of a checkpoint in the form that the library's object holds it."""
    if value is None:
        return None
    if isinstance(like, np.ndarray):
        return value.numpy()
    return type(like)(value.item()) if isinstance(like, int | float) else value.clone()


def build_aggregator(choice: AggregationChoice, options: Options, tasks: int) -> Aggregator:
    """The library's object for so many tasks."""
    kind = getattr(torchjd.aggregation, choice.library)
    match options:
        case NoOptions():
            return kind()
        case MgdaOptions():
            return torchjd.aggregation.MGDA(epsilon=options.epsilon, max_iters=options.iterations)
        case CagradOptions():
            return torchjd.aggregation.CAGrad(c=options.c)
        case NashOptions():
            return torchjd.aggregation.NashMTL(
                n_tasks=tasks,
                max_norm=0.0,
                update_weights_every=options.update_every,
                optim_niter=options.iterations,
            )
        case AlignedOptions():
            return torchjd.aggregation.AlignedMTL(scale_mode=options.scale)
        case GradVacOptions():
            return torchjd.aggregation.GradVac(beta=options.beta)
        case FairGradOptions():
            return torchjd.aggregation.FairGrad(alpha=options.alpha)
        case ExcessOptions():
            return torchjd.aggregation.ExcessMTL(
                robust_step_size=options.step_size, n_warmup_steps=options.warmup
            )
        case PcdOptions():
            return torchjd.aggregation.PCD(tau=options.tau, beta=options.beta)
    raise SettingError(f"objective.aggregation_options do not fit objective.aggregation={choice.key}.")


def root_of(gramian_KK: Tensor) -> Tensor:
    """float64 R with R R^T = G."""
    values_K, vectors_KK = torch.linalg.eigh(gramian_KK.double())
    return vectors_KK * values_K.clamp(min=0).sqrt()


def nearest_weights(gramian_KK: Tensor, products_K: Tensor) -> list[float]:
    """Weights w for which sum_k w_k g_k comes nearest to a direction d; `products_K` holds g_k d."""
    found_K = np.linalg.pinv(gramian_KK.numpy(), rcond=1e-12, hermitian=True) @ products_K.double().numpy()
    return [float(weight) for weight in found_K]

"""What is to be trained: one configuration, over seeds and beside single-task models. No torch here."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mtrec_core.config import RunConfig
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import SettingError

MOST_EXACT = 5
"""Tasks up to which a study of subsets trains all of them where nothing else is said: 31."""
SAMPLED_ORDERS = 8
"""Orders that are sampled above, where nothing else is said."""


@dataclass(frozen=True, kw_only=True)
class TrainRequest:
    """What a person asks for with one click or one command."""

    config: RunConfig
    seeds: int = 1
    """So many runs, with seeds from the configuration's on."""
    single_task: bool = False
    """Also one run per task alone, for comparison."""

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise SettingError(f"seeds is {self.seeds}; it must be 1 or more.")


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One of the runs that a request asks for."""

    config: RunConfig
    task: str | None
    """The one task of a run for comparison; None trains the tasks together."""


def planned_runs(config: RunConfig, spec: DatasetSpec, seeds: int, single_task: bool) -> Iterator[PlannedRun]:
    """The runs of one request. Those for comparison come first, so that `last` is a model for all tasks."""
    names = [task for task in config.tasks or tuple(spec.tasks) if config.weights.get(task, 1) > 0]
    for seed in range(config.seed, config.seed + seeds):
        seeded = dataclasses.replace(config, seed=seed)
        if single_task and len(names) > 1:
            for task in names:
                alone = for_tasks(seeded, (task,), f"{config.name}: {task} alone")
                yield PlannedRun(config=alone, task=task)
        yield PlannedRun(config=seeded, task=None)


def for_tasks(config: RunConfig, tasks: Sequence[str], name: str) -> RunConfig:
    """The same for these tasks, with equal weights. A best step that was to be picked by another task's
    metric is picked by the mean gain."""
    monitored, slash, _metric = config.training.monitor.partition("/")
    training = config.training
    if slash and monitored not in tasks:
        training = dataclasses.replace(training, monitor="mean_gain")
    return dataclasses.replace(config, name=name, tasks=tuple(tasks), weights={}, training=training)


def experiment_kind(plans: Sequence[PlannedRun]) -> str:
    """What several runs of one request are together."""
    return "single_task" if any(plan.task for plan in plans) else "seeds"

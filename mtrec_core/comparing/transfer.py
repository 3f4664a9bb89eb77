"""Whether tasks help or hurt each other: joint models against models of one task, over seeds. No torch here.

Both sides have the same settings, so the same budget: as many passes over a task's rows, or as many steps
where `training.max_steps` ends them. Then a task alone meets more of its own rows, as a joint step shares
its rows out among the tasks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mtrec_core.comparing.intervals import Difference, compare_means, mean_draws
from mtrec_core.comparing.run_values import task_results, test_value
from mtrec_core.comparing.seeds import SeedGroup
from mtrec_core.comparing.settings import settings_apart_from_tasks
from mtrec_core.evaluation.compare import Spread, gain, mean_and_spread
from mtrec_core.evaluation.draws_file import RunDraws
from mtrec_core.evaluation.gains import Gained, delta_m, delta_m_drawn, relative_gain
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunRole

Pair = tuple[RunRecord, RunRecord]
"""(joint run, single-task run)"""


@dataclass(frozen=True, kw_only=True)
class TaskTransfer:
    """One task in joint models and in models of its own."""

    task: str
    metric: str
    pairs: tuple[Pair, ...]
    """By seed."""
    before: float | None
    """The first joint model before training."""
    alone: Spread
    together: Spread
    difference: Difference
    """Mean together less mean alone; clearly worse is negative transfer."""
    gains: tuple[float | None, ...]
    """Relative gain of each pair, above 0 where together is better."""
    like: bool
    """Whether the two sides differ in nothing but the tasks: other settings, or another seed, would share the
    blame."""
    gained: Gained | None
    """The relative gain of the means under draws of users; None without draws."""

    @property
    def seeds_better(self) -> int:
        """Pairs in which together is better; far from none and from all of them, seeds decide."""
        return sum(value is not None and value > 0 for value in self.gains)


@dataclass(frozen=True, kw_only=True)
class DeltaM:
    """The mean relative gain over the tasks' headline metrics."""

    value: float
    tasks: int
    by_seed: tuple[float, ...]
    """Delta-m of each seed that has a pair for every task."""
    low: float | None = None
    high: float | None = None
    """Over draws of test users; None where a task has no draws."""

    @property
    def better(self) -> bool | None:
        """True: clearly better together; False: clearly worse; None: may be chance."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return None
        return self.low > 0


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """The joint models of one configuration against single-task models."""

    group: SeedGroup
    tasks: tuple[TaskTransfer, ...]
    """Those that have a single-task run on the same data."""
    missing: tuple[str, ...]
    """Those that have none."""
    delta_m: DeltaM | None
    """Over `tasks`; None where none of them has a relative gain."""


def transfers(
    groups: Sequence[SeedGroup], singles: Sequence[RunRecord], draws: Mapping[str, RunDraws]
) -> list[Transfer]:
    """An entry for each group of joint runs that has single-task runs; `draws` by run id."""
    found = [_transfer(group, singles, draws) for group in groups if any(map(is_joint, group.members))]
    return [one for one in found if one.tasks]


def is_joint(run: RunRecord) -> bool:
    """Whether a run has results of several tasks that it trained together."""
    return run.task is None and len(task_results(run)) > 1


def single_runs(joints: Sequence[RunRecord], runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Of all runs, the single-task ones that the joint ones are set against."""
    found = {
        single.id: single
        for joint in joints
        if is_joint(joint)
        for task in task_results(joint)
        if (single := matching_single(joint, task, runs)) is not None
    }
    return list(found.values())


def matching_single(joint: RunRecord, task: str, singles: Sequence[RunRecord]) -> RunRecord | None:
    """The single-task run of a task to set a joint run against; None without one on the same data.

    Of several that which is most alike is taken: settings, then the seed, then the newest.
    """
    fitting = [
        run
        for run in singles
        if run.role is RunRole.SINGLE_TASK
        and run.task == task
        and run.dataset_fingerprint == joint.dataset_fingerprint
        and task_results(run).get(task, {}).get("test")
    ]
    wanted = settings_apart_from_tasks(joint)
    return max(
        fitting,
        key=lambda run: (settings_apart_from_tasks(run) == wanted, run.seed == joint.seed, run.number),
        default=None,
    )


def step_limit(run: RunRecord) -> int:
    """The most steps a run was to take, 0 without a limit: under one, a joint run sees fewer rows of each
    task."""
    return int(run.config.get("training", {}).get("max_steps", 0))


def trainable_part(run: RunRecord) -> str:
    """What of the encoder learns, to tell a run before fine-tuning from one after it."""
    text = run.config.get("text", {})
    kind = text.get("trainable", "heads")
    if kind == "heads":
        return "encoder frozen"
    if kind == "last_k":
        return f"last {text.get('last_k')} layers tuned"
    return {"lora": "tuned with LoRA", "full": "fully tuned"}.get(kind, kind)


def _transfer(group: SeedGroup, singles: Sequence[RunRecord], draws: Mapping[str, RunDraws]) -> Transfer:
    members = [run for run in group.members if task_results(run)]
    names = list(dict.fromkeys(task for run in members for task in task_results(run)))
    tasks = {task: _task_transfer(task, members, singles, draws) for task in names}
    known = tuple(one for one in tasks.values() if one is not None)
    return Transfer(
        group=group,
        tasks=known,
        missing=tuple(task for task, one in tasks.items() if one is None),
        delta_m=_delta_m(known),
    )


def _task_transfer(
    task: str, members: Sequence[RunRecord], singles: Sequence[RunRecord], draws: Mapping[str, RunDraws]
) -> TaskTransfer | None:
    pairs, like = _pairs(task, members, singles)
    if not pairs:
        return None
    first = task_results(pairs[0][0])[task]
    metric = first["headline"]
    values = [(test_value(one, task, metric), test_value(other, task, metric)) for one, other in pairs]
    known = [(one, other) for one, other in values if one is not None and other is not None]
    if len(known) < len(pairs):
        return None
    together, alone = (mean_and_spread(side) for side in zip(*known, strict=True))
    joints, own = zip(*pairs, strict=True)
    difference = compare_means(joints, own, draws, task, metric)
    gained = None
    if not difference.why_not:
        a, b = (mean_draws(side, draws, task, metric) for side in (joints, own))
        gained = relative_gain(a, b) if a is not None and b is not None else None
    return TaskTransfer(
        task=task,
        metric=metric,
        pairs=tuple(pairs),
        before=first["before"].get(metric),
        alone=alone,
        together=together,
        difference=difference,
        gains=tuple(gain(metric, one, other) for one, other in known),
        like=like,
        gained=gained,
    )


def _pairs(task: str, members: Sequence[RunRecord], singles: Sequence[RunRecord]) -> tuple[list[Pair], bool]:
    """Joint and single-task runs that differ in nothing but the tasks; without any, what comes nearest."""
    pairs = [
        (joint, single)
        for joint in members
        if task_results(joint).get(task, {}).get("test")
        and (single := matching_single(joint, task, singles)) is not None
    ]
    like = [
        (joint, single)
        for joint, single in pairs
        if joint.seed == single.seed and settings_apart_from_tasks(joint) == settings_apart_from_tasks(single)
    ]
    return (like, True) if like else (pairs, False)


def _delta_m(tasks: Sequence[TaskTransfer]) -> DeltaM | None:
    gains = [one.difference.gain for one in tasks]
    value = delta_m(gains)
    if value is None:
        return None
    by_seed = [
        {joint.seed: each for (joint, _), each in zip(one.pairs, one.gains, strict=True)} for one in tasks
    ]
    common = sorted(set.intersection(*(set(seeds) for seeds in by_seed)))
    of_seeds = [delta_m([seeds[seed] for seeds in by_seed]) for seed in common]
    counted = [one for one, each in zip(tasks, gains, strict=True) if each is not None]
    low = high = None
    drawn = [one.gained for one in counted if one.gained is not None]
    if len(drawn) == len(counted):
        low, high = delta_m_drawn(drawn).interval()
    return DeltaM(
        value=value, tasks=len(counted), by_seed=tuple(each for each in of_seeds if each is not None),
        low=low, high=high,
    )  # fmt: skip

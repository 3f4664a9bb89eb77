"""Runs that train subsets of the same tasks with the same settings, and their gains. No torch here.

A study is no record of its own: it is what runs there are on the same data, with the same settings and equal
weights, that differ in their tasks and seeds. So a subset that was trained for another reason counts as well,
and nothing is trained twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mtrec_core.comparing.intervals import mean_draws
from mtrec_core.comparing.run_values import Split, task_results, value_on, weights
from mtrec_core.comparing.settings import settings_apart_from_tasks
from mtrec_core.errors import UserError
from mtrec_core.evaluation.compare import gain, mean_and_spread
from mtrec_core.evaluation.draws_file import RunDraws
from mtrec_core.evaluation.gains import Gained, relative_gain
from mtrec_core.store.records import RunRecord

Subset = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class SubsetRuns:
    """Completed runs by the tasks that they train together."""

    tasks: tuple[str, ...]
    metrics: Mapping[str, str]
    """Task -> its headline metric, for tasks that some run trains."""
    seeds: tuple[int, ...]
    """Those that have as many subsets as any: an interrupted seed waits until it is whole."""
    runs: Mapping[Subset, tuple[RunRecord, ...]]
    """Subset -> a run per seed."""


@dataclass(frozen=True, kw_only=True)
class SubsetGain:
    """What a task gains when it is trained with others, over a model of its own."""

    value: float
    """Relative, of the means over seeds; above 0 is better."""
    by_seed: tuple[float, ...]
    gained: Gained | None
    """Under draws of test users; None on validation, or where draws are missing."""

    @property
    def deviation(self) -> float | None:
        """Sample standard deviation over seeds; None for one."""
        return mean_and_spread(self.by_seed).deviation


def subset_runs(like: RunRecord, tasks: Sequence[str], runs: Sequence[RunRecord]) -> SubsetRuns:
    """The runs of `runs` that train some of the tasks with the data and settings of `like`, equal weights."""
    wanted = settings_apart_from_tasks(like)
    by_seed: dict[int, dict[Subset, RunRecord]] = {}
    metrics: dict[str, str] = {}
    for run in sorted(runs, key=lambda run: run.number):  # of runs that are the same the newest
        subset = frozenset(task_results(run))
        if (
            subset
            and subset <= set(tasks)
            and run.dataset_fingerprint == like.dataset_fingerprint
            and all(result["test"] for result in task_results(run).values())
            and len(set(weights(run).values())) == 1
            and settings_apart_from_tasks(run) == wanted
        ):
            by_seed.setdefault(run.seed, {})[subset] = run
            metrics |= {task: result["headline"] for task, result in task_results(run).items()}
    most = max((len(known) for known in by_seed.values()), default=0)
    fullest = next((set(known) for known in by_seed.values() if len(known) == most), set())
    seeds = tuple(sorted(seed for seed, known in by_seed.items() if fullest <= set(known)))
    return SubsetRuns(
        tasks=tuple(tasks),
        metrics=metrics,
        seeds=seeds,
        runs={subset: tuple(by_seed[seed][subset] for seed in seeds) for subset in fullest},
    )


def subset_gain(
    found: SubsetRuns, subset: Subset, task: str, split: Split, draws: Mapping[str, RunDraws]
) -> SubsetGain | None:
    """The gain of a task of the subset; None where the subset, or the task alone, was not trained, or where
    the value alone is 0. `draws` by run id."""
    values, base = _values(found, subset, task, split), _values(found, frozenset({task}), task, split)
    if not values or not base:
        return None
    metric = found.metrics[task]
    value = gain(metric, mean_and_spread(values).mean, mean_and_spread(base).mean)
    by_seed = [gain(metric, one, other) for one, other in zip(values, base, strict=True)]
    known = tuple(one for one in by_seed if one is not None)
    if value is None or len(known) < len(by_seed):
        return None
    return SubsetGain(
        value=value, by_seed=known, gained=_gained(found, subset, task, draws) if split == "test" else None
    )


def _values(found: SubsetRuns, subset: Subset, task: str, split: Split) -> list[float]:
    """By seed; empty where a run has no value."""
    values = [value_on(split, run, task, found.metrics[task]) for run in found.runs.get(subset, ())]
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else []


def _gained(found: SubsetRuns, subset: Subset, task: str, draws: Mapping[str, RunDraws]) -> Gained | None:
    metric = found.metrics[task]
    a, b = (mean_draws(found.runs[part], draws, task, metric) for part in (subset, frozenset({task})))
    if a is None or b is None:
        return None
    try:
        return relative_gain(a, b)
    except UserError:  # other test rows
        return None

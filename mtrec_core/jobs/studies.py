"""Studies: many short runs that belong together, of which each is trained once. No torch here.

A plan is a list of runs. What the store holds already of it, from an earlier call or for another reason, is
not trained again; a run that was stopped, failed or lost goes on. So an interrupted study is continued by
asking for it again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mtrec_core.comparing.affinity import MOST_ORDERS, orders_for
from mtrec_core.comparing.settings import apart_from_tasks, flat_settings
from mtrec_core.config import RunConfig
from mtrec_core.data.fingerprint import fingerprint
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import SettingError
from mtrec_core.evaluation.shapley import coalitions
from mtrec_core.home import Home
from mtrec_core.jobs import requests
from mtrec_core.jobs.plan import MOST_EXACT, SAMPLED_ORDERS, PlannedRun, for_tasks
from mtrec_core.recorded_run import mark_if_lost, start_run
from mtrec_core.store.records import ExperimentRecord, RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store


@dataclass(frozen=True, kw_only=True)
class StudyRun:
    """A planned run, and what the store holds of it."""

    plan: PlannedRun
    run: RunRecord | None

    @property
    def is_done(self) -> bool:
        """It has its results."""
        return self.run is not None and self.run.state is RunState.COMPLETED

    @property
    def is_pending(self) -> bool:
        """It waits in the queue, or is being trained."""
        return self.run is not None and not self.run.state.is_over


def default_orders(tasks: Sequence[str]) -> int | None:
    """How many orders are sampled where nothing else is said; None trains all subsets."""
    return None if len(tasks) <= MOST_EXACT else SAMPLED_ORDERS


def subsets_to_train(tasks: Sequence[str], orders: int | None) -> list[tuple[str, ...]]:
    """The subsets of tasks that affinity and Shapley values need, small ones first, each once.

    With `orders` None all of them. Else each task alone, each pair, all together, and for each of so many
    random orders of the tasks what comes about in it: a task with those that came before. 0 leaves Shapley
    values out.
    """
    if orders is None:
        wanted = set(coalitions(tasks)[1:])
    else:
        if not 0 <= orders <= MOST_ORDERS:
            raise SettingError(f"{orders} orders can't be sampled; give 0 to {MOST_ORDERS}.")
        wanted = {subset for subset in coalitions(tasks) if len(subset) in (1, 2, len(tasks))}
        for task in tasks:
            for order in orders_for(tasks, task)[:orders]:
                wanted |= {frozenset((*order[:size], task)) for size in range(len(order) + 1)}
    ordered = [tuple(task for task in tasks if task in subset) for subset in wanted]
    return sorted(ordered, key=lambda subset: (len(subset), [tasks.index(task) for task in subset]))


def subset_plan(config: RunConfig, subsets: Sequence[Sequence[str]], seeds: int) -> list[PlannedRun]:
    """A run per seed and subset, with equal weights; a whole seed before the next one begins. The largest
    subset holds all tasks of the study, which it takes as the configuration has them."""
    whole = max(map(len, subsets), default=0)
    named = {
        tuple(subset): for_tasks(config, subset, f"{config.name}: {'+'.join(subset)}") for subset in subsets
    }
    return [
        PlannedRun(
            config=replace(
                named[tuple(subset)], seed=seed, tasks=config.tasks if len(subset) == whole else tuple(subset)
            ),
            task=subset[0] if len(subset) == 1 else None,
        )
        for seed in range(config.seed, config.seed + seeds)
        for subset in subsets
    ]


def look_up(plans: Sequence[PlannedRun], spec: DatasetSpec, store: Store) -> list[StudyRun]:
    """What the store holds of a plan: completed runs first, then those that go on, then those that ended
    early; of several the newest."""
    data, known = fingerprint(spec), list(spec.tasks)
    rank: dict[str, tuple[tuple[bool, bool, int], RunRecord]] = {}
    for run in store.list_runs(dataset=spec.name):
        if run.dataset_fingerprint != data or run.weights_now is not None or run.more_epochs:
            continue
        run = mark_if_lost(run, store)
        key = _key(run.config, known)
        place = (run.state is RunState.COMPLETED, not run.state.is_over, run.number)
        if key not in rank or place > rank[key][0]:
            rank[key] = (place, run)
    found = [rank.get(_key(plan.config.to_json(), known)) for plan in plans]
    return [StudyRun(plan=plan, run=one and one[1]) for plan, one in zip(plans, found, strict=True)]


def experiment_of(study: Sequence[StudyRun], store: Store, name: str, kind: str) -> ExperimentRecord:
    """The experiment that earlier runs of the study began; else a new one."""
    ids = {one.run.experiment_id for one in study if one.run is not None}
    for known in store.list_experiments():
        if known.id in ids and known.kind == kind:
            return known
    return store.add_experiment(name=name, kind=kind)


def queue_study(
    study: Sequence[StudyRun], store: Store, home: Home, experiment: ExperimentRecord
) -> list[RunRecord]:
    """Puts what is missing into the queue; gives the runs that were put there."""
    queued = []
    for one in study:
        if one.run is None:
            queued.append(
                start_run(one.plan.config, store, home, experiment, one.plan.task, state=RunState.QUEUED)
            )
        elif not one.is_done and not one.is_pending:
            queued.append(requests.resume(store, one.run.id))
    return queued


def _key(config: Mapping[str, Any], known: Sequence[str]) -> str:
    """What two runs share that would come to the same result; the form of tasks and weights doesn't count."""
    named = config.get("tasks") or known
    given = config.get("weights", {})
    weights = {task: float(given.get(task, 1.0)) for task in known if task in named}
    flat = flat_settings(config)
    trained = {task: weight for task, weight in weights.items() if weight > 0}
    monitor = flat.get("training.monitor")
    return json.dumps([config.get("seed", 0), trained, monitor, sorted(apart_from_tasks(flat).items())])

"""Runs that differ in their seed alone, as one. No torch here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from mtrec_core.comparing.run_values import compared_tasks, label, task_results, test_value
from mtrec_core.comparing.settings import run_settings, settings_apart_from_tasks
from mtrec_core.evaluation.compare import Spread, mean_and_spread
from mtrec_core.store.records import RunRecord


@dataclass(frozen=True, kw_only=True)
class SeedGroup:
    """The same configuration on the same data, with one or several seeds."""

    members: tuple[RunRecord, ...]
    """By seed."""

    @property
    def first(self) -> RunRecord:
        """The member whose colour and number stand for the group."""
        return self.members[0]

    @property
    def label(self) -> str:
        """`#3 name (3 seeds)`; a single run stands as itself."""
        if len(self.members) == 1:
            return label(self.first)
        return f"{label(self.first)} ({len(self.members)} seeds)"

    def spread(self, task: str, metric: str) -> Spread | None:
        """Mean and spread of a test metric over the members that have it; None where none has."""
        values = [value for run in self.members if (value := test_value(run, task, metric)) is not None]
        return mean_and_spread(values) if values else None


def seed_groups(runs: Sequence[RunRecord]) -> list[SeedGroup]:
    """The runs by what they share, in the order in which the groups' first members stand."""
    groups: dict[str, list[RunRecord]] = {}
    for run in runs:
        groups.setdefault(_without_seed(run), []).append(run)
    return [
        SeedGroup(members=tuple(sorted(members, key=lambda run: (run.seed, run.number))))
        for members in groups.values()
    ]


def with_all_seeds(runs: Sequence[RunRecord], everything: Sequence[RunRecord]) -> list[SeedGroup]:
    """A group for each of the runs, with every run of `everything` that has results and differs in its seed
    alone; of runs with the same seed the newest, and those that were named before others."""
    named = {run.id for run in runs}
    wanted = dict.fromkeys(_without_seed(run) for run in runs)
    groups = []
    for key in wanted:
        by_seed: dict[int, RunRecord] = {}
        for run in sorted(
            {run.id: run for run in (*everything, *runs)}.values(),
            key=lambda run: (run.id in named, run.number),
        ):
            if _without_seed(run) == key and task_results(run):
                by_seed[run.seed] = run
        if by_seed:
            groups.append(SeedGroup(members=tuple(by_seed[seed] for seed in sorted(by_seed))))
    return groups


def spreads(groups: Sequence[SeedGroup]) -> dict[tuple[str, str], list[Spread | None]]:
    """(task, metric) -> a spread per group, for every test metric that some member has."""
    tasks = compared_tasks([run for group in groups for run in group.members])
    return {
        (task.name, metric): [group.spread(task.name, metric) for group in groups]
        for task in tasks
        for metric in task.metrics
    }


def _without_seed(run: RunRecord) -> str:
    """All else that decides what a run learns. A weight of 1 is as good as none, and the order of tasks
    doesn't count."""
    settings = run_settings(run)
    tasks = sorted(settings.get("tasks") or ())
    weights = {
        name: value for name, value in settings.items() if name.startswith("weights.") and value != 1.0
    }
    same = [*weights.items(), *settings_apart_from_tasks(run).items()]
    monitor = settings.get("training.monitor")
    return json.dumps([run.dataset_fingerprint, run.task, tasks, monitor, sorted(same)], default=str)

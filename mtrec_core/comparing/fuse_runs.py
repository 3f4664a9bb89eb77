"""A fusion of runs that learned the same task, single-task runs included. No torch here."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtrec_core.comparing.fusing import Fused, Weights, chosen_metric, demand_alike, judge, make_blend
from mtrec_core.comparing.run_values import task_results
from mtrec_core.data.schema import TaskSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.fusion import TaskEvidence
from mtrec_core.evaluation.fusion_file import load_evidence
from mtrec_core.evaluation.fusion_methods import fusion_method
from mtrec_core.evaluation.predictions_file import VALIDATION_FILE, load_predictions
from mtrec_core.evaluation.scored_lines import ScoredLines, lines_of_runs
from mtrec_core.store.records import RunRecord


def fuse_runs(
    runs: Sequence[RunRecord], task: str, weighing: Weights, method: str = "mean", metric: str = ""
) -> Fused:
    """The runs' predictions of one task as one, on test against the run that is best on validation.

    Weights by volume count all training rows that a run saw, of all its tasks. UserError with the reason when
    the runs can't be fused.
    """
    demand_alike(runs, task)
    if method == "utility":
        raise UserError("An expected value joins the tasks of one run; runs of one task take another method.")
    spec = _spec_of(runs[0], task)
    metric = chosen_metric(spec, fusion_method(method), metric)
    tables = {run.id: _tables(run) for run in runs}
    validation, test = (
        lines_of_runs(spec, split, {name: of_splits[split] for name, of_splits in tables.items()})
        for split in ("validation", "test")
    )
    demand_positive(weighing)
    names = [run.id for run in runs]
    blend = make_blend(weighing, method, lambda: validation, lambda: _evidence(runs, task), names)

    def alone(lines: ScoredLines, name: str) -> pd.DataFrame:
        table = tables[name][lines.split]
        return table[(table["task"] == task) & (table["split"] == lines.split)]

    return judge(validation, test, blend, weighing, metric, alone)


def demand_positive(weighing: Weights) -> None:
    """UserError for a weight below 0: a run that is to count against itself."""
    if not isinstance(weighing, str):
        for name, weight in weighing.items():
            if weight < 0:
                raise UserError(f"The weight of run {name} is {weight:g}; a run's weight is 0 or more.")


def shared_tasks(runs: Sequence[RunRecord]) -> list[str]:
    """The tasks that all runs have test results of."""
    known = [[name for name, task in task_results(run).items() if task["test"]] for run in runs]
    return [name for name in known[0] if all(name in other for other in known)] if known else []


def _spec_of(run: RunRecord, task: str) -> TaskSpec:
    tasks = load_dataset_spec(run.config["dataset"]).tasks
    if task not in tasks:
        raise DataError(f"The dataset {run.dataset} has no task {task!r} any more.")
    return tasks[task]


def _tables(run: RunRecord) -> dict[str, pd.DataFrame]:
    """Split -> predictions."""
    if not run.folder.is_dir():
        raise DataError(f"The folder of run {run.id}, {run.folder}, is gone, and its predictions with it.")
    if not (run.folder / VALIDATION_FILE).is_file():
        raise DataError(
            f"Run {run.id} keeps no predictions on validation: it was trained by an older version. Train it "
            "again to fuse it."
        )
    return {
        "validation": load_predictions(run.folder / VALIDATION_FILE),
        "test": load_predictions(run.folder / "predictions.parquet"),
    }


def _evidence(runs: Sequence[RunRecord], task: str) -> Mapping[str, TaskEvidence]:
    """Run -> what speaks for it: the task's validation metric, the rows of all its tasks."""
    found = {}
    for run in runs:
        tasks = load_evidence(run.folder / "bundle")
        of_task = tasks[task]
        found[run.id] = TaskEvidence(
            rows=sum(known.rows for known in tasks.values()),
            headline=of_task.headline,
            baseline=of_task.baseline,
            higher_is_better=of_task.higher_is_better,
        )
    return found

"""From a run's folder to numbers: test metrics, baselines, intervals of the differences. No torch here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from benchmarks.extra_measures import EXTRA_MEASURES, chance, cold_lists, cold_targets
from benchmarks.records import Difference, TaskNumbers
from mtrec_core.config import RunConfig
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.schema import DatasetSpec, TaskSpec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.bootstrap import paired_interval
from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.evaluation.predictions_file import load_predictions
from mtrec_core.results import RunResult

COLD = "{task}, cold items"
"""Name of the part of a retrieval task that looks only at items hidden from training."""

Extra = Mapping[str, Sequence[str]]
"""Task -> names of extra measures."""


def judge_run(
    result: RunResult, folder: Path, spec: DatasetSpec, config: RunConfig, extra: Extra
) -> dict[str, TaskNumbers]:
    """Numbers of every task of a completed run; with hidden items also those of its cold items."""
    samples = config.evaluation.bootstrap_samples
    predictions = load_predictions(folder / "predictions.parquet")
    tables = {
        task: predictions[(predictions["task"] == task) & (predictions["split"] == "test")]
        for task in result.tasks
    }
    baselines = {task: baseline_tables(folder, task) for task in result.tasks}
    numbers = {}
    for task, found in result.tasks.items():
        names = extra.get(task, ())
        numbers[task] = TaskNumbers(
            kind=found.kind,
            headline=found.headline,
            split=found.split,
            test=found.test | extras(tables[task], names),
            before=found.before,
            baselines={
                key: metrics | extras(baselines[task][key], names) for key, metrics in found.baselines.items()
            },
            differences=differences(spec.tasks[task], tables[task], baselines[task], found.headline, samples),
        )
    if config.data.hide_items:
        numbers |= cold_numbers(result, tables, baselines, spec, config)
    return numbers


def baseline_tables(folder: Path, task: str) -> dict[str, pd.DataFrame]:
    """Baseline -> its predictions on test, as the run has kept them."""
    paths = sorted((folder / "baselines").glob(f"{task}.*.parquet"))
    return {
        path.name.removeprefix(f"{task}.").removesuffix(".parquet"): load_predictions(path) for path in paths
    }


def extras(table: pd.DataFrame, names: Sequence[str]) -> dict[str, float]:
    """Extra measures of a task's predictions."""
    return {name: EXTRA_MEASURES[name].compute(table) for name in names}


def differences(
    spec: TaskSpec, table: pd.DataFrame, baselines: Mapping[str, pd.DataFrame], metric: str, samples: int
) -> dict[str, Difference]:
    """The model less each baseline, with the interval; without those that can't be paired."""
    found = {}
    for key, baseline in baselines.items():
        try:
            interval = paired_interval(spec, table, baseline, metric, samples=samples)
        except UserError:
            continue
        found[key] = Difference(
            value=interval.difference, low=interval.low, high=interval.high, users=interval.users
        )
    return found


def cold_numbers(
    result: RunResult,
    tables: Mapping[str, pd.DataFrame],
    baselines: Mapping[str, Mapping[str, pd.DataFrame]],
    spec: DatasetSpec,
    config: RunConfig,
) -> dict[str, TaskNumbers]:
    """The retrieval tasks once more, judged by the relevant items that training never saw."""
    dataset = compile_dataset(spec, config.data, config.tasks)
    numbers = {}
    for task, found in result.tasks.items():
        if found.kind != "retrieval":
            continue
        cold = cold_targets(dataset, task)
        table = cold_lists(tables[task], cold)
        if not len(table):
            continue
        restricted = {key: cold_lists(baseline, cold) for key, baseline in baselines[task].items()}
        catalogue = len(dataset.entities[dataset.tasks[task].spec.inputs[-1]])
        lists = table["row"].nunique()
        numbers[COLD.format(task=task)] = TaskNumbers(
            kind=found.kind,
            headline=found.headline,
            split=f"{lists:,} test lists on {len(cold):,} of {catalogue:,} items, shown by no training row",
            test=evaluate(spec.tasks[task], table),
            before={},
            baselines={key: evaluate(spec.tasks[task], baseline) for key, baseline in restricted.items()}
            | {"chance": chance(table, catalogue)},
            differences=differences(
                spec.tasks[task], table, restricted, found.headline, config.evaluation.bootstrap_samples
            ),
        )
    return numbers

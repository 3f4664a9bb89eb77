"""Every weighting and aggregation on one data set: `python -m benchmarks.method_study STUDY [--seeds 3]`.

Each training is short and alike but for the method. The record is written after each; a command that was
stopped goes on where it was.
"""

import argparse
import dataclasses
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.console import aligned, command_line, run_command
from benchmarks.machine import this_machine
from benchmarks.method_record import PLAIN, MethodRecord, MethodRuns
from benchmarks.records import FOLDER, read_record, write_record
from benchmarks.study_table import DATASETS, FROM_ZERO, PROJECT
from mtrec_core.config import RunConfig, with_settings
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.judge import split_metrics
from mtrec_core.objective.methods import MethodChoice, all_methods, setting_of
from mtrec_core.pipeline import build_loop
from mtrec_core.prepare import prepare
from mtrec_core.settings import unknown_name
from mtrec_core.training.checkpoint import load_checkpoint, load_learned_state, part_of
from mtrec_core.training.events import ignore


@dataclass(frozen=True, kw_only=True)
class MethodStudy:
    """A data set on which methods are compared."""

    key: str
    title: str
    protocol: str
    folder: Path
    tasks: tuple[str, ...]
    """() for all of the data set."""
    settings: Mapping[str, str | int | float | bool]


SHORT: Mapping[str, str | int | float | bool] = {
    "evaluation.baselines": False,
    "objective.gradients_every": 0,
    "training.patience": 0,
}

STUDIES: dict[str, MethodStudy] = {
    study.key: study
    for study in (
        MethodStudy(
            key="shop",
            title="The sample shop's conflicting pair",
            protocol="Purchases and returns, which pull one direction of taste opposite ways, through a "
            "narrow shared layer of 32 numbers; 300 steps, the best of six validations.",
            folder=PROJECT / "sample_data" / "shop",
            tasks=("purchase", "returned"),
            settings={"model.width": 32, "training.max_steps": 300, "training.epochs": 100},
        ),
        MethodStudy(
            key="womens_clothing",
            title="Women's clothing",
            protocol="Rating, recommended, age, department and class from one review; here with the encoder "
            "frozen, so that all methods fit into the time of one fine-tuning: 400 steps, the best of six "
            "validations.",
            folder=DATASETS / "womens_clothing",
            tasks=(),
            settings={
                **FROM_ZERO,
                "text.trainable": "heads",
                "training.max_steps": 400,
                "training.epochs": 100,
            },
        ),
        MethodStudy(
            key="amazon_beauty",
            title="Amazon Beauty, next product and tags",
            protocol="Leave-one-out over the whole catalogue, seen products filtered, together with the "
            "tags; a short training of 120 steps, the best of three validations.",
            folder=DATASETS / "amazon_beauty",
            tasks=(),
            settings={
                "model.width": 64,
                "training.max_steps": 120,
                "training.epochs": 100,
                "training.batch_size": 1024,
            },
        ),
    )
}
VALIDATIONS = {"amazon_beauty": 3}
MOST_VALIDATIONS = 6


def config_of(study: MethodStudy, method: MethodChoice, seed: int) -> RunConfig:
    """The training of a method with a seed."""
    spec = load_dataset_spec(study.folder)
    config = RunConfig(dataset=str(study.folder), seed=seed, tasks=study.tasks)
    own = {**spec.settings, **SHORT, **study.settings, setting_of(method): method.key}
    return with_settings(config, own)


def train(study: MethodStudy, config: RunConfig, vectors: Path) -> dict[str, float]:
    """Task -> headline metric on test, at the step that validation liked best."""
    prepared = prepare(config, vectors, ignore)
    with tempfile.TemporaryDirectory() as name:
        loop = build_loop(prepared, config, Path(name))
        loop.evaluate_every = loop.total_steps // VALIDATIONS.get(study.key, MOST_VALIDATIONS)
        loop.run(ignore, lambda: False)
        best = load_checkpoint(Path(name) / "best")
    load_learned_state(prepared.model, part_of(best, "model"))
    metrics = split_metrics(prepared, config, "test")[1]
    return {
        task: metrics[task][TASK_KINDS[prepared.dataset.tasks[task].spec.kind].headline]
        for task in prepared.tasks
    }


def main() -> None:
    """Trains what is missing in the record, method by method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", help=", ".join(STUDIES))
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    if asked.study not in STUDIES:
        raise unknown_name("study of methods", asked.study, list(STUDIES))
    if asked.seeds < 2:
        raise UserError(f"--seeds is {asked.seeds}; a difference needs 2 or more.")
    study, place = STUDIES[asked.study], FOLDER / f"methods_{asked.study}.json"
    record = begin(study, tuple(range(asked.seeds)), place)
    vectors = Home.from_environment().vectors
    for seed in record.seeds:
        for method in all_methods():
            name = f"{setting_of(method).rpartition('.')[2]} {method.key}"
            before = record.methods.get(name, MethodRuns(test=(), seconds=()))
            if len(before.test) > seed:
                continue
            began = time.perf_counter()
            found = train(study, config_of(study, method, seed), vectors)
            seconds = time.perf_counter() - began
            told = "  ".join(f"{task} {value:.4f}" for task, value in found.items())
            print(f"seed {seed}  {name}: {told}  {seconds:.0f} s", file=sys.stderr, flush=True)
            runs = MethodRuns(test=(*before.test, found), seconds=(*before.seconds, seconds))
            record = dataclasses.replace(record, methods={**record.methods, name: runs})
            write_record(record.to_json(), place)
    print(summary(record))


def begin(study: MethodStudy, seeds: tuple[int, ...], place: Path) -> MethodRecord:
    """The record so far, if it is of the same trainings; else an empty one."""
    spec = load_dataset_spec(study.folder)
    tasks = study.tasks or tuple(spec.tasks)
    empty = MethodRecord(
        study=study.key,
        title=study.title,
        protocol=study.protocol,
        command=command_line("benchmarks.method_study", [study.key, "--seeds", str(len(seeds))]),
        made=date.today().isoformat(),
        machine=this_machine(),
        settings={**spec.settings, **study.settings},
        headlines={task: TASK_KINDS[spec.tasks[task].kind].headline for task in tasks},
        seeds=seeds,
        methods={},
    )
    if not place.is_file():
        return empty
    before = MethodRecord.from_json(read_record(place))
    same = (before.settings, before.headlines) == (empty.settings, empty.headlines)
    return dataclasses.replace(empty, methods=before.methods) if same else empty


def summary(record: MethodRecord) -> str:
    """A line a method, the best mean gain first."""
    verdicts = record.verdicts()
    order = sorted(verdicts, key=lambda name: -verdicts[name].spread.mean)
    rows = [("method", *record.headlines, "Delta-m", "p, Holm")]
    for name in [PLAIN, *order]:
        told = ("", "")
        if name in verdicts:
            spread = verdicts[name].spread
            told = (f"{spread.mean:+.2%} ± {spread.deviation:.2%}", f"{verdicts[name].corrected:.2f}")
        rows.append((name, *(f"{record.spread(name, task).mean:.4f}" for task in record.headlines), *told))
    return aligned(rows)


if __name__ == "__main__":
    run_command(main)

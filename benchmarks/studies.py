"""Trains a data set with several seeds and keeps the numbers: `python -m benchmarks.studies NAME --seeds 3`.

Each training goes the way of `python -m mtrec_core train`. Its test metrics stand beside those of its
baselines, each difference with a paired-bootstrap interval over users. The record is written anew after each
training, so that what was measured stays when a later one fails.
"""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from benchmarks.console import aligned, command_line, run_command
from benchmarks.judging import COLD, judge_run
from benchmarks.machine import this_machine
from benchmarks.records import FOLDER, SeedRun, StudyRecord, write_record
from benchmarks.study_table import STUDIES, Study
from mtrec_core.cli.progress import TerminalProgress
from mtrec_core.cli.train_command import planned_config, planned_runs
from mtrec_core.config import RunConfig, all_settings, with_setting
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.jobs.interruption import Interruption
from mtrec_core.settings import unknown_name


def main() -> None:
    """Reads the command line, trains, prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.studies", description=__doc__)
    parser.add_argument("study", metavar="NAME", help=f"one of: {', '.join(STUDIES)}")
    parser.add_argument("--seeds", type=int, default=0, help="trainings; default: what the study asks for")
    parser.add_argument("--preset", default="", help="a preset of the program")
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="NAME=VALUE")
    parser.add_argument("--tasks", default="", help="these tasks only, such as purchase,tags")
    parser.add_argument(
        "--single-task", action="store_true", help="also train a model per task, for comparison"
    )
    parser.add_argument(
        "--save-as",
        default="",
        metavar="RECORD",
        help="name of the record; default: the study, if nothing is changed",
    )
    options = parser.parse_args()
    study = find_study(options.study)
    spec = load_dataset_spec(study.folder)
    config = study_config(study, spec, options.preset, options.settings, options.tasks)
    changed = bool(options.preset or options.settings or options.tasks)
    name = options.save_as or ("" if changed else study.key)
    command = command_line("benchmarks.studies", sys.argv[1:])
    record = run_study(
        study, spec, config, options.seeds or study.seeds, options.single_task, command, name, keep
    )
    print(f"\n{summary(record)}")
    if name:
        print(
            f"\nWritten to benchmarks/results/{name}.json; python -m benchmarks.report puts it into the docs."
        )
    else:
        print("\nNot kept, since the settings differ from the study's; --save-as RECORD keeps it.")


def find_study(name: str) -> Study:
    """The study of that name; UserError with the nearest one."""
    if name not in STUDIES:
        raise unknown_name("study", name, list(STUDIES))
    return STUDIES[name]


def study_config(
    study: Study, spec: DatasetSpec, preset: str, settings: Sequence[str], tasks: str
) -> RunConfig:
    """The program's defaults, then the data set's settings, the study's, and those of the command line."""
    own = dataclasses.replace(spec, settings={**spec.settings, **study.settings})
    return planned_config(own, preset, "", settings, tasks, study.key)


def keep(record: StudyRecord) -> None:
    """Writes the record where the report looks for it; one without a name is not kept."""
    if record.name:
        write_record(record.to_json(), FOLDER / f"{record.name}.json")


def run_study(
    study: Study,
    spec: DatasetSpec,
    config: RunConfig,
    seeds: int,
    single_task: bool,
    command: str,
    name: str,
    keep: Callable[[StudyRecord], None],
) -> StudyRecord:
    """Trains with each seed and judges; `keep` gets the record as it stands after each training."""
    from mtrec_core.recorded_run import start_run, train_run
    from mtrec_core.store.store import Store

    if seeds < 1:
        raise UserError(f"--seeds is {seeds}; it must be 1 or more.")
    home = Home.from_environment()
    runs: list[SeedRun] = []
    record: StudyRecord | None = None
    titles = {task: one.title or task for task, one in spec.tasks.items()}
    titles |= {COLD.format(task=task): COLD.format(task=title) for task, title in titles.items()}
    plans = list(planned_runs(config, spec, seeds, single_task))
    with Store.open(home.database_url) as store:
        experiment = store.add_experiment(name=f"benchmark {study.key}", kind="benchmark")
        for number, plan in enumerate(plans, 1):
            planned = plan.config
            if study.draws:
                planned = with_setting(planned, "data.split_seed", planned.seed)
            print(
                f"Training {number} of {len(plans)}: {planned.name}, seed {planned.seed}",
                file=sys.stderr,
                flush=True,
            )
            run = start_run(planned, store, home, experiment, plan.task)
            with Interruption() as interruption, TerminalProgress(kinds(spec)) as progress:
                result = train_run(run, store, home, (progress, interruption.listen), interruption.asked)
            if result.state != "completed":
                raise UserError(
                    f"Run {run.id} was stopped; {len(runs)} of {len(plans)} trainings are recorded."
                )
            numbers = judge_run(result, run.folder, spec, planned, study.extra)
            runs.append(
                SeedRun(
                    seed=planned.seed,
                    alone=plan.task or "",
                    seconds=result.seconds,
                    rows_per_second=result.rows_per_second,
                    steps=result.steps,
                    best_step=result.best_step,
                    notes=result.notes,
                    tasks=numbers,
                )
            )
            record = StudyRecord(
                name=name,
                study=study.key,
                command=command,
                made=date.today().isoformat(),
                device=result.device,
                machine=this_machine(),
                settings=changed_settings(config),
                titles=titles,
                runs=tuple(runs),
            )
            keep(record)
    assert record is not None, "at least one training was planned"
    return record


def kinds(spec: DatasetSpec) -> dict[str, str]:
    """Task -> kind."""
    return {name: task.kind for name, task in spec.tasks.items()}


def changed_settings(config: RunConfig) -> dict[str, Any]:
    """What the configuration sets apart from the program's defaults."""
    values = config.to_json()
    found = {}
    for setting in all_settings():
        section, _, name = setting.name.partition(".")
        if values[section][name] != setting.default:
            found[setting.name] = values[section][name]
    return found


def summary(record: StudyRecord) -> str:
    """Task, metric, the model over its seeds, and each baseline, for a terminal."""
    rows = [("task", "metric", f"model, {len(record.joint)} seeds", "baselines")]
    spreads = record.spreads()
    if not record.joint:
        return "No model of all tasks was trained."
    for task, numbers in record.joint[0].tasks.items():
        for metric, spread in spreads[task].items():
            others = [
                f"{key} {metrics[metric]:.4f}"
                for key, metrics in numbers.baselines.items()
                if metric in metrics
            ]
            rows.append((task, metric, spread.text(), ", ".join(others)))
    return aligned(rows)


if __name__ == "__main__":
    run_command(main)

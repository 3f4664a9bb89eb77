"""Whether adversarial training keeps metrics up under attack: `python -m benchmarks.robustness shop`.

Trains a study plainly and with an adversary, with the same seeds, and measures every run on test rows whose
texts are attacked, as `python -m mtrec_core robustness` does. What the adversary changes is the mean over the
seeds, with an interval over test users: paired bootstrap, draw by draw.
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from datetime import date

from benchmarks.console import aligned, command_line, run_command
from benchmarks.machine import this_machine
from benchmarks.records import FOLDER, write_record
from benchmarks.robustness_record import STUDIES, AttackedTask, RobustnessRecord, RobustnessStudy
from mtrec_core.cli.progress import TerminalProgress
from mtrec_core.cli.robustness_command import report_of
from mtrec_core.config import RunConfig, with_settings
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.draws import difference, mean_over
from mtrec_core.evaluation.robustness import Robustness
from mtrec_core.evaluation.text_attacks import SYNONYMS_FILE, read_attacks, read_synonyms
from mtrec_core.home import Home
from mtrec_core.jobs.interruption import Interruption
from mtrec_core.objective.adversaries import adversary_choice
from mtrec_core.objective.option_text import read_options

VERDICTS = {"a": "better", "b": "worse", "": "may be chance"}


def main() -> None:
    """Reads the command line, trains, measures, prints the table and writes the record."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__)
    parser.add_argument("study", choices=list(STUDIES))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--adversary", default="fgm", help="a key of the table of adversaries")
    parser.add_argument("--options", default="eps=0.2", help="the adversary's options")
    parser.add_argument("--save-as", default="", metavar="RECORD", help="default: robustness_STUDY")
    options = parser.parse_args()
    study = STUDIES[options.study]
    spec = load_dataset_spec(study.folder)
    choice = adversary_choice(options.adversary)
    sides = {"none": "", choice.key: options.options}
    found: dict[str, list[Robustness]] = {key: [] for key in sides}
    for seed in range(options.seeds):
        for key, reports in found.items():
            config = configured(study, spec, key, sides[key])
            reports.append(attacked_run(config, seed, study.rows, spec))
    given = read_options(choice.options, options.options, "--options")
    record = RobustnessRecord(
        study=study.key,
        adversary=choice.key,
        options=" ".join(f"{name}={value:g}" for name, value in vars(given).items()),
        seeds=options.seeds,
        rows=study.rows,
        command=command_line("benchmarks.robustness", sys.argv[1:]),
        made=date.today().isoformat(),
        machine=this_machine(),
        settings={**spec.settings, **study.settings},
        numbers=tuple(compared(found["none"], found[choice.key], spec)),
    )
    print(summary(record))
    name = options.save_as or f"robustness_{study.key}"
    write_record(record.to_json(), FOLDER / f"{name}.json")
    print(
        f"\nWritten to benchmarks/results/{name}.json; python -m benchmarks.report and "
        "benchmarks.methods put it into the docs."
    )


def configured(study: RobustnessStudy, spec: DatasetSpec, adversary: str, options: str = "") -> RunConfig:
    """The study's configuration with an adversary."""
    settings = {**spec.settings, **study.settings}
    settings |= {"objective.adversary": adversary, "objective.adversary_options": options}
    config = RunConfig(dataset=str(study.folder), name=f"{study.key} {adversary}", tasks=study.tasks)
    return with_settings(config, settings | {"evaluation.baselines": False})


def attacked_run(config: RunConfig, seed: int, rows: int, spec: DatasetSpec) -> Robustness:
    """Trains with a seed and measures under every attack."""
    from mtrec_core.recorded_run import start_run, train_run
    from mtrec_core.store.store import Store

    config = dataclasses.replace(config, seed=seed)
    print(f"Training {config.name}, seed {seed}", file=sys.stderr, flush=True)
    home = Home.from_environment()
    kinds = {name: task.kind for name, task in spec.tasks.items()}
    with Store.open(home.database_url) as store:
        run = start_run(config, store, home)
        with Interruption() as interruption, TerminalProgress(kinds) as progress:
            result = train_run(run, store, home, (progress, interruption.listen), interruption.asked)
        if result.state != "completed":
            raise UserError(f"Run {run.id} was stopped; nothing is recorded.")
        run = store.get_run(run.id)
    return report_of(run, home, read_attacks([]), read_synonyms(SYNONYMS_FILE), 0, rows, again=False)


def compared(
    plain: Sequence[Robustness], adversarial: Sequence[Robustness], spec: DatasetSpec
) -> list[AttackedTask]:
    """Every task under every attack, the seeds' means against each other."""
    numbers = []
    for task, by_attack in plain[0].measured.items():
        for attack in by_attack:
            before, after = (
                mean_over([report.measured[task][attack] for report in side]) for side in (plain, adversarial)
            )
            found = difference(after, before)
            numbers.append(
                AttackedTask(
                    task=task,
                    title=spec.tasks[task].title or task,
                    metric=before.metric,
                    attack=attack,
                    plain=before.value,
                    adversarial=after.value,
                    difference=found.difference,
                    low=found.low,
                    high=found.high,
                    verdict=VERDICTS[found.better],
                )
            )
    return numbers


def summary(record: RobustnessRecord) -> str:
    """For the terminal."""
    rows = [("task, attack", "plain", record.adversary, "difference", "low", "high", "")]
    rows += [
        (
            f"{one.task} {one.metric} {one.attack or 'clean'}",
            *(f"{value:.4f}" for value in (one.plain, one.adversarial)),
            *(f"{value:+.4f}" for value in (one.difference, one.low, one.high)),
            one.verdict,
        )
        for one in record.numbers
    ]
    return aligned(rows)


if __name__ == "__main__":
    run_command(main)

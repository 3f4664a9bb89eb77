"""The classic recipe against one training of ours, in turns: `python -m benchmarks.recipe`.

Classic: a BERT classifier per task, fine-tuned whole on joined texts (see `benchmarks.classic`). Ours: one
`train` of all these tasks at the program's defaults, with an empty vector cache in each round, so that
reading the texts counts. Both see the same training rows, the same validation rows, the same encoder and as
many threads, and both are timed from the tables to the validation metrics. Ours also measures the untrained
model and the test set and writes the model to disk; the classic side is spared that.
"""

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.console import aligned, command_line, run_command
from benchmarks.machine import this_machine
from benchmarks.recipe_record import (
    RecipeRecord,
    RecipeTask,
    Round,
    breakdown_rows,
    summary_rows,
)
from benchmarks.recipe_sides import classic_side, our_side, tiny_encoder, warm_up, worded_dataset
from benchmarks.recipe_tasks import recipe_spec, validation_rows, write_recipe_dataset
from benchmarks.records import FOLDER, write_record
from benchmarks.studies import changed_settings
from mtrec_core.cli.arguments import assignments, split_names
from mtrec_core.config import RunConfig, apply_preset, with_settings
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.metric_table import METRICS, headline

if TYPE_CHECKING:
    from benchmarks.classic import ClassicSettings

QUICK_ROWS = 80
"""Enough for a tag to occur ten times."""


def main() -> None:
    """Measures, prints the table, keeps the record."""
    from transformers.utils.logging import disable_progress_bar

    options = read_options()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        disable_progress_bar()
        encoder = tiny_encoder(place / "encoder") if options.quick else options.encoder
        chosen = split_names(options.tasks, "--tasks") if options.tasks else ()
        spec = recipe_spec(chosen, options.validation_rows)
        folder = write_recipe_dataset(spec, place / "dataset")
        config = our_config(folder, spec, encoder, options)
        settings = classic_settings(encoder, options)
        warm_up(encoder)
        rounds = []
        for number in range(1, options.rounds + 1):
            print(f"Round {number} of {options.rounds}: a classifier per task", file=sys.stderr, flush=True)
            classic = classic_side(folder, config, settings)
            print(f"Round {number} of {options.rounds}: one model for all tasks", file=sys.stderr, flush=True)
            rounds.append(Round(classic=classic, ours=our_side(config, place / f"home-{number}")))
            record = made_record(spec, config, settings, options, rounds)
            if options.output:
                write_record(record.to_json(), options.output)
    print(aligned([("", "classifiers", "one model"), *summary_rows(record)]))
    print(f"Ratio of the times: {record.ratio():.1f}")
    if options.breakdown:
        print("\n" + aligned([("where the time goes", "classifiers", "one model"), *breakdown_rows(record)]))


def read_options() -> argparse.Namespace:
    """The command line; `--quick` changes the defaults of the sizes and keeps no record by itself."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recipe", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--rounds", type=int, default=0, help="both sides this often, in turns; default 2")
    parser.add_argument("--rows", type=int, default=0, help="training rows per task; default 500")
    parser.add_argument("--validation-rows", type=int, default=0, help="per task; default 300")
    parser.add_argument("--tasks", default="", help="these tasks only, such as ad_click,service")
    parser.add_argument("--epochs", type=int, default=3, help="of a classifier, at most")
    parser.add_argument("--learning-rate", type=float, default=5e-5, help="of the classifiers")
    parser.add_argument("--encoder", default="minilm", help="of both sides")
    parser.add_argument("--preset", default="", help="for our side")
    parser.add_argument(
        "--set", action="append", default=[], dest="settings", help="for our side: NAME=VALUE"
    )
    parser.add_argument("--threads", type=int, default=0, help="of both sides; default: all cores")
    parser.add_argument("--breakdown", action="store_true", help="also print where the time goes")
    parser.add_argument("--quick", action="store_true", help="a tiny random encoder and few rows")
    parser.add_argument("--output", type=Path, help="the record; default benchmarks/results/recipe.json")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 2)
    options.rows = options.rows or (QUICK_ROWS if options.quick else 500)
    options.validation_rows = options.validation_rows or (QUICK_ROWS if options.quick else 300)
    options.threads = options.threads or this_machine().cores
    options.output = options.output or (None if options.quick else FOLDER / "recipe.json")
    if min(options.rounds, options.rows, options.validation_rows, options.epochs, options.threads) < 1:
        raise UserError("--rounds, --rows, --validation-rows, --epochs and --threads must be 1 or more.")
    return options


def our_config(folder: Path, spec: DatasetSpec, encoder: str, options: argparse.Namespace) -> RunConfig:
    """The program's defaults, the data set's, the preset and settings given, and what makes it fair."""
    config = with_settings(RunConfig(dataset=str(folder), name="recipe"), spec.settings)
    if options.preset:
        config = apply_preset(config, options.preset)
    fair = {
        "data.train_rows": options.rows,
        "evaluation.baselines": False,
        "text.encoder": encoder,
        "training.threads": options.threads,
    }
    return with_settings(config, {**assignments(options.settings), **fair})


def classic_settings(encoder: str, options: argparse.Namespace) -> "ClassicSettings":
    """How the classifiers are trained."""
    from benchmarks.classic import ClassicSettings

    return ClassicSettings(encoder=encoder, epochs=options.epochs, learning_rate=options.learning_rate)


def made_record(
    spec: DatasetSpec,
    config: RunConfig,
    settings: "ClassicSettings",
    options: argparse.Namespace,
    rounds: list[Round],
) -> RecipeRecord:
    """The record, without a path of this machine."""
    dataset = worded_dataset(Path(config.dataset), config)
    encoder = "a tiny random BERT" if options.quick else options.encoder
    ours = {name: value for name, value in changed_settings(config).items() if name != "text.encoder"}
    return RecipeRecord(
        command=command_line("benchmarks.recipe", without_output(sys.argv[1:])),
        made=date.today().isoformat(),
        machine=this_machine(),
        threads=config.training.threads,
        encoder=encoder,
        classic={**dataclasses.asdict(settings), "encoder": encoder},
        ours=ours,
        tasks={
            name: RecipeTask(
                title=task.title or name,
                metric=METRICS[headline(task.kind).name].title,
                train_rows=len(dataset.tasks[name].rows("train")),
                validation_rows=len(validation_rows(dataset, name)),
            )
            for name, task in spec.tasks.items()
        },
        rounds=tuple(rounds),
    )


def without_output(arguments: Sequence[str]) -> list[str]:
    """The arguments that matter for the numbers: a file's place is one machine's affair."""
    kept = []
    after_output = False
    for argument in arguments:
        if not after_output and not argument.startswith("--output"):
            kept.append(argument)
        after_output = argument == "--output"
    return kept


if __name__ == "__main__":
    run_command(main)

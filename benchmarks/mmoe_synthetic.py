"""What sharing costs as two tasks grow apart: the synthetic tasks of MMoE's paper, with our structures.

    python -m benchmarks.mmoe_synthetic

Each structure gets the same number of parameters; the error is the mean of both tasks. The record goes to
benchmarks/results, the plot to docs/images; `python -m benchmarks.methods` puts both into docs/methods.md.
"""

import argparse
import datetime
import sys
from pathlib import Path

import torch

from benchmarks.console import aligned, command_line, run_command
from benchmarks.line_plot import Line, line_plot
from benchmarks.machine import this_machine
from benchmarks.records import FOLDER, write_record
from benchmarks.study_table import PROJECT
from benchmarks.synthetic_record import CORRELATIONS, StructureErrors, SyntheticRecord
from benchmarks.synthetic_tasks import related_tasks
from benchmarks.synthetic_training import SyntheticModel, parameters_of, settings_within, trained_error

RECORD = FOLDER / "mmoe_synthetic.json"
PLOT = PROJECT / "docs" / "images" / "mmoe_synthetic.svg"

OPTIONS: dict[str, dict[str, int]] = {
    "shared_bottom": {},
    "mmoe": {"experts": 8},
    "single": {},
    "ple": {"experts": 4, "task_experts": 2, "sharing_levels": 1},
}
"""Structures that are measured. Eight experts as in the paper; `ple` has eight in all."""
BUDGET = 6400
FEATURES = 100
"""As in the paper."""
BATCH = 256


def main() -> None:
    """Trains all, prints a table, writes the record and the plot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5, choices=range(1, 51), metavar="N")
    parser.add_argument("--steps", type=int, default=3000, help="updates of each training")
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--plot", type=Path, default=PLOT)
    given = parser.parse_args()
    torch.set_num_threads(1)
    record = measured(given.seeds, given.steps, command_line("benchmarks.mmoe_synthetic", sys.argv[1:]))
    write_record(record.to_json(), given.record)
    given.plot.write_text(plot(record), encoding="utf-8")
    print(table(record))
    print(f"As the paper expects: {'yes' if record.expectation_holds() else 'not in every seed'}")


def measured(seeds: int, steps: int, command: str) -> SyntheticRecord:
    """Every structure on every correlation with every seed."""
    return SyntheticRecord(
        command=command,
        made=datetime.date.today().isoformat(),
        machine=this_machine(),
        budget=BUDGET,
        features=FEATURES,
        steps=steps,
        batch_size=BATCH,
        seeds=seeds,
        structures={key: _errors(key, seeds, steps) for key in OPTIONS},
    )


def _errors(key: str, seeds: int, steps: int) -> StructureErrors:
    settings = settings_within(key, OPTIONS[key], FEATURES, BUDGET)
    errors = {}
    for correlation in CORRELATIONS:
        errors[f"{correlation:g}"] = tuple(
            trained_error(key, settings, related_tasks(correlation, FEATURES, seed), steps, BATCH, seed)
            for seed in range(seeds)
        )
        print(f"{key}, correlation {correlation:g}: {errors[f'{correlation:g}']}", file=sys.stderr)
    return StructureErrors(
        width=settings.width,
        options=OPTIONS[key],
        parameters=parameters_of(SyntheticModel(key, FEATURES, settings)),
        errors=errors,
    )


def table(record: SyntheticRecord) -> str:
    """Mean and spread, aligned for the terminal."""
    rows = [("error, share of the variance", *(f"p = {p:g}" for p in CORRELATIONS))]
    rows += [(key, *(found.at(p).text() for p in CORRELATIONS)) for key, found in record.structures.items()]
    return aligned(rows)


def plot(record: SyntheticRecord) -> str:
    """The picture: error by correlation, a line per structure, with the standard deviation over seeds."""
    lines = {}
    for key, found in record.structures.items():
        spreads = [found.at(p) for p in CORRELATIONS]
        lines[key] = Line(
            values=[spread.mean for spread in spreads],
            spreads=[spread.deviation or 0.0 for spread in spreads],
        )
    return line_plot(
        f"Test error by the correlation of two tasks, mean of {record.seeds} seeds with standard deviation",
        "correlation p of the two tasks",
        "test error, share of the variance",
        CORRELATIONS,
        lines,
        x_reversed=True,
    )


if __name__ == "__main__":
    run_command(main)

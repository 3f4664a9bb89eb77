"""What a step costs with each weighting and aggregation: `python -m benchmarks.method_cost`.

All methods train side by side on the sample shop with four tasks, a few steps each in turn, so that whatever
else the machine does falls on all of them. Counted is the time of the processor on one thread.
"""

import dataclasses
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.console import run_command
from benchmarks.machine import Machine, this_machine
from benchmarks.records import FOLDER, write_record
from benchmarks.study_table import PROJECT
from mtrec_core.config import RunConfig, with_settings
from mtrec_core.home import Home
from mtrec_core.objective.methods import MethodChoice, all_methods, setting_of
from mtrec_core.pipeline import build_loop
from mtrec_core.prepare import Prepared, prepare
from mtrec_core.training.device import make_accelerator
from mtrec_core.training.events import Event, StepEvent, ignore

NAME = "method_cost"
TASKS = ("purchase", "ad_click", "returned", "tags")
WARM = 3
TURNS = 6
STEPS_PER_TURN = 4
COMPARED = 10
"""Gradients are compared every so many steps when that is what is measured."""


@dataclass(frozen=True, kw_only=True)
class CostRecord:
    """Median seconds of the processor for a step, by method."""

    command: str
    made: str
    machine: Machine
    tasks: tuple[str, ...]
    batch_size: int
    steps: int
    """Counted of each."""
    seconds: dict[str, float]
    """`weighting gradnorm` -> seconds of a step."""
    comparison: float
    """Seconds that one comparison of gradients takes, on top of its step."""
    comparison_every: int
    """Steps between comparisons at the default settings."""

    @property
    def plain(self) -> float:
        """Seconds of the plain weighted step."""
        return self.seconds["weighting fixed"]

    def ratio(self, name: str) -> float:
        """Cost of a method's step, as a multiple of the plain one."""
        return self.seconds[name] / self.plain

    @property
    def comparison_share(self) -> float:
        """What comparing gradients adds to a step at the default interval, as a part of it."""
        return self.comparison / self.comparison_every / self.plain

    def to_json(self) -> dict[str, Any]:
        """Plain dicts."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "CostRecord":
        """The record that `to_json` wrote."""
        kept = {**content, "machine": Machine(**content["machine"]), "tasks": tuple(content["tasks"])}
        return CostRecord(**kept)


class Trained:
    """A run that goes on by a few steps when asked, without validations."""

    def __init__(self, prepared: Prepared, config: RunConfig, folder: Path) -> None:
        self.device = prepared.device
        self.loop = build_loop(prepared, config, folder)
        self.loop.evaluate_every = self.loop.total_steps = 10**9
        self.seconds: list[float] = []
        self.wanted = 0
        self.began = 0.0

    def go_on(self, steps: int) -> None:
        """So many steps more, each timed."""
        self.wanted = self.loop.step + steps
        self.loop.accelerator = make_accelerator(self.device, 1)  # the newest one holds the process's state
        self.began = time.process_time()
        self.loop.run(self._hear, lambda: self.loop.step >= self.wanted)

    def _hear(self, event: Event) -> None:
        if isinstance(event, StepEvent):
            now = time.process_time()
            self.seconds.append(now - self.began)
            self.began = now


def measure(
    vectors: Path,
    methods: Sequence[MethodChoice],
    turns: int = TURNS,
    tasks: tuple[str, ...] = TASKS,
) -> CostRecord:
    """The methods' steps on the sample shop; the plain one is among them."""
    torch.set_num_threads(1)
    base = with_settings(
        RunConfig(dataset=str(PROJECT / "sample_data" / "shop"), tasks=tasks),
        {"objective.gradients_every": 0, "training.threads": 1, "training.device": "cpu"},
    )
    with tempfile.TemporaryDirectory() as folder:
        runs: dict[str, Trained] = {}
        for row in methods:
            name = f"{setting_of(row).rpartition('.')[2]} {row.key}"
            runs[name] = _trained(with_settings(base, {setting_of(row): row.key}), vectors, folder)
        compared = _trained(with_settings(base, {"objective.gradients_every": COMPARED}), vectors, folder)
        for run in [*runs.values(), compared]:
            run.go_on(WARM)
            run.seconds.clear()
        for _turn in range(turns):
            for run in runs.values():
                run.go_on(STEPS_PER_TURN)
            compared.go_on(COMPARED)
    with_comparison = compared.seconds[COMPARED - WARM - 1 :: COMPARED]
    without = [seconds for place, seconds in enumerate(compared.seconds, WARM + 1) if place % COMPARED]
    return CostRecord(
        command="python -m benchmarks.method_cost",
        made=date.today().isoformat(),
        machine=this_machine(),
        tasks=tasks,
        batch_size=base.training.batch_size,
        steps=turns * STEPS_PER_TURN,
        seconds={name: median(run.seconds) for name, run in runs.items()},
        comparison=median(with_comparison) - median(without),
        comparison_every=RunConfig(dataset="").objective.gradients_every,
    )


def _trained(config: RunConfig, vectors: Path, folder: str) -> Trained:
    place = Path(tempfile.mkdtemp(dir=folder))
    return Trained(prepare(config, vectors, ignore), config, place)


def main() -> None:
    """Measures, prints and keeps the record."""
    record = measure(Home.from_environment().vectors, all_methods())
    for name in sorted(record.seconds, key=record.ratio):
        print(f"{name:28s} {record.seconds[name] * 1e3:7.1f} ms  {record.ratio(name):.2f}")
    print(f"comparing gradients adds {record.comparison_share:.1%} at its default interval")
    write_record(record.to_json(), FOLDER / f"{NAME}.json")


if __name__ == "__main__":
    run_command(main)

"""What the recipe benchmark measures, as its record keeps it. No torch here."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.machine import Machine
from benchmarks.stopwatch import STAGES


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side in one round."""

    seconds: float
    """From the tables to the last metric."""
    seconds_to_best: float
    """The same without the epochs after the best one of each classifier; ours always goes to its end."""
    stages: dict[str, float]
    """Stage -> seconds."""
    train_rows: int
    """Rows that training went over, each epoch anew, all tasks together."""
    texts_read: int
    """How often the encoder read a text (for the classic recipe: a row's joined text)."""
    padded_share: float | None
    """Share of padding in the tokens that the encoder read; None where it is not counted."""
    metrics: dict[str, float]
    """Task -> headline metric on validation, of the classic recipe after its best epoch."""
    epochs: dict[str, int]
    """Task -> epochs that its classifier was trained; empty for ours."""

    @property
    def rows_per_second(self) -> float:
        """Trained rows per second of the whole time."""
        return self.train_rows / self.seconds

    @property
    def training_rows_per_second(self) -> float:
        """Trained rows per second of the steps alone."""
        return self.train_rows / self.stages["training"] if self.stages["training"] else 0.0


@dataclass(frozen=True, kw_only=True)
class Round:
    """The two sides, one right after the other."""

    classic: Side
    ours: Side


@dataclass(frozen=True, kw_only=True)
class RecipeTask:
    """One task that both sides learned."""

    title: str
    metric: str
    train_rows: int
    validation_rows: int


@dataclass(frozen=True, kw_only=True)
class RecipeRecord:
    """All rounds of one measurement."""

    command: str
    made: str
    machine: Machine
    threads: int
    encoder: str
    classic: dict[str, Any]
    """Settings of the classifiers."""
    ours: dict[str, Any]
    """What our side sets apart from the program's defaults."""
    tasks: dict[str, RecipeTask]
    rounds: tuple[Round, ...]

    def mean(self, side: str, number: Callable[[Side], float]) -> float:
        """Mean over the rounds of a number of one side, `classic` or `ours`."""
        values = [number(getattr(one, side)) for one in self.rounds]
        return sum(values) / len(values)

    def ratio(self, number: Callable[[Side], float] = lambda side: side.seconds) -> float:
        """Classic over ours, of the means."""
        return self.mean("classic", number) / self.mean("ours", number)

    def to_json(self) -> dict[str, Any]:
        """Plain dicts; `summary` repeats what follows from the rounds, for those who read the file."""
        summary = {
            "classic_seconds": self.mean("classic", lambda side: side.seconds),
            "ours_seconds": self.mean("ours", lambda side: side.seconds),
            "ratio": self.ratio(),
            "ratio_to_best": self.ratio(lambda side: side.seconds_to_best),
        }
        return {**dataclasses.asdict(self), "summary": summary}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "RecipeRecord":
        """The record that `to_json` wrote."""
        values = {name: value for name, value in content.items() if name != "summary"}
        values["machine"] = Machine(**content["machine"])
        values["tasks"] = {name: RecipeTask(**task) for name, task in content["tasks"].items()}
        values["rounds"] = tuple(
            Round(classic=Side(**one["classic"]), ours=Side(**one["ours"])) for one in content["rounds"]
        )
        return RecipeRecord(**values)


Cells = tuple[str, ...]
"""One line of a table: what, the classic recipe, ours."""


def summary_rows(record: RecipeRecord) -> list[Cells]:
    """The comparison in cells."""

    def row(what: str, number: Callable[[Side], float], digits: int = 0, spread: bool = False) -> Cells:
        cells = []
        for side in ("classic", "ours"):
            text = f"{record.mean(side, number):,.{digits}f}"
            values = [number(getattr(one, side)) for one in record.rounds]
            if spread and len(values) > 1:
                text += f" ({min(values):,.{digits}f} to {max(values):,.{digits}f})"
            cells.append(text)
        return what, *cells

    rows = [
        row("seconds, tables to metrics", lambda side: side.seconds, 1, spread=True),
        row("seconds without epochs after the best", lambda side: side.seconds_to_best, 1),
        row("rows trained, each epoch anew", lambda side: side.train_rows),
        row("rows per second, whole time", lambda side: side.rows_per_second, 1),
        row("rows per second, steps alone", lambda side: side.training_rows_per_second, 1),
        row("texts read by the encoder", lambda side: side.texts_read),
    ]
    for name, task in record.tasks.items():
        rows.append(row(f"{task.title}: {task.metric}", metric_of(name), 3))
    return rows


def metric_of(task: str) -> Callable[[Side], float]:
    """Reads a task's metric from a side."""
    return lambda side: side.metrics[task]


def stage_of(stage: str) -> Callable[[Side], float]:
    """Reads a stage's seconds from a side."""
    return lambda side: side.stages[stage]


def breakdown_rows(record: RecipeRecord) -> list[Cells]:
    """Where the time goes: seconds and share per stage."""
    rows = []
    for stage in STAGES:
        cells = []
        for side in ("classic", "ours"):
            seconds = record.mean(side, stage_of(stage))
            cells.append(f"{seconds:,.1f} s ({seconds / record.mean(side, lambda one: one.seconds):.0%})")
        rows.append((stage, *cells))
    return rows

"""A chart with what belongs to it, for a page and for a report. No torch here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.palette import run_style, task_colour


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One chart or table of the comparison."""

    says: str
    """What the chart says, in words: for those who can't see it, and for those in a hurry."""
    made: pd.DataFrame | Callable[[], pd.DataFrame]
    """The table, or what makes it: that of many curves is long, and is seldom looked at."""
    file: str
    """Name of its files, without an ending."""
    figure: go.Figure | None = None

    @cached_property
    def table(self) -> pd.DataFrame:
        """All numbers that the chart shows."""
        return self.made() if callable(self.made) else self.made


@dataclass(frozen=True, kw_only=True)
class TaskTitles:
    """How the tasks of the compared runs are called and coloured."""

    titles: Mapping[str, str]
    """Task -> its title, in the order of the dataset's declaration."""

    @classmethod
    def of(cls, specs: Sequence[Mapping[str, Any]]) -> "TaskTitles":
        """From the declarations of the runs' datasets, as the store holds them."""
        titles: dict[str, str] = {}
        for spec in specs:
            for name, task in spec.get("tasks", {}).items():
                titles.setdefault(name, task.get("title") or name)
        return cls(titles=titles)

    def of_task(self, task: str) -> str:
        """The title; the name where the declaration doesn't know it."""
        return self.titles.get(task, task)

    def colour(self, task: str, dark: bool) -> str:
        """The task's colour, everywhere."""
        return task_colour(task, list(self.titles), dark)


def run_colour(run: RunRecord, dark: bool) -> str:
    """The run's colour, everywhere."""
    return run_style(run.number, dark).colour

"""How results look in a terminal: tables for people, JSON for machines. No torch here.

Functions import pandas and the like when they need them, so that `--help` answers at once.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.evaluation.metric_table import METRICS

ABSENT = "-"


def console() -> Console:
    """Standard output as it is now; a file or a pipe gets plain text, 100 columns wide."""
    out = Console(file=sys.stdout, highlight=False)
    if not out.is_terminal:
        out.width = max(out.width, 100)
    return out


def note(sentence: str) -> None:
    """A sentence for people on standard error, so that standard output stays what was asked for."""
    print(sentence, file=sys.stderr)


def print_json(value: Any, *, indent: int | None = None) -> None:
    """One JSON value on standard output; numbers that are not finite become null."""
    print(json.dumps(finite(value), indent=indent, ensure_ascii=False, allow_nan=False), flush=True)


def finite(value: Any) -> Any:
    """The same value with null where JSON has no number."""
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, Mapping):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return value


def number(value: float | None) -> str:
    """Four decimals, or fewer where the number is large; the same width for all metrics between 0 and 10."""
    if value is None or value != value:
        return ABSENT
    size = abs(value)
    return f"{value:.4f}" if size < 1000 else f"{value:.1f}"


def with_spread(values: Sequence[float]) -> str:
    """Mean and sample standard deviation over seeds; one value stands alone."""
    from mtrec_core.evaluation.compare import mean_and_spread

    if not values:
        return ABSENT
    spread = mean_and_spread(values)
    return number(spread.mean) + ("" if spread.deviation is None else f" ±{number(spread.deviation)}")


def metric_title(name: str) -> str:
    """The metric's name, with an arrow where lower is better."""
    return name if higher_is_better(name) else f"{name} ↓"


def higher_is_better(name: str) -> bool:
    """Whether larger values of a metric are better."""
    return METRICS[name].higher_is_better


def best_baseline(task: Mapping[str, Any]) -> tuple[str, float] | None:
    """The strongest baseline of a task's result by its headline metric."""
    headline = task["headline"]
    known = {
        name: metrics[headline]
        for name, metrics in task["baselines"].items()
        if metrics.get(headline) is not None
    }
    if not known:
        return None
    pick = max if higher_is_better(headline) else min
    name = pick(known, key=lambda key: known[key])
    return name, known[name]


def results_table(results: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> Table:
    """The headline metric of each task on the test set, beside the untrained model and the best baseline.

    `results` are the `to_json()` of runs that differ in their seed only; `titles` maps tasks to their titles.
    """
    several = len(results) > 1
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("task", overflow="fold")
    table.add_column("metric", no_wrap=True)
    table.add_column("before", justify="right", no_wrap=True)
    table.add_column("best baseline", justify="right", no_wrap=True)
    table.add_column(f"test, {len(results)} seeds" if several else "test", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for name in by_kind(results[0]["tasks"]):
        tasks = [result["tasks"][name] for result in results if name in result["tasks"]]
        headline = tasks[0]["headline"]
        test = [value for task in tasks if (value := task["test"].get(headline)) is not None]
        baseline = best_baseline(tasks[0])
        ahead = (
            baseline is not None and bool(test) and is_better(headline, sum(test) / len(test), baseline[1])
        )
        table.add_row(
            titles.get(name) or name,
            metric_title(headline),
            with_spread([value for task in tasks if (value := task["before"].get(headline)) is not None][:1]),
            f"{baseline[0]} {number(baseline[1])}" if baseline else ABSENT,
            Text(with_spread(test), style="bold"),
            Text("better" if ahead else "not better", style="green" if ahead else "yellow")
            if baseline
            else "",
        )
    return table


def is_better(metric: str, value: float, than: float) -> bool:
    """Whether a value of a metric beats another, in the direction of the metric."""
    return value > than if higher_is_better(metric) else value < than


def by_kind(tasks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Names of tasks in the order of the table of kinds, within a kind as they were declared."""
    order = list(TASK_KINDS)
    return sorted(tasks, key=lambda name: order.index(tasks[name]["kind"]))


def plain_table(
    headers: Sequence[str], rows: Sequence[Sequence[str | Text]], *, right: Sequence[str] = ()
) -> Table:
    """A table without lines; the columns named in `right` are aligned at their end."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, justify="right" if header in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def duration(seconds: float | None) -> str:
    """`48 s`, `3 min 05 s`, `2 h 07 min`."""
    if seconds is None:
        return ABSENT
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"

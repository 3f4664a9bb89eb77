"""Test metrics of runs with intervals, and their differences from a baseline run. No torch here."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtrec_core.comparing.intervals import Difference, compare_metric
from mtrec_core.comparing.run_values import ComparedTask, compared_tasks, label, metric_title, test_value
from mtrec_core.evaluation.draws_file import RunDraws
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.dots import Dot, dot_rows
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _

MOST_TOLD = 6
"""More differences than that are told by task, without their sizes."""


def results_shown(
    runs: Sequence[RunRecord],
    base: RunRecord,
    draws: Mapping[str, RunDraws],
    titles: TaskTitles,
    every_metric: bool,
    dark: bool,
) -> Shown:
    """Relative differences of the headline metrics as dots; the table holds values and differences as they
    are."""
    tasks = compared_tasks(runs)
    table = results_table(runs, base, draws, tasks, titles, every_metric)
    dots = []
    verdicts: list[tuple[str, RunRecord, Difference]] = []
    for task in tasks:
        for run in runs:
            found = compare_metric(run, base, draws, task.name, task.headline)
            if run.id == base.id or found.value is None or found.gain is None:
                continue
            other = test_value(base, task.name, task.headline) or 0.0
            scale = 0.0 if not found.value else found.gain / found.value
            row = f"{titles.of_task(task.name)} · {metric_title(task.headline)}"
            ends = sorted(end * scale for end in (found.low, found.high) if end is not None)
            dots.append(
                Dot(
                    row=row,
                    series=label(run),
                    colour=run_colour(run, dark),
                    value=found.gain,
                    low=ends[0] if ends and scale else None,
                    high=ends[1] if ends and scale else None,
                    hollow=found.better is None,
                    hover=f"{other + found.value:.4f} / {other:.4f}"
                    + (f" · {found.why_not}" if found.why_not else ""),
                )
            )
            verdicts.append((titles.of_task(task.name), run, found))
    figure = None
    if dots:
        title = _("Relative difference from {base}; right is better").format(base=label(base))
        figure = dot_rows(dots, x_title=title, zero=True, percent=True, dark=dark)
    return Shown(figure=figure, made=table, says=_says(verdicts, base), file="test-results")


def results_table(
    runs: Sequence[RunRecord],
    base: RunRecord,
    draws: Mapping[str, RunDraws],
    tasks: Sequence[ComparedTask],
    titles: TaskTitles,
    every_metric: bool,
) -> pd.DataFrame:
    """A row per task, metric and run."""
    rows = []
    for task in tasks:
        for metric in task.metrics if every_metric else (task.headline,):
            for run in runs:
                value = test_value(run, task.name, metric)
                if value is None:
                    continue
                drawn = draws.get(run.id, {}).get((task.name, metric))
                low, high = drawn.interval() if drawn is not None else (None, None)
                found = compare_metric(run, base, draws, task.name, metric)
                own = run.id == base.id
                rows.append(
                    {
                        "task": titles.of_task(task.name),
                        "metric": metric_title(metric),
                        "run": label(run),
                        "value": value,
                        "low": low,
                        "high": high,
                        "difference": None if own else found.value,
                        "difference_low": None if own else found.low,
                        "difference_high": None if own else found.high,
                        "verdict": _("baseline") if own else verdict(found),
                        "users": drawn.users if drawn is not None else None,
                    }
                )
    return pd.DataFrame(rows)


def verdict(found: Difference) -> str:
    """better, worse, may be chance, or why that can't be said."""
    if found.why_not:
        return _("no interval: {why}").format(why=_(found.why_not))
    if found.better is None:
        return _("may be chance")
    return _("better") if found.better else _("worse")


def _says(verdicts: Sequence[tuple[str, RunRecord, Difference]], base: RunRecord) -> str:
    clear = [(task, run, found) for task, run, found in verdicts if found.better is not None]
    if not verdicts:
        return _("There is nothing to set against {base} yet.").format(base=label(base))
    if not clear:
        return _("No difference from {base} is certain.").format(base=label(base))
    if len(clear) > MOST_TOLD:
        return _by_task(clear, len(verdicts) - len(clear), base)
    parts = [
        _("#{number} is {verdict} on {task} ({gain:+.1%})").format(
            number=run.number, verdict=verdict(found), task=task, gain=found.gain or 0.0
        )
        for task, run, found in clear
    ]
    text = _("Against {base}: {parts}.").format(base=label(base), parts="; ".join(parts))
    unsure = len(verdicts) - len(clear)
    if unsure:
        text += " " + _("{count} other differences may be chance.").format(count=unsure)
    return text


def _by_task(clear: Sequence[tuple[str, RunRecord, Difference]], unsure: int, base: RunRecord) -> str:
    """Many differences, task by task; the chart has their sizes."""
    parts = []
    for task in dict.fromkeys(task for task, _run, _found in clear):
        told = []
        for word, wanted in ((_("better {runs}"), True), (_("worse {runs}"), False)):
            numbers = [
                f"#{run.number}" for name, run, found in clear if (name, found.better) == (task, wanted)
            ]
            told += [word.format(runs=", ".join(numbers))] if numbers else []
        parts.append(_("{task}: {told}.").format(task=task, told="; ".join(told)))
    parts.append(_("{count} other differences may be chance.").format(count=unsure) if unsure else "")
    return _("Against {base}. {parts}").format(base=label(base), parts=" ".join(parts)).strip()

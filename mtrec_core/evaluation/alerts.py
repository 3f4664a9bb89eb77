"""What a person should look at in a run's curves while it trains: rules over arrays. No torch here.

A rule gives an `Alert` with its numbers; the words belong to who shows it. W = windows of a curve.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, Protocol

import numpy as np

DIVERGED = 1.5
"""A loss whose last window lies this many times above its lowest diverges."""
LEAST_POINTS = 80
"""Steps that a loss must have before it is judged: the start is noise."""
WINDOWS = 20
"""At most; a window has `WINDOW_POINTS` or more."""
WINDOW_POINTS = 20
NOISE = 6.0
"""A rise of a window's median by less than so many of its standard errors is chance: tasks with few rows in a
step have losses that jump, and the lowest of many windows is a lucky one."""
STALE_VALIDATIONS = 5
"""So many validations without a gain are a plateau."""
LEAST_GAIN = 1e-3
"""Of the monitored quantity; less counts as none."""
WORSE = 0.02
"""A headline metric that fell from its best by this share of it got worse."""


class Series(Protocol):
    """A curve: steps that rise, and values, NaN where they were not finite."""

    @property
    def steps(self) -> np.ndarray: ...

    @property
    def values(self) -> np.ndarray: ...


Key = tuple[str, str, str]
"""(task, split, name); the task is "" for what concerns no single one."""
Rule = Literal["not_finite", "diverges", "plateau", "task_worse"]


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One finding."""

    rule: Rule
    level: Literal["error", "warning", "info"]
    task: str
    """"" where it concerns no single task."""
    step: int
    """Where it shows first, or the best step before it."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What the rule saw, by name: before, now, validations."""


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The metric that stands for a task."""

    name: str
    higher_is_better: bool


def find_alerts(
    curves: Mapping[Key, Series], headlines: Mapping[str, Headline], since_step: int = 0
) -> list[Alert]:
    """The alerts of a run, worst first. `since_step` is where the weights last changed: totals before it mean
    something else."""
    found = [alert for rule in _RULES for alert in rule(curves, headlines, since_step)]
    broken = {alert.task for alert in found if alert.rule == "not_finite"}
    order = {"error": 0, "warning": 1, "info": 2}
    kept = [alert for alert in found if alert.rule == "not_finite" or alert.task not in broken]
    return sorted(kept, key=lambda alert: order[alert.level])


def _not_finite(
    curves: Mapping[Key, Series], headlines: Mapping[str, Headline], since_step: int
) -> list[Alert]:
    """A loss that is NaN or infinite: the parameters are spoilt, and so is every later step."""
    found = []
    for (task, _split, name), curve in curves.items():
        if name not in ("loss", "total_loss"):
            continue
        places = np.flatnonzero(~np.isfinite(curve.values))
        if len(places):
            found.append(Alert(rule="not_finite", level="error", task=task, step=int(curve.steps[places[0]])))
    of_tasks = [alert for alert in found if alert.task]
    return of_tasks or found  # a task's loss spoils the total as well, which says less


def _diverges(
    curves: Mapping[Key, Series], headlines: Mapping[str, Headline], since_step: int
) -> list[Alert]:
    """A task's training loss that rises for good: the last window's median far above the lowest one's."""
    found = []
    for task in headlines:
        curve = curves.get((task, "train", "loss"))
        if curve is None or len(curve.values) < LEAST_POINTS:
            continue
        ends, medians, error = _windows(curve)
        lowest = int(np.argmin(medians[:-1]))
        rises = medians[-1] > medians[-2] > medians[lowest] > 0
        if rises and medians[-1] > max(DIVERGED * medians[lowest], medians[lowest] + NOISE * error):
            numbers = {"before": float(medians[lowest]), "now": float(medians[-1])}
            step = int(curve.steps[ends[lowest] - 1])
            found.append(Alert(rule="diverges", level="error", task=task, step=step, numbers=numbers))
    return found


def _plateau(curves: Mapping[Key, Series], headlines: Mapping[str, Headline], since_step: int) -> list[Alert]:
    """The monitored quantity, of which higher is better, has not risen for some validations."""
    curve = curves.get(("", "validation", "monitor"))
    if curve is None or len(curve.values) <= STALE_VALIDATIONS or np.isnan(curve.values).any():
        return []
    earlier, later = curve.values[:-STALE_VALIDATIONS], curve.values[-STALE_VALIDATIONS:]
    if later.max() > earlier.max() + LEAST_GAIN:
        return []
    step = int(curve.steps[int(np.argmax(earlier))])
    numbers = {"validations": float(STALE_VALIDATIONS)}
    return [Alert(rule="plateau", level="info", task="", step=step, numbers=numbers)]


def _task_worse(
    curves: Mapping[Key, Series], headlines: Mapping[str, Headline], since_step: int
) -> list[Alert]:
    """A task that fell twice in a row, while the total loss fell as well: the others win at its cost."""
    total = curves.get(("", "train", "total_loss"))
    found = []
    for task, headline in headlines.items():
        curve = curves.get((task, "validation", headline.name))
        if total is None or curve is None:
            continue
        recent = curve.steps >= max(since_step, 1)
        steps, values = curve.steps[recent], curve.values[recent]
        if len(values) < 3 or np.isnan(values).any():
            continue
        good = values if headline.higher_is_better else -values
        best = int(np.argmax(good[:-2]))
        fell = good[-1] < good[-2] < good[best]
        if fell and good[best] - good[-1] > WORSE * abs(good[best]) and _fell(total, int(steps[best])):
            numbers = {"before": float(values[best]), "now": float(values[-1])}
            found.append(
                Alert(rule="task_worse", level="warning", task=task, step=int(steps[best]), numbers=numbers)
            )
    return found


def _fell(total: Series, step: int) -> bool:
    """Whether the total loss is lower now than around a step."""
    finite = np.isfinite(total.values)
    steps, values = total.steps[finite], total.values[finite]
    width = max(1, len(values) // WINDOWS)
    at = int(np.searchsorted(steps, step, side="right"))
    before, now = values[max(0, at - width) : at], values[-width:]
    return len(before) > 0 and at < len(values) and bool(np.median(now) < np.median(before))


def _windows(curve: Series) -> tuple[np.ndarray, np.ndarray, float]:
    """(end [W], median [W]) of equal windows over the finite values' places, and the standard error of such a
    median, from the distances of the values to the medians of their windows."""
    count = min(WINDOWS, len(curve.values) // WINDOW_POINTS)
    edges = np.linspace(0, len(curve.values), count + 1).astype(int)
    parts = [curve.values[start:end] for start, end in pairwise(edges)]
    medians = np.array([np.median(part) for part in parts])
    far = np.concatenate([np.abs(part - median) for part, median in zip(parts, medians, strict=True)])
    # 1.4826: from the median distance to a standard deviation; sqrt(pi / 2): to a median's error.
    error = 1.4826 * np.median(far) * np.sqrt(np.pi / 2 * count / len(curve.values))
    return edges[1:], medians, float(error)


_RULES: tuple[Callable[[Mapping[Key, Series], Mapping[str, Headline], int], list[Alert]], ...] = (
    _not_finite,
    _diverges,
    _task_worse,
    _plateau,
)

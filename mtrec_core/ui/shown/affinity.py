"""Which tasks help which, and each task's share in the others' gains. No torch here."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mtrec_core.comparing.affinity import Affinity, TaskShare, measured
from mtrec_core.comparing.run_values import metric_title
from mtrec_core.comparing.subset_runs import SubsetGain
from mtrec_core.evaluation.gains import Gained
from mtrec_core.evaluation.grouping import Group, Grouping
from mtrec_core.ui.charts.gain_matrix import gain_matrix
from mtrec_core.ui.shown.shown import Shown, TaskTitles
from mtrec_core.ui.texts import _


def pairs_shown(found: Affinity, titles: TaskTitles, dark: bool) -> Shown:
    """Gain of each task when trained with one other, over a model of its own."""
    gains = {pair: (gain.value, is_clear(gain.gained)) for pair, gain in found.pairs.items()}
    rows = [
        {
            "with": titles.of_task(helper),
            "task": titles.of_task(task),
            "metric": metric_title(found.runs.metrics[task]),
            "gain": gain.value,
            **_ends(gain.gained),
            "deviation": gain.deviation,
            "seeds": len(gain.by_seed),
        }
        for (helper, task), gain in found.pairs.items()
    ]
    return Shown(
        figure=_matrix(found, gains, titles, _("is helped or hurt"), _("trained with"), dark),
        made=pd.DataFrame(rows),
        says=_says_pairs(found, titles),
        file="task-affinity",
    )


def shares_shown(found: Affinity, titles: TaskTitles, dark: bool) -> Shown:
    """The Shapley value of each task for each other task."""
    shares = [(one, share) for one in found.shares for share in one.shares]
    gains = {(share.player, one.task): (share.value, is_clear(share.gained)) for one, share in shares}
    rows = [
        {
            "task": titles.of_task(share.player),
            "adds_to": titles.of_task(one.task),
            "share": share.value,
            **_ends(share.gained),
            "sampling_error": share.standard_error,
            "deviation": share.deviation,
            "orders": str(one.orders) if one.orders else _("all"),
            "gain_of_all_together": one.whole,
        }
        for one, share in shares
    ]
    says = " ".join(
        _("All other tasks together give {task} {whole}: {parts}.").format(
            task=titles.of_task(one.task), whole=f"{one.whole:+.1%}", parts=_parts(one.shares, titles)
        )
        for one in found.shares
    )
    return Shown(
        figure=_matrix(found, gains, titles, _("receives"), _("adds"), dark),
        made=pd.DataFrame(rows),
        says=says,
        file="task-shares",
    )


def groupings_table(found: Affinity, titles: TaskTitles) -> pd.DataFrame:
    """Divisions of the tasks: what was expected of them, and what they gained on test."""
    chosen: list[tuple[str, Grouping | None]] = [
        (_("suggested, by pairs"), found.suggested),
        (_("suggested, by what groups gained"), found.best_measured),
        (_("all together"), measured(found.runs, (found.runs.tasks,), "validation")),
    ]
    rows = []
    for name, grouping in chosen:
        if grouping is not None:
            on_test = measured(found.runs, grouping.groups, "test")
            rows.append(
                {
                    "division": name,
                    "groups": groups_text(grouping.groups, titles),
                    "models": str(len(grouping.groups)),
                    "expected_gain": grouping.mean_gain,
                    "gain_on_test": None if on_test is None else on_test.mean_gain,
                }
            )
    return pd.DataFrame(rows)


def groups_text(groups: Sequence[Group], titles: TaskTitles) -> str:
    """`A + B | C`, with the tasks' titles."""
    return " | ".join(" + ".join(titles.of_task(task) for task in group) for group in groups)


def is_clear(gained: Gained | None) -> bool:
    """Whether the interval leaves out 0."""
    if gained is None:
        return False
    low, high = gained.interval()
    return low > 0 or high < 0


def _matrix(
    found: Affinity,
    gains: dict[tuple[str, str], tuple[float, bool]],
    titles: TaskTitles,
    x_title: str,
    y_title: str,
    dark: bool,
) -> go.Figure:
    tasks = found.runs.tasks
    gains_TT = np.full((len(tasks), len(tasks)), np.nan)
    texts = [["" for _task in tasks] for _helper in tasks]
    for (helper, task), (value, clear) in gains.items():
        row, column = tasks.index(helper), tasks.index(task)
        gains_TT[row, column] = value
        texts[row][column] = f"<b>{value:+.1%}</b>" if clear else f"{value:+.1%}"
    return gain_matrix(gains_TT, texts, [titles.of_task(task) for task in tasks], x_title, y_title, dark)


def _ends(gained: Gained | None) -> dict[str, float | None]:
    low, high = gained.interval() if gained is not None else (None, None)
    return {"low": low, "high": high}


def _parts(shares: Sequence[TaskShare], titles: TaskTitles) -> str:
    return ", ".join(f"{titles.of_task(one.player)} {one.value:+.1%}" for one in shares)


def _says_pairs(found: Affinity, titles: TaskTitles) -> str:
    def told(pair: tuple[str, str], gain: SubsetGain) -> str:
        helper, task = pair
        return _("{task} with {helper} ({gain})").format(
            task=titles.of_task(task), helper=titles.of_task(helper), gain=f"{gain.value:+.1%}"
        )

    ordered = sorted(found.pairs.items(), key=lambda item: item[1].value)
    if not ordered:
        return ""
    worst, best = ordered[0], ordered[-1]
    parts = [
        _("Best helped: {best}. Most hurt: {worst}.").format(best=told(*best), worst=told(*worst))
        if worst[1].value < 0
        else _("Best helped: {best}. No pair hurts.").format(best=told(*best))
    ]
    if found.split == "test":
        clear = sum(is_clear(gain.gained) for gain in found.pairs.values())
        parts.append(_("{count} of {all} gains are clear.").format(count=clear, all=len(found.pairs)))
    return " ".join(parts)

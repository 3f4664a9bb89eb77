"""Several runs as one model, beside each of them. No torch here."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mtrec_core.comparing.run_values import label, metric_title
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.dots import Dot, dot_rows
from mtrec_core.ui.charts.palette import QUIET
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _


def fusion_shown(
    found: Mapping[str, Any], runs: Sequence[RunRecord], titles: TaskTitles, dark: bool
) -> Shown:
    """Each run's distance on test from the one that is best on validation, and that of the fusion with its
    interval; `found` is what `Fused.to_json` gives."""
    by_id = {run.id: run for run in runs}
    test, validation = found["test"], found["validation"]
    best = by_id[found["best"]]
    base = test["sources"][best.id]
    fused = _("Fused")
    dots = [
        Dot(
            row=label(by_id[run]),
            series=label(by_id[run]),
            colour=run_colour(by_id[run], dark),
            value=value - base,
            hover=f"{value:.4f}",
        )
        for run, value in test["sources"].items()
    ]
    is_clear = found["verdict"] != "may be chance"
    dots.append(
        Dot(
            row=fused,
            series=fused,
            colour=QUIET[dark],
            value=found["difference"],
            low=found["low"],
            high=found["high"],
            hollow=not is_clear,
            hover=f"{test['fused']:.4f}",
        )
    )
    rows = [
        {
            "run": label(by_id[run]),
            "weight": found["weights"][run],
            "validation": validation["sources"][run],
            "test": test["sources"][run],
            "difference": test["sources"][run] - base,
            "low": None,
            "high": None,
        }
        for run in test["sources"]
    ]
    rows.append(
        {
            "run": fused,
            "weight": None,
            "validation": validation["fused"],
            "test": test["fused"],
            "difference": found["difference"],
            "low": found["low"],
            "high": found["high"],
        }
    )
    metric = metric_title(found["metric"])
    figure = dot_rows(
        dots, x_title=_("{metric} on test, less that of {best}").format(metric=metric, best=label(best)),
        zero=True, dark=dark,
    )  # fmt: skip
    return Shown(
        figure=figure,
        made=pd.DataFrame(rows),
        says=_says(found, titles.of_task(found["task"]), metric, label(best)),
        file=f"fusion-{found['task']}",
    )


def _says(found: Mapping[str, Any], task: str, metric: str, best: str) -> str:
    sentences = {
        "better": _("{task}: fused, the runs are better than {best}, the best of them on validation."),
        "worse": _("{task}: fused, the runs are worse than {best}, the best of them on validation."),
        "may be chance": _("{task}: fused, the runs can't be told from {best}, the best on validation."),
    }
    numbers = _("{metric} on test differs by {difference:+.4f} (95 % interval {low:+.4f} to {high:+.4f}).")
    return " ".join(
        (
            sentences[found["verdict"]].format(task=task, best=best),
            numbers.format(
                metric=metric, difference=found["difference"], low=found["low"], high=found["high"]
            ),
        )
    )

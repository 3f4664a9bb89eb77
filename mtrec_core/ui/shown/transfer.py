"""Whether training together helped or hurt each task. No torch here."""

from collections.abc import Sequence

import pandas as pd

from mtrec_core.comparing.run_values import label, metric_title
from mtrec_core.comparing.transfer import Transfer, trainable_part
from mtrec_core.ui.charts.dots import Dot, dot_rows
from mtrec_core.ui.shown.results import verdict
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _


def transfer_shown(rows: Sequence[Transfer], titles: TaskTitles, dark: bool) -> Shown:
    """Relative gain of the joint model over the model of one task; a series per joint run."""
    dots = []
    for row in rows:
        found = row.difference
        if found.gain is None or found.value is None:
            continue
        scale = found.gain / found.value if found.value else 0.0
        ends = sorted(end * scale for end in (found.low, found.high) if end is not None)
        dots.append(
            Dot(
                row=f"{titles.of_task(row.task)} · {metric_title(row.metric)}",
                series=f"{label(row.joint)} · {_(trainable_part(row.joint))}",
                colour=run_colour(row.joint, dark),
                value=found.gain,
                low=ends[0] if ends and scale else None,
                high=ends[1] if ends and scale else None,
                hollow=found.better is None,
                hover=_("together {together:.4f}, alone {alone:.4f} (#{number})").format(
                    together=row.together, alone=row.alone, number=row.single.number
                ),
            )
        )
    title = _("Gain by training together; left of 0 is negative transfer")
    figure = dot_rows(dots, x_title=title, zero=True, percent=True, dark=dark) if dots else None
    return Shown(figure=figure, made=_table(rows, titles), says=_says(rows, titles), file="together-or-alone")


def _table(rows: Sequence[Transfer], titles: TaskTitles) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "run": label(row.joint),
                "encoder": _(trainable_part(row.joint)),
                "task": titles.of_task(row.task),
                "metric": metric_title(row.metric),
                "untrained": row.before,
                "alone": row.alone,
                "alone_run": f"#{row.single.number}",
                "together": row.together,
                "difference": row.difference.value,
                "difference_low": row.difference.low,
                "difference_high": row.difference.high,
                "verdict": verdict(row.difference),
                "otherwise": _("alike") if row.like else _("other settings or seed"),
            }
            for row in rows
        ]
    )


def _says(rows: Sequence[Transfer], titles: TaskTitles) -> str:
    hurt = [row for row in rows if row.difference.better is False]
    helped = [row for row in rows if row.difference.better is True]

    def listed(found: Sequence[Transfer]) -> str:
        return ", ".join(
            f"{titles.of_task(row.task)} (#{row.joint.number}, {row.difference.gain or 0.0:+.1%})"
            for row in found
        )

    parts = []
    if hurt:
        parts.append(_("Training together clearly hurts {tasks}.").format(tasks=listed(hurt)))
    if helped:
        parts.append(_("It clearly helps {tasks}.").format(tasks=listed(helped)))
    unsure = len(rows) - len(hurt) - len(helped)
    if unsure:
        parts.append(_("{count} of {all} comparisons may be chance.").format(count=unsure, all=len(rows)))
    return " ".join(parts)

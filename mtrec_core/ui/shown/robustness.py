"""A task's headline metric in several runs while its texts are attacked. No torch here."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mtrec_core.comparing.intervals import compare_drawn
from mtrec_core.comparing.run_values import label, metric_title
from mtrec_core.evaluation.robustness import CLEAN, Robustness
from mtrec_core.evaluation.text_attacks import Attack
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.charts.dots import Dot, dot_rows
from mtrec_core.ui.shown.results import verdict
from mtrec_core.ui.shown.shown import Shown, TaskTitles, run_colour
from mtrec_core.ui.texts import _


def robustness_shown(
    runs: Sequence[RunRecord],
    base: RunRecord,
    found: Mapping[str, Robustness],
    task: str,
    titles: TaskTitles,
    dark: bool,
) -> Shown:
    """Clean first, then attack by attack; `found` by run id. Each run has an interval of its own, and against
    the baseline one of the difference."""
    names = list(dict.fromkeys(name for run in runs for name in found[run.id].measured.get(task, {})))
    dots, rows = [], []
    for name in names:
        for run in runs:
            drawn = found[run.id].measured.get(task, {}).get(name)
            if drawn is None:
                continue
            low, high = drawn.interval()
            series = label(run)
            dots.append(
                Dot(
                    row=attack_title(name), series=series, colour=run_colour(run, dark), value=drawn.value,
                    low=low, high=high,
                )
            )  # fmt: skip
            other = found[base.id].measured.get(task, {}).get(name)
            against = None if run.id == base.id or other is None else compare_drawn(drawn, other)
            rows.append(
                {
                    "attack": attack_title(name),
                    "run": series,
                    "metric": metric_title(drawn.metric),
                    "value": drawn.value,
                    "low": low,
                    "high": high,
                    "difference": None if against is None else against.value,
                    "difference_low": None if against is None else against.low,
                    "difference_high": None if against is None else against.high,
                    "verdict": _("baseline") if run.id == base.id else (verdict(against) if against else ""),
                }
            )
    title = titles.of_task(task)
    x_title = f"{title} · {rows[0]['metric']}" if rows else title
    return Shown(
        figure=dot_rows(dots, x_title=x_title, zero=False, dark=dark) if dots else None,
        made=pd.DataFrame(rows),
        says=_says(rows, title, label(base)),
        file=f"robustness-{task}",
    )


def attack_title(name: str) -> str:
    """`Typos, 10 % of words`; of vectors `Moved vectors, 0.2 of the vector's length`."""
    if name == CLEAN:
        return _("Clean")
    key, _equals, amount = name.partition("=")
    choice = Attack(key=key, amount=float(amount)).choice
    size = f"{float(amount):.0%}" if choice.on == "words" else f"{float(amount):g}"
    return f"{_(choice.title)}, {size}"


def _says(rows: Sequence[Mapping[str, object]], title: str, base: str) -> str:
    if not rows:
        return _("{title}: its test set is too small for an interval.").format(title=title)
    verdicts = [str(row["verdict"]) for row in rows if row["verdict"] != _("baseline")]
    if not verdicts:
        words = _("{title}: {base} without and with attacks.")
        return words.format(title=title, base=base)
    words = _(
        "{title}, against {base}, clean and attacked: better in {better} of {all} comparisons, worse in "
        "{worse}, the rest may be chance."
    )
    return words.format(
        title=title,
        base=base,
        better=verdicts.count(_("better")),
        worse=verdicts.count(_("worse")),
        all=len(verdicts),
    )

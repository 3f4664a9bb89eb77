"""What `affinity` says, for people and for machines. No torch here."""

from typing import Any

from mtrec_core.cli.output import ABSENT, console, metric_title, plain_table
from mtrec_core.cli.transfer_command import step_note
from mtrec_core.comparing.affinity import Affinity, TaskShare, TaskShares, measured
from mtrec_core.comparing.subset_runs import SubsetGain
from mtrec_core.comparing.transfer import step_limit
from mtrec_core.evaluation.grouping import Group, Grouping


def affinity_json(found: Affinity) -> dict[str, Any]:
    """All numbers as plain values."""
    runs = found.runs
    return {
        "tasks": list(runs.tasks),
        "metrics": dict(runs.metrics),
        "split": found.split,
        "seeds": list(runs.seeds),
        "runs": {
            "+".join(sorted(subset)): [run.id for run in members] for subset, members in runs.runs.items()
        },
        "gains": {
            helper: {task: _gain_json(gain) for (one, task), gain in found.pairs.items() if one == helper}
            for helper in runs.tasks
        },
        "grouping": _grouping_json(found, found.suggested),
        "best_measured": _grouping_json(found, found.best_measured),
        "shapley": {one.task: _shares_json(one) for one in found.shares},
    }


def _gain_json(gain: SubsetGain) -> dict[str, Any]:
    low, high = gain.gained.interval() if gain.gained is not None else (None, None)
    return {"value": gain.value, "low": low, "high": high, "by_seed": list(gain.by_seed)}


def _grouping_json(found: Affinity, grouping: Grouping | None) -> dict[str, Any] | None:
    if grouping is None:
        return None
    measured_on = {split: measured(found.runs, grouping.groups, split) for split in ("validation", "test")}
    return {
        "groups": [list(group) for group in grouping.groups],
        "mean_gain": grouping.mean_gain,
        "measured": {split: one and one.mean_gain for split, one in measured_on.items()},
    }


def _shares_json(one: TaskShares) -> dict[str, Any]:
    return {
        "whole": one.whole,
        "orders": one.orders or None,
        "shares": {share.player: _share_json(share) for share in one.shares},
    }


def _share_json(share: TaskShare) -> dict[str, Any]:
    low, high = share.gained.interval() if share.gained is not None else (None, None)
    return {
        "value": share.value,
        "standard_error": share.standard_error,
        "deviation": share.deviation,
        "low": low,
        "high": high,
    }


def print_affinity(found: Affinity, left: int) -> None:
    """Pairs, grouping, Shapley values; what is missing is said."""
    out = console()
    tasks = found.runs.tasks
    seeds = f"mean of {len(found.runs.seeds)} seeds" if len(found.runs.seeds) > 1 else "one seed"
    if left:
        out.print(f"{left} runs are still missing; what follows is from those there are.")
    headers = ("trained with", *(f"{task} ({metric_title(found.runs.metrics[task])})" for task in tasks))
    rows = [(helper, *(_cell(found.pairs.get((helper, task))) for task in tasks)) for helper in tasks]
    out.print(f"Gain over a model of its own when trained with one other task, on {found.split}, {seeds}")
    out.print(plain_table(headers, rows, right=headers[1:]))
    some = next(iter(found.runs.runs.values()))[0]
    if step_limit(some):
        out.print(step_note(some), markup=False, soft_wrap=True)
    if len(found.runs.seeds) == 1:
        out.print("Intervals are over test users. How much is the chance of one training, more --seeds tell.")
    if found.suggested is not None:
        out.print("\nDivision into groups, chosen on validation")
        _print_grouping(found, "by mean pairwise gains", found.suggested)
        if found.best_measured is not None:
            _print_grouping(found, "by the groups' own gains", found.best_measured)
        together = measured(found.runs, (tasks,), "test")
        if together is not None:
            out.print(f"  all together: on test {together.mean_gain:+.1%}", markup=False)
    for one in found.shares:
        how = f"from {one.orders} orders" if one.orders else "exact"
        out.print(
            f"\nWhat each task adds to {one.task}: Shapley values, {how}; they sum to its gain in the model "
            f"of all, {one.whole:+.1%}",
            markup=False,
            soft_wrap=True,
        )
        columns = ("task", "share", "95 % interval", "sampling error", "spread over seeds")
        out.print(plain_table(columns, [_share_cells(share) for share in one.shares], right=columns[1:]))


def _print_grouping(found: Affinity, how: str, grouping: Grouping) -> None:
    on_test = measured(found.runs, grouping.groups, "test")
    told = "not trained as such" if on_test is None else f"on test {on_test.mean_gain:+.1%}"
    text = f"  {how}: {groups_text(grouping.groups)}; expected {grouping.mean_gain:+.1%}, {told}"
    console().print(text, markup=False, soft_wrap=True)


def groups_text(groups: tuple[Group, ...]) -> str:
    """`purchase + tags | search`"""
    return " | ".join(" + ".join(group) for group in groups)


def _cell(gain: SubsetGain | None) -> str:
    if gain is None:
        return ABSENT
    if gain.gained is not None:
        low, high = gain.gained.interval()
        return f"{gain.value:+.1%} ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"{gain.value:+.1%}" + ("" if gain.deviation is None else f" ±{100 * gain.deviation:.1f}")


def _share_cells(share: TaskShare) -> tuple[str, ...]:
    low, high = share.gained.interval() if share.gained is not None else (None, None)
    return (
        share.player,
        f"{share.value:+.1%}",
        ABSENT if low is None or high is None else f"{100 * low:+.1f} to {100 * high:+.1f}",
        ABSENT if share.standard_error is None else f"±{100 * share.standard_error:.1f}",
        ABSENT if share.deviation is None else f"±{100 * share.deviation:.1f}",
    )

"""`transfer`: does training together help or hurt each task? No torch here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from mtrec_core.cli.output import ABSENT, console, metric_title, note, number, plain_table, print_json
from mtrec_core.errors import UserError
from mtrec_core.home import Home

if TYPE_CHECKING:
    from mtrec_core.comparing.transfer import DeltaM, TaskTransfer, Transfer
    from mtrec_core.store.records import RunRecord


def transfer(
    named: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN..",
            help="Runs that train several tasks together. Their other seeds come in by themselves.",
            show_default=False,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Set joint runs against single-task runs: negative transfer.

    For each task the test metric of the model that was trained for all tasks, beside that of a model of its
    own with the same settings and seed, as `train --single-task` makes them. The gain is relative, above 0
    where together is better; its interval holds it with 95 % confidence for other users (paired bootstrap, of
    the mean over seeds). Delta-m is the mean gain over the tasks. Where seeds disagree, the gain is not
    certain, whatever its interval.

    \b
    Examples:
      python -m mtrec_core train shop --single-task --seeds 3
      python -m mtrec_core transfer last
      python -m mtrec_core transfer k3rq9t m2xw7d --json
    """
    from mtrec_core.comparing.intervals import draws_or_why
    from mtrec_core.comparing.seeds import with_all_seeds
    from mtrec_core.comparing.transfer import is_joint, single_runs, transfers
    from mtrec_core.store.store import Store

    with Store.open(Home.from_environment().database_url) as store:
        chosen = [store.get_run(name) for name in named]
        everything = [
            run for name in {run.dataset for run in chosen} for run in store.list_runs(dataset=name)
        ]
    for run in chosen:
        if not is_joint(run):
            what = (
                f"trains {run.task} alone"
                if run.task
                else f"is {run.state.value}, without results of two tasks"
            )
            raise UserError(f"Run {run.id} {what}; name a run that was trained for several tasks.")
    groups = with_all_seeds(chosen, everything)
    joints = [run for group in groups for run in group.members]
    singles = single_runs(joints, everything)
    if not singles:
        raise UserError(
            f"No task of run {chosen[0].id} has a model of its own on the same data. Train them with the "
            f"same settings: python -m mtrec_core train {chosen[0].config['dataset']} --single-task"
        )
    judged = {run.id: draws_or_why(run) for run in (*joints, *singles)}
    found = transfers(groups, singles, {run: draws for run, (draws, _why) in judged.items()})
    for why in dict.fromkeys(why for _draws, why in judged.values() if why):
        note(why)
    if as_json:
        print_json({"transfers": [transfer_json(one) for one in found]})
    else:
        for one in found:
            _print(one)


def step_note(run: "RunRecord") -> str:
    """What a limit of steps means for a comparison of different tasks."""
    from mtrec_core.comparing.transfer import step_limit

    return (
        f"All runs took at most {step_limit(run)} steps. A joint step shares its rows out, so each task saw "
        "fewer of its rows than alone; without training.max_steps both sides make as many passes."
    )


def transfer_json(found: "Transfer") -> dict[str, Any]:
    """One configuration's report as plain values."""
    return {
        "runs": [run.id for run in found.group.members],
        "seeds": [run.seed for run in found.group.members],
        "tasks": {row.task: _task_json(row) for row in found.tasks},
        "missing": list(found.missing),
        "delta_m": None if found.delta_m is None else _delta_json(found.delta_m),
    }


def _task_json(row: "TaskTransfer") -> dict[str, Any]:
    low, high = row.gained.interval() if row.gained is not None else (None, None)
    return {
        "metric": row.metric,
        "together": vars(row.together),
        "alone": vars(row.alone),
        "pairs": [[joint.id, single.id] for joint, single in row.pairs],
        "like": row.like,
        "difference": row.difference.value,
        "low": row.difference.low,
        "high": row.difference.high,
        "users": row.difference.users,
        "gain": row.difference.gain,
        "gain_low": low,
        "gain_high": high,
        "gains": list(row.gains),
        "better": row.difference.better,
        "why_not": row.difference.why_not,
    }


def _delta_json(mean: "DeltaM") -> dict[str, Any]:
    return {
        "value": mean.value, "low": mean.low, "high": mean.high, "tasks": mean.tasks,
        "by_seed": list(mean.by_seed), "better": mean.better,
    }  # fmt: skip


def _print(found: "Transfer") -> None:
    from mtrec_core.comparing.transfer import step_limit

    out = console()
    out.print(f"{found.group.label}, against single-task runs with the same settings", markup=False)
    rows: list[Sequence[str | Text]] = []
    for row in found.tasks:
        low, high = row.gained.interval() if row.gained is not None else (None, None)
        rows.append(
            (
                row.task,
                metric_title(row.metric),
                _spread(row.together.mean, row.together.deviation),
                _spread(row.alone.mean, row.alone.deviation),
                _percent(row.difference.gain),
                _ends(low, high),
                f"{row.seeds_better} of {len(row.gains)}",
                _verdict(row.difference.better, row.difference.why_not),
            )
        )
    mean = found.delta_m
    if mean is not None:
        better = sum(value > 0 for value in mean.by_seed)
        rows.append(
            (
                "Delta-m", "", "", "", _percent(mean.value), _ends(mean.low, mean.high),
                f"{better} of {len(mean.by_seed)}",
                _verdict(mean.better, ABSENT if mean.low is None else ""),
            )
        )  # fmt: skip
    headers = ("task", "metric", "together", "alone", "gain", "95 % interval", "seeds", "verdict")
    out.print(plain_table(headers, rows, right=headers[2:5]))
    for row in found.tasks:
        if row.difference.why_not:
            out.print(f"{row.task}: no interval, since {row.difference.why_not}", markup=False)
        if not row.like:
            numbers = ", ".join(single.id for _joint, single in row.pairs)
            out.print(
                f"{row.task}: {numbers} has other settings or another seed, which share the blame",
                markup=False,
            )
    if step_limit(found.group.first):
        out.print(step_note(found.group.first), markup=False, soft_wrap=True)
    if found.missing:
        out.print(f"No single-task run yet of {', '.join(found.missing)}", markup=False)


def _spread(mean: float, deviation: float | None) -> str:
    return number(mean) + ("" if deviation is None else f" ±{number(deviation)}")


def _percent(value: float | None) -> str:
    return ABSENT if value is None else f"{value:+.1%}"


def _ends(low: float | None, high: float | None) -> str:
    return ABSENT if low is None or high is None else f"{100 * low:+.1f} to {100 * high:+.1f}"


def _verdict(better: bool | None, why_not: str) -> Text:
    if why_not:
        return Text(ABSENT)
    if better is None:
        return Text("may be chance")
    return Text("helps", style="green") if better else Text("hurts", style="red")

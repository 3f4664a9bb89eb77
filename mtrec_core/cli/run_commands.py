"""`runs` and `compare`: what has been trained, and how runs differ. No torch here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from mtrec_core.cli.arguments import find_run
from mtrec_core.cli.output import by_kind, console, duration, metric_title, number, plain_table, print_json
from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import DataError, UserError
from mtrec_core.home import Home

if TYPE_CHECKING:
    from mtrec_core.store.records import RunRecord

STATE_COLOURS = {"completed": "green", "failed": "red", "lost": "red", "stopped": "yellow", "running": "cyan"}


def runs(
    dataset: Annotated[
        str, typer.Option("--dataset", help="Only runs on the dataset of this name.", show_default=False)
    ] = "",
    limit: Annotated[int, typer.Option("-n", min=1, help="How many, newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list on standard output.")] = False,
) -> None:
    """List what has been trained, newest first.

    Below the list stands why a run failed or was stopped. Wherever a command takes a RUN, its number or
    the beginning of its id is enough, and `last` is the newest.

    \b
    Examples:
      python -m mtrec_core runs
      python -m mtrec_core runs --dataset shop -n 5 --json
    """
    from mtrec_core.recorded_run import mark_if_lost
    from mtrec_core.store.store import Store

    with Store.open(Home.from_environment().database_url) as store:
        found = [mark_if_lost(run, store) for run in store.list_runs(dataset=dataset or None, limit=limit)]
    now = datetime.now(UTC)
    if as_json:
        print_json([_as_json(run, now) for run in found])
        return
    out = console()
    if not found:
        out.print("No runs yet. Train one: python -m mtrec_core train sample_data/shop")
        return
    rows = [
        (
            f"#{run.number}",
            run.id,
            run.name,
            run.dataset,
            str(run.seed),
            Text(run.state.value, style=STATE_COLOURS.get(run.state.value, "")),
            run.created.astimezone().strftime("%Y-%m-%d %H:%M"),
            duration(run.seconds(now)),
        )
        for run in found
    ]
    out.print(
        plain_table(
            ("#", "run", "name", "dataset", "seed", "state", "begun", "took"),
            rows,
            right=("#", "seed", "took"),
        )
    )
    for run in found:
        if run.reason:
            out.print(f"{run.id}: {run.reason}", markup=False, soft_wrap=True)


def compare(
    named: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN..", help="Two or more runs; the first is the one compared with.", show_default=False
        ),
    ],
    metric: Annotated[
        str, typer.Option("--metric", help="This metric instead of each task's headline.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Set runs beside each other, with intervals for differences.

    Each task's metric on the test set, and by how much it differs from the first run's. The interval holds
    the difference with 95 % confidence: a paired bootstrap over users, for runs judged on the same rows. An
    interval that leaves out 0 is a difference; one that holds 0 may be chance.

    \b
    Examples:
      python -m mtrec_core compare k3rq9t m2xw7d
      python -m mtrec_core compare k3rq9t last --metric recall@10 --json
    """
    home = Home.from_environment()
    found = [find_run(name, home) for name in named]
    if len({run.id for run in found}) < 2:
        raise UserError("compare needs two different runs or more; `python -m mtrec_core runs` lists them.")
    for run in found:
        if not run.result or not any(task["test"] for task in run.result["tasks"].values()):
            reason = f" ({run.reason})" if run.reason else ""
            raise UserError(f"Run {run.id} is {run.state.value}{reason} and has no test results to compare.")
    tasks = _compared(found, metric)
    if as_json:
        print_json(
            {"runs": [run.id for run in found], "tasks": tasks, "settings": _differing_settings(found)}
        )
    else:
        _print_comparison(found, tasks)


def _as_json(run: "RunRecord", now: datetime) -> dict[str, Any]:
    return {
        "run": run.id,
        "name": run.name,
        "dataset": run.dataset,
        "seed": run.seed,
        "role": run.role.value,
        "task": run.task,
        "state": run.state.value,
        "reason": run.reason,
        "created": run.created.isoformat(),
        "seconds": run.seconds(now),
        "folder": str(run.folder),
        "tasks": (run.result or {}).get("tasks", {}),
    }


def _compared(found: Sequence["RunRecord"], metric: str) -> dict[str, dict[str, Any]]:
    """Task -> kind, metric, each run's value, and its difference from the first run's."""
    first = found[0]
    results = {run.id: (run.result or {})["tasks"] for run in found}
    described = {name: task for tasks in reversed(results.values()) for name, task in tasks.items()}
    specs = _task_specs(first)
    compared: dict[str, dict[str, Any]] = {}
    for name in by_kind(described):
        chosen = metric or described[name]["headline"]
        values = {run: tasks.get(name, {}).get("test", {}).get(chosen) for run, tasks in results.items()}
        if all(value is None for value in values.values()):
            continue
        differences = {
            other.id: _difference(specs.get(name), first, other, chosen)
            for other in found[1:]
            if values[other.id] is not None and values[first.id] is not None
        }
        compared[name] = {
            "kind": described[name]["kind"],
            "metric": chosen,
            "values": values,
            "differences": differences,
        }
    if not compared:
        known = sorted({key for task in described.values() for key in task["test"]})
        raise UserError(f"No task of these runs has the metric {metric}; known here: {', '.join(known)}.")
    return compared


def _task_specs(run: "RunRecord") -> Mapping[str, TaskSpec]:
    """The tasks' declarations; none when the dataset's folder is gone: only the intervals need them."""
    from mtrec_core.data.spec_file import load_dataset_spec

    try:
        return load_dataset_spec(run.config["dataset"]).tasks
    except DataError:
        return {}


def _difference(spec: TaskSpec | None, first: "RunRecord", other: "RunRecord", metric: str) -> dict[str, Any]:
    """The other run's value less the first's, with its interval, or why there is none."""
    from mtrec_core.evaluation.bootstrap import paired_interval
    from mtrec_core.evaluation.predictions_file import load_predictions

    if spec is None:
        return {"why_not": "the dataset's folder is gone"}
    if first.dataset_fingerprint != other.dataset_fingerprint:
        return {"why_not": "the data differ"}
    try:
        tables = [load_predictions(run.folder / "predictions.parquet") for run in (other, first)]
        a, b = (table[(table["task"] == spec.name) & (table["split"] == "test")] for table in tables)
        interval = paired_interval(spec, a, b, metric)
    except UserError as error:
        return {"why_not": str(error)}
    return {
        "difference": interval.difference,
        "low": interval.low,
        "high": interval.high,
        "users": interval.users,
        "better": {"a": other.id, "b": first.id, "": None}[interval.better],
    }


def _print_comparison(found: Sequence["RunRecord"], tasks: Mapping[str, Mapping[str, Any]]) -> None:
    """A table of values, then the differences, then the settings that are not the same."""
    out = console()
    ids = [run.id for run in found]
    rows = [
        (name, metric_title(task["metric"]), *(number(task["values"][run]) for run in ids))
        for name, task in tasks.items()
    ]
    out.print(plain_table(("task", "metric", *ids), rows, right=ids))
    out.print(f"\nDifference from {ids[0]}, with its 95 % interval")
    differences = []
    for name, task in tasks.items():
        for run, found_difference in task["differences"].items():
            differences.append((name, run, *_difference_cells(found_difference)))
    out.print(
        plain_table(("task", "run", "difference", "interval", "verdict"), differences, right=("difference",))
    )
    settings = _differing_settings(found)
    if settings:
        out.print("\nSettings that differ")
        rows = [(name, *(str(values[run]) for run in ids)) for name, values in settings.items()]
        out.print(plain_table(("setting", *ids), rows))


def _difference_cells(found: Mapping[str, Any]) -> tuple[str, str, str | Text]:
    if "why_not" in found:
        return "-", "-", f"no interval: {found['why_not']}"
    interval = f"{found['low']:+.4f} to {found['high']:+.4f}"
    better = found["better"]
    verdict = Text(f"{better} is better", style="green") if better else "may be chance"
    return f"{found['difference']:+.4f}", interval, verdict


def _differing_settings(found: Sequence["RunRecord"]) -> dict[str, dict[str, Any]]:
    """Dotted setting -> run -> value, for settings that are not the same in all runs."""
    flat = {run.id: _flat(run.config) for run in found}
    names = dict.fromkeys(name for settings in flat.values() for name in settings)
    return {
        name: {run: settings.get(name) for run, settings in flat.items()}
        for name in names
        if name != "name" and len({str(settings.get(name)) for settings in flat.values()}) > 1
    }


def _flat(config: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat

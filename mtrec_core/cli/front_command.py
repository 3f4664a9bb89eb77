"""`front`: one model under many preferences, the front that it reaches, its knee. No torch at the top."""

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from mtrec_core.cli.output import console, metric_title, note, number, plain_table, print_json
from mtrec_core.errors import UserError
from mtrec_core.home import Home

if TYPE_CHECKING:
    from mtrec_core.config import RunConfig
    from mtrec_core.evaluation.preference_front import PreferenceFront
    from mtrec_core.store.records import RunRecord


def front(
    named: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A completed run of the weighting cosmos or pbi.", show_default=False
        ),
    ],
    points: Annotated[
        int, typer.Option("--points", min=2, help="So many preferences along each side of the grid.")
    ] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """See which trade-offs one model can make.

    A model that was trained with objective.weighting=cosmos (or pbi) reads a preference: a share for each
    task. It is asked with many, evenly spread as in `sweep`, and each task's headline metric is told on
    validation and test. A point is on the front if no other is at least as good in every task and better in
    one, on validation. What was measured is kept as front.json in the run's folder; Compare's trade-off
    draws it.

    \b
    Examples:
      python -m mtrec_core train shop --tasks purchase,returned --set objective.weighting=cosmos
      python -m mtrec_core front last --points 5
      python -m mtrec_core front k3rq9t --json
    """
    from mtrec_core.config import RunConfig
    from mtrec_core.evaluation.preference_front import save_preference_front
    from mtrec_core.jobs.sweeps import simplex_weights
    from mtrec_core.store.store import Store

    home = Home.from_environment()
    with Store.open(home.database_url) as store:
        run = store.get_run(named)
    config = RunConfig.from_json(run.config)
    grid = simplex_weights(_demand_measurable(run, config), points)
    note(f"Asking run {run.id} for {len(grid)} preferences.")
    from mtrec_core.cli.progress import TerminalProgress
    from mtrec_core.preferred_run import measure_front

    config = replace(config, training=replace(config.training, device="auto", processes=1))
    with TerminalProgress({}) as progress:
        found = measure_front(run.folder, config, home.vectors, grid, progress)
    save_preference_front(found, run.folder)
    if as_json:
        print_json(_as_json(run, found))
    else:
        _print(run, found)


def _demand_measurable(run: "RunRecord", config: "RunConfig") -> list[str]:
    """The run's tasks. UserError for a run that is not completed, reads no preference, or whose data
    changed."""
    from mtrec_core.comparing.run_values import trained_tasks
    from mtrec_core.data.fingerprint import fingerprint
    from mtrec_core.data.spec_file import load_dataset_spec
    from mtrec_core.objective.weightings import WEIGHTINGS, weighting_choice
    from mtrec_core.store.states import RunState

    if run.state is not RunState.COMPLETED:
        raise UserError(f"Run {run.id} is {run.state.value}; only a completed run can be asked.")
    weighting = weighting_choice(config.objective.weighting)
    if not weighting.reads_preference:
        fitting = " or ".join(key for key, row in WEIGHTINGS.items() if row.reads_preference)
        raise UserError(
            f"Run {run.id} trained with objective.weighting={weighting.key}, so its model reads no "
            f"preference. Train one with objective.weighting={fitting}, or see `sweep`."
        )
    tasks = list(trained_tasks(run))
    if len(tasks) < 2:
        raise UserError(f"Run {run.id} trains one task, so there is nothing to trade.")
    if fingerprint(load_dataset_spec(config.dataset)) != run.dataset_fingerprint:
        raise UserError(
            f"The data of run {run.id} changed since it began, so its rows are others now. Train a new run "
            "on them."
        )
    return tasks


def _as_json(run: "RunRecord", found: "PreferenceFront") -> dict[str, Any]:
    return {
        "run": run.id,
        "split": "validation",
        "metrics": found.headlines,
        "points": [
            {
                "preference": point.preference,
                "on_front": wins,
                "validation": {
                    task: point.value("validation", task, name) for task, name in found.headlines.items()
                },
                "test": {task: point.value("test", task, name) for task, name in found.headlines.items()},
            }
            for point, wins in zip(found.points, found.on_front, strict=True)
        ],
        "knee": None
        if found.knee is None
        else {"preference": found.points[found.knee.model].preference, "distance": found.knee.distance},
    }


def _print(run: "RunRecord", found: "PreferenceFront") -> None:
    out = console()
    titles = [f"{task} {metric_title(metric)}" for task, metric in found.headlines.items()]
    headers = (
        "preference",
        *(f"{title}, {split}" for title in titles for split in ("validation", "test")),
        "",
    )
    rows: list[list[str | Text]] = []
    for place, (point, wins) in enumerate(zip(found.points, found.on_front, strict=True)):
        cells = [
            number(value)
            for task, metric in found.headlines.items()
            for value in (point.value("validation", task, metric), point.value("test", task, metric))
        ]
        mark = Text("front" if wins else "")
        if found.knee is not None and found.knee.model == place:
            mark = Text("front, knee", style="green")
        rows.append([" / ".join(f"{share:.2f}" for share in point.preference.values()), *cells, mark])
    out.print(f"Preferences for {', '.join(found.headlines)}")
    out.print(plain_table(headers, rows, right=headers[1:-1]))
    if found.knee is None:
        out.print("\nNo knee: the front has too few points, or none above the line through its extremes.")
        return
    shares = found.points[found.knee.model].preference
    chosen = ",".join(f"{task}={share * len(shares):.2f}" for task, share in shares.items())
    out.print(
        "\nThe knee, by validation, gives up least for what it gains. A run that is tested and kept with it:"
    )
    command = f"python -m mtrec_core train {shlex.quote(run.config['dataset'])} --weights {chosen}"
    rest = f"--tasks {','.join(shares)} --set objective.weighting={run.config['objective']['weighting']}"
    out.print(f"  {command} {rest}", soft_wrap=True)

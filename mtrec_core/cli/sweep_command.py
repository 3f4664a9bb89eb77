"""`sweep`: task weights over a grid, the front that they reach, its knee. No torch until a run begins."""

import dataclasses
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from mtrec_core.cli.arguments import find_dataset
from mtrec_core.cli.output import console, metric_title, note, number, plain_table, print_json
from mtrec_core.cli.train_command import planned_config
from mtrec_core.config import PRESETS
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.jobs.sweeps import sweep_plan

if TYPE_CHECKING:
    from mtrec_core.comparing.sweep_front import Front, FrontPoint
    from mtrec_core.evaluation.compare import Spread
    from mtrec_core.jobs.studies import StudyRun


def sweep(
    dataset: Annotated[
        str, typer.Argument(help="A dataset folder or the name of an imported one.", show_default=False)
    ],
    tasks: Annotated[
        str,
        typer.Option(
            "--tasks",
            help="The tasks to weigh against each other, such as purchase,tags.",
            show_default=False,
        ),
    ] = "",
    points: Annotated[
        int, typer.Option("--points", min=2, help="So many weights along each side of the grid.")
    ] = 5,
    preset: Annotated[
        str, typer.Option("--preset", help=f"A group of settings: {', '.join(PRESETS)}.", show_default=False)
    ] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="One setting, such as training.max_steps=200. May be repeated.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The first seed.")] = 0,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Each point so many times.")] = 1,
    queued: Annotated[
        bool, typer.Option("--queue", help="Leave the runs to the supervisor, and return.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Train nothing; show what there is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Train with many task weights, and see the trade-offs.

    The weights lie evenly within the simplex: with two tasks and three points 0.5/1.5, 1/1, 1.5/0.5. A point
    is on the front if no other is at least as good in every task and better in one. The knee is the point
    farthest above the line (or plane) through the front's extremes, each metric scaled to 0..1 (Das, 1999).
    Front and knee go by means over seeds on validation; the test values stand beside them. Runs that are
    there already are not trained again, so that a command that was interrupted goes on when it is repeated.

    \b
    Examples:
      python -m mtrec_core sweep shop --tasks purchase,ad_click --points 5 --seeds 2
      python -m mtrec_core sweep shop --tasks purchase,ad_click,tags --points 3 --queue
      python -m mtrec_core sweep shop --tasks purchase,ad_click --plan --json
    """
    from mtrec_core.cli.study_runs import WITHOUT_BASELINES, carry_out
    from mtrec_core.data.spec_file import load_dataset_spec
    from mtrec_core.store.store import Store

    home = Home.from_environment()
    spec = load_dataset_spec(find_dataset(dataset, home))
    config = planned_config(spec, preset, "", [WITHOUT_BASELINES, *(settings or [])], tasks, "")
    config = dataclasses.replace(config, seed=seed)
    names = [task for task in spec.tasks if task in (config.tasks or spec.tasks)]
    if len(names) < 2:
        raise UserError("A sweep weighs tasks against each other; name two or more with --tasks.")
    plans = sweep_plan(config, names, points, seeds)
    with Store.open(home.database_url) as store:
        title = f"{config.name}: weights of {', '.join(names)}"
        study = carry_out(
            plans, spec, home, store, title=title, kind="sweep", queued=queued, only_planned=plan
        )
    found = _front(study, names)
    left = sum(not one.is_done for one in study)
    if as_json:
        print_json({"runs_missing": left, **(front_json(found) if found else {"points": [], "knee": None})})
    elif found is None:
        note("No run of the sweep is completed yet.")
    else:
        _print(found, left, str(spec.folder))


def _front(study: "Sequence[StudyRun]", names: Sequence[str]) -> "Front | None":
    """The front of the completed runs, in the tasks' headline metrics."""
    from mtrec_core.comparing.run_values import task_results
    from mtrec_core.comparing.seeds import seed_groups
    from mtrec_core.comparing.sweep_front import front

    runs = [one.run for one in study if one.run is not None and one.is_done]
    if not runs:
        return None
    headlines = {task: result["headline"] for task, result in task_results(runs[0]).items()}
    return front(seed_groups(runs), [(task, headlines[task]) for task in names if task in headlines])


def front_json(found: "Front") -> dict[str, Any]:
    """All points, the front and the knee as plain values."""
    return {
        "split": found.split,
        "metrics": dict(found.choices),
        "points": [_point_json(point, found) for point in found.points],
        "knee": None
        if found.knee is None
        else {"weights": dict(found.points[found.knee.model].weights), "distance": found.knee.distance},
    }


def _point_json(point: "FrontPoint", found: "Front") -> dict[str, Any]:
    names = [task for task, _metric in found.choices]
    return {
        "weights": dict(point.weights),
        "runs": [run.id for run in point.group.members],
        "on_front": point.on_front,
        "validation": {task: vars(one) for task, one in zip(names, point.validation, strict=True)},
        "test": {task: vars(one) for task, one in zip(names, point.test, strict=True)},
    }


def _print(found: "Front", left: int, folder: str) -> None:
    out = console()
    if left:
        out.print(f"{left} runs are still missing; what follows is from those there are.")
    titles = [f"{task} {metric_title(metric)}" for task, metric in found.choices]
    headers = ("weights", *(f"{title}, {split}" for title in titles for split in ("validation", "test")), "")
    rows: list[Sequence[str | Text]] = []
    for place, point in enumerate(found.points):
        cells = [
            _spread(spread) for pair in zip(point.validation, point.test, strict=True) for spread in pair
        ]
        mark = Text("front" if point.on_front else "")
        if found.knee is not None and found.knee.model == place:
            mark = Text("front, knee", style="green")
        rows.append((" / ".join(f"{weight:g}" for weight in point.weights.values()), *cells, mark))
    out.print(f"Weights of {', '.join(task for task, _metric in found.choices)}")
    out.print(plain_table(headers, rows, right=headers[1:-1]))
    if found.knee is None:
        out.print("\nNo knee: the front has too few points, or none above the line through its extremes.")
        return
    chosen = ",".join(f"{task}={weight:g}" for task, weight in found.points[found.knee.model].weights.items())
    out.print("\nThe knee, by validation, gives up least for what it gains. More seeds tell if it stays:")
    command = f"python -m mtrec_core train {shlex.quote(folder)} --weights {chosen} --seeds 3"
    out.print(f"  {command} --tasks {','.join(task for task, _metric in found.choices)}", soft_wrap=True)


def _spread(spread: "Spread") -> str:
    return number(spread.mean) + ("" if spread.deviation is None else f" ±{number(spread.deviation)}")

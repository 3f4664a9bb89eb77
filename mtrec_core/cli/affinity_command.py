"""`affinity`: which tasks help which, from runs of subsets of the tasks. No torch here until a run begins."""

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtrec_core.cli.arguments import find_dataset
from mtrec_core.cli.output import note, print_json
from mtrec_core.cli.train_command import planned_config
from mtrec_core.config import PRESETS
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.jobs.plan import MOST_EXACT, SAMPLED_ORDERS

if TYPE_CHECKING:
    from mtrec_core.comparing.affinity import Affinity
    from mtrec_core.jobs.studies import StudyRun


def affinity(
    dataset: Annotated[
        str, typer.Argument(help="A dataset folder or the name of an imported one.", show_default=False)
    ],
    tasks: Annotated[
        str,
        typer.Option("--tasks", help="These tasks, such as purchase,tags; else all.", show_default=False),
    ] = "",
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
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Each subset so many times.")] = 1,
    orders: Annotated[
        int | None,
        typer.Option(
            "--orders",
            min=0,
            help="Sample so many orders for Shapley values instead of training all subsets; 0 leaves them "
            f"out. Default: all subsets up to {MOST_EXACT} tasks, {SAMPLED_ORDERS} orders above.",
            show_default=False,
        ),
    ] = None,
    validation: Annotated[
        bool, typer.Option("--validation", help="Gains on validation instead of test.")
    ] = False,
    queued: Annotated[
        bool, typer.Option("--queue", help="Leave the runs to the supervisor, and return.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Train nothing; show what there is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Train subsets of tasks, and see which tasks help which.

    Each task alone, each pair, and (for Shapley values) larger subsets are trained with the same settings.
    The table shows by how much a task gains when it is trained with another, over a model of its own; the
    best division into groups by these gains (chosen on validation); and each task's Shapley value for each
    other task: its fair share in what the other gains when all are trained together. Runs that are there
    already are not trained again, so that a command that was interrupted goes on when it is repeated, and
    more seeds or orders come on top.

    \b
    Examples:
      python -m mtrec_core affinity shop --tasks purchase,tags,search --seeds 3
      python -m mtrec_core affinity shop --preset quick --orders 0 --queue
      python -m mtrec_core affinity shop --tasks purchase,tags,search --plan --json
    """
    from mtrec_core.cli.affinity_output import affinity_json, print_affinity
    from mtrec_core.cli.study_runs import WITHOUT_BASELINES, carry_out
    from mtrec_core.data.spec_file import load_dataset_spec
    from mtrec_core.jobs.studies import default_orders, subset_plan, subsets_to_train
    from mtrec_core.store.store import Store

    home = Home.from_environment()
    spec = load_dataset_spec(find_dataset(dataset, home))
    config = planned_config(spec, preset, "", [WITHOUT_BASELINES, *(settings or [])], tasks, "")
    config = dataclasses.replace(config, seed=seed)
    names = [task for task in spec.tasks if task in (config.tasks or spec.tasks)]
    if len(names) < 2:
        raise UserError("Affinity is between tasks; name two or more with --tasks.")
    sampled = default_orders(names) if orders is None else orders
    plans = subset_plan(config, subsets_to_train(names, sampled), seeds)
    with Store.open(home.database_url) as store:
        title = f"{config.name}: affinity of {', '.join(names)}"
        study = carry_out(
            plans, spec, home, store, title=title, kind="affinity", queued=queued, only_planned=plan
        )
    found = _found(study, names, "validation" if validation else "test")
    left = sum(not one.is_done for one in study)
    if as_json:
        print_json({"runs_missing": left, **(affinity_json(found) if found else _nothing(names))})
    elif found is None:
        note("No run of the study is completed yet.")
    else:
        print_affinity(found, left)


def _found(study: "list[StudyRun]", names: list[str], split: str) -> "Affinity | None":
    """What the completed runs of the study say."""
    from mtrec_core.comparing.affinity import affinity as work_out
    from mtrec_core.comparing.intervals import draws_or_why
    from mtrec_core.comparing.subset_runs import subset_runs

    runs = [one.run for one in study if one.run is not None and one.is_done]
    if not runs:
        return None
    found = subset_runs(runs[0], names, runs)
    draws = {run.id: draws_or_why(run)[0] for run in runs} if split == "test" else {}
    return work_out(found, "test" if split == "test" else "validation", draws)


def _nothing(names: list[str]) -> dict[str, Any]:
    return {"tasks": names, "gains": {}, "grouping": None, "shapley": {}}

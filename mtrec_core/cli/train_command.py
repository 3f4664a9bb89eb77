"""`train`: from a dataset and settings to trained runs and their table.

torch loads inside, after the arguments are known to be right.
"""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mtrec_core.cli.arguments import (
    assignments,
    check_task_names,
    find_dataset,
    find_run,
    named_numbers,
    split_names,
)
from mtrec_core.cli.failures import STOPPED
from mtrec_core.cli.jobs_commands import queue_runs
from mtrec_core.cli.mirroring import demand_mirrors, mirrored
from mtrec_core.cli.output import note, print_json
from mtrec_core.cli.progress import TerminalProgress
from mtrec_core.cli.train_output import Outcome, print_results, summary_json
from mtrec_core.config import PRESETS, RunConfig, apply_preset, chosen_tasks, with_settings
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.jobs.interruption import Interruption
from mtrec_core.jobs.plan import PlannedRun, TrainRequest, experiment_kind, planned_runs

if TYPE_CHECKING:
    from mtrec_core.store.records import RunRecord
    from mtrec_core.training.events import Listener


def train(
    dataset: Annotated[
        str,
        typer.Argument(
            help="A dataset folder, its dataset.toml, or the name of an imported one.", show_default=False
        ),
    ] = "",
    preset: Annotated[
        str, typer.Option("--preset", help=f"A group of settings: {', '.join(PRESETS)}.", show_default=False)
    ] = "",
    weights: Annotated[
        str,
        typer.Option(
            "--weights",
            help="Weight of tasks in the loss, such as purchase=1,ad_click=0.5.",
            show_default=False,
        ),
    ] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="One setting, such as training.epochs=3. May be repeated.", show_default=False
        ),
    ] = None,
    tasks: Annotated[
        str,
        typer.Option("--tasks", help="Train these tasks only, such as purchase,tags.", show_default=False),
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed, or the first of several.")] = 0,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="Train so many times, with seeds that count up.")
    ] = 1,
    single_task: Annotated[
        bool, typer.Option("--single-task", help="Also train one model per task alone, for comparison.")
    ] = False,
    name: Annotated[
        str, typer.Option("--name", help="What the run is called in lists.", show_default=False)
    ] = "",
    resume: Annotated[
        str,
        typer.Option(
            "--resume", help="Go on with a stopped or failed run (its id, or last).", show_default=False
        ),
    ] = "",
    queued: Annotated[
        bool,
        typer.Option("--queue", help="Leave it to the supervisor, which is started if need be, and return."),
    ] = False,
    mirrors: Annotated[
        list[str] | None,
        typer.Option(
            "--mirror",
            help="Tell tensorboard, mlflow or wandb the numbers as well. May be repeated.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The result as one JSON object, the last line of standard output.")
    ] = False,
) -> None:
    """Train one model for all tasks of a dataset, and judge it.

    The table at the end shows each task's headline metric on the test set beside the untrained model and the
    best baseline. Ctrl-C stops; --resume goes on where it stopped. With --queue the training needs no
    terminal: `logs` shows what it tells, `stop` stops it.

    \b
    Examples:
      python -m mtrec_core train sample_data/shop
      python -m mtrec_core train shop --weights purchase=1,ad_click=0.5 --set training.epochs=3
      python -m mtrec_core train shop --preset quick --seeds 3 --single-task
      python -m mtrec_core train shop --queue
      python -m mtrec_core train --resume last
    """
    from mtrec_core.data.spec_file import load_dataset_spec

    home = Home.from_environment()
    if resume:
        if dataset or preset or weights or settings or tasks or seeds != 1 or single_task or name or seed:
            raise UserError(
                "--resume goes on with a run as it was begun; leave the dataset and the other options away."
            )
        if queued:
            raise UserError(f"To go on from the queue: python -m mtrec_core resume {resume}")
        run = find_run(resume, home)
        spec = load_dataset_spec(run.config["dataset"])
        show([_resumed(run, spec, home, mirrors or [])], spec, as_json)
        return
    if not dataset:
        raise UserError("Name a dataset to train, such as: python -m mtrec_core train sample_data/shop")
    spec = load_dataset_spec(find_dataset(dataset, home))
    config = planned_config(spec, preset, weights, settings or [], tasks, name)
    config = dataclasses.replace(config, seed=seed)
    if queued:
        if mirrors:
            raise UserError("--mirror works for a run in this terminal; leave --queue or --mirror away.")
        queue_runs(TrainRequest(config=config, seeds=seeds, single_task=single_task), home, as_json)
        return
    plans = list(planned_runs(config, spec, seeds, single_task))
    show(_trained(plans, spec, home, mirrors or []), spec, as_json)


def planned_config(
    spec: DatasetSpec, preset: str, weights: str, settings: Sequence[str], tasks: str, name: str
) -> RunConfig:
    """Defaults, then the dataset's own settings, the preset, and what was given by hand."""
    chosen = split_names(tasks, "--tasks") if tasks else ()
    check_task_names(chosen, spec.tasks, "--tasks")
    given = named_numbers(weights, "--weights") if weights else {}
    check_task_names(given, chosen or spec.tasks, "--weights")
    weighed = {task: given.get(task, 1.0) for task in chosen or spec.tasks} if given else {}
    config = RunConfig(dataset=str(spec.folder), name=name or spec.name, weights=weighed, tasks=chosen)
    config = with_settings(config, spec.settings)
    if preset:
        config = apply_preset(config, preset)
    config = with_settings(config, assignments(settings))
    chosen_tasks(config, list(spec.tasks))  # refuses weights that leave no task
    return config


def _trained(
    plans: Sequence[PlannedRun], spec: DatasetSpec, home: Home, mirrors: Sequence[str]
) -> list[Outcome]:
    """Trains the runs one after the other; ends with the first that is stopped."""
    from mtrec_core.recorded_run import start_run, train_run
    from mtrec_core.store.store import Store

    demand_mirrors(mirrors)
    outcomes: list[Outcome] = []
    with Store.open(home.database_url) as store:
        experiment = None
        if len(plans) > 1:
            experiment = store.add_experiment(name=plans[-1].config.name, kind=experiment_kind(plans))
        for number, plan in enumerate(plans, 1):
            if len(plans) > 1:
                alone = f", task {plan.task} alone" if plan.task else ""
                note(f"Run {number} of {len(plans)}: seed {plan.config.seed}{alone}")
            run = start_run(plan.config, store, home, experiment, plan.task)
            with (
                Interruption() as interruption,
                _progress(spec) as progress,
                mirrored(run, home, mirrors) as others,
            ):
                listeners: list[Listener] = [progress, interruption.listen, *others]
                result = train_run(run, store, home, listeners, interruption.asked)
            outcomes.append(Outcome(task=plan.task, seed=plan.config.seed, result=result.to_json()))
            if result.state != "completed":
                break
    return outcomes


def _resumed(run: "RunRecord", spec: DatasetSpec, home: Home, mirrors: Sequence[str]) -> Outcome:
    """Goes on with one run."""
    from mtrec_core.recorded_run import resume_run
    from mtrec_core.store.store import Store

    demand_mirrors(mirrors)
    with (
        Store.open(home.database_url) as store,
        Interruption() as interruption,
        _progress(spec) as progress,
        mirrored(run, home, mirrors) as others,
    ):
        listeners: list[Listener] = [progress, interruption.listen, *others]
        result = resume_run(run, store, home, listeners, interruption.asked)
    return Outcome(task=run.task, seed=run.seed, result=result.to_json())


def _progress(spec: DatasetSpec) -> TerminalProgress:
    return TerminalProgress({task.name: task.kind for task in spec.tasks.values()})


def show(outcomes: Sequence[Outcome], spec: DatasetSpec, as_json: bool) -> None:
    """The table or the JSON line of a command's runs; a run that was stopped ends it with exit code 1."""
    if as_json:
        print_json(summary_json(outcomes))
    else:
        print_results(outcomes, spec)
    last = outcomes[-1].result
    if last["state"] != "completed":
        note(
            f"Run {last['run']} was stopped after step {last['steps']}. "
            f"Go on with: python -m mtrec_core train --resume {last['run']}"
        )
        raise typer.Exit(STOPPED)

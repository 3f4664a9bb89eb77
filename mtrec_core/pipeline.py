"""The only composer: from a dataset's tables to predictions, metrics and a bundle. One function a stage."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from mtrec_core.config import RunConfig
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.evaluation import draws_file, slices_file
from mtrec_core.evaluation.fusion_file import TEST_LISTS_FILE, save_fusion_scores
from mtrec_core.evaluation.predictions_file import VALIDATION_FILE, save_predictions
from mtrec_core.evaluation.slices import slice_members
from mtrec_core.inference.fusion_scores import fusion_scores
from mtrec_core.inference.keep import keep_model
from mtrec_core.judge import baseline_metrics, split_metrics, validation_metrics
from mtrec_core.objective.adversarial import demand_texts, make_adversary
from mtrec_core.objective.shared_part import demand_shared_part
from mtrec_core.objective.step import Objective
from mtrec_core.prepare import Prepared, prepare
from mtrec_core.results import Metrics, RunResult, TaskResult
from mtrec_core.training.checkpoint import load_checkpoint, load_learned_state, part_of
from mtrec_core.training.crew import crew, with_gpus
from mtrec_core.training.device import make_accelerator
from mtrec_core.training.events import (
    EvaluationEvent,
    Listener,
    MessageEvent,
    StageEvent,
    ignore,
)
from mtrec_core.training.launched import process_count
from mtrec_core.training.loop import Loop, LoopResult, NewWeights, unchanged
from mtrec_core.training.loop_state import restore_state
from mtrec_core.training.optimizer import WeightAverage, build_optimizer
from mtrec_core.training.overfitting import measure_fit
from mtrec_core.training.processes import Processes
from mtrec_core.training.sampler import Sampler, negative_samplers
from mtrec_core.training.stopping import Selection


def train_in(
    folder: Path,
    config: RunConfig,
    vectors: Path,
    run: str,
    listen: Listener,
    stop_asked: Callable[[], bool],
    resume: bool = False,
    new_weights: NewWeights = unchanged,
    more_epochs: float = 0.0,
) -> RunResult:
    """One run from tables to result. Its files go to `folder`; nothing is asked of a database."""
    began = time.perf_counter()
    notes: list[str] = []

    def tell(event: object) -> None:
        if isinstance(event, MessageEvent):
            notes.append(event.text)
        listen(event)  # type: ignore[arg-type]

    prepared = prepare(config, vectors, tell)
    loop = build_loop(prepared, config, folder, more_epochs=more_epochs)
    before: dict[str, Metrics] = {}
    if resume:
        restore_state(loop, load_checkpoint(folder / "last"))
    else:
        tell(StageEvent(stage="before", text="Measuring the model before training"))
        before = split_metrics(prepared, config, "test")[1]
        tell(EvaluationEvent(step=0, epoch=0.0, seconds=0.0, split="test", metrics=before))
        loop.tell_start(tell)
    tell(StageEvent(stage="train", text=f"Training {len(prepared.tasks)} tasks on {prepared.device.title}"))
    told = {
        "folder": str(folder),
        "config": config.to_json(),
        "vectors": str(vectors),
        "resume": resume,
        "more_epochs": more_epochs,
    }
    with crew(config.training, folder, told) as loop.processes:
        ended = loop.run(tell, stop_asked, new_weights)
    if ended.stopped:
        return result_of(run, "stopped", began, ended, prepared, {}, before, {}, {}, notes)
    tell(StageEvent(stage="test", text=f"Testing the model of step {ended.best_step}"))
    load_learned_state(prepared.model, part_of(load_checkpoint(folder / "best"), "model"))
    predictions, test = split_metrics(prepared, config, "test")
    chosen_on, validation = split_metrics(prepared, config, "validation")
    tell(EvaluationEvent(step=ended.best_step, epoch=0.0, seconds=ended.seconds, split="test", metrics=test))
    save_predictions(predictions, folder / "predictions.parquet")
    save_predictions(chosen_on, folder / VALIDATION_FILE)
    keep_for_comparison(prepared, predictions, folder)
    baselines = baseline_metrics(prepared, config, folder, tell) if config.evaluation.baselines else {}
    tell(StageEvent(stage="bundle", text="Writing the model"))
    model, encoder = prepared.model, prepared.encoder
    save_fusion_scores(fusion_scores(model, prepared.dataset, "test"), folder / TEST_LISTS_FILE)
    keep_model(
        folder / "bundle", config, prepared.dataset, model, encoder, prepared.inverse_frequency, validation
    )
    return result_of(run, "completed", began, ended, prepared, test, before, validation, baselines, notes)


def help_train(told: Mapping[str, Any], join: Callable[[], Processes]) -> None:
    """What a helper does of the run that `train_in` told it of: its share of each step's rows. It reads the
    same tables and takes the texts from the cache; with `join` it goes to the others, who wait."""
    config, folder = RunConfig.from_json(told["config"]), Path(told["folder"])
    prepared = prepare(config, Path(told["vectors"]), ignore)
    loop = build_loop(prepared, config, folder, told["more_epochs"])
    loop.processes = with_gpus(join(), config.training)
    loop.average = None
    torch.manual_seed(config.seed + loop.processes.rank)  # what is dropped at random differs
    if told["resume"]:
        restore_state(loop, load_checkpoint(folder / "last"))
    loop.run(ignore, lambda: False)


def build_loop(prepared: Prepared, config: RunConfig, folder: Path, more_epochs: float = 0.0) -> Loop:
    """The loop over the training rows of a prepared run."""
    model, settings = prepared.model, config.training
    tasks = list(prepared.tasks)
    accelerator = make_accelerator(prepared.device, settings.accumulation)
    sampled = {
        task: plan.target
        for task, plan in model.plan.tasks.items()
        if plan.kind == "retrieval"
        and (
            model.text_encoder is not None
            or len(prepared.dataset.entities[plan.target]) > config.model.full_softmax_limit
        )
    }
    negatives = negative_samplers(prepared.dataset, sampled, config.model.sampled_negatives, config.seed)
    rule = Objective(settings=config.objective, weights=dict(config.weights), tasks=tasks, seed=config.seed)
    demand_shared_part(rule, model, process_count(settings))
    demand_texts(config.objective, model, process_count(settings))
    return Loop(
        model=model,
        dataset=prepared.dataset,
        sampler=Sampler(prepared.dataset, tasks, settings.batch_size, settings.task_power, config.seed),
        negatives=negatives,
        optimizer=build_optimizer(model, model.text_encoder, settings),
        average=WeightAverage(model.parameters(), settings.averaging) if settings.averaging else None,
        rule=rule,
        adversary=make_adversary(config.objective, config.seed),
        selection=Selection(
            monitor=settings.monitor,
            patience=settings.patience,
            kinds={task: plan.kind for task, plan in model.plan.tasks.items()},
        ),
        settings=settings,
        objective=config.objective,
        accelerator=accelerator,
        validate=lambda: validation_metrics(prepared, config),
        fit=lambda: measure_fit(model, prepared.dataset, tasks, config.objective, negatives),
        folder=folder,
        more_epochs=more_epochs,
    )


def keep_for_comparison(prepared: Prepared, predictions: pd.DataFrame, folder: Path) -> None:
    """What sets this run against others at once: its metrics under draws of test users, and which test rows
    belong to which slice."""
    specs = {task: prepared.dataset.tasks[task].spec for task in prepared.tasks}
    draws_file.save_draws(draws_file.draw_all(specs, predictions), folder / draws_file.FILE)
    slices_file.save_members(slice_members(prepared.dataset, prepared.tasks), folder / slices_file.FILE)


def result_of(
    run: str,
    state: str,
    began: float,
    ended: LoopResult,
    prepared: Prepared,
    test: dict[str, Metrics],
    before: dict[str, Metrics],
    validation: dict[str, Metrics],
    baselines: dict[str, dict[str, Metrics]],
    notes: Sequence[str],
) -> RunResult:
    """The numbers of a run in one object."""
    return RunResult(
        run=run,
        state=state,
        seconds=time.perf_counter() - began,
        rows_per_second=ended.rows / ended.seconds if ended.seconds else 0.0,
        best_step=ended.best_step,
        steps=ended.steps,
        device=prepared.device.title,
        notes=tuple(notes),
        tasks={
            task: TaskResult(
                kind=prepared.dataset.tasks[task].spec.kind,
                headline=TASK_KINDS[prepared.dataset.tasks[task].spec.kind].headline,
                test=test.get(task, {}),
                before=before.get(task, {}),
                validation=validation.get(task, {}),
                baselines=baselines.get(task, {}),
                split=prepared.dataset.tasks[task].split_text,
            )
            for task in prepared.tasks
        },
    )

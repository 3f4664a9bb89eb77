"""Losses on validation and headline metrics on training rows."""

import pytest
import torch

from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.model.batches import make_batch
from mtrec_core.objective.task_losses import task_loss
from mtrec_core.prepare import prepare
from mtrec_core.training.events import EvaluationEvent, ignore
from mtrec_core.training.overfitting import measure_fit
from mtrec_core.training.predict import predict_rows


def measured(run, **limits):
    prepared = prepare(run.config, run.vectors, ignore)
    loop = run.loop()
    fit = measure_fit(
        prepared.model, prepared.dataset, prepared.tasks, run.config.objective, loop.negatives, **limits
    )
    return prepared, fit


def test_the_loss_on_validation_is_that_of_training_without_dropout(new_run):
    run = new_run(["purchase", "stars", "tags"])
    prepared, fit = measured(run)
    for task in fit.losses:
        data = prepared.dataset.tasks[task]
        batch = make_batch(prepared.dataset, data, data.rows("validation"))
        with prepared.model.fixed(), torch.no_grad():
            output = prepared.model({task: batch})[task]
        expected = task_loss(prepared.model.plan.tasks[task], batch, output, run.config.objective)
        assert fit.losses[task] == pytest.approx(float(expected), rel=1e-5)
    assert set(fit.losses) == {"purchase", "stars", "tags"}


def test_a_task_that_ranks_the_catalogue_has_no_metric_on_what_it_learned_from(new_run):
    prepared, fit = measured(new_run(["purchase", "stars"]))
    assert set(fit.learned) == {"stars"}
    data = prepared.dataset.tasks["stars"]
    with prepared.model.fixed():
        table = predict_rows(prepared.model, prepared.dataset, "stars", "train", data.rows("train"))
    assert fit.learned["stars"] == {"rmse": pytest.approx(evaluate(data.spec, table)["rmse"])}


def test_a_limit_takes_the_same_rows_each_time(new_run):
    first, second = (measured(new_run(["stars"]), most_rows=10)[1] for _ in range(2))
    whole = measured(new_run(["stars"]))[1]
    assert first == second
    assert first.losses != whole.losses


def test_a_run_tells_both_with_each_validation(new_run):
    run = new_run(["stars"])
    run.train()
    told = [event for event in run.events if isinstance(event, EvaluationEvent) and event.monitor is not None]
    start = next(event for event in run.events if isinstance(event, EvaluationEvent) and event.losses)
    assert start.step == 0
    for event in [start, *told]:
        assert set(event.losses) == {"stars"}
        assert set(event.learned["stars"]) == {"rmse"}

"""The loop: what it tells, when it ends, what it keeps; gradients that add up."""

import itertools

import numpy as np
import pytest
import torch

from mtrec_core.objective.step_parts import DivergenceError
from mtrec_core.pipeline import build_loop
from mtrec_core.prepare import prepare
from mtrec_core.training.checkpoint import learned_state, load_checkpoint, part_of
from mtrec_core.training.events import GradientEvent, ignore

STILL = {"model.dropout": 0, "model.text_dropout": 0, "model.id_dropout": 0}
"""No part of the model is dropped at random."""


def never():
    return False


def scripted(loop, stars):
    """Lets the loop's validations find these errors of the ratings, one after the other."""
    left = iter(stars)
    loop.validate = lambda: {"stars": {"rmse": next(left)}}
    return loop


def test_every_step_is_told_with_losses_weights_and_shares(new_run):
    run = new_run(settings={"training.batch_size": 32})
    loop = run.loop()
    loop.run(run.events.append, never)
    assert [event.step for event in run.steps] == [1, 2, 3, 4, 5, 6]
    for event in run.steps:
        assert event.losses.keys() == event.weights.keys() == event.shares.keys() == {"purchase", "stars"}
        assert event.total == pytest.approx(sum(event.losses.values()))
        assert sum(event.shares.values()) == pytest.approx(1)
        assert event.total_steps == 6
        assert event.epoch == pytest.approx(event.step / loop.sampler.steps_per_epoch)
    rows = [sum(map(len, loop.sampler.draw(step).values())) for step in range(6)]
    assert [event.rows for event in run.steps] == np.cumsum(rows).tolist()
    rates = [event.learning_rate for event in run.steps]
    assert rates == sorted(rates, reverse=True)  # cosine, and six steps have no warm-up
    assert rates[0] == 1e-2


def test_the_tasks_gradients_are_compared_every_so_many_steps_and_change_nothing(new_run):
    told = {}
    for every in (0, 3):
        run = new_run(settings={"training.max_steps": 7, "objective.gradients_every": every})
        run.loop().run(run.events.append, never)
        told[every] = run
    found = [event for event in told[3].events if isinstance(event, GradientEvent)]
    assert [event.step for event in found] == [3, 6]
    tasks = list(found[0].norms)
    assert set(found[0].cosines) == set(itertools.combinations(tasks, 2))
    assert all(norm > 0 for norm in found[0].norms.values())
    assert all(-1 <= cosine <= 1 for cosine in found[0].cosines.values())
    assert not [event for event in told[0].events if isinstance(event, GradientEvent)]
    assert [step.losses for step in told[0].steps] == [step.losses for step in told[3].steps]


def test_the_losses_fall(new_run):
    settings = {"training.max_steps": 40, "training.epochs": 99, "training.evaluations_per_epoch": 0.1}
    run = new_run(["tags"], STILL | settings)
    run.loop().run(run.events.append, never)
    losses = [event.losses["tags"] for event in run.steps]
    assert losses[-1] < losses[0] / 2  # an item's tags are the words of its title


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        (
            {"training.max_steps": 0, "training.epochs": 2},
            20,
        ),  # 2 x 280 labelled rows of 2 tasks in steps of 56
        ({"training.max_steps": 7}, 7),
        ({"training.max_steps": 5, "training.epochs": 0.001}, 1),
        ({"training.max_steps": 7, "training.accumulation": 3}, 6),  # whole updates only
        ({"training.max_steps": 2, "training.accumulation": 3}, 3),
    ],
)
def test_a_run_has_the_steps_that_the_settings_ask_for(new_run, settings, steps):
    loop = new_run(settings={"training.batch_size": 56} | settings).loop()
    assert loop.sampler.steps_per_epoch == 10
    assert loop.total_steps == steps


@pytest.mark.parametrize(
    ("accumulation", "per_epoch", "every"), [(1, 1, 10), (1, 2, 5), (3, 1, 9), (4, 5, 4), (1, 100, 1)]
)
def test_validations_come_as_often_as_asked_and_only_after_a_whole_update(
    new_run, accumulation, per_epoch, every
):
    settings = {
        "training.batch_size": 56,
        "training.accumulation": accumulation,
        "training.evaluations_per_epoch": per_epoch,
    }
    assert new_run(settings=settings).loop().evaluate_every == every


def test_a_run_is_validated_on_its_last_step_and_keeps_its_best_one(new_run):
    run = new_run(settings={"training.evaluations_per_epoch": 5, "training.batch_size": 56})
    loop = scripted(run.loop(), [1.0, 0.7, 0.8])
    ended = loop.run(run.events.append, never)
    assert [event.step for event in run.validations] == [2, 4, 6]
    assert [event.is_best for event in run.validations] == [True, True, False]
    assert (ended.steps, ended.best_step, ended.stopped) == (6, 4, False)
    assert load_checkpoint(run.folder / "best").content["step"] == 4
    assert load_checkpoint(run.folder / "last").content["step"] == 6


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_the_best_checkpoint_holds_the_weights_that_were_validated(new_run, averaging):
    run = new_run(settings={"training.averaging": averaging, "training.max_steps": 4})
    loop, seen = run.loop(), {}

    def validate():
        seen.update({name: tensor.clone() for name, tensor in learned_state(loop.model).items()})
        return {"stars": {"rmse": 1.0}}

    loop.validate = validate
    loop.run(ignore, never)
    best = part_of(load_checkpoint(run.folder / "best"), "model")
    last = part_of(load_checkpoint(run.folder / "last"), "model")
    assert all(torch.equal(best[name], seen[name]) for name in seen)
    differ = any(not torch.equal(best[name], last[name]) for name in seen)
    assert differ == bool(averaging)  # training goes on from the weights, not from their average


def test_a_run_without_a_gain_ends_early(new_run):
    run = new_run(
        settings={
            "training.max_steps": 60,
            "training.patience": 2,
            "training.monitor": "stars/rmse",
            "training.batch_size": 56,
        }
    )
    loop = scripted(run.loop(), [1.0, 0.9, 0.95, 0.92])
    ended = loop.run(run.events.append, never)
    assert (ended.steps, ended.best_step, ended.stopped) == (
        40,
        20,
        False,
    )  # best at 20, then two without a gain


def test_a_run_that_is_asked_to_stop_does_so_after_the_step_with_a_checkpoint(new_run):
    run = new_run()
    result = run.train(stop_after=2)
    assert (result.state, result.steps) == ("stopped", 2)
    assert len(run.steps) == 2
    assert load_checkpoint(run.folder / "last").content["step"] == 2
    assert not (run.folder / "predictions.parquet").exists()


def test_a_stop_waits_for_the_update_to_be_whole(new_run):
    run = new_run(settings={"training.accumulation": 3})
    assert run.train(stop_after=1).steps == 3


def test_being_asked_to_stop_at_the_last_step_completes_the_run(new_run):
    assert new_run(settings={"training.max_steps": 2}).train(stop_after=2).state == "completed"


def test_a_diverging_run_ends_with_the_tasks_name(new_run):
    run = new_run(
        settings={
            "training.learning_rate": 1e30,
            "training.clip_norm": 0,
            "training.optimizer": "sgd",
            "training.averaging": 0,
            "training.evaluations_per_epoch": 0.1,
        }
    )
    with pytest.raises(DivergenceError, match=r"task (purchase|stars) is (nan|inf).*learning_rate"):
        run.loop().run(ignore, never)


def trained(run):
    """The parameters after the run's steps, without its validations."""
    loop = scripted(run.loop(), [1.0] * 9)
    loop.run(ignore, never)
    return learned_state(loop.model)


@pytest.mark.parametrize("clip_norm", [0.0, 0.01])
def test_gradients_of_two_steps_add_up_to_those_of_one_of_twice_the_rows(new_run, clip_norm):
    settings = STILL | {
        "training.optimizer": "sgd",
        "training.schedule": "constant",
        "training.warmup": 0,
        "training.averaging": 0,
        "training.clip_norm": clip_norm,
        "training.learning_rate": 0.05,
    }
    whole = {"training.batch_size": 64, "training.max_steps": 3}
    halves = {"training.batch_size": 32, "training.max_steps": 6, "training.accumulation": 2}
    start = learned_state(new_run(["stars"], settings | whole).loop().model)
    large = trained(new_run(["stars"], settings | whole))
    small = trained(new_run(["stars"], settings | halves))
    moved = max(float((large[name] - start[name]).abs().max()) for name in start)
    assert moved > 1e-3
    for name, tensor in large.items():
        torch.testing.assert_close(small[name], tensor, atol=1e-6, rtol=1e-4)


def test_no_parameter_moves_within_an_accumulation(new_run):
    run = new_run(["stars"], {"training.accumulation": 3, "training.max_steps": 3, "training.averaging": 0})
    loop, seen = scripted(run.loop(), [1.0]), []
    loop.run(lambda event: seen.append(loop.model.heads["stars"].net[2].weight.detach().clone()), never)
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[1], seen[2])


def test_bf16_runs_on_a_cpu_and_learns_nearly_the_same(new_run):
    settings = STILL | {"training.max_steps": 4, "training.averaging": 0, "training.optimizer": "sgd"}
    losses = {}
    for precision in ("fp32", "bf16"):
        run = new_run(["stars", "segment", "search"], settings | {"training.precision": precision})
        loop = run.loop()
        assert loop.accelerator.mixed_precision == ("bf16" if precision == "bf16" else "no")
        loop.run(run.events.append, never)
        losses[precision] = [event.total for event in run.steps]
        assert {part.dtype for part in loop.model.parameters()} == {torch.float32}
        assert np.isfinite(
            [value for event in run.validations for value in event.metrics["stars"].values()]
        ).all()
    assert losses["bf16"] != losses["fp32"]
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.05)


@pytest.mark.gpu
def test_a_gpu_learns_what_a_cpu_does(new_run):
    settings = STILL | {"training.max_steps": 4, "training.averaging": 0, "training.optimizer": "sgd"}
    totals = {}
    for device in ("cpu", "cuda"):
        run = new_run(["purchase", "stars"], settings | {"training.device": device})
        prepared = prepare(run.config, run.vectors, ignore)
        assert next(prepared.model.parameters()).device.type == device
        build_loop(prepared, run.config, run.folder).run(run.events.append, never)
        totals[device] = [event.total for event in run.steps]
    assert totals["cuda"] == pytest.approx(totals["cpu"], rel=0.01)

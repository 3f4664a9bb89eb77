"""A resumed run continues bit for bit; a run depends on its seed and on nothing else; it is chosen on
validation alone."""

import pytest
import torch

from mtrec_core.evaluation.predictions_file import load_predictions
from mtrec_core.training.checkpoint import load_checkpoint
from mtrec_core.training.events import WeightsEvent
from tests.tiny_shop import DATASET, write_dataset


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    odd = [name for name, tensor in expected.items() if not torch.equal(found[name], tensor)]
    assert odd == []


VARIANTS = {
    "averaged, with dropout": ({}, ("purchase", "stars"), 3, 3),
    "accumulated": (
        {"training.accumulation": 2, "training.evaluations_per_epoch": 9},
        ("purchase", "stars"),
        3,
        4,
    ),
    "sgd without averaging": (
        {"training.optimizer": "sgd", "training.averaging": 0},
        ("stars", "search"),
        3,
        3,
    ),
    "mixture of experts": ({"model.sharing": "mmoe"}, ("gold", "ad_click"), 3, 3),
    "top layers": ({"text.trainable": "last_k", "text.last_k": 1}, ("purchase", "tags"), 3, 3),
    "lora": ({"text.trainable": "lora", "model.ngram_buckets": 32}, ("service", "gold"), 3, 3),
    "stopped before the first validation": (
        {"training.evaluations_per_epoch": 0.1},
        ("stars", "liked"),
        1,
        1,
    ),
}


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_a_stopped_and_resumed_run_equals_one_that_was_not_stopped(new_run, variant):
    settings, tasks, asked, stopped_at = VARIANTS[variant]
    settings = {"training.evaluations_per_epoch": 4} | settings
    whole, parts = new_run(tasks, settings), new_run(tasks, settings)
    result = whole.train()
    first = parts.train(stop_after=asked)
    assert (first.state, first.steps) == ("stopped", stopped_at)
    torch.manual_seed(99)  # another process starts with other random numbers
    second = parts.train(resume=True)
    assert (second.state, second.steps, second.best_step) == ("completed", 6, result.best_step)

    assert_same(parts.saved(), whole.saved())
    assert_same(parts.saved("best"), whole.saved("best"))
    assert [event.losses for event in parts.steps] == [event.losses for event in whole.steps]
    kept = {"rows", "averaged", "selection", "step"}
    contents = [load_checkpoint(run.folder / "last").content for run in (parts, whole)]
    assert {key: contents[0][key] for key in kept} == {key: contents[1][key] for key in kept}
    tables = [load_predictions(run.folder / "predictions.parquet") for run in (parts, whole)]
    assert tables[0].equals(tables[1])


def test_a_run_whose_weights_change_equals_one_that_was_stopped_after_the_change(new_run):
    change = {2: {"stars": 5.0}}
    settings = {"training.evaluations_per_epoch": 4}
    same, whole, parts = new_run(), new_run(settings=settings), new_run(settings=settings)
    same.train()
    whole.train(weights_at=change)
    assert [step.weights["stars"] for step in whole.steps] == [1.0, 1.0, 5.0, 5.0, 5.0, 5.0]
    assert [step.losses for step in whole.steps[:3]] == [step.losses for step in same.steps[:3]]
    assert whole.steps[3].losses != same.steps[3].losses
    (told,) = [event for event in whole.events if isinstance(event, WeightsEvent)]
    assert (told.step, told.before, told.after) == (
        2,
        {"purchase": 1.0, "stars": 1.0},
        {"purchase": 1.0, "stars": 5.0},
    )
    parts.train(stop_after=3, weights_at=change)
    parts.train(resume=True)  # the checkpoint knows the weights
    assert_same(parts.saved(), whole.saved())
    assert_same(parts.saved("best"), whole.saved("best"))
    assert load_checkpoint(parts.folder / "last").content["weights"] == told.after


def test_a_change_that_came_after_the_checkpoint_comes_again_at_its_step(new_run):
    change = {4: {"stars": 5.0}}
    whole, parts = new_run(), new_run()
    whole.train(weights_at=change)
    parts.train(stop_after=3)
    parts.train(resume=True, weights_at=change)
    assert_same(parts.saved(), whole.saved())


def test_weights_change_between_updates_only(new_run):
    run = new_run(settings={"training.accumulation": 2})
    run.train(weights_at={step: {"stars": 1.0 + step} for step in range(6)})
    assert [step.weights["stars"] for step in run.steps] == [1.0, 1.0, 3.0, 3.0, 5.0, 5.0]


def test_a_completed_run_can_be_extended_and_early_stopping_begins_anew(new_run):
    run = new_run(settings={"training.evaluations_per_epoch": 100, "training.patience": 1})
    first = run.train()
    per_epoch = run.loop().sampler.steps_per_epoch
    longer = run.train(resume=True, more_epochs=1.0)
    assert longer.state == "completed"
    assert first.steps < longer.steps <= 6 + per_epoch
    assert run.steps[-1].total_steps == 6 + per_epoch
    assert load_checkpoint(run.folder / "last").content["more_epochs"] == 1.0


def test_time_and_speed_of_a_resumed_run_count_both_parts(new_run):
    run = new_run()
    run.train(stop_after=3)
    before = run.steps[-1]
    run.train(resume=True)
    after = run.steps[3]
    assert after.step == 4
    assert after.seconds >= before.seconds
    assert after.rows > before.rows


@pytest.mark.parametrize("settings", [{}, {"text.trainable": "lora"}], ids=["frozen", "lora"])
def test_one_seed_gives_one_result_and_another_seed_another(new_run, settings):
    runs = []
    for seed in (5, 5, 6):
        torch.manual_seed(len(runs))  # what the process did before must not matter
        runs.append(new_run(("service", "stars"), {"training.max_steps": 3} | settings, seed=seed))
        runs[-1].train()
    first, again, other = (run.saved() for run in runs)
    assert_same(again, first)
    assert any(not torch.equal(other[name], first[name]) for name in first if name.startswith("model/"))


@pytest.fixture
def other_labels(tmp_path_factory, tables):
    """other_labels(first, last): the shop with the stars and likes of these purchases turned round."""

    def write(first, last):
        bought = dict(tables["purchases.csv"])
        places = range(len(bought["stars"]))
        bought["stars"] = [
            6 - bought["stars"][row] if first <= row < last else bought["stars"][row] for row in places
        ]
        bought["liked"] = [
            1 - bought["liked"][row] if first <= row < last else bought["liked"][row] for row in places
        ]
        return write_dataset(tmp_path_factory.mktemp("turned"), tables | {"purchases.csv": bought}, DATASET)

    return write


def test_labels_of_the_test_set_change_no_choice(new_run, other_labels):
    settings = {"training.evaluations_per_epoch": 8, "training.max_steps": 6, "training.patience": 3}
    plain = new_run(("stars", "liked"), settings)
    turned = new_run(("stars", "liked"), settings, dataset=other_labels(340, 400))  # the last 15 % of 400
    result, changed = plain.train(), turned.train()
    assert result.tasks["liked"].test["auc"] == pytest.approx(1 - changed.tasks["liked"].test["auc"])
    assert changed.best_step == result.best_step
    assert changed.tasks["stars"].validation == result.tasks["stars"].validation
    assert [event.monitor for event in turned.validations] == [event.monitor for event in plain.validations]
    assert_same(turned.saved("best"), plain.saved("best"))


def test_labels_of_validation_change_the_monitor_and_no_weight(new_run, other_labels):
    plain = new_run(("stars", "liked"))
    turned = new_run(("stars", "liked"), dataset=other_labels(280, 340))
    plain.train()
    turned.train()
    assert [event.metrics for event in turned.validations] != [event.metrics for event in plain.validations]
    weights = {name: tensor for name, tensor in plain.saved().items() if name.startswith("model/")}
    assert_same({name: turned.saved()[name] for name in weights}, weights)

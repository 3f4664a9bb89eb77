"""Every weighting and aggregation in a real training: all ways to train the encoder, and resumption."""

import math

import pytest
import torch

from mtrec_core.errors import SettingError
from mtrec_core.objective.methods import all_methods, deciding_method, setting_of
from mtrec_core.pipeline import build_loop
from mtrec_core.prepare import prepare
from mtrec_core.training.checkpoint import load_checkpoint
from mtrec_core.training.events import ignore
from mtrec_core.training.loop_state import restore_state

METHODS = {f"{setting_of(row).rpartition('.')[2]} {row.key}": row for row in all_methods()}
EDIT = "see mtrec_core/objective/weightings.py and aggregations.py"
TASKS = ("purchase", "stars", "ad_click", "tags")
SHORT = {"training.max_steps": 4, "training.evaluations_per_epoch": 0.1, "objective.gradients_every": 0}

each_method = pytest.mark.parametrize("name", METHODS)


def settings_for(name):
    row = METHODS[name]
    found = {setting_of(row): row.key}
    if row.key == "excess_mtl":
        found["objective.aggregation_options"] = "warmup=1"
    return found


def stepped(run, steps):
    """The loop after so many steps, without validations."""
    loop = run.loop()
    loop.run(run.events.append, lambda: bool(run.steps) and run.steps[-1].step >= steps)
    return loop


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    assert [name for name, tensor in expected.items() if not torch.equal(found[name], tensor)] == []


@each_method
def test_a_resumed_run_goes_on_bit_for_bit(new_run, name):
    settings = SHORT | settings_for(name)
    whole, parts = new_run(TASKS, settings), new_run(TASKS, settings)
    stepped(whole, 4)
    stepped(parts, 2)
    torch.manual_seed(99)  # another process
    again = parts.loop()
    restore_state(again, load_checkpoint(parts.folder / "last"))
    again.run(parts.events.append, lambda: False)
    assert_same(parts.saved(), whole.saved())
    assert [event.weights for event in parts.steps] == [event.weights for event in whole.steps], EDIT


@each_method
@pytest.mark.parametrize(
    "way",
    [
        {"text.trainable": "lora", "training.accumulation": 2},
        {"text.trainable": "full", "training.precision": "bf16"},
        {"training.precision": "bf16", "model.sharing": "ple"},
    ],
    ids=["lora, added up", "full, bf16", "frozen, bf16"],
)
def test_every_way_to_train_works_with_every_method(new_run, name, way):
    run = new_run((*TASKS, "gold"), SHORT | {"training.max_steps": 2} | settings_for(name) | way)
    loop = run.loop()
    before = [parameter.detach().clone() for parameter in loop.model.parameters() if parameter.requires_grad]
    loop._evaluate = lambda telling: None
    loop.run(run.events.append, lambda: False)
    assert len(run.steps) == 2
    for step in run.steps:
        assert all(math.isfinite(number) for number in (*step.losses.values(), *step.weights.values())), EDIT
        assert math.isfinite(step.effective_learning_rate)
    after = [parameter for parameter in loop.model.parameters() if parameter.requires_grad]
    assert all(torch.isfinite(parameter).all() for parameter in after), EDIT
    assert any(not torch.equal(old, new) for old, new in zip(before, after, strict=True)), EDIT


@each_method
def test_one_task_alone_equals_plain_training(new_run, name):
    settings = SHORT | {"training.max_steps": 3}
    plain, alone = new_run(("purchase",), settings), new_run(("purchase",), settings | settings_for(name))
    for run in (plain, alone):
        stepped(run, 3)
    assert_same(
        {key: part for key, part in alone.saved().items() if key.startswith("model/")},
        {key: part for key, part in plain.saved().items() if key.startswith("model/")},
    )


@pytest.mark.parametrize("trainable", ["heads", "lora"])
@pytest.mark.parametrize("gradients_of", ["representation", "parameters"])
def test_a_gradient_per_task_sums_up_to_the_gradient_of_the_sum(new_run, gradients_of, trainable):
    """`mean`, brought to the size of the sum, is plain training by another way."""
    settings = SHORT | {
        "text.trainable": trainable,
        "training.optimizer": "sgd",
        "training.learning_rate": 0.05,
        "training.encoder_learning_rate": 0.05,
    }
    other = {"objective.aggregation": "mean", "objective.gradients_of": gradients_of}
    plain, by_task = new_run(TASKS, settings), new_run(TASKS, settings | other)
    for run in (plain, by_task):
        stepped(run, 4)
    saved = by_task.saved()
    for name, tensor in plain.saved().items():
        if name.startswith("model/"):
            torch.testing.assert_close(saved[name], tensor, atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize("name", ["aggregation upgrad", "weighting gradnorm"])
def test_what_is_compared_makes_a_difference(new_run, name):
    found = []
    for gradients_of in ("representation", "parameters"):
        run = new_run(TASKS, SHORT | settings_for(name) | {"objective.gradients_of": gradients_of})
        stepped(run, 2)
        found.append(run.steps[-1].weights)
    assert found[0] != found[1]


@pytest.mark.parametrize("name", ["aggregation upgrad", "weighting gradnorm", "weighting metabalance"])
def test_tasks_that_share_nothing_can_not_be_compared(new_run, name):
    run = new_run(TASKS, SHORT | settings_for(name) | {"model.sharing": "single"})
    with pytest.raises(SettingError, match=r"share nothing that learns.*model\.sharing=shared_bottom"):
        run.loop()
    lone = new_run(TASKS[:1], SHORT | settings_for(name) | {"model.sharing": "single"})
    assert lone.loop().rule.needs_gradients


def test_vectors_spread_over_processes_can_not_be_compared(new_run):
    settings = {
        "objective.aggregation": "upgrad",
        "objective.gradients_of": "representation",
        "training.processes": 2,
    }
    run = new_run(TASKS, settings)
    prepared = prepare(run.config, run.vectors, ignore)
    with pytest.raises(SettingError, match=r"training\.processes is 2.*gradients_of=parameters"):
        build_loop(prepared, run.config, run.folder)


def test_famo_looks_at_the_same_rows_with_the_same_numbers_dropped(new_run):
    """At a learning rate of 0 nothing changes, so both looks must give the very same losses."""
    seen = []
    run = new_run(TASKS, SHORT | {"objective.weighting": "famo", "training.learning_rate": 1e-30})
    loop = run.loop()
    loop.model.train()
    loop.rule.look_again = seen.append
    loop._evaluate = lambda telling: None
    loop.run(run.events.append, lambda: False)
    assert seen == [step.losses for step in run.steps]


def test_a_look_back_changes_nothing_that_is_dropped_later(new_run):
    """The weights follow the look back; with one task they don't, and the run is that without it."""
    runs = [new_run(("purchase",), SHORT | {"objective.weighting": key}) for key in ("fixed", "famo")]
    for run in runs:
        stepped(run, 4)
    assert [step.losses for step in runs[0].steps] == [step.losses for step in runs[1].steps]


def test_the_effective_learning_rate_is_that_of_the_mean_weight(new_run):
    settings = SHORT | {"objective.weighting": "uw", "objective.normalise": False}
    run = new_run(TASKS, settings)
    stepped(run, 1)
    step = run.steps[0]
    assert step.weights == {task: pytest.approx(0.5) for task in step.weights}  # e^0 / 2
    assert step.effective_learning_rate == pytest.approx(step.learning_rate / 2)


def test_weights_that_change_while_a_run_goes_on_scale_the_losses_of_the_method(new_run):
    run = new_run(TASKS, SHORT | {"objective.aggregation": "upgrad"})
    run.train(weights_at={2: {"stars": 0.0}})
    assert run.steps[1].weights["stars"] > 0
    assert run.steps[2].weights["stars"] == 0
    assert deciding_method("fixed", "upgrad").takes_weights

"""A model that reads a preference: what it has that others lack, and what it is asked for."""

import pytest
import torch

from mtrec_core.inference.bundle import load_bundle
from mtrec_core.inference.engine import Engine
from mtrec_core.model.batches import make_batch
from mtrec_core.prepare import prepare
from mtrec_core.training.checkpoint import load_checkpoint
from mtrec_core.training.events import ignore
from mtrec_core.training.loop_state import restore_state

TASKS = ("stars", "ad_click")
COSMOS = {"objective.weighting": "cosmos", "objective.gradients_every": 0}
OWN = {
    f"{place}.{name}_TD"
    for place in ("preference", *(f"sets.shared.preferences.{thing}" for thing in ("user", "item", "ad")))
    for name in ("scale", "shift")
}


def prepared(run):
    """The model before training, and a few training rows of each task."""
    made = prepare(run.config, run.vectors, ignore)
    data = made.dataset.tasks
    rows = {task: make_batch(made.dataset, data[task], data[task].rows("train")[:12]) for task in made.tasks}
    return made.model, rows


def model_of(run):
    return prepared(run)[0]


def test_only_models_that_read_a_preference_have_numbers_for_it(new_run):
    plain, cosmos = (model_of(new_run(TASKS, settings)) for settings in ({}, COSMOS))
    held, more = dict(plain.named_parameters()), dict(cosmos.named_parameters())
    assert more.keys() - held.keys() == OWN
    assert held.keys() <= more.keys()
    assert [name for name in held if not torch.equal(held[name], more[name])] == []
    assert model_of(new_run(TASKS[:1], COSMOS)).preference is None  # one task: nothing to prefer


def test_before_training_a_preference_changes_nothing_and_once_learned_it_does(new_run):
    model, batches = prepared(new_run(TASKS, COSMOS))
    found = []
    for most in (0.0, 1.0):
        with torch.no_grad():  # not the same for all numbers of a row: a norm would take that out again
            model.preference.shift_TD[0] = torch.linspace(0, most, model.settings.width)
        for shares in ((0.5, 0.5), (0.9, 0.1)):
            model.prefer(dict(zip(TASKS, shares, strict=True)))
            with model.fixed():
                found.append(model(batches)["stars"])
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])  # even shares add nothing, whatever is learned
    assert not torch.allclose(found[2], found[3])


def test_what_entities_share_follows_the_preference_too(new_run):
    model = model_of(new_run(TASKS, COSMOS))
    with torch.no_grad():
        model.sets["shared"].preferences["item"].scale_TD[0] = 1.0
    found = []
    for share in (0.5, 0.75):
        model.prefer({"stars": share, "ad_click": 1 - share})
        with model.fixed():
            found.append(model.whole_catalogue("shared", "item"))
    torch.testing.assert_close(found[1], found[0] * 1.5)  # 1 + (2 * 0.75 - 1) * 1


def test_drawn_preferences_hold_in_training_only(new_run):
    model, batches = prepared(new_run(TASKS, COSMOS))
    seen = []
    model.preference.register_forward_hook(lambda module, inputs, output: seen.append(inputs[1]))
    model.prefer({"stars": 0.75, "ad_click": 0.25}, {"stars": 0.1, "ad_click": 0.9})
    model.train()
    model(batches)
    model.eval()
    model(batches)
    assert [shares["stars"] for shares in seen] == [0.1, 0.1, 0.75, 0.75]


def test_each_step_trains_with_the_preference_that_seed_and_step_give(new_run):
    run = new_run(TASKS, COSMOS | {"training.max_steps": 3, "training.evaluations_per_epoch": 0.1})
    loop = run.loop()
    seen = []
    loop.model.preference.register_forward_hook(
        lambda module, inputs, output: seen.append(dict(inputs[1])) if loop.model.training else None
    )
    loop.run(run.events.append, lambda: False)
    assert seen[::2] == seen[1::2] == [loop.rule.preference(step) for step in range(3)]  # a task each


def test_a_bundle_is_asked_for_the_weights_as_they_were_last(new_run):
    run = new_run(TASKS, COSMOS)
    run.train(weights_at={2: {"stars": 3.0}})
    bundle = load_bundle(run.folder / "bundle")
    assert bundle.plan.preference == {"stars": 0.75, "ad_click": 0.25}
    assert bundle.parameters.keys() >= OWN
    engine = Engine(run.folder / "bundle", None)
    with engine.ready(engine.dataset) as model:
        assert model.plan.preference == bundle.plan.preference
        assert torch.equal(model.preference.shift_TD, bundle.parameters["preference.shift_TD"])


def test_a_resumed_run_is_asked_for_the_weights_of_its_checkpoint(new_run):
    run = new_run(TASKS, COSMOS)
    run.train(stop_after=3, weights_at={1: {"ad_click": 4.0}})
    again = run.loop()
    assert again.model.plan.preference == {"stars": 0.5, "ad_click": 0.5}
    restore_state(again, load_checkpoint(run.folder / "last"))
    assert again.model.plan.preference == pytest.approx({"stars": 0.2, "ad_click": 0.8})

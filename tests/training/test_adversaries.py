"""Every adversary in a real training: all ways to train the encoder, weightings of each sort, resumption."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from mtrec_core.errors import SettingError
from mtrec_core.model.text_shift import TextShift
from mtrec_core.objective.adversarial import demand_texts
from mtrec_core.objective.adversaries import ADVERSARIES
from mtrec_core.training.checkpoint import load_checkpoint
from mtrec_core.training.loop_state import restore_state
from mtrec_core.training.step_rows import draw_batches

EDIT = "see mtrec_core/objective/adversaries.py and adversarial.py"
TASKS = ("purchase", "stars", "ad_click", "tags")
SHORT = {"training.max_steps": 4, "training.evaluations_per_epoch": 0.1, "objective.gradients_every": 0}
METHODS = {
    "equal": {"objective.weighting": "equal"},
    "uw": {"objective.weighting": "uw"},
    "famo": {"objective.weighting": "famo"},
    "gradnorm": {"objective.weighting": "gradnorm"},
    "metabalance": {"objective.weighting": "metabalance"},
    "cosmos": {"objective.weighting": "cosmos"},
    "upgrad": {"objective.aggregation": "upgrad"},
    "graddrop": {"objective.aggregation": "graddrop"},
}
WAYS = {
    "frozen": {},
    "frozen, bf16": {"training.precision": "bf16", "model.sharing": "ple"},
    "lora, added up": {"text.trainable": "lora", "training.accumulation": 2},
    "full, bf16": {"text.trainable": "full", "training.precision": "bf16"},
    "top layers": {"text.trainable": "last_k", "text.last_k": 1},
}

each_adversary = pytest.mark.parametrize("key", [key for key in ADVERSARIES if key != "none"])


def stepped(run, steps):
    """The loop after so many steps, without validations."""
    loop = run.loop()
    loop.run(run.events.append, lambda: bool(run.steps) and run.steps[-1].step >= steps)
    return loop


def model_of(run):
    return {name: part for name, part in run.saved().items() if name.startswith("model/")}


def differing(found, expected):
    assert found.keys() == expected.keys()
    return [name for name, tensor in expected.items() if not torch.equal(found[name], tensor)]


@each_adversary
@pytest.mark.parametrize("method", METHODS)
def test_every_adversary_works_with_every_sort_of_method_and_resumes_bit_for_bit(new_run, key, method):
    settings = SHORT | METHODS[method] | {"objective.adversary": key}
    whole, parts = new_run(TASKS, settings), new_run(TASKS, settings)
    stepped(whole, 4)
    stepped(parts, 2)
    torch.manual_seed(99)  # another process
    again = parts.loop()
    restore_state(again, load_checkpoint(parts.folder / "last"))
    again.run(parts.events.append, lambda: False)
    assert differing(parts.saved(), whole.saved()) == [], EDIT
    for step in whole.steps:
        assert all(math.isfinite(number) for number in (*step.losses.values(), *step.weights.values())), EDIT
    assert [event.weights for event in parts.steps] == [event.weights for event in whole.steps], EDIT


@each_adversary
@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_train_the_encoder_works_with_every_adversary(new_run, key, way):
    """And makes a difference, to the encoder too where it learns."""
    settings = SHORT | {"training.max_steps": 2} | WAYS[way]
    plain, attacked = new_run(TASKS, settings), new_run(TASKS, settings | {"objective.adversary": key})
    for run in (plain, attacked):
        loop = run.loop()
        loop._evaluate = lambda telling: None
        loop.run(run.events.append, lambda: False)
    assert all(torch.isfinite(part).all() for part in model_of(attacked).values()), EDIT
    changed = differing(model_of(attacked), model_of(plain))
    assert changed, EDIT
    learns = "text.trainable" in settings
    assert any("text_encoder" in name for name in changed) == learns, EDIT


@pytest.mark.parametrize("key", ["fgm", "pgd"])
@pytest.mark.parametrize("way", ["frozen", "lora, added up"])
def test_with_nothing_added_training_is_plain(new_run, key, way):
    """Also of what is dropped at random: each pass drops the same numbers, and later steps as without."""
    settings = (
        SHORT
        | WAYS[way]
        | {
            "training.optimizer": "sgd",
            "training.learning_rate": 0.05,
            "training.encoder_learning_rate": 0.05,
        }
    )
    other = {"objective.adversary": key, "objective.adversary_options": "eps=0"}
    plain, attacked = new_run(TASKS, settings), new_run(TASKS, settings | other)
    for run in (plain, attacked):
        stepped(run, 4)
    found = model_of(attacked)
    for name, tensor in model_of(plain).items():
        torch.testing.assert_close(found[name], tensor, atol=2e-6, rtol=1e-4)


def test_the_disturbed_loss_is_above_the_clean_one(new_run):
    settings = SHORT | {"training.max_steps": 1, "model.text_dropout": 0.0}
    plain = new_run(("tags", "service"), settings)
    attacked = new_run(("tags", "service"), settings | {"objective.adversary": "pgd"})
    for run in (plain, attacked):
        stepped(run, 1)
    assert attacked.steps[0].total > plain.steps[0].total + 1e-4


def test_famo_looks_again_at_the_same_disturbed_rows(new_run):
    """At a learning rate of 0 nothing changes, so both looks must give the very same losses."""
    seen = []
    settings = {"objective.weighting": "famo", "objective.adversary": "freelb"}
    run = new_run(TASKS, SHORT | settings | {"training.learning_rate": 1e-30})
    loop = run.loop()
    loop.rule.look_again = seen.append
    loop._evaluate = lambda telling: None
    loop.run(run.events.append, lambda: False)
    assert seen == [step.losses for step in run.steps]


@pytest.mark.parametrize("way", ["frozen", "lora, added up", "top layers"])
def test_what_is_added_reaches_inputs_and_neither_catalogue_nor_histories(new_run, way):
    run = new_run(("purchase", "service"), WAYS[way] | {"training.accumulation": 1})
    loop = run.loop()
    loop.model.train()
    batches = draw_batches(loop.dataset, loop.sampler, loop.negatives, loop.step, loop.processes)
    asked = loop.model.plan.entities
    with torch.no_grad():
        shift = TextShift()
        loop.model(batches, None, shift)
    words = {"frozen": 1}.get(way, 2)
    assert shift.pieces
    assert all(piece.shape[1] >= words for piece in shift.pieces)
    read = sum(len(piece) for piece in shift.pieces)
    texts = loop.model.features.texts.distinct
    places = [
        texts.of_entity[entity][codes]
        for task, batch in batches.items()
        for entity, codes in zip(loop.model.plan.tasks[task].inputs, batch.inputs, strict=True)
        if asked[entity].has_text
    ]
    if way != "frozen":  # sampled targets are inputs too
        places += [
            texts.of_entity[loop.model.plan.tasks[task].target][codes.astype(np.int64)]
            for task, batch in batches.items()
            for codes in (batch.labels_B, batch.negatives_S)
        ]
    assert read == len(np.setdiff1d(np.concatenate(places), len(texts)))


def test_in_several_processes_an_adversary_is_refused(new_run):
    with pytest.raises(SettingError, match=r"training\.processes is 2"):
        new_run(TASKS, {"objective.adversary": "fgm", "training.processes": 2}).loop()


def test_without_a_text_there_is_nothing_to_disturb(new_run):
    run = new_run(("gold",), {"objective.adversary": "fgm"})
    model = run.loop().model
    demand_texts(run.config.objective, model, 1)
    bare = {name: replace(entity, has_text=False) for name, entity in model.plan.entities.items()}
    model.plan = replace(model.plan, entities=bare)
    with pytest.raises(SettingError, match=r"no entity of the trained tasks has one.*adversary=none"):
        demand_texts(run.config.objective, model, 1)

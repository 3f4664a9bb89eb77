"""A run's configuration: round trip, settings by name, presets, and the rules of every section."""

import dataclasses
import json

import pytest

from mtrec_core.config import (
    PRESETS,
    SECTIONS,
    RunConfig,
    all_settings,
    apply_preset,
    chosen_tasks,
    with_setting,
    with_settings,
)
from mtrec_core.errors import SettingError

CONFIG = RunConfig(
    dataset="shop",
    name="a",
    seed=3,
    weights={"purchase": 1.0, "ad_click": 0.5},
    tasks=("purchase", "ad_click"),
)


def test_a_configuration_comes_back_from_json_equal():
    changed = with_settings(
        CONFIG, {"training.epochs": "2.5", "text.trainable": "lora", "data.hide_items": 0.2}
    )
    assert RunConfig.from_json(json.loads(json.dumps(changed.to_json()))) == changed


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: content.update(sead=1), "part of a configuration sead; Did you mean seed?"),
        (
            lambda content: content["training"].update(epoch=1),
            "training.epoch; Did you mean training.epochs?",
        ),
        (
            lambda content: content["training"].update(epochs="many"),
            "training.epochs is 'many'|epochs is 'many'",
        ),
        (lambda content: content["weights"].update(purchase=-1), "weight of task purchase is -1"),
    ],
)
def test_a_configuration_that_was_spoiled_is_refused(spoil, says):
    content = CONFIG.to_json()
    spoil(content)
    with pytest.raises(SettingError) as caught:
        RunConfig.from_json(content)
    assert any(part in str(caught.value) for part in says.split("|"))


def test_the_fingerprint_follows_all_but_the_name():
    fingerprint = CONFIG.fingerprint()
    assert len(fingerprint) == 12
    assert dataclasses.replace(CONFIG, name="b").fingerprint() == fingerprint
    others = [
        dataclasses.replace(CONFIG, seed=4),
        dataclasses.replace(CONFIG, weights={"purchase": 1.0}),
        dataclasses.replace(CONFIG, dataset="other"),
        *(with_setting(CONFIG, *change) for change in (("training.epochs", 9), ("model.width", 8))),
    ]
    assert len({fingerprint, *(other.fingerprint() for other in others)}) == len(others) + 1


def test_one_setting_changes_and_no_other():
    changed = with_setting(CONFIG, "training.epochs", "3")
    assert changed.training.epochs == 3.0
    assert dataclasses.replace(changed, training=CONFIG.training) == CONFIG


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("training.epoch", "training.epochs"),
        ("text.encodr", "text.encoder"),
        ("trainin.epochs", "training.epochs"),
        ("epochs", ""),
        ("", ""),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_nearest_name(name, near):
    with pytest.raises(SettingError, match=f"Unknown setting {name};") as caught:
        with_setting(CONFIG, name, "1")
    assert f"Did you mean {near}?" in str(caught.value) if near else True
    assert "known here:" in str(caught.value)


def test_every_setting_takes_its_own_default_and_says_what_it_does():
    for setting in all_settings():
        assert setting.doc, f"{setting.name}: write a docstring under the field"
        assert with_setting(RunConfig(dataset="shop"), setting.name, setting.default) == RunConfig(
            dataset="shop"
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("text.max_length", 1), ("text.last_k", 0), ("text.lora_rank", 0), ("text.lora_alpha", 0)),
        *(("text.tokens_per_batch", 127), ("text.trainable", "some"), ("text.pooling", "max")),
        *(("model.width", 3), ("model.experts", 0), ("model.dropout", 1), ("model.dropout", -0.1)),
        *(("model.id_dropout", 1.5), ("model.text_dropout", 1), ("model.ngram_buckets", -1)),
        *(("model.full_softmax_limit", 0), ("model.sampled_negatives", 0), ("model.temperature", 0)),
        *(("model.history", "lstm"), ("objective.huber_delta", 0), ("objective.label_smoothing", 1)),
        *(("objective.ranking_loss", "points"), ("training.epochs", 0), ("training.batch_size", 0)),
        *(("training.accumulation", 0), ("training.max_steps", -1), ("training.learning_rate", 0)),
        *(("training.encoder_learning_rate", -1), ("training.task_power", 1.1), ("training.warmup", 1)),
        *(("training.weight_decay", -1), ("training.id_weight_decay", -1), ("training.clip_norm", -1)),
        *(("training.patience", -1), ("training.threads", -1), ("training.averaging", 1)),
        *(
            ("training.evaluations_per_epoch", 0),
            ("training.monitor", "purchase"),
            ("training.monitor", "a/b/c"),
        ),
        *(("training.optimizer", "adam"), ("training.schedule", "step"), ("training.precision", "fp16")),
        *(("training.device", "tpu"), ("evaluation.list_length", 9), ("evaluation.bootstrap_samples", 99)),
        *(("evaluation.max_validation_lists", -1), ("data.hide_items", 0.91), ("data.train_rows", -1)),
        ("data.train_per_class", -1),
    ],
)
def test_a_value_outside_its_range_is_refused_by_name(name, value):
    with pytest.raises(SettingError, match=name.partition(".")[2]):
        with_setting(CONFIG, name, value)


@pytest.mark.parametrize("weight", [-0.1, float("nan"), float("inf")])
def test_a_weight_is_a_number_of_0_or_more(weight):
    with pytest.raises(SettingError, match="weight of task purchase"):
        RunConfig(dataset="shop", weights={"purchase": weight})


KNOWN = ("purchase", "ad_click", "tags")


@pytest.mark.parametrize(
    ("tasks", "weights", "chosen"),
    [
        ((), {}, KNOWN),
        (("tags", "purchase"), {}, ("purchase", "tags")),  # in the dataset's order
        ((), {"ad_click": 0.0}, ("purchase", "tags")),
        (("tags", "purchase"), {"tags": 0.0}, ("purchase",)),
    ],
)
def test_the_chosen_tasks_are_those_asked_for_less_those_of_weight_0(tasks, weights, chosen):
    assert chosen_tasks(RunConfig(dataset="shop", tasks=tasks, weights=weights), KNOWN) == chosen


@pytest.mark.parametrize(
    ("tasks", "weights", "says"),
    [
        (("tag",), {}, "Unknown task tag; Did you mean tags?"),
        ((), {"clicks": 1.0}, "Unknown task clicks"),
        ((), dict.fromkeys(KNOWN, 0.0), "Every task weight is 0"),
        (("tags",), {"tags": 0.0}, "Every task weight is 0"),
    ],
)
def test_tasks_that_leave_nothing_to_train_are_refused(tasks, weights, says):
    with pytest.raises(SettingError) as caught:
        chosen_tasks(RunConfig(dataset="shop", tasks=tasks, weights=weights), KNOWN)
    assert says in str(caught.value)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_preset_changes_settings_and_nothing_else(preset):
    changed = apply_preset(CONFIG, preset)
    assert changed != CONFIG
    assert dataclasses.replace(changed, **{name: getattr(CONFIG, name) for name in SECTIONS}) == CONFIG
    assert PRESETS[preset].__doc__, "say in mtrec_core/config.py when to take it"


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(SettingError, match=r"Unknown preset quik; Did you mean quick\?.*thorough"):
        apply_preset(CONFIG, "quik")


def test_settings_that_fit_together_may_come_in_any_order():
    values = {"objective.aggregation_options": "c=0.2", "objective.aggregation": "cagrad"}
    for given in (values, dict(reversed(values.items()))):
        assert with_settings(RunConfig(dataset="shop"), given).objective.aggregation_options == "c=0.2"

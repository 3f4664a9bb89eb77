"""The composer: from a dataset folder to predictions, numbers and a bundle; what bad input gets.

Shape suffixes: U = distinct texts, H = the encoder's width.
"""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from mtrec_core.config import with_settings
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.errors import DataError, SettingError
from mtrec_core.evaluation.draws_file import load_draws
from mtrec_core.evaluation.predictions_file import VALIDATION_FILE, load_predictions
from mtrec_core.evaluation.slices_file import load_members
from mtrec_core.pipeline import build_loop, train_in
from mtrec_core.prepare import prepare, refresh_texts
from mtrec_core.results import RunResult
from mtrec_core.training.events import EvaluationEvent, MessageEvent, StageEvent, ignore
from mtrec_core.training.step_rows import draw_batches
from tests.tiny_shop import DATASET, write_dataset


@pytest.fixture
def changed(tmp_path, tables, config):
    """changed(file, column, cells) is the configuration of a shop in which one column holds other cells."""

    def write(file, column, cells, toml=DATASET):
        columns = tables[file] | {column: cells}
        return replace(config, dataset=str(write_dataset(tmp_path, tables | {file: columns}, toml)))

    return write


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory):
    """A run of all tasks with its baselines: result, events, folder."""
    folder, events = tmp_path_factory.mktemp("run"), []
    chosen = with_settings(config, {"evaluation.baselines": True, "text.max_length": 5, "training.epochs": 1})
    result = train_in(folder, chosen, folder / "vectors", "r1", events.append, lambda: False)
    return result, events, folder


def test_tasks_of_all_kinds_train_in_one_model_and_every_number_is_finite(finished):
    result, _, _ = finished
    assert {task.kind for task in result.tasks.values()} == set(TASK_KINDS)
    for name, task in result.tasks.items():
        for numbers in (task.test, task.before, task.validation, *task.baselines.values()):
            assert task.headline in numbers, name
            assert all(math.isfinite(value) for value in numbers.values()), name
        assert task.baselines, name
        assert task.split, name


def test_a_result_comes_back_from_json(finished):
    result, _, _ = finished
    again = RunResult.from_json(json.loads(json.dumps(result.to_json())))
    assert again.tasks == result.tasks
    assert (again.run, again.state, again.steps, again.notes) == (
        "r1",
        "completed",
        result.steps,
        result.notes,
    )


def test_the_test_set_is_looked_at_before_training_and_once_after_it(finished):
    result, events, folder = finished
    tested = [event.step for event in events if isinstance(event, EvaluationEvent) and event.split == "test"]
    assert tested == [0, result.best_step]
    assert all(event.monitor is None for event in events if getattr(event, "split", "") == "test")
    predictions = load_predictions(folder / "predictions.parquet")
    assert set(predictions["split"]) == {"test"}
    assert set(predictions["task"]) == set(result.tasks)


def test_predictions_on_validation_are_kept_apart_from_those_on_test(finished):
    result, _, folder = finished
    chosen_on, test = (load_predictions(folder / name) for name in (VALIDATION_FILE, "predictions.parquet"))
    assert set(chosen_on["split"]) == {"validation"}
    assert set(chosen_on["task"]) == set(result.tasks)
    rows = [{tuple(row) for row in table[["task", "row"]].to_numpy().tolist()} for table in (chosen_on, test)]
    assert not rows[0] & rows[1]


def test_the_stages_are_told_in_their_order(finished):
    _, events, _ = finished
    stages = [event.stage for event in events if isinstance(event, StageEvent)]
    assert stages == ["data", "text", "before", "train", "test", "baselines", "bundle"]


def test_cut_texts_and_the_cache_are_told_in_every_run(finished, config, tmp_path):
    result, _, folder = finished
    first = next(note for note in result.notes if "cut off" in note)
    # [CLS] and [SEP] leave 3 of 5 tokens; "red lamp. acme" has 4.
    assert "texts were longer than 5 tokens" in first
    assert any("encoded now, 0 came from the cache" in note for note in result.notes)
    events = []
    chosen = with_settings(config, {"text.max_length": 5})
    prepare(chosen, folder / "vectors", events.append)
    notes = [event.text for event in events if isinstance(event, MessageEvent)]
    assert first in notes
    assert any(note.startswith("0 texts were encoded now") for note in notes)


def test_each_file_of_a_baseline_holds_its_predictions(finished):
    result, _, folder = finished
    for name, task in result.tasks.items():
        for key in task.baselines:
            table = load_predictions(folder / "baselines" / f"{name}.{key}.parquet")
            assert set(table["task"]) == {name}
            assert set(table["split"]) == {"test"}


@pytest.mark.parametrize(
    ("settings", "sampled"),
    [
        ({}, set()),
        ({"model.full_softmax_limit": 10}, {"purchase", "related"}),  # 32 items, 3 answers
        ({"text.trainable": "full"}, {"purchase", "related", "service"}),
    ],
)
def test_retrieval_takes_a_sample_when_targets_are_many_or_the_encoder_learns(
    config, tmp_path, settings, sampled
):
    chosen = with_settings(config, settings)
    loop = build_loop(prepare(chosen, tmp_path / "vectors", ignore), chosen, tmp_path)
    assert set(loop.negatives) == sampled
    batches = draw_batches(loop.dataset, loop.sampler, loop.negatives, loop.step, loop.processes)
    assert {task for task, batch in batches.items() if batch.negatives_S is not None} == sampled & set(
        batches
    )


def test_the_texts_of_a_learning_encoder_are_renewed_where_a_split_needs_them(config, tmp_path):
    chosen = with_settings(replace(config, tasks=("service",)), {"text.trainable": "full"})
    prepared = prepare(chosen, tmp_path, ignore)
    texts = prepared.model.features.texts
    assert (texts.vectors_UH == 0).all()
    refresh_texts(prepared, chosen.text, "test")
    task, distinct = prepared.dataset.tasks["service"], texts.distinct
    asked = distinct.of_entity["question"][task.inputs[0][task.rows("test")]]
    answers = distinct.of_entity["answer"]
    filled = np.flatnonzero((texts.vectors_UH != 0).any(dim=1).numpy())
    assert set(filled) == {*asked.tolist(), *answers.tolist()}  # typed questions of other splits are not read
    before_UH = texts.vectors_UH.clone()
    with torch.no_grad():
        for parameter in prepared.encoder.parameters():
            parameter.mul_(1.5)
    refresh_texts(prepared, chosen.text, "validation")
    assert (texts.vectors_UH[answers] != before_UH[answers]).any(dim=1).all()


def test_a_frozen_encoder_is_no_part_of_the_model(config, tmp_path):
    prepared = prepare(config, tmp_path, ignore)
    assert prepared.model.text_encoder is None
    assert not any("encoder" in name for name, _ in prepared.model.named_parameters())


def refused(config, folder, kind, says):
    with pytest.raises(kind) as caught:
        prepare(config, folder / "vectors", ignore)
    text = str(caught.value)
    assert all(part in text for part in says), text


def test_a_task_without_labels_is_refused(changed, tmp_path):
    config = changed("users.csv", "gold", [""] * 40)
    refused(config, tmp_path, DataError, ["Task 'gold' has no training row with a label", "--tasks"])


def test_a_task_without_labels_to_be_judged_by_is_refused(changed, tmp_path, tables):
    stars = [star if row < 340 else "" for row, star in enumerate(tables["purchases.csv"]["stars"])]
    config = changed("purchases.csv", "stars", stars)
    refused(replace(config, tasks=("stars",)), tmp_path, DataError, ["Task stars has no labelled test rows"])


@pytest.mark.parametrize(
    ("file", "column", "cells", "task"),
    [
        ("users.csv", "gold", [1] * 40, "gold"),
        ("users.csv", "segment", ["red"] * 40, "segment"),
        ("searches.csv", "relevance", [2] * 200, "search"),
    ],
)
def test_a_task_with_one_class_is_refused(changed, tmp_path, file, column, cells, task):
    config = changed(file, column, cells)
    refused(config, tmp_path, DataError, [f"Task {task}: all", f"same label in column '{column}'", "--tasks"])


def test_a_ranking_whose_lists_have_no_order_is_refused(changed, tmp_path):
    config = changed("searches.csv", "relevance", [row // 5 % 3 for row in range(200)])  # by list
    refused(config, tmp_path, DataError, ["Task search: in each list", "all grades are alike", "group"])


def test_tags_that_are_all_too_rare_are_refused(changed, tmp_path, tables):
    config = changed(
        "items.csv", "tags", tables["items.csv"]["tags"], DATASET.replace("min_count = 1", "min_count = 99")
    )
    refused(config, tmp_path, DataError, ["Task 'tags': no tag has 99 training rows", "min_count"])


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"tasks": ("sarch",)}, SettingError, ["Unknown task sarch", "Did you mean search?"]),
        ({"weights": {"golden": 1.0}}, SettingError, ["Unknown task golden", "Did you mean gold?"]),
        ({"tasks": ("gold",), "weights": {"gold": 0.0}}, SettingError, ["Every task weight is 0"]),
        ({"dataset": "nowhere"}, DataError, ["nowhere"]),
    ],
)
def test_a_request_that_fits_no_dataset_is_refused(config, tmp_path, change, kind, says):
    refused(replace(config, **change), tmp_path, kind, says)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"text.encoder": "/nowhere"}, ["text.encoder '/nowhere' is no folder"]),
        ({"text.trainable": "last_k", "text.last_k": 2}, ["last_k is 2, but the encoder has 2 layers"]),
        ({"model.sharing": "pyramid"}, ["model.sharing pyramid", "mmoe"]),
    ],
)
def test_a_setting_that_only_the_model_can_judge_is_refused(config, tmp_path, settings, says):
    refused(with_settings(config, settings), tmp_path, SettingError, says)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"training.monitor": "sales/auc"}, "names task 'sales'"),
        ({"objective.aggregation_options": "main=sales", "objective.aggregation": "pcd"}, "main .* is sales"),
    ],
)
def test_a_setting_that_only_the_loop_can_judge_is_refused(config, tmp_path, settings, says):
    chosen = with_settings(replace(config, tasks=("gold",)), settings)
    with pytest.raises(SettingError, match=says):
        build_loop(prepare(chosen, tmp_path, ignore), chosen, tmp_path)


def test_what_sets_a_run_against_others_is_kept_beside_its_predictions(finished):
    result, _, folder = finished
    draws = load_draws(folder / "intervals.parquet")
    for task, found in result.tasks.items():
        assert draws[task, found.headline].value == pytest.approx(found.test[found.headline])
    assert len(load_members(folder / "slices.parquet", "purchase"))

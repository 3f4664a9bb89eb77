"""What every baseline keeps, over the table of baselines and all kinds of task."""

import numpy as np
import pandas as pd
import pytest

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.errors import SettingError, UserError
from mtrec_core.evaluation.baselines import problem as problem_module
from mtrec_core.evaluation.baselines.config import BaselineSettings
from mtrec_core.evaluation.baselines.run import baseline_predictions, scorer_of
from mtrec_core.evaluation.baselines.table import BASELINES
from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.evaluation.predictions import empty_predictions
from tests.evaluation.baselines.hand_made import TASK, dataset, entity, history

ROWS = 90
SPLITS = np.array(["train"] * 60 + ["validation"] * 15 + ["test"] * 15)
WORDS = ["red", "blue", "silk", "wool", "dress", "shoe"]


def task_of(kind, turned=False):
    """A task with users, their histories and items; `turned` turns the labels of the test rows round."""
    rng = np.random.default_rng(0)
    user, item, label = rng.integers(0, 10, ROWS), rng.integers(0, 12, ROWS), rng.integers(0, 2, ROWS)
    if turned:
        label = np.where(SPLITS == "test", 1 - label, label)
    events = [rng.integers(0, 12, 4).tolist() for _ in range(10)]
    users = entity("user", [f"u{code}" for code in range(10)], histories=history("item", events))
    texts = [" ".join(rng.choice(WORDS, 2)) for _ in range(12)]
    items = entity("item", [f"i{code}" for code in range(12)], texts=texts, categories=rng.integers(0, 3, 12))
    return dataset(
        kind,
        [users, items],
        {"user": user, "item": item},
        SPLITS,
        labels=None if kind in ("retrieval", "multilabel") else label,
        classes=("no", "yes") if kind in ("multiclass", "multilabel") else (),
        tags=[{int(value)} for value in label] if kind == "multilabel" else None,
        ends={0: 4 * user + rng.integers(1, 5, ROWS)},
        group=[f"g{code}" for code in user] if kind == "ranking" else None,
    )


@pytest.fixture(scope="module")
def all_predictions():
    return {kind: baseline_predictions(task_of(kind), TASK) for kind in TASK_KINDS}


@pytest.mark.parametrize("key", BASELINES)
def test_a_row_of_the_table_names_a_function_and_known_kinds(key):
    row = BASELINES[key]
    assert row.key == key
    assert callable(scorer_of(row))
    assert set(row.kinds) <= set(TASK_KINDS)
    assert row.title
    assert row.summary


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_a_task_with_texts_histories_and_repeated_items_gets_every_baseline_of_its_kind(
    kind, all_predictions
):
    assert list(all_predictions[kind]) == [key for key, row in BASELINES.items() if kind in row.kinds]


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_predictions_are_finite_typed_and_measurable(kind, all_predictions):
    spec = task_of(kind).tasks[TASK].spec
    for key, table in all_predictions[kind].items():
        assert table.dtypes.astype(str).to_dict() == empty_predictions().dtypes.astype(str).to_dict(), key
        assert np.isfinite(table["score"]).all(), key
        assert (table["task"] == TASK).all()
        for split in ("validation", "test"):
            rows = table[table["split"] == split]
            assert set(SPLITS[rows["row"]]) == {split}
            assert TASK_KINDS[kind].headline in evaluate(spec, rows), key


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_the_same_seed_gives_the_same_predictions(kind, all_predictions):
    again = baseline_predictions(task_of(kind), TASK)
    for key, table in all_predictions[kind].items():
        pd.testing.assert_frame_equal(again[key], table)


@pytest.mark.parametrize("kind", [kind for kind in TASK_KINDS if kind != "retrieval"])
def test_labels_of_the_test_rows_change_no_score(kind, all_predictions):
    turned = baseline_predictions(task_of(kind, turned=True), TASK, splits=("test",))
    for key, table in all_predictions[kind].items():
        scores = table[table["split"] == "test"]["score"].tolist()
        assert turned[key]["score"].tolist() == scores, key
        assert turned[key]["target"].tolist() != table[table["split"] == "test"]["target"].tolist()


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_the_size_of_a_block_changes_nothing(kind, all_predictions, monkeypatch):
    monkeypatch.setattr(problem_module, "BLOCK_CELLS", 5 * 12)
    monkeypatch.setattr(problem_module, "BLOCK_ROWS", 4)
    small = baseline_predictions(task_of(kind), TASK)
    for key, table in all_predictions[kind].items():
        pd.testing.assert_frame_equal(small[key], table, rtol=1e-4, atol=1e-6, obj=key)


def test_only_the_splits_asked_for_are_predicted():
    for table in baseline_predictions(task_of("binary"), TASK, splits=("test",)).values():
        assert table["split"].unique().tolist() == ["test"]


def test_a_list_keeps_its_first_items_and_the_relevant_ones():
    table = baseline_predictions(task_of("retrieval"), TASK, splits=("test",))["popularity"]
    assert ((table["rank"] <= BaselineSettings().list_length) | (table["target"] == 1)).all()


def test_an_unknown_task_names_the_known_ones():
    with pytest.raises(UserError, match="Unknown task 'clicks'; known here: task"):
        baseline_predictions(task_of("binary"), "clicks")


@pytest.mark.parametrize(("name", "value"), [("max_rows", 0), ("validation_rows", -1), ("list_length", 5)])
def test_a_setting_out_of_range_is_named(name, value):
    with pytest.raises(SettingError, match=rf"{name} of the baselines is {value}"):
        BaselineSettings(**{name: value})

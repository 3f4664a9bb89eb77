"""What a classifier of the recipe benchmark is told, and how it is judged."""

import numpy as np
import pytest

from benchmarks.recipe_tasks import (
    feature_words,
    fits,
    judge,
    outputs,
    recipe_spec,
    row_texts,
    targets,
    validation_rows,
    with_features_as_words,
)
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.config import DataSettings
from mtrec_core.data.dataset import Dataset
from mtrec_core.data.features import CategoryColumn, FeatureEncoder, NumberColumn
from mtrec_core.errors import UserError

ROWS = 60


@pytest.fixture(scope="module")
def shop() -> Dataset:
    return compile_dataset(with_features_as_words(recipe_spec((), ROWS)), DataSettings(train_rows=100))


def test_tasks_that_would_read_every_pair_of_the_catalogue_are_left_out(shop):
    assert {"ad_click", "search", "tags", "service"} <= set(shop.tasks)
    assert not {"purchase", "related"} & set(shop.tasks)
    spec = recipe_spec(("service",), ROWS)
    assert list(spec.tasks) == ["service"]
    assert fits(spec, spec.tasks["service"])


def test_a_task_that_does_not_fit_is_refused_by_name():
    with pytest.raises(UserError, match="'purchase' is no task for a text classifier"):
        recipe_spec(("purchase",), ROWS)


def test_both_sides_train_on_the_same_rows_and_the_rows_to_judge_are_few(shop):
    ours = compile_dataset(recipe_spec((), ROWS), DataSettings(train_rows=100))
    for name, task in shop.tasks.items():
        np.testing.assert_array_equal(task.rows("train"), ours.tasks[name].rows("train"))
        np.testing.assert_array_equal(task.rows("validation"), ours.tasks[name].rows("validation"))
        assert len(task.rows("train")) <= 100
        assert len(task.rows("validation")) <= 2 * ROWS  # whole lists and equal times stay together


def test_the_texts_hold_features_history_and_context(shop):
    rows = shop.tasks["ad_click"].rows("train")
    first, second = row_texts(shop, "ad_click", rows)
    assert all("age: " in text for text in first)
    assert any("bought: " in text for text in first)
    assert all("position: " in text and "hour: " in text for text in second)
    assert len(first) == len(second) == len(rows)


def test_a_task_with_one_input_has_one_text(shop):
    first, second = row_texts(shop, "tags", shop.tasks["tags"].rows("train"))
    assert set(second) == {""}
    assert all("price: " in text for text in first)


def test_features_are_written_as_words_and_unknown_ones_left_out():
    encoder = FeatureEncoder(
        categorical=(
            CategoryColumn(column="hour", values=("13", "14")),
            CategoryColumn(column="city", values=("Oslo",)),
        ),
        numeric=(NumberColumn(column="age", mean=40.0, spread=10.0, flags_missing=True),),
    )
    # Code 2 is the second hour, code 0 an unknown city, -0.5 stands for 40 - 0.5 * 10.
    assert feature_words(encoder, np.array([2, 0]), np.array([-0.5, 0.0])) == "hour: 14, age: 35"


@pytest.mark.parametrize("task", ["ad_click", "tags", "search", "service"])
def test_logits_that_know_the_answer_are_judged_perfect(shop, task):
    rows = validation_rows(shop, task)
    known = targets(shop, task, rows)
    if known.dtype == np.int64:
        logits = np.zeros((len(rows), outputs(shop, task)), np.float32)
        logits[np.arange(len(rows)), known] = 9
    else:
        logits = known * 9
    assert logits.shape == (len(rows), outputs(shop, task))
    assert judge(shop, task, rows, logits) == pytest.approx(1.0)


def test_grades_are_divided_by_the_highest(shop):
    grades = targets(shop, "search", shop.tasks["search"].rows("train"))
    assert set(np.unique(np.round(grades * 3).astype(int))) == {0, 1, 2, 3}
    assert grades.max() == 1.0

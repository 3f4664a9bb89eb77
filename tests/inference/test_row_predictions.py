"""Predictions for rows: those of the run where it is asked the same, and sensible ones for new things."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.predictions_file import load_predictions
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.predictor import Predictor

FILES = {
    "purchase": "purchases.csv",
    "liked": "purchases.csv",
    "stars": "purchases.csv",
    "ad_click": "impressions.csv",
    "tags": "items.csv",
    "search": "searches.csv",
    "related": "related.csv",
    "service": "questions.csv",
    "gold": "users.csv",
    "segment": "users.csv",
}
ONE_NUMBER = {"liked": "probability", "stars": "value", "ad_click": "probability", "search": "score"}


@pytest.fixture(scope="module")
def tested(run_folder):
    """tested(task): the run's own predictions on test."""
    table = load_predictions(run_folder / "predictions.parquet")
    return lambda task: table[table["task"] == task]


@pytest.mark.parametrize("task", ONE_NUMBER)
def test_a_number_per_row_is_the_one_that_the_run_gave_on_test(task, predictor, tested, rows_of):
    expected = tested(task)
    found = predictor.predict(task, rows_of(FILES[task], expected["row"]))
    assert len(expected) > 10
    assert found["row"].tolist() == list(range(len(expected)))
    np.testing.assert_allclose(found[ONE_NUMBER[task]], expected["score"], atol=1e-5)


def of_each_class(found: pd.DataFrame, expected: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    wide = expected.pivot_table(index="row", columns="item", values="score", sort=False)
    return found[[f"probability {name}" for name in wide.columns]].to_numpy(), wide.to_numpy()


def test_probabilities_of_tags_are_those_that_the_run_gave_on_test(predictor, tested, rows_of):
    expected = tested("tags")
    found = predictor.predict("tags", rows_of("items.csv", expected["row"].unique()))
    np.testing.assert_allclose(*of_each_class(found, expected), atol=1e-5)


@pytest.mark.parametrize("task", ["gold", "segment"])
def test_a_user_who_bought_nothing_since_has_the_profile_that_the_run_gave_on_test(
    task, predictor, tested, rows_of
):
    expected = tested(task)
    expected = expected[expected["row"] >= 28]
    found = predictor.predict(task, rows_of("users.csv", expected["row"].unique()))
    assert len(found) >= 2
    if task == "gold":
        np.testing.assert_allclose(found["probability"], expected["score"], atol=1e-5)
    else:
        ours, theirs = of_each_class(found, expected)
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        np.testing.assert_allclose(ours.sum(axis=1), 1, atol=1e-5)
        best = expected.loc[expected.groupby("row")["score"].idxmax(), "item"]
        assert found["class"].tolist() == best.tolist()


@pytest.mark.parametrize("task", ["purchase", "related", "service"])
def test_scores_of_a_retrieval_are_those_that_the_run_gave_on_test(task, predictor, tested, rows_of):
    expected = tested(task)
    rows = expected["row"].unique()
    found = predictor.predict(task, rows_of(FILES[task], rows), n=100)
    both = found.assign(row=rows[found["row"]]).merge(expected, on=["row", "item"])
    assert set(both["row"]) == set(rows)
    assert len(both) > 0.5 * len(expected)
    np.testing.assert_allclose(both["score_x"], both["score_y"], atol=1e-5)
    for _, mine in found.groupby("row"):
        assert mine["rank"].tolist() == list(range(1, len(mine) + 1))
        assert mine["score"].is_monotonic_decreasing


def test_an_encoder_that_learned_gives_the_run_s_predictions_too(live_run_folder, rows_of):
    expected = load_predictions(live_run_folder / "predictions.parquet")
    expected = expected[expected["task"] == "tags"]
    predictor = Predictor(live_run_folder / "bundle")
    found = predictor.predict("tags", rows_of("items.csv", expected["row"].unique()))
    np.testing.assert_allclose(*of_each_class(found, expected), atol=1e-5)


def test_a_row_without_a_time_has_the_history_of_now(predictor, rows_of):
    row = rows_of("purchases.csv", [390])
    early = row.set_column(2, "time", pa.array([0]))
    late = row.set_column(2, "time", pa.array([10_000]))
    values = [
        predictor.predict("stars", table)["value"][0] for table in (row.drop_columns("time"), late, early)
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-6)
    assert values[0] != pytest.approx(values[2], abs=1e-6)


def test_a_new_item_is_judged_by_its_columns_as_a_known_one_without_training_is(predictor, bundle, tables):
    items = Engine(bundle).dataset.entities["item"]
    cold = [key for key in ("i90", "i91") if not items.in_train_N[items.keys.index(key).as_py()]]
    assert cold, "a tags row of both is in train: choose other rows"
    place = tables["items.csv"]["item_id"].index(cold[0])
    title, brand, price = (tables["items.csv"][name][place] for name in ("title", "brand", "price"))
    rows = pa.table(
        {
            "user_id": ["u01"] * 3,
            "item_id": [cold[0], "new", "other"],
            "title": [None, title, "blue shoe shoe"],
            "brand": [None, brand, brand],
            "price": [None, price, price],
        }
    )
    known, same, other = predictor.predict("stars", rows)["value"]
    assert same == pytest.approx(known, abs=1e-5)
    assert other != pytest.approx(known, abs=1e-5)


def test_a_new_user_is_judged_by_the_columns_beside_it(predictor):
    rows = pa.table({"user_id": ["x", "y", "z"], "job": ["desk", "shoe", "desk"], "age": [30, 30, 30]})
    values = predictor.predict("gold", rows)["probability"]
    assert values[0] == pytest.approx(values[2], abs=1e-6)
    assert values[0] != pytest.approx(values[1], abs=1e-6)


def test_a_row_asks_for_targets_without_naming_one(predictor):
    found = predictor.predict("purchase", pa.table({"user_id": ["u01", "nobody"]}), n=4)
    assert found.columns.tolist() == ["row", "rank", "item", "score"]
    assert found["row"].tolist() == [0] * 4 + [1] * 4
    recommended = predictor.recommend(user="u01", n=4)
    assert found["item"].tolist()[:4] == [one.item for one in recommended]


def test_seen_targets_are_left_out_but_not_the_row_s_own(predictor, tables):
    bought = tables["purchases.csv"]
    mine = {item for user, item in zip(bought["user_id"], bought["item_id"], strict=True) if user == "u01"}
    own = bought["item_id"][bought["user_id"].index("u01")]
    found = predictor.predict("purchase", pa.table({"user_id": ["u01"]}), n=100)
    assert set(found["item"]) == set(tables["items.csv"]["item_id"]) - mine
    found = predictor.predict("purchase", pa.table({"user_id": ["u01"], "item_id": [own]}), n=100)
    assert set(found["item"]) == set(tables["items.csv"]["item_id"]) - (mine - {own})


def test_a_thing_is_not_related_to_itself(predictor):
    found = predictor.predict("related", pa.table({"item_id": ["i04"]}), n=100)
    assert "i04" not in set(found["item"])


def test_tags_are_those_of_at_least_one_half(predictor, rows_of):
    found = predictor.predict("tags", rows_of("items.csv", range(32)))
    named = [name for name in found.columns if name.startswith("probability ")]
    for _, row in found.iterrows():
        likely = {name.removeprefix("probability ") for name in named if row[name] >= 0.5}
        assert set(filter(None, row["tags"].split("|"))) == likely


def test_a_table_without_rows_gives_a_table_without_rows(predictor, rows_of):
    for task, file in FILES.items():
        assert len(predictor.predict(task, rows_of(file, []))) == 0, task


def test_an_unknown_task_and_a_missing_column_are_told(predictor):
    with pytest.raises(UserError, match=r"no task likes\. Did you mean liked\? Its tasks: purchase, liked"):
        predictor.predict("likes", pa.table({"user_id": ["u01"]}))
    with pytest.raises(DataError, match=r"no column 'user_id'.*columns are: item_id"):
        predictor.predict("liked", pa.table({"item_id": ["i01"]}))

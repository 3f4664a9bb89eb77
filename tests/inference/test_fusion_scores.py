"""What a run keeps for fusion: the scores of its tasks on validation lists, and the evidence."""

import numpy as np
import pandas as pd
import pytest

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.fusion_file import load_evidence, load_fusion, load_test_lists
from mtrec_core.evaluation.predictions_file import load_predictions


@pytest.fixture(scope="module")
def lists(bundle):
    return load_fusion(bundle)


@pytest.fixture(scope="module")
def dataset(dataset_folder):
    return compile_dataset(load_dataset_spec(dataset_folder))


def test_the_tasks_that_score_a_user_and_an_item_are_there_the_recommending_one_first(lists):
    assert lists.tasks == ("purchase", "liked", "stars")


def test_each_list_has_the_same_candidates_from_each_task_its_relevant_ones_among_them(lists, dataset):
    table = lists.scores
    rows = dataset.tasks["purchase"].rows("validation")
    assert set(table["row"]) == set(rows)  # every row has a time, so each is a list of its own
    wide = table.pivot_table(index=["row", "item"], columns="task", values="score")
    assert not wide.isna().any().any()
    relevant = table[(table["task"] == "purchase") & (table["target"] > 0)].set_index("row")["item"]
    items = dataset.entities["item"].keys.to_pylist()
    expected = {int(row): items[dataset.tasks["purchase"].inputs[1][row]] for row in rows}
    assert relevant.to_dict() == expected


@pytest.mark.parametrize(("task", "column"), [("liked", "probability"), ("stars", "value")])
def test_scores_are_those_of_the_history_at_the_time_of_the_list(task, column, lists, predictor, rows_of):
    table = lists.scores[(lists.scores["task"] == task) & (lists.scores["target"] > 0)]
    found = predictor.predict(task, rows_of("purchases.csv", table["row"]))
    np.testing.assert_allclose(found[column], table["score"], atol=1e-5)


def test_the_recommending_task_alone_has_its_own_validation_metric(lists, predictor, run_folder):
    only = lists.validation_metric({"purchase": 1.0})
    # fewer than 100 items: the lists are the whole catalogue, so this is the run's metric
    assert only == pytest.approx(lists.evidence["purchase"].headline, abs=1e-6)
    assert predictor.fused_validation({"purchase": 3}) == pytest.approx(only)
    assert predictor.fused_validation({"stars": 1}) != pytest.approx(only)


def test_evidence_counts_training_rows_and_compares_with_a_simple_baseline(lists, dataset):
    assert lists.evidence["purchase"].rows == len(dataset.tasks["purchase"].rows("train")) == 280
    stars = dataset.tasks["stars"]
    error = stars.label_R[stars.rows("validation")] - stars.label_R[stars.rows("train")].mean()
    assert lists.evidence["stars"].baseline <= np.sqrt(np.mean(error**2)) + 1e-6
    assert not lists.evidence["stars"].higher_is_better
    assert lists.evidence["gold"].baseline == 0.5  # the same answer for all has AUC 1/2
    assert set(lists.evidence) == set(dataset.tasks)


def test_without_a_recommending_task_there_is_nothing_to_fuse(live_run_folder):
    lists = load_fusion(live_run_folder / "bundle")
    assert lists.tasks == ()
    with pytest.raises(UserError, match="nothing to fuse"):
        lists.validation_metric("equal")
    assert set(lists.evidence) == {"tags", "service"}


def test_the_run_keeps_the_same_of_its_test_lists_outside_the_bundle(lists, dataset, run_folder):
    table = load_test_lists(run_folder)
    assert tuple(table["task"].unique()) == lists.tasks
    assert set(table["row"]) == set(dataset.tasks["purchase"].rows("test"))
    assert not (run_folder / "bundle" / "fusion_test.parquet").exists()


def test_a_run_without_test_lists_is_told_to_be_trained_again(tmp_path):
    with pytest.raises(DataError, match="keeps no test lists"):
        load_test_lists(tmp_path)


def test_evidence_is_read_without_the_lists(bundle, lists):
    assert load_evidence(bundle) == lists.evidence


def test_learned_weights_are_those_of_the_validation_lists(lists, predictor):
    weights = predictor.fusion_weights("learned")
    assert set(weights) == set(lists.tasks)
    assert sum(map(abs, weights.values())) == pytest.approx(1)
    assert all(weight >= 0 for weight in weights.values())
    assert predictor.fused_validation("learned") >= lists.validation_metric("equal") - 0.05


def test_test_rows_have_no_say(lists, run_folder):
    test = load_predictions(run_folder / "predictions.parquet")
    tested = set(test.loc[test["task"] == "purchase", "row"])
    assert isinstance(lists.scores, pd.DataFrame)
    assert not tested & set(lists.scores["row"])

"""The table of metrics, and the metrics of whole predictions tables."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import ndcg_score

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.errors import MtrecError, UserError
from mtrec_core.evaluation.metric_table import METRICS, headline
from mtrec_core.evaluation.metrics import evaluate, measure, per_user
from mtrec_core.evaluation.predictions import empty_predictions, predictions_table


@pytest.fixture
def predictions_of(lay_out):
    """Predictions of a kind for which every metric is defined."""

    def make(kind: str) -> pd.DataFrame:
        rng = np.random.default_rng(0)
        score = rng.random((20, 8))
        if kind == "retrieval":
            rank = np.argsort(np.argsort(-score, axis=1), axis=1) + 1
            table = lay_out(np.eye(20, 8, k=0) + np.eye(20, 8, k=-8) + np.eye(20, 8, k=-16), score)
            return table.assign(rank=rank.ravel(), rank_seen_kept=rank.ravel())
        if kind == "multiclass":
            return lay_out(np.eye(8)[rng.integers(0, 8, 20)], score / score.sum(axis=1, keepdims=True))
        if kind == "multilabel":
            return lay_out(score > 0.6, rng.random((20, 8)))
        if kind == "ranking":
            return lay_out(rng.integers(0, 3, (20, 8)), score)
        target = rng.integers(0, 2, (80, 1)) if kind == "binary" else rng.random((80, 1))
        return lay_out(target, rng.random((80, 1)), user=np.arange(80) // 8)

    return make


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_a_kind_has_the_metrics_that_the_table_gives_it(kind, make_spec, predictions_of):
    found = evaluate(make_spec(kind, group="user"), predictions_of(kind), catalogue=8)
    expected = [metric.name for metric in METRICS.values() if kind in metric.kinds]
    assert list(found) == expected, "METRICS and the kind's measures disagree: see evaluation/metrics.py"


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_the_headline_is_a_metric_of_its_kind_with_the_same_direction(kind):
    assert kind in headline(kind).kinds
    assert headline(kind).higher_is_better == TASK_KINDS[kind].higher_is_better


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_the_values_are_plain_numbers_that_json_can_hold(kind, make_spec, predictions_of):
    found = evaluate(make_spec(kind), predictions_of(kind))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for name, value in found.items():
        assert METRICS[name].unit != "share" or name == "r2" or 0 <= value <= 1


def test_an_undefined_metric_is_left_out(make_spec, read_table):
    found = evaluate(make_spec("binary"), read_table("row target score\n0 1 0.5\n1 1 0.2"))
    assert "auc" not in found
    assert found["accuracy"] == 1 / 2


def test_coverage_needs_the_size_of_the_catalogue(make_spec, predictions_of):
    predictions = predictions_of("retrieval")
    assert "coverage@10" not in evaluate(make_spec("retrieval"), predictions)
    assert evaluate(make_spec("retrieval"), predictions, catalogue=16)["coverage@10"] == 8 / 16


def test_rows_without_a_target_do_not_count(make_spec, read_table):
    table = read_table("row target score\n0 1 3\n1 nan 7")
    assert evaluate(make_spec("regression"), table)["mae"] == 3 - 1


def test_an_empty_table_has_no_metrics(make_spec):
    for kind in TASK_KINDS:
        assert evaluate(make_spec(kind), empty_predictions()) == {}


def test_scores_that_are_not_numbers_are_refused(make_spec, read_table):
    table = read_table("row target score\n0 1 nan\n1 0 0.5")
    with pytest.raises(MtrecError, match="'t': 1 of 2 scores are not finite"):
        evaluate(make_spec("binary"), table)


def test_whole_catalogue_ranks_give_the_ndcg_of_scikit_learn(make_spec, lay_out):
    rng = np.random.default_rng(0)
    target, score = rng.random((30, 25)) < 0.2, rng.permutation(750).reshape(30, 25)
    target[:, 0] = True
    rank = np.argsort(np.argsort(-score, axis=1), axis=1) + 1
    table = lay_out(target, score).assign(rank=rank.ravel(), rank_seen_kept=rank.ravel())
    found = evaluate(make_spec("retrieval"), table)["ndcg@10"]
    assert found == pytest.approx(ndcg_score(target, score, k=10))


def test_a_user_has_the_metric_of_the_users_own_rows(make_spec, read_table):
    table = read_table("row user target score\n0 a 1 3\n1 a 1 2\n2 b 5 5")
    assert per_user(make_spec("regression"), table, "mae").to_dict() == {"a": (2 + 1) / 2, "b": 0}
    assert per_user(make_spec("binary"), table.assign(target=[1.0, 0, 1]), "auc").to_dict() == {"a": 1}


def test_a_metric_without_a_form_per_user_is_refused_by_name(make_spec, predictions_of):
    with pytest.raises(UserError, match=r"'coverage@10' of task 't' can't .* these can: ndcg@10, recall@10"):
        measure(make_spec("retrieval"), predictions_of("retrieval"), "coverage@10")


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_every_measure_drawn_once_per_user_is_its_own_value(kind, make_spec, predictions_of):
    predictions = predictions_of(kind)
    for name in evaluate(make_spec(kind, group="user"), predictions):
        chosen = measure(make_spec(kind, group="user"), predictions, name)
        assert chosen.resampled(np.ones((len(chosen.users), 2))) == pytest.approx([chosen.value()] * 2)
        assert len(chosen.per_user()) == len(chosen.users)


def test_a_large_table_is_evaluated_in_about_a_second(make_spec):
    lists, length = 10_000, 100
    rank = np.tile(np.arange(1, length + 1), lists)
    row = np.repeat(np.arange(lists), length)
    keys = pa.array([f"k{code}" for code in range(lists)])
    user = keys.take(pa.array(row))
    table = predictions_table("t", "test", row, user, user, rank == 7, -rank, rank, rank)
    assert evaluate(make_spec("retrieval"), table)["mrr"] == pytest.approx(1 / 7)

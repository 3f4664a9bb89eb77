"""Metrics of classes, yes or no, numbers and tags, by eye and against scikit-learn."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from mtrec_core.evaluation.row_measures import (
    binary_measures,
    multiclass_measures,
    multilabel_measures,
    regression_measures,
)

FIXTURE_IS_PURE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20
)


def values(measures) -> dict[str, float]:
    return {name: measure.value() for name, measure in measures.items()}


def test_multiclass_metrics_by_eye(table_in_docstring):
    """Three rows; the first two are right, the third takes y for x.

    row item target score
    0   x    1      0.7
    0   y    0      0.3
    1   x    0      0.4
    1   y    1      0.6
    2   x    1      0.2
    2   y    0      0.8
    """
    found = values(multiclass_measures(table_in_docstring))
    f1_of_x, f1_of_y = 2 * 1 / (1 + 2), 2 * 1 / (2 + 1)  # 2 * found / (guessed + true)
    assert found == pytest.approx(
        {
            "accuracy": 2 / 3,
            "macro_f1": (f1_of_x + f1_of_y) / 2,
            "log_loss": -(log(0.7) + log(0.6) + log(0.2)) / 3,
        },
        rel=1e-6,
    )


def test_a_row_whose_class_is_not_among_the_lines_counts_as_wrong(read_table):
    table = read_table("row item target score\n0 x 0 0.7\n0 y 0 0.3\n1 x 1 1\n1 y 0 0")
    found = values(multiclass_measures(table))
    assert found["accuracy"] == 1 / 2
    assert found["macro_f1"] == pytest.approx(2 * 1 / (2 + 1))  # class y neither occurs nor is guessed
    assert found["log_loss"] == pytest.approx((-log(1e-7) - log(1)) / 2)


def test_equal_probabilities_take_the_first_class_by_name_whatever_the_order_of_the_lines(read_table):
    one = read_table("row item target score\n0 a 0 0.5\n0 b 1 0.5\n1 a 1 0.5\n1 b 0 0.5")
    other = read_table("row item target score\n0 b 1 0.5\n0 a 0 0.5\n1 b 0 0.5\n1 a 1 0.5")
    assert [values(multiclass_measures(table))["accuracy"] for table in (one, other)] == [1 / 2, 1 / 2]


def test_the_first_five_of_equal_probabilities_go_by_name(read_table):
    lines = [f"{row} {name} {int(name == 'abcdef'[row])} 0.1" for row in range(6) for name in "abcdef"]
    table = read_table("\n".join(["row item target score", *lines]))
    assert values(multiclass_measures(table))["top5_accuracy"] == pytest.approx(5 / 6)


def test_binary_metrics_by_eye(table_in_docstring):
    """Of the 2 x 2 pairs of yes and no, three are in order: 0.8 > 0.6, 0.8 > 0.1 and 0.3 > 0.1.

    row user target score
    0   a    1      0.8
    1   a    0      0.6
    2   b    1      0.3
    3   b    0      0.1
    """
    found = values(binary_measures(table_in_docstring, grouped=True))
    assert found == pytest.approx(
        {
            "auc": 3 / 4,
            "gauc": (2 * 1 + 2 * 1) / (2 + 2),
            "pr_auc": (1 / 1 + 2 / 3) / 2,
            "log_loss": -(log(0.8) + log(0.4) + log(0.3) + log(0.9)) / 4,
            "accuracy": 2 / 4,
            "ece": (0.2 + 0.6 + 0.7 + 0.1) / 4,  # four rows, four bins
        },
        rel=1e-6,
    )
    assert "gauc" not in binary_measures(table_in_docstring, grouped=False)


def test_gauc_weighs_groups_by_rows_and_leaves_out_those_with_one_answer(table_in_docstring):
    """Group a (3 rows) has AUC 1/2, b (2 rows) has 1, c only knows yes.

    row user target score
    0   a    1      0.5
    1   a    0      0.9
    2   a    0      0.1
    3   b    1      0.4
    4   b    0      0.3
    5   c    1      0.2
    """
    found = values(binary_measures(table_in_docstring, grouped=True))
    assert found["gauc"] == pytest.approx((3 * 0.5 + 2 * 1) / (3 + 2))


def test_one_answer_alone_has_no_auc(read_table):
    found = values(binary_measures(read_table("row target score\n0 0 0.5\n1 0 0.2"), grouped=False))
    assert np.isnan(found["auc"])
    assert np.isnan(found["pr_auc"])
    assert found["accuracy"] == 1 / 2  # 0.5 is a yes


def test_regression_metrics_by_eye(table_in_docstring):
    """Errors 1, -1 and 2 around labels with the mean 4.

    row target score
    0   2      3
    1   4      3
    2   6      8
    """
    found = values(regression_measures(table_in_docstring))
    errors, around_mean = 1 + 1 + 4, 4 + 0 + 4
    expected = {"rmse": sqrt(errors / 3), "mae": (1 + 1 + 2) / 3, "r2": 1 - errors / around_mean}
    assert found == pytest.approx(expected)


def test_labels_that_are_all_alike_have_no_r2(read_table):
    alike = read_table("row target score\n0 3.7 1\n1 3.7 2\n2 3.7 2")
    assert np.isnan(values(regression_measures(alike))["r2"])


def test_multilabel_metrics_by_eye(table_in_docstring):
    """Tag x ranks its row at place 1 of 2, tag y at place 2 of 2; row 1 has no tag.

    row item target score
    0   x    1      0.9
    0   y    1      0.2
    1   x    0      0.1
    1   y    0      0.6
    """
    found = values(multilabel_measures(table_in_docstring))
    f1_of_x, f1_of_y = 2 * 1 / (1 + 1), 2 * 0 / (1 + 1)
    assert found == pytest.approx(
        {
            "map": (1 / 1 + 1 / 2) / 2,
            "macro_f1": (f1_of_x + f1_of_y) / 2,
            "micro_f1": 2 * 1 / (2 + 2),
            "ndcg@5": 1,
        }
    )


seeds = st.integers(0, 10_000)
levels = st.sampled_from([4, 10_000])


@FIXTURE_IS_PURE
@given(seeds, levels)
def test_binary_metrics_agree_with_scikit_learn(lay_out, seed, level):
    rng = np.random.default_rng(seed)
    target = np.append(rng.random(48) < 0.3, [True, False])
    score = (rng.integers(1, level, size=50) / level).astype(np.float32)
    found = values(binary_measures(lay_out(target[:, None], score[:, None]), grouped=False))
    assert found["auc"] == pytest.approx(sk.roc_auc_score(target, score))
    assert found["pr_auc"] == pytest.approx(sk.average_precision_score(target, score))
    assert found["log_loss"] == pytest.approx(sk.log_loss(target, score.astype(np.float64)))
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(target, score >= 0.5))


@FIXTURE_IS_PURE
@given(seeds)
def test_gauc_agrees_with_scikit_learn_group_by_group(lay_out, seed):
    rng = np.random.default_rng(seed)
    user, target, score = rng.integers(0, 8, 60), rng.random(60) < 0.4, rng.integers(0, 20, 60)
    found = values(binary_measures(lay_out(target[:, None], score[:, None], user), grouped=True))
    mixed = [user == group for group in range(8) if 0 < target[user == group].mean() < 1]
    by_group = [sk.roc_auc_score(target[rows], score[rows]) for rows in mixed]
    assert found["gauc"] == pytest.approx(np.average(by_group, weights=[rows.sum() for rows in mixed]))


@FIXTURE_IS_PURE
@given(seeds, levels)
def test_multiclass_metrics_agree_with_scikit_learn(lay_out, seed, level):
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, level, size=(40, 7)) / level
    score = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    true = rng.integers(0, 7, size=40)
    found = values(multiclass_measures(lay_out(np.eye(7)[true], score)))
    guess = score.argmax(axis=1)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(true, guess))
    assert found["macro_f1"] == pytest.approx(sk.f1_score(true, guess, average="macro"))
    assert found["log_loss"] == pytest.approx(-np.log(score[np.arange(40), true]).mean(), rel=1e-5)
    if level > 100:
        expected = sk.top_k_accuracy_score(true, score, k=5, labels=range(7))
        assert found["top5_accuracy"] == pytest.approx(expected)


@FIXTURE_IS_PURE
@given(seeds, levels)
def test_multilabel_metrics_agree_with_scikit_learn(lay_out, seed, level):
    rng = np.random.default_rng(seed)
    target = rng.random((30, 6)) < 0.3
    target[0] = True
    score = (rng.integers(0, level, size=(30, 6)) / level).astype(np.float32)
    found = values(multilabel_measures(lay_out(target, score)))
    tagged, guess = target.any(axis=1), score >= 0.5
    assert found["map"] == pytest.approx(sk.average_precision_score(target, score, average="macro"))
    assert found["macro_f1"] == pytest.approx(sk.f1_score(target, guess, average="macro", zero_division=0))
    assert found["micro_f1"] == pytest.approx(sk.f1_score(target, guess, average="micro", zero_division=0))
    assert found["ndcg@5"] == pytest.approx(sk.ndcg_score(target[tagged], score[tagged], k=5))


@FIXTURE_IS_PURE
@given(seeds)
def test_regression_metrics_agree_with_scikit_learn(lay_out, seed):
    rng = np.random.default_rng(seed)
    target = (1000 + 3 * rng.standard_normal(40)).astype(np.float32)
    score = (target + rng.standard_normal(40)).astype(np.float32)
    found = values(regression_measures(lay_out(target[:, None], score[:, None])))
    target, score = target.astype(np.float64), score.astype(np.float64)
    assert found["rmse"] == pytest.approx(sk.root_mean_squared_error(target, score))
    assert found["mae"] == pytest.approx(sk.mean_absolute_error(target, score))
    assert found["r2"] == pytest.approx(sk.r2_score(target, score))


@FIXTURE_IS_PURE
@given(seeds)
def test_metrics_of_order_survive_growing_changes(lay_out, seed):
    rng = np.random.default_rng(seed)
    target = rng.random((30, 4)) < 0.4
    score = rng.integers(0, 10, size=(30, 4)).astype(np.float32) / 10
    before, after = (values(multilabel_measures(lay_out(target, s))) for s in (score, 5 * score**3 - 2))
    assert after["map"] == pytest.approx(before["map"])
    assert after["ndcg@5"] == pytest.approx(before["ndcg@5"])
    one, other = (lay_out(target[:, :1], s[:, :1]) for s in (score, 5 * score**3 - 2))
    for name in ("auc", "pr_auc", "gauc"):
        before, after = (binary_measures(table, grouped=True)[name].value() for table in (one, other))
        assert after == pytest.approx(before, nan_ok=True)

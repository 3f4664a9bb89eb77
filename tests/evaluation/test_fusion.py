"""Fused scores, weights and the metric of a fusion, by hand."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.errors import UserError
from mtrec_core.evaluation.fused_lists import FusedLists
from mtrec_core.evaluation.fusion import (
    FUSION_WEIGHTS,
    TaskEvidence,
    fuse_scores,
    fusion_weights,
)

PURCHASE = TaskEvidence(rows=999, headline=0.4, baseline=0.2, higher_is_better=True)
CLICK = TaskEvidence(rows=9, headline=0.75, baseline=0.5, higher_is_better=True)
RATING = TaskEvidence(rows=99, headline=0.9, baseline=1.2, higher_is_better=False)
EVIDENCE = {"purchase": PURCHASE, "ad_click": CLICK, "rating": RATING}


def test_a_fused_score_is_the_weighted_mean_of_standardised_scores():
    scores = pd.DataFrame(
        {"purchase": [10.0, 20.0, 30.0], "ad_click": [0.3, 0.1, 0.2]}, index=["a", "b", "c"]
    )
    # both: mean is the middle value, spread sqrt(2/3) of a step; so z is -+sqrt(3/2) and 0
    z = math.sqrt(3 / 2)
    fused = fuse_scores(scores, {"purchase": 3, "ad_click": 1})
    assert fused.to_dict() == pytest.approx({"a": (-3 * z + z) / 4, "b": (0 - z) / 4, "c": (3 * z + 0) / 4})


def test_a_missing_score_counts_as_the_mean_of_the_list():
    scores = pd.DataFrame({"purchase": [1.0, np.nan, 3.0]})
    assert fuse_scores(scores, {"purchase": 1}).tolist() == pytest.approx([-1, 0, 1])


def test_a_task_that_gives_all_the_same_changes_nothing():
    scores = pd.DataFrame({"purchase": [1.0, 3.0], "flat": [0.1 + 0.2, 0.3], "empty": [np.nan, np.nan]})
    assert fuse_scores(scores, {"purchase": 1, "flat": 1, "empty": 2}).tolist() == pytest.approx(
        [-1 / 4, 1 / 4]
    )


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=20, unique=True),
    st.floats(0.1, 100),
    st.floats(-100, 100),
)
def test_the_unit_of_a_task_does_not_matter(values, scale, shift):
    scores = pd.DataFrame({"a": values, "b": list(reversed(values))}, dtype="float64")
    moved = scores.assign(b=scores["b"] * scale + shift)
    weights = {"a": 1.0, "b": 0.5}
    assert fuse_scores(moved, weights).to_numpy() == pytest.approx(
        fuse_scores(scores, weights).to_numpy(), abs=1e-6
    )


def test_equal_weights_are_shares_of_one():
    assert fusion_weights("equal", EVIDENCE) == dict.fromkeys(EVIDENCE, 1 / 3)


def test_weights_by_validation_follow_the_share_of_the_way_to_perfect():
    gains = {
        "purchase": (0.4 - 0.2) / (1 - 0.2),  # 1/4
        "ad_click": (0.75 - 0.5) / (1 - 0.5),  # 1/2
        "rating": (1.2 - 0.9) / 1.2,  # 1/4
    }
    assert gains == pytest.approx({"purchase": 1 / 4, "ad_click": 1 / 2, "rating": 1 / 4})
    assert fusion_weights("validation", EVIDENCE) == pytest.approx(gains)


def test_a_task_behind_its_baseline_gets_no_weight_by_validation():
    behind = TaskEvidence(rows=9, headline=0.4, baseline=0.5, higher_is_better=True)
    unknown = TaskEvidence(rows=9, headline=math.nan, baseline=0.5, higher_is_better=True)
    assert fusion_weights("validation", {"purchase": PURCHASE, "x": behind, "y": unknown}) == {
        "purchase": 1,
        "x": 0,
        "y": 0,
    }
    assert fusion_weights("validation", {"x": behind, "y": unknown}) == {"x": 1 / 2, "y": 1 / 2}


def test_weights_by_volume_follow_the_logarithm_of_the_rows():
    # log10(1 + rows): 3, 1, 2
    expected = {"purchase": 3 / 6, "ad_click": 1 / 6, "rating": 2 / 6}
    assert fusion_weights("volume", EVIDENCE) == pytest.approx(expected)


RULES = [key for key, rule in FUSION_WEIGHTS.items() if rule.weigh is not None]
"""Those that need no scores."""


@pytest.mark.parametrize("key", RULES)
def test_a_rule_lets_what_scores_high_on_a_risk_sink(key):
    risk = dataclasses.replace(CLICK, wanted="low")
    weights = fusion_weights(key, {"purchase": PURCHASE, "returned": risk})
    assert weights["returned"] < 0 < weights["purchase"]
    assert abs(weights["returned"]) == fusion_weights(key, {"purchase": PURCHASE, "x": CLICK})["x"]


def test_given_weights_leave_the_tasks_out_that_they_do_not_name():
    expected = {"purchase": 1 / 1.25, "ad_click": 0.25 / 1.25, "rating": 0}
    assert fusion_weights({"purchase": 1, "ad_click": 0.25}, EVIDENCE) == pytest.approx(expected)


@pytest.mark.parametrize("key", RULES)
def test_each_rule_gives_every_task_a_share_of_one(key):
    weights = fusion_weights(key, EVIDENCE)
    assert list(weights) == list(EVIDENCE)
    assert sum(weights.values()) == pytest.approx(1)


@pytest.mark.parametrize("key", FUSION_WEIGHTS)
def test_each_row_of_the_table_is_complete(key):
    rule = FUSION_WEIGHTS[key]
    assert rule.key == key
    assert rule.title
    assert rule.use
    assert rule.formula
    assert rule.source


def test_weights_are_not_learned_without_scores():
    with pytest.raises(ValueError, match="needs scores"):
        fusion_weights("learned", EVIDENCE)


def test_an_unknown_task_names_the_known_ones():
    with pytest.raises(
        UserError, match=r"'purchas'.*known here: purchase, ad_click, rating.*mean 'purchase'"
    ):
        fusion_weights({"purchas": 1}, EVIDENCE)
    with pytest.raises(UserError, match="'b' in the fusion; known here: a"):
        fuse_scores(pd.DataFrame({"a": [1.0]}), {"b": 1})


def test_an_unknown_rule_names_the_known_ones():
    with pytest.raises(
        UserError,
        match=r"'best'; known here: equal, validation, volume, learned, or weights such as purchase=1",
    ):
        fusion_weights("best", EVIDENCE)


@pytest.mark.parametrize("weight", [-math.inf, math.inf, math.nan])
def test_a_weight_is_a_number(weight):
    with pytest.raises(UserError, match="fusion weight of 'purchase'"):
        fusion_weights({"purchase": weight}, EVIDENCE)


@pytest.mark.parametrize("weights", [{}, {"purchase": 0}])
def test_at_least_one_weight_is_not_zero(weights):
    with pytest.raises(UserError, match="a weight other than 0"):
        fusion_weights(weights, EVIDENCE)


def test_a_negative_weight_lets_what_the_task_likes_sink():
    assert fusion_weights({"purchase": 3, "ad_click": -1}, EVIDENCE) == pytest.approx(
        {"purchase": 3 / 4, "ad_click": -1 / 4, "rating": 0}
    )
    scores = pd.DataFrame({"purchase": [1.0, 3.0], "ad_click": [0.1, 0.9]})  # z is -1 and 1 for both
    assert fuse_scores(scores, {"purchase": 3, "ad_click": -1}).tolist() == pytest.approx([-1 / 2, 1 / 2])
    assert fuse_scores(scores, {"purchase": 1, "ad_click": -3}).tolist() == pytest.approx([1 / 2, -1 / 2])


def long_table(lists: dict[int, dict[str, list[float]]], relevant: dict[int, str]) -> pd.DataFrame:
    """Items are called a, b, c, ..."""
    lines = [
        {"row": row, "item": item, "target": float(item in relevant[row]), "task": task, "score": score}
        for row, tasks in lists.items()
        for task, scores in tasks.items()
        for item, score in zip("abcdefghijklmnop", scores, strict=False)
    ]
    return pd.DataFrame(lines)


def test_the_metric_of_a_fusion_is_ndcg_of_the_fused_order():
    table = long_table(
        {
            1: {"purchase": [3, 2, 1], "ad_click": [0, 2, 1]},  # z sums: a 0, b +1.22, c -1.22: order b a c
            2: {"purchase": [3, 2, 1], "ad_click": [30, 20, 10]},  # order a b c
        },
        relevant={1: "a", 2: "bc"},
    )
    first = 1 / math.log2(3)
    second = (1 / math.log2(3) + 1 / math.log2(4)) / (1 / math.log2(2) + 1 / math.log2(3))
    found = FusedLists(table).metric({"purchase": 1, "ad_click": 1})
    assert found == pytest.approx((first + second) / 2)


def test_a_task_without_weight_does_not_count_in_the_metric():
    table = long_table({1: {"purchase": [3, 2, 1], "ad_click": [0, 20, 10]}}, relevant={1: "a"})
    assert FusedLists(table).metric({"purchase": 1, "ad_click": 0}) == 1


def test_candidates_with_one_score_share_the_mean_of_their_places():
    table = long_table({1: {"purchase": [1, 1, 1]}}, relevant={1: "a"})
    assert FusedLists(table).metric({"purchase": 1}) == pytest.approx(1 / math.log2(1 + (1 + 2 + 3) / 3))


def test_places_after_the_first_k_gain_nothing():
    table = long_table({1: {"purchase": [3, 2, 1]}}, relevant={1: "c"})
    assert FusedLists(table).metric({"purchase": 1}, k=2) == 0
    assert FusedLists(table).metric({"purchase": 1}, k=3) == pytest.approx(1 / math.log2(4))


def test_a_list_without_a_relevant_candidate_is_left_out():
    table = long_table({1: {"purchase": [3, 2]}, 2: {"purchase": [3, 2]}}, relevant={1: "a", 2: ""})
    assert FusedLists(table).metric({"purchase": 1}) == 1
    assert math.isnan(FusedLists(table[table["row"] == 2]).metric({"purchase": 1}))


def test_a_relevant_candidate_behind_the_pool_counts_as_missed():
    # c is relevant, but a fusion of the first two of purchase can't show it, however much ad_click likes it
    table = long_table({1: {"purchase": [3, 2, 1], "ad_click": [0, 1, 9]}}, relevant={1: "bc"})
    weights = {"purchase": 0.1, "ad_click": 1.0}
    ideal = 1 + 1 / math.log2(3)
    assert FusedLists(table, pool=2).metric(weights) == pytest.approx(1 / ideal)  # b a
    assert FusedLists(table).metric(weights) == pytest.approx(1)  # c b a


def test_learned_weights_make_the_relevant_candidates_likely_and_a_risk_counts_against():
    rng = np.random.default_rng(0)
    lists, relevant = {}, {}
    for row in range(200):
        like, noise, risk = rng.normal(size=(3, 10))
        lists[row] = {"purchase": like.tolist(), "noise": noise.tolist(), "returned": risk.tolist()}
        relevant[row] = "abcdefghij"[int(np.argmax(2 * like - risk + rng.gumbel(size=10)))]
    weights = FusedLists(long_table(lists, relevant)).learned_weights({"returned"})
    # 2, 0 and -1 were planted, with sizes of sum 3
    assert weights == pytest.approx({"purchase": 2 / 3, "noise": 0.0, "returned": -1 / 3}, abs=0.06)
    assert weights["noise"] >= 0
    only_good = FusedLists(long_table(lists, relevant)).learned_weights(set())
    assert only_good["returned"] == 0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_the_metric_ranks_each_list_as_fuse_scores_does(seed):
    rng = np.random.default_rng(seed)
    lists = {
        row: {task: rng.normal(size=14).tolist() for task in ("purchase", "ad_click")} for row in range(3)
    }
    relevant = {row: "".join(rng.choice(list("abcdefghijklmn"), size=2, replace=False)) for row in lists}
    weights = {"purchase": 1.0, "ad_click": 0.3}
    expected = []
    for row, tasks in lists.items():
        fused = fuse_scores(pd.DataFrame(tasks, index=list("abcdefghijklmn")), weights)
        order = fused.sort_values(ascending=False).index.tolist()
        places = [order.index(item) + 1 for item in relevant[row]]
        expected.append(
            sum(1 / math.log2(1 + place) for place in places if place <= 10) / (1 + 1 / math.log2(3))
        )
    assert FusedLists(long_table(lists, relevant)).metric(weights) == pytest.approx(np.mean(expected))

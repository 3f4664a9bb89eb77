"""Metrics of ranked lists, by eye and against scikit-learn."""

from math import log2

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from mtrec_core.evaluation.ranking import coverage, graded_ndcg, ranking_measures, retrieval_measures

FIXTURE_IS_PURE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20
)


def values(measures) -> dict[str, float]:
    return {name: measure.value() for name, measure in measures.items()}


def test_retrieval_metrics_by_eye(table_in_docstring):
    """Two lists: the first finds its item at place 3, the second one of its two at place 1, the other at 12.

    row user item target rank rank_seen_kept
    0   a    p    0      1    2
    0   a    q    1      3    11
    1   b    q    1      1    1
    1   b    r    0      2    2
    1   b    s    1      12   14
    """
    found = values(retrieval_measures(table_in_docstring))
    ideal_of_two = 1 / log2(2) + 1 / log2(3)
    assert found == pytest.approx(
        {
            "ndcg@10": (1 / log2(4) + (1 / log2(2)) / ideal_of_two) / 2,
            "recall@10": (1 / 1 + 1 / 2) / 2,
            "hit@10": (1 + 1) / 2,
            "mrr": (1 / 3 + 1 / 1) / 2,
            "accuracy@1": (0 + 1) / 2,
            "ndcg@10_seen_kept": (0 + (1 / log2(2)) / ideal_of_two) / 2,
            "recall@10_seen_kept": (0 + 1 / 2) / 2,
        }
    )


def test_a_list_of_eleven_relevant_items_reaches_an_ndcg_of_1_and_a_recall_of_10_of_11(read_table):
    lines = "\n".join(f"0 i{place} 1 {place} {place}" for place in range(1, 12))
    found = values(retrieval_measures(read_table(f"row item target rank rank_seen_kept\n{lines}")))
    assert found["ndcg@10"] == pytest.approx(1)
    assert found["recall@10"] == pytest.approx(10 / 11)


def test_a_relevant_item_without_a_rank_is_refused(read_table):
    with pytest.raises(ValueError, match="Ranks start at 1"):
        retrieval_measures(read_table("row item target rank rank_seen_kept\n0 p 1 0 0"))


def test_coverage_counts_the_distinct_items_among_the_first_ten(table_in_docstring):
    """Of a catalogue of 8, p and q stand among the first ten.

    row item rank
    0   p    1
    0   q    10
    0   r    11
    1   p    2
    """
    assert coverage(table_in_docstring, 8) == 2 / 8


def test_graded_lists_by_eye(table_in_docstring):
    """List a puts the grade 1 before the grade 2; list b has no grade and doesn't count.

    user item target score
    a    p    1      0.9
    a    q    2      0.5
    a    r    0      0.4
    b    p    0      0.3
    b    q    0      0.2
    """
    found = values(ranking_measures(table_in_docstring))
    reached, best = 1 / log2(2) + 3 / log2(3), 3 / log2(2) + 1 / log2(3)
    assert found == pytest.approx({"ndcg@10": reached / best, "mrr": 1, "map": (1 / 1 + 2 / 2) / 2})


def test_graded_lists_with_one_score_count_the_mean_over_their_orders(table_in_docstring):
    """One relevant line among three with the same score.

    user item target score
    a    p    1      0.5
    a    q    0      0.5
    a    r    0      0.5
    """
    found = values(ranking_measures(table_in_docstring))
    mean_gain = (1 / log2(2) + 1 / log2(3) + 1 / log2(4)) / 3
    assert found == pytest.approx({"ndcg@10": mean_gain, "mrr": 1 / (1 + 2 // 2), "map": 1 / 3})


@st.composite
def graded_lists(draw):
    lists, items = draw(st.integers(1, 6)), draw(st.integers(2, 15))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    levels = draw(st.sampled_from([3, 10_000]))
    grades = rng.integers(0, 4, size=(lists, items))
    grades[0, 0] = 1
    return grades, rng.integers(0, levels, size=(lists, items)) / levels


@FIXTURE_IS_PURE
@given(graded_lists())
def test_graded_lists_agree_with_scikit_learn(lay_out, case):
    grades, scores = case
    graded = grades.any(axis=1)
    counted = list(zip(grades[graded], scores[graded].astype(np.float32), strict=True))
    found = values(ranking_measures(lay_out(grades, scores)))
    ndcg = [ndcg_score([2.0**grade - 1], [score], k=10) for grade, score in counted]
    assert found["ndcg@10"] == pytest.approx(np.mean(ndcg))
    assert found["map"] == pytest.approx(np.mean([average_precision_score(g > 0, s) for g, s in counted]))


@FIXTURE_IS_PURE
@given(graded_lists())
def test_graded_metrics_stay_between_0_and_1_and_survive_growing_changes(lay_out, case):
    grades, scores = case
    found = values(ranking_measures(lay_out(grades, scores)))
    assert all(0 <= value <= 1 + 1e-9 for value in found.values())
    assert values(ranking_measures(lay_out(grades, np.exp(3 * scores) - 5))) == pytest.approx(found)


@FIXTURE_IS_PURE
@given(graded_lists())
def test_the_order_of_the_lines_changes_nothing(lay_out, case):
    table = lay_out(*case)
    shuffled = table.sample(frac=1, random_state=0)
    assert values(ranking_measures(shuffled)) == pytest.approx(values(ranking_measures(table)))


def test_perfect_scores_reach_1(lay_out):
    grades = np.random.default_rng(0).integers(0, 4, size=(5, 12))
    found = values(ranking_measures(lay_out(grades, grades)))
    assert found == pytest.approx({"ndcg@10": 1, "mrr": 1, "map": 1})


def test_a_list_without_a_gain_has_no_ndcg():
    assert np.isnan(graded_ndcg(np.array([0, 0]), np.array([0.0, 0.0]), np.array([1.0, 2.0]), 5)[0])

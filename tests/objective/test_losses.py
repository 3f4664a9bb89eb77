"""Each kind's loss by hand.

Shape suffixes: B = rows, C = classes or tags, N = targets.
"""

import math
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.objective.losses import (
    binary_loss,
    listwise_loss,
    multiclass_loss,
    multilabel_loss,
    pairwise_loss,
    regression_loss,
    retrieval_loss,
)

LOG3 = math.log(3)


def column(*values):
    return torch.tensor(values, dtype=torch.float32).unsqueeze(-1)


def softplus(value):
    return math.log(1 + math.exp(value))


def test_retrieval_is_minus_the_log_of_the_targets_share():
    # Row 1: the target has 3 of 3 + 1 + 1; row 2: 1 of 1 + 1 + 1.
    scores_BN = torch.tensor([[LOG3, 0.0, 0.0], [0.0, 0.0, 0.0]])
    loss = retrieval_loss(scores_BN, torch.tensor([0, 2]))
    assert float(loss) == pytest.approx((-math.log(3 / 5) - math.log(1 / 3)) / 2)


def test_a_target_that_is_left_out_of_the_scores_costs_nothing():
    scores_BN = torch.tensor([[LOG3, 0.0, -math.inf]])
    assert float(retrieval_loss(scores_BN, torch.tensor([0]))) == pytest.approx(-math.log(3 / 4))


def test_multiclass_is_cross_entropy():
    logits_BC = torch.tensor([[LOG3, 0.0], [LOG3, 0.0]])
    loss = multiclass_loss(logits_BC, torch.tensor([0, 1]), smoothing=0.0)
    assert float(loss) == pytest.approx((-math.log(3 / 4) - math.log(1 / 4)) / 2)


def test_smoothing_spreads_its_share_over_all_classes():
    logits_BC = torch.tensor([[LOG3, 0.0]])
    loss = multiclass_loss(logits_BC, torch.tensor([0]), smoothing=0.2)
    # The target is .8 + .2 / 2 on the first class and .2 / 2 on the second.
    assert float(loss) == pytest.approx(-0.9 * math.log(3 / 4) - 0.1 * math.log(1 / 4))


def test_binary_is_minus_the_log_of_the_right_answers_probability():
    # A logit of log 3 is a probability of 3/4.
    loss = binary_loss(column(LOG3, LOG3, 0.0), torch.tensor([1.0, 0.0, 1.0]))
    assert float(loss) == pytest.approx((-math.log(3 / 4) - math.log(1 / 4) - math.log(1 / 2)) / 3)


def test_regression_is_a_parabola_near_and_a_line_far():
    loss = regression_loss(column(0.5, 3.0, -3.0), torch.tensor([0.0, 0.0, 0.0]), delta=1.0)
    assert float(loss) == pytest.approx((0.5**2 / 2 + 1 * (3 - 0.5) + 1 * (3 - 0.5)) / 3)
    wider = regression_loss(column(3.0), torch.tensor([0.0]), delta=2.0)
    assert float(wider) == pytest.approx(2 * (3 - 2 / 2))


def test_multilabel_is_the_sum_over_tags_per_tag_set():
    logits_BC = torch.tensor([[LOG3, 0.0, 0.0], [0.0, LOG3, 0.0]])
    tags_BC = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    total = -math.log(3 / 4) - 4 * math.log(1 / 2) - math.log(1 / 4)
    assert float(multilabel_loss(logits_BC, tags_BC)) == pytest.approx(total / 3)  # 3 tags are set


def test_multilabel_rows_with_few_tags_count_as_rows():
    total = -2 * math.log(1 / 2)
    assert float(multilabel_loss(torch.zeros(2, 1), torch.zeros(2, 1))) == pytest.approx(total / 2)


def test_listwise_is_the_cross_entropy_of_two_softmaxes_per_list():
    score_B1, grade_B = column(LOG3, 0.0, 0.0, 5.0), torch.tensor([2.0, 1.0, 0.0, 1.0])
    # List 0: scores as 3 : 1 : 1, gains 2^2 - 1 = 3, 2^1 - 1 = 1, 0. List 1: one row, log 1 = 0.
    first = -3 / 4 * math.log(3 / 5) - 1 / 4 * math.log(1 / 5)
    assert float(listwise_loss(score_B1, grade_B, torch.tensor([0, 0, 0, 1]))) == pytest.approx(first / 2)


def test_a_list_without_a_grade_costs_nothing_and_does_not_count():
    grade_B, list_B = torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.tensor([0, 0, 1, 1])
    assert float(listwise_loss(column(0, 0, 4, 9), grade_B, list_B)) == pytest.approx(-math.log(1 / 2))
    assert float(listwise_loss(column(4, 9), torch.zeros(2), torch.zeros(2, dtype=torch.long))) == 0


def test_listwise_stays_finite_for_large_scores():
    loss = listwise_loss(column(500, -500), torch.tensor([0.0, 1.0]), torch.tensor([0, 0]))
    assert float(loss) == pytest.approx(1000)


def naive_listwise(scores, grades, lists):
    total, useful = 0.0, 0
    for one in set(lists):
        rows = [row for row, owner in enumerate(lists) if owner == one]
        gains = [2 ** grades[row] - 1 for row in rows]
        if sum(gains) == 0:
            continue
        useful += 1
        normaliser = sum(math.exp(scores[row]) for row in rows)
        for row, gain in zip(rows, gains, strict=True):
            total -= gain / sum(gains) * math.log(math.exp(scores[row]) / normaliser)
    return total / max(useful, 1)


def naive_pairwise(scores, grades, lists):
    costs = [
        softplus(scores[worse] - scores[better])
        for better, worse in product(range(len(scores)), repeat=2)
        if lists[better] == lists[worse] and grades[better] > grades[worse]
    ]
    return sum(costs) / len(costs) if costs else 0.0


ROWS = st.lists(
    st.tuples(st.floats(-5, 5, width=32), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12
)


@pytest.mark.parametrize(
    ("loss", "naive"),
    [(listwise_loss, naive_listwise), (pairwise_loss, naive_pairwise)],
    ids=["listwise", "pairwise"],
)
@settings(deadline=None)
@given(rows=ROWS)
def test_a_ranking_loss_equals_a_loop_over_lists(loss, naive, rows):
    scores, grades, lists = (list(part) for part in zip(*rows, strict=True))
    found = loss(column(*scores), torch.tensor(grades, dtype=torch.float32), torch.tensor(lists))
    assert float(found) == pytest.approx(naive(scores, grades, lists), rel=1e-4, abs=1e-5)


def test_pairwise_is_logistic_over_the_pairs_of_a_list():
    score_B1, grade_B = column(1.0, 0.0, 2.0), torch.tensor([2.0, 1.0, 0.0])
    pairs = [softplus(0 - 1), softplus(2 - 1), softplus(2 - 0)]  # worse minus better
    loss = pairwise_loss(score_B1, grade_B, torch.zeros(3, dtype=torch.long))
    assert float(loss) == pytest.approx(sum(pairs) / 3)


def test_lists_without_a_pair_cost_nothing_and_send_no_gradient():
    score_B1 = column(1.0, 2.0).requires_grad_()
    loss = pairwise_loss(score_B1, torch.tensor([1.0, 1.0]), torch.tensor([0, 0]))
    loss.backward()
    assert float(loss.detach()) == 0
    assert (score_B1.grad == 0).all()

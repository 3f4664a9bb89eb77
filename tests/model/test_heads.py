"""Heads and interaction; the sampled softmax against the full one.

Shape suffixes: B = rows, D = width, N = targets, S = sampled targets.
"""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from mtrec_core.model.heads import Interaction, PointwiseHead, RetrievalHead
from mtrec_core.training.sampler import NegativeSampler

B, D, N = 16, 8, 30


def test_one_input_without_context_is_the_row_itself():
    rows_BD = torch.randn(3, D)
    mixed = Interaction(1, (), 0, D, dropout=0.0)
    assert mixed([rows_BD], torch.zeros(3, 0, dtype=torch.long), torch.zeros(3, 0)) is rows_BD


def test_a_row_is_the_mean_of_its_inputs_plus_a_network_of_all_there_is():
    mixed = Interaction(3, (4, 2), 1, D, dropout=0.0)
    vectors = [torch.randn(5, D) for _ in range(3)]
    categories_BC, numbers_BF = torch.tensor([[1, 0], [3, 1], [0, 0], [2, 1], [1, 1]]), torch.randn(5, 1)
    first, second, third = vectors
    context_BD = (
        mixed.categories[0](categories_BC[:, 0])
        + mixed.categories[1](categories_BC[:, 1])
        + mixed.numeric(numbers_BF)
    )
    parts = [first, second, third, first * second, first * third, second * third, context_BD]
    expected_BD = (first + second + third) / 3 + mixed.mix(torch.cat(parts, dim=1))
    torch.testing.assert_close(mixed(vectors, categories_BC, numbers_BF), expected_BD)


@pytest.mark.parametrize("part", ["categories", "numbers"])
def test_context_changes_the_row_of_a_single_input(part):
    mixed = Interaction(1, (4,), 1, D, dropout=0.0)
    rows_BD, categories_BC, numbers_BF = torch.randn(1, D), torch.tensor([[1]]), torch.tensor([[0.5]])
    before_BD = mixed([rows_BD], categories_BC, numbers_BF)
    if part == "categories":
        after_BD = mixed([rows_BD], categories_BC + 1, numbers_BF)
    else:
        after_BD = mixed([rows_BD], categories_BC, numbers_BF + 1)
    assert not torch.allclose(before_BD, after_BD)


def test_a_head_starts_near_the_outputs_that_it_is_given():
    torch.manual_seed(0)
    head = PointwiseHead(D, (math.log(3), -2.0), dropout=0.5).eval()
    outputs = head(torch.randn(500, D)).mean(dim=0)
    torch.testing.assert_close(outputs, torch.tensor([math.log(3), -2.0]), atol=0.05, rtol=0)


def test_a_retrieval_score_is_the_projected_row_times_the_target():
    head = RetrievalHead(D, temperature=0.5)
    rows_BD, targets_ND = torch.randn(3, D), torch.randn(4, D)
    norm, linear = head.query
    asked_BD = rows_BD + linear(norm(rows_BD))
    expected_BN = asked_BD @ targets_ND.T / (math.sqrt(D) * 0.5)
    torch.testing.assert_close(head.queries(rows_BD) @ targets_ND.T, expected_BN)


@pytest.fixture
def scene():
    """A head, rows near their positives, a small catalogue, and how often each target was seen."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    counts_N = (100 / (1 + np.arange(N)) ** 1.2).astype(int).clip(1)
    positives_B = generator.choice(N, size=B, p=counts_N / counts_N.sum())
    targets_ND = torch.randn(N, D) * 1.5
    rows_BD = targets_ND[positives_B] * 1.5 + 0.5 * torch.randn(B, D)
    return RetrievalHead(D, temperature=1.0), rows_BD, targets_ND, positives_B, counts_N


def full_loss(head, rows_BD, targets_ND, positives_B):
    return functional.cross_entropy(head.queries(rows_BD) @ targets_ND.T, torch.from_numpy(positives_B))


def sampled_loss(head, rows_BD, targets_ND, positives_B, drawn_S, log_expected_N):
    scores_BS = head.sampled(
        rows_BD,
        targets_ND[positives_B],
        targets_ND[drawn_S],
        torch.from_numpy(positives_B[:, None] == drawn_S[None, :]),
        torch.from_numpy(log_expected_N[drawn_S]),
    )
    return functional.cross_entropy(scores_BS, torch.zeros(len(rows_BD), dtype=torch.long))


def gradient(loss, targets_ND):
    """Loss and its gradient by the targets' vectors."""
    leaf_ND = targets_ND.clone().requires_grad_()
    value = loss(leaf_ND)
    value.backward()
    return float(value.detach()), leaf_ND.grad.flatten()


@pytest.mark.parametrize(("draws", "closest"), [(64, 0.95), (1000, 0.999)])
def test_the_sampled_softmax_pulls_as_the_full_one_does(scene, draws, closest):
    head, rows_BD, targets_ND, positives_B, counts_N = scene
    sampler = NegativeSampler(counts_N, draws, seed=0)
    full, full_gradient = gradient(lambda leaf: full_loss(head, rows_BD, leaf, positives_B), targets_ND)
    losses, gradients = [], []
    for step in range(60):
        drawn_S = sampler.draw(step)
        value, one = gradient(
            lambda leaf, drawn_S=drawn_S: sampled_loss(
                head, rows_BD, leaf, positives_B, drawn_S, sampler.log_expected_N
            ),
            targets_ND,
        )
        losses.append(value)
        gradients.append(one)
    mean = torch.stack(gradients).mean(dim=0)
    assert functional.cosine_similarity(mean, full_gradient, dim=0) > closest
    assert np.mean(losses) == pytest.approx(full, rel=0.15)
    assert float(mean.norm()) == pytest.approx(float(full_gradient.norm()), rel=0.15)


def test_without_the_correction_frequent_targets_would_be_pushed_away_too_much(scene):
    """The test above can fail: the same draw, its frequencies left out."""
    head, rows_BD, targets_ND, positives_B, counts_N = scene
    drawn_S = NegativeSampler(counts_N, 1000, seed=0).draw(0)
    zeros_N = np.zeros(N, np.float32)
    _, plain = gradient(
        lambda leaf: sampled_loss(head, rows_BD, leaf, positives_B, drawn_S, zeros_N), targets_ND
    )
    _, full = gradient(lambda leaf: full_loss(head, rows_BD, leaf, positives_B), targets_ND)
    assert functional.cosine_similarity(plain, full, dim=0) < 0.95


def test_a_drawn_target_that_is_the_rows_own_positive_is_left_out():
    head = RetrievalHead(D, temperature=1.0)
    rows_BD, targets_ND = torch.randn(1, D), torch.randn(3, D)
    own, drawn_S = np.array([1]), np.array([1, 0, 1])
    scores_BS = head.sampled(
        rows_BD,
        targets_ND[own],
        targets_ND[drawn_S],
        torch.from_numpy(own[:, None] == drawn_S),
        torch.log(torch.tensor([2.0, 0.5, 2.0])),
    )
    queries_BD = head.queries(rows_BD).detach()
    minus = float("-inf")
    expected = [
        float(queries_BD @ targets_ND[1]),
        minus,
        float(queries_BD @ targets_ND[0]) - math.log(0.5),
        minus,
    ]
    assert scores_BS[0].tolist() == pytest.approx(expected)

"""Losses of the classic recipe."""

import math

import pytest
import torch

from benchmarks.classic import Classifier, task_loss


def test_an_answer_among_several_costs_its_cross_entropy():
    # Two equal logits: -log(1/2).
    loss = task_loss(torch.zeros(1, 2), torch.tensor([1]))
    assert loss.item() == pytest.approx(math.log(2))


def test_tags_and_grades_cost_binary_cross_entropy_per_output():
    # A logit of 0 is 1/2: -log(1/2) whatever the target is, also for a grade of 1/3.
    loss = task_loss(torch.zeros(1, 3), torch.tensor([[1.0, 0.0, 1 / 3]]))
    assert loss.item() == pytest.approx(math.log(2))


def test_padding_does_not_change_a_classifier_s_logits():
    class Echo(torch.nn.Module):
        """Gives each token its own number as a vector of width 2."""

        def forward(self, input_ids, attention_mask):
            return type("Out", (), {"last_hidden_state": input_ids[..., None].float().expand(-1, -1, 2) ** 2})

    model = Classifier(Echo(), 2, 1)
    short = {"input_ids": torch.tensor([[3, 4]]), "attention_mask": torch.tensor([[1, 1]])}
    padded = {"input_ids": torch.tensor([[3, 4, 9]]), "attention_mask": torch.tensor([[1, 1, 0]])}
    torch.testing.assert_close(model(short), model(padded))

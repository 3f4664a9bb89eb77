"""The wide part: n-grams straight to a task's outputs."""

import torch

from mtrec_core.model.heads import NgramHead
from mtrec_core.training.config import TrainingSettings
from mtrec_core.training.optimizer import build_optimizer


def test_an_ngram_head_says_nothing_before_training():
    head = NgramHead(buckets=10, outputs=3)
    out = head(torch.tensor([1, 2, 7]), torch.ones(3), torch.tensor([0, 2]))
    assert out.tolist() == [[0.0] * 3, [0.0] * 3]


def test_an_output_is_the_weighted_sum_of_its_ngrams_and_an_empty_bag_gives_zero():
    head = NgramHead(buckets=4, outputs=1)
    with torch.no_grad():
        head.weights.weight.copy_(torch.tensor([[1.0], [10.0], [100.0], [1000.0]]))
    out = head(torch.tensor([0, 2, 3]), torch.tensor([0.5, 2.0, 1.0]), torch.tensor([0, 2, 3]))
    assert out.tolist() == [[0.5 * 1 + 2.0 * 100], [1000.0], [0.0]]


def test_ngram_heads_have_a_step_size_of_their_own():
    model = torch.nn.ModuleDict({"wide": NgramHead(4, 1), "deep": torch.nn.Linear(2, 1)})
    settings = TrainingSettings(learning_rate=1e-3, ngram_learning_rate=2e-2)
    optimizer = build_optimizer(model, None, settings)
    rates = {group["lr"]: sum(part.numel() for part in group["params"]) for group in optimizer.param_groups}
    assert rates[2e-2] == 4

"""Norms and cosines of the tasks' gradients, by hand."""

import math

import pytest
import torch
from torch import nn

from mtrec_core.objective.gradients import compare_gradients, network_parts
from mtrec_core.objective.jacobian import Representation
from mtrec_core.prepare import prepare
from mtrec_core.training.events import ignore


@pytest.fixture
def shared():
    return nn.Parameter(torch.tensor([1.0, 2.0]))


def test_norms_and_cosines_are_those_of_the_losses_gradients(shared):
    losses = {
        "a": shared @ torch.tensor([3.0, 4.0]),  # gradient (3, 4): length 5
        "b": shared @ torch.tensor([4.0, 3.0]),  # (4, 3): length 5, cosine 24 / 25
        "c": shared @ torch.tensor([-6.0, -8.0]),  # (-6, -8): length 10, cosine -1 and -48 / 50
    }
    found = compare_gradients(losses, {"shared": [shared]})
    assert found.norms == pytest.approx({"a": 5, "b": 5, "c": 10})
    assert found.cosines == pytest.approx({("a", "b"): 24 / 25, ("a", "c"): -1, ("b", "c"): -48 / 50})
    assert shared.grad is None


def test_what_one_task_alone_reaches_does_not_count(shared):
    own = nn.Parameter(torch.tensor([7.0]))
    losses = {"a": shared[0] + 100 * own.sum(), "b": shared.sum()}
    found = compare_gradients(losses, {"shared": [shared, own]})
    assert found.norms == pytest.approx({"a": 1, "b": math.sqrt(2)})
    assert found.cosines == pytest.approx({("a", "b"): 1 / math.sqrt(2)})


def test_a_gradient_of_length_0_has_no_cosine(shared):
    losses = {"a": shared.sum(), "b": (shared * 0).sum(), "c": shared.sum()}
    found = compare_gradients(losses, {"shared": [shared]})
    assert found.norms["b"] == 0
    assert set(found.cosines) == {("a", "c")}


def test_tasks_that_share_nothing_have_no_cosine():
    one, other = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    found = compare_gradients({"a": one.sum(), "b": other.sum()}, {"shared": [one, other]})
    assert found.norms == {"a": 0, "b": 0}
    assert found.cosines == {}


def test_the_step_can_still_go_backward_afterwards(shared):
    losses = {"a": (shared**2).sum(), "b": shared.sum()}
    compare_gradients(losses, {"shared": [shared]})
    sum(losses.values()).backward()
    torch.testing.assert_close(shared.grad, 2 * shared.detach() + 1)


def test_tables_of_vectors_the_encoder_and_what_is_frozen_are_left_out():
    model = nn.ModuleDict(
        {
            "encoder": nn.Linear(2, 2),
            "ids": nn.Embedding(3, 2),
            "bags": nn.EmbeddingBag(3, 2),
            "net": nn.Linear(2, 1),
        }
    )
    model["net"].bias.requires_grad_(False)
    assert {
        name: [id(part) for part in found] for name, found in network_parts(model, model["encoder"]).items()
    } == {"rest": [id(model["net"].weight)]}


def test_each_part_of_the_model_has_cosines_of_its_own():
    tower, mixing = nn.Parameter(torch.tensor([1.0, 2.0])), nn.Parameter(torch.tensor([1.0]))
    losses = {"a": tower @ torch.tensor([3.0, 4.0]) + mixing.sum(), "b": tower @ torch.tensor([-4.0, -3.0])}
    losses["b"] = losses["b"] + 2 * mixing.sum()
    found = compare_gradients(losses, {"tower of item": [tower], "sharing": [mixing], "rest": []})
    assert found.by_part == {
        "tower of item": {("a", "b"): pytest.approx(-24 / 25)},
        "sharing": {("a", "b"): pytest.approx(1.0)},
    }
    # (3, 4, 1) and (-4, -3, 2): the product is -22, the squares add up to 26 and 29
    assert found.cosines == {("a", "b"): pytest.approx(-22 / math.sqrt(26 * 29))}


def test_the_parts_of_the_multi_task_model_are_its_towers_histories_and_sharing(config, tmp_path):
    model = prepare(config, tmp_path, ignore).model
    parts = network_parts(model, model.text_encoder)
    assert {"tower of user", "tower of item", "history of user", "sharing"} <= set(parts)
    assert all(parts.values())


def test_a_cut_graph_is_followed_down_to_the_towers():
    tower, above = nn.Parameter(torch.tensor([1.0, 2.0])), nn.Parameter(torch.tensor([2.0, -1.0]))
    found = []
    for representation in (None, Representation()):
        vector = tower * 3
        seen = representation.cut("vector", ["tower"], vector) if representation else vector
        losses = {"a": (seen * above).sum(), "b": -seen.sum() + above.square().sum()}
        found.append(
            compare_gradients(losses, {"tower of item": [tower], "sharing": [above]}, representation)
        )
        sum(losses.values()).backward()  # the graph is still there
    whole, cut = found
    assert cut.norms == pytest.approx(whole.norms)
    assert cut.cosines == pytest.approx(whole.cosines)
    assert cut.by_part.keys() == whole.by_part.keys() == {"tower of item", "sharing"}

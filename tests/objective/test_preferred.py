"""One model for all trade-offs: what is drawn, and that it learns to do what it is asked for."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.preferences import shares_of, wanted_preference
from mtrec_core.objective.step_parts import Backward, StepInputs
from mtrec_core.objective.weightings import WEIGHTINGS
from tests.objective.toy import AIMS, rule_of

TASKS = ("ads", "basket", "clicks")
each_that_prefers = pytest.mark.parametrize(
    "key", [key for key, row in WEIGHTINGS.items() if row.reads_preference]
)


def drawn_by(rule, steps=2000):
    """[steps, tasks]"""
    return np.array([list(rule.preference(step).values()) for step in range(steps)])


@each_that_prefers
def test_a_step_draws_shares_that_follow_from_seed_and_step_alone(key):
    rule = rule_of(WEIGHTINGS[key], TASKS)
    again = rule_of(WEIGHTINGS[key], TASKS[::-1])
    torch.manual_seed(77)
    before = torch.get_rng_state()
    assert rule.preference(5) == pytest.approx(again.preference(5))
    assert rule.preference(5) != rule.preference(6)
    assert torch.equal(before, torch.get_rng_state())
    drawn = drawn_by(rule)
    assert drawn.sum(axis=1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx(1 / 3, abs=0.02)
    # Dirichlet(1, 1, 1): a variance of (1/3)(2/3) / 4 = 1/18; Dirichlet(4, 4, 4): (2/9) / 13
    assert drawn.var(axis=0) == pytest.approx(1 / 18, rel=0.1)
    narrow = drawn_by(rule_of(WEIGHTINGS[key], TASKS, "concentration=4"))
    assert narrow.var(axis=0) == pytest.approx(2 / 9 / 13, rel=0.1)


@each_that_prefers
def test_weights_say_what_is_asked_for_and_a_task_of_weight_0_is_never_drawn(key):
    rule = rule_of(WEIGHTINGS[key], TASKS, weights={"ads": 2.0, "clicks": 0.0})
    assert rule.wanted_preference == pytest.approx({"ads": 2 / 3, "basket": 1 / 3, "clicks": 0})
    assert drawn_by(rule, 20)[:, 2].tolist() == [0] * 20
    assert drawn_by(rule, 20).sum(axis=1) == pytest.approx(1)
    assert rule.given(TASKS) == {"ads": 1.5, "basket": 1.5, "clicks": 0.0}  # the mean of those that count


def test_a_model_reads_no_preference_where_there_is_nothing_to_prefer():
    cosmos, fixed = ObjectiveSettings(weighting="cosmos"), ObjectiveSettings(weighting="fixed")
    assert wanted_preference(cosmos, {"a": 3.0}, ["a", "b"]) == {"a": 0.75, "b": 0.25}
    assert wanted_preference(cosmos, {}, ["a"]) == wanted_preference(fixed, {}, ["a", "b"]) == {}
    assert rule_of(WEIGHTINGS["cosmos"], ["ads"]).preference(0) == {}
    assert rule_of(WEIGHTINGS["fixed"], TASKS).preference(0) == {}
    assert shares_of({"a": 0.0, "b": 0.0}) == {"a": 0.5, "b": 0.5}


@each_that_prefers
def test_one_model_gives_a_task_a_lower_loss_the_more_it_is_preferred(key):
    """The shared point may depend on the preference, and must serve three tasks that want it elsewhere."""
    torch.manual_seed(0)
    bend = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 3))
    rule = rule_of(WEIGHTINGS[key], TASKS)
    adam = torch.optim.Adam(bend.parameters(), lr=0.01)

    def losses(shares):
        at = bend(torch.tensor([shares[task] for task in TASKS], dtype=torch.float32))
        return {task: (at - torch.tensor(AIMS[task])).square().sum() / 2 + 0.1 for task in TASKS}

    for step in range(1200):
        parts = losses(rule.preference(step))
        adam.zero_grad()
        rule.step(
            StepInputs(
                number=step,
                epoch=0,
                parts=parts,
                losses={task: float(loss.detach()) for task, loss in parts.items()},
            ),
            Backward(total=Tensor.backward, parameters=list(bend.parameters())),
        )
        adam.step()
    for task in TASKS:
        found = [
            float(
                losses({other: share if other == task else (1 - share) / 2 for other in TASKS})[task].detach()
            )
            for share in (0.1, 0.3, 0.5, 0.7, 0.9)
        ]
        assert found == sorted(found, reverse=True), task
        assert found[-1] < found[0] / 3

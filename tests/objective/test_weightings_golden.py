"""Each weighting against its paper's formula, worked out here without the library."""

import numpy as np
import pytest
import torch

from mtrec_core.objective.gradnorm import GradNorm
from mtrec_core.objective.metabalance import MetaBalance
from mtrec_core.objective.method_options import GradNormOptions, MetaBalanceOptions
from mtrec_core.objective.weightings import WEIGHTINGS
from tests.objective.toy import rule_of, toy

TASKS = ("ads", "basket", "clicks")


def weights_of(key, losses, options="", normalise=False, epochs=None):
    """The weights of one step after the other, at given losses."""
    rule = rule_of(WEIGHTINGS[key], list(losses[0]), options, normalise=normalise)
    found = []
    for step, values in enumerate(losses):
        found.append(rule.learner.weights(values, epochs[step] if epochs else 0))
        if rule.looks_again and step + 1 < len(losses):
            rule.learner.look_again(losses[step + 1])
    return found


class Adam:
    """Kingma & Ba, ICLR 2015, on a numpy array."""

    def __init__(self, rate, decay=0.0):
        self.rate, self.decay, self.first, self.second, self.count = rate, decay, 0.0, 0.0, 0

    def step(self, value, slope):
        slope = slope + self.decay * value
        self.count += 1
        self.first = 0.9 * self.first + 0.1 * slope
        self.second = 0.999 * self.second + 0.001 * slope**2
        mean, spread = self.first / (1 - 0.9**self.count), self.second / (1 - 0.999**self.count)
        return value - self.rate * mean / (np.sqrt(spread) + 1e-8)


LOSSES = [{"a": 4.0, "b": 1.0}, {"a": 3.0, "b": 0.9}, {"a": 2.5, "b": 0.7}]


def test_uw_halves_the_precision_that_its_own_loss_teaches():
    s, adam, expected = np.zeros(2), Adam(0.01), []
    for losses in LOSSES:
        values = np.array(list(losses.values()))
        expected.append(np.exp(-s) / 2)
        s = adam.step(s, -np.exp(-s) * values / 2 + 1 / 2)
    found = weights_of("uw", LOSSES)
    assert [list(weights.values()) for weights in found] == [pytest.approx(list(row)) for row in expected]
    assert found[0] == {"a": 0.5, "b": 0.5}  # e^0 / 2
    assert found[1]["a"] < 0.5 < 0.5001 > found[1]["b"] == pytest.approx(0.5)  # at L = 1 nothing pulls


def test_imtl_l_draws_each_scaled_loss_to_1():
    s, adam, expected = np.zeros(2), Adam(0.01), []
    for losses in LOSSES:
        values = np.array(list(losses.values()))
        expected.append(np.exp(s))
        s = adam.step(s, np.exp(s) * values - 1)
    found = weights_of("imtl_l", LOSSES)
    assert [list(weights.values()) for weights in found] == [pytest.approx(list(row)) for row in expected]
    last = weights_of("imtl_l", [{"a": 4.0, "b": 0.5}] * 3000)[-1]
    assert (4 * last["a"], 0.5 * last["b"]) == pytest.approx((1, 1), rel=1e-3)


def test_dwa_gives_more_to_the_task_that_fell_less_from_pass_to_pass():
    losses = [{"a": 4.0, "b": 2.0}, {"a": 2.0, "b": 2.0}, {"a": 1.5, "b": 1.8}, {"a": 0.9, "b": 1.6}]
    found = weights_of("dwa", [*losses, {"a": 1.0, "b": 1.0}], epochs=[0, 0, 1, 1, 2])
    # means: 3 and 2, then 1.2 and 1.7; rates .4 and .85
    raw = np.exp(np.array([1.2 / 3, 1.7 / 2]) / 2)
    assert found[:4] == [{"a": 1.0, "b": 1.0}] * 4
    assert list(found[4].values()) == pytest.approx(list(2 * raw / raw.sum()))


def test_rlw_is_a_softmax_of_normal_numbers():
    torch.manual_seed(5)
    expected = torch.softmax(torch.randn(2, dtype=torch.float64), 0)
    torch.manual_seed(5)
    assert list(weights_of("rlw", LOSSES[:1])[0].values()) == pytest.approx(expected.tolist())


def test_gls_has_the_slopes_of_the_geometric_mean():
    # sqrt(4 x 1) = 2; its slope for a is 2 / (2 x 4)
    assert weights_of("gls", LOSSES[:1]) == [pytest.approx({"a": 2 / (2 * 4), "b": 2 / (2 * 1)})]


def test_stch_is_a_softmax_of_the_weighted_losses():
    # lambda = 1 / 2: exponents 4 / (2 x 2) = 1 and 1 / (2 x 2) = .25
    raw = np.exp([1.0, 0.25])
    expected = dict(zip("ab", raw / raw.sum() / 2, strict=True))
    assert weights_of("stch", LOSSES[:1], "mu=2") == [pytest.approx(expected)]


def test_famo_follows_the_logarithms_of_the_same_rows_before_and_after():
    x, adam, expected = np.zeros(2), Adam(0.025, decay=0.001), []
    for step, losses in enumerate(LOSSES):
        now = np.array(list(losses.values()))
        z = np.exp(x) / np.exp(x).sum()
        expected.append(z / now / (z / now).sum())
        if step + 1 < len(LOSSES):
            fell = np.log(now) - np.log(np.array(list(LOSSES[step + 1].values())))
            x = adam.step(x, (np.diag(z) - np.outer(z, z)) @ fell)
    found = weights_of("famo", LOSSES)
    assert [list(weights.values()) for weights in found] == [
        pytest.approx(list(row), rel=1e-6) for row in expected
    ]


def test_gradnorm_moves_its_weights_as_the_paper_says():
    alpha, rate, lengths = 1.5, 0.025, np.array([3.0, 0.5, 1.0])
    method = GradNorm(GradNormOptions(alpha=alpha, learning_rate=rate))
    w, adam, first = np.ones(3), Adam(rate), None
    losses = np.array([2.0, 1.0, 4.0])
    for step in range(5):
        first = losses if first is None else first
        named = dict(zip(TASKS, losses, strict=True))
        found = method.weights(named, dict(zip(TASKS, lengths, strict=True)))
        assert list(found.values()) == pytest.approx(list(w)), step
        G = w * lengths
        rates = losses / first
        aim = G.mean() * (rates / rates.mean()) ** alpha
        w = adam.step(w, np.sign(G - aim) * lengths)  # slope of |G - aim| by w, aim held
        w = w * len(w) / w.sum()
        losses, lengths = losses * [0.9, 0.7, 0.99], lengths * [1.1, 0.9, 1.0]


def test_gradnorm_raises_the_short_gradient_and_the_slow_task():
    method = GradNorm(GradNormOptions(alpha=0.0))
    for _step in range(200):
        found = method.weights({"a": 1.0, "b": 1.0}, {"a": 3.0, "b": 1.0})
    assert found["a"] * 3 == pytest.approx(found["b"], rel=0.06)  # equally long, up to Adam's step
    method = GradNorm(GradNormOptions(alpha=2.0))
    method.weights({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 1.0})
    for _step in range(50):
        found = method.weights({"a": 1.0, "b": 0.5}, {"a": 1.0, "b": 1.0})
    assert found["a"] > found["b"]


def test_metabalance_brings_each_tensor_to_the_running_length_of_the_targets():
    relax, beta = 0.7, 0.9
    method = MetaBalance(MetaBalanceOptions(relax=relax, beta=beta))
    rng = np.random.default_rng(0)
    means = np.zeros((2, 3))
    for _step in range(6):
        lengths = rng.uniform(0.1, 4.0, (2, 3))
        means = beta * means + (1 - beta) * lengths  # from 0, as the paper starts; the ratio has no bias
        expected = relax * means[:, [1]] / means + 1 - relax
        found = method.weights_BK(torch.tensor(lengths), ["low", "high"], TASKS, "basket")
        assert np.allclose(found.numpy(), expected)
        assert np.allclose(found[:, 1], 1)  # the target's own


def test_metabalance_puts_the_scaled_gradients_and_leaves_heads_alone():
    problem = toy()
    gradients = {task: problem.gradient(task) for task in TASKS}
    lengths = {task: np.linalg.norm(gradient) for task, gradient in gradients.items()}
    problem.take(rule_of(WEIGHTINGS["metabalance"], TASKS, "target=basket"), 0)
    expected = sum(
        gradients[task] * (1.0 if task == "basket" else 0.7 * lengths["basket"] / lengths[task] + 0.3)
        for task in TASKS
    )
    assert np.allclose(problem.shared.grad, expected, rtol=1e-5)
    assert [float(problem.own[task].grad) for task in TASKS] == [1, 1, 1]


PREFERENCE = {"a": 0.75, "b": 0.25}


def preferred(key, penalty, losses, preference):
    """The weights of each step at given losses and preferences."""
    learner = rule_of(WEIGHTINGS[key], list(losses[0]), f"penalty={penalty}").learner
    return [list(learner.weights(at, drawn).values()) for at, drawn in zip(losses, preference, strict=True)]


def test_cosmos_is_the_preferred_sum_less_what_evenness_gains():
    losses = [{"a": 4.0, "b": 1.0}, {"a": 3.0, "b": 0.9}]
    expected = []
    for at in losses:
        scale = np.array([0.75 / 4, 0.25 / 1])  # r_k / L_k at first
        v = scale * np.array(list(at.values()))
        length = np.sqrt((v**2).sum())
        cosine = v.sum() / (np.sqrt(2) * length)
        expected.append(scale * (1 - 2 * (1 / (np.sqrt(2) * length) - cosine * v / length**2)))
    found = preferred("cosmos", 2, losses, [PREFERENCE] * 2)
    assert found == [pytest.approx(list(row)) for row in expected]
    assert preferred("cosmos", 0, losses[:1], [PREFERENCE]) == [pytest.approx([0.75 / 4, 0.25])]


def test_pbi_goes_down_the_diagonal_and_back_to_it():
    losses = [{"a": 4.0, "b": 1.0}, {"a": 1.0, "b": 1.0}]
    found = preferred("pbi", 0.5, losses, [PREFERENCE] * 2)
    # v = (.75, .25): d_1 = 1 / sqrt 2, away from the diagonal by d_2 = .5 / sqrt 2: slopes (1 +- .5) / sqrt 2
    up, down = 1.5 / np.sqrt(2), 0.5 / np.sqrt(2)
    assert found[0] == pytest.approx([0.75 / 4 * up, 0.25 / 1 * down])
    # v = (.1875, .25): now b lies above
    assert found[1] == pytest.approx([0.75 / 4 * down, 0.25 / 1 * up])


def test_up_to_a_penalty_of_1_over_the_root_of_k_less_1_pbi_trains_no_task_uphill():
    losses = [{"a": 1.0, "b": 1.0, "c": 1.0}]
    corner = [{"a": 0.98, "b": 0.98, "c": 0.001}]
    assert min(preferred("pbi", 0.7, losses, corner)[0]) > 0  # 1 / sqrt 2 = .707
    assert min(preferred("pbi", 0.8, losses, corner)[0]) < 0

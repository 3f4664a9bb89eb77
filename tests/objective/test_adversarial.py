"""FGM, PGD and FreeLB on losses whose gradients are found by hand."""

import numpy as np
import pytest
import torch

from mtrec_core.errors import SettingError
from mtrec_core.model.text_shift import TextShift
from mtrec_core.objective.adversarial import (
    FreeLb,
    Pass,
    Pgd,
    joined_cuts,
    make_adversary,
    mean_losses,
    of_length_one,
    projected,
)
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.jacobian import Representation
from mtrec_core.objective.method_options import AscentOptions

TEXTS = np.array([[3.0, 4.0], [0.0, 2.0]])
"""Two texts, of length 5 and 2."""
SLOPE = np.array([0.6, 0.8])
"""Of length 1."""


class Line:
    """L = theta . (sum of the texts), or its square / 2 for each text; looks are counted."""

    def __init__(self, squared=False, cuts=False):
        self.theta = torch.tensor(SLOPE, dtype=torch.float32, requires_grad=True)
        self.squared = squared
        self.cuts = cuts
        self.looks = 0

    def __call__(self, shift):
        self.looks += 1
        entering_U1E = torch.tensor(TEXTS, dtype=torch.float32).unsqueeze(1)
        read_UE = shift(entering_U1E, torch.ones(2, 1)).squeeze(1) if shift else entering_U1E.squeeze(1)
        score_U = read_UE @ self.theta
        representation = Representation() if self.cuts else None
        if representation is not None:
            score_U = representation.cut("scores", ["tower"], score_U)
        loss = score_U.square().sum() / 2 if self.squared else score_U.sum()
        return Pass(losses={"stars": loss}, shift=shift, representation=representation)


def adversary(key, options=""):
    return make_adversary(ObjectiveSettings(adversary=key, adversary_options=options), 0)


def added(one):
    """What a pass added to the texts, in the texts' own numbers."""
    return one.shift.pieces[0].detach().numpy()[:, 0] * np.linalg.norm(TEXTS, axis=1, keepdims=True)


def test_without_an_adversary_there_is_one_plain_pass():
    line = Line()
    (plain,) = adversary("none").passes(line, {"stars": 1.0}, 0)
    assert (plain.shift, line.looks) == (None, 1)


@pytest.mark.parametrize("cuts", [False, True])
def test_fgm_adds_eps_times_the_gradients_direction_in_lengths_of_the_text(cuts):
    clean, attacked = adversary("fgm", "eps=0.1").passes(Line(cuts=cuts), {"stars": 1.0}, 0)
    np.testing.assert_array_equal(added(clean), 0)
    np.testing.assert_allclose(added(attacked), [0.1 * 5 * SLOPE, 0.1 * 2 * SLOPE], rtol=1e-6)


def test_fgm_trains_the_mean_of_the_clean_and_the_disturbed_loss():
    passes = adversary("fgm", "eps=0.1").passes(Line(), {"stars": 1.0}, 0)
    # theta . x is 5 and 1.6; the shift adds eps |x| |theta|.
    expected = ((5 + 1.6) + (5 + 1.6 + 0.1 * (5 + 2))) / 2
    assert float(mean_losses(passes)["stars"].detach()) == pytest.approx(expected)


def test_a_task_of_negative_weight_is_climbed_the_other_way_and_one_of_weight_0_not_at_all():
    for weight in (-2.0, 0.0):
        _, attacked = adversary("fgm", "eps=0.1").passes(Line(), {"stars": weight}, 0)
        np.testing.assert_allclose(added(attacked)[0], np.sign(weight) * 0.1 * 5 * SLOPE, rtol=1e-6)


@pytest.mark.parametrize(("size", "expected"), [(0.25, 3 * 0.25 * 0.1), (0.5, 0.1), (10.0, 0.1)])
def test_pgd_goes_uphill_in_steps_and_stays_within_eps(size, expected):
    line = Line()
    (last,) = adversary("pgd", f"eps=0.1 steps=3 step_size={size}").passes(line, {"stars": 1.0}, 0)
    np.testing.assert_allclose(added(last), [expected * 5 * SLOPE, expected * 2 * SLOPE], rtol=1e-5)
    assert line.looks == 4


def test_freelb_trains_the_mean_over_its_points_each_one_step_further_uphill():
    line = Line(squared=True)
    options = AscentOptions(eps=0.3, steps=3, step_size=0.5)
    passes = FreeLb(options, seed=4).passes(line, {"stars": 1.0}, 7)
    assert line.looks == 3
    mean_losses(passes)["stars"].backward()

    lengths = np.linalg.norm(TEXTS, axis=1, keepdims=True)
    share = passes[0].shift.pieces[0].detach().numpy()[:, 0]
    gradients = []
    for _ in range(3):
        read = TEXTS + share * lengths
        score = read @ SLOPE  # dL/dtheta = sum of (theta . x) x; dL/dx = (theta . x) theta
        gradients.append((score[:, None] * read).sum(axis=0))
        share = share + 0.3 * 0.5 * np.sign(score)[:, None] * SLOPE
        share *= np.minimum(1, 0.3 / np.linalg.norm(share, axis=1, keepdims=True))
    np.testing.assert_allclose(line.theta.grad.numpy(), np.mean(gradients, axis=0), rtol=1e-5)


def test_freelb_starts_at_random_within_eps_from_seed_and_step_alone():
    options = AscentOptions(eps=0.3, steps=1)
    starts = [
        FreeLb(options, seed=seed).passes(Line(), {"stars": 1.0}, step)[0].shift.pieces[0].detach()
        for seed, step in ((0, 0), (0, 0), (0, 1), (1, 0))
    ]
    assert torch.equal(starts[0], starts[1])
    assert not any(torch.equal(starts[0], other) for other in starts[2:])
    assert all(0 < float(length) <= 0.3 for start in starts for length in start.flatten(1).norm(dim=1))


def test_nothing_is_added_to_padding_and_it_adds_nothing_to_a_texts_length():
    entering_ULE = torch.tensor([[[3.0], [4.0], [100.0]]])
    mask_UL = torch.tensor([[1, 1, 0]])
    moved = TextShift([torch.ones(1, 3, 1)])(entering_ULE, mask_UL)
    assert moved.flatten().tolist() == [3.0 + 5.0, 4.0 + 5.0, 100.0]
    generator = torch.Generator().manual_seed(0)
    drawn = TextShift(drawn=1.0, generator=generator)
    drawn(entering_ULE, mask_UL)
    assert (drawn.pieces[0].flatten() != 0).tolist() == [True, True, False]


def test_tiny_gradients_keep_their_direction_and_none_stays_none():
    gradients = torch.tensor([[[3e-30, 4e-30]], [[0.0, 0.0]]])
    torch.testing.assert_close(of_length_one(gradients), torch.tensor([[[0.6, 0.8]], [[0.0, 0.0]]]))
    within = torch.tensor([[[0.03, 0.04]], [[3.0, 4.0]], [[0.0, 0.0]]])
    expected = torch.tensor([[[0.03, 0.04]], [[0.06, 0.08]], [[0.0, 0.0]]])
    torch.testing.assert_close(projected(within, 0.1), expected)


def test_cuts_of_several_passes_keep_apart_and_the_plain_pass_keeps_its_names():
    passes = adversary("fgm").passes(Line(cuts=True), {"stars": 1.0}, 0)
    assert [cut.name for cut in joined_cuts(passes).cuts] == ["scores", "pass 1 scores"]
    assert joined_cuts(adversary("fgm").passes(Line(), {"stars": 1.0}, 0)) is None


def test_a_pass_that_trains_nothing_clean_cuts_only_what_it_trains():
    passes = Pgd(AscentOptions(), 0).passes(Line(cuts=True), {"stars": 1.0}, 0)
    assert [cut.name for cut in joined_cuts(passes).cuts] == ["scores"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"adversary": "fmg"}, "Did you mean fgm"),
        ({"adversary": "fgm", "adversary_options": "steps=3"}, "steps"),
        ({"adversary": "pgd", "adversary_options": "steps=0"}, "allowed: 1 or more"),
        ({"adversary": "none", "adversary_options": "eps=1"}, "no options"),
    ],
)
def test_what_is_not_an_adversary_or_its_option_is_an_error(settings, words):
    with pytest.raises(SettingError, match=words):
        ObjectiveSettings(**settings)

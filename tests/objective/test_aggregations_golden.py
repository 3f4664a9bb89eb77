"""Each aggregation against its paper's formula, worked out here without the library, on gradients that
conflict."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, minimize_scalar

from mtrec_core.objective.aggregations import AGGREGATIONS
from mtrec_core.objective.gradient_methods import GradientMethod, build_aggregator
from mtrec_core.objective.option_text import read_options

TWO = np.array([[-4.0, 1.0, 1.0], [6.0, 1.0, 1.0]])
"""The library's own example."""
THREE = np.array([[3.0, 0.5, 0.0, 1.0], [-2.0, 1.5, 0.5, 0.0], [0.3, -2.5, 1.0, 0.2]])


def method_of(key, options=""):
    row = AGGREGATIONS[key]
    return GradientMethod(row, read_options(row.options, options, "options"))


def weights(key, rows, options="", method=None):
    gramian = torch.tensor(rows @ rows.T)
    names = [f"task{place}" for place in range(len(rows))]
    return np.array((method or method_of(key, options)).weights(gramian, names))


def direction(key, rows, options=""):
    return weights(key, rows, options) @ rows


def unit(vector):
    return vector / np.linalg.norm(vector)


def test_upgrad_has_the_librarys_documented_values():
    assert weights("upgrad", TWO) == pytest.approx([1.1109, 0.7894], abs=1e-4)
    assert direction("upgrad", TWO) == pytest.approx([0.2929, 1.9004, 1.9004], abs=1e-4)


@pytest.mark.parametrize("rows", [TWO, THREE], ids=["two tasks", "three tasks"])
@pytest.mark.parametrize(
    "key",
    [key for key, row in AGGREGATIONS.items() if row.library and not row.per_number and not row.by_parameter],
)
def test_weights_from_products_alone_are_those_of_the_whole_gradients(key, rows):
    row = AGGREGATIONS[key]
    torch.manual_seed(3)
    found = direction(key, rows)
    torch.manual_seed(3)
    aggregator = build_aggregator(row, row.options(), len(rows))
    expected = aggregator(torch.tensor(rows)).numpy()
    if key in ("nash_mtl", "fairgrad"):  # their size follows that of the gradients, which is set afterwards
        found, expected = unit(found), unit(expected)
    assert found == pytest.approx(expected, rel=2e-3, abs=2e-3)


def test_mean_and_random():
    assert direction("mean", THREE) == pytest.approx(THREE.mean(axis=0))
    torch.manual_seed(3)
    expected = torch.softmax(torch.randn(3, dtype=torch.float64), 0).numpy()
    torch.manual_seed(3)
    assert weights("random", THREE) == pytest.approx(expected, rel=1e-6)


def test_pcgrad_takes_from_each_gradient_its_part_against_the_other():
    one, other = TWO
    product = one @ other  # -24 + 1 + 1 = -22
    assert product == -22
    expected = one - product / (other @ other) * other + other - product / (one @ one) * one
    assert direction("pcgrad", TWO) == pytest.approx(expected)


def test_mgda_is_the_shortest_vector_between_two_gradients():
    one, other = TWO
    share = np.clip((other - one) @ other / ((one - other) @ (one - other)), 0, 1)
    assert direction("mgda", TWO) == pytest.approx(share * one + (1 - share) * other, abs=1e-2)


def test_mgda_is_the_shortest_combination_of_three():
    solved = minimize(
        lambda w: w @ THREE @ THREE.T @ w,
        np.ones(3) / 3,
        bounds=[(0, 1)] * 3,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
    )
    length = np.linalg.norm(direction("mgda", THREE))
    assert length == pytest.approx(np.sqrt(solved.fun), rel=1e-2)


@pytest.mark.parametrize("c", [0.2, 0.5])
def test_cagrad_maximises_the_worst_gain_near_the_mean(c):
    mean = THREE.mean(axis=0)
    radius = c * np.linalg.norm(mean)
    solved = minimize(
        lambda d: -min(THREE @ d),
        mean + 0.1,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda d: radius**2 - (d - mean) @ (d - mean)},
        options={"maxiter": 1000, "ftol": 1e-12},
    )
    found = direction("cagrad", THREE, f"c={c}")
    assert np.linalg.norm(found - mean) == pytest.approx(radius, rel=1e-3)
    assert min(THREE @ found) >= -solved.fun - 1e-2


def test_nash_mtl_solves_the_bargaining_equation():
    found = weights("nash_mtl", THREE, "iterations=100")
    gains = THREE @ THREE.T @ found * found  # alike for all at G w = c / w
    assert gains == pytest.approx(np.full(3, gains.mean()), rel=0.02)


def test_imtl_g_has_equal_projections_and_weights_that_add_up_to_1():
    found = weights("imtl_g", THREE)
    projections = (found @ THREE) @ np.array([unit(row) for row in THREE]).T
    assert found.sum() == pytest.approx(1)
    assert projections == pytest.approx(np.full(3, projections[0]), rel=1e-4)


def test_aligned_mtl_brings_all_principal_lengths_to_the_shortest():
    values, vectors = np.linalg.eigh(THREE @ THREE.T)
    balance = np.sqrt(values.min()) * vectors @ np.diag(values**-0.5) @ vectors.T
    assert weights("aligned_mtl", THREE) == pytest.approx(balance @ np.ones(3) / 3, rel=1e-4)


def test_gradvac_is_pcgrad_at_first_and_then_aims_at_the_mean_of_the_cosines():
    method = method_of("gradvac", "beta=0.5")
    assert weights("gradvac", TWO, method=method) @ TWO == pytest.approx(direction("pcgrad", TWO))
    # The aimed cosine of each pair is then half the one that was seen.
    one, other = TWO
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    aim = 0.5 * cosine
    expected = 0
    for own, against in ((one, other), (other, one)):
        size, length = np.linalg.norm(own), np.linalg.norm(against)
        factor = size * (aim * np.sqrt(1 - cosine**2) - cosine * np.sqrt(1 - aim**2))
        expected = expected + own + factor / (length * np.sqrt(1 - aim**2)) * against
    assert weights("gradvac", TWO, method=method) @ TWO == pytest.approx(expected, rel=1e-6)


def test_graddrop_keeps_one_sign_per_number():
    aggregator = build_aggregator(AGGREGATIONS["graddrop"], AGGREGATIONS["graddrop"].options(), 3)
    torch.manual_seed(7)
    drawn = torch.rand(4, dtype=torch.float64).numpy()
    purity = 0.5 * (1 + THREE.sum(axis=0) / np.abs(THREE).sum(axis=0))
    stays = np.where(purity > drawn, THREE > 0, THREE < 0)
    torch.manual_seed(7)
    assert aggregator(torch.tensor(THREE)).numpy() == pytest.approx((THREE * stays).sum(axis=0))


def projected(vector, rows):
    """The nearest d with d g_i >= 0 for all i."""
    solved = minimize(
        lambda d: (d - vector) @ (d - vector),
        vector + 0.01,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda d: rows @ d},
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    return solved.x


def test_dualproj_projects_the_mean_and_upgrad_each_gradient():
    for rows in (TWO, THREE):
        assert direction("dualproj", rows) == pytest.approx(projected(rows.mean(axis=0), rows), abs=2e-3)
        expected = np.mean([projected(row, rows) for row in rows], axis=0)
        assert direction("upgrad", rows) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("key", ["upgrad", "dualproj", "mgda", "nash_mtl", "imtl_g", "config", "fairgrad"])
def test_no_task_gets_worse(key):
    assert min(THREE @ direction(key, THREE)) > -1e-2


def test_config_has_equal_angles_and_the_length_of_all_projections():
    found = direction("config", THREE)
    cosines = np.array([unit(row) for row in THREE]) @ unit(found)
    assert cosines == pytest.approx(np.full(3, cosines[0]))
    assert np.linalg.norm(found) == pytest.approx((THREE @ unit(found)).sum())


@pytest.mark.parametrize("alpha", [1.0, 2.0])
def test_fairgrad_solves_its_equation(alpha):
    scale = np.mean(np.diag(THREE @ THREE.T))  # weights are found at a mean length of 1
    found = weights("fairgrad", THREE, f"alpha={alpha}")
    assert THREE @ THREE.T @ found / scale == pytest.approx(found ** (-1 / alpha), rel=1e-2)
    assert weights("fairgrad", THREE, "alpha=0") == pytest.approx(np.full(3, 1 / 3))


def test_fairgrad_of_1_is_the_bargaining_solution():
    found, nash = weights("fairgrad", THREE, "alpha=1"), weights("nash_mtl", THREE, "iterations=100")
    assert found / found.sum() == pytest.approx(nash / nash.sum(), rel=0.02)


def test_excess_mtl_moves_weight_to_the_task_with_more_left_than_at_first():
    row = AGGREGATIONS["excess_mtl"]
    aggregator = build_aggregator(row, read_options(row.options, "warmup=1 step_size=.5", ""), 2)
    steps = [TWO, TWO * np.array([[1.0], [0.5]]), TWO * np.array([[1.2], [0.1]])]
    squares, first, w = 0.0, None, np.ones(2) / 2
    for rows in steps:
        squares = squares + rows**2
        excess = (rows**2 / np.sqrt(squares + 1e-7)).sum(axis=1)
        if first is None:
            first = excess  # the step of the warm-up
        else:
            w = w * np.exp(0.5 * excess / (first + 1e-7))
            w = w / w.sum()
        assert aggregator.weighting(torch.tensor(rows)).numpy() == pytest.approx(w, rel=1e-6)
    assert w[0] > w[1]


def test_pcd_is_nearest_to_the_main_gradient_among_those_that_serve_the_others():
    tau, method = 0.1, method_of("pcd", "tau=.1")
    found = weights("pcd", THREE, method=method) @ THREE
    scaled = np.array([unit(row) for row in THREE])  # at the first step the running means are the lengths
    solved = minimize(
        lambda d: (d - scaled[0]) @ (d - scaled[0]),
        scaled[0],
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda d: scaled[1:] @ d - tau},
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    assert unit(found) == pytest.approx(unit(solved.x), abs=1e-4)
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(THREE[0]))


def test_small_gradients_are_not_taken_for_none():
    for key in ("cagrad", "upgrad", "mgda"):
        assert weights(key, THREE * 1e-6) == pytest.approx(weights(key, THREE), rel=1e-3, abs=1e-3), key


def test_the_shortest_of_a_line_is_what_a_search_finds():
    """The closed form that the test of MGDA trusts."""
    one, other = TWO
    searched = minimize_scalar(lambda share: np.linalg.norm(share * one + (1 - share) * other), (0, 1)).x
    assert (other - one) @ other / ((one - other) @ (one - other)) == pytest.approx(searched, abs=1e-4)

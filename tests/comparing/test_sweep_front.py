"""The front of configurations with several seeds, and its knee."""

import dataclasses

import pytest

from mtrec_core.comparing.seeds import seed_groups
from mtrec_core.comparing.sweep_front import front
from mtrec_core.config import RunConfig

CHOICES = [("click", "auc"), ("stars", "rmse")]
POINTS = {0.5: (0.50, 1.0), 1.0: (0.58, 1.1), 1.5: (0.60, 2.0), 2.0: (0.50, 2.0)}
"""Weight of click -> AUC and RMSE, the mean over two seeds."""


@pytest.fixture
def groups(make_run):
    """Each point with two seeds, .01 above and below it."""
    runs = []
    for weight, (auc, rmse) in POINTS.items():
        for seed, shift in ((0, -0.01), (1, 0.01)):
            config = RunConfig(
                dataset="shop", weights={"click": weight, "stars": 2 - weight or 1.0}, seed=seed
            )
            values = {"click": {"auc": auc + shift}, "stars": {"rmse": rmse + shift}}
            runs.append(make_run(len(runs) + 1, values, config=config))
    return seed_groups(runs)


def test_means_over_seeds_make_the_front_and_the_spread_its_bars(groups):
    found = front(groups, CHOICES)
    assert [point.on_front for point in found.points] == [True, True, True, False]
    assert found.points[0].validation[0].mean == pytest.approx(0.5)
    assert found.points[0].validation[0].deviation == pytest.approx(0.01 * 2**0.5)
    assert found.points[1].weights == {"click": 1.0, "stars": 1.0}


def test_the_knee_is_where_little_is_given_up(groups):
    found = front(groups, CHOICES)
    # Scaled to 0..1 on the front: (0, 1), (.8, .9), (1, 0). Above the line x + y = 1 by .7.
    assert found.knee.model == 1
    assert found.knee.distance == pytest.approx(0.7 / 2**0.5)


def test_front_and_knee_go_by_validation_unless_asked_otherwise(groups):
    for run in groups[1].members:  # what shines on test was no good on validation
        run.result["tasks"]["click"]["validation"] = {"auc": 0.4}
    found = front(groups, CHOICES)
    assert [point.on_front for point in found.points] == [True, False, True, False]
    assert found.knee is None
    assert front(groups, CHOICES, "test").points[1].on_front


def test_a_configuration_without_one_of_the_metrics_is_left_out(groups, make_run):
    other = make_run(99, {"click": {"auc": 0.9}}, config=RunConfig(dataset="shop", tasks=("click",)))
    found = front([*groups, *seed_groups([other])], CHOICES)
    assert len(found.points) == len(POINTS)
    assert front([], CHOICES).points == ()


def test_seeds_that_failed_leave_the_point_out(groups):
    first = groups[0]
    broken = dataclasses.replace(first.members[1], result=None)
    partly = dataclasses.replace(first, members=(first.members[0], broken))
    assert len(front([partly], CHOICES).points) == 0

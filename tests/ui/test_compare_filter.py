"""Which runs stand in Compare's table."""

import dataclasses

import pytest

from mtrec_core.ui.compare_filter import Filter, first_choice, fits, named_runs


@pytest.fixture
def run(make_run):
    run = make_run(12, {"click": {"auc": 0.5}})
    return dataclasses.replace(run, name="Ads first", note="slow", tags=("demo", "night"), dataset="shop")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), True),
        (Filter(words="ads SLOW"), True),
        (Filter(words="ads fast"), False),
        (Filter(words="#12"), True),
        (Filter(tags=["night", "other"]), True),
        (Filter(tags=["other"]), False),
        (Filter(states=["failed"]), False),
        (Filter(states=["completed"], datasets=["shop"]), True),
        (Filter(starred=True), False),
    ],
)
def test_a_run_is_listed_where_it_fits_everything_asked(run, wanted, expected):
    assert fits(run, wanted) is expected


def test_archived_runs_are_listed_on_demand(run):
    archived = dataclasses.replace(run, archived=True)
    assert not fits(archived, Filter())
    assert fits(archived, Filter(archived=True))


def test_a_link_names_runs_by_number_or_id_in_its_order(make_run):
    runs = [make_run(3), make_run(2), make_run(1)]
    assert named_runs("2,#3,run1,9,2", runs) == ["run2", "run3", "run1"]
    assert named_runs("", runs) == []


def test_the_first_choice_is_the_newest_joint_runs_on_the_same_data(make_run):
    metrics = {"click": {"auc": 0.5}}
    runs = [
        make_run(6),
        make_run(5, metrics),
        make_run(4, metrics, data="bbbb"),
        make_run(3, metrics, task="click"),
        make_run(2, metrics),
        make_run(1, metrics),
    ]
    assert first_choice(runs, 2) == ["run5", "run2"]
    assert first_choice([make_run(1)], 2) == ["run1"]

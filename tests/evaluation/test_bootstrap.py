"""The paired bootstrap over users."""

import numpy as np
import pytest

from mtrec_core.errors import UserError
from mtrec_core.evaluation.bootstrap import Interval, paired_interval


@pytest.fixture
def clicks(lay_out):
    """Predictions of 300 rows of 60 users; `noise` blurs them."""

    def make(noise: float, seed: int = 0, rows: int = 300):
        rng = np.random.default_rng(0)
        target = rng.random(rows) < 0.4
        blur = np.random.default_rng(seed).normal(0, noise, rows)
        score = np.clip(0.3 + 0.4 * target + blur, 0.01, 0.99)
        return lay_out(target[:, None], score[:, None], user=np.arange(rows) % 60)

    return make


def test_a_clearly_better_model_has_an_interval_above_0(make_spec, clicks):
    found = paired_interval(make_spec("binary"), clicks(0.1), clicks(0.6, seed=1), "auc")
    assert found.difference == found.a - found.b
    assert 0 < found.low < found.difference < found.high
    assert (found.better, found.users) == ("a", 60)


def test_for_an_error_less_is_better(make_spec, clicks):
    found = paired_interval(make_spec("binary"), clicks(0.1), clicks(0.6, seed=1), "log_loss")
    assert found.high < 0
    assert found.better == "a"


def test_the_same_predictions_differ_by_nothing(make_spec, clicks):
    found = paired_interval(make_spec("binary"), clicks(0.2), clicks(0.2), "auc")
    assert (found.difference, found.low, found.high) == (0, 0, 0)
    assert not found.is_clear
    assert found.better == ""


def test_a_seed_gives_the_same_interval_and_the_order_of_lines_does_not_matter(make_spec, clicks):
    a, b = clicks(0.3), clicks(0.3, seed=1)
    one = paired_interval(make_spec("binary"), a, b, "auc", samples=200)
    shuffled = a.sample(frac=1, random_state=3), b.sample(frac=1, random_state=4)
    assert paired_interval(make_spec("binary"), *shuffled, "auc", samples=200) == one
    assert paired_interval(make_spec("binary"), a, b, "auc", samples=200, seed=1) != one


def test_rows_of_one_user_count_as_one_observation(make_spec, lay_out):
    """40 users, each with the same row 25 times: as wide as 40 rows, not as narrow as 1,000."""
    rng = np.random.default_rng(0)
    error_a, error_b = rng.normal(size=40), rng.normal(size=40)
    widths = []
    for times in (1, 25):
        zeros, user = np.zeros((40 * times, 1)), np.repeat(np.arange(40), times)
        a, b = (lay_out(zeros, np.repeat(error, times)[:, None], user) for error in (error_a, error_b))
        found = paired_interval(make_spec("regression"), a, b, "mae")
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0])


def test_of_ranked_lists_only_the_relevant_items_must_be_the_same(make_spec, read_table):
    a = read_table("row user item target rank\n0 u p 1 1\n0 u q 0 2\n1 v p 1 2\n1 v r 0 1")
    b = read_table("row user item target rank\n0 u p 1 2\n0 u s 0 1\n1 v p 1 1\n1 v t 0 2\n1 v q 0 3")
    a, b = (table.assign(rank_seen_kept=table["rank"]) for table in (a, b))
    found = paired_interval(make_spec("retrieval"), a, b, "accuracy@1", samples=100)
    assert (found.a, found.b, found.low, found.high) == (1 / 2, 1 / 2, -1, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.iloc[1:],
        lambda table: table.assign(row=table["row"] + 1),
        lambda table: table.assign(target=1 - table["target"]),
        lambda table: table.assign(user="someone"),
        lambda table: table.assign(split="validation"),
    ],
    ids=["one row less", "other rows", "other targets", "other users", "another split"],
)
def test_tables_that_differ_in_their_rows_are_refused(make_spec, clicks, change):
    with pytest.raises(UserError, match="can't be compared: column"):
        paired_interval(make_spec("binary"), clicks(0.2), change(clicks(0.2)), "auc")


def test_a_table_of_another_task_or_of_two_splits_is_refused(make_spec, clicks):
    mixed = clicks(0.2).assign(split=["test"] * 150 + ["validation"] * 150)
    for wrong in (clicks(0.2).assign(task="other"), mixed):
        with pytest.raises(UserError, match="must hold this task and one split"):
            paired_interval(make_spec("binary"), wrong, clicks(0.2), "auc")


def test_a_single_user_has_no_interval(make_spec, clicks):
    alone = clicks(0.2).assign(user="someone")
    with pytest.raises(UserError, match="has 1 user"):
        paired_interval(make_spec("binary"), alone, alone, "auc")


def test_an_undefined_metric_is_refused(make_spec, clicks):
    only_yes = clicks(0.2).assign(target=1.0)
    with pytest.raises(UserError, match="'auc' is undefined"):
        paired_interval(make_spec("binary"), only_yes, only_yes, "auc")


def test_the_interval_covers_the_truth_about_as_often_as_it_says(make_spec, lay_out):
    """100 simulated comparisons with a true difference of 0.1: 95 % promised, binomial noise 2.2 points."""
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        of_user = rng.normal(0, 1, 60)
        user = np.repeat(np.arange(60), 3)
        target = np.zeros((180, 1))
        error = np.abs(of_user[user] + rng.normal(0, 1, 180)) + 5
        better = error - 0.1 + 0.5 * rng.normal(0, 1, 60)[user] + rng.normal(0, 0.3, 180)
        found = paired_interval(
            make_spec("regression"),
            lay_out(target, better[:, None], user),
            lay_out(target, error[:, None], user),
            "mae",
            samples=200,
        )
        covered += found.low <= -0.1 <= found.high
    assert 0.88 <= covered / 100 <= 0.99


def test_the_width_is_that_of_the_standard_error(make_spec, lay_out):
    rng = np.random.default_rng(0)
    error, zeros = rng.exponential(size=(1500, 1)), np.zeros((1500, 1))
    found = paired_interval(make_spec("regression"), lay_out(zeros, error), lay_out(zeros, zeros), "mae")
    assert found.high - found.low == pytest.approx(2 * 1.96 * error.std() / np.sqrt(1500), rel=0.1)


def test_an_interval_that_touches_0_names_no_winner():
    unclear = Interval(metric="auc", a=0.6, b=0.5, difference=0.1, low=-0.1, high=0.3, users=9)
    assert not unclear.is_clear
    assert unclear.better == ""

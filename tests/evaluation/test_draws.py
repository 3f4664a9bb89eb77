"""Metrics under draws of users, kept per run."""

import numpy as np
import pytest

from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.bootstrap import paired_interval
from mtrec_core.evaluation.draws import difference, draw_metrics, mean_over
from mtrec_core.evaluation.draws_file import draw_all, load_draws, save_draws


@pytest.fixture
def clicks(lay_out):
    """Predictions of 200 rows of 40 users; `noise` blurs them."""

    def make(noise: float, seed: int = 0, rows: int = 200):
        rng = np.random.default_rng(0)
        target = rng.random(rows) < 0.4
        blur = np.random.default_rng(seed).normal(0, noise, rows)
        score = np.clip(0.3 + 0.4 * target + blur, 0.01, 0.99)
        return lay_out(target[:, None], score[:, None], user=np.arange(rows) % 40)

    return make


def by_metric(drawn):
    return {one.metric: one for one in drawn}


@pytest.mark.parametrize("metric", ["auc", "log_loss", "pr_auc", "accuracy"])
def test_the_difference_is_that_of_the_paired_bootstrap(make_spec, clicks, metric):
    a, b, spec = clicks(0.1), clicks(0.3, seed=1), make_spec("binary")
    apart = by_metric(draw_metrics(spec, a)), by_metric(draw_metrics(spec, b.sample(frac=1, random_state=2)))
    found, expected = difference(apart[0][metric], apart[1][metric]), paired_interval(spec, a, b, metric)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert (found.difference, found.users) == (pytest.approx(expected.difference), 40)


def test_the_interval_of_one_model_holds_its_value(make_spec, clicks):
    auc = by_metric(draw_metrics(make_spec("binary"), clicks(0.3), metrics=["auc"]))["auc"]
    low, high = auc.interval()
    assert low < auc.value < high


def test_models_that_were_judged_on_other_rows_are_not_compared(make_spec, clicks):
    a, b = (draw_metrics(make_spec("binary"), clicks(0.1, rows=rows), ["auc"])[0] for rows in (200, 199))
    with pytest.raises(UserError, match="different rows"):
        difference(a, b)


def test_another_target_counts_as_another_row(make_spec, clicks):
    other = clicks(0.1)
    other.loc[3, "target"] = 1 - other.loc[3, "target"]
    a, b = (draw_metrics(make_spec("binary"), table, ["auc"])[0] for table in (clicks(0.1), other))
    assert a.rows != b.rows


def test_the_mean_over_seeds_is_taken_draw_by_draw(make_spec, clicks):
    a, b = (draw_metrics(make_spec("binary"), clicks(0.3, seed), ["auc"])[0] for seed in (1, 2))
    mean = mean_over([a, b])
    assert mean.value == (a.value + b.value) / 2
    assert mean.draws_S[7] == pytest.approx((a.draws_S[7] + b.draws_S[7]) / 2)


def test_one_user_gives_no_draws(make_spec, lay_out):
    table = lay_out(np.array([[1], [0]]), np.array([[0.9], [0.1]]), user=np.zeros(2, dtype=int))
    assert draw_metrics(make_spec("binary"), table) == []


def test_a_retrieval_is_compared_by_its_relevant_lines_alone(make_spec, read_table):
    lists = """
        row user item target rank rank_seen_kept
        0   a    i1   1      {0} {0}
        0   a    {2}  0      9 9
        1   b    i2   1      {1} {1}
        2   c    i3   1      4 4
    """
    spec = make_spec("retrieval")
    a, b = (read_table(lists.format(*ranks)) for ranks in ((1, 2, "i8"), (3, 2, "i9")))
    first, second = (by_metric(draw_metrics(spec, table))["mrr"] for table in (a, b))
    found = difference(first, second)
    assert found.difference == pytest.approx((1 - 1 / 3) / 3)
    assert found.users == 3


def test_what_was_written_is_read_again(tmp_path, make_spec, clicks):
    drawn = draw_all({"t": make_spec("binary")}, clicks(0.2))
    save_draws(drawn, tmp_path / "new" / "intervals.parquet")
    read = load_draws(tmp_path / "new" / "intervals.parquet")
    assert list(read) == [(one.task, one.metric) for one in drawn]
    assert {"auc", "log_loss"} <= {metric for _, metric in read}
    for one in drawn:
        again = read[one.task, one.metric]
        assert (again.value, again.users, again.rows) == (one.value, one.users, one.rows)
        assert np.array_equal(again.draws_S, one.draws_S)


def test_other_files_are_refused_with_their_path(tmp_path, clicks):
    with pytest.raises(DataError, match="no intervals at"):
        load_draws(tmp_path / "intervals.parquet")
    (tmp_path / "text").write_text("x")
    with pytest.raises(DataError, match="not a readable Parquet"):
        load_draws(tmp_path / "text")
    clicks(0.1).to_parquet(tmp_path / "predictions")
    with pytest.raises(DataError, match="delete it"):
        load_draws(tmp_path / "predictions")

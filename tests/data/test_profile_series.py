"""Quantiles, histograms, rows over time and the long tail, by hand."""

import numpy as np
import pytest

from mtrec_core.data.profile_series import (
    MOST_CLASSES,
    MOST_POINTS,
    activity,
    class_bars,
    histogram,
    long_tail,
    spread,
)

DAY = 86_400
MONDAY = 1_704_067_200  # 2024-01-01, in seconds


def test_a_spread_leaves_out_what_is_missing():
    found = spread(np.array([1.0, 2.0, 3.0, np.nan]))
    assert found.mean == 2.0  # (1 + 2 + 3) / 3
    assert found.quantiles[0] == 1.0
    assert found.quantiles[3] == 2.0
    assert found.quantiles[-1] == 3.0
    assert spread(np.array([np.nan])) is None


def test_few_distinct_numbers_get_a_bar_each():
    bars = histogram(np.array([5.0, 1.0, 5.0, np.nan, 2.5]))
    assert [(bar.label, bar.count) for bar in bars] == [("1", 1), ("2.5", 1), ("5", 2)]


def test_many_distinct_numbers_get_twenty_intervals():
    bars = histogram(np.arange(200.0))
    assert len(bars) == 20
    assert {bar.count for bar in bars} == {10}


def test_the_largest_classes_come_first_and_the_rest_together():
    counts = np.arange(1, MOST_CLASSES + 4)
    bars = class_bars(tuple(map(str, counts)), counts)
    assert bars[0].label == str(MOST_CLASSES + 3)
    assert (bars[-1].label, bars[-1].count) == ("3 others", 1 + 2 + 3)


def test_rows_of_a_few_days_are_counted_by_day_with_their_mean_label():
    times = np.array([MONDAY, MONDAY + 60, MONDAY + 2 * DAY])
    found = activity(times, 10**9, np.array([1.0, 0.0, np.nan]))
    assert found.unit == "day"
    assert [(one.start, one.rows, one.mean) for one in found.moments] == [
        ("2024-01-01", 2, 0.5),
        ("2024-01-02", 0, None),
        ("2024-01-03", 1, None),
    ]


@pytest.mark.parametrize(
    ("days", "unit"),
    [(99, "day"), (100, "week"), (690, "week"), (700, "month"), (3_030, "month"), (3_100, "year")],
)
def test_the_finest_calendar_with_at_most_a_hundred_points_is_taken(days, unit):
    found = activity(np.array([MONDAY, MONDAY + days * DAY]), 10**9, None)
    assert found.unit == unit
    assert len(found.moments) <= MOST_POINTS
    assert sum(one.rows for one in found.moments) == 2


def test_weeks_begin_on_monday():
    sunday_and_monday = np.array([MONDAY + 6 * DAY, MONDAY + 7 * DAY, MONDAY + 200 * DAY])
    found = activity(sunday_and_monday, 10**9, None)
    assert [(one.start, one.rows) for one in found.moments[:2]] == [("2024-01-01", 1), ("2024-01-08", 1)]


def test_an_order_that_is_no_date_is_counted_in_steps():
    found = activity(np.arange(1000), None, None)
    assert found.unit == "step"
    assert len(found.moments) == 100  # 999 // 100 + 1 = 10 values a step
    assert {one.rows for one in found.moments} == {10}
    assert activity(np.zeros(0, np.int64), None, None) is None


def test_the_long_tail_counts_the_share_of_the_most_popular():
    codes = np.repeat([7, 3, 1, 0], [6, 2, 1, 1])
    found = long_tail("item", codes)
    assert found.things == 4
    assert found.top_1 == 0.6  # 1 of 4 things has 6 of 10 rows
    assert found.curve == ((0.25, 0.6), (0.5, 0.8), (0.75, 0.9), (1.0, 1.0))


def test_the_curve_of_many_things_is_bounded_and_complete():
    found = long_tail("item", np.arange(5000))
    assert len(found.curve) == MOST_POINTS
    assert found.curve[-1] == (1.0, 1.0)
    assert found.top_1 == 0.01  # 50 of 5,000
    assert found.top_10 == 0.1
    assert long_tail("item", np.zeros(0, np.int64)) is None

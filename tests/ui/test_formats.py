import math
from datetime import UTC, datetime

import pytest

from mtrec_core.ui import formats


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.83124, "0.8312"), (1.5, "1.5000"), (12.5, "12.500"), (1234.567, "1234.6"), (-0.5, "-0.5000"),
     (None, "–"), (math.nan, "–"), (math.inf, "–")],
)  # fmt: skip
def test_a_metric_keeps_five_digits(value, text):
    assert formats.metric(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.012, "+0.0120"), (-0.012, "−0.0120"), (0, "±0.0000"), (-0.00004, "±0.0000"), (None, "–")],
)
def test_a_difference_carries_its_sign(value, text):
    assert formats.difference(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.42, "0.4 s"), (42.4, "42 s"), (59.7, "1 min 0 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"),
     (90_000, "1 d 1 h"), (-3, "0.0 s"), (None, "–")],
)  # fmt: skip
def test_a_duration_has_the_two_units_that_matter(value, text):
    assert formats.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(812, "812 rows"), (1_234, "1\u202f234 rows"), (12_400, "12.4\u202fk rows"), (1.2e6, "1.2\u202fM rows")],
)
def test_rows_are_counted_in_thousands_and_millions(value, text):
    assert formats.rows(value) == text


def test_a_speed_has_its_unit():
    assert formats.rows(2150, per_second=True) == "2\u202f150 rows/s"


@pytest.mark.parametrize(
    ("value", "text"), [(512, "512 B"), (1536, "1.5 KiB"), (1_450_000_000, "1.4 GiB"), (2**50, "1024.0 TiB")]
)
def test_sizes_are_told_in_their_unit(value, text):
    assert formats.size(value) == text


def test_a_share_is_told_in_percent():
    assert formats.share(0.426) == "43\u202f%"
    assert formats.share(0.426, digits=1) == "42.6\u202f%"


def test_a_small_share_is_not_told_as_none():
    assert formats.share(0.0049) == "<\u202f1\u202f%"
    assert formats.share(0.0051) == "1\u202f%"
    assert formats.share(0.0004, digits=1) == "<\u202f0.1\u202f%"
    assert formats.share(0.0) == "0\u202f%"


@pytest.mark.parametrize(("value", "text"), [(0.002, "0.002"), (2e-5, "2.0e-05"), (0, "0")])
def test_a_small_number_stays_short(value, text):
    assert formats.small(value) == text


def test_a_moment_is_told_to_the_minute():
    local = datetime(2026, 3, 4, 15, 6, tzinfo=UTC).astimezone()
    assert formats.moment(local) == local.strftime("%Y-%m-%d %H:%M")
    assert formats.moment(None) == "–"

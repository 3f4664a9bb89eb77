"""Columns as keys, numbers and times, whatever type they came in."""

import datetime

import numpy as np
import pyarrow as pa
import pytest

from mtrec_core.data.reading import NO_TIME, as_text, numbers, times
from mtrec_core.errors import DataError, WrongCellsError

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
JAN_31_2024 = 19_753 * DAY


def test_a_key_has_one_spelling_in_every_type():
    expected = ["1", "20", None]
    for column in (
        pa.array([1, 20, None]),
        pa.array([1.0, 20.0, None]),
        pa.array([1.0, 20.0, float("nan")]),
        pa.array([" 1", "20 ", " "]),
        pa.array(["1", "20", None]).dictionary_encode(),
        pa.array([1, 20, None], pa.int8()),
        pa.chunked_array([["1"], ["20", None]]),
        pa.chunked_array([pa.array(["1"]).dictionary_encode(), pa.array(["20", None]).dictionary_encode()]),
        pa.array(["1", "20", ""], pa.large_string()),
    ):
        text = as_text(column)
        assert text.type == pa.string()
        assert text.to_pylist() == expected


def test_other_types_have_a_plain_spelling_too():
    assert as_text(pa.array([True, False, None])).to_pylist() == ["true", "false", None]
    assert as_text(pa.array([0.5, 2.0, 1e20])).to_pylist() == ["0.5", "2", "1e+20"]
    assert as_text(pa.array([datetime.date(2024, 1, 31)])).to_pylist() == ["2024-01-31"]
    assert as_text(pa.nulls(2)).to_pylist() == [None, None]
    assert as_text(pa.chunked_array([], pa.string())).to_pylist() == []


def test_numbers_come_as_floats_with_nan_for_empty_cells():
    for column in (pa.array([1, None, 3]), pa.array([1.0, None, 3.0]), pa.array([" 1", "", "3.0"])):
        assert numbers(column).tolist()[::2] == [1.0, 3.0]
        assert np.isnan(numbers(column)[1])
    assert numbers(pa.array([True, False])).tolist() == [1.0, 0.0]
    assert np.isnan(numbers(pa.array(["nan", "NaN"]))).all()
    assert np.isnan(numbers(pa.nulls(2))).all()


def test_what_is_no_number_is_named_with_the_row_of_a_spreadsheet():
    column = pa.array(["4", "", "n/a", "5", "many"])
    with pytest.raises(
        DataError, match=r"Column 'rating' has 2 values that are not numbers, first in row 4: 'n/a'"
    ):
        numbers(column, "rating")


def test_whole_numbers_are_times_as_they_are():
    assert times(pa.array([881250949, None, 3])).tolist() == [881250949, NO_TIME, 3]
    assert times(pa.array([5.9, float("nan"), 3.0])).tolist() == [5, NO_TIME, 3]
    assert times(pa.array(["17", None])).tolist() == [17, NO_TIME]


def test_dates_are_nanoseconds_in_every_type():
    noon = JAN_31_2024 + DAY // 2
    assert times(pa.array([datetime.date(2024, 1, 31), None])).tolist() == [JAN_31_2024, NO_TIME]
    assert times(pa.array([datetime.datetime(2024, 1, 31, 12)], pa.timestamp("s"))).tolist() == [noon]
    texts = ["2024-01-31 12:00:00", "2024-01-31T12:00:00Z", "2024-01-31T14:00:00+02:00", None, "2024-01-31"]
    assert times(pa.array(texts)).tolist() == [noon, noon, noon, NO_TIME, JAN_31_2024]
    assert times(pa.array(["2024/01/31", None])).tolist() == [JAN_31_2024, NO_TIME]
    assert times(pa.array(["31.01.2024 12:00"])).tolist() == [noon]
    assert times(pa.array(["20240131"])).tolist() == [JAN_31_2024]


def test_a_date_that_could_be_two_is_refused_and_one_that_can_not_is_read():
    with pytest.raises(DataError, match="'day' holds dates that could be day/month or month/day"):
        times(pa.array(["01/02/2024", "03/04/2024"]), "day")
    assert times(pa.array(["01/02/2024", "31/01/2024"])).tolist()[1] == JAN_31_2024
    assert times(pa.array(["01/31/2024", "01/02/2024"])).tolist()[0] == JAN_31_2024


def test_what_is_no_time_is_named():
    with pytest.raises(
        DataError, match=r"Column 'when' has 1 value that is not times such as.*row 3: 'soon'"
    ):
        times(pa.array(["2024-01-31", "soon"]), "when")


def test_among_numbers_of_seconds_the_cell_that_is_no_number_is_the_wrong_time():
    column = pa.chunked_array([["1700000000", "1700000060", "soon", None]])
    with pytest.raises(
        WrongCellsError, match=r"has 1 value that is not times .* first in row 4: 'soon'"
    ) as caught:
        times(column, "at")
    assert (caught.value.rows, caught.value.cells, caught.value.count) == ((4,), ("soon",), 1)


def test_a_date_before_christ_is_named_as_out_of_range():
    with pytest.raises(DataError, match="outside the years 1677 to 2262"):
        times(pa.chunked_array([["-3-01-01", "2024-01-31"]]), "at")

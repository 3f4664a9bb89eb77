"""Categories and scales are learned from training rows and hold for every table."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtrec_core.data.features import FeatureEncoder
from mtrec_core.errors import DataError

TABLE = pa.table({"brand": ["b", "a", None, "c", "a"], "price": [1.0, 3.0, None, 100.0, 5.0]})
TRAIN = np.array([0, 1, 2, 4])


def test_categories_outside_the_training_rows_are_unknown():
    encoder = FeatureEncoder.fit(TABLE, ["brand"], [], TRAIN)
    categorical, numeric = encoder.transform(TABLE)
    assert categorical[:, 0].tolist() == [2, 1, 0, 0, 1]  # a is 1, b is 2; missing and the unseen c are 0
    assert encoder.cardinalities == (3,)
    assert numeric.shape == (5, 0)


def test_numbers_are_standardised_on_the_training_rows_and_clipped():
    encoder = FeatureEncoder.fit(TABLE, [], ["price"], TRAIN)
    _, numeric = encoder.transform(TABLE)
    spread = np.sqrt(((1 - 3) ** 2 + (3 - 3) ** 2 + (5 - 3) ** 2) / 3)  # mean of 1, 3 and 5 is 3
    assert encoder.numeric_width == 2
    np.testing.assert_allclose(numeric[:, 0], [-2 / spread, 0, 0, 5, 2 / spread], rtol=1e-6)
    assert numeric[:, 1].tolist() == [0, 0, 1, 0, 0]


def test_no_flag_is_made_where_no_training_row_misses_the_number():
    encoder = FeatureEncoder.fit(TABLE, [], ["price"], np.array([0, 1, 4]))
    assert encoder.numeric_width == 1
    assert encoder.transform(TABLE)[1][2].tolist() == [0.0]  # missing stands at the mean


@pytest.mark.parametrize("value", [0.0, 7.0, 1e12])
def test_a_constant_column_becomes_zeros(value):
    table = pa.table({"x": [value] * 4})
    _, numeric = FeatureEncoder.fit(table, [], ["x"]).transform(table)
    assert numeric.tolist() == [[0.0]] * 4


def test_a_column_without_any_number_is_all_missing():
    table = pa.table({"x": pa.array([None, None], pa.float64())})
    _, numeric = FeatureEncoder.fit(table, [], ["x"]).transform(table)
    assert numeric.tolist() == [[0.0, 1.0], [0.0, 1.0]]


def test_a_column_that_a_later_table_lacks_counts_as_missing():
    encoder = FeatureEncoder.fit(TABLE, ["brand"], ["price"], TRAIN)
    categorical, numeric = encoder.transform(pa.table({"other": [1, 2]}))
    assert categorical.tolist() == [[0], [0]]
    assert numeric.tolist() == [[0.0, 1.0], [0.0, 1.0]]


def test_the_same_key_as_number_and_as_text_is_the_same_category():
    encoder = FeatureEncoder.fit(pa.table({"size": pa.array([38, 40])}), ["size"], [])
    assert encoder.transform(pa.table({"size": ["40", "38"]}))[0].tolist() == [[2], [1]]


def test_mixed_columns_are_categories_unless_they_hold_many_numbers():
    table = pa.table(
        {
            "hour": [index % 24 for index in range(300)],
            "price": [index / 7 for index in range(300)],
            "device": ["a", "b", "c"] * 100,
            "member": [True, False] * 150,
        }
    )
    encoder = FeatureEncoder.fit_mixed(table, ["hour", "price", "device", "member"])
    assert [column.column for column in encoder.categorical] == ["hour", "device", "member"]
    assert [column.column for column in encoder.numeric] == ["price"]
    assert encoder.columns == ("hour", "device", "member", "price")


def test_a_missing_column_and_a_text_among_numbers_are_named():
    with pytest.raises(DataError, match=r"no column 'colour'.*brand, price"):
        FeatureEncoder.fit(TABLE, ["colour"], [])
    with pytest.raises(DataError, match=r"'x'.*row 3.*'dear'"):
        FeatureEncoder.fit(pa.table({"x": ["1", "dear"]}), [], ["x"])


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.text(max_size=3)), st.one_of(st.none(), st.floats(-1e6, 1e6))),
        min_size=1,
    )
)
def test_an_encoder_survives_its_json_and_gives_finite_numbers_in_range(rows):
    table = pa.table(
        {
            "c": pa.array([row[0] for row in rows], pa.string()),
            "n": pa.array([row[1] for row in rows], pa.float64()),
        }
    )
    encoder = FeatureEncoder.fit(table, ["c"], ["n"])
    again = FeatureEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again == encoder
    categorical, numeric = encoder.transform(table)
    np.testing.assert_array_equal(again.transform(table)[1], numeric)
    assert np.isfinite(numeric).all()
    assert np.abs(numeric).max(initial=0) <= 5
    assert categorical.max(initial=0) < encoder.cardinalities[0]

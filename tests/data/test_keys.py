"""Keys as codes, and hashes that don't depend on order, chunks or neighbours."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtrec_core.data.keys import (
    KeyIndex,
    code_column,
    combine_hashes,
    concat_coded,
    content_hashes,
    content_keys,
    first_rows,
    text_hashes,
)


def test_a_column_becomes_codes_in_order_of_appearance():
    coded = code_column(pa.chunked_array([["b", "a"], [None, "b", "", " a "]]))
    assert coded.values.to_pylist() == ["b", "a"]
    assert coded.codes_R.tolist() == [0, 1, -1, 0, -1, 1]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([7, 8, None]),
        pa.array([7.0, 8.0, None]),
        pa.array(["7", "8", None]),
        pa.array(["7", "8", None]).dictionary_encode(),
    ],
)
def test_a_key_is_the_same_whatever_its_type(column):
    coded = code_column(column)
    assert coded.values.to_pylist() == ["7", "8"]
    assert coded.codes_R.tolist() == [0, 1, -1]


def test_an_empty_and_an_all_missing_column_have_no_values():
    assert code_column(pa.chunked_array([], pa.string())).codes_R.tolist() == []
    assert code_column(pa.array([None, None])).codes_R.tolist() == [-1, -1]


def test_dictionary_chunks_with_different_dictionaries_share_codes():
    chunks = [pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", "c"]).dictionary_encode()]
    coded = code_column(pa.chunked_array(chunks))
    assert [coded.values[code].as_py() for code in coded.codes_R.tolist()] == ["a", "b", "b", "c"]


def test_columns_below_each_other_share_their_values():
    both = concat_coded([code_column(pa.array(["a", "b"])), code_column(pa.array(["b", None, "c"]))])
    assert both.values.to_pylist() == ["a", "b", "c"]
    assert both.codes_R.tolist() == [0, 1, 1, -1, 2]


def test_the_first_row_of_each_code_is_found():
    assert first_rows(np.array([1, -1, 0, 1, 0]), 3).tolist() == [2, 0, -1]


def test_an_index_appends_what_it_does_not_know():
    index = KeyIndex(pa.array(["a", "b"]))
    assert index.add(pa.array(["c", "a"])).tolist() == [2, 0]
    assert index.find(pa.array(["c", "x", None])).tolist() == [2, -1, -1]
    assert index.keys.to_pylist() == ["a", "b", "c"]


@given(st.lists(st.text(max_size=6), unique=True, max_size=40))
def test_different_texts_have_different_hashes_and_neighbours_do_not_matter(texts):
    hashes = text_hashes(pa.array(texts, pa.string()))
    assert len(set(hashes.tolist())) == len(texts)
    alone = [int(text_hashes(pa.array([text]))[0]) for text in texts]
    assert hashes.tolist() == alone
    assert text_hashes(pa.array(["before", *texts], pa.string())[1:]).tolist() == alone


def test_hashes_are_the_same_in_every_run():
    # Written down once: a split drawn today must be drawn again tomorrow.
    golden = [15533072291972144332, 13760260489560880065, 10483477295794254721]
    assert text_hashes(pa.array(["a", "user 7", "ä"])).tolist() == golden
    assert text_hashes(pa.array([None, "a"], pa.string())).tolist() == [0, golden[0]]


def test_long_texts_are_hashed_in_blocks_like_short_ones():
    texts = ["x" * 1_500_000, "y", "z" * 3_000_000, "x" * 1_500_000 + "y", ""]
    together = text_hashes(pa.array(texts)).tolist()
    assert together == [int(text_hashes(pa.array([text]))[0]) for text in texts]


def test_the_order_of_hashed_columns_and_the_seed_matter():
    a, b = text_hashes(pa.array(["a"])), text_hashes(pa.array(["b"]))
    draws = {int(combine_hashes(pair, seed)[0]) for pair in ([a, b], [b, a], [a], [b]) for seed in (0, 1, -1)}
    assert len(draws) == 4 * 3


def test_hashes_are_spread_evenly():
    hashes = combine_hashes([text_hashes(pa.array([str(number) for number in range(20_000)]))])
    counts = np.bincount((hashes >> np.uint64(60)).astype(int), minlength=16)
    expected = 20_000 / 16
    assert (
        (counts - expected) ** 2 / expected
    ).sum() < 37.7  # chi-squared with 15 degrees of freedom, p = 0.001


def test_equal_contents_have_equal_keys_in_any_table():
    first = [code_column(pa.array(["red", None])), code_column(pa.array(["x" * 100, "y"]))]
    second = [code_column(pa.array(["blue", "red"])), code_column(pa.array(["z", "x" * 100]))]

    def keys(columns):
        texts = [
            pa.array(
                [column.values[code].as_py() if code >= 0 else None for code in column.codes_R.tolist()],
                pa.string(),
            )
            for column in columns
        ]
        return content_keys(texts, content_hashes(columns)).to_pylist()

    assert keys(first)[0] == keys(second)[1]
    assert keys(second)[0] == "blue | z"  # short and complete: readable
    assert len(keys(first)[0]) < 100
    assert "#" in keys(first)[1]  # a missing cell could be anywhere, so the hash tells


def test_a_missing_cell_is_not_the_same_content_as_another_missing_cell():
    hashes = content_hashes([code_column(pa.array(["a", None])), code_column(pa.array([None, "a"]))])
    assert hashes[0] != hashes[1]

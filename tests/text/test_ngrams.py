"""Hashed word n-grams and their tf-idf weights."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.text.ngrams import hash_ngrams, word_ngrams

BUCKETS = 2**16
"""So many that the few n-grams of these tests share none."""


def bag(rows, text):
    """Bucket -> weight of one text."""
    buckets, weights, offsets = rows.bags(np.array([text]))
    assert offsets.tolist() == [0]
    return dict(zip(buckets.tolist(), weights.tolist(), strict=True))


def test_words_are_lower_cased_and_neighbours_make_pairs():
    assert word_ngrams("Red LAMP, red.") == ["red", "lamp", "red", "red lamp", "lamp red"]
    assert word_ngrams("lamp") == ["lamp"]
    assert word_ngrams(" ?! ") == []
    assert word_ngrams("台灯 很好") == ["台灯", "很好", "台灯 很好"]


def test_weights_are_tf_idf_of_length_one():
    rows, _ = hash_ngrams(["red red", "red"], BUCKETS)
    # "red": in both texts, idf = ln(3/3) + 1 = 1; twice in the first, tf = 1 + ln 2.
    # "red red": in one text, idf = ln(3/2) + 1; once, tf = 1.
    red, pair = (1 + math.log(2)) * 1, 1 * (math.log(3 / 2) + 1)
    length = math.sqrt(red**2 + pair**2)
    assert sorted(bag(rows, 0).values()) == pytest.approx(sorted([red / length, pair / length]))
    assert list(bag(rows, 1).values()) == pytest.approx([1])


def test_the_inverse_frequency_is_higher_for_what_fewer_texts_have():
    _, inverse = hash_ngrams(["a b", "a", "a"], BUCKETS)
    rows, _ = hash_ngrams(["a", "b", "c"], BUCKETS)
    of = {word: inverse[next(iter(bag(rows, place)))] for place, word in enumerate("abc")}
    assert of == {
        "a": pytest.approx(math.log(4 / 4) + 1),
        "b": pytest.approx(math.log(4 / 2) + 1),
        "c": pytest.approx(math.log(4 / 1) + 1),  # never seen
    }


def test_new_texts_are_weighed_by_the_inverse_frequency_of_the_old_ones():
    _, inverse = hash_ngrams(["a b", "a", "a"], BUCKETS)
    rows, same = hash_ngrams(["b"], BUCKETS, inverse)
    assert same is inverse
    together, _ = hash_ngrams(["a b"], BUCKETS, inverse)
    assert bag(rows, 0).keys() < bag(together, 0).keys()


def test_some_texts_can_be_left_out_of_the_inverse_frequency():
    only, of_only = hash_ngrams(["a b", "a"], BUCKETS)
    both, of_both = hash_ngrams(["a b", "a", "b b b"], BUCKETS, fitted_U=np.array([True, True, False]))
    np.testing.assert_array_equal(of_both, of_only)
    assert bag(both, 0) == bag(only, 0)


@settings(deadline=None)
@given(st.lists(st.text("abc ", max_size=12), min_size=1, max_size=6), st.integers(1, 50))
def test_the_same_text_has_the_same_bag_and_every_bag_length_one_or_none(texts, buckets):
    rows, _ = hash_ngrams([*texts, texts[0]], buckets)
    assert bag(rows, 0) == bag(rows, len(texts))
    for place, text in enumerate(texts):
        found = bag(rows, place)
        assert all(0 <= bucket < buckets for bucket in found)
        length = math.sqrt(sum(weight**2 for weight in found.values()))
        assert length == pytest.approx(1 if text.strip() else 0, abs=1e-5)


def test_bags_of_several_rows_follow_each_other_and_no_text_has_an_empty_one():
    rows, _ = hash_ngrams(["a b", "c"], BUCKETS)
    buckets, weights, offsets = rows.bags(np.array([1, 2, 0]))  # 2 = number of texts: "no text"
    assert offsets.tolist() == [0, 1, 1]
    assert len(buckets) == len(weights) == 1 + 0 + 3
    assert buckets[0] == next(iter(bag(rows, 1)))


def test_without_texts_there_are_no_ngrams():
    rows, inverse = hash_ngrams([], 8)
    assert (len(rows.buckets_G), rows.starts_U1.tolist(), len(inverse)) == (0, [0], 8)

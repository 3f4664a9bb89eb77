"""The distinct texts of a dataset, their tokens, and batches of similar length."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtrec_core.text.config import TextSettings
from mtrec_core.text.distinct import (
    batches_by_length,
    collect_texts,
    ragged_places,
    text_keys,
    texts_in_train,
    tokenize,
)
from mtrec_core.text.encoder import load_encoder
from tests.evaluation.baselines.hand_made import entity


def test_each_text_stands_once_and_an_entity_without_one_points_past_the_end():
    users = entity("user", ["u1", "u2", "u3"], texts=["clerk", "", "nurse"])
    items = entity("item", ["i1", "i2"], texts=["nurse", "lamp"])
    brands = entity("brand", ["b1"])
    found = collect_texts({"user": users, "item": items, "brand": brands})
    assert found.texts.to_pylist() == ["clerk", "nurse", "lamp"]
    assert {name: places.tolist() for name, places in found.of_entity.items()} == {
        "user": [0, 3, 1],  # "" is no text: 3 = number of texts
        "item": [1, 2],
    }


def test_a_missing_text_is_no_text():
    items = entity("item", ["i1", "i2"], texts=[None, "lamp"])
    assert collect_texts({"item": items}).of_entity["item"].tolist() == [1, 0]


def test_a_dataset_without_texts_has_none():
    found = collect_texts({"brand": entity("brand", ["b1"])})
    assert (len(found), found.of_entity) == (0, {})


def test_a_text_is_in_train_if_a_thing_that_carries_it_is():
    entities = {
        "user": entity("user", ["u1", "u2"], texts=["clerk", ""], in_train=[False, True]),
        "item": entity(
            "item", ["i1", "i2", "i3"], texts=["clerk", "lamp", "sofa"], in_train=[True, False, True]
        ),
    }
    distinct = collect_texts(entities)
    assert distinct.texts.to_pylist() == ["clerk", "lamp", "sofa"]
    assert texts_in_train(distinct, entities).tolist() == [True, False, True]


def test_a_dictionary_column_counts_as_text():
    items = entity("item", ["i1", "i2", "i3"], texts=pa.array(["a", "b", "a"]).dictionary_encode())
    assert collect_texts({"item": items}).texts.to_pylist() == ["a", "b"]


def test_equal_texts_have_equal_keys_and_others_have_others():
    keys = text_keys(["lamp", "Lamp", "lamp", "lämp"])
    assert keys.shape == (4, 16)
    assert len({key.tobytes() for key in keys}) == 3
    assert (keys[0] == keys[2]).all()
    assert text_keys([]).shape == (0, 16)


@pytest.mark.parametrize(
    ("folder", "limit", "lengths"),
    [
        ("bert_folder", 4, [3, 4, 4]),  # [CLS] lamp [SEP]; of the others two words are left
        ("gpt_folder", 2, [1, 2, 2]),
    ],
)
def test_a_text_over_the_limit_is_cut_off_and_counted(request, folder, limit, lengths):
    encoder = load_encoder(TextSettings(encoder=str(request.getfixturevalue(folder))))
    tokens = tokenize(encoder.tokenizer, ["lamp", "red lamp", "where is my lamp"], limit)
    assert tokens.lengths_U.tolist() == lengths
    assert tokens.cut_U.tolist() == [False, False, True]  # the second fits exactly


def test_texts_in_chunks_give_the_tokens_of_all_at_once(bert_folder):
    encoder = load_encoder(TextSettings(encoder=str(bert_folder)))
    texts = ["lamp", "red lamp", "where is my lamp", "sofa", "the a"]
    whole, parts = tokenize(encoder.tokenizer, texts, 16), tokenize(encoder.tokenizer, texts, 16, chunk=2)
    np.testing.assert_array_equal(whole.ids_T, parts.ids_T)
    np.testing.assert_array_equal(whole.starts_U1, parts.starts_U1)


def test_padded_rows_hold_the_tokens_on_the_left_and_a_mask(bert_folder):
    encoder = load_encoder(TextSettings(encoder=str(bert_folder)))
    tokens = tokenize(encoder.tokenizer, ["lamp", "red lamp", "where is my lamp"], 16)
    ids_UL, mask_UL = tokens.padded(np.array([1, 0]), pad_id=99)
    assert mask_UL.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert ids_UL[1].tolist() == [*tokens.ids_T[:3], 99]
    assert ids_UL[0].tolist() == tokens.ids_T[3:7].tolist()


def test_ragged_places_count_on_from_each_start():
    assert ragged_places(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
    assert ragged_places(np.array([], int), np.array([], int)).tolist() == []


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), max_size=80), st.integers(1, 200))
def test_batches_hold_every_row_once_and_keep_to_the_tokens(lengths, tokens_per_batch):
    batches = batches_by_length(np.array(lengths, np.int64), tokens_per_batch)
    rows = np.concatenate(batches) if batches else np.empty(0, int)
    assert sorted(rows.tolist()) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[row] for row in batch)
        assert padded <= tokens_per_batch or len(batch) == 1

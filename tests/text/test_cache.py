"""Vectors on disk: a text is encoded once ever; what is broken there is read anew."""

import errno

import numpy as np
import pytest

from mtrec_core.errors import StorageError
from mtrec_core.text.cache import TextCache
from mtrec_core.text.config import TextSettings
from mtrec_core.text.distinct import text_keys
from mtrec_core.text.encode import encode_texts, with_empty_row
from mtrec_core.text.encoder import load_encoder

TEXTS = ["red lamp", "sofa", "where is my parcel", "the blue chair"]


class CountedEncoder:
    """An encoder whose calls and rows are counted."""

    def __init__(self, folder, max_length=16):
        self.encoder = load_encoder(TextSettings(encoder=str(folder), max_length=max_length))
        self.rows = 0
        self.encoder.register_forward_hook(self._count)

    def _count(self, module, args, output):
        self.rows += len(output)

    def encode(self, texts, folder):
        return encode_texts(self.encoder, texts, folder, tokens_per_batch=4096)


def shard(cache):
    (found,) = cache.folder.glob("shard-*")
    return found


def filled(folder, texts=("a", "b"), width=3):
    cache = TextCache(folder, width)
    values = np.arange(len(texts) * width, dtype=np.float32).reshape(-1, width)
    cache.add(text_keys(texts), np.ones(len(texts)), values, np.zeros(len(texts), bool))
    return cache


def test_a_second_run_encodes_nothing_and_gets_the_same_vectors(tmp_path, bert_folder):
    first, second = CountedEncoder(bert_folder), CountedEncoder(bert_folder)
    vectors_UH, read_now, _ = first.encode(TEXTS, tmp_path)
    again_UH, read_again, _ = second.encode(TEXTS, tmp_path)
    assert (read_now, first.rows) == (4, 4)
    assert (read_again, second.rows) == (0, 0)
    np.testing.assert_array_equal(again_UH, vectors_UH)


def test_only_new_texts_are_encoded_and_each_text_keeps_its_place(tmp_path, bert_folder):
    counted = CountedEncoder(bert_folder)
    before_UH, _, _ = counted.encode(TEXTS[:2], tmp_path)
    vectors_UH, read_now, _ = counted.encode(["the blue chair", *TEXTS[:2]], tmp_path)
    assert (read_now, counted.rows) == (1, 3)
    np.testing.assert_array_equal(vectors_UH[1:], before_UH)
    np.testing.assert_allclose(
        vectors_UH[0],
        CountedEncoder(bert_folder).encode(["the blue chair"], tmp_path / "new")[0][0],
        atol=1e-5,
    )


def test_another_encoder_or_length_shares_no_vectors(tmp_path, bert_folder, gpt_folder):
    CountedEncoder(bert_folder).encode(TEXTS, tmp_path)
    for other in (CountedEncoder(gpt_folder), CountedEncoder(bert_folder, max_length=4)):
        assert other.encode(TEXTS, tmp_path)[1] == 4


def test_cut_texts_are_counted_in_a_later_run_too(tmp_path, bert_folder):
    # [CLS] and [SEP] leave 2 of 4 tokens: "where is my parcel" and "the blue chair" are cut.
    assert CountedEncoder(bert_folder, max_length=4).encode(TEXTS, tmp_path)[1:] == (4, 2)
    assert CountedEncoder(bert_folder, max_length=4).encode(TEXTS, tmp_path)[1:] == (0, 2)
    assert CountedEncoder(bert_folder, max_length=4).encode(TEXTS[:3], tmp_path)[1:] == (0, 1)


def test_an_interrupted_run_keeps_what_it_had_read(tmp_path, bert_folder, monkeypatch):
    monkeypatch.setattr("mtrec_core.text.encode.SHARD_TEXTS", 2)
    counted = CountedEncoder(bert_folder)

    def interrupt(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_texts(counted.encoder, TEXTS, tmp_path, 4096, progress=interrupt)
    assert CountedEncoder(bert_folder).encode(TEXTS, tmp_path)[1] == 2


def test_progress_counts_all_texts_that_are_read(tmp_path, bert_folder, monkeypatch):
    monkeypatch.setattr("mtrec_core.text.encode.SHARD_TEXTS", 3)
    seen = []
    encode_texts(
        CountedEncoder(bert_folder).encoder, TEXTS, tmp_path, 4096, lambda *done_of: seen.append(done_of)
    )
    assert seen == [(3, 4), (4, 4)]


def test_arrays_of_different_lengths_come_back_whole(tmp_path):
    cache = TextCache(tmp_path, width=2, dtype="float16")
    keys = text_keys(["a", "b"])
    cache.add(keys, np.array([3, 1]), np.arange(8.0).reshape(4, 2), np.array([False, True]))
    for reader in (cache, TextCache(tmp_path, width=2, dtype="float16")):
        assert reader.read(keys[0]).tolist() == [[0, 1], [2, 3], [4, 5]]
        assert reader.read(keys[1]).tolist() == [[6, 7]]
        assert reader.was_cut(keys).tolist() == [False, True]


@pytest.mark.parametrize("file", ["keys.npy", "lengths.npy", "cut.npy", "values.npy"])
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "of another length"])
def test_a_damaged_shard_counts_as_not_there(tmp_path, file, damage):
    path = shard(filled(tmp_path)) / file
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "of another length":
        np.save(path, np.load(path)[:1])
    else:
        path.write_bytes(content[: len(content) // 2 if damage == "half" else 0])
    assert TextCache(tmp_path, 3).has(text_keys(["a", "b"])).tolist() == [False, False]


def test_a_shard_that_is_still_being_written_is_not_read(tmp_path):
    whole = shard(filled(tmp_path))
    whole.rename(tmp_path / "writing-1")
    assert not TextCache(tmp_path, 3).has(text_keys(["a"])).any()


def test_two_writers_of_one_folder_lose_nothing(tmp_path):
    one, other = TextCache(tmp_path, 2), TextCache(tmp_path, 2)
    one.add(text_keys(["a", "b"]), np.ones(2), np.array([[1, 1], [2, 2]]), np.zeros(2, bool))
    other.add(text_keys(["b", "c"]), np.ones(2), np.array([[2, 2], [3, 3]]), np.zeros(2, bool))
    third, out = TextCache(tmp_path, 2), np.empty((3, 2), np.float32)
    keys = text_keys(["c", "a", "b"])
    assert third.has(keys).all()
    third.read_into(keys, out)
    assert out.tolist() == [[3, 3], [1, 1], [2, 2]]


@pytest.mark.parametrize(
    "told", [OSError(errno.ENOSPC, "No space left on device"), OSError("4 of 8 written")]
)
def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(tmp_path, monkeypatch, told):
    cache = filled(tmp_path)
    save = np.save

    def refuse(path, array):
        if path.name == "values.npy":
            raise told
        save(path, array)

    monkeypatch.setattr(np, "save", refuse)
    with pytest.raises(StorageError, match=r"text cache .*(No space left|4 of 8 written).*MTREC_HOME"):
        cache.add(text_keys(["c"]), np.ones(1), np.zeros((1, 3)), np.zeros(1, bool))
    assert list(tmp_path.iterdir()) == [shard(cache)]
    assert cache.has(text_keys(["a", "c"])).tolist() == [True, False]


def test_no_text_has_a_row_of_zeros_after_the_last_vector():
    assert with_empty_row(np.ones((2, 3), np.float32)).tolist() == [[1, 1, 1], [1, 1, 1], [0, 0, 0]]

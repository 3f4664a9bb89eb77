"""Encoders: how token vectors become one vector, where models come from, what a broken one gets.

Shape suffixes: U = texts, L = tokens (padded), H = the encoder's width.
"""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mtrec_core.errors import SettingError
from mtrec_core.text.config import TextSettings
from mtrec_core.text.distinct import tokenize
from mtrec_core.text.encode import run_encoder
from mtrec_core.text.encoder import ENCODERS, choose_pooling, load_encoder, locate, pool
from tests.tiny_encoders import LONGEST, WIDTH, write_bert

TEXTS = ["red lamp", "where is my parcel", "sofa", "how is the blue chair my refund"]
HIDDEN_ULH = torch.tensor([[[3.0, 0.0], [0.0, 1.0], [7.0, 7.0]], [[0.0, 2.0], [4.0, 0.0], [0.0, 5.0]]])
MASK_UL = torch.tensor([[1, 1, 0], [1, 1, 1]])


def encoder(folder, pooling="auto", max_length=16):
    return load_encoder(TextSettings(encoder=str(folder), pooling=pooling, max_length=max_length))


@pytest.fixture(params=["bert_folder", "gpt_folder"])
def folder(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(
    ("pooling", "directions_UH"),
    [
        # Each direction is scaled to the length sqrt(2).
        ("mean", [[3 / 2, 1 / 2], [4 / 3, 7 / 3]]),
        ("cls", [[3, 0], [0, 2]]),
        ("last", [[0, 1], [0, 5]]),  # the last token that is no padding
        ("mean_max", [[[3 / 2, 1 / 2], [3, 1]], [[4 / 3, 7 / 3], [4, 5]]]),  # two halves
    ],
)
def test_pooling_reads_the_tokens_that_it_should(pooling, directions_UH):
    expected_UH = torch.nn.functional.normalize(torch.tensor(directions_UH).float(), dim=-1) * 2**0.5
    torch.testing.assert_close(pool(HIDDEN_ULH, MASK_UL, pooling), expected_UH.flatten(start_dim=1))


@pytest.mark.parametrize("pooling", ["mean", "mean_max", "cls", "last"])
def test_padding_does_not_change_a_vector(folder, pooling):
    read = encoder(folder, pooling)
    tokens = tokenize(read.tokenizer, TEXTS, read.max_length)
    together_UH = run_encoder(read, tokens, np.arange(4), tokens_per_batch=4096)
    alone_UH = np.concatenate([run_encoder(read, tokens, np.array([row]), 4096) for row in range(4)])
    np.testing.assert_allclose(together_UH, alone_UH, atol=1e-5)
    assert abs(together_UH[0] - together_UH[1]).max() > 0.05  # different texts differ


def test_small_batches_give_the_vectors_of_large_ones_in_the_order_asked_for(folder):
    read = encoder(folder)
    tokens = tokenize(read.tokenizer, TEXTS, read.max_length)
    rows = np.array([3, 0, 2])
    large_UH = run_encoder(read, tokens, np.arange(4), tokens_per_batch=4096)
    np.testing.assert_allclose(run_encoder(read, tokens, rows, tokens_per_batch=8), large_UH[rows], atol=1e-5)


def test_auto_pooling_takes_the_mean_of_a_bert_and_the_last_token_of_a_gpt(bert_folder, gpt_folder):
    assert encoder(bert_folder).pooling == "mean"
    assert encoder(gpt_folder).pooling == "last"
    assert encoder(gpt_folder, pooling="mean").pooling == "mean"


@pytest.mark.parametrize(
    ("declared", "pooling"),
    [
        ({"pooling_mode_cls_token": True}, "cls"),
        ({"pooling_mode_lasttoken": True}, "last"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
    ],
)
def test_auto_pooling_follows_a_sentence_encoders_own_file(tmp_path, declared, pooling):
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(declared))
    assert choose_pooling("auto", str(tmp_path), causal=False) == pooling


def test_a_gpt_whose_tokenizer_knows_no_padding_reads_texts_of_different_lengths(gpt_folder):
    read = encoder(gpt_folder)
    tokens = tokenize(read.tokenizer, TEXTS, read.max_length)
    assert tokens.lengths_U.tolist() == [2, 4, 1, 7]
    assert np.isfinite(run_encoder(read, tokens, np.arange(4), 4096)).all()


def test_every_vector_has_the_length_of_numbers_of_size_one(folder):
    read = encoder(folder)
    tokens = tokenize(read.tokenizer, TEXTS, read.max_length)
    lengths_U = np.linalg.norm(run_encoder(read, tokens, np.arange(4), 4096), axis=1)
    np.testing.assert_allclose(lengths_U, WIDTH**0.5, rtol=1e-5)


def test_a_text_is_read_no_further_than_the_model_can(folder):
    assert encoder(folder, max_length=500).max_length == LONGEST


def test_the_fingerprint_tells_weights_pooling_and_length_apart_and_nothing_else(tmp_path, bert_folder):
    shutil.copytree(bert_folder, tmp_path / "copy")
    other = write_bert(tmp_path / "other", seed=1, layers=3)
    first = encoder(bert_folder).fingerprint
    assert encoder(tmp_path / "copy").fingerprint == first
    assert len({first, encoder(other).fingerprint, encoder(bert_folder, "cls").fingerprint}) == 3
    assert encoder(bert_folder, max_length=8).fingerprint != first


def test_weights_that_the_files_lack_are_the_same_each_time(tmp_path, bert_folder):
    folder = tmp_path / "without pooler"
    shutil.copytree(bert_folder, folder)
    weights = load_file(folder / "model.safetensors")
    left = {name: weight for name, weight in weights.items() if "pooler" not in name}
    assert len(left) == len(weights) - 2
    save_file(left, folder / "model.safetensors", metadata={"format": "pt"})
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = encoder(folder).fingerprint
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert encoder(folder).fingerprint == first


def test_half_precision_weights_are_read_in_full(tmp_path, gpt_folder):
    shutil.copytree(gpt_folder, tmp_path / "half")
    weights = {name: part.half() for name, part in load_file(gpt_folder / "model.safetensors").items()}
    save_file(weights, tmp_path / "half" / "model.safetensors", metadata={"format": "pt"})
    assert {part.dtype for part in encoder(tmp_path / "half").parameters()} == {torch.float32}


def _truncate(path):
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "config.json").unlink(), "without config.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "not a valid JSON"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors"),
        (lambda folder: _truncate(folder / "model.safetensors"), "can't be loaded"),
        (lambda folder: [path.unlink() for path in folder.glob("token*")], "tokenizer's files are missing"),
    ],
    ids=["no config", "broken config", "no weights", "broken weights", "no tokenizer"],
)
def test_a_broken_folder_is_refused_in_a_sentence(tmp_path, folder, spoil, says):
    shutil.copytree(folder, tmp_path / "broken")
    spoil(tmp_path / "broken")
    with pytest.raises(SettingError, match=says) as caught:
        encoder(tmp_path / "broken")
    assert "text.encoder" in str(caught.value)


def test_a_tokenizer_of_another_model_is_refused(tmp_path, bert_folder, gpt_folder):
    shutil.copytree(bert_folder, tmp_path / "mixed")
    for name in ("config.json", "model.safetensors"):
        shutil.copy(gpt_folder / name, tmp_path / "mixed" / name)  # 24 tokens against the BERT's 27
    with pytest.raises(SettingError, match="knows 27 tokens, the model 24"):
        encoder(tmp_path / "mixed")


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/model", "~/nowhere", "a/b/c"])
def test_a_path_without_a_folder_is_refused(name):
    with pytest.raises(SettingError, match=f"'{name}' is no folder. Known without a folder: minilm"):
        locate(name)


def test_a_hub_name_without_a_network_is_refused_at_once(monkeypatch):
    def nowhere(*asked):
        raise OSError("no such host")

    monkeypatch.setattr("socket.getaddrinfo", nowhere)
    monkeypatch.setattr("mtrec_core.text.encoder.getproxies", dict)
    with pytest.raises(SettingError, match=r"'nobody/no-such-model' can't be loaded.*hub name") as caught:
        load_encoder(TextSettings(encoder="nobody/no-such-model"))
    assert "minilm" in str(caught.value)


def test_the_bundled_encoder_finds_a_question_nearer_to_its_answer_than_to_another():
    assert "minilm" in ENCODERS
    read = load_encoder(TextSettings())
    assert (read.pooling, read.max_length, read.width) == ("mean", 128, 384)
    texts = ["Where is my parcel?", "Track your delivery here", "A recipe for apple pie"]
    vectors_UH = run_encoder(read, tokenize(read.tokenizer, texts, 128), np.arange(3), 4096)
    question, answer, other = vectors_UH
    assert question @ answer > question @ other + 50  # cosines .3 apart or more; 384 is a cosine of 1

"""How much of the encoder learns, and the top layers run alone on cached outputs of those below.

Shape suffixes: U = texts, L = tokens (padded), H = the encoder's width.
"""

import re

import numpy as np
import pytest
import torch

from mtrec_core.errors import DataError, SettingError
from mtrec_core.text.config import TextSettings
from mtrec_core.text.distinct import text_keys, tokenize
from mtrec_core.text.encoder import load_encoder
from mtrec_core.text.trainable import LiveEncoder, TopLayers, layers_of, make_trainable
from mtrec_core.training.checkpoint import learned_state, load_learned_state

TEXTS = ["red lamp", "where is my parcel", "sofa", "how is the blue chair my refund", "the desk"]
ROWS = np.arange(len(TEXTS))
WORDS, PLACES = {"bert": "word_embeddings", "gpt": "wte"}, {"bert": "position_embeddings", "gpt": "wpe"}


@pytest.fixture(params=["bert", "gpt"])
def family(request):
    return request.param


@pytest.fixture
def folder(request, family):
    return str(request.getfixturevalue(f"{family}_folder"))


def make(folder, **chosen):
    """The encoder of three layers with what learns of it, and its tokens."""
    settings = TextSettings(encoder=folder, **chosen)
    encoder = load_encoder(settings)
    make_trainable(encoder, settings)
    return encoder, tokenize(encoder.tokenizer, TEXTS, encoder.max_length)


def top_layers(folder, cache, last_k=1):
    encoder, tokens = make(folder, trainable="last_k", last_k=last_k)
    return TopLayers(encoder, tokens, text_keys(TEXTS), last_k, cache, tokens_per_batch=64)


def learning(module):
    return {name for name, parameter in module.named_parameters() if parameter.requires_grad}


def layer_number(name):
    return int(re.search(r"\.(\d+)\.", name)[1])


def loss_of(vectors_UH):
    """Of some direction: a sum of squares alone would be constant, since every vector has one length."""
    return vectors_UH[:, 0].sum() + (vectors_UH[0] * vectors_UH[1]).sum()


def test_heads_leave_the_encoder_as_it_is(folder):
    assert learning(make(folder, trainable="heads")[0]) == set()


@pytest.mark.parametrize("last_k", [1, 2])
def test_last_k_trains_every_parameter_of_the_top_layers_and_no_other(folder, last_k):
    encoder, _ = make(folder, trainable="last_k", last_k=last_k)
    layers = list(layers_of(encoder))
    assert len(layers) == 3
    top = {id(parameter) for layer in layers[-last_k:] for parameter in layer.parameters()}
    assert {id(parameter) for parameter in encoder.parameters() if parameter.requires_grad} == top


@pytest.mark.parametrize("last_k", [3, 7])
def test_last_k_of_all_layers_is_refused(folder, last_k):
    with pytest.raises(
        SettingError, match=f"last_k is {last_k}, but the encoder has 3 layers; give at most 2"
    ):
        make(folder, trainable="last_k", last_k=last_k)


def test_full_trains_all_but_the_word_vectors_and_the_unused_pooler(folder, family):
    encoder, _ = make(folder, trainable="full")
    everything = {name for name, _ in encoder.named_parameters()}
    frozen = everything - learning(encoder)
    assert all(WORDS[family] in name or "pooler" in name for name in frozen)
    assert any(WORDS[family] in name for name in frozen)
    assert any(PLACES[family] in name for name in learning(encoder))


def test_word_vectors_learn_when_asked(folder, family):
    encoder, _ = make(folder, trainable="full", train_word_embeddings=True)
    assert any(WORDS[family] in name for name in learning(encoder))
    assert not any("pooler" in name for name in learning(encoder))


def test_lora_trains_small_matrices_in_every_layer_and_nothing_else(folder):
    encoder, _ = make(folder, trainable="lora", lora_rank=3)
    found = learning(encoder)
    assert found
    assert all(".lora_A." in name or ".lora_B." in name for name in found)
    assert {layer_number(name) for name in found} == {0, 1, 2}
    ranks = {min(parameter.shape) for parameter in encoder.parameters() if parameter.requires_grad}
    assert ranks == {3}
    assert not any("pooler" in name for name in found)


def test_lora_starts_as_the_encoder_it_stands_beside(folder):
    plain, tokens = make(folder, trainable="heads")
    lora, _ = make(folder, trainable="lora")
    expected_UH = LiveEncoder(plain, tokens).vectors_of(ROWS, 4096)
    np.testing.assert_allclose(LiveEncoder(lora, tokens).vectors_of(ROWS, 4096), expected_UH, atol=1e-5)


@pytest.mark.parametrize("mode", ["last_k", "lora", "full"])
def test_what_learns_moves_the_vectors_and_is_saved_and_restored(folder, mode):
    torch.manual_seed(0)
    chosen = {"trainable": mode, "last_k": 1}
    encoder, tokens = make(folder, **chosen)
    live = LiveEncoder(encoder, tokens)
    start_UH = live.vectors_of(ROWS, 4096)
    parameters = [parameter for parameter in live.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=5e-3)
    live.eval()  # no dropout, so that the loss falls surely
    losses = []
    for _ in range(10):
        loss = loss_of(live(ROWS))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 0.1
    trained_UH = live.vectors_of(ROWS, 4096)
    assert abs(trained_UH - start_UH).max() > 0.01

    state = {name: tensor.clone() for name, tensor in learned_state(live).items()}
    fresh = LiveEncoder(make(folder, **chosen)[0], tokens)
    load_learned_state(fresh, state)
    np.testing.assert_array_equal(fresh.vectors_of(ROWS, 4096), trained_UH)


def test_a_state_of_another_mode_does_not_fit(folder):
    state = learned_state(LiveEncoder(*make(folder, trainable="lora")))
    with pytest.raises(DataError, match="don't fit the model"):
        load_learned_state(LiveEncoder(*make(folder, trainable="full")), state)


def test_vectors_for_looking_up_leave_the_mode_and_no_gradient(folder):
    live = LiveEncoder(*make(folder, trainable="full"))
    live.train()
    first_UH, second_UH = live.vectors_of(ROWS, 64), live.vectors_of(ROWS[::-1], 4096)[::-1]
    np.testing.assert_allclose(first_UH, second_UH, atol=1e-5)  # no dropout, whatever the batches
    assert live.training
    assert live.encoder.training
    assert live(ROWS).requires_grad


def test_texts_read_in_pieces_of_like_length_keep_their_order_and_gradients(folder, monkeypatch):
    gradients = []
    for limit in (4096, 8):
        monkeypatch.setattr("mtrec_core.text.trainable.CPU_STEP_TOKENS", limit)
        live, read = LiveEncoder(*make(folder, trainable="full")).eval(), []
        monkeypatch.setattr(
            live,
            "read",
            lambda rows, shift=None, live=live, read=read: (
                read.append(rows) or LiveEncoder.read(live, rows, shift)
            ),
        )
        vectors_UH = live(ROWS[::-1])
        assert (len(read) > 1) == (limit == 8)
        loss_of(vectors_UH).backward()
        gradients.append((vectors_UH, [p.grad for p in live.parameters() if p.grad is not None]))
    torch.testing.assert_close(gradients[0], gradients[1])
    np.testing.assert_allclose(gradients[0][0].detach(), live.vectors_of(ROWS[::-1], 4096), atol=1e-5)


def test_a_shift_sees_the_word_vectors_of_every_piece_once_and_is_gone_afterwards(folder):
    live = LiveEncoder(*make(folder, trainable="full")).eval()
    before_UH = live(ROWS)
    seen = []

    def shift(words_ULE, mask_UL):
        seen.append(words_ULE)
        return words_ULE * 2 if len(words_ULE) else words_ULE

    assert not torch.allclose(live(ROWS, shift), before_UH)
    assert sum(map(len, seen)) == len(ROWS)
    table = live.encoder.model.get_input_embeddings().weight
    known = {tuple(row) for row in table.detach().numpy().round(5).tolist()}
    assert all(tuple(word) in known for word in seen[0][0].detach().numpy().round(5).tolist())
    torch.testing.assert_close(live(ROWS), before_UH)


@pytest.mark.parametrize("last_k", [1, 2])
def test_the_top_layers_give_the_vectors_of_the_whole_encoder(folder, tmp_path, last_k):
    whole, tokens = make(folder, trainable="heads")
    expected_UH = LiveEncoder(whole, tokens).vectors_of(ROWS, 4096)
    top = top_layers(folder, tmp_path, last_k)
    assert len(layers_of_top(top)) == last_k
    # Below the top the cache holds float16: a relative error of 2^-11 per number.
    np.testing.assert_allclose(top.vectors_of(ROWS, 4096), expected_UH, atol=5e-3)
    order = np.array([3, 0, 2])
    np.testing.assert_allclose(top.vectors_of(order, 16), expected_UH[order], atol=5e-3)


def layers_of_top(top):
    return {layer_number(name) for name in learning(top)}


def test_a_second_run_reads_nothing_below_the_top_layers(folder, tmp_path):
    first, second = top_layers(folder, tmp_path), top_layers(folder, tmp_path)
    assert (first.read_now, second.read_now) == (len(TEXTS), 0)
    np.testing.assert_array_equal(second.vectors_of(ROWS, 64), first.vectors_of(ROWS, 64))
    assert top_layers(folder, tmp_path, last_k=2).read_now == len(TEXTS)  # other layers are cached apart


def test_the_lower_layers_do_not_run_in_a_step(folder, tmp_path):
    encoder, tokens = make(folder, trainable="last_k", last_k=1)
    layers = list(layers_of(encoder))
    calls = [0, 0, 0]
    for number, layer in enumerate(layers):
        layer.register_forward_hook(lambda *_, number=number: calls.__setitem__(number, calls[number] + 1))
    top = TopLayers(encoder, tokens, text_keys(TEXTS), 1, tmp_path, tokens_per_batch=4096)
    assert calls == [1, 1, 0]  # filling the cache
    top(ROWS)
    assert calls == [1, 1, 1]


def test_gradients_reach_every_parameter_of_the_top_layers_and_no_other(folder, tmp_path):
    top = top_layers(folder, tmp_path)
    top.train()
    loss_of(top(ROWS)).backward()
    touched = {name for name, parameter in top.named_parameters() if parameter.grad is not None}
    assert touched == learning(top)
    # A key's bias shifts all scores of a query alike, so its gradient is zero by nature.
    moved = {name for name in touched if float(top.get_parameter(name).grad.abs().max()) > 0}
    assert all("key.bias" in name for name in touched - moved)
    assert len(moved) > 10


def test_top_layers_train_as_those_of_the_whole_encoder_do(folder, tmp_path):
    whole, tokens = make(folder, trainable="last_k", last_k=1)
    live, top = LiveEncoder(whole, tokens).eval(), top_layers(folder, tmp_path).eval()
    for module in (live, top):
        loss_of(module(ROWS)).backward()
    of_whole = [parameter.grad for parameter in live.parameters() if parameter.requires_grad]
    of_top = [parameter.grad for parameter in top.parameters() if parameter.requires_grad]
    assert len(of_whole) == len(of_top)
    for expected, found in zip(of_whole, of_top, strict=True):
        torch.testing.assert_close(found, expected, atol=0.02 * float(expected.abs().max()) + 1e-3, rtol=0)

"""Transformers with random weights, a BERT and a GPT, and tokenizers that know a few words."""

from pathlib import Path

import pytest

WORDS = (
    *("red", "blue", "green", "lamp", "sofa", "chair", "desk", "shirt", "shoe", "acme", "zeta"),
    *("where", "is", "my", "parcel", "refund", "how", "the", "a"),
)
WIDTH = 32
LONGEST = 32
"""Tokens that the models can read."""
SPREAD = 0.15
"""Of the random weights: large, so that a token's neighbours and its place show in its vector."""


def write_bert(folder: Path, seed: int = 0, layers: int = 2, dropout: float = 0.1) -> Path:
    """A BERT of two attention heads, and a tokenizer that puts [CLS] before and [SEP] after a text."""
    import torch
    from tokenizers import processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = _tokenizer(special, unknown="[UNK]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertModel(
            BertConfig(
                vocab_size=tokenizer.get_vocab_size(),
                hidden_size=WIDTH,
                num_hidden_layers=layers,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=LONGEST,
                initializer_range=SPREAD,
                hidden_dropout_prob=dropout,
                attention_probs_dropout_prob=dropout,
            )
        ).save_pretrained(folder)
    return folder


def write_gpt(folder: Path, seed: int = 0, layers: int = 2) -> Path:
    """A GPT-2 of two attention heads, and a tokenizer without special tokens about a text and without
    padding."""
    import torch
    from transformers import GPT2Config, GPT2Model, PreTrainedTokenizerFast

    tokenizer = _tokenizer(["<end>", "<unknown>"], unknown="<unknown>")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unknown>", eos_token="<end>"
    ).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        GPT2Model(
            GPT2Config(
                vocab_size=tokenizer.get_vocab_size(),
                n_embd=WIDTH,
                n_layer=layers,
                n_head=2,
                n_positions=LONGEST,
                initializer_range=SPREAD,
            )
        ).save_pretrained(folder)
    return folder


def _tokenizer(special: list[str], unknown: str):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    vocabulary = {word: place for place, word in enumerate([*special, *WORDS, ".", "?", ","])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=unknown))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory) -> Path:
    """A BERT of two layers."""
    return write_bert(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory) -> Path:
    """A BERT of three layers."""
    return write_bert(tmp_path_factory.mktemp("bert"), layers=3)


@pytest.fixture(scope="session")
def gpt_folder(tmp_path_factory) -> Path:
    """A GPT-2 of three layers."""
    return write_gpt(tmp_path_factory.mktemp("gpt"), layers=3)

"""Settings of the text stage. No torch here."""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.errors import SettingError

Trainable = Literal["heads", "last_k", "lora", "full"]
Pooling = Literal["auto", "mean", "mean_max", "cls", "last"]


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """Which transformer reads the texts, and how much of it is trained."""

    encoder: str = "minilm"
    """`minilm` (comes with the program), a folder with a Hugging Face model, or a name on the hub."""
    pooling: Pooling = "auto"
    """How token vectors become one vector. `auto` takes what the model was made for, else the mean
    (BERT-like) or the last token (GPT-like). `mean_max` puts the largest numbers of all tokens beside their
    mean: vectors twice as long, which tell short texts of many classes apart better."""
    max_length: int = 128
    """Tokens read of each text; what is longer is cut off, and the run says how many texts that met.
    [tokens; 2 or more]"""
    trainable: Trainable = "heads"
    """`heads`: the encoder is frozen and each text is read once ever. `last_k`: only its top layers learn.
    `lora`: small matrices beside its attention learn. `full`: all its layers learn."""
    last_k: int = 2
    """How many of the top layers learn when `trainable` is `last_k`. [layers; 1 or more]"""
    lora_rank: int = 8
    """Rank of the LoRA matrices. [1 or more]"""
    lora_alpha: int = 16
    """Scale of the LoRA matrices: their product is multiplied by alpha / rank. [1 or more]"""
    train_word_embeddings: bool = False
    """Whether the table of word vectors learns too (only with `full`); frozen, it overfits less."""
    tokens_per_batch: int = 4096
    """Tokens, padding included, that the frozen encoder reads at a time. [tokens; 2 or more]"""

    def __post_init__(self) -> None:
        if self.max_length < 2:
            raise SettingError(f"text.max_length is {self.max_length}; a text needs at least 2 tokens.")
        if self.last_k < 1:
            raise SettingError(
                f"text.last_k is {self.last_k}; at least 1 layer must learn, or set text.trainable=heads."
            )
        if self.lora_rank < 1 or self.lora_alpha < 1:
            raise SettingError("text.lora_rank must be 1 or more and text.lora_alpha 1 or more.")
        if self.tokens_per_batch < self.max_length:
            raise SettingError("text.tokens_per_batch must be at least text.max_length.")

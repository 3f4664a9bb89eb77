"""Settings of the model. No torch here."""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.errors import SettingError

HistoryReader = Literal["none", "attention", "gru", "both"]


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """The shape of the network between the encoder and the losses."""

    width: int = 128
    """Numbers in the vector of an entity and of a row (D). [4 or more]"""
    sharing: str = "shared_bottom"
    """What the tasks share: a key of `model.sharing_table.SHARING`."""
    experts: int = 4
    """Experts of a mixture (`mmoe`), or those that all tasks share (`ple`, on each level). [1 or more]"""
    task_experts: int = 2
    """Experts of each task's own (`ple`, on each level). [1 or more]"""
    sharing_levels: int = 2
    """Levels of experts (`ple`) or layers with a stitch (`cross_stitch`). [1 or more]"""
    history: HistoryReader = "both"
    """How past items are read: by attention (with the candidate as query where there is one), by a GRU in
    their order, by both, or not at all. Events without a time have no order: `both` is then attention."""
    id_embeddings: bool = True
    """Whether known users, items and so on get a vector of their own beside their text and features."""
    id_dropout: float = 0.3
    """Share of the own vectors hidden in each training step, so that entities without one work too.
    [0 to below 1]"""
    dropout: float = 0.2
    """Share of the hidden numbers dropped in training. [0 to below 1]"""
    text_dropout: float = 0.1
    """Share of the numbers of a text vector dropped in training. [0 to below 1]"""
    ngram_buckets: int = 0
    """Size of the table of hashed word n-grams beside the encoder (0: none); good for long reviews, costs
    little. [0 or more]"""
    ngram_heads: bool = True
    """Where there are n-grams: whether each task's head also reads those of its inputs directly, as a
    linear model does; what they say of rare labels or weak signals is then not lost on the way."""
    ngram_start: Literal["zero", "linear"] = "zero"
    """How heads that read n-grams begin: `zero`, or `linear`, as the linear model of them that validation
    likes best; training then starts about where TF-IDF + linear ends. Needs `model.ngram_buckets`."""
    full_softmax_limit: int = 50_000
    """Up to this many targets a retrieval task is trained against all of them, above it against a sample.
    [targets; 1 or more]"""
    sampled_negatives: int = 1024
    """Targets drawn per step when there are too many for all, or when the encoder learns.
    [targets; 1 or more]"""
    temperature: float = 1.0
    """Divides the scores of a retrieval task before the softmax. [above 0]"""

    def __post_init__(self) -> None:
        if self.width < 4:
            raise SettingError(f"model.width is {self.width}; it must be 4 or more.")
        for name in ("experts", "task_experts", "sharing_levels"):
            if getattr(self, name) < 1:
                raise SettingError(f"model.{name} is {getattr(self, name)}; it must be 1 or more.")
        for name in ("id_dropout", "dropout", "text_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingError(
                    f"model.{name} is {getattr(self, name)}; it must be at least 0 and below 1."
                )
        if self.ngram_buckets < 0 or self.full_softmax_limit < 1 or self.sampled_negatives < 1:
            raise SettingError(
                "model.ngram_buckets must be 0 or more, "
                "model.full_softmax_limit and model.sampled_negatives 1 or more."
            )
        if self.ngram_start == "linear" and not (self.ngram_buckets and self.ngram_heads):
            raise SettingError(
                "model.ngram_start=linear fits the heads that read n-grams, and there are none; set "
                "model.ngram_buckets (such as 65536) and model.ngram_heads=true, or model.ngram_start=zero."
            )
        if self.temperature <= 0:
            raise SettingError(f"model.temperature is {self.temperature}; it must be above 0.")

"""An entity's vector from what is known of it: text, n-grams, own vector, categories, numbers, history.

Shape suffixes: n = entities at hand, D = width, H = the encoder's width, C = categorical columns,
F = numeric columns, B = rows, L = places of a history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, embedding_bag

from mtrec_core.model.config import ModelSettings


@dataclass(frozen=True, kw_only=True)
class TowerShape:
    """What an entity brings; 0 or () where it has nothing of the kind."""

    text_width: int
    ngram_buckets: int
    own_vectors: int
    """Number of entities that may have a vector of their own."""
    cardinalities: tuple[int, ...]
    numeric_width: int
    history_of: str = ""
    """The entity whose vectors the history holds; "" without a history."""


@dataclass(frozen=True, kw_only=True)
class TowerInputs:
    """The features of n entities, on the model's device."""

    text_nH: Tensor | None
    ngram_buckets: Tensor | None
    ngram_weights: Tensor | None
    ngram_offsets: Tensor | None
    codes_n: Tensor
    known_n: Tensor
    """bool: whether the entity may use its own vector (it was seen in training)."""
    categorical_nC: Tensor
    numeric_nF: Tensor


class EntityTower(nn.Module):
    """Sums one D-vector per kind of feature and normalises the sum."""

    def __init__(self, shape: TowerShape, settings: ModelSettings) -> None:
        super().__init__()
        width = settings.width
        self.id_dropout = settings.id_dropout
        self.text = nn.Linear(shape.text_width, width) if shape.text_width else None
        self.text_dropout = nn.Dropout(settings.text_dropout)
        self.ngrams = nn.EmbeddingBag(shape.ngram_buckets, width, mode="sum") if shape.ngram_buckets else None
        self.own = nn.Embedding(shape.own_vectors, width) if shape.own_vectors else None
        self.categories = nn.ModuleList(nn.Embedding(count, width) for count in shape.cardinalities)
        self.numeric = nn.Linear(shape.numeric_width, width) if shape.numeric_width else None
        self.start = nn.Parameter(torch.zeros(width))
        self.norm = nn.LayerNorm(width)
        for table in (self.own, *self.categories):
            if table is not None:
                nn.init.normal_(table.weight, std=0.1)
        if self.ngrams is not None:
            nn.init.normal_(self.ngrams.weight, std=0.1)

    def forward(self, inputs: TowerInputs) -> Tensor:
        """[n, D]"""
        total_nD = self.start.expand(len(inputs.codes_n), -1)
        if self.text is not None:
            assert inputs.text_nH is not None
            total_nD = total_nD + self.text(self.text_dropout(inputs.text_nH))
        if self.ngrams is not None:
            total_nD = total_nD + self.ngrams(
                inputs.ngram_buckets, inputs.ngram_offsets, per_sample_weights=inputs.ngram_weights
            )
        if self.own is not None:
            keep_n = inputs.known_n
            if self.training and self.id_dropout:
                keep_n = keep_n & (torch.rand(keep_n.shape, device=keep_n.device) >= self.id_dropout)
            codes_n = inputs.codes_n.clamp(max=self.own.num_embeddings - 1)
            total_nD = total_nD + self.own(codes_n) * keep_n.unsqueeze(-1)
        for column, table in enumerate(self.categories):
            total_nD = total_nD + table(inputs.categorical_nC[:, column])
        if self.numeric is not None:
            total_nD = total_nD + self.numeric(inputs.numeric_nF)
        return self.norm(total_nD)


class HistoryReader(nn.Module):
    """One vector from the vectors of past items, latest on the right.

    Attention: softmax over the places of q . (W_k h + position), with q a learned query plus, where the row
    has a candidate, a projection of it; as in DIN (Zhou et al., KDD 2018) with softmax weights. GRU: its last
    state (GRU4Rec, Hidasi et al., ICLR 2016) plus the latest item itself, so that what that suggests needs no
    learning. A row without history gives zeros. Where the past has no order, places say nothing and get no
    vector, and `both` is attention alone.
    """

    def __init__(self, settings: ModelSettings, length: int, ordered: bool) -> None:
        super().__init__()
        width = settings.width
        self.attends = settings.history in ("attention", "both")
        if self.attends:
            self.query = nn.Parameter(torch.zeros(width))
            self.of_candidate = nn.Linear(width, width, bias=False)
            self.key = nn.Linear(width, width)
            self.value = nn.Linear(width, width)
            self.position = nn.Parameter(torch.zeros(length, width)) if ordered else None
            if self.position is not None:
                nn.init.normal_(self.position, std=0.1)
            nn.init.normal_(self.query, std=0.1)
        recurrent = settings.history == "gru" or (settings.history == "both" and ordered)
        self.gru = nn.GRU(width, width, batch_first=True) if recurrent else None
        self.dropout = nn.Dropout(settings.dropout)

    @property
    def way(self) -> str:
        """How it reads: attention, gru or both."""
        if self.attends and self.gru is not None:
            return "both"
        return "attention" if self.attends else "gru"

    def prepare(self, items_nD: Tensor, window_BL: Tensor, there_BL: Tensor) -> "PreparedHistory":
        """What no candidate changes, for the rows of all tasks at once.

        `window_BL` holds places in `items_nD`, the latest on the right; `there_BL` is False where there is
        none, whatever the window says. An item that stands in many rows is projected, and dropped, once.
        """
        items_nD = self.dropout(items_nD)
        keys_nD = values_nD = state_BD = None
        if self.attends:
            keys_nD, values_nD = self.key(items_nD), self.value(items_nD)
        if self.gru is not None:
            latest_BD = embedding(window_BL[:, -1], items_nD)
            any_B1 = there_BL.any(dim=1, keepdim=True)
            state_BD = (self._last_state(items_nD, window_BL, there_BL) + latest_BD) * any_B1
        return PreparedHistory(
            window_BL=window_BL, there_BL=there_BL, keys_nD=keys_nD, values_nD=values_nD, state_BD=state_BD
        )

    def _last_state(self, items_nD: Tensor, window_BL: Tensor, there_BL: Tensor) -> Tensor:
        """[B, D]: the GRU's state after the latest item. The items are moved to the left first, so that it
        starts with the oldest one and not with empty places."""
        assert self.gru is not None
        length = window_BL.shape[1]
        count_B = there_BL.sum(dim=1)
        from_BL = (torch.arange(length, device=window_BL.device) - count_B.unsqueeze(1)) % length
        states_BLD = self.gru(embedding(window_BL.gather(1, from_BL), items_nD))[0]
        rows_B = torch.arange(len(window_BL), device=window_BL.device)
        return states_BLD[rows_B, (count_B - 1).clamp(min=0)]

    def forward(
        self, history: "PreparedHistory", candidate_BD: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """[B, D], and the attention [B, L] (None without attention)."""
        if history.keys_nD is None or history.values_nD is None:
            assert history.state_BD is not None
            return history.state_BD, None
        window_BL, there_BL = history.window_BL, history.there_BL
        query_BD = self.query.expand(len(window_BL), -1)
        if candidate_BD is not None:
            query_BD = query_BD + self.of_candidate(candidate_BD)
            window_BL = window_BL.expand(len(candidate_BD), -1)
        scores_BL = keys_by_query(query_BD, history.keys_nD, window_BL)
        if self.position is not None:
            scores_BL = scores_BL + query_BD @ self.position[-window_BL.shape[1] :].T
        scores_BL = scores_BL / query_BD.shape[-1] ** 0.5
        attention_BL = scores_BL.masked_fill(~there_BL, -1e4).softmax(dim=1) * there_BL
        read_BD = embedding_bag(
            window_BL.contiguous(),
            history.values_nD,
            per_sample_weights=attention_BL.to(history.values_nD.dtype),
            mode="sum",
        )
        if history.state_BD is not None:
            read_BD = read_BD + history.state_BD
        return read_BD, attention_BL


ALL_KEYS_FACTOR = 64
"""Scoring every key costs less than laying out the keys of L places while there are at most this many times L
keys (measured on a CPU: the two cross between 60 and 100)."""


def keys_by_query(query_BD: Tensor, keys_nD: Tensor, window_BL: Tensor) -> Tensor:
    """[B, L]: each row's query times the keys of its places."""
    if len(keys_nD) <= ALL_KEYS_FACTOR * window_BL.shape[1]:
        return (query_BD @ keys_nD.T).gather(1, window_BL)
    return (embedding(window_BL, keys_nD) @ query_BD.unsqueeze(-1)).squeeze(-1)


@dataclass(frozen=True, kw_only=True)
class PreparedHistory:
    """A history as far as it can be read before the candidate is known; one row may serve many candidates."""

    window_BL: Tensor
    there_BL: Tensor
    keys_nD: Tensor | None
    values_nD: Tensor | None
    state_BD: Tensor | None

    def cut(
        self, cut: Callable[[str, Sequence[str], Tensor], Tensor], name: str, towers: Sequence[str]
    ) -> "PreparedHistory":
        """What was computed, passed through `cut` part by part."""
        keys_nD, values_nD, state_BD = (
            None if part is None else cut(f"{name} {what}", towers, part)
            for what, part in (("keys", self.keys_nD), ("values", self.values_nD), ("state", self.state_BD))
        )
        return replace(self, keys_nD=keys_nD, values_nD=values_nD, state_BD=state_BD)

    def split(self, sizes: list[int]) -> list["PreparedHistory"]:
        """The rows in groups of these sizes; one split costs less backward than a slice per group."""
        states = [None] * len(sizes) if self.state_BD is None else self.state_BD.split(sizes)
        return [
            PreparedHistory(
                window_BL=window_BL,
                there_BL=there_BL,
                keys_nD=self.keys_nD,
                values_nD=self.values_nD,
                state_BD=state_BD,
            )
            for window_BL, there_BL, state_BD in zip(
                self.window_BL.split(sizes), self.there_BL.split(sizes), states, strict=True
            )
        ]

"""An entity's vector from what is known of it: text, n-grams, own vector, categories, numbers, history.

Shape suffixes: n = entities at hand, D = width, H = the encoder's width, C = categorical columns,
F = numeric columns, B = rows, L = places of a history.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

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
    learning. A row without history gives zeros.
    """

    def __init__(self, settings: ModelSettings, length: int) -> None:
        super().__init__()
        width = settings.width
        self.attends = settings.history in ("attention", "both")
        if self.attends:
            self.query = nn.Parameter(torch.zeros(width))
            self.of_candidate = nn.Linear(width, width, bias=False)
            self.key = nn.Linear(width, width)
            self.value = nn.Linear(width, width)
            self.position = nn.Parameter(torch.zeros(length, width))
            nn.init.normal_(self.position, std=0.1)
            nn.init.normal_(self.query, std=0.1)
        self.gru = nn.GRU(width, width, batch_first=True) if settings.history in ("gru", "both") else None
        self.dropout = nn.Dropout(settings.dropout)

    def prepare(self, past_BLD: Tensor, there_BL: Tensor) -> "PreparedHistory":
        """What no candidate changes, for the rows of all tasks at once; `there_BL` is False at empty places,
        whose vectors are zeros."""
        any_B1 = there_BL.any(dim=1, keepdim=True)
        state_BD = keys_BLD = values_BLD = None
        if self.attends:
            keys_BLD = self.key(past_BLD) + self.position[-past_BLD.shape[1] :]
            values_BLD = self.value(past_BLD)
        if self.gru is not None:
            state_BD = (self._last_state(past_BLD, there_BL) + past_BLD[:, -1]) * any_B1
        return PreparedHistory(there_BL=there_BL, keys_BLD=keys_BLD, values_BLD=values_BLD, state_BD=state_BD)

    def _last_state(self, past_BLD: Tensor, there_BL: Tensor) -> Tensor:
        """[B, D]: the GRU's state after the latest item. The items are moved to the left first, so that it
        starts with the oldest one and not with empty places."""
        assert self.gru is not None
        length = past_BLD.shape[1]
        count_B = there_BL.sum(dim=1)
        from_BL = (torch.arange(length, device=past_BLD.device) - count_B.unsqueeze(1)) % length
        rows_B1 = torch.arange(len(past_BLD), device=past_BLD.device).unsqueeze(1)
        states_BLD = self.gru(past_BLD[rows_B1, from_BL])[0]
        return states_BLD[rows_B1.squeeze(1), (count_B - 1).clamp(min=0)]

    def forward(
        self, history: "PreparedHistory", candidate_BD: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """[B, D], and the attention [B, L] (None without attention)."""
        if history.keys_BLD is None or history.values_BLD is None:
            assert history.state_BD is not None
            return history.state_BD, None
        query_BD = self.query.expand(len(history.there_BL), -1)
        if candidate_BD is not None:
            query_BD = query_BD + self.of_candidate(candidate_BD)
        scores_BL = (history.keys_BLD @ query_BD.unsqueeze(-1)).squeeze(-1) / query_BD.shape[-1] ** 0.5
        scores_BL = scores_BL.masked_fill(~history.there_BL, -1e4)
        attention_BL = scores_BL.softmax(dim=1) * history.there_BL
        read_BD = (attention_BL.unsqueeze(1) @ history.values_BLD).squeeze(1)
        if history.state_BD is not None:
            read_BD = read_BD + history.state_BD
        return read_BD, attention_BL


@dataclass(frozen=True, kw_only=True)
class PreparedHistory:
    """A history as far as it can be read before the candidate is known."""

    there_BL: Tensor
    keys_BLD: Tensor | None
    values_BLD: Tensor | None
    state_BD: Tensor | None

    def split(self, sizes: list[int]) -> list["PreparedHistory"]:
        """The rows in groups of these sizes; one split costs less backward than a slice per group."""
        nothing = [None] * len(sizes)
        there, keys, values, states = (
            nothing if whole is None else whole.split(sizes)
            for whole in (self.there_BL, self.keys_BLD, self.values_BLD, self.state_BD)
        )
        return [
            PreparedHistory(there_BL=part, keys_BLD=key, values_BLD=value, state_BD=state)
            for part, key, value, state in zip(there, keys, values, states, strict=True)
        ]

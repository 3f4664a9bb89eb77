"""From a row's vector to a task's outputs.

Shape suffixes: B = rows, D = width, C = outputs, V = buckets of n-grams, N = targets, S = sampled targets.
"""

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn


class Interaction(nn.Module):
    """One vector per row: the mean of its entities' vectors, plus a network of them, their pairwise products
    and the context."""

    def __init__(
        self, inputs: int, cardinalities: tuple[int, ...], numeric_width: int, width: int, dropout: float
    ) -> None:
        super().__init__()
        self.pairs = [(first, second) for first in range(inputs) for second in range(first + 1, inputs)]
        self.categories = nn.ModuleList(nn.Embedding(count, width) for count in cardinalities)
        self.numeric = nn.Linear(numeric_width, width) if numeric_width else None
        for table in self.categories.parameters():
            nn.init.normal_(table, std=0.1)
        parts = inputs + len(self.pairs) + (1 if cardinalities or numeric_width else 0)
        self.mix = None
        if parts > 1:
            self.mix = nn.Sequential(
                nn.Linear(parts * width, 2 * width),
                nn.GELU(),
                nn.Dropout(dropout),
                nn.Linear(2 * width, width),
            )

    def forward(self, vectors: list[Tensor], categorical_BC: Tensor, numeric_BF: Tensor) -> Tensor:
        """[B, D] from one [B, D] per input."""
        if self.mix is None:
            return vectors[0]
        parts = [*vectors, *(vectors[first] * vectors[second] for first, second in self.pairs)]
        context = [table(categorical_BC[:, column]) for column, table in enumerate(self.categories)]
        if self.numeric is not None:
            context.append(self.numeric(numeric_BF))
        if context:
            parts.append(torch.stack(context).sum(dim=0))
        return torch.stack(vectors).mean(dim=0) + self.mix(torch.cat(parts, dim=-1))


class PointwiseHead(nn.Module):
    """One number per class, tag or row: logits, or the standardised value of a regression."""

    def __init__(self, width: int, start: tuple[float, ...], dropout: float) -> None:
        """`start`: the outputs before training, one number each."""
        super().__init__()
        last = nn.Linear(width, len(start))
        nn.init.normal_(last.weight, std=0.02)
        with torch.no_grad():
            last.bias.copy_(torch.tensor(start))
        self.net = nn.Sequential(nn.LayerNorm(width), nn.Dropout(dropout), last)

    @torch.no_grad()
    def begin(self, start_C: np.ndarray) -> None:
        """Gives these outputs for every row until it has learned more."""
        last = cast(nn.Linear, self.net[-1])
        last.weight.zero_()
        last.bias.copy_(torch.from_numpy(start_C))

    def forward(self, rows_BD: Tensor) -> Tensor:
        """[B, outputs]"""
        return self.net(rows_BD)


class NgramHead(nn.Module):
    """A linear model over the hashed n-grams of an entity's text, straight to a task's outputs; 0 at first.

    The wide part of Wide & Deep (Cheng et al., DLRS 2016).
    """

    def __init__(self, buckets: int, outputs: int) -> None:
        super().__init__()
        self.weights = nn.EmbeddingBag(buckets, outputs, mode="sum")
        nn.init.zeros_(self.weights.weight)

    @torch.no_grad()
    def begin(self, weights_VC: np.ndarray) -> None:
        """Goes on from a linear model [buckets, outputs]."""
        self.weights.weight.copy_(torch.from_numpy(weights_VC))

    def forward(self, buckets: Tensor, weights: Tensor, offsets: Tensor) -> Tensor:
        """[n, outputs] from the bags of n entities."""
        return self.weights(buckets, offsets, per_sample_weights=weights)


class RetrievalHead(nn.Module):
    """Scores of targets: (x + W norm(x)) . v / (sqrt(D) temperature)."""

    def __init__(self, width: int, temperature: float) -> None:
        super().__init__()
        self.query = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width))
        self.scale = 1 / (width**0.5 * temperature)

    def queries(self, rows_BD: Tensor) -> Tensor:
        """[B, D], scaled so that a plain product with a target's vector is its score."""
        return (rows_BD + self.query(rows_BD)) * self.scale

    def sampled(
        self,
        rows_BD: Tensor,
        positives_BD: Tensor,
        negatives_SD: Tensor,
        same_BS: Tensor,
        log_expected_S: Tensor,
    ) -> Tensor:
        """[B, 1 + S], the positive first: scores, those of drawn targets less the log of how often each is
        expected in the draw.

        Sampled softmax with log-Q correction (Bengio & Senecal, 2008). The positive stands there for certain,
        not by the draw, so its score is taken as it is: then the sum of exponents is that of all targets in
        expectation, and the loss tends to the full softmax with more draws. `same_BS` marks drawn targets
        that are the row's own positive; they are left out.
        """
        queries_BD = self.queries(rows_BD)
        positive_B1 = (queries_BD * positives_BD).sum(dim=-1, keepdim=True)
        negative_BS = (queries_BD @ negatives_SD.T - log_expected_S).masked_fill(same_BS, float("-inf"))
        return torch.cat([positive_B1, negative_BS], dim=1)

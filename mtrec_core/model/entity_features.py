"""What is known of every entity, as tensors on the model's device; none of it is learned.

Shape suffixes: N = entities, U = distinct texts, H = the encoder's width, C = categorical columns, F =
numeric columns.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtrec_core.data.dataset import Dataset
from mtrec_core.model.plan import ModelPlan
from mtrec_core.model.towers import TowerInputs
from mtrec_core.text.distinct import DistinctTexts
from mtrec_core.text.ngrams import NgramRows
from mtrec_core.text.trainable import LiveEncoder


@dataclass(frozen=True, kw_only=True)
class TextSource:
    """The texts' vectors, as they were last computed, and the encoder that renews them where it learns."""

    distinct: DistinctTexts
    vectors_UH: Tensor
    """[U + 1, H]; the last row is zeros and stands for "no text"."""
    live: LiveEncoder | None = None
    ngrams: NgramRows | None = None


@dataclass(frozen=True, kw_only=True)
class EntityTensors:
    """The features of one kind of entity."""

    text_N: np.ndarray | None
    """int64 [N]: place in the text source, U for none; None when the entity declares no text."""
    categorical_NC: Tensor
    numeric_NF: Tensor
    known_N: Tensor

    def __len__(self) -> int:
        return len(self.known_N)


class EntityFeatures:
    """Features of all entities of a dataset, from which the towers take the rows they need."""

    def __init__(self, dataset: Dataset, plan: ModelPlan, texts: TextSource, device: torch.device) -> None:
        self.texts = texts
        self.device = device
        self.entities = {
            name: EntityTensors(
                text_N=texts.distinct.of_entity.get(name),
                categorical_NC=torch.from_numpy(dataset.entities[name].categorical_NC.astype(np.int64)).to(
                    device
                ),
                numeric_NF=torch.from_numpy(dataset.entities[name].numeric_NF).to(device),
                known_N=torch.from_numpy(dataset.entities[name].in_train_N).to(device),
            )
            for name in plan.entities
        }

    def with_texts(self, texts: TextSource) -> "EntityFeatures":
        """The same entities with other vectors or n-grams of the same texts."""
        other = copy(self)
        other.texts = texts
        return other

    def take(self, entity: str, codes: np.ndarray, read: "StepTexts | None" = None) -> TowerInputs:
        """The features of some entities; text vectors come from `read` where it is given, else as last
        computed."""
        tensors = self.entities[entity]
        codes_n = torch.from_numpy(codes.astype(np.int64)).to(self.device)
        text_nH = None
        if tensors.text_N is not None:
            places = tensors.text_N[codes]
            if read is not None:
                text_nH = read.take(places)
            else:
                text_nH = self.texts.vectors_UH[torch.from_numpy(places).to(self.device)]
        ngram_buckets, ngram_weights, ngram_offsets = self.ngram_bags(entity, codes) or (None, None, None)
        return TowerInputs(
            text_nH=text_nH,
            ngram_buckets=ngram_buckets,
            ngram_weights=ngram_weights,
            ngram_offsets=ngram_offsets,
            codes_n=codes_n,
            known_n=tensors.known_N[codes_n],
            categorical_nC=tensors.categorical_NC[codes_n],
            numeric_nF=tensors.numeric_NF[codes_n],
        )

    def ngram_bags(self, entity: str, codes: np.ndarray) -> tuple[Tensor, Tensor, Tensor] | None:
        """Buckets, weights and offsets of the n-grams of some entities' texts; None without any."""
        text_N = self.entities[entity].text_N
        if text_N is None or self.texts.ngrams is None:
            return None
        buckets, weights, offsets = (
            torch.from_numpy(part).to(self.device) for part in self.texts.ngrams.bags(text_N[codes])
        )
        return buckets, weights, offsets


class StepTexts:
    """Vectors of the texts that one step needs, each read once: with gradients where the encoder learns, and
    with what `shift` adds."""

    def __init__(
        self, source: TextSource, places: list[np.ndarray], shift: Callable[[Tensor, Tensor], Tensor] | None
    ) -> None:
        self.nothing = len(source.distinct)
        wanted = np.unique(np.concatenate(places)) if places else np.empty(0, np.int64)
        self.rows = wanted[wanted < self.nothing]
        zeros_1H = source.vectors_UH[-1:]
        if not len(self.rows):
            self.vectors_nH = zeros_1H
        elif source.live is not None:
            self.vectors_nH = torch.cat([source.live(self.rows, shift), zeros_1H])
        else:
            vectors_nH = source.vectors_UH[torch.from_numpy(self.rows).to(zeros_1H.device)]
            if shift is not None:
                vectors_nH = shift(vectors_nH.unsqueeze(1), torch.ones_like(vectors_nH[:, :1])).squeeze(1)
            self.vectors_nH = torch.cat([vectors_nH, zeros_1H])

    def take(self, places: np.ndarray) -> Tensor:
        """[len(places), H]"""
        at = np.where(places < self.nothing, np.searchsorted(self.rows, places), len(self.rows))
        return self.vectors_nH[torch.from_numpy(at).to(self.vectors_nH.device)]

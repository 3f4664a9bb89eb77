"""Features of things that came after training, behind those that the model knows.

Shape suffixes: N = things of a kind, U = texts of the bundle, H = the encoder's width, n = new texts.
"""

import copy
from collections.abc import Mapping

import numpy as np
import torch

from mtrec_core.data.dataset import Dataset, EntityData
from mtrec_core.inference.text_reader import TextReader
from mtrec_core.model.entity_features import EntityFeatures, EntityTensors, TextSource
from mtrec_core.text.ngrams import NgramRows, hash_ngrams


def grown_entities(known: Dataset, dataset: Dataset) -> list[str]:
    """The entities of a dataset that have more things than the known one."""
    return [name for name in known.entities if len(dataset.entities[name]) > len(known.entities[name])]


def with_new_things(
    base: EntityFeatures,
    known: Dataset,
    dataset: Dataset,
    places: Mapping[str, int],
    reader: TextReader | None,
    inverse_frequency: np.ndarray | None,
) -> EntityFeatures:
    """The features of a dataset that has things appended to those of `known`, whose features are `base`.

    `places`: text -> its place among the bundle's texts. Texts that are not there are read now; they stand
    behind the bundle's row for "no text", which keeps its place.
    """
    grown = [name for name in grown_entities(known, dataset) if name in base.entities]
    nothing = len(base.texts.distinct)
    texts: dict[str, int] = {}
    text_places = {}
    for name in grown:
        first = len(known.entities[name])
        text_places[name] = [
            _place(text, places, texts, nothing) for text in _texts_from(dataset.entities[name], first)
        ]
    features = copy.copy(base)
    features.texts = _with_texts(base.texts, list(texts), reader, inverse_frequency)
    features.entities = base.entities | {
        name: _longer(base, name, dataset.entities[name], len(known.entities[name]), text_places[name])
        for name in grown
    }
    return features


def _texts_from(entity: EntityData, first: int) -> list[str]:
    return [] if entity.texts is None else entity.texts.slice(first).to_pylist()


def _place(text: str, places: Mapping[str, int], texts: dict[str, int], nothing: int) -> int:
    if not text:
        return nothing
    if text in places:
        return places[text]
    return nothing + 1 + texts.setdefault(text, len(texts))


def _longer(
    base: EntityFeatures, name: str, entity: EntityData, first: int, text_places: list[int]
) -> EntityTensors:
    before, device = base.entities[name], base.device
    return EntityTensors(
        text_N=None if before.text_N is None else np.append(before.text_N, np.array(text_places, np.int64)),
        categorical_NC=torch.cat(
            [
                before.categorical_NC,
                torch.from_numpy(entity.categorical_NC[first:].astype(np.int64)).to(device),
            ]
        ),
        numeric_NF=torch.cat([before.numeric_NF, torch.from_numpy(entity.numeric_NF[first:]).to(device)]),
        known_N=torch.cat([before.known_N, torch.from_numpy(entity.in_train_N[first:]).to(device)]),
    )


def _with_texts(
    source: TextSource, texts: list[str], reader: TextReader | None, inverse_frequency: np.ndarray | None
) -> TextSource:
    """The bundle's texts, the row for "no text", then the new texts."""
    if not texts:
        return source
    assert reader is not None, "a bundle with texts names their encoder"
    vectors_nH = torch.from_numpy(reader.read(texts)).to(source.vectors_UH.device)
    ngrams = source.ngrams
    if ngrams is not None and inverse_frequency is not None:
        new, _ = hash_ngrams(texts, len(inverse_frequency), inverse_frequency)
        ngrams = NgramRows(
            buckets_G=np.append(ngrams.buckets_G, new.buckets_G),
            weights_G=np.append(ngrams.weights_G, new.weights_G),
            starts_U1=np.append(ngrams.starts_U1, ngrams.starts_U1[-1] + new.starts_U1),
        )
    return TextSource(
        distinct=source.distinct, vectors_UH=torch.cat([source.vectors_UH, vectors_nH]), ngrams=ngrams
    )

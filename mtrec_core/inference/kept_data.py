"""What of a dataset goes into a bundle: not what was typed, such as questions and reviews.

Typed things have no key, so nobody asks for them by name; they are read when they come again. That keeps the
words of customers out of the model's folder, and vectors out of date too: a run renews only those it needs.
"""

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import torch

from mtrec_core.data.dataset import Dataset, EntityData
from mtrec_core.data.schema import TaskSpec
from mtrec_core.inference.roles import specs
from mtrec_core.model.entity_features import TextSource
from mtrec_core.text.distinct import collect_texts
from mtrec_core.text.ngrams import NgramRows


def without_typed_things(dataset: Dataset) -> Dataset:
    """The dataset with no things left of the entities that have no key and are never ranked."""
    ranked = {entity for spec in specs(dataset) for entity in _ranked_by(spec)}
    ranked |= {entity.histories.item_entity for entity in dataset.entities.values() if entity.histories}
    entities = {
        name: entity
        if entity.spec.key is not None or entity.histories is not None or name in ranked
        else _emptied(entity)
        for name, entity in dataset.entities.items()
    }
    return replace(dataset, entities=entities)


def texts_of(source: TextSource, dataset: Dataset) -> TextSource:
    """The texts that a part of the dataset has, with their vectors and n-grams."""
    distinct = collect_texts(dataset.entities)
    if not len(source.distinct):
        return TextSource(distinct=distinct, vectors_UH=source.vectors_UH)
    places = pc.index_in(distinct.texts, value_set=source.distinct.texts).to_numpy(zero_copy_only=False)
    places = places.astype(np.int64)
    ngrams = None
    if source.ngrams is not None:
        buckets_G, weights_G, offsets = source.ngrams.bags(places)
        starts_U1 = np.append(offsets, len(buckets_G)).astype(np.int64)
        ngrams = NgramRows(buckets_G=buckets_G, weights_G=weights_G, starts_U1=starts_U1)
    rows = torch.from_numpy(np.append(places, len(source.distinct))).to(source.vectors_UH.device)
    return TextSource(distinct=distinct, vectors_UH=source.vectors_UH[rows], ngrams=ngrams)


def _ranked_by(spec: TaskSpec) -> tuple[str, ...]:
    """The inputs that may be asked for as candidates: not the query of a ranking, nor a lone input."""
    if spec.target:
        return (spec.target,)
    if len(spec.inputs) == 1:
        return ()
    return spec.inputs[1:] if spec.kind == "ranking" else spec.inputs


def _emptied(entity: EntityData) -> EntityData:
    return replace(
        entity,
        keys=entity.keys.slice(0, 0),
        texts=None if entity.texts is None else entity.texts.slice(0, 0),
        categorical_NC=entity.categorical_NC[:0],
        numeric_NF=entity.numeric_NF[:0],
        in_train_N=entity.in_train_N[:0],
    )

"""The distinct texts of a dataset, and their tokens. No torch here.

Shape suffixes: U = distinct texts, N = entities, T = tokens of all texts together.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from transformers import PreTrainedTokenizerBase

from mtrec_core.data.dataset import EntityData


@dataclass(frozen=True, kw_only=True)
class DistinctTexts:
    """Every text once, however many entities carry it."""

    texts: pa.Array
    """string [U], none of them empty."""
    of_entity: dict[str, np.ndarray]
    """Entity -> int64 [N]: place in `texts`, or U where the entity has no text (a row of zeros stands
    there)."""

    def __len__(self) -> int:
        return len(self.texts)


def collect_texts(entities: dict[str, EntityData]) -> DistinctTexts:
    """The distinct texts of all entities that declare one, in order of first appearance."""
    with_text = {name: entity.texts for name, entity in entities.items() if entity.texts is not None}
    if not with_text:
        return DistinctTexts(texts=pa.array([], pa.string()), of_entity={})
    everything = pa.concat_arrays([texts.cast(pa.string()) for texts in with_text.values()])
    distinct = pc.unique(everything)
    distinct = distinct.filter(pc.and_(pc.is_valid(distinct), pc.greater(pc.utf8_length(distinct), 0)))
    of_entity = {}
    for name, texts in with_text.items():
        places = pc.index_in(texts.cast(pa.string()), value_set=distinct)
        of_entity[name] = pc.fill_null(places, len(distinct)).to_numpy(zero_copy_only=False).astype(np.int64)
    return DistinctTexts(texts=distinct, of_entity=of_entity)


def texts_in_train(distinct: DistinctTexts, entities: dict[str, EntityData]) -> np.ndarray:
    """bool [U]: the texts of entities that a training row has."""
    in_train_U = np.zeros(len(distinct) + 1, dtype=bool)
    for name, places_N in distinct.of_entity.items():
        in_train_U[places_N[entities[name].in_train_N]] = True
    return in_train_U[:-1]


def text_keys(texts: Sequence[str]) -> np.ndarray:
    """uint8 [U, 16]: a digest of each text, by which caches know it."""
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts)
    return np.frombuffer(digests, dtype=np.uint8).reshape(-1, 16)


@dataclass(frozen=True, kw_only=True)
class TokenRows:
    """Token ids of many texts, one after the other."""

    ids_T: np.ndarray
    """int32"""
    starts_U1: np.ndarray
    """int64 [U + 1]"""
    cut_U: np.ndarray
    """bool [U]: which texts were longer than the limit."""

    def __len__(self) -> int:
        return len(self.starts_U1) - 1

    @property
    def lengths_U(self) -> np.ndarray:
        """int64 [U]"""
        return np.diff(self.starts_U1)

    def padded(self, rows: np.ndarray, pad_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Ids and mask, int64 [len(rows), longest], padded on the right."""
        lengths = self.lengths_U[rows]
        mask = np.arange(max(int(lengths.max(initial=1)), 1))[None, :] < lengths[:, None]
        ids = np.full(mask.shape, pad_id, dtype=np.int64)
        ids[mask] = self.ids_T[ragged_places(self.starts_U1[rows], lengths)]
        return ids, mask.astype(np.int64)


def ragged_places(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """int64: start, start + 1, ... of each row, one row after the other."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)


def tokenize(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_length: int, chunk: int = 2048
) -> TokenRows:
    """Tokens of each text with the model's special tokens, cut off at `max_length`."""
    parts: list[np.ndarray] = []
    lengths: list[int] = []
    cut: list[bool] = []
    for begin in range(0, len(texts), chunk):
        encoded = tokenizer(list(texts[begin : begin + chunk]), truncation=True, max_length=max_length)
        for place, ids in enumerate(encoded["input_ids"]):
            ids = ids or [tokenizer.pad_token_id or 0]
            parts.append(np.asarray(ids, dtype=np.int32))
            lengths.append(len(ids))
            cut.append(bool(encoded.encodings and encoded.encodings[place].overflowing))
    return TokenRows(
        ids_T=np.concatenate(parts) if parts else np.empty(0, np.int32),
        starts_U1=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        cut_U=np.array(cut, dtype=bool),
    )


def batches_by_length(lengths: np.ndarray, tokens_per_batch: int) -> list[np.ndarray]:
    """Rows grouped so that similar lengths stand together and rows x longest stays within
    `tokens_per_batch`."""
    order = np.argsort(-lengths, kind="stable")
    batches, begin = [], 0
    while begin < len(order):
        rows = max(1, tokens_per_batch // max(int(lengths[order[begin]]), 1))
        batches.append(order[begin : begin + rows])
        begin += rows
    return batches

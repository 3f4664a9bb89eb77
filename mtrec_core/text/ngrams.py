"""Hashed word n-grams: the wide branch's view of a text. No torch here.

Shape suffixes: U = texts, G = n-grams of all texts together.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mtrec_core.text.distinct import ragged_places

WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class NgramRows:
    """Bucket and weight of each n-gram of each text; weights are tf-idf, of length 1 per text."""

    buckets_G: np.ndarray
    """int64"""
    weights_G: np.ndarray
    """float32"""
    starts_U1: np.ndarray
    """int64 [U + 1]"""

    def bags(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Buckets, weights and offsets [len(rows)] of some texts, as an EmbeddingBag reads them.

        A row equal to U stands for "no text" and has an empty bag.
        """
        starts = np.append(self.starts_U1[:-1], self.starts_U1[-1])[rows]
        lengths = np.append(np.diff(self.starts_U1), 0)[rows]
        places = ragged_places(starts, lengths)
        offsets = np.cumsum(lengths) - lengths
        return self.buckets_G[places], self.weights_G[places], offsets


def word_ngrams(text: str) -> list[str]:
    """Lower-cased words and pairs of neighbouring words."""
    words = WORD.findall(text.lower())
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def hash_ngrams(
    texts: Sequence[str],
    buckets: int,
    inverse_frequency: np.ndarray | None = None,
    fitted_U: np.ndarray | None = None,
) -> tuple[NgramRows, np.ndarray]:
    """N-grams of the texts in `buckets` buckets, and the inverse document frequency float32 [buckets] that
    weighs them.

    Without `inverse_frequency` it is fitted on these texts, or on those that `fitted_U` (bool [U]) marks:
    log((1 + texts) / (1 + texts with the bucket)) + 1.
    Counts enter as 1 + log(count), as in sublinear tf-idf.
    """
    found: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    for text in texts:
        hashed = np.fromiter(
            (zlib.crc32(gram.encode()) % buckets for gram in word_ngrams(text)), dtype=np.int64
        )
        distinct, count = np.unique(hashed, return_counts=True)
        found.append(distinct)
        counts.append(count)
    lengths = np.array([len(part) for part in found], dtype=np.int64)
    buckets_G = np.concatenate(found) if found else np.empty(0, np.int64)
    if inverse_frequency is None:
        if fitted_U is None:
            fitted_U = np.ones(len(texts), dtype=bool)
        seen = np.bincount(buckets_G[np.repeat(fitted_U, lengths)], minlength=buckets)
        inverse_frequency = (np.log((1 + fitted_U.sum()) / (1 + seen)) + 1).astype(np.float32)
    weights_G = (1 + np.log(np.concatenate(counts))) * inverse_frequency[buckets_G] if found else np.empty(0)
    rows_G = np.repeat(np.arange(len(found)), lengths)
    norms_U = np.sqrt(np.bincount(rows_G, weights=weights_G**2, minlength=len(found)))
    return (
        NgramRows(
            buckets_G=buckets_G,
            weights_G=(weights_G / np.maximum(norms_U[rows_G], 1e-12)).astype(np.float32),
            starts_U1=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        ),
        inverse_frequency,
    )

"""Texts to vectors by a frozen encoder, each text once ever.

Shape suffixes: U = distinct texts, L = tokens (padded), H = the encoder's width.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mtrec_core.text.cache import TextCache
from mtrec_core.text.distinct import TokenRows, batches_by_length, text_keys, tokenize
from mtrec_core.text.encoder import TextEncoder

SHARD_TEXTS = 2_000
"""Texts after which what was read so far is written to the cache: an interrupted run loses no more than
that."""


def run_encoder(
    encoder: TextEncoder,
    tokens: TokenRows,
    rows: np.ndarray,
    tokens_per_batch: int,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """float32 [len(rows), H]: vectors of the given rows of `tokens`, without gradients, in evaluation
    mode."""
    device = next(encoder.parameters()).device
    vectors_UH = np.empty((len(rows), encoder.width), dtype=np.float32)
    was_training = encoder.training
    encoder.eval()
    done = 0
    with torch.inference_mode():
        for batch in batches_by_length(tokens.lengths_U[rows], tokens_per_batch):
            ids_UL, mask_UL = tokens.padded(rows[batch], encoder.pad_id)
            out_UH = encoder(torch.from_numpy(ids_UL).to(device), torch.from_numpy(mask_UL).to(device))
            vectors_UH[batch] = out_UH.float().cpu().numpy()
            done += len(batch)
            if progress:
                progress(done, len(rows))
    encoder.train(was_training)
    return vectors_UH


def encode_texts(
    encoder: TextEncoder,
    texts: Sequence[str],
    cache_folder: Path,
    tokens_per_batch: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, int, int]:
    """Vectors float32 [U, H] through the cache below `cache_folder`; also how many had to be read now, and
    how many of all were cut off at the length limit."""
    cache = TextCache(cache_folder / encoder.fingerprint, encoder.width)
    keys = text_keys(texts)
    missing = np.flatnonzero(~cache.has(keys))
    for begin in range(0, len(missing), SHARD_TEXTS):
        chunk = missing[begin : begin + SHARD_TEXTS]
        tokens = tokenize(encoder.tokenizer, [texts[place] for place in chunk], encoder.max_length)
        report = (lambda done, _, first=begin: progress(first + done, len(missing))) if progress else None
        vectors_UH = run_encoder(encoder, tokens, np.arange(len(chunk)), tokens_per_batch, report)
        cache.add(keys[chunk], np.ones(len(chunk)), vectors_UH, tokens.cut_U)
    vectors_UH = np.empty((len(texts), encoder.width), dtype=np.float32)
    cache.read_into(keys, vectors_UH)
    return vectors_UH, len(missing), int(cache.was_cut(keys).sum())


def with_empty_row(vectors_UH: np.ndarray) -> Tensor:
    """[U + 1, H]: the vectors and, last, the zeros that stand for "no text"."""
    return torch.from_numpy(np.concatenate([vectors_UH, np.zeros((1, vectors_UH.shape[1]), np.float32)]))

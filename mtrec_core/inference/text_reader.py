"""Vectors of texts that a trained model has not met; the encoder is loaded when the first one comes.

Shape suffixes: n = texts, H = the encoder's width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mtrec_core.errors import DataError
from mtrec_core.text.config import TextSettings
from mtrec_core.text.distinct import TokenRows, tokenize
from mtrec_core.text.encode import encode_texts, run_encoder
from mtrec_core.text.encoder import TextEncoder, load_encoder
from mtrec_core.text.trainable import LiveEncoder, layers_of, make_trainable
from mtrec_core.training.checkpoint import load_learned_state

MANY_TEXTS = 64
"""From so many new texts on the cache on disk is worth its while."""
MOST_REMEMBERED = 10_000
"""Vectors of typed texts that are kept in memory."""


class TextReader:
    """The encoder of a run as it stood at the run's end.

    `learned`: the parameters that the run changed, by their names in `LiveEncoder`; none if it was frozen.
    """

    def __init__(
        self,
        settings: TextSettings,
        name: str,
        fingerprint: str,
        learned: Mapping[str, Tensor],
        cache: Path | None,
        device: torch.device,
    ) -> None:
        self.settings = replace(settings, encoder=name)
        self.fingerprint = fingerprint
        self.learned = learned
        self.cache = cache
        self.device = device
        self._encoder: TextEncoder | None = None
        self._remembered: dict[str, np.ndarray] = {}

    def read(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [n, H]. DataError when the encoder is not the one that the model was trained with."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._remembered))
        if missing:
            if len(self._remembered) + len(missing) > MOST_REMEMBERED:
                kept = [text for text in dict.fromkeys(texts) if text in self._remembered]
                self._remembered = {text: self._remembered[text] for text in kept}
            self._remembered |= dict(zip(missing, self._vectors(missing), strict=True))
        return np.stack([self._remembered[text] for text in texts])

    def _vectors(self, texts: list[str]) -> np.ndarray:
        encoder, tokens_per_batch = self.encoder, self.settings.tokens_per_batch
        if self.cache is not None and not self.learned and len(texts) >= MANY_TEXTS:
            return encode_texts(encoder, texts, self.cache, tokens_per_batch)[0]
        tokens = tokenize(encoder.tokenizer, texts, encoder.max_length)
        return run_encoder(encoder, tokens, np.arange(len(texts)), tokens_per_batch)

    @property
    def encoder(self) -> TextEncoder:
        """Loaded once, with what the run changed in it."""
        if self._encoder is None:
            encoder = load_encoder(self.settings)
            if encoder.fingerprint != self.fingerprint:
                raise DataError(
                    "The model was trained with another version of the text encoder "
                    f"'{self.settings.encoder}' (fingerprint {self.fingerprint}, here {encoder.fingerprint}) "
                    "and can't read new texts. Put the encoder's files back as they were, or train again."
                )
            self._put_back(encoder)
            self._encoder = encoder.to(self.device).eval()
        return self._encoder

    def _put_back(self, encoder: TextEncoder) -> None:
        """The learned parameters; with `last_k` their names count layers from the first that learned."""
        if not self.learned:
            return
        make_trainable(encoder, self.settings)
        no_tokens = TokenRows(
            ids_T=np.zeros(0, np.int32), starts_U1=np.zeros(1, np.int64), cut_U=np.zeros(0, bool)
        )
        lower: list[torch.nn.Module] = []
        if self.settings.trainable == "last_k":
            layers = layers_of(encoder)
            lower = list(layers)[: len(layers) - self.settings.last_k]
            del layers[: len(lower)]
        load_learned_state(LiveEncoder(encoder, no_tokens), self.learned)
        for place, layer in enumerate(lower):
            layers.insert(place, layer)

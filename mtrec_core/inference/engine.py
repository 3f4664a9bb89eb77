"""A loaded model that scores rows and candidates, of known things and of new ones.

Shape suffixes: B = rows, K = outputs of a row, N = things of a kind.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mtrec_core.data.dataset import Dataset
from mtrec_core.inference.bundle import Bundle, load_bundle
from mtrec_core.inference.candidates import made_rows
from mtrec_core.inference.new_things import grown_entities, with_new_things
from mtrec_core.inference.text_reader import TextReader
from mtrec_core.model.entity_features import EntityFeatures, TextSource
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.training.checkpoint import load_learned_state
from mtrec_core.training.predict import list_scores, score_rows

ENCODER_PREFIX = "text_encoder."
"""Begins the names of the encoder's parameters among the model's."""


class Engine:
    """A bundle and its model, on a GPU where there is one. Threads may share it; they take turns."""

    def __init__(self, folder: Path, vectors_cache: Path | None = None) -> None:
        """DataError when the bundle is broken. `vectors_cache`: where vectors of many new texts are kept."""
        self.bundle: Bundle = load_bundle(folder)
        self.dataset: Dataset = self.bundle.snapshot.dataset
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        texts = self.bundle.texts
        texts = TextSource(
            distinct=texts.distinct, vectors_UH=texts.vectors_UH.to(self.device), ngrams=texts.ngrams
        )
        self.model = self._model()
        self.features = EntityFeatures(self.dataset, self.bundle.plan, texts, self.device)
        self.reader = self._reader(vectors_cache)
        self._catalogues: dict[tuple[str, str], Tensor] = {}
        self._text_places: dict[str, int] | None = None
        self._turn = threading.Lock()

    def _model(self) -> MultiTaskModel:
        with torch.random.fork_rng(devices=[]):
            model = MultiTaskModel(self.bundle.plan, self.bundle.config.model)
        own = {
            name: value
            for name, value in self.bundle.parameters.items()
            if not name.startswith(ENCODER_PREFIX)
        }
        load_learned_state(model, own)
        return model.to(self.device).eval()

    def _reader(self, vectors_cache: Path | None) -> TextReader | None:
        if self.bundle.encoder is None:
            return None
        return TextReader(
            self.bundle.config.text,
            self.bundle.encoder.name,
            self.bundle.encoder.fingerprint,
            {
                name.removeprefix(ENCODER_PREFIX): value
                for name, value in self.bundle.parameters.items()
                if name.startswith(ENCODER_PREFIX)
            },
            vectors_cache,
            self.device,
        )

    @contextmanager
    def ready(self, dataset: Dataset) -> Iterator[MultiTaskModel]:
        """The model in evaluation mode, with the features of a dataset that may have things appended."""
        with self._turn:
            grown = grown_entities(self.dataset, dataset)
            catalogues = {key: value for key, value in self._catalogues.items() if key[1] not in grown}
            self.model.attach(self._features_of(dataset) if grown else self.features)
            try:
                with self.model.fixed(catalogues):
                    yield self.model
            finally:
                self._catalogues |= {key: value for key, value in catalogues.items() if key[1] not in grown}

    def _features_of(self, dataset: Dataset) -> EntityFeatures:
        if self._text_places is None:
            texts = self.bundle.texts.distinct.texts.to_pylist()
            self._text_places = {text: place for place, text in enumerate(texts)}
        idf = self.bundle.inverse_frequency
        return with_new_things(
            self.features,
            self.dataset,
            dataset,
            self._text_places,
            self.reader,
            None if idf is None else idf.numpy(),
        )

    def row_scores(self, dataset: Dataset, task: str) -> np.ndarray:
        """float32 [B, K] for all rows of a task that is no retrieval: see `training.predict.score_rows`."""
        with self.ready(dataset) as model:
            return score_rows(model, dataset, task, np.arange(len(dataset.tasks[task])))

    def target_scores(self, dataset: Dataset, task: str) -> Iterator[np.ndarray]:
        """Blocks [rows, N] for all rows of a retrieval task, over the targets that training knew of."""
        known = len(self.dataset.entities[dataset.tasks[task].spec.inputs[-1]])
        with self.ready(dataset) as model:
            for block in list_scores(model, dataset, task, np.arange(len(dataset.tasks[task]))):
                yield block[:, :known]

    def candidate_scores(
        self, dataset: Dataset, task: str, given: Mapping[str, int], candidate: str, codes_B: np.ndarray
    ) -> np.ndarray:
        """float32 [B]: a task's scores of candidates when the `given` things are known (entity -> code)."""
        spec, context = dataset.tasks[task].spec, self.bundle.snapshot.contexts[task]
        one = {name: np.full(1, code, np.int32) for name, code in given.items()}
        if spec.kind == "retrieval":
            query = {name: one[name] for name in spec.query_inputs}
            blocks = list(self.target_scores(made_rows(dataset, task, query, context), task))
            return blocks[0][0, codes_B]
        inputs = {name: codes_B if name == candidate else one[name] for name in spec.inputs}
        return self.row_scores(made_rows(dataset, task, inputs, context), task)[:, 0]

"""TF-IDF vectors of the texts that a task sees, one vocabulary for all its entities. No torch here.

Shape suffixes: B = rows, N = entities, V = words and pairs of words.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer

from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.evaluation.baselines.sparse_rows import averages, rows_at

TOKEN = "[\u3040-\u30ff\u3400-\u9fff]|[^\\W\u3040-\u30ff\u3400-\u9fff]+"
"""A run of letters and digits; Chinese and Japanese write no spaces, so there each character is a word."""

FEW_TEXTS = 2000
"""With fewer texts a word counts even if a single one has it."""


@dataclass(frozen=True, kw_only=True)
class InputVectors:
    """What one input of a task says in words, for each row asked for."""

    position: int
    is_history: bool
    """The mean vector of the items before the row, instead of the entity's own text."""
    vectors_BV: sp.csr_matrix


@dataclass(frozen=True, kw_only=True)
class TextVectors:
    """Entity name -> float32 [N, V], rows of length 1 or, without a known word, empty."""

    by_entity: dict[str, sp.csr_matrix]

    @property
    def width(self) -> int:
        """V"""
        return next(iter(self.by_entity.values())).shape[1]

    def of_inputs(self, problem: Problem, rows_B: np.ndarray, positions: range) -> list[InputVectors]:
        """The vectors of the inputs at these positions: own texts and histories, where there are any."""
        found = []
        for position in positions:
            name = problem.spec.inputs[position]
            if name in self.by_entity:
                own_BV = self.by_entity[name][problem.data.inputs[position][rows_B]]
                found.append(InputVectors(position=position, is_history=False, vectors_BV=own_BV))
            histories = problem.histories(position)
            if histories is not None and histories.item_entity in self.by_entity:
                items_NV = self.by_entity[histories.item_entity]
                before_BN = averages(problem.window(position, rows_B), items_NV.shape[0])
                mean_BV = before_BN @ items_NV
                found.append(InputVectors(position=position, is_history=True, vectors_BV=mean_BV))
        return found


def text_vectors(problem: Problem, train_rows: np.ndarray) -> TextVectors | None:
    """Words counted in the texts of the train rows; None when no entity has a text with a word in it."""
    learned = _codes(problem, train_rows)
    texts = [text for name, codes in learned.items() for text in _texts(problem, name, codes)]
    if len(texts) > problem.settings.max_rows:
        texts = [texts[place] for place in problem.draw(np.arange(len(texts)), problem.settings.max_rows)]
    vectorizer = _fit(texts, problem.settings.max_features)
    if vectorizer is None:
        return None
    asked_splits = [problem.data.rows(split) for split in ("validation", *problem.splits)]
    asked = np.concatenate([train_rows, *asked_splits])
    by_entity = {}
    for name, codes in _codes(problem, asked, whole_catalogues=True).items():
        vectors = vectorizer.transform(_texts(problem, name, codes)).tocsr()
        by_entity[name] = rows_at(vectors, codes, len(problem.dataset.entities[name]))
    return TextVectors(by_entity=by_entity)


def _codes(problem: Problem, rows: np.ndarray, whole_catalogues: bool = False) -> dict[str, np.ndarray]:
    """Entities with texts -> the codes that the rows name, ascending.

    What a history may hold or a retrieval ranks is a catalogue: of it come those seen in train, or all.
    """
    spec, entities = problem.spec, problem.dataset.entities
    catalogues = {spec.target} if spec.target else set()
    for position in range(len(spec.inputs)):
        histories = problem.histories(position)
        if histories is not None:
            catalogues.add(histories.item_entity)
    codes: dict[str, np.ndarray] = {}
    for name in sorted({*spec.inputs, *catalogues}):
        if entities[name].texts is None:
            continue
        named = [problem.data.inputs[at][rows] for at, other in enumerate(spec.inputs) if other == name]
        if name in catalogues:
            entity = entities[name]
            named.append(np.arange(len(entity)) if whole_catalogues else np.flatnonzero(entity.in_train_N))
        codes[name] = np.unique(np.concatenate(named))
    return codes


def _texts(problem: Problem, name: str, codes: np.ndarray) -> list[str]:
    texts = problem.dataset.entities[name].texts
    return [] if texts is None else texts.take(pa.array(codes)).to_pylist()


def _fit(texts: list[str], max_features: int) -> TfidfVectorizer | None:
    """Words of at least two texts; of at least one when the texts are few, or when there are no others."""
    for min_df in (1,) if len(texts) < FEW_TEXTS else (2, 1):
        vectorizer = TfidfVectorizer(
            ngram_range=(1, 2),
            sublinear_tf=True,
            min_df=min_df,
            max_features=max_features,
            token_pattern=TOKEN,
            dtype=np.float32,
        )
        try:
            return vectorizer.fit(texts)
        except ValueError:  # scikit-learn's way to say that no word is left
            continue
    return None

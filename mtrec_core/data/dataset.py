"""A compiled dataset: tables as integer codes, ready for the text stage and the sampler. No torch here.

Shape suffixes: N = entities, E = events, R = rows of a task, C = categorical columns, F = numeric columns.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mtrec_core.data.features import FeatureEncoder
from mtrec_core.data.schema import SPLIT_NAMES, DatasetSpec, EntitySpec, TaskSpec


@dataclass(frozen=True, kw_only=True)
class Histories:
    """The events of an entity, ordered by (entity, time), as one flat array with offsets (CSR)."""

    item_entity: str
    starts_N1: np.ndarray
    """int64 [N + 1]: the events of entity n are `items_E[starts[n]:starts[n + 1]]`."""
    items_E: np.ndarray
    """int32 [E]: codes of the item entity."""
    max_length: int
    ordered: bool
    """False: a window is not what came before the row but all training events, less the row's own item."""
    time_E: np.ndarray | None = None
    """int64 [E], ascending within an entity; None for events without a time."""


@dataclass(frozen=True, kw_only=True)
class EntityData:
    """The things of one kind. Code n is the position in `keys`."""

    spec: EntitySpec
    keys: pa.Array
    """string [N], distinct."""
    texts: pa.Array | None
    """string [N], rendered from the template; "" where there is none. None if the entity declares no text."""
    features: FeatureEncoder
    """Fitted on the entities of training rows; turns raw columns into the two arrays below."""
    categorical_NC: np.ndarray
    """int32 [N, C]; 0 stands for unknown or missing."""
    numeric_NF: np.ndarray
    """float32 [N, F]; standardised on train, missing is 0, clipped to +-5."""
    in_train_N: np.ndarray
    """bool [N]: seen in a training row of some task. The others are cold."""
    histories: Histories | None = None

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, kw_only=True)
class TaskData:
    """The rows of one task. Row r is the r-th row of the fact table that passed `where`; behind them stand
    the names of classes, if they are learned from."""

    spec: TaskSpec
    inputs: tuple[np.ndarray, ...]
    """One int32 [R] of entity codes per input of the spec."""
    label_R: np.ndarray
    """float32 [R]: 0/1, the number in its own unit, the grade, or the class code; NaN is "no label".
    All ones for retrieval; for multilabel 1 where the row has a label cell and NaN where it has not."""
    classes: tuple[str, ...]
    """Names of the classes or tags, in the order of their codes; () for the other kinds. From train rows
    only; a class that train lacks has code NaN in label_R (the checks report it)."""
    tag_starts_R1: np.ndarray | None
    """Multilabel: int64 [R + 1], offsets into `tag_codes`."""
    tag_codes: np.ndarray | None
    """Multilabel: int32, positions in `classes`."""
    context: FeatureEncoder
    context_categorical_RC: np.ndarray
    """int32 [R, C]"""
    context_numeric_RF: np.ndarray
    """float32 [R, F]"""
    group_R: np.ndarray | None
    """int32 [R]: codes of `spec.group`, -1 where the cell is empty; None when the task has none."""
    group_keys: pa.Array | None
    time_R: np.ndarray | None
    """int64 [R]: a number that grows with time (nanoseconds for dates); None without `spec.time`."""
    history_end_R: dict[int, np.ndarray]
    """Position of an input -> int64 [R]: where the as-of window of its entity ends in `Histories.items_E`
    (exclusive). Only for inputs whose entity has a history."""
    split_R: np.ndarray
    """int8 [R]: position in SPLIT_NAMES, or -1."""
    split_text: str
    """One line that says how the rows were split, for people."""

    def __len__(self) -> int:
        return len(self.split_R)

    def rows(self, split: str) -> np.ndarray:
        """int64: the positions of the rows of a split that have a label."""
        return np.flatnonzero((self.split_R == SPLIT_NAMES.index(split)) & ~np.isnan(self.label_R))

    def label_matrix(self, rows_B: np.ndarray) -> np.ndarray:
        """bool [B, K]: which classes or tags the rows have; a row without a label has none."""
        matrix_BK = np.zeros((len(rows_B), len(self.classes)), dtype=bool)
        if self.tag_starts_R1 is None or self.tag_codes is None:
            known = np.flatnonzero(~np.isnan(self.label_R[rows_B]))
            matrix_BK[known, self.label_R[rows_B[known]].astype(np.int64)] = True
            return matrix_BK
        starts_B = self.tag_starts_R1[rows_B]
        sizes_B = self.tag_starts_R1[rows_B + 1] - starts_B
        row_P = np.repeat(np.arange(len(rows_B)), sizes_B)
        within_P = np.arange(len(row_P)) - np.repeat(np.cumsum(sizes_B) - sizes_B, sizes_B)
        matrix_BK[row_P, self.tag_codes[starts_B[row_P] + within_P]] = True
        return matrix_BK


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Everything that training and inference need of the data."""

    spec: DatasetSpec
    entities: dict[str, EntityData]
    tasks: dict[str, TaskData]
    fingerprint: str
    """Hex digest over the declaration and the tables' contents: it tells runs on different data apart."""

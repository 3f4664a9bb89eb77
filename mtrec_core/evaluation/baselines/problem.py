"""What every baseline gets: a dataset, one task, and the splits to predict. No torch here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mtrec_core.data.dataset import Dataset, EntityData, Histories, TaskData
from mtrec_core.data.histories import task_windows
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import TaskSpec
from mtrec_core.evaluation.baselines.config import BaselineSettings
from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.evaluation.pointwise import pointwise_predictions
from mtrec_core.evaluation.ranking_lists import RankingLists, build_lists, ranked_predictions

BLOCK_ROWS = 4096
BLOCK_CELLS = 1 << 24

Scorer = Callable[[np.ndarray], np.ndarray]
"""Positions of rows [B] -> scores: [B, N] over the targets of a retrieval task, [B, C] over classes or tags,
[B] for the other kinds."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One task that a baseline learns from the train rows alone."""

    dataset: Dataset
    task: str
    splits: tuple[str, ...]
    seed: int = 0
    settings: BaselineSettings = field(default_factory=BaselineSettings)

    @property
    def data(self) -> TaskData:
        """The rows of the task."""
        return self.dataset.tasks[self.task]

    @property
    def spec(self) -> TaskSpec:
        """What the dataset declares about the task."""
        return self.data.spec

    def entity(self, position: int) -> EntityData:
        """The things at one input of the task."""
        return self.dataset.entities[self.spec.inputs[position]]

    def histories(self, position: int) -> Histories | None:
        """The events behind one input, if a row knows where they end."""
        return self.entity(position).histories if position in self.data.history_end_R else None

    def window(self, position: int, rows_B: np.ndarray) -> np.ndarray:
        """int32 [B, max_length]: the items before each row, the last at the right, -1 where there is none."""
        windows_BL = task_windows(self.dataset, self.task, position, rows_B)
        assert windows_BL is not None, f"Input {position} of task '{self.task}' has no history."
        return windows_BL

    def draw(self, rows: np.ndarray, most: int) -> np.ndarray:
        """At most so many of the rows, drawn at random by the seed, in their old order."""
        if len(rows) <= most:
            return rows
        return np.sort(np.random.default_rng(self.seed).choice(rows, size=most, replace=False))

    def held_out_rows(self) -> np.ndarray:
        """At most `validation_rows` validation rows, to choose a variant on; a ranking's lists stay whole."""
        rows, most = self.data.rows("validation"), self.settings.validation_rows
        if self.spec.kind != "ranking" or len(rows) <= most:
            return self.draw(rows, most)
        group_R = self.data.inputs[0] if self.data.group_R is None else self.data.group_R
        groups = np.unique(group_R[rows])
        return rows[np.isin(group_R[rows], self.draw(groups, max(1, most * len(groups) // len(rows))))]

    def quality(self, table: pd.DataFrame) -> float:
        """The headline metric of a table, larger is better; -inf where it is undefined."""
        kind = TASK_KINDS[self.spec.kind]
        value = evaluate(self.spec, table).get(kind.headline, np.nan) if len(table) else np.nan
        return -np.inf if np.isnan(value) else value if kind.higher_is_better else -value

    def table(self, split: str, rows: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
        """The predictions table of scored rows; not for retrieval."""
        return pointwise_predictions(self.dataset, self.task, split, rows, scores)

    def ranking(self, scorer: Scorer, split: str, limit: int | None = None) -> pd.DataFrame:
        """The predictions table of (at most `limit`) lists of a retrieval task."""
        lists = build_lists(self.dataset, self.task, split, limit=limit)
        return ranked_predictions(lists, _list_blocks(scorer, lists), list_length=self.settings.list_length)

    def predictions(self, scorer: Scorer) -> pd.DataFrame:
        """The table of all splits. Scores are asked for in blocks, so memory stays bounded."""
        tables = []
        for split in self.splits:
            if self.spec.kind == "retrieval":
                tables.append(self.ranking(scorer, split))
                continue
            rows = self.data.rows(split)
            starts = range(0, max(1, len(rows)), BLOCK_ROWS)
            scores = np.concatenate([scorer(rows[first : first + BLOCK_ROWS]) for first in starts])
            tables.append(self.table(split, rows, scores))
        return pd.concat(tables, ignore_index=True)


def _list_blocks(scorer: Scorer, lists: RankingLists) -> Iterator[np.ndarray]:
    step = max(1, BLOCK_CELLS // max(1, len(lists.item_keys)))
    for first in range(0, len(lists), step):
        yield scorer(lists.row_L[first : first + step])

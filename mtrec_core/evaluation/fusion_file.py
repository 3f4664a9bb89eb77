"""What a run keeps to fuse its tasks: scores of the same lists, and what speaks for each. No torch here.

The scores of validation lists stand in `fusion.parquet` of the run's bundle, for whoever uses the model;
those of test lists in `fusion_test.parquet` of the run's folder, for whoever judges it. The evidence stands
in `bundle.json`.

| column | meaning |
|---|---|
| row | the list: its first row in the task that recommends |
| item | key of a candidate: the first 100 of that task, and all that are relevant |
| target | 1 for a relevant one, else 0 |
| task, score | what a task that can score the pair gives it |
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.fused_lists import FusedLists
from mtrec_core.evaluation.fusion import LEARNED, TaskEvidence, fusion_weights

FUSION_FILE = "fusion.parquet"
TEST_LISTS_FILE = "fusion_test.parquet"
MANIFEST_FILE = "bundle.json"
POOL = 100
"""A fusion reorders so many first candidates of the leading task."""
COLUMNS = {"row": "int64", "item": "string", "target": "float32", "task": "string", "score": "float32"}


@dataclass(frozen=True, kw_only=True)
class FusionLists:
    """Validation lists scored by several tasks."""

    scores: pd.DataFrame
    """The table above; without rows when no task recommends items to users."""
    evidence: dict[str, TaskEvidence]
    """Of every task of the run."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that can be fused for a user without a query, the recommending one first."""
        return tuple(str(task) for task in self.scores["task"].unique())

    def weights(self, choice: str | Mapping[str, float]) -> dict[str, float]:
        """Task -> weight by a rule or as given; UserError for a name that is no rule or no such task."""
        if choice == LEARNED and self.tasks:
            return self._learned
        return fusion_weights(choice, {task: self.evidence[task] for task in self.tasks})

    def validation_metric(self, choice: str | Mapping[str, float]) -> float:
        """NDCG@10 of the fused order on the validation lists, of which a fusion reorders the POOL first
        candidates. UserError when the run recommends nothing."""
        if not self.tasks:
            raise UserError("No task of this run recommends items to users, so there is nothing to fuse.")
        return self.lists.metric(self.weights(choice))

    @cached_property
    def _learned(self) -> dict[str, float]:
        risks = [task for task in self.tasks if self.evidence[task].wanted == "low"]
        return self.lists.learned_weights(risks)

    @cached_property
    def lists(self) -> FusedLists:
        """The validation lists as arrays."""
        return FusedLists(self.scores, POOL)


def save_fusion_scores(scores: pd.DataFrame, path: Path) -> None:
    """Writes the table; OSError when the disk refuses."""
    schema = pa.schema([pa.field(name, pa.type_for_alias(dtype)) for name, dtype in COLUMNS.items()])
    table = pa.Table.from_pandas(scores[list(COLUMNS)], schema=schema, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd")


def load_fusion(bundle: Path) -> FusionLists:
    """The lists and the evidence of a bundle's folder; DataError when there is none or it is broken."""
    with _readable(bundle):
        return FusionLists(scores=_read_scores(bundle / FUSION_FILE), evidence=_read_evidence(bundle))


def load_evidence(bundle: Path) -> dict[str, TaskEvidence]:
    """The evidence alone; DataError as above."""
    with _readable(bundle):
        return _read_evidence(bundle)


def load_test_lists(run_folder: Path) -> pd.DataFrame:
    """The scores of a run's test lists; DataError where it kept none."""
    try:
        return _read_scores(run_folder / TEST_LISTS_FILE)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise DataError(
            f"The run in {run_folder} keeps no test lists that its tasks scored ({error}); it was trained by "
            "an older version. Train it again to judge a fusion of its tasks."
        ) from None


def _read_scores(path: Path) -> pd.DataFrame:
    return pq.read_table(path, columns=list(COLUMNS)).to_pandas()


def _read_evidence(bundle: Path) -> dict[str, TaskEvidence]:
    return evidence_from_json(json.loads((bundle / MANIFEST_FILE).read_text(encoding="utf-8"))["tasks"])


@contextmanager
def _readable(bundle: Path) -> Iterator[None]:
    """DataError in place of what reading raises."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(
            f"There is no model in {bundle}: {Path(str(error.filename)).name} is missing."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise DataError(f"The model in {bundle} can't be read ({error}); train the run again.") from None


def evidence_to_json(kind: str, evidence: TaskEvidence) -> dict[str, Any]:
    """What `bundle.json` says of a task."""
    return {
        "kind": kind,
        "headline": TASK_KINDS[kind].headline,
        "validation": evidence.headline,
        "chance": evidence.baseline,
        "rows": evidence.rows,
        "wanted": evidence.wanted,
    }


def evidence_from_json(content: Mapping[str, Any]) -> dict[str, TaskEvidence]:
    """Task -> evidence, from the tasks of a `bundle.json`."""
    return {
        task: TaskEvidence(
            rows=part["rows"],
            headline=part["validation"],
            baseline=part["chance"],
            higher_is_better=TASK_KINDS[part["kind"]].higher_is_better,
            wanted=part.get("wanted", "high"),
        )
        for task, part in content.items()
    }

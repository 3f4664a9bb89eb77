"""A fusion of the tasks of one run: one order of the things that it recommends. No torch here."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mtrec_core.comparing.fusing import Fused, Weights, chosen_metric, judge, make_blend
from mtrec_core.data.columns import as_text, numbers
from mtrec_core.data.reading import read_table
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.fused import Blend, fused_table
from mtrec_core.evaluation.fusion_file import POOL, load_fusion, load_test_lists
from mtrec_core.evaluation.fusion_methods import fusion_method
from mtrec_core.evaluation.predictions_file import VALIDATION_FILE, load_predictions
from mtrec_core.evaluation.scored_lines import ScoredLines, lines_of_tasks
from mtrec_core.store.records import RunRecord


def fuse_tasks(
    run: RunRecord, weighing: Weights, method: str = "mean", metric: str = "", value: str = ""
) -> Fused:
    """The tasks that can score what the run recommends, as one order of the leading task's candidates.

    On test against the best of these tasks alone. `value`: a numeric column of the items' table, a factor of
    an expected value. UserError where there is nothing to fuse.
    """
    dataset = load_dataset_spec(run.config["dataset"])
    lists = load_fusion(run.folder / "bundle")
    if len(lists.tasks) < 2:
        raise UserError(
            f"Run {run.id} has no two tasks that score the same things for a user, so there is nothing to "
            "fuse. Name several runs and a --task to fuse runs."
        )
    leading = lists.tasks[0]
    spec = dataset.tasks[leading]
    metric = chosen_metric(spec, fusion_method(method), metric)
    if value and method != "utility":
        raise UserError(f"--value {value} is a factor of an expected value; add --method utility.")
    validation, test = (
        lines_of_tasks(spec, split, scores, dataset.tasks, _users(run, leading, split), POOL)
        for split, scores in (("validation", lists.scores), ("test", load_test_lists(run.folder)))
    )
    evidence = {task: lists.evidence[task] for task in lists.tasks}
    blend = make_blend(weighing, method, lambda: validation, lambda: evidence, lists.tasks)
    worth = item_values(dataset, str(spec.target), value) if value else None

    def alone(scored: ScoredLines, name: str) -> pd.DataFrame:
        sign = -1.0 if scored.is_risk[scored.names.index(name)] else 1.0
        only = {other: sign * (other == name) for other in scored.names}
        return fused_table(scored, Blend(method="mean", weights=only))

    return judge(validation, test, blend, weighing, metric, alone, worth)


def item_values(dataset: DatasetSpec, entity: str, column: str) -> Mapping[str, float]:
    """Key -> number, of a column of an entity's own table; UserError where there is none."""
    spec = dataset.entities[entity]
    if spec.table is None or spec.key is None:
        raise UserError(f"{entity} has no table of its own, so there is no {column} of each.")
    table = read_table(dataset.tables / spec.table, [spec.key, column])
    keys = as_text(table[spec.key]).to_pylist()
    return dict(zip(keys, np.asarray(numbers(table[column], column)).tolist(), strict=True))


def _users(run: RunRecord, task: str, split: str) -> dict[int, str]:
    """Row of a list -> whose it is."""
    file = VALIDATION_FILE if split == "validation" else "predictions.parquet"
    table = load_predictions(run.folder / file)
    lines = table[(table["task"] == task) & (table["split"] == split)].drop_duplicates("row")
    return dict(zip(lines["row"].tolist(), lines["user"].tolist(), strict=True))

"""A task's predictions for the rows of a table, as columns that a person reads.

| kind | columns beside `row` |
|---|---|
| binary | probability |
| regression | value, in the label's unit |
| ranking | score, which grows with fit |
| multiclass | class, and `probability CLASS` of each |
| multilabel | tags (those of at least one half), and `probability TAG` of each |
| retrieval | rank, item, score: a line for each of the first n items |

`row` is the row's position in the table, from 0.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from mtrec_core.data.dataset import Dataset
from mtrec_core.data.rows import compile_rows
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.known import task_named
from mtrec_core.inference.recommend import best_of


def predict_rows(engine: Engine, task: str, table: pa.Table, n: int = 10) -> pd.DataFrame:
    """The predictions of a task. Things that training did not know are read from their columns.

    A row with a time has the history before it, else that of now. Retrieval leaves out what the row's first
    input already had, by the task's rule, but never the row's own target. UserError for an unknown task,
    DataError for a table that lacks an input.
    """
    data = compile_rows(engine.dataset, task_named(engine.dataset, task), table)
    if data.tasks[task].spec.kind == "retrieval":
        return _targets(engine, data, task, n)
    scores_BK = engine.row_scores(data, task)
    rows = pd.DataFrame({"row": np.arange(len(scores_BK))})
    classes = data.tasks[task].classes
    single = {"binary": "probability", "regression": "value", "ranking": "score"}
    kind = data.tasks[task].spec.kind
    if kind in single:
        return rows.assign(**{single[kind]: scores_BK[:, 0]})
    each = pd.DataFrame(scores_BK, columns=[f"probability {name}" for name in classes])
    if kind == "multiclass":
        words = np.array(classes, dtype=object)[scores_BK.argmax(axis=1)] if len(scores_BK) else []
        return pd.concat([rows, pd.Series(words, name="class", dtype="str"), each], axis=1)
    separator = data.tasks[task].spec.separator
    tags = [
        separator.join(
            classes[place] for place in np.argsort(-scores_K, kind="stable") if scores_K[place] >= 0.5
        )
        for scores_K in scores_BK
    ]
    return pd.concat([rows, pd.Series(tags, name="tags", dtype="str"), each], axis=1)


def _targets(engine: Engine, data: Dataset, task: str, n: int) -> pd.DataFrame:
    """The first n targets of each row."""
    rows, known = data.tasks[task], engine.dataset.entities[data.tasks[task].spec.inputs[-1]]
    codes: list[np.ndarray] = []
    scores: list[np.ndarray] = []
    row = 0
    for block in engine.target_scores(data, task):
        for scores_N in block:
            first = best_of(scores_N, n, _left_out(engine, data, task, row))
            codes.append(first)
            scores.append(scores_N[first])
            row += 1
    lengths = [len(first) for first in codes]
    places = np.concatenate(codes) if codes else np.zeros(0, np.int64)
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(len(rows)), lengths),
            "rank": np.concatenate(
                [np.arange(1, length + 1) for length in lengths] or [np.zeros(0, np.int64)]
            ),
            "item": known.keys.take(pa.array(places)).to_pandas(),
            "score": np.concatenate(scores) if scores else np.zeros(0, np.float32),
        }
    )


def _left_out(engine: Engine, data: Dataset, task: str, row: int) -> np.ndarray:
    """Codes of the targets that one row's list leaves out: seen ones, and the query itself among its kind."""
    rows = data.tasks[task]
    spec, known = rows.spec, len(engine.dataset.entities[rows.spec.inputs[-1]])
    own = int(rows.inputs[-1][row])
    left_out = [
        int(codes_R[row])
        for name, codes_R in zip(spec.query_inputs, rows.inputs, strict=False)
        if name == spec.target
    ]
    if spec.seen == "filter":
        left_out += engine.bundle.snapshot.seen[task].of(int(rows.inputs[0][row])).tolist()
    return np.array([code for code in left_out if code < known and code != own], np.int64)

"""Several sources' scores of the same lines, side by side: what a fusion works on. No torch here.

A source is a run that predicted the task, or a task that scored the same candidates. The lines are those of
the predictions table of one task and split. A ranked list holds what some source has among its first items;
where another source does not list it, that one's score is NaN. So is everything's that stands further down,
though the place of each relevant item is known: a fusion that looked there would know the answer.

Shape suffixes: n = lines, R = sources, L = lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import UserError

WHERE = ["row", "item"]
FACTS = [*WHERE, "user", "target"]


@dataclass(frozen=True, kw_only=True)
class ScoredLines:
    """One task and split, as several sources score it."""

    spec: TaskSpec
    split: str
    lines: pd.DataFrame
    """Columns row, item, user, target; sorted by row and item."""
    names: tuple[str, ...]
    """Of the sources."""
    kinds: tuple[str, ...]
    """Of what each source's score is: a key of `data.kinds.TASK_KINDS`."""
    is_risk: tuple[bool, ...]
    """Whether a source's high scores are bad news, such as that a purchase is sent back."""
    score_nR: np.ndarray
    """float64; NaN where a source does not list the item."""

    @cached_property
    def list_n(self) -> np.ndarray:
        """int64: code of what is ordered together. The query of a retrieval, the group of a ranking, the row
        of a choice between classes, the tag of a multilabel task; else all rows."""
        column = {"retrieval": "row", "multiclass": "row", "ranking": "user", "multilabel": "item"}
        if self.spec.kind not in column:
            return np.zeros(len(self.lines), dtype=np.int64)
        return pd.factorize(self.lines[column[self.spec.kind]])[0]

    @property
    def is_listed_n(self) -> np.ndarray:
        """bool: lines that some source lists."""
        return ~np.isnan(self.score_nR).all(axis=1)


def lines_of_runs(spec: TaskSpec, split: str, tables: Mapping[str, pd.DataFrame]) -> ScoredLines:
    """The predictions of several runs; UserError with the reason where they were made for other rows."""
    chosen = {name: _lines_of(spec, split, name, table) for name, table in tables.items()}
    scores = _listed(chosen) if spec.kind == "retrieval" else _of_equal_rows(spec, split, chosen)
    return ScoredLines(
        spec=spec,
        split=split,
        lines=scores[FACTS],
        names=tuple(chosen),
        kinds=(spec.kind,) * len(chosen),
        is_risk=(False,) * len(chosen),
        score_nR=scores[list(range(len(chosen)))].to_numpy(np.float64),
    )


def lines_of_tasks(
    spec: TaskSpec,
    split: str,
    scores: pd.DataFrame,
    tasks: Mapping[str, TaskSpec],
    users: Mapping[int, str],
    pool: int,
) -> ScoredLines:
    """The candidates of lists as several tasks score them: the table of `evaluation.fusion_file`.

    The first task leads: what stands behind its first `pool` candidates counts as not listed. `users`: row of
    a list -> whose it is.
    """
    names = [str(name) for name in scores["task"].unique()]
    wide = scores.pivot(index=WHERE, columns="task", values="score")[names]
    target = scores.groupby(WHERE)["target"].max().reindex(wide.index)
    lines = target.reset_index()
    lines["user"] = lines["row"].map(users).astype("string")
    place = wide[names[0]].groupby(level="row").rank(ascending=False, method="first")
    score_nR = np.where(place.to_numpy()[:, None] <= pool, wide.to_numpy(np.float64), np.nan)
    return ScoredLines(
        spec=spec,
        split=split,
        lines=lines[FACTS],
        names=tuple(names),
        kinds=tuple(tasks[name].kind for name in names),
        is_risk=tuple(tasks[name].wanted == "low" for name in names),
        score_nR=score_nR,
    )


def _lines_of(spec: TaskSpec, split: str, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A run's lines of the task and split, with a target, in the common order."""
    lines = table[(table["task"] == spec.name) & (table["split"] == split) & table["target"].notna()]
    if lines.empty:
        raise UserError(f"Run {name} has no {split} predictions of the task {spec.name}.")
    return lines.sort_values(WHERE, ignore_index=True)


def _of_equal_rows(spec: TaskSpec, split: str, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The facts of the lines, and a column per run."""
    first_name, first = next(iter(tables.items()))
    for name, table in tables.items():
        _demand_equal(first_name, first[FACTS], name, table[FACTS], f"{split} rows of the task {spec.name}")
    columns = {place: table["score"] for place, table in enumerate(tables.values())}
    return pd.concat([first[FACTS], pd.DataFrame(columns)], axis=1)


def _listed(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The same for ranked lists: what one of the runs has among its first items, and all relevant ones."""
    first_name, first = next(iter(tables.items()))
    relevant = first.loc[first["target"] > 0, FACTS].reset_index(drop=True)
    for name, table in tables.items():
        of_other = table.loc[table["target"] > 0, FACTS].reset_index(drop=True)
        _demand_equal(first_name, relevant, name, of_other, "lists")
    depth = min(int(table.loc[table["target"] <= 0, "rank"].max()) for table in tables.values())
    shown = [table[table["rank"] <= depth] for table in tables.values()]
    joined = pd.concat([*(table[FACTS] for table in shown), relevant]).drop_duplicates(WHERE)
    joined = joined.sort_values(WHERE, ignore_index=True)
    for place, table in enumerate(shown):
        joined = joined.merge(table[[*WHERE, "score"]].rename(columns={"score": place}), on=WHERE, how="left")
    return joined


def _demand_equal(one: str, a: pd.DataFrame, other: str, b: pd.DataFrame, what: str) -> None:
    same = len(a) == len(b) and all((a[column].to_numpy() == b[column].to_numpy()).all() for column in FACTS)
    if not same:
        raise UserError(
            f"Runs {one} and {other} can't be fused: their {what} differ ({len(a):,} and {len(b):,} lines). "
            "A fusion needs runs on the same data, divided in the same way."
        )

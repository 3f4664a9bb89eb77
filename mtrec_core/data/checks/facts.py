"""Checks of what happened: rows that stand twice, purchases that nobody clicked on. No torch here."""

import re
from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pandas as pd
import pyarrow as pa

from mtrec_core.data.checks.declared import task_files
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.overlap import is_in, pair_codes
from mtrec_core.data.checks.wording import share
from mtrec_core.data.dataset import Dataset, TaskData
from mtrec_core.data.issues import Issue, first_rows, level_of
from mtrec_core.data.reading import FIRST_ROW, read_table
from mtrec_core.data.schema import TaskSpec

MANY_DUPLICATES = 0.01
MANY_UNCLICKED = 0.01

EARLIER_WORDS = {
    "click",
    "clicks",
    "clicked",
    "view",
    "views",
    "viewed",
    "visit",
    "visits",
    "pageview",
    "ctr",
}
LATER_WORDS = {
    "purchase", "purchases", "purchased", "buy", "buys", "bought", "order", "orders", "ordered", "conversion",
    "conversions", "converted", "convert", "transaction", "transactions", "sale", "sales", "checkout", "cvr",
}  # fmt: skip


def duplicate_rows(material: Material) -> Iterator[Issue]:
    """Rows of a fact table that are the same in every column."""
    own_tables = {entity.table for entity in material.spec.entities.values()}
    files = dict.fromkeys(file for task in material.spec.tasks.values() for file in task_files(task))
    for file in files:
        if file in own_tables or not material.is_readable(file):
            continue
        again = _repeated_rows(material, file)
        total = material.tables.table(file).num_rows
        if len(again) == 0:
            continue
        timed = any(task.time for task in material.spec.tasks.values() if file in task_files(task))
        yield Issue(
            level=level_of(len(again), total, MANY_DUPLICATES),
            code="duplicate_rows",
            table=file,
            rows=first_rows(again + FIRST_ROW),
            text=f"{share(len(again), total)} rows of {file} are the same as an earlier row in every column.",
            fix="If they are copies, drop them. "
            + ("" if timed else "If the same thing happened again, add a column with the time. ")
            + "Copies weigh double in training and may stand in train and test at once.",
        )


def _repeated_rows(material: Material, file: str) -> np.ndarray:
    """int64: positions of rows that equal an earlier one; columns are read until all rows differ."""
    declared = material.tables.table(file)
    again = _repeated(declared)
    others = [name for name in material.names(file) if name not in declared.column_names]
    if len(again) == 0 or not others:
        return again
    more = read_table(material.spec.tables / file, others)
    return _repeated(
        pa.table({name: table[name] for table in (declared, more) for name in table.column_names})
    )


def _repeated(table: pa.Table) -> np.ndarray:
    combined = np.zeros(table.num_rows, np.int64)
    groups = 1
    for column in table.columns:
        encoded = pa.chunked_array([column.combine_chunks()]) if column.num_chunks != 1 else column
        if not pa.types.is_dictionary(encoded.type):
            encoded = encoded.dictionary_encode(null_encoding="encode")
        codes = (
            encoded.chunk(0).indices.fill_null(len(encoded.chunk(0).dictionary)).to_numpy().astype(np.int64)
        )
        combined, distinct = pd.factorize(combined * (int(codes.max(initial=0)) + 1) + codes)
        groups = len(distinct)
        if groups == table.num_rows:
            return np.zeros(0, np.int64)
    return np.flatnonzero(pd.Series(combined).duplicated())


def purchase_without_click(material: Material) -> Iterator[Issue]:
    """Pairs that were bought and never clicked or viewed, where both are tasks over the same entities; by
    their words, or as `after` says."""
    if material.dataset is None:
        return
    funnel = [task for task in material.dataset.tasks.values() if task.spec.kind in ("binary", "retrieval")]
    for bought, clicked in permutations(funnel, 2):
        later, earlier = bought.spec, clicked.spec
        named = _is_later(later) and _is_earlier(earlier)
        if sorted(later.inputs) != sorted(earlier.inputs) or not (named or later.after == earlier.name):
            continue
        lone, total = _lone(material.dataset, bought, clicked)
        if len(lone) == 0:
            continue
        rows = material.rows(later)
        file, numbers = rows.place_compiled(lone) if rows else ("", ())
        yield Issue(
            level=level_of(len(lone), total, MANY_UNCLICKED),
            code="purchase_without_click",
            task=later.name,
            table=file,
            column=later.label or "",
            rows=numbers,
            text=f"{share(len(lone), total)} positive rows of '{later.name}' have no positive row in "
            f"'{earlier.name}' for the same {' and '.join(later.inputs)}.",
            fix=f"Check that both tables cover the same days and shops, and complete '{earlier.name}' if "
            "clicks were lost. Until then don't read one rate against the other.",
        )


def _is_later(task: TaskSpec) -> bool:
    return bool(_words(task) & LATER_WORDS) and not _words(task) & EARLIER_WORDS


def _is_earlier(task: TaskSpec) -> bool:
    return bool(_words(task) & EARLIER_WORDS) and not _words(task) & LATER_WORDS


def _words(task: TaskSpec) -> set[str]:
    """The words of a task's name, label and `where` values, in small letters."""
    texts = [task.name, task.label or "", *(value for values in task.where.values() for value in values)]
    return {word for text in texts for word in re.split(r"[^a-z]+", text.lower()) if word}


def _lone(dataset: Dataset, later: TaskData, earlier: TaskData) -> tuple[np.ndarray, int]:
    """The rows of `later` that are positive and whose pair is never positive in `earlier`, of how many."""
    bought = np.flatnonzero(later.label_R == 1)
    first, second = earlier.spec, later.spec
    if first.kind == second.kind == "binary" and _same_rows(first, second):
        return bought[earlier.label_R[bought] == 0], len(bought)
    pairs, clicked = pair_codes(dataset, later)[bought], pair_codes(dataset, earlier)[earlier.label_R == 1]
    return bought[~is_in(pairs, clicked)], len(bought)


def _same_rows(one: TaskSpec, other: TaskSpec) -> bool:
    return task_files(one) == task_files(other) and one.where == other.where and one.inputs == other.inputs

"""What both sides of the recipe benchmark see: the same rows, as texts for a classifier. No torch here.

Shape suffixes: B = rows, K = outputs of a head.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from mtrec_core.data.dataset import Dataset
from mtrec_core.data.features import FeatureEncoder
from mtrec_core.data.histories import task_windows
from mtrec_core.data.schema import DatasetSpec, EntitySpec, SplitSpec, TaskSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.data.spec_writer import write_dataset_spec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.metric_table import headline
from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.evaluation.pointwise import pointwise_predictions
from mtrec_core.evaluation.ranking_lists import build_lists, ranked_predictions

SHOP = Path(__file__).resolve().parent.parent / "sample_data" / "shop"

LAST_BOUGHT = 3
"""Items of a history that the classifier is told."""
WORDS_OF_ITEM = 6
"""Words of each of them."""


def fits(spec: DatasetSpec, task: TaskSpec) -> bool:
    """Whether a text classifier can do a task: yes/no, tags, grades, or typed text to one of the answers.

    A retrieval for a known user or item is no such task: a classifier of pairs would have to read each pair
    of the catalogue.
    """
    if task.kind == "retrieval":
        return all(spec.entities[name].key is None for name in task.query_inputs)
    return task.kind in ("binary", "multilabel", "ranking")


def recipe_spec(tasks: Sequence[str], rows: int) -> DatasetSpec:
    """The shop with the tasks that fit (or those asked for), `rows` of each in validation and in test."""
    spec = load_dataset_spec(SHOP)
    fitting = [name for name, task in spec.tasks.items() if fits(spec, task)]
    for name in tasks:
        if name not in fitting:
            raise UserError(
                f"--tasks: '{name}' is no task for a text classifier; these are: {', '.join(fitting)}."
            )
    chosen = [name for name in fitting if name in tasks or not tasks]
    sized = {
        name: dataclasses.replace(spec.tasks[name], split=_sized(spec.split_of(spec.tasks[name]), rows))
        for name in chosen
    }
    return dataclasses.replace(spec, tasks=sized)


def write_recipe_dataset(spec: DatasetSpec, folder: Path) -> Path:
    """The declaration as a dataset folder; the tables stay where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    write_dataset_spec(spec, folder)
    return folder


def with_features_as_words(spec: DatasetSpec) -> DatasetSpec:
    """The declaration with each entity's columns in its text: all that a text classifier can be told."""
    entities = {name: dataclasses.replace(one, text=_in_words(one)) for name, one in spec.entities.items()}
    return dataclasses.replace(spec, entities=entities)


def row_texts(dataset: Dataset, task: str, rows: np.ndarray) -> tuple[list[str], list[str]]:
    """Two texts per row: the first input with what it bought last, then all other inputs and the context."""
    data = dataset.tasks[task]
    parts: list[list[str]] = []
    for position, name in enumerate(data.spec.query_inputs):
        texts = dataset.entities[name].texts
        own = [""] * len(rows) if texts is None else texts.take(data.inputs[position][rows]).to_pylist()
        bought = _bought(dataset, task, position, rows)
        parts.append([" ".join(filter(None, pair)) for pair in zip(own, bought, strict=True)])
    rest = [*parts[1:], _context(dataset, task, rows)]
    return parts[0], [" ".join(filter(None, words)) for words in zip(*rest, strict=True)]


def outputs(dataset: Dataset, task: str) -> int:
    """K: one per tag or answer, else one."""
    data = dataset.tasks[task]
    if data.spec.kind == "retrieval":
        return len(dataset.entities[data.spec.inputs[-1]])
    return len(data.classes) or 1


def targets(dataset: Dataset, task: str, rows: np.ndarray) -> np.ndarray:
    """int64 [B], the answer of each row of a retrieval; else float32 [B, K] between 0 and 1, grades divided
    by the highest one."""
    data = dataset.tasks[task]
    if data.spec.kind == "retrieval":
        return data.inputs[-1][rows].astype(np.int64)
    if data.spec.kind == "multilabel":
        return data.label_matrix(rows).astype(np.float32)
    labels_B1 = data.label_R[rows, None].astype(np.float32)
    return labels_B1 / np.nanmax(data.label_R) if data.spec.kind == "ranking" else labels_B1


def validation_rows(dataset: Dataset, task: str) -> np.ndarray:
    """The rows to score: those with a label, or for a retrieval the first one of each list."""
    if dataset.tasks[task].spec.kind == "retrieval":
        return build_lists(dataset, task, "validation").row_L
    return dataset.tasks[task].rows("validation")


def judge(dataset: Dataset, task: str, rows: np.ndarray, logits_BK: np.ndarray) -> float:
    """The task's headline metric on validation, higher being better, from logits of `validation_rows`."""
    spec = dataset.tasks[task].spec
    table: pd.DataFrame
    if spec.kind == "retrieval":
        table = ranked_predictions(build_lists(dataset, task, "validation"), [logits_BK])
    else:
        scores_BK = expit(logits_BK) if spec.kind in ("binary", "multilabel") else logits_BK
        scores = scores_BK if dataset.tasks[task].classes else scores_BK[:, 0]
        table = pointwise_predictions(dataset, task, "validation", rows, scores)
    return evaluate(spec, table)[headline(spec.kind).name]


def _sized(split: SplitSpec, rows: int) -> SplitSpec:
    return dataclasses.replace(split, validation=float(rows), test=float(rows))


def _in_words(entity: EntitySpec) -> str | None:
    """A template of the text and all columns, such as `{title}. brand: {brand}, price: {price}`."""
    columns = ", ".join(f"{column}: {{{column}}}" for column in (*entity.categorical, *entity.numeric))
    return ". ".join(filter(None, [entity.text, columns])) or None


def _bought(dataset: Dataset, task: str, position: int, rows: np.ndarray) -> list[str]:
    """The first words of the latest items of each row's history."""
    windows = task_windows(dataset, task, position, rows)
    histories = dataset.entities[dataset.tasks[task].spec.inputs[position]].histories
    texts = dataset.entities[histories.item_entity].texts if histories else None
    if windows is None or texts is None:
        return [""] * len(rows)
    names = [" ".join((text or "").split()[:WORDS_OF_ITEM]) for text in texts.to_pylist()]
    return [
        "bought: " + "; ".join(names[item] for item in latest if item >= 0)
        if latest.max(initial=-1) >= 0
        else ""
        for latest in windows[:, -LAST_BOUGHT:]
    ]


def _context(dataset: Dataset, task: str, rows: np.ndarray) -> list[str]:
    """The context columns of each row in words."""
    data = dataset.tasks[task]
    return [
        feature_words(data.context, codes, numbers)
        for codes, numbers in zip(
            data.context_categorical_RC[rows], data.context_numeric_RF[rows], strict=True
        )
    ]


def feature_words(encoder: FeatureEncoder, codes: np.ndarray, numbers: np.ndarray) -> str:
    """Encoded features of one row back in words, such as `position: 3, hour: 14`."""
    words = [
        f"{column.column}: {column.values[code - 1]}"
        for column, code in zip(encoder.categorical, codes, strict=True)
        if code > 0
    ]
    place = 0
    for column in encoder.numeric:
        words.append(f"{column.column}: {numbers[place] * column.spread + column.mean:.4g}")
        place += 1 + column.flags_missing
    return ", ".join(words)

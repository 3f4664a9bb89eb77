"""A trained model in a folder of its own: parameters, what it knows of the data, vectors, checksums.

| file | content |
|---|---|
| bundle.json | format, configuration, shape of the model, encoder, numbers per task, checksum of each file |
| model.safetensors | the parameters that learned, those of the encoder too where it learned |
| texts.safetensors | vectors of the things' texts, their n-grams; so loading encodes nothing |
| dataset.toml, snapshot.json, arrays.safetensors, entity-*.parquet | see `inference.snapshot` |
| fusion.parquet | see `evaluation.fusion_file` |

A frozen encoder is not copied: it is named, with a fingerprint over its weights.
"""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mtrec_core import __version__
from mtrec_core.config import RunConfig
from mtrec_core.data.dataset import Dataset
from mtrec_core.errors import DataError, MtrecError, StorageError
from mtrec_core.evaluation.fusion import TaskEvidence
from mtrec_core.evaluation.fusion_file import (
    FUSION_FILE,
    MANIFEST_FILE,
    evidence_from_json,
    evidence_to_json,
    save_fusion_scores,
)
from mtrec_core.inference.snapshot import Snapshot, load_snapshot, save_snapshot
from mtrec_core.model.entity_features import TextSource
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.model.plan import ModelPlan
from mtrec_core.text.distinct import collect_texts
from mtrec_core.text.ngrams import NgramRows
from mtrec_core.training.checkpoint import learned_state

FORMAT = 1
"""Raised when a bundle of this program can't be read by an older one."""
MODEL_FILE = "model.safetensors"
TEXTS_FILE = "texts.safetensors"

_MEND = "Copy the whole folder again from where it comes, or train the run again."


@dataclass(frozen=True, kw_only=True)
class EncoderName:
    """The encoder that read the texts: where it is found, and how it is known again."""

    name: str
    """As in `text.encoder`; a folder by its absolute path."""
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What `write_bundle` wrote, checked."""

    folder: Path
    config: RunConfig
    plan: ModelPlan
    encoder: EncoderName | None
    """None when no entity has a text."""
    evidence: dict[str, TaskEvidence]
    snapshot: Snapshot
    parameters: dict[str, Tensor]
    texts: TextSource
    inverse_frequency: Tensor | None
    """Of the hashed n-grams; None without them."""


def write_bundle(
    folder: Path,
    *,
    config: RunConfig,
    dataset: Dataset,
    model: MultiTaskModel,
    texts: TextSource,
    encoder: EncoderName | None,
    inverse_frequency: Tensor | None,
    evidence: Mapping[str, TaskEvidence],
    fusion_scores: pd.DataFrame,
) -> None:
    """Writes the folder, whole or not at all; one that was there is replaced. StorageError on a full disk."""
    aside = folder.with_name(f"writing-{uuid.uuid4().hex}")
    try:
        aside.mkdir(parents=True)
        save_file(
            {name: tensor.contiguous() for name, tensor in learned_state(model).items()}, aside / MODEL_FILE
        )
        save_file(_text_tensors(texts, inverse_frequency), aside / TEXTS_FILE)
        save_snapshot(dataset, aside)
        save_fusion_scores(fusion_scores, aside / FUSION_FILE)
        content = {
            "format": FORMAT,
            "program": __version__,
            "dataset": dataset.spec.name,
            "dataset_fingerprint": dataset.fingerprint,
            "encoder": None if encoder is None else vars(encoder),
            "tasks": {
                task: evidence_to_json(dataset.tasks[task].spec.kind, known)
                for task, known in evidence.items()
            },
            "config": config.to_json(),
            "plan": model.plan.to_json(),
            "files": {path.name: _checksum(path) for path in sorted(aside.iterdir())},
        }
        content["checksum"] = _own_checksum(content)
        (aside / MANIFEST_FILE).write_text(json.dumps(content, indent=1), encoding="utf-8")
        _put_in_place(aside, folder)
    except (OSError, SafetensorError, pa.ArrowException) as error:
        raise StorageError(
            f"The model can't be written to {folder}: {error}. Free some space, or set MTREC_HOME to a "
            "folder with room, and resume the run."
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def load_bundle(folder: Path) -> Bundle:
    """The bundle in a folder. DataError if there is none, a file was changed, or it is too new."""
    content = _manifest(folder)
    for name, checksum in content["files"].items():
        path = folder / name
        if not path.is_file():
            raise DataError(f"The model in {folder} is incomplete: {name} is missing. {_MEND}")
        if _checksum(path) != checksum:
            raise DataError(f"The model in {folder} is damaged: {name} is not as it was written. {_MEND}")
    try:
        snapshot = load_snapshot(folder)
        texts, inverse_frequency = _load_texts(folder, snapshot.dataset)
        return Bundle(
            folder=folder,
            config=RunConfig.from_json(content["config"]),
            plan=ModelPlan.from_json(content["plan"]),
            encoder=None if content["encoder"] is None else EncoderName(**content["encoder"]),
            evidence=evidence_from_json(content["tasks"]),
            snapshot=snapshot,
            parameters=load_file(folder / MODEL_FILE),
            texts=texts,
            inverse_frequency=inverse_frequency,
        )
    except (
        KeyError,
        TypeError,
        ValueError,
        OSError,
        SafetensorError,
        pa.ArrowException,
        MtrecError,
    ) as error:
        raise DataError(
            f"The model in {folder} was written by version {content['program']} of the program and can't be "
            f"read by {__version__} ({error}). Train the run again with this version."
        ) from error


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = int(content["format"])
    except FileNotFoundError:
        raise DataError(f"There is no model in {folder}: {MANIFEST_FILE} is missing.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The model in {folder} is damaged: {MANIFEST_FILE} can't be read ({error}). {_MEND}"
        ) from None
    if version > FORMAT:
        raise DataError(
            f"The model in {folder} has format {version}, written by version {content.get('program', '?')} "
            f"of the program; this is {__version__}, which reads formats up to {FORMAT}. Install that one."
        )
    if content.get("checksum") != _own_checksum(content):
        raise DataError(
            f"The model in {folder} is damaged: {MANIFEST_FILE} is not as it was written. {_MEND}"
        )
    return content


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _own_checksum(content: Mapping[str, Any]) -> str:
    others = {name: value for name, value in content.items() if name != "checksum"}
    return hashlib.blake2b(json.dumps(others, sort_keys=True).encode(), digest_size=16).hexdigest()


def _put_in_place(aside: Path, folder: Path) -> None:
    """Renames; what was there before goes first, and comes back if the new one can't take its place."""
    old = folder.with_name(f"old-{uuid.uuid4().hex}")
    had_one = folder.exists()
    if had_one:
        os.rename(folder, old)
    try:
        os.rename(aside, folder)
    except OSError:
        if had_one:
            os.rename(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _text_tensors(texts: TextSource, inverse_frequency: Tensor | None) -> dict[str, Tensor]:
    tensors = {"vectors": texts.vectors_UH.detach().float().cpu().contiguous()}
    if texts.ngrams is not None and inverse_frequency is not None:
        tensors |= {
            "ngram_buckets": torch.from_numpy(texts.ngrams.buckets_G),
            "ngram_weights": torch.from_numpy(texts.ngrams.weights_G),
            "ngram_starts": torch.from_numpy(texts.ngrams.starts_U1),
            "inverse_frequency": inverse_frequency,
        }
    return tensors


def _load_texts(folder: Path, dataset: Dataset) -> tuple[TextSource, Tensor | None]:
    tensors = load_file(folder / TEXTS_FILE)
    ngrams = None
    if "ngram_buckets" in tensors:
        ngrams = NgramRows(
            buckets_G=tensors["ngram_buckets"].numpy(),
            weights_G=tensors["ngram_weights"].numpy(),
            starts_U1=tensors["ngram_starts"].numpy(),
        )
    source = TextSource(
        distinct=collect_texts(dataset.entities), vectors_UH=tensors["vectors"], ngrams=ngrams
    )
    if len(source.vectors_UH) != len(source.distinct) + 1:
        raise ValueError(f"{len(source.vectors_UH) - 1} vectors for {len(source.distinct)} texts")
    return source, tensors.get("inverse_frequency")

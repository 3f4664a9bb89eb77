"""The end of a run: all that its model needs to answer later, in one folder."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from mtrec_core.config import RunConfig
from mtrec_core.data.dataset import Dataset
from mtrec_core.inference.bundle import EncoderName, write_bundle
from mtrec_core.inference.fusion_scores import fusion_scores, gather_evidence
from mtrec_core.inference.kept_data import texts_of, without_typed_things
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.text.encoder import ENCODERS, TextEncoder


def keep_model(
    folder: Path,
    config: RunConfig,
    dataset: Dataset,
    model: MultiTaskModel,
    encoder: TextEncoder | None,
    inverse_frequency: np.ndarray | None,
    validation: Mapping[str, Mapping[str, float]],
) -> None:
    """Scores validation lists for the fusion, then writes the bundle. StorageError when the disk refuses.

    `validation`: task -> metrics of the model as it stands, with the texts' vectors renewed.
    """
    name = None
    if encoder is not None:
        name = EncoderName(name=_findable(config.text.encoder), fingerprint=encoder.fingerprint)
    kept = without_typed_things(dataset)
    write_bundle(
        folder,
        config=config,
        dataset=kept,
        model=model,
        texts=texts_of(model.features.texts, kept),
        encoder=name,
        inverse_frequency=None if inverse_frequency is None else torch.from_numpy(inverse_frequency),
        evidence=gather_evidence(dataset, list(model.plan.tasks), validation),
        fusion_scores=fusion_scores(model, dataset, "validation"),
    )


def _findable(encoder: str) -> str:
    """A folder by its absolute path, since a bundle may be read from anywhere; other names as they are."""
    folder = Path(encoder).expanduser()
    return str(folder.resolve()) if encoder not in ENCODERS and folder.is_dir() else encoder

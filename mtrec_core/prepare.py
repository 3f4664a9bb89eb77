"""A run made ready: tables read, texts encoded, the model built. The first half of the pipeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from mtrec_core.config import RunConfig, chosen_tasks
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.dataset import Dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError
from mtrec_core.linear_start import start_as_linear
from mtrec_core.model.entity_features import EntityFeatures, TextSource
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.model.plan import demand_chain, plan_model
from mtrec_core.objective.preferences import wanted_preference
from mtrec_core.text.config import TextSettings
from mtrec_core.text.distinct import collect_texts, text_keys, texts_in_train, tokenize
from mtrec_core.text.encode import encode_texts, with_empty_row
from mtrec_core.text.encoder import TextEncoder, load_encoder
from mtrec_core.text.ngrams import hash_ngrams
from mtrec_core.text.trainable import LiveEncoder, TopLayers, make_trainable
from mtrec_core.training.device import Device, choose_device
from mtrec_core.training.events import Listener, MessageEvent, ProgressEvent, StageEvent
from mtrec_core.training.sampler import training_units


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Data, texts and model, ready to be trained."""

    dataset: Dataset
    tasks: tuple[str, ...]
    model: MultiTaskModel
    device: Device
    encoder: TextEncoder | None
    inverse_frequency: np.ndarray | None
    """Of the hashed n-grams; None without them."""


def prepare(config: RunConfig, vectors: Path, listen: Listener) -> Prepared:
    """Reads the tables, encodes the texts, builds the model with the seed's start values."""
    if config.training.threads:
        torch.set_num_threads(config.training.threads)
    device = choose_device(config.training)
    listen(StageEvent(stage="data", text="Reading the tables"))
    spec = load_dataset_spec(config.dataset)
    tasks = chosen_tasks(config, list(spec.tasks))
    demand_chain(spec, tasks, config.model.sharing)
    dataset = compile_dataset(spec, config.data, tasks)
    demand_trainable(dataset, tasks)
    torch.manual_seed(config.seed)  # LoRA's start values
    encoder, texts, inverse_frequency = prepare_texts(config, dataset, vectors, device, listen)
    torch.manual_seed(config.seed)
    width = encoder.width if encoder else 0
    wanted = wanted_preference(config.objective, config.weights, tasks)
    plan = replace(plan_model(dataset, tasks, config.model, width), preference=wanted)
    model = MultiTaskModel(plan, config.model).to(device.device)
    model.attach(EntityFeatures(dataset, plan, texts, device.device))
    if config.model.ngram_start == "linear":
        start_as_linear(model, dataset, config.seed)
    return Prepared(
        dataset=dataset,
        tasks=tasks,
        model=model,
        device=device,
        encoder=encoder,
        inverse_frequency=inverse_frequency,
    )


def demand_trainable(dataset: Dataset, tasks: Sequence[str]) -> None:
    """DataError when a task has nothing to learn from or nothing to be judged by."""
    for name in tasks:
        task = dataset.tasks[name]
        rows = {split: task.rows(split) for split in ("train", "validation", "test")}
        for split, found in rows.items():
            if not len(found):
                raise DataError(
                    f"Task {name} has no labelled {split} rows ({task.split_text}). Bring more rows, or set "
                    f"[task.{name}.split] in dataset.toml to another kind or larger shares."
                )
        values = np.unique(task.label_R[rows["train"]])
        if task.spec.kind in ("binary", "multiclass", "ranking") and len(values) < 2:
            raise DataError(
                f"Task {name}: all {len(rows['train'])} training rows have the same label in column "
                f"'{task.spec.label}', so there is nothing to learn. Bring rows with another label, or leave "
                "the task out with --tasks."
            )
        if task.spec.kind == "ranking" and not len(training_units(dataset, name)):
            raise DataError(
                f"Task {name}: in each list of its training rows all grades are alike, so there is no order "
                f"to learn. Let group in [task.{name}] name the column that all rows of one search share."
            )
        if task.spec.kind == "multilabel" and not task.classes:
            raise DataError(
                f"Task {name}: no tag occurs {task.spec.min_count} times in train. "
                "Lower min_count in dataset.toml."
            )


def prepare_texts(
    config: RunConfig, dataset: Dataset, vectors: Path, device: Device, listen: Listener
) -> tuple[TextEncoder | None, TextSource, np.ndarray | None]:
    """The encoder, the distinct texts with their vectors, and the n-grams' inverse document frequency."""
    distinct = collect_texts(dataset.entities)
    if not len(distinct):
        return None, TextSource(distinct=distinct, vectors_UH=torch.zeros(1, 0)), None
    encoder = load_encoder(config.text)
    encoder.to(device.device)
    texts = distinct.texts.to_pylist()
    ngrams = inverse_frequency = None
    if config.model.ngram_buckets:
        in_train_U = texts_in_train(distinct, dataset.entities)
        ngrams, inverse_frequency = hash_ngrams(texts, config.model.ngram_buckets, fitted_U=in_train_U)

    def progress(done: int, total: int) -> None:
        listen(ProgressEvent(stage="text", done=done, total=total))

    listen(StageEvent(stage="text", text=f"Reading {len(texts):,} distinct texts with {config.text.encoder}"))
    live, read_now = None, 0
    if config.text.trainable == "heads":
        vectors_UH, read_now, truncated = encode_texts(
            encoder, texts, vectors, config.text.tokens_per_batch, progress
        )
    else:
        live = live_encoder(encoder, texts, config.text, vectors, progress)
        vectors_UH, truncated = (
            np.zeros((len(texts), encoder.width), np.float32),
            int(live.tokens.cut_U.sum()),
        )
    if truncated:
        listen(
            MessageEvent(
                text=f"{truncated:,} of {len(texts):,} texts were longer than {encoder.max_length} tokens "
                "and were cut off; raise text.max_length if their end matters.",
                level="warning",
            )
        )
    if live is None:
        found = len(texts) - read_now
        listen(MessageEvent(text=f"{read_now:,} texts were encoded now, {found:,} came from the cache."))
    source = TextSource(
        distinct=distinct, vectors_UH=with_empty_row(vectors_UH).to(device.device), live=live, ngrams=ngrams
    )
    return encoder, source, inverse_frequency


def live_encoder(
    encoder: TextEncoder,
    texts: Sequence[str],
    settings: TextSettings,
    vectors: Path,
    progress: Callable[[int, int], None],
) -> LiveEncoder:
    """The encoder with the parameters that learn, and the tokens it reads."""
    tokens = tokenize(encoder.tokenizer, texts, encoder.max_length)
    make_trainable(encoder, settings)
    if settings.trainable == "last_k":
        return TopLayers(
            encoder, tokens, text_keys(texts), settings.last_k, vectors, settings.tokens_per_batch, progress
        )
    return LiveEncoder(encoder, tokens)


def refresh_texts(prepared: Prepared, settings: TextSettings, split: str) -> None:
    """Computes anew the text vectors that a split needs where the encoder learns; a frozen one has none to
    renew.

    Entities with a key are catalogues and histories and are renewed whole; of the others, those of the
    split's rows.
    """
    source = prepared.model.features.texts
    if source.live is None:
        return
    ranked = {plan.target for plan in prepared.model.plan.tasks.values()}
    needed = [np.empty(0, np.int64)]
    for name in prepared.model.plan.entities:
        places_N = source.distinct.of_entity.get(name)
        if places_N is not None and (prepared.dataset.entities[name].spec.key is not None or name in ranked):
            needed.append(places_N)
        elif places_N is not None:
            needed += [
                places_N[codes_R[task.rows(split)]]
                for task in prepared.dataset.tasks.values()
                for other, codes_R in zip(task.spec.inputs, task.inputs, strict=True)
                if other == name
            ]
    rows = np.unique(np.concatenate(needed))
    rows = rows[rows < len(source.distinct)]
    vectors = torch.from_numpy(source.live.vectors_of(rows, settings.tokens_per_batch))
    source.vectors_UH[torch.from_numpy(rows)] = vectors.to(source.vectors_UH.device)

"""A few steps of a run, measured in a process of their own: time, memory, first losses, texts to encode.
Where several processes would share a step's rows, one share of it.

    python -m mtrec_core.trial ANSWER.json CONFIG VECTORS        CONFIG is JSON

Step times don't depend on what the texts' vectors hold, so texts that nobody has read stand as zeros here.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from mtrec_core.config import RunConfig, chosen_tasks
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.dataset import Dataset
from mtrec_core.data.desk import write_answer
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import MtrecError
from mtrec_core.model.entity_features import EntityFeatures, TextSource
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.model.plan import demand_chain, plan_model
from mtrec_core.objective.preferences import wanted_preference
from mtrec_core.pipeline import build_loop
from mtrec_core.prepare import Prepared, demand_trainable
from mtrec_core.text.cache import TextCache
from mtrec_core.text.distinct import collect_texts, text_keys, texts_in_train, tokenize
from mtrec_core.text.encode import encode_texts, with_empty_row
from mtrec_core.text.encoder import TextEncoder, load_encoder
from mtrec_core.text.ngrams import hash_ngrams
from mtrec_core.text.trainable import LiveEncoder, make_trainable
from mtrec_core.training.device import Device, choose_device, threads_each
from mtrec_core.training.events import EvaluationEvent, Event, StepEvent
from mtrec_core.training.launched import process_count

SAMPLE_TEXTS = 128
"""Texts that are read to see how long one takes."""
WARM_STEPS = 2
"""Steps before the clock runs: the first ones are slower."""
MOST_STEPS = 12
MOST_SECONDS = 15.0


@dataclass(kw_only=True)
class Watch:
    """A listener that takes the time of each step, and the first loss of each task."""

    began: float = 0.0
    seconds: list[float] = field(default_factory=list)
    losses: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def __call__(self, event: Event) -> None:
        """Validations between two steps are not counted."""
        now = time.perf_counter()
        if isinstance(event, StepEvent):
            if event.step > WARM_STEPS and self.began:
                self.seconds.append(now - self.began)
            for task, loss in event.losses.items():
                self.losses.setdefault(task, loss)
        if isinstance(event, StepEvent | EvaluationEvent):
            self.began = now

    def enough(self) -> bool:
        """Whether the loop may end."""
        return len(self.seconds) >= MOST_STEPS or time.perf_counter() - self.started > MOST_SECONDS


def measure(config: RunConfig, vectors: Path) -> dict[str, Any]:
    """What a run with this configuration will need, as plain values."""
    began = time.perf_counter()
    if config.training.threads:
        torch.set_num_threads(config.training.threads)
    device = choose_device(config.training)
    spec = load_dataset_spec(config.dataset)
    tasks = chosen_tasks(config, list(spec.tasks))
    demand_chain(spec, tasks, config.model.sharing)
    dataset = compile_dataset(spec, config.data, tasks)
    demand_trainable(dataset, tasks)
    encoder, texts, weights, text_numbers = _texts(config, dataset, vectors, device)
    torch.manual_seed(config.seed)
    plan = plan_model(dataset, tasks, config.model, encoder.width if encoder else 0)
    plan = replace(plan, preference=wanted_preference(config.objective, config.weights, tasks))
    model = MultiTaskModel(plan, config.model).to(device.device)
    model.attach(EntityFeatures(dataset, plan, texts, device.device))
    prepared = Prepared(
        dataset=dataset, tasks=tasks, model=model, device=device, encoder=encoder, inverse_frequency=weights
    )
    reading = time.perf_counter() - began - text_numbers["seconds_tried"]
    watch = Watch()
    processes = process_count(config.training)
    share = max(1, config.training.batch_size // processes)
    shared = replace(config, training=replace(config.training, batch_size=share))
    torch.set_num_threads(threads_each(config.training))
    with tempfile.TemporaryDirectory() as folder:
        loop = build_loop(prepared, shared, Path(folder))
        loop.total_steps = max(loop.total_steps, WARM_STEPS + 1)
        loop.run(watch, watch.enough)
        validation = 0.0
        if texts.live is None:
            before = time.perf_counter()
            loop.validate()
            validation = time.perf_counter() - before
    step = float(np.median(watch.seconds)) if watch.seconds else time.perf_counter() - watch.started
    lists = _rows_of(dataset, tasks, "validation")
    looked_at = min(lists, config.evaluation.max_validation_lists * len(tasks) or lists)
    return {
        "device": device.title,
        "on_gpu": device.device.type == "cuda",
        "parameters": sum(part.numel() for part in model.parameters() if part.requires_grad),
        "rows": {task: len(dataset.tasks[task].rows("train")) for task in tasks},
        "initial_losses": watch.losses,
        "steps_per_epoch": max(1, round(sum(loop.sampler.rows.values()) / config.training.batch_size)),
        "seconds_per_step": step,
        "steps_measured": len(watch.seconds),
        "seconds_reading": reading,
        "seconds_validation": validation,
        "seconds_test": validation * _rows_of(dataset, tasks, "test") / max(1, looked_at),
        "memory_bytes": processes * (_peak_bytes() + text_numbers.pop("later_bytes")),
        "gpu_bytes": int(torch.cuda.max_memory_reserved()) if device.device.type == "cuda" else 0,
        "gpu_free": int(torch.cuda.mem_get_info()[0]) if device.device.type == "cuda" else 0,
        **text_numbers,
    }


def _texts(
    config: RunConfig, dataset: Dataset, vectors: Path, device: Device
) -> tuple[TextEncoder | None, TextSource, np.ndarray | None, dict[str, Any]]:
    """The encoder, the texts with zeros for vectors, the n-grams' weights, and how many texts take how
    long."""
    began = time.perf_counter()
    distinct = collect_texts(dataset.entities)
    numbers: dict[str, Any] = {
        "distinct_texts": len(distinct), "missing_texts": 0, "seconds_per_text": 0.0, "later_bytes": 0,
        "seconds_tried": 0.0,
    }  # fmt: skip
    if not len(distinct):
        return None, TextSource(distinct=distinct, vectors_UH=torch.zeros(1, 0)), None, numbers
    encoder = load_encoder(config.text)
    encoder.to(device.device)
    texts = distinct.texts.to_pylist()
    ngrams = weights = None
    if config.model.ngram_buckets:
        in_train_U = texts_in_train(distinct, dataset.entities)
        ngrams, weights = hash_ngrams(texts, config.model.ngram_buckets, fitted_U=in_train_U)
    live = None
    before = time.perf_counter()
    if config.text.trainable == "heads":
        cache = TextCache(vectors / encoder.fingerprint, encoder.width)
        missing = np.flatnonzero(~cache.has(text_keys(texts)))
        # Drawn evenly, so that long and short texts are among them; what is read now needn't be read again.
        chosen = missing[np.linspace(0, len(missing) - 1, min(SAMPLE_TEXTS, len(missing))).astype(int)]
        if len(chosen):
            encode_texts(encoder, [texts[place] for place in chosen], vectors, config.text.tokens_per_batch)
            numbers["seconds_per_text"] = (time.perf_counter() - before) / len(chosen)
        numbers["missing_texts"] = len(missing) - len(chosen)
    else:
        make_trainable(encoder, config.text)
        live = LiveEncoder(encoder, tokenize(encoder.tokenizer, texts, encoder.max_length))
        chosen = np.linspace(0, len(texts) - 1, min(SAMPLE_TEXTS, len(texts))).astype(int)
        before = time.perf_counter()
        live.vectors_of(chosen, config.text.tokens_per_batch)
        numbers["seconds_per_text"] = (time.perf_counter() - before) / len(chosen)
        numbers["missing_texts"] = len(texts)
    vectors_UH = np.zeros((len(texts), encoder.width), np.float32)
    # Zeros take no memory until they are written, the vectors of the run do.
    numbers["later_bytes"] = 2 * vectors_UH.nbytes
    numbers["seconds_tried"] = time.perf_counter() - began
    source = TextSource(
        distinct=distinct, vectors_UH=with_empty_row(vectors_UH).to(device.device), live=live, ngrams=ngrams
    )
    return encoder, source, weights, numbers


def _rows_of(dataset: Dataset, tasks: Sequence[str], split: str) -> int:
    return sum(len(dataset.tasks[task].rows(split)) for task in tasks)


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return max(int(peak), int(psutil.Process().memory_info().rss))


def main(arguments: Sequence[str]) -> None:
    """Measures and writes the answer; what is wrong with data or settings is an answer too."""
    try:
        answer = measure(RunConfig.from_json(json.loads(arguments[1])), Path(arguments[2])) | {"problem": ""}
    except MtrecError as error:
        answer = {"problem": str(error)}
    except (MemoryError, torch.cuda.OutOfMemoryError):
        answer = {
            "problem": "The memory is too small for these settings: lower batch_size, max_length or width."
        }
    write_answer(Path(arguments[0]), answer)


if __name__ == "__main__":
    main(sys.argv[1:])

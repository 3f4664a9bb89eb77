"""The two sides of the recipe benchmark, each timed from the tables to its validation metrics.

torch loads inside, so that a wrong option is told at once.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.recipe_record import Side
from benchmarks.recipe_tasks import with_features_as_words
from benchmarks.stopwatch import STAGES, RunWatch, Stopwatch
from mtrec_core.config import RunConfig
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.dataset import Dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import MtrecError
from mtrec_core.home import Home

if TYPE_CHECKING:
    from benchmarks.classic import ClassicSettings


def classic_side(folder: Path, config: RunConfig, settings: "ClassicSettings") -> Side:
    """All classifiers, one after the other."""
    import torch

    from benchmarks.classic import fit_classifier

    torch.set_num_threads(config.training.threads)
    began, watch = time.perf_counter(), Stopwatch()
    with watch.measure("reading"):
        dataset = worded_dataset(folder, config)
    fitted = {task: fit_classifier(dataset, task, settings) for task in dataset.tasks}
    seconds = time.perf_counter() - began
    wasted = sum(one.seconds - one.seconds_to_best for one in fitted.values())
    return Side(
        seconds=seconds,
        seconds_to_best=seconds - wasted,
        stages={
            stage: watch.seconds[stage] + sum(one.stages[stage] for one in fitted.values())
            for stage in STAGES
        },
        train_rows=sum(one.train_rows for one in fitted.values()),
        texts_read=sum(one.read_rows for one in fitted.values()),
        padded_share=1
        - sum(one.words for one in fitted.values()) / sum(one.padded for one in fitted.values()),
        metrics={task: max(one.metrics) for task, one in fitted.items()},
        epochs={task: len(one.metrics) for task, one in fitted.items()},
    )


def worded_dataset(folder: Path, config: RunConfig) -> Dataset:
    """The rows of the data set with all features in their texts."""
    return compile_dataset(with_features_as_words(load_dataset_spec(folder)), config.data)


def our_side(config: RunConfig, root: Path) -> Side:
    """One `train` with a new store and an empty vector cache."""
    from mtrec_core.recorded_run import start_run, train_run
    from mtrec_core.store.store import Store

    home = Home.from_environment({"MTREC_HOME": str(root)})
    rows = 0

    def count_rows(event: object) -> None:
        nonlocal rows
        rows = getattr(event, "rows", rows)

    began, watch = time.perf_counter(), RunWatch()
    with Store.open(home.database_url) as store:
        result = train_run(start_run(config, store, home), store, home, (watch, count_rows))
    watch.stop()
    seconds = time.perf_counter() - began
    if result.state != "completed":
        raise MtrecError(f"Our side ended {result.state}; nothing was measured.")
    return Side(
        seconds=seconds,
        seconds_to_best=seconds,
        stages=watch.seconds,
        train_rows=rows,
        texts_read=watch.texts_read,
        padded_share=None,
        metrics={name: task.validation[task.headline] for name, task in result.tasks.items()},
        epochs={},
    )


def warm_up(encoder: str) -> None:
    """Loads the libraries and reads one text, so that no side pays for what only the first one would."""
    import torch

    import mtrec_core.pipeline  # noqa: F401
    from mtrec_core.text.config import TextSettings
    from mtrec_core.text.distinct import tokenize
    from mtrec_core.text.encode import run_encoder
    from mtrec_core.text.encoder import load_encoder

    loaded = load_encoder(TextSettings(encoder=encoder))
    tokens = tokenize(loaded.tokenizer, ["warm-up"], loaded.max_length)
    run_encoder(loaded, tokens, rows=torch.arange(1).numpy(), tokens_per_batch=loaded.max_length)


def tiny_encoder(folder: Path) -> str:
    """A small BERT with random weights and the bundled tokenizer: the benchmark's way in seconds."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    from mtrec_core.text.encoder import locate

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(locate("minilm"))
    shape = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    BertModel(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)

"""The classic recipe: one transformer with a linear head per task, fine-tuned whole on joined texts.

As in a tutorial: both texts in one sequence padded to 128 tokens, fp32, AdamW, 32 rows a step, a linearly
falling step size, gradients clipped at 1. It ends after the first epoch whose validation metric is no better.

Shape suffixes: B = rows of a step, L = tokens (padded), H = the encoder's width, K = outputs.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from benchmarks.recipe_tasks import judge, outputs, row_texts, targets, validation_rows
from benchmarks.stopwatch import Stopwatch
from mtrec_core.data.dataset import Dataset
from mtrec_core.text.encoder import locate, pool

Tokens = dict[str, Tensor]
"""What the tokenizer gives, each [rows, L]."""


@dataclass(frozen=True, kw_only=True)
class ClassicSettings:
    """How each classifier is trained."""

    encoder: str = "minilm"
    epochs: int = 3
    """At most."""
    batch_size: int = 32
    max_length: int = 128
    """Tokens of every row, filled up with padding."""
    learning_rate: float = 5e-5
    """The upper end of what the BERT paper tries (2e-5 to 5e-5), the default of Hugging Face's Trainer."""
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """How one classifier went."""

    metrics: tuple[float, ...]
    """The headline metric on validation after each epoch."""
    seconds: float
    """From loading the encoder to the last validation."""
    seconds_to_best: float
    """To the end of the best epoch's validation."""
    stages: dict[str, float]
    train_rows: int
    """Rows read by training, each epoch anew."""
    read_rows: int
    """Rows read by the encoder, validation included."""
    words: int
    """Tokens among these that are no padding."""
    padded: int
    """All tokens, padding included."""


class Classifier(nn.Module):
    """A pretrained transformer, the mean of its tokens, one linear layer."""

    def __init__(self, encoder: nn.Module, width: int, count: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(width, count)

    def forward(self, tokens: Tokens) -> Tensor:
        """Logits [B, K]. The mean is what the bundled sentence encoder was made for."""
        hidden_BLH = self.encoder(**tokens).last_hidden_state
        return self.head(pool(hidden_BLH, tokens["attention_mask"], "mean"))


@dataclass(kw_only=True)
class _Reader:
    """Counts what the encoder reads."""

    model: Classifier
    rows: int = 0
    words: int = 0
    padded: int = 0
    train_rows: int = 0

    def __call__(self, tokens: Tokens, rows: Tensor) -> Tensor:
        picked = {name: values[rows] for name, values in tokens.items()}
        self.rows += len(rows)
        self.words += int(picked["attention_mask"].sum())
        self.padded += picked["attention_mask"].numel()
        return self.model(picked)


def fit_classifier(dataset: Dataset, task: str, settings: ClassicSettings) -> Fitted:
    """Trains and validates the classifier of one task. `dataset` has its features written into the texts."""
    began, watch = time.perf_counter(), Stopwatch()
    torch.manual_seed(settings.seed)
    with watch.measure("reading"):
        place = locate(settings.encoder)
        tokenizer = AutoTokenizer.from_pretrained(place)
        encoder = AutoModel.from_pretrained(place, dtype=torch.float32)
        model = Classifier(encoder, encoder.config.hidden_size, outputs(dataset, task))
    train, held = dataset.tasks[task].rows("train"), validation_rows(dataset, task)
    with watch.measure("encoding"):
        tokens = tokenized(dataset, task, train, tokenizer, settings.max_length)
        held_tokens = tokenized(dataset, task, held, tokenizer, settings.max_length)
    labels = torch.from_numpy(targets(dataset, task, train))
    steps = settings.epochs * -(-len(train) // settings.batch_size)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, 1 - step / steps))
    reader = _Reader(model=model)
    metrics: list[float] = []
    to_best = 0.0
    for _ in range(settings.epochs):
        with watch.measure("training"):
            model.train()
            for rows in torch.randperm(len(train)).split(settings.batch_size):
                loss = task_loss(reader(tokens, rows), labels[rows])
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                reader.train_rows += len(rows)
        with watch.measure("evaluating"):
            metrics.append(judge(dataset, task, held, scores(reader, held_tokens, len(held))))
        if metrics[-1] <= max(metrics[:-1], default=-np.inf):
            break
        to_best = time.perf_counter() - began
    return Fitted(
        metrics=tuple(metrics),
        seconds=time.perf_counter() - began,
        seconds_to_best=to_best,
        stages=watch.seconds,
        train_rows=reader.train_rows,
        read_rows=reader.rows,
        words=reader.words,
        padded=reader.padded,
    )


def tokenized(
    dataset: Dataset, task: str, rows: np.ndarray, tokenizer: PreTrainedTokenizerBase, length: int
) -> Tokens:
    """Both texts of each row in one sequence, padded to the full length."""
    first, second = row_texts(dataset, task, rows)
    pair = second if any(second) else None
    encoded = tokenizer(
        first, pair, truncation=True, padding="max_length", max_length=length, return_tensors="pt"
    )
    return dict(encoded)


def task_loss(logits_BK: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy for the place of the answer, else binary cross-entropy per output."""
    if labels.dtype == torch.int64:
        return cross_entropy(logits_BK, labels)
    return binary_cross_entropy_with_logits(logits_BK, labels)


@torch.inference_mode()
def scores(reader: _Reader, tokens: Tokens, count: int, batch_size: int = 64) -> np.ndarray:
    """float32 [count, K]: logits."""
    reader.model.eval()
    parts = [reader(tokens, rows) for rows in torch.arange(count).split(batch_size)]
    return torch.cat(parts).numpy()

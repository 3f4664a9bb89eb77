"""A trained run on its test rows while their texts are attacked. Composes the stages anew, around the model
of the best step.

What a row's inputs say is attacked. The catalogue that a retrieval task ranks, and the items of histories,
are read as they are: they are the shop's own. An attack on words reaches the encoder and the n-grams alike;
one on vectors reaches the vectors alone, those of the encoder's output whether it learned or not, so that
runs of any kind can be compared.

Shape suffixes: U = distinct texts, H = numbers in a text vector, B = rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mtrec_core.config import RunConfig
from mtrec_core.data.dataset import TaskData
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.errors import DataError
from mtrec_core.evaluation.draws import Drawn, draw_metrics
from mtrec_core.evaluation.ranking_lists import build_lists
from mtrec_core.evaluation.robustness import CLEAN, SAMPLES, Robustness
from mtrec_core.evaluation.text_attacks import Attack, Synonyms, attack_text
from mtrec_core.inference.engine import ENCODER_PREFIX
from mtrec_core.inference.text_reader import TextReader
from mtrec_core.model.batches import make_batch
from mtrec_core.model.entity_features import EntityFeatures, TextSource
from mtrec_core.model.text_shift import TextShift
from mtrec_core.objective.adversarial import of_length_one
from mtrec_core.objective.task_losses import task_loss
from mtrec_core.prepare import Prepared, prepare, refresh_texts
from mtrec_core.text.ngrams import hash_ngrams
from mtrec_core.training.checkpoint import load_checkpoint, load_learned_state, part_of
from mtrec_core.training.events import Listener, StageEvent
from mtrec_core.training.predict import limited_rows, predict

ROWS_AT_ONCE = 1024
LISTS_AT_ONCE = 128
"""Of a retrieval task, whose loss has a score for each target."""


def measure_attacked(
    folder: Path,
    config: RunConfig,
    vectors: Path,
    attacks: Sequence[Attack],
    seed: int,
    synonyms: Synonyms,
    synonyms_digest: str,
    listen: Listener,
    rows: int = 0,
) -> Robustness:
    """The report of the run in `folder`, on at most `rows` test rows or lists of each task (0: on all).
    DataError when its model of the best step is gone."""
    if not (folder / "best").is_dir():
        raise DataError(f"The run keeps no model of its best step in {folder / 'best'}; train it again.")
    prepared = prepare(config, vectors, listen)
    learned = part_of(load_checkpoint(folder / "best"), "model")
    load_learned_state(prepared.model, learned)
    prepared.model.requires_grad_(False)
    refresh_texts(prepared, config.text, "test")
    run = AttackedRun(prepared, config, learned, vectors, rows)
    measured: dict[str, dict[str, Drawn]] = {}
    for task, drawn in run.measure(run.clean, prepared.tasks).items():
        measured[task] = {CLEAN: drawn}
    for attack in attacks:
        listen(
            StageEvent(stage="attack", text=f"Attacking: {attack.choice.title.lower()}, {attack.amount:g}")
        )
        for task, drawn in run.under(attack, list(measured), seed, synonyms).items():
            measured[task][attack.name] = drawn
    return Robustness(
        seed=seed, synonyms=synonyms_digest, rows=rows, attacks=tuple(attacks), measured=measured
    )


class AttackedRun:
    """A prepared model with its test rows."""

    def __init__(
        self,
        prepared: Prepared,
        config: RunConfig,
        learned: Mapping[str, Tensor],
        vectors: Path,
        most_rows: int = 0,
    ) -> None:
        self.prepared = prepared
        self.config = config
        self.most_rows = most_rows
        features = prepared.model.features
        self.clean = features.with_texts(replace(features.texts, live=None))
        """What rows read when nothing is attacked: the vectors as the model's encoder gives them."""
        self.read_U = self._texts_of_rows(prepared.tasks)
        self.reader = None
        if prepared.encoder is not None:
            self.reader = TextReader(
                config.text,
                config.text.encoder,
                prepared.encoder.fingerprint,
                {
                    name.removeprefix(ENCODER_PREFIX): value
                    for name, value in learned.items()
                    if name.startswith(ENCODER_PREFIX)
                },
                vectors,
                prepared.device.device,
            )
        self._directions: dict[str, Tensor] = {}

    def under(self, attack: Attack, tasks: Sequence[str], seed: int, synonyms: Synonyms) -> dict[str, Drawn]:
        """Task -> its headline metric under an attack."""
        if attack.choice.on == "words":
            return self.measure(self.with_words(attack, seed, synonyms), tasks)
        found: dict[str, Drawn] = {}
        for task in tasks:
            found |= self.measure(self.with_moved_vectors(task, attack.amount), [task])
        return found

    def measure(self, rows_read: EntityFeatures, tasks: Sequence[str]) -> dict[str, Drawn]:
        """Task -> its headline metric when the inputs of rows are read from the given features."""
        model, dataset = self.prepared.model, self.prepared.dataset
        with model.rows_read_from(rows_read):
            length = self.config.evaluation.list_length
            table = predict(model, dataset, tasks, "test", length, self.most_rows)
        found: dict[str, Drawn] = {}
        for task in tasks:
            spec = dataset.tasks[task].spec
            headline = TASK_KINDS[spec.kind].headline
            for drawn in draw_metrics(spec, table[table["task"] == task], [headline], SAMPLES):
                found[task] = drawn
        return found

    def with_words(self, attack: Attack, seed: int, synonyms: Synonyms) -> EntityFeatures:
        """Features in which the texts of test rows are attacked, read by the model's own encoder."""
        source = self.clean.texts
        if self.reader is None or not len(self.read_U):
            return self.clean
        texts = source.distinct.texts.to_pylist()
        for place in self.read_U.tolist():
            texts[place] = attack_text(texts[place], attack, seed, synonyms)
        vectors_UH = source.vectors_UH.clone()
        read = self.reader.read([texts[place] for place in self.read_U.tolist()])
        vectors_UH[torch.from_numpy(self.read_U)] = torch.from_numpy(read).to(vectors_UH)
        ngrams = source.ngrams
        if ngrams is not None:
            buckets = self.config.model.ngram_buckets
            ngrams, _ = hash_ngrams(texts, buckets, self.prepared.inverse_frequency)
        return self.clean.with_texts(
            TextSource(distinct=source.distinct, vectors_UH=vectors_UH, ngrams=ngrams)
        )

    def with_moved_vectors(self, task: str, eps: float) -> EntityFeatures:
        """Features in which each text's vector went eps of its length uphill."""
        source = self.clean.texts
        if task not in self._directions:
            self._directions[task] = self._uphill(task)
        length_U1 = source.vectors_UH.norm(dim=1, keepdim=True)
        return self.clean.with_texts(
            replace(source, vectors_UH=source.vectors_UH + eps * length_U1 * self._directions[task])
        )

    def _uphill(self, task: str) -> Tensor:
        """[U + 1, H]: for each text the direction, of length 1, in which the loss of the task's test rows
        grows fastest; 0 for one that they don't read."""
        model, dataset, objective = self.prepared.model, self.prepared.dataset, self.config.objective
        total_UH = torch.zeros_like(self.clean.texts.vectors_UH)
        plan = model.plan.tasks[task]
        with model.rows_read_from(self.clean), model.fixed():
            for rows in self._in_pieces(dataset.tasks[task]):
                batch = make_batch(dataset, dataset.tasks[task], rows)
                shift = TextShift()
                with torch.enable_grad():
                    loss = task_loss(plan, batch, model({task: batch}, None, shift)[task], objective)
                if not loss.requires_grad:  # the task reads no text
                    continue
                (slope_n1H,) = torch.autograd.grad(loss, shift.pieces)
                read = [
                    self._places(name, codes) for name, codes in zip(plan.inputs, batch.inputs, strict=False)
                ]
                places = np.unique(np.concatenate(read))
                places = places[places < len(self.clean.texts.distinct)]
                total_UH[torch.from_numpy(places)] += slope_n1H.squeeze(1).float() * len(rows)
        return of_length_one(total_UH.unsqueeze(1)).squeeze(1)

    def _in_pieces(self, data: TaskData) -> Iterator[np.ndarray]:
        """The test rows, some at a time; lists of a ranking stay whole."""
        rows = self._rows(data)
        if data.spec.kind == "ranking":
            keys = (data.group_R if data.group_R is not None else data.inputs[0])[rows]
            order = np.argsort(keys, kind="stable")
            rows, keys = rows[order], keys[order]
            starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
            cuts = starts[
                np.searchsorted(starts, np.arange(ROWS_AT_ONCE, len(rows), ROWS_AT_ONCE), "right") - 1
            ]
            yield from (part for part in np.split(rows, np.unique(cuts[cuts > 0])) if len(part))
            return
        size = LISTS_AT_ONCE if data.spec.kind == "retrieval" else ROWS_AT_ONCE
        for begin in range(0, len(rows), size):
            yield rows[begin : begin + size]

    def _rows(self, data: TaskData) -> np.ndarray:
        """The test rows that `predict` takes; of a part of the lists, one row each."""
        if data.spec.kind == "retrieval" and self.most_rows:
            return build_lists(self.prepared.dataset, data.spec.name, "test", self.most_rows).row_L
        return limited_rows(data, "test", self.most_rows)

    def _places(self, entity: str, codes: np.ndarray) -> np.ndarray:
        """Places of the texts of some entities; none where the kind has no text."""
        text_N = self.clean.entities[entity].text_N
        return np.empty(0, np.int64) if text_N is None else text_N[codes]

    def _texts_of_rows(self, tasks: Sequence[str]) -> np.ndarray:
        """Places of the texts that test rows of the tasks read as inputs."""
        read = [np.empty(0, np.int64)]
        for task in tasks:
            data = self.prepared.dataset.tasks[task]
            rows = self._rows(data)
            query = data.inputs[: len(data.spec.query_inputs)]
            read += [
                self._places(name, codes_R[rows])
                for name, codes_R in zip(data.spec.query_inputs, query, strict=True)
            ]
        places = np.unique(np.concatenate(read))
        return places[places < len(self.clean.texts.distinct)]

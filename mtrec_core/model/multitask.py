"""The multi-task model: entity towers, interaction, sharing structure, heads.

Shape suffixes: B = rows of a task, D = width, L = places of a history, N = targets, S = sampled targets, n =
entities.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from mtrec_core.model.batches import TaskBatch
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.entity_features import EntityFeatures, StepTexts
from mtrec_core.model.heads import Interaction, NgramHead, PointwiseHead, RetrievalHead
from mtrec_core.model.plan import ModelPlan, candidate_of
from mtrec_core.model.preference import Preference
from mtrec_core.model.sharing import build_sharing
from mtrec_core.model.sharing_chain import logit_of_both
from mtrec_core.model.sharing_table import sharing_choice
from mtrec_core.model.step_vectors import Cutter, StepVectors
from mtrec_core.model.text_shift import TextShift
from mtrec_core.model.tower_set import TowerSet


class MultiTaskModel(nn.Module):
    """L = sum of weights x losses is not its business: it gives each task's outputs for each task's rows."""

    def __init__(self, plan: ModelPlan, settings: ModelSettings) -> None:
        super().__init__()
        self.plan = plan
        self.settings = settings
        choice = sharing_choice(settings.sharing)
        self.set_of = {task: task if choice.separate_towers else "shared" for task in plan.tasks}
        self.sets = nn.ModuleDict(
            {name: TowerSet(plan, settings) for name in dict.fromkeys(self.set_of.values())}
        )
        self.interactions = nn.ModuleDict()
        self.heads = nn.ModuleDict()
        for name, task in plan.tasks.items():
            self.interactions[name] = Interaction(
                len(task.inputs),
                task.context_cardinalities,
                task.context_numeric_width,
                settings.width,
                settings.dropout,
            )
            self.heads[name] = (
                RetrievalHead(settings.width, settings.temperature)
                if task.kind == "retrieval"
                else PointwiseHead(settings.width, task.start, settings.dropout)
            )
        self.ngram_heads = nn.ModuleDict()
        for name, task in plan.tasks.items():
            texts = [entity for entity in dict.fromkeys(task.inputs) if plan.entities[entity].has_text]
            if settings.ngram_buckets and settings.ngram_heads and task.kind != "retrieval":
                self.ngram_heads[name] = nn.ModuleDict(
                    {entity: NgramHead(settings.ngram_buckets, task.outputs) for entity in texts}
                )
        self.chain = choice.chain
        after = {name: task.after for name, task in plan.tasks.items() if task.after}
        self.sharing = build_sharing(settings.sharing, list(plan.tasks), settings, after)
        self.preference = Preference(list(plan.tasks), settings.width) if plan.preference else None
        self._drawn: Mapping[str, float] = {}
        self.text_encoder: nn.Module | None = None
        self._features: EntityFeatures | None = None
        self._row_features: EntityFeatures | None = None
        self._fixed: dict[tuple[str, str], Tensor] | None = None

    def attach(self, features: EntityFeatures) -> None:
        """Gives the model the entities' features. They are no part of its state, but an encoder that learns
        is."""
        self._features = features
        self.text_encoder = features.texts.live

    @property
    def features(self) -> EntityFeatures:
        """The entities' features; `attach` comes first."""
        assert self._features is not None, "attach the entities' features before the model runs"
        return self._features

    @property
    def row_features(self) -> EntityFeatures:
        """Those from which the inputs of rows are read; of catalogues and histories, see `features`."""
        return self._row_features or self.features

    @contextmanager
    def rows_read_from(self, features: EntityFeatures) -> Iterator[None]:
        """Reads the inputs of rows from other features; catalogues and histories stay as they are."""
        self._row_features = features
        try:
            yield
        finally:
            self._row_features = None

    def prefer(self, wanted: Mapping[str, float], drawn: Mapping[str, float] | None = None) -> None:
        """What a model that reads a preference is asked for from now on: task -> share, and the one that it
        trains with, if another. One that reads none stays as it is."""
        if self.preference is not None:
            self.plan = replace(self.plan, preference=dict(wanted))
            self._drawn = drawn or {}

    @property
    def _shares(self) -> Mapping[str, float]:
        """The preference that counts now."""
        return (self._drawn if self.training else {}) or self.plan.preference

    def forward(
        self,
        batches: Mapping[str, TaskBatch],
        cut: Cutter | None = None,
        shift: TextShift | None = None,
    ) -> dict[str, Tensor]:
        """Outputs per task: logits [B, outputs]; for retrieval [B, N], or [B, 1 + S] when the batch brings a
        sample. `cut` sees each tensor that leaves the towers and gives the one to go on with; `shift` adds
        to the texts of the rows' inputs."""
        vectors = StepVectors(self, batches, cut, shift)
        return {task: self._outputs(batch, vectors) for task, batch in batches.items()}

    def rows(self, batch: TaskBatch, vectors: StepVectors) -> Tensor:
        """[B, D]: a task's rows after the sharing structure, before the head."""
        return self._shared(batch, batch.task, self._read(batch, vectors))

    def _read(self, batch: TaskBatch, vectors: StepVectors) -> list[Tensor]:
        """[B, D] of each input, with its history."""
        task = self.plan.tasks[batch.task]
        tower_set = self.tower_set(self.set_of[batch.task])
        inputs = [
            vectors.of(batch.task, name, codes) for name, codes in zip(task.inputs, batch.inputs, strict=True)
        ]
        before_history = list(inputs)
        for position in batch.windows:
            name = task.inputs[position]
            reader = tower_set.reader(name)
            if reader is None:
                continue
            other = candidate_of(task.inputs, position, self.plan.entities[name].history_of)
            candidate_BD = None if other is None else before_history[other]
            read_BD, _ = reader(vectors.history(batch.task, position), candidate_BD)
            inputs[position] = tower_set.norms[name](inputs[position] + read_BD)
        return inputs

    def _shared(self, batch: TaskBatch, task: str, inputs: list[Tensor]) -> Tensor:
        """[B, D]: the batch's rows as a task sees them: its own one, or one that comes before that."""
        device = self.features.device
        mixed_BD = self.interactions[task](
            inputs,
            torch.from_numpy(batch.context_categorical_BC.astype(np.int64)).to(device),
            torch.from_numpy(batch.context_numeric_BF).to(device),
        )
        if self.preference is not None:
            mixed_BD = self.preference(mixed_BD, self._shares)
        earlier = self.plan.tasks[task].after
        if self.chain == "transfer" and earlier:
            return self.sharing(mixed_BD, task, self._shared(batch, earlier, inputs))
        return self.sharing(mixed_BD, task)

    def _pointwise(self, batch: TaskBatch, task: str, inputs: list[Tensor]) -> Tensor:
        """[B, outputs]: what a task says of the batch's rows; of a task after another, times what that one
        says, where probabilities are multiplied."""
        own_BC = self.heads[task](self._shared(batch, task, inputs)) + self._from_ngrams(batch, task)
        earlier = self.plan.tasks[task].after
        if self.chain == "product" and earlier:
            return logit_of_both(self._pointwise(batch, earlier, inputs), own_BC)
        return own_BC

    def _outputs(self, batch: TaskBatch, vectors: StepVectors) -> Tensor:
        task = self.plan.tasks[batch.task]
        if task.kind != "retrieval":
            return self._pointwise(batch, batch.task, self._read(batch, vectors))
        rows_BD = self.rows(batch, vectors)
        head = self.retrieval_head(batch.task)
        if batch.negatives_S is None:
            return head.queries(rows_BD) @ vectors.all(batch.task, task.target).T
        assert batch.log_expected_N is not None
        positives_B, negatives_S = batch.labels_B.astype(np.int64), batch.negatives_S
        device = rows_BD.device
        return head.sampled(
            rows_BD,
            vectors.of(batch.task, task.target, positives_B),
            vectors.of(batch.task, task.target, negatives_S),
            torch.from_numpy(positives_B[:, None] == negatives_S[None, :]).to(device),
            torch.from_numpy(batch.log_expected_N[negatives_S]).to(device),
        )

    def _from_ngrams(self, batch: TaskBatch, task: str) -> Tensor | float:
        """[B, outputs]: what the head reads directly from the n-grams of the inputs' texts; else 0."""
        total: Tensor | float = 0.0
        if task not in self.ngram_heads:
            return total
        heads = cast(nn.ModuleDict, self.ngram_heads[task])
        for entity, codes in zip(self.plan.tasks[task].inputs, batch.inputs, strict=True):
            bags = self.row_features.ngram_bags(entity, codes)
            if entity in heads and bags is not None:
                total = total + heads[entity](*bags)
        return total

    def tower_set(self, name: str) -> TowerSet:
        """The towers that `set_of` names."""
        return cast(TowerSet, self.sets[name])

    def retrieval_head(self, task: str) -> RetrievalHead:
        """The head of a retrieval task."""
        return cast(RetrievalHead, self.heads[task])

    def entity_vectors(self, set_name: str, entity: str, codes: np.ndarray) -> Tensor:
        """[n, D]: the tower's output, without history, from the texts as last computed."""
        return self.tower_set(set_name).vectors(entity, self.features.take(entity, codes), self._shares)

    def row_vectors(
        self, set_name: str, entity: str, codes: np.ndarray, read: StepTexts | None = None
    ) -> Tensor:
        """The same of the inputs of rows, from the texts that a step read."""
        taken = self.row_features.take(entity, codes, read)
        return self.tower_set(set_name).vectors(entity, taken, self._shares)

    @contextmanager
    def fixed(self, catalogues: dict[tuple[str, str], Tensor] | None = None) -> Iterator[None]:
        """Evaluation mode without gradients, in which each whole catalogue is computed once.

        `catalogues` holds those of an earlier time, by tower set and entity, and takes the new ones.
        """
        was_training = self.training
        self.eval()
        self._fixed = {} if catalogues is None else catalogues
        try:
            with torch.no_grad():
                yield
        finally:
            self._fixed = None
            self.train(was_training)

    def whole_catalogue(self, set_name: str, entity: str) -> Tensor:
        """[N, D]: vectors of every entity of a kind, from the texts as last computed."""
        if self._fixed is not None and (set_name, entity) in self._fixed:
            return self._fixed[set_name, entity]
        codes = np.arange(len(self.features.entities[entity]))
        if self._fixed is None:
            return self.entity_vectors(set_name, entity, codes)
        parts = [
            self.entity_vectors(set_name, entity, part)
            for part in np.array_split(codes, len(codes) // 20_000 + 1)
        ]
        self._fixed[set_name, entity] = torch.cat(parts)
        return self._fixed[set_name, entity]

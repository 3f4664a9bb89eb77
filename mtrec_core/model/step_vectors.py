"""The entities' vectors of one step, each computed once.

Shape suffixes: B = rows of a task, D = width, L = places of a history, N = targets, n = entities.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mtrec_core.model.batches import TaskBatch
from mtrec_core.model.entity_features import StepTexts
from mtrec_core.model.text_shift import TextShift
from mtrec_core.model.towers import PreparedHistory

if TYPE_CHECKING:
    from mtrec_core.model.multitask import MultiTaskModel

Cutter = Callable[[str, Sequence[str], Tensor], Tensor]
"""From a tensor's name, the towers below it and the tensor to the one that the graph goes on with."""


def whole_graph(name: str, towers: Sequence[str], made: Tensor) -> Tensor:
    """Cuts nothing."""
    return made


class StepVectors:
    """The entities' vectors that one step needs, each computed once however many rows and tasks use it.

    Where the encoder learns, inputs and scored targets are read live; a history takes the texts as last
    computed. What `shift` adds to texts, inputs and sampled targets get; a whole catalogue and histories are
    read as they are.
    """

    def __init__(
        self,
        model: "MultiTaskModel",
        batches: Mapping[str, TaskBatch],
        cut: Cutter | None = None,
        shift: TextShift | None = None,
    ) -> None:
        self.model = model
        self.cut = cut or whole_graph
        live = model.features.texts.live is not None and model.training
        wanted: dict[tuple[str, str], list[np.ndarray]] = {}
        self.whole: dict[tuple[str, str], Tensor] = {}
        self.scored: dict[tuple[str, str], Tensor] = {}
        for name, batch in batches.items():
            task, set_name = model.plan.tasks[name], model.set_of[name]
            for entity, codes in zip(task.inputs, batch.inputs, strict=True):
                wanted.setdefault((set_name, entity), []).append(codes)
            if batch.negatives_S is not None:
                wanted.setdefault((set_name, task.target), []).extend(
                    [batch.labels_B.astype(np.int64), batch.negatives_S]
                )
        self.codes = {key: np.unique(np.concatenate(parts)) for key, parts in wanted.items()}
        texts = self._step_texts(shift) if live or shift is not None else None
        self.vectors: dict[tuple[str, str], Tensor] = {}
        for key, codes in self.codes.items():
            made = model.row_vectors(*key, codes, texts)
            self.vectors[key] = self.cut(f"vectors {'/'.join(key)}", ["/".join(key)], made)
        self.histories = self._read_histories(batches)

    def _step_texts(self, shift: TextShift | None) -> StepTexts:
        features = self.model.row_features
        places = []
        for (_, entity), codes in self.codes.items():
            text_N = features.entities[entity].text_N
            if text_N is not None:
                places.append(text_N[codes])
        return StepTexts(features.texts, places, shift)

    def of(self, task: str, entity: str, codes: np.ndarray) -> Tensor:
        """[len(codes), D] of an entity that the batch names."""
        key = (self.model.set_of[task], entity)
        at = np.searchsorted(self.codes[key], codes)
        return self.vectors[key][torch.from_numpy(at).to(self.vectors[key].device)]

    def all(self, task: str, entity: str) -> Tensor:
        """[N, D]: the whole catalogue, from the texts as last computed."""
        key = (self.model.set_of[task], entity)
        if key not in self.scored:
            self.scored[key] = self.cut(f"catalogue {'/'.join(key)}", ["/".join(key)], self._whole(*key))
        return self.scored[key]

    def _whole(self, set_name: str, entity: str) -> Tensor:
        if (set_name, entity) not in self.whole:
            self.whole[set_name, entity] = self.model.whole_catalogue(set_name, entity)
        return self.whole[set_name, entity]

    def history(self, task: str, position: int) -> PreparedHistory:
        """The history of one input of a task, for the task's rows."""
        return self.histories[task, position]

    def _read_histories(self, batches: Mapping[str, TaskBatch]) -> dict[tuple[str, int], PreparedHistory]:
        """Every history of the step; those that one reader reads are read together."""
        model = self.model
        together: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for name, batch in batches.items():
            for position in batch.windows:
                entity = model.plan.tasks[name].inputs[position]
                if model.tower_set(model.set_of[name]).reader(entity) is not None:
                    together.setdefault((model.set_of[name], entity), []).append((name, position))
        read: dict[tuple[str, int], PreparedHistory] = {}
        for (set_name, entity), places in together.items():
            windows = [batches[task].windows[position] for task, position in places]
            together_BL = np.concatenate(windows)
            if not model.training and len(places) == 1 and (together_BL == together_BL[:1]).all():
                # Candidates for one person: the past is read once and broadcast.
                windows = [together_BL[:1]]
                together_BL = together_BL[:1]
            reader = model.tower_set(set_name).reader(entity)
            assert reader is not None
            prepared = reader.prepare(*self._past(set_name, entity, together_BL))
            towers = [f"{set_name}/{entity}", f"{set_name}/{model.plan.entities[entity].history_of}"]
            cut = prepared.cut(self.cut, f"history {set_name}/{entity}", towers)
            read.update(zip(places, cut.split([len(window_BL) for window_BL in windows]), strict=True))
        return read

    def _past(self, set_name: str, owner: str, window_BL: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors [n, D] of the past items, the place in them of each [B, L], and where there is one, bool
        [B, L]."""
        entity = self.model.plan.entities[owner].history_of
        device = self.model.features.device
        there_BL = torch.from_numpy(window_BL >= 0).to(device)
        codes_BL = np.maximum(window_BL, 0).astype(np.int64)
        if len(self.model.features.entities[entity]) <= self.model.settings.full_softmax_limit:
            return self._whole(set_name, entity), torch.from_numpy(codes_BL).to(device), there_BL
        codes, places = np.unique(codes_BL, return_inverse=True)
        vectors_nD = self.model.entity_vectors(set_name, entity, codes)
        return vectors_nD, torch.from_numpy(places.reshape(window_BL.shape)).to(device), there_BL

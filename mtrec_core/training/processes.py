"""Processes that train one model together. Each takes its share of a step's rows; losses and gradients are
those of all the rows.

Gradients are added up here, not by DistributedDataParallel: which tasks have rows differs from step to step
and from process to process, and a task of weight 0 sends nothing backward; both would hold up its buckets.

Shape suffixes: T = tasks, and a last line for the rows.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed, nn

from mtrec_core.errors import MtrecError
from mtrec_core.objective.task_losses import LossSize

BUCKET = 8_000_000
"""Numbers of gradients that travel at a time: 32 MB."""


WAY_OUT = "Go on with --resume, or train with training.processes=1."


class ProcessesError(MtrecError):
    """One of the processes of a run is gone."""


@dataclass(frozen=True, kw_only=True)
class WholeStep:
    """A step over the rows of all processes."""

    parts: dict[str, Tensor]
    """Task -> this process's part of the loss; the parts add up to the loss of all the rows."""
    losses: dict[str, float]
    """Task -> loss of all the rows."""
    rows: int


@dataclass(frozen=True, kw_only=True)
class Processes:
    """The processes of a run and this one's place among them. Alone, each gives back what it was given."""

    rank: int = 0
    count: int = 1
    gradients: distributed.ProcessGroup | None = None
    """What carries gradients on GPUs; everything else travels over the CPU."""

    @property
    def is_main(self) -> bool:
        """Whether this is the process that validates, writes and speaks: the first."""
        return self.rank == 0

    def whole_step(
        self, losses: Mapping[str, Tensor], sizes: Mapping[str, LossSize], rows: int, tasks: Sequence[str]
    ) -> WholeStep:
        """Losses, their sizes and the number of rows of this process's share, made those of the whole step.

        A loss is a sum over rows divided by its size, so the part is loss x own size / whole size.
        """
        own = [[0.0, 0.0, 0.0, 0.0] for _ in tasks]
        for at, task in enumerate(tasks):
            if task in losses:
                total = float(losses[task].detach()) * sizes[task].value
                own[at] = [1.0, sizes[task].units, sizes[task].least, total]
        sums_T4 = torch.tensor([*own, [rows, 0.0, 0.0, 0.0]], dtype=torch.float64)
        with _connected():
            distributed.all_reduce(sums_T4)
        *sums, (all_rows, *_) = sums_T4.tolist()
        parts, whole_losses = {}, {}
        for task, (there, units, least, total) in zip(tasks, sums, strict=True):
            whole = LossSize(units=units, least=least)
            if there:
                whole_losses[task] = total / whole.value
            if task in losses:
                parts[task] = losses[task] * (sizes[task].value / whole.value)
        return WholeStep(parts=parts, losses=whole_losses, rows=int(all_rows))

    def add_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Puts the sum over the processes into each parameter's gradient; one that none has stays None."""
        if self.count == 1:
            return
        with _connected():
            used = torch.tensor([part.grad is not None for part in parameters], dtype=torch.int32)
            distributed.all_reduce(used, distributed.ReduceOp.MAX)
            bucket: list[Tensor] = []
            for part, is_used in zip(parameters, used.tolist(), strict=True):
                if not is_used:
                    continue
                if part.grad is None:
                    part.grad = torch.zeros_like(part)
                bucket.append(part.grad)
                if sum(map(torch.numel, bucket)) >= BUCKET:
                    self._add(bucket)
                    bucket = []
            if bucket:
                self._add(bucket)

    def add_rows(self, rows: list[list[Tensor | None]], tensors: Sequence[Tensor]) -> None:
        """Puts the sum over the processes into each task's row of gradients, one per tensor; one that no
        process has stays None."""
        if self.count == 1:
            return
        with _connected():
            used_KT = torch.tensor([[part is not None for part in row] for row in rows], dtype=torch.int32)
            distributed.all_reduce(used_KT, distributed.ReduceOp.MAX)
            bucket: list[Tensor] = []
            for row, used_T in zip(rows, used_KT.tolist(), strict=True):
                for place, (tensor, is_used) in enumerate(zip(tensors, used_T, strict=True)):
                    if not is_used:
                        continue
                    part = row[place]
                    row[place] = torch.zeros_like(tensor) if part is None else part.contiguous()
                    bucket.append(row[place])  # type: ignore[arg-type]
                    if sum(map(torch.numel, bucket)) >= BUCKET:
                        self._add(bucket)
                        bucket = []
            if bucket:
                self._add(bucket)

    def from_main(self, content: Any) -> Any:
        """What the main process gives, in plain lists, dicts and scalars, on every process."""
        if self.count == 1:
            return content
        data = torch.frombuffer(bytearray(json.dumps(content).encode()), dtype=torch.uint8)
        length = torch.tensor([len(data)])
        with _connected():
            distributed.broadcast(length, src=0)
            if not self.is_main:
                data = torch.empty(int(length), dtype=torch.uint8)
            distributed.broadcast(data, src=0)
        return content if self.is_main else json.loads(data.numpy().tobytes())

    def copy_from_main(self, tensors: Sequence[Tensor]) -> None:
        """Fills the tensors with what they hold on the main process."""
        if self.count == 1:
            return
        for tensor in tensors:
            held = tensor.cpu().contiguous()
            with _connected():
                distributed.broadcast(held, src=0)
            tensor.copy_(held)

    def all_of(self, tensor: Tensor) -> list[Tensor]:
        """The tensor of each process, on the CPU and of the same shape for all."""
        if self.count == 1:
            return [tensor]
        each = [torch.empty_like(tensor) for _ in range(self.count)]
        with _connected():
            distributed.all_gather(each, tensor)
        return each

    @torch.no_grad()
    def _add(self, gradients: Sequence[Tensor]) -> None:
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        distributed.all_reduce(flat, group=self.gradients)
        totals = flat.split([gradient.numel() for gradient in gradients])
        for gradient, total in zip(gradients, totals, strict=True):
            gradient.copy_(total.view_as(gradient))


ALONE = Processes()
"""A run in one process."""


@contextmanager
def _connected() -> Iterator[None]:
    """A lost connection as a sentence."""
    try:
        yield
    except RuntimeError as error:
        raise ProcessesError(f"The processes of the run lost one another. {WAY_OUT}") from error

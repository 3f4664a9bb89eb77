"""A run's events as a bar with the time left, or as lines where there is no terminal. No torch here."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mtrec_core.cli.output import metric_title, number
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.training.events import (
    EvaluationEvent,
    Event,
    MessageEvent,
    ProgressEvent,
    StageEvent,
    StepEvent,
)

LINE_EVERY = 20.0
"""Seconds between two plain lines about steps, where no bar can be drawn."""


class TerminalProgress:
    """Listens to a run and tells it on standard error. A context manager: the bar ends with the block."""

    def __init__(self, kinds: dict[str, str]) -> None:
        """`kinds` maps each task to its kind, for its headline metric."""
        self.headlines = {name: TASK_KINDS[kind].headline for name, kind in kinds.items()}
        self.shown: TaskID | None = None
        self.last_line = time.monotonic()
        self.write_to(Console(file=sys.stderr, highlight=False))

    def write_to(self, out: Console) -> None:
        """Where it tells, from then on."""
        self.out = out
        self.bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rest]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=out,
            transient=True,
        )

    def __enter__(self) -> "TerminalProgress":
        if self.out.is_terminal:
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar.live.is_started:
            self.bar.stop()

    def __call__(self, event: Event) -> None:
        """Tells one event."""
        match event:
            case StageEvent():
                self._end_bar()
                self.out.print(event.text, markup=False)
            case ProgressEvent():
                self._advance(event.stage, event.done, event.total, "")
            case StepEvent():
                rate = f"{event.rows / event.seconds:,.0f} rows/s" if event.seconds > 0 else ""
                self._advance("training", event.step, event.total_steps, f"loss {event.total:.3f}  {rate}")
            case EvaluationEvent():
                self.out.print(self._evaluation(event), markup=False, soft_wrap=True)
            case MessageEvent():
                word = "Warning: " if event.level == "warning" else ""
                self.out.print(f"  {word}{event.text}", markup=False, soft_wrap=True)

    def _advance(self, stage: str, done: int, total: int, rest: str) -> None:
        if not self.out.is_terminal:
            now = time.monotonic()
            if now - self.last_line >= LINE_EVERY:
                self.last_line = now
                self.out.print(f"  {stage} {done} of {total}  {rest}".rstrip(), markup=False, soft_wrap=True)
            return
        if self.shown is None or self.bar.tasks[0].description != stage:
            self._end_bar()
            self.shown = self.bar.add_task(stage, total=total, rest=rest)
        self.bar.update(self.shown, completed=done, total=total, rest=rest)

    def _end_bar(self) -> None:
        if self.shown is not None:
            self.bar.remove_task(self.shown)
            self.shown = None

    def _evaluation(self, event: EvaluationEvent) -> str:
        parts = []
        for task, metrics in event.metrics.items():
            headline = self.headlines.get(task, "")
            if headline in metrics:
                parts.append(f"{task} {metric_title(headline)} {number(metrics[headline])}")
        when = "before training" if event.step == 0 else f"epoch {event.epoch:.1f}"
        place = event.split if event.split == "test" and event.step else f"{when}, {event.split}"
        best = "  best so far" if event.is_best else ""
        return f"  {place}: {', '.join(parts)}{best}"

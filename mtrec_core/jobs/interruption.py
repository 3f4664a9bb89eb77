"""Ctrl-C and termination while a run goes on. No torch here."""

import os
import signal
from types import FrameType, TracebackType

from mtrec_core.training.events import Event, StageEvent

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """What a signal means within the block: in the training loop a wish that the run fulfils after its step.

    The run then keeps a checkpoint. A second signal, or one in another stage, ends the run at once.
    """

    def __init__(self) -> None:
        self._asked = False
        self._in_loop = False

    def __enter__(self) -> "Interruption":
        self._before = {number: signal.signal(number, self._interrupt) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def asked(self) -> bool:
        """Whether the run should stop."""
        return self._asked

    def listen(self, event: Event) -> None:
        """Learns from the run's events whether the loop is on."""
        if isinstance(event, StageEvent):
            self._in_loop = event.stage == "train"

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._asked or not self._in_loop:
            raise KeyboardInterrupt
        self._asked = True
        # Not print: the signal may come in the middle of one.
        os.write(2, b"\nStopping after this step; once more ends it at once, without a checkpoint.\n")

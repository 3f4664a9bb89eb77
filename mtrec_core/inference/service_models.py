"""What the process that holds models has in hand: models, and predictions of whole tables."""

import threading
import time
import traceback
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from mtrec_core.errors import MtrecError, UserError
from mtrec_core.inference.asked import Progress

if TYPE_CHECKING:
    from mtrec_core.inference.predictor import Predictor

MOST_MODELS = 2
"""Two runs side by side."""


def say(text: str) -> None:
    """One line of the log: what the process prints. Libraries that set up `logging` change nothing in it."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, flush=True)


class Models:
    """The models asked for last; one whose files were written again is loaded again."""

    def __init__(self, vectors: Path) -> None:
        self.vectors = vectors
        self._held: OrderedDict[Path, tuple[int, Predictor]] = OrderedDict()
        self._turn = threading.Lock()

    def get(self, folder: Path) -> "Predictor":
        """The model of a bundle's folder. DataError when it is missing or broken."""
        import torch

        from mtrec_core.inference.predictor import Predictor

        # Questions are small: more threads would wait for each other, the longer the busier the machine.
        torch.set_num_threads(1)
        manifest = folder / "bundle.json"
        with self._turn:
            stamp = manifest.stat().st_mtime_ns if manifest.is_file() else 0
            held = self._held.pop(folder, None)
            if held is None or held[0] != stamp:
                while len(self._held) >= MOST_MODELS:
                    self._held.popitem(last=False)
                began = time.monotonic()
                held = (stamp, Predictor(folder, self.vectors))
                say(f"loaded {folder} in {time.monotonic() - began:.1f} s")
            self._held[folder] = held
            return held[1]


class FileJobs:
    """Predictions of uploaded tables, each in a thread of its own."""

    def __init__(self) -> None:
        self._progress: dict[str, Progress] = {}
        self._turn = threading.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether a table is being worked on."""
        return any(not one.written and not one.error for one in self._progress.values())

    def start(self, model: "Predictor", task: str, source: Path, target: Path, n: int) -> Progress:
        """Begins, unless the same predictions are under way already."""
        with self._turn:
            known = self._progress.get(str(target))
            if known is not None and not known.error:
                return known
            self._tell(target, Progress(done=0, rows=0, written="", error=""))
        threading.Thread(target=self._work, args=(model, task, source, target, n), daemon=True).start()
        return self._progress[str(target)]

    def progress(self, target: str) -> Progress:
        """How far it is. UserError for predictions that this process knows nothing of."""
        if target not in self._progress:
            raise UserError(
                "These predictions were interrupted: the process that made them ended. Start them again."
            )
        return self._progress[target]

    def _work(self, model: "Predictor", task: str, source: Path, target: Path, n: int) -> None:
        from mtrec_core.inference.file_predictions import predict_file

        def told(done: int, rows: int) -> None:
            self._tell(target, Progress(done=done, rows=rows, written="", error=""))

        try:
            rows = predict_file(model, task, source, target, n, told)
            self._tell(target, Progress(done=rows, rows=rows, written=str(target), error=""))
        except MtrecError as error:
            self._tell(target, Progress(done=0, rows=0, written="", error=str(error)))
        except Exception as error:
            say(f"predictions for {source}:\n{traceback.format_exc()}")
            self._tell(target, Progress(done=0, rows=0, written="", error=in_words(error)))

    def _tell(self, target: Path, progress: Progress) -> None:
        self._progress[str(target)] = progress


def in_words(error: Exception) -> str:
    """An error that nobody foresaw, for a page."""
    text = str(error).strip().splitlines()
    return (
        f"The model's process met an error that it does not know ({type(error).__name__}: "
        f"{text[0] if text else 'without a word'}). Its log says more."
    )

"""Arrays per text on disk, shared by all runs: vectors of a frozen encoder, outputs of its frozen layers. No
torch here.

A cache is a folder of shards; a shard is a folder of four arrays, written aside and renamed, so that a
reader never sees half of one and two writers never meet.
"""

import shutil
import uuid
from pathlib import Path

import numpy as np

from mtrec_core.errors import StorageError


class TextCache:
    """Text digest -> array [length, width]; a vector is the case of length 1.

    Rows that were added by another process after `__init__` are seen by the next instance.
    """

    def __init__(self, folder: Path, width: int, dtype: str = "float32") -> None:
        self.folder = folder
        self.width = width
        self.dtype = np.dtype(dtype)
        self._shards: list[np.ndarray] = []
        self._place_of: dict[bytes, tuple[int, int, int]] = {}
        self._cut: set[bytes] = set()
        for shard in sorted(folder.glob("shard-*")) if folder.is_dir() else []:
            self._attach(shard)

    def _attach(self, shard: Path) -> None:
        try:
            keys = np.load(shard / "keys.npy")
            lengths = np.load(shard / "lengths.npy")
            cut = np.load(shard / "cut.npy")
            values = np.load(shard / "values.npy", mmap_mode="r")
        except (OSError, ValueError, EOFError):
            return
        if not len(keys) == len(lengths) == len(cut):
            return
        if values.ndim != 2 or values.shape[1] != self.width or len(values) != lengths.sum():
            return
        number = len(self._shards)
        self._shards.append(values)
        starts = np.cumsum(lengths) - lengths
        for key, start, length in zip(keys, starts.tolist(), lengths.tolist(), strict=True):
            self._place_of.setdefault(key.tobytes(), (number, start, length))
        self._cut |= {key.tobytes() for key in keys[cut]}

    def has(self, keys: np.ndarray) -> np.ndarray:
        """bool [U]: which of the digests uint8 [U, 16] are there."""
        return np.fromiter((key.tobytes() in self._place_of for key in keys), dtype=bool, count=len(keys))

    def was_cut(self, keys: np.ndarray) -> np.ndarray:
        """bool [U]: which of the digests' texts were cut off at the length limit."""
        return np.fromiter((key.tobytes() in self._cut for key in keys), dtype=bool, count=len(keys))

    def read_into(self, keys: np.ndarray, out: np.ndarray) -> None:
        """Fills `out` [U, width] for arrays of length 1; every key must be there."""
        for row, key in enumerate(keys):
            shard, start, _ = self._place_of[key.tobytes()]
            out[row] = self._shards[shard][start]

    def read(self, key: np.ndarray) -> np.ndarray:
        """The array [length, width] of one digest; KeyError when it is not there."""
        shard, start, length = self._place_of[key.tobytes()]
        return self._shards[shard][start : start + length]

    def add(self, keys: np.ndarray, lengths: np.ndarray, values: np.ndarray, cut: np.ndarray) -> None:
        """Writes a shard: digests uint8 [U, 16], lengths [U], values [sum of lengths, width], and which texts
        were cut off, bool [U]. StorageError on a full disk."""
        aside = self.folder / f"writing-{uuid.uuid4().hex}"
        try:
            aside.mkdir(parents=True)
            np.save(aside / "keys.npy", keys)
            np.save(aside / "lengths.npy", np.asarray(lengths, dtype=np.int64))
            np.save(aside / "cut.npy", cut)
            np.save(aside / "values.npy", values.astype(self.dtype, copy=False))
            shard = self.folder / f"shard-{uuid.uuid4().hex}"
            aside.rename(shard)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            raise StorageError(
                f"The text cache {self.folder} can't be written: {error.strerror or error}. "
                "Free some space, or set MTREC_HOME to a folder with room."
            ) from None
        self._attach(shard)

"""JSON files that others look for: there whole, or not at all. No torch here."""

import json
import os
from pathlib import Path
from typing import Any

from mtrec_core.errors import StorageError


def write_whole_json(content: Any, path: Path) -> None:
    """Writes plain values aside and renames. StorageError when the disk refuses; what was there before
    stays."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)

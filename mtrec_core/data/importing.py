"""Files in, a dataset folder out, whole or not at all. No torch here."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mtrec_core.data.detect import DetectedDataset, detect_dataset
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec, write_dataset_spec
from mtrec_core.errors import DataError, StorageError


def import_dataset(files: Sequence[Path], name: str, datasets_folder: Path, copy: bool = True) -> DatasetSpec:
    """Guess a dataset from the files and write it to `datasets_folder/name`, with the reasons as comments.

    With `copy` the tables are copied beside `dataset.toml`; else they stay where they are, all in one folder,
    which `tables` names. Raises DataError for an unsafe name, a name that is taken, and tables that can't be
    read; then, and when the disk refuses, nothing is left behind.
    """
    check_name(name)
    folder = datasets_folder / name
    if folder.exists():
        raise DataError(
            f"There is a dataset '{name}' in {datasets_folder}; choose another name or delete it."
        )
    files = [Path(file) for file in files]
    folders = {file.resolve().parent for file in files}
    if not copy and len(folders) > 1:
        raise DataError("The files lie in different folders; bring them into one, or let `import` copy them.")
    detected = detect_dataset(files, name)
    try:
        datasets_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=datasets_folder, prefix=".importing-") as part:
            _fill(Path(part) / name, detected, files, copy)
            (Path(part) / name).rename(folder)
    except FileExistsError:
        raise DataError(f"A dataset '{name}' was made at the same time; choose another name.") from None
    except OSError as error:
        raise StorageError(f"The dataset can't be written to {folder}: {error.strerror or error}.") from None
    return load_dataset_spec(folder)


def check_name(name: str) -> None:
    """DataError unless a name is safe as that of a folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise DataError(
            f"'{name}' can't be a dataset's name: use up to 64 letters (a to z), digits, _ and -."
        )


def _fill(folder: Path, detected: DetectedDataset, files: Sequence[Path], copy: bool) -> None:
    folder.mkdir()
    tables = folder if copy else files[0].resolve().parent
    if copy:
        used = _used_tables(detected.spec)
        for file in files:
            if file.name in used:
                shutil.copyfile(file, folder / file.name)
    write_dataset_spec(replace(detected.spec, folder=folder, tables=tables), folder, detected.notes)


def _used_tables(spec: DatasetSpec) -> set[str]:
    """Files that an entity, a history or a task names."""
    names = {entity.table for entity in spec.entities.values()}
    names |= {entity.history.table for entity in spec.entities.values() if entity.history}
    names |= {task.table for task in spec.tasks.values()} | {task.test_table for task in spec.tasks.values()}
    return {name for name in names if name}

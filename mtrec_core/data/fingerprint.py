"""A hash of a dataset's declaration and of its tables' contents. No torch here."""

import dataclasses
import hashlib
import json
from pathlib import Path

from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import DataError

WHOLE_FILE_BYTES = 256 * 2**20
"""Larger files are known by size, time of change and both ends; reading them twice would take minutes."""
END_BYTES = 2**20
BLOCK_BYTES = 2**22


def table_files(spec: DatasetSpec) -> list[str]:
    """The files that a dataset names, each once."""
    files: dict[str, None] = {}
    for entity in spec.entities.values():
        for name in (entity.table, entity.history.table if entity.history else None):
            if name:
                files[name] = None
    for task in spec.tasks.values():
        for name in (task.table, task.test_table):
            if name:
                files[name] = None
    return list(files)


def fingerprint(spec: DatasetSpec) -> str:
    """32 hex digits. Where the folder lies doesn't count; what it is called and holds does.

    A file above 256 MiB counts by size, time of change and its first and last MiB, not by all its bytes.
    """
    declared = dataclasses.asdict(spec)
    for place in ("folder", "tables", "license", "description", "settings"):
        del declared[place]
    for task in declared["tasks"].values():
        if task["after"] is None:  # so that a dataset is the same one as before there was such a thing
            del task["after"]
    digest = hashlib.blake2b(json.dumps(declared, sort_keys=True).encode(), digest_size=16)
    for file in table_files(spec):
        digest.update(file.encode())
        digest.update(_file_digest(spec.tables / file))
    return digest.hexdigest()


def _file_digest(path: Path) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    try:
        status = path.stat()
        with path.open("rb") as file:
            if status.st_size <= WHOLE_FILE_BYTES:
                while block := file.read(BLOCK_BYTES):
                    digest.update(block)
            else:
                digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
                digest.update(file.read(END_BYTES))
                file.seek(-END_BYTES, 2)
                digest.update(file.read(END_BYTES))
    except OSError as error:
        raise DataError(
            f"The table {path.name} can't be read: {error.strerror}. It is looked for in {path.parent}."
        ) from None
    return digest.digest()

"""A DatasetSpec as a `dataset.toml` that a person can read and change. No torch here."""

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, SplitSpec, TaskSpec
from mtrec_core.errors import StorageError

SPEC_FILE = "dataset.toml"

HEAD = """\
# What the tables hold and what the model learns from them. Change it as you like, then run `check`.
# [entity.NAME]: a thing; `text` is what the encoder reads, {column} stands for a cell.
# [task.NAME]: what is predicted for its `inputs`; kinds: KINDS.
""".replace("KINDS", ", ".join(TASK_KINDS))


def write_dataset_spec(spec: DatasetSpec, folder: Path, notes: Sequence[str] = ()) -> Path:
    """Write `dataset.toml` into the folder, whole or not at all; the notes stand in it as comments.

    Values that are the default are left out. `tables` is left out too where it is the folder itself.
    """
    return write_whole(dataset_toml(spec, folder, notes), folder)


def write_whole(text: str, folder: Path) -> Path:
    """The text as the folder's `dataset.toml`, whole or not at all; StorageError where the disk refuses."""
    path = folder / SPEC_FILE
    try:
        handle, part = tempfile.mkstemp(dir=folder, prefix=".dataset-", suffix=".toml")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
            Path(part).chmod(0o644)
            Path(part).replace(path)
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error.strerror or error}.") from None
    return path


def dataset_toml(spec: DatasetSpec, folder: Path, notes: Sequence[str] = ()) -> str:
    """The text of the file, as `write_dataset_spec` puts it into the folder."""
    parts = [HEAD.rstrip("\n")]
    if notes:
        parts.append(
            "\n".join(["# How it was guessed:", *(f"# - {' '.join(note.split())}" for note in notes)])
        )
    parts += [section_text(path, values) for path, values in sections(spec, folder).items()]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def sections(spec: DatasetSpec, folder: Path) -> dict[tuple[str, ...], dict[str, object]]:
    """(), ("split",), ("entity", NAME), ... -> what is not the default, in the order of the file."""
    top: dict[str, object] = {"name": spec.name, "license": spec.license, "description": spec.description}
    if spec.tables.resolve() != folder.resolve():
        top["tables"] = _tables_text(spec.tables, folder)
    found: dict[tuple[str, ...], dict[str, object]] = {
        (): {key: value for key, value in top.items() if value != ""}
    }
    if spec.split != SplitSpec():
        found["split",] = _split_values(spec.split)
    if spec.settings:
        found["settings",] = dict(spec.settings)
    found |= {("entity", name): _entity_values(entity) for name, entity in spec.entities.items()}
    found |= {("task", name): _task_values(spec, task) for name, task in spec.tasks.items()}
    return found


def section_text(path: tuple[str, ...], values: Mapping[str, object]) -> str:
    """A section with its heading, a line per key."""
    return (f"[{'.'.join(map(_key, path))}]\n" if path else "") + _lines(values)


def _tables_text(tables: Path, folder: Path) -> str:
    inside = tables.resolve().is_relative_to(folder.resolve())
    return os.path.relpath(tables.resolve(), folder.resolve()) if inside else tables.resolve().as_posix()


def _entity_values(entity: EntitySpec) -> dict[str, object]:
    values = _changed(entity, EntitySpec(name=entity.name))
    if entity.history:
        values["history"] = _changed(entity.history, HistorySpec(table="", item=""))
    return values


def _task_values(spec: DatasetSpec, task: TaskSpec) -> dict[str, object]:
    values = _changed(task, TaskSpec(name=task.name, kind="", table="", inputs=()))
    keys = tuple(spec.entities[name].key or name for name in task.inputs)
    if task.columns == keys and len(set(task.inputs)) == len(task.inputs):
        values.pop("columns", None)
    if task.split:
        values["split"] = _split_values(task.split)
    first = {key: values.pop(key) for key in ("title", "kind") if key in values}
    return first | values


def _split_values(split: SplitSpec) -> dict[str, object]:
    return {"kind": split.kind} | _changed(split, SplitSpec())


def _changed(value: object, default: object) -> dict[str, object]:
    """Field -> value of a settings object, where it differs from the default."""
    names = [field.name for field in fields(value) if field.name != "name"]  # type: ignore[arg-type]
    pairs = {name: getattr(value, name) for name in names}
    return {name: found for name, found in pairs.items() if found != getattr(default, name)}


def _lines(values: Mapping[str, object]) -> str:
    width = max((len(_key(name)) for name in values), default=0)
    return "\n".join(f"{_key(name):<{width}} = {value_text(value)}" for name, value in values.items())


def _key(name: str) -> str:
    """A name as TOML has it: bare only in plain letters, else in quotation marks."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else value_text(name)


def value_text(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {value_text(part)}" for key, part in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(value_text(part) for part in value) + "]"
    return repr(value)

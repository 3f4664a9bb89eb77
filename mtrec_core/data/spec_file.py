"""`dataset.toml` as a DatasetSpec. No torch here.

Only the file itself is judged here, without a look at the tables: what a kind of task needs, that names fit
each other. What the tables hold is for `data.checks`.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtrec_core.data.schema import DatasetSpec, SplitSpec
from mtrec_core.data.spec_rules import check_after, check_history, check_split
from mtrec_core.data.spec_sections import read_entity, read_split, read_task
from mtrec_core.data.spec_writer import SPEC_FILE, write_dataset_spec
from mtrec_core.data.toml_section import Section
from mtrec_core.errors import DataError

__all__ = ["SPEC_FILE", "load_dataset_spec", "write_dataset_spec"]

DATASET_KEYS = ("name", "license", "description", "tables", "split", "settings", "entity", "task")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def load_dataset_spec(folder: Path | str) -> DatasetSpec:
    """The declaration in a dataset folder (or of a `dataset.toml` by its path).

    Raises DataError for a missing or misspelt file, an unknown key, kind or entity, and for a task that lacks
    what its kind needs.
    """
    path = Path(folder)
    if path.is_dir():
        path = path / SPEC_FILE
    return dataset_spec(_parsed(path), path)


def dataset_spec(values: Mapping[str, Any], path: Path) -> DatasetSpec:
    """The declaration that the content of a `dataset.toml` makes; DataError as `load_dataset_spec`."""
    file = Section(values, str(path), DATASET_KEYS)
    name = file.text("name") or path.parent.resolve().name
    entities = {key: read_entity(key, values, path) for key, values in _tables(file, "entity").items()}
    tasks = {key: read_task(key, values, entities, path) for key, values in _tables(file, "task").items()}
    spec = DatasetSpec(
        name=name,
        folder=path.parent,
        tables=_tables_folder(file, path.parent),
        entities=entities,
        tasks=tasks,
        license=file.text("license") or "",
        description=file.text("description") or "",
        split=read_split(file.values["split"], f"[split] of {path}") if "split" in file else SplitSpec(),
        settings=_settings(file.values.get("settings", {}), f"[settings] of {path}"),
    )
    check_split(spec.split, f"[split] of {path}", entities)
    for entity in entities.values():
        if entity.history:
            check_history(spec, entity, f"[entity.{entity.name}] of {path}")
    for task in tasks.values():
        check_after(spec, task, f"[task.{task.name}] of {path}")
    return spec


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(
            f"There is no {path}. Name a dataset folder, or make one from your tables with `import`."
        ) from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text; save it again as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path} is not valid TOML: {error}. Texts stand in quotation marks.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.") from None


def _tables(file: Section, group: str) -> dict[str, Mapping[str, Any]]:
    """The `[entity.*]` or `[task.*]` tables, by name."""
    found = file.values.get(group, {})
    if not isinstance(found, Mapping) or not found:
        raise DataError(f"{file.place} declares no {group}; it needs at least one [{group}.NAME].")
    for name in found:
        if not re.fullmatch(r"\w[\w-]*", name):
            raise DataError(f"[{group}.{name}] in {file.place}: a name has letters, digits, _ and - only.")
    return dict(found)


def _tables_folder(file: Section, folder: Path) -> Path:
    """Where the tables lie: `${NAME:-default}` is replaced, a relative path starts at the dataset folder.

    A relative path out of the environment starts at the working directory instead, as everywhere.
    """
    text = file.text("tables")
    if text is None:
        return folder
    base = folder

    def value_of(match: re.Match[str]) -> str:
        nonlocal base
        name, default = match.groups()
        if os.environ.get(name):
            base = Path.cwd()
            return os.environ[name]
        if default is None:
            raise DataError(
                f"'tables' in {file.place} names ${{{name}}}; set that environment variable to a folder."
            )
        return default

    path = Path(_VARIABLE.sub(value_of, text)).expanduser()
    return path if path.is_absolute() else Path(os.path.normpath(base / path))


def _settings(values: object, place: str, before: str = "") -> dict[str, str | int | float | bool]:
    """`[settings]` with dotted names, whether the file quotes them or not."""
    if not isinstance(values, Mapping):
        raise DataError(f"{place} should be a table of settings, but it is {values}.")
    flat: dict[str, str | int | float | bool] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _settings(value, place, f"{before}{key}.")
        elif isinstance(value, str | int | float | bool):
            flat[before + key] = value
        else:
            raise DataError(f"'{before}{key}' in {place} should be one value, but it is {value}.")
    return flat

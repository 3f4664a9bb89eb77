"""Datasets in the making: a folder with the tables that were brought, until it gets its name. No torch here.

DATASETS/.drafts/3f9a01c2/orders.csv, dataset.toml      a draft
DATASETS/shop/orders.csv, dataset.toml                  what becomes of it
"""

import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mtrec_core.data.importing import check_name
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import SPEC_FILE, load_dataset_spec, write_dataset_spec
from mtrec_core.data.spec_update import update_dataset_spec
from mtrec_core.errors import DataError, StorageError

DRAFTS = ".drafts"
PLACES = "tables.txt"
"""In a draft whose tables stay where they are: their paths, one a line."""
KEPT_SECONDS = 7 * 86_400.0
"""A draft that nobody touched for so long is deleted when the next one is made."""


def new_draft(datasets: Path) -> Path:
    """An empty folder for a dataset in the making."""
    drafts = datasets / DRAFTS
    try:
        drafts.mkdir(parents=True, exist_ok=True)
        for folder in drafts.iterdir():
            if folder.is_dir() and changed_at(folder) < time.time() - KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        folder = drafts / secrets.token_hex(4)
        folder.mkdir()
    except OSError as error:
        raise StorageError(f"Can't write to {drafts}: {error.strerror or error}. Free some space.") from None
    return folder


def standing_drafts(datasets: Path) -> list[Path]:
    """The drafts that hold a table, the one changed last first."""
    try:
        folders = [folder for folder in (datasets / DRAFTS).iterdir() if find_draft(datasets, folder.name)]
        return sorted((folder for folder in folders if files_of(folder)), key=changed_at, reverse=True)
    except OSError:
        return []


def changed_at(draft: Path) -> float:
    """When a table or a word of a draft was changed last, in seconds since 1970."""
    return draft.stat().st_mtime


def find_draft(datasets: Path, key: str) -> Path | None:
    """The folder of a draft; None where there is none (any more)."""
    if not re.fullmatch(r"[0-9a-f]{8}", key):
        return None
    folder = datasets / DRAFTS / key
    return folder if folder.is_dir() else None


def leave_in_place(draft: Path, files: Sequence[Path]) -> None:
    """Writes down which tables a draft is about that are not uploaded into it."""
    (draft / PLACES).write_text("\n".join(map(str, files)), encoding="utf-8")


def files_of(draft: Path) -> list[Path]:
    """The tables of a draft: uploaded into it, or left where they are."""
    if (draft / PLACES).is_file():
        return [Path(line) for line in (draft / PLACES).read_text(encoding="utf-8").splitlines()]
    return sorted(
        path for path in draft.iterdir() if path.name != SPEC_FILE and not path.name.startswith(".")
    )


def discard(draft: Path) -> None:
    """Removes a draft with the tables that were uploaded into it."""
    shutil.rmtree(draft, ignore_errors=True)


def free_name(datasets: Path, wanted: str) -> str:
    """A name for a dataset that is safe and not taken, as near to the wanted one as can be.

    Letters lose their accents; where most of them are of another script, "dataset" says more than the rest.
    """
    decomposed = unicodedata.normalize("NFKD", wanted)
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", bare).strip("_-")[:50]
    signs = [sign for sign in bare if sign.isalnum()]
    if 2 * sum(sign.isascii() for sign in signs) < len(signs) or not plain:
        plain = "dataset"
    name, number = plain, 2
    while (datasets / name).exists():
        name, number = f"{plain}_{number}", number + 1
    return name


def keep(draft: Path, spec: DatasetSpec, datasets: Path, name: str) -> DatasetSpec:
    """Makes a dataset of a draft: its folder gets the name. DataError for a name that is unsafe or taken."""
    check_name(name)
    folder = datasets / name
    if folder.exists():
        raise DataError(f"There is a dataset '{name}' already; choose another name.")
    update_dataset_spec(replace(spec, name=name), draft)
    try:
        (draft / PLACES).unlink(missing_ok=True)
        draft.rename(folder)
    except OSError as error:
        raise StorageError(f"The dataset can't be kept as {folder}: {error.strerror or error}.") from None
    return load_dataset_spec(folder)


def link(source: DatasetSpec, datasets: Path, name: str) -> DatasetSpec:
    """A dataset of its own declaration whose tables stay where another dataset folder has them."""
    check_name(name)
    folder = datasets / name
    if (folder / SPEC_FILE).is_file():
        return load_dataset_spec(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The dataset can't be kept as {folder}: {error.strerror or error}.") from None
    write_dataset_spec(replace(source, name=name, folder=folder), folder)
    return load_dataset_spec(folder)


def notes_of(folder: Path) -> list[str]:
    """How the dataset was guessed, from the comments of its `dataset.toml`."""
    try:
        lines = (folder / SPEC_FILE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [line[4:] for line in lines if line.startswith("# - ")]

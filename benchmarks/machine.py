"""On what a measurement was made: processor, cores, versions; no name, no path. No torch here."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mtrec_core


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a reader needs to know to compare seconds."""

    processor: str
    cores: int
    """Those that this process may use."""
    memory_gib: float
    python: str
    torch: str
    """With its build, such as 2.13.0+cpu."""
    transformers: str
    program: str
    """Version of MTRec Studio."""

    def text(self) -> str:
        """One line."""
        return (
            f"{self.processor}, {self.cores} cores, {self.memory_gib:.0f} GiB, "
            f"Python {self.python}, torch {self.torch}"
        )


def this_machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(
        processor=processor_name(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        python=platform.python_version(),
        torch=installed("torch"),
        transformers=installed("transformers"),
        program=mtrec_core.__version__,
    )


def processor_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The model's name, where Linux tells it; else the architecture."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name" and value.strip():
                return " ".join(value.split())
    return platform.processor() or platform.machine()


def installed(package: str) -> str:
    """The version of a package, read without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"

"""How long ten million fact rows take to compile, and how much memory: `python -m benchmarks.large_table`.

Writes a table of user, item, time and two labels, as CSV and Parquet, to a temporary folder and compiles it
in a process of its own with three tasks (retrieval with a history, yes/no, a number).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, TaskSpec

BLOCK = 1_000_000


def write_table(path: Path, rows: int, seed: int = 0) -> None:
    """Rows of about 35 bytes: text keys, times within 300 days, clicks and stars; 20 rows per user."""
    draw = np.random.default_rng(seed)
    users, items = max(rows // 20, 1), max(rows // 100, 1)
    writer: pa.csv.CSVWriter | pa.parquet.ParquetWriter | None = None
    for start in range(0, rows, BLOCK):
        size = min(BLOCK, rows - start)
        table = pa.table(
            {
                "user_id": pa.array(np.char.add("u", draw.integers(0, users, size).astype(str))),
                "item_id": pa.array(np.char.add("item_", (draw.zipf(1.3, size) % items).astype(str))),
                "time": draw.integers(1_700_000_000, 1_726_000_000, size),
                "clicked": draw.integers(0, 2, size),
                "stars": draw.integers(1, 6, size),
            }
        )
        if writer is None:
            kind = pa.csv.CSVWriter if path.suffix == ".csv" else pa.parquet.ParquetWriter
            writer = kind(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def large_spec(folder: Path, file: str) -> DatasetSpec:
    """Three tasks on one table."""
    user = EntitySpec(name="user", key="user_id", history=HistorySpec(table=file, item="item", time="time"))
    item = EntitySpec(name="item", key="item_id")
    pair = ("user", "item")
    tasks = (
        TaskSpec(name="buy", kind="retrieval", table=file, inputs=pair, time="time"),
        TaskSpec(name="click", kind="binary", table=file, inputs=pair, label="clicked", time="time"),
        TaskSpec(name="stars", kind="regression", table=file, inputs=pair, label="stars", time="time"),
    )
    return DatasetSpec(
        name="large",
        folder=folder,
        tables=folder,
        entities={"user": user, "item": item},
        tasks={task.name: task for task in tasks},
    )


def compile_here(folder: Path, file: str) -> dict[str, float]:
    """Compiles in this process: seconds, and bytes of memory at its peak."""
    before = peak_memory()
    start = time.perf_counter()
    dataset = compile_dataset(large_spec(folder, file))
    seconds = time.perf_counter() - start
    rows = len(dataset.tasks["buy"])
    return {"rows": rows, "seconds": seconds, "peak": peak_memory(), "start": before}


def peak_memory() -> int:
    """Bytes of this process at its peak."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux ru_maxrss counts the parent's memory too
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(rows: int, suffix: str) -> dict[str, float]:
    """Writes a table and compiles it in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"facts{suffix}"
        write_table(Path(folder) / file, rows)
        command = [sys.executable, "-m", "benchmarks.large_table", "--compile", str(Path(folder) / file)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        size = (Path(folder) / file).stat().st_size
    return {**json.loads(result.stdout), "file": size}


def main() -> None:
    """Prints one line per format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--formats", nargs="+", default=["csv", "parquet"], choices=["csv", "parquet"])
    parser.add_argument("--compile", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compile:
        print(json.dumps(compile_here(options.compile.parent, options.compile.name)))
        return
    for name in options.formats:
        found = measure(options.rows, f".{name}")
        print(
            f"{name}: {found['rows']:,.0f} rows ({found['file'] / 1e6:,.0f} MB) in {found['seconds']:.1f} s, "
            f"peak {found['peak'] / 2**30:.2f} GiB: {found['start'] / 2**20:.0f} MiB for the program and "
            f"{(found['peak'] - found['start']) / found['rows']:.0f} bytes per row"
        )


if __name__ == "__main__":
    main()
